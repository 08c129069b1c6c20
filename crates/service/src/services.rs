//! All verbs, put together once.

use doorward_domain::SessionLimits;
use std::sync::Arc;

use crate::access::Housekeeping;
use crate::audit_log::Sinks;
use crate::authentication::{BearerKey, Ports};
use crate::background::Background;
use crate::context::Context;
use crate::core::Core;
use crate::ports::{Clock, Entropy, SettingStore, StoreError, Stores};
use crate::readiness;
use crate::sign_in::admin_exists::AdminExists;
use crate::sign_in::passwords::Passwords;
use crate::{
    Access, App, Apps, AuditLog, Authentication, Counters, Explain, Grants, Groups, HandOver, Keys, Login, Readiness,
    Sessions, Setup, Users,
};

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
        let core = core(stores, config, apps, context).await?;
        let background = Background::default();
        core.authentication.keep(&background);
        background.spawn(Housekeeping::new(&core).run());
        background.spawn(readiness::checkpoints(Arc::clone(&core.stores.health)));
        let passwords = Arc::new(Passwords::new(core.context.clone(), Arc::clone(&core.counters)));
        let admin_exists = Arc::new(AdminExists::new(Arc::clone(&core.stores.users)));
        Ok(Arc::new(Self {
            clock,
            entropy,
            login: Login::new(&core, &passwords, &admin_exists),
            hand_over: HandOver::new(&core),
            setup: Setup::new(&core, &passwords, &admin_exists),
            users: Users::new(&core, &passwords),
            sessions: Sessions::new(&core),
            grants: Grants::new(&core),
            groups: Groups::new(&core),
            keys: Keys::new(&core),
            access: Access::new(&core),
            explain: Explain::new(&core),
            readiness: Readiness::new(core.stores.health),
            apps: core.apps,
            authentication: core.authentication,
            audit: core.audit,
            counters: core.counters,
            csrf_key,
            background,
        }))
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

/// What all verbs are made of; the audit writer runs from here on, and changes are heard.
async fn core(
    stores: Stores,
    config: ServicesConfig,
    apps: Vec<Arc<App>>,
    context: Context,
) -> Result<Core, StoreError> {
    let bearer_key = installation_key(stores.settings.as_ref(), &context, "bearer_key").await?;
    let bearer = BearerKey::new(&bearer_key).map_err(|why| StoreError::Unavailable(Box::new(why)))?;
    let bearer = Arc::new(bearer);
    let apps = Arc::new(Apps::new(apps));
    let sinks = Sinks { file: config.audit_file, stdout: config.audit_stdout };
    let (audit, settings) = (Arc::clone(&stores.audit), Arc::clone(&stores.settings));
    let of_apps = Arc::clone(&apps);
    let audit = AuditLog::start(audit, settings, of_apps, context.clone(), sinks, config.audit_retention).await?;
    let of_store = Ports {
        sessions: Arc::clone(&stores.sessions),
        keys: Arc::clone(&stores.keys),
        groups: Arc::clone(&stores.groups),
        changes: Arc::clone(&stores.changes),
    };
    let (counters, limits) = (Arc::<Counters>::default(), config.sessions);
    let counted = Arc::clone(&counters);
    let authentication = Authentication::start(of_store, context.clone(), limits, Arc::clone(&bearer), counted).await?;
    Ok(Core {
        stores,
        context,
        apps,
        audit: Arc::new(audit),
        authentication: Arc::new(authentication),
        bearer,
        limits,
        throttle: Arc::default(),
        counters,
    })
}

/// A key of this installation, made at the first start; all processes on the database get the same.
async fn installation_key(settings: &dyn SettingStore, context: &Context, name: &str) -> Result<[u8; 32], StoreError> {
    let stored = match settings.find(name).await? {
        Some(stored) => stored,
        None => settings.put_if_absent(name, &context.random::<32>(), None).await?,
    };
    stored.try_into().map_err(|_| StoreError::Unavailable(format!("the setting {name} is damaged").into()))
}
