//! All verbs, put together once.

use doorward_domain::SessionLimits;
use std::sync::Arc;

use crate::access::Housekeeping;
use crate::admin::subjects::Subjects;
use crate::audit_log::Sinks;
use crate::authentication::{BearerKey, Ports};
use crate::background::Background;
use crate::context::Context;
use crate::explain::Turns;
use crate::ports::{
    AccessStore, AuditStore, Changes, Clock, Entropy, GrantStore, GroupStore, KeyStore, SessionStore, SettingStore,
    StoreError, StoreHealth, UserStore,
};
use crate::readiness;
use crate::sign_in::admin_exists::AdminExists;
use crate::sign_in::passwords::Passwords;
use crate::sign_in::session_issuer::SessionIssuer;
use crate::throttle::{Budget, Throttle};
use crate::{
    Access, App, Apps, AuditLog, Authentication, Counters, Explain, Grants, Groups, HandOver, Keys, Login, Readiness,
    Sessions, Setup, Users,
};

/// The ports, as one engine implements them.
#[derive(Clone)]
pub struct Stores {
    /// People.
    pub users: Arc<dyn UserStore>,
    /// Who is signed in.
    pub sessions: Arc<dyn SessionStore>,
    /// Roles.
    pub grants: Arc<dyn GrantStore>,
    /// Groups.
    pub groups: Arc<dyn GroupStore>,
    /// API keys.
    pub keys: Arc<dyn KeyStore>,
    /// Requests for access.
    pub access: Arc<dyn AccessStore>,
    /// What happened.
    pub audit: Arc<dyn AuditStore>,
    /// Small things.
    pub settings: Arc<dyn SettingStore>,
    /// News from elsewhere.
    pub changes: Arc<dyn Changes>,
    /// Whether all of these can be relied on.
    pub health: Arc<dyn StoreHealth>,
}

/// What the verbs are configured with.
#[derive(Debug, Clone, Default)]
pub struct ServicesConfig {
    /// How long sessions live.
    pub sessions: SessionLimits,
    /// A file that gets every audit event as a line of JSON.
    pub audit_file: Option<std::path::PathBuf>,
    /// Whether standard output gets them too.
    pub audit_stdout: bool,
    /// How long audit entries are kept; `None`: for ever.
    pub audit_retention: Option<std::time::Duration>,
}

/// All verbs.
pub struct Services {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// The apps.
    pub apps: Arc<Apps>,
    /// Knows who is signed in.
    pub authentication: Arc<Authentication>,
    /// Signs in and out.
    pub login: Login,
    /// Hands browsers over to apps at hosts of their own.
    pub hand_over: HandOver,
    /// Makes the first administrator.
    pub setup: Setup,
    /// Administers people.
    pub users: Users,
    /// Sees and ends sessions.
    pub sessions: Sessions,
    /// Gives and takes roles.
    pub grants: Grants,
    /// Administers groups.
    pub groups: Groups,
    /// Makes and revokes API keys.
    pub keys: Keys,
    /// Asks for access and answers.
    pub access: Access,
    /// Writes and reads what happened.
    pub audit: Arc<AuditLog>,
    /// Explains decisions.
    pub explain: Explain,
    /// What is counted.
    pub counters: Arc<Counters>,
    /// Knows whether the database can be relied on.
    pub readiness: Readiness,
    /// Signs CSRF tokens: random per installation, the same on every replica.
    pub csrf_key: [u8; 32],
    /// What is done beside requests.
    background: Background,
}

