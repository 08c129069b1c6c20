//! The first administrator.

use doorward_domain::{AuditAction, NewAuditEvent, Role, Secret, SessionKind, TokenHash, User};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::Authentication;
use crate::admin::users::{Draft, InvalidUser};
use crate::context::{Context, Telling as _};
use crate::core::Core;
use crate::ports::{Effects, Proof, SettingStore, StoreError, UserStore};
use crate::sign_in::admin_exists::AdminExists;
use crate::sign_in::passwords::{Origin, Passwords};
use crate::sign_in::session_issuer::{IssuedSession, SessionIssuer, SignInOrigin};
use crate::throttle::{Begun, Claimed, Throttle};

/// Why no administrator was made.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The token is not the one that was printed, or was used.
    #[error("This setup link is not valid (any more). Look at Doorward's output for the current one.")]
    WrongToken,
    /// Too many wrong tokens from there; nothing is said about this one.
    #[error("Too many tries. Wait a moment and try again.")]
    Throttled {
        /// How long to wait.
        retry_after: Duration,
    },
    /// There is an administrator already.
    #[error("Doorward is set up already.")]
    AlreadyDone,
    /// Name, password or address cannot be used.
    #[error(transparent)]
    Invalid(#[from] InvalidUser),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What [`Setup::bootstrap`] did, for printing.
#[derive(Debug)]
pub enum Bootstrap {
    /// There is an administrator already.
    AlreadyDone,
    /// Made from the environment's name and password.
    Created {
        /// The name.
        username: String,
    },
    /// Made from the environment's name; the password is shown once.
    Generated {
        /// The name.
        username: String,
        /// The password.
        password: Secret,
    },
    /// Nobody yet: this token makes the first administrator through the setup page.
    Token(Secret),
}

/// The form of the setup page.
#[derive(Debug)]
pub struct FirstAdmin {
    /// From the link.
    pub token: Secret,
    /// The name.
    pub username: String,
    /// The password.
    pub password: Secret,
    /// The address.
    pub email: Option<String>,
    /// What will hold the session.
    pub kind: SessionKind,
    /// From where.
    pub client_ip: IpAddr,
    /// As the program named itself.
    pub user_agent: String,
}

/// Makes the first administrator.
pub struct Setup {
    users: Arc<dyn UserStore>,
    settings: Arc<dyn SettingStore>,
    authentication: Arc<Authentication>,
    passwords: Arc<Passwords>,
    throttle: Arc<Throttle>,
    admin_exists: Arc<AdminExists>,
    session_issuer: SessionIssuer,
    context: Context,
}

/// The setting that holds the token's hash; [`UserStore::create_first_admin`] forgets it.
const TOKEN: &str = "setup_token";
/// What setup tokens begin with.
const TOKEN_PREFIX: &str = "dwsetup_";
/// What stands for the account in the throttle; no username looks like it.
const ACCOUNT: &str = "(setup)";

impl Setup {
    /// Made of what all verbs are.
    pub(crate) fn new(core: &Core, passwords: &Arc<Passwords>, admin_exists: &Arc<AdminExists>) -> Self {
        Self {
            users: Arc::clone(&core.stores.users),
            settings: Arc::clone(&core.stores.settings),
            authentication: Arc::clone(&core.authentication),
            passwords: Arc::clone(passwords),
            throttle: Arc::clone(&core.throttle),
            admin_exists: Arc::clone(admin_exists),
            session_issuer: SessionIssuer::new(core),
            context: core.context.clone(),
        }
    }

    /// Whether there is no administrator yet. From memory once there is one.
    pub async fn is_required(&self) -> Result<bool, StoreError> {
        Ok(!self.admin_exists.is_true().await?)
    }

    /// At start: creates the administrator named by the environment, or a setup token (an earlier one stops working).
    pub async fn bootstrap(&self, username: Option<&str>, password: Option<Secret>) -> Result<Bootstrap, SetupError> {
        if !self.is_required().await? {
            return Ok(Bootstrap::AlreadyDone);
        }
        let Some(username) = username else {
            let token = self.context.token(TOKEN_PREFIX);
            self.settings.put(TOKEN, TokenHash::of(token.expose().as_bytes()).as_bytes(), None).await?;
            return Ok(Bootstrap::Token(token));
        };
        let given = password.is_some();
        let password = password.unwrap_or_else(|| self.context.token(""));
        let event = self.context.own_event(AuditAction::SETUP);
        let Some((user, _)) = self.create(username, None, &password, event).await? else {
            return Ok(Bootstrap::AlreadyDone);
        };
        let username = user.username.to_string();
        Ok(if given { Bootstrap::Created { username } } else { Bootstrap::Generated { username, password } })
    }

    /// Whether this is the token, in constant time.
    pub async fn knows(&self, token: &Secret) -> Result<bool, StoreError> {
        let stored = self.settings.find(TOKEN).await?;
        let stored = stored.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok()).map(TokenHash::from_bytes);
        let presented = TokenHash::of(token.expose().as_bytes());
        Ok(stored.is_some_and(|stored| stored.matches(&presented)))
    }

    /// Makes the administrator and signs them in.
    pub async fn complete(&self, form: FirstAdmin) -> Result<IssuedSession, SetupError> {
        if !self.is_required().await? {
            return Err(SetupError::AlreadyDone);
        }
        // 256 bits are not guessed: who has them is let in, however often others there, or they, were wrong before.
        if !self.knows(&form.token).await? {
            return Err(self.wrong_token(form.client_ip));
        }
        let ip = form.client_ip.to_canonical().to_string();
        let event = self.context.event_by(&form.username.trim().to_ascii_lowercase(), &ip, AuditAction::SETUP);
        let made = self.create(&form.username, form.email.as_deref(), &form.password, event).await?;
        let (user, hash) = made.ok_or(SetupError::AlreadyDone)?;
        tracing::info!(username = user.username.as_str(), client_ip = %ip, "the first administrator was made");
        let from = SignInOrigin {
            kind: form.kind,
            client_ip: form.client_ip,
            user_agent: &form.user_agent,
            instead_of: None,
            remember: false,
        };
        self.session_issuer.open(user, Proof::PasswordHash(&hash), from).await?.ok_or(SetupError::AlreadyDone)
    }

    /// Who tries and tries has to wait, and is told so.
    fn wrong_token(&self, client_ip: IpAddr) -> SetupError {
        match self.throttle.begin(Claimed::own(ACCOUNT), client_ip, self.context.now()) {
            Begun::Try(a_try) => {
                a_try.failed(self.context.now());
                SetupError::WrongToken
            }
            Begun::Wait(retry_after, _) | Begun::Unsaid(retry_after, _) => SetupError::Throttled { retry_after },
        }
    }

    /// With the stored password hash; `None` when somebody else was first.
    async fn create(
        &self,
        username: &str,
        email: Option<&str>,
        password: &Secret,
        event: NewAuditEvent,
    ) -> Result<Option<(User, String)>, SetupError> {
        let draft = Draft::parse((username, email, ""), Some(Role::Admin), Some(password))?;
        let hash = self.passwords.hash(password.clone(), Origin::known(event.client_ip.parse().ok())).await;
        let hash = hash.map_err(|busy| StoreError::Unavailable(Box::new(busy)))?;
        let user = draft.into_user(&self.context);
        let event = event.about(user.username.as_str()).with("role", Role::Admin.as_str());
        let made = self.users.create_first_admin(&user, &hash, Effects::of(&event)).await?;
        // Heard now, so that it does not close what they open meanwhile.
        let made = made.told(&*self.authentication).await;
        Ok(made.then_some((user, hash)))
    }
}