impl Services {
    /// Puts them together and starts the background work (audit writer, change poller, session toucher) on the current runtime.
    /// The work ends when the last clone of the result is dropped; [`Self::shutdown`] first, so that nothing is lost.
    pub async fn start(
        stores: Stores,
        config: ServicesConfig,
        apps: Vec<Arc<App>>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Arc<Self>, StoreError> {
        let context = Context::new(Arc::clone(&clock), Arc::clone(&entropy));
        let csrf_key = installation_key(stores.settings.as_ref(), &context, "csrf_key").await?;
        let bearer_key = installation_key(stores.settings.as_ref(), &context, "bearer_key").await?;
        let bearer = BearerKey::new(&bearer_key).map_err(|why| StoreError::Unavailable(Box::new(why)))?;
        let bearer = Arc::new(bearer);
        let sinks = Sinks { file: config.audit_file, stdout: config.audit_stdout };
        let apps = Arc::new(Apps::new(apps));
        let audit = Arc::new(
            AuditLog::start(
                Arc::clone(&stores.audit),
                Arc::clone(&stores.settings),
                Arc::clone(&apps),
                context.clone(),
                sinks,
                config.audit_retention,
            )
            .await?,
        );
        let of_store = Ports {
            sessions: Arc::clone(&stores.sessions),
            keys: Arc::clone(&stores.keys),
            groups: Arc::clone(&stores.groups),
            changes: Arc::clone(&stores.changes),
        };
        let counters = Arc::<Counters>::default();
        let (context_too, counted) = (context.clone(), Arc::clone(&counters));
        let authentication =
            Authentication::start(of_store, context_too, config.sessions, Arc::clone(&bearer), counted).await?;
        let authentication = Arc::new(authentication);
        let background = Background::default();
        authentication.keep(&background);
        let housekeeping = Housekeeping { store: Arc::clone(&stores.access), context: context.clone() };
        background.spawn(housekeeping.run());
        background.spawn(readiness::checkpoints(Arc::clone(&stores.health)));
        let session_issuer = SessionIssuer {
            sessions: Arc::clone(&stores.sessions),
            authentication: Arc::clone(&authentication),
            bearer,
            limits: config.sessions,
            counters: Arc::clone(&counters),
            context: context.clone(),
        };
        let parts = Parts { stores, context, apps, audit, authentication, session_issuer, counters };
        Ok(Arc::new(parts.assemble(clock, entropy, csrf_key, background)))
    }

    /// Ends the background work, then writes down what is still in memory: audit entries, and when sessions were last seen. Afterwards
    /// the store may be closed.
    pub async fn shutdown(&self) {
        self.background.end().await;
        self.authentication.save_last_seen().await;
        self.audit.stop().await;
    }

    /// A fresh decision id.
    pub fn decision_id(&self) -> doorward_domain::DecisionId {
        let mut random = [0; 10];
        self.entropy.fill(&mut random);
        doorward_domain::DecisionId::generate(self.clock.now(), random)
    }
}

/// What the verbs are made of.
struct Parts {
    stores: Stores,
    context: Context,
    apps: Arc<Apps>,
    audit: Arc<AuditLog>,
    authentication: Arc<Authentication>,
    session_issuer: SessionIssuer,
    counters: Arc<Counters>,
}

impl Parts {
    fn assemble(
        self,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        csrf_key: [u8; 32],
        background: Background,
    ) -> Services {
        let Self { stores, context, apps, audit, authentication, session_issuer, counters } = self;
        let passwords = Arc::new(Passwords::new(context.clone(), Arc::clone(&counters)));
        let throttle = Arc::<Throttle>::default();
        let subjects = Subjects {
            users: Arc::clone(&stores.users),
            groups: Arc::clone(&stores.groups),
            keys: Arc::clone(&stores.keys),
        };
        let limits = session_issuer.limits;
        let admin_exists = Arc::new(AdminExists::new(Arc::clone(&stores.users)));
        Services {
            clock,
            entropy,
            login: Login {
                users: Arc::clone(&stores.users),
                sessions: Arc::clone(&stores.sessions),
                audit: Arc::clone(&audit),
                authentication: Arc::clone(&authentication),
                passwords: Arc::clone(&passwords),
                throttle: Arc::clone(&throttle),
                admin_exists: Arc::clone(&admin_exists),
                session_issuer: session_issuer.clone(),
                context: context.clone(),
            },
            hand_over: HandOver::new(Arc::clone(&stores.sessions), Arc::clone(&authentication), context.clone()),
            setup: Setup {
                users: Arc::clone(&stores.users),
                settings: Arc::clone(&stores.settings),
                passwords: Arc::clone(&passwords),
                throttle: Arc::clone(&throttle),
                admin_exists,
                session_issuer,
                context: context.clone(),
            },
            users: Users {
                store: Arc::clone(&stores.users),
                authentication: Arc::clone(&authentication),
                audit: Arc::clone(&audit),
                passwords,
                throttle,
                context: context.clone(),
            },
            sessions: Sessions {
                users: Arc::clone(&stores.users),
                store: stores.sessions,
                authentication: Arc::clone(&authentication),
                limits,
                context: context.clone(),
            },
            grants: Grants {
                store: Arc::clone(&stores.grants),
                subjects: subjects.clone(),
                apps: Arc::clone(&apps),
                authentication: Arc::clone(&authentication),
                context: context.clone(),
            },
            groups: Groups {
                store: Arc::clone(&stores.groups),
                subjects: subjects.clone(),
                authentication: Arc::clone(&authentication),
                context: context.clone(),
            },
            keys: Keys {
                store: Arc::clone(&stores.keys),
                apps: Arc::clone(&apps),
                authentication: Arc::clone(&authentication),
                context: context.clone(),
                budget: Budget::default(),
            },
            access: Access {
                store: stores.access,
                audit: Arc::clone(&audit),
                apps: Arc::clone(&apps),
                authentication: Arc::clone(&authentication),
                context: context.clone(),
            },
            explain: Explain {
                users: stores.users,
                grants: stores.grants,
                groups: stores.groups,
                keys: stores.keys,
                authentication: Arc::clone(&authentication),
                apps: Arc::clone(&apps),
                context,
                turns: Turns::default(),
            },
            apps,
            authentication,
            audit,
            counters,
            readiness: Readiness::new(stores.health),
            csrf_key,
            background,
        }
    }
}

/// A key of this installation, made at the first start; all processes on the database get the same.
async fn installation_key(settings: &dyn SettingStore, context: &Context, name: &str) -> Result<[u8; 32], StoreError> {
    let stored = match settings.find(name).await? {
        Some(stored) => stored,
        None => settings.put_if_absent(name, &context.random::<32>(), None).await?,
    };
    stored.try_into().map_err(|_| StoreError::Unavailable(format!("the setting {name} is damaged").into()))
}
