//! Who works there, in which groups, and what they were given: all by the verbs that the command line and the API use.

use doorward_domain::{Caller, Effect, GrantId, GroupId, Member, Role, Scope, Secret, Subject, Timestamp, UserId};
use doorward_service::admin::grants::NewGrant;
use doorward_service::admin::keys::NewKey;
use doorward_service::ports::{GrantQuery, NamedGrant, UserChange};
use doorward_service::{App, Credential};
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use crate::house::{House, cookie, local};

/// Carl, when what he was given for a while has lapsed.
pub const LATER: &str = "carl later";

/// How long somebody is on call.
const ON_CALL: Duration = Duration::from_hours(1);

/// Whoever asks, and when.
pub struct Column {
    pub name: &'static str,
    pub caller: Caller,
    pub now: Timestamp,
}

/// The company, with Dagster behind its door.
pub struct Company {
    house: House,
    pub app: Arc<App>,
    /// In the order in which they were made.
    grants: Vec<NamedGrant>,
    pub columns: Vec<Column>,
}

impl Company {
    /// With nobody in it.
    pub fn empty(house: House) -> Self {
        let app = house.services.apps.find(&"dagster".parse().unwrap()).unwrap();
        Self { house, app, grants: Vec::new(), columns: Vec::new() }
    }

    pub async fn new() -> Self {
        let mut company = Self::empty(House::new().await);
        let root = company.house.services.users.find_by_name(&local(), "root").await.unwrap();
        company.note(Subject::User(root.id)).await;
        company.signs_in("root").await;
        let groups = company.groups().await;
        company.roles_on_the_app().await;
        company.people_with_parts(groups).await;
        company.keys().await;
        company.columns.push(Column { name: "nobody", caller: Caller::Nobody, now: company.house.now() });
        company.an_hour_later();
        company
    }

    /// Contractors are among the readers of finance, who are among the staff.
    async fn groups(&mut self) -> [GroupId; 3] {
        let mut ids = Vec::new();
        for name in ["staff", "finance-readers", "contractors"] {
            ids.push(self.house.services.groups.create(&local(), name, "").await.unwrap().id);
        }
        let [staff, readers, contractors] = ids.try_into().unwrap();
        for (outer, inner) in [(staff, readers), (readers, contractors)] {
            assert!(self.house.services.groups.join(&local(), outer, Member::Group(inner)).await.unwrap());
        }
        let allow = Effect::Allow;
        self.give(Subject::Group(staff), allow(Role::Viewer), "location:marketing").await;
        self.give(Subject::Group(readers), allow(Role::Viewer), "location:finance").await;
        self.give(Subject::Group(contractors), Effect::Deny, "asset:payroll/**").await;
        [staff, readers, contractors]
    }

    async fn roles_on_the_app(&mut self) {
        for (name, role) in [("mona", Role::Manager), ("vera", Role::Viewer)] {
            let id = self.person(name).await;
            self.give(id, Effect::Allow(role), "").await;
            self.signs_in(name).await;
        }
        let olga = self.person("olga").await;
        self.give(olga, Effect::Allow(Role::Developer), "").await;
        self.give(olga, Effect::Deny, "location:finance").await;
        self.signs_in("olga").await;
    }

    async fn people_with_parts(&mut self, [staff, readers, contractors]: [GroupId; 3]) {
        let mia = self.person("mia").await;
        self.join(staff, mia).await;
        self.give(mia, Effect::Allow(Role::Developer), "location:marketing").await;
        self.signs_in("mia").await;

        let finn = self.person("finn").await;
        self.join(readers, finn).await;
        self.give(finn, Effect::Allow(Role::Operator), "job:nightly_*").await;
        self.give(finn, Effect::Allow(Role::Developer), "asset:ledger/*").await;
        self.give(finn, Effect::Allow(Role::Manager), "asset:ledger/eu/**").await;
        self.signs_in("finn").await;

        let carl = self.person("carl").await;
        self.join(contractors, carl).await;
        let until = Some(self.house.now().plus(ON_CALL));
        self.give_until(carl, Effect::Allow(Role::Developer), "location:finance", until).await;
        self.signs_in("carl").await;
        self.person("nina").await;
        self.signs_in("nina").await;
    }

    async fn keys(&mut self) {
        self.key("key:ci", Role::Operator, "location:finance", None).await;
        // Finn's own, with more than he has.
        let finn = self.house.services.users.find_by_name(&local(), "finn").await.unwrap();
        self.key("key:finns", Role::Admin, "", Some(finn.id)).await;
        let gone = self.person("gone").await;
        let Subject::User(id) = gone else { panic!("a person") };
        let text = self.new_key("gones", Role::Admin, "", Some(id)).await;
        let change = UserChange { is_disabled: Some(true), ..UserChange::default() };
        self.house.services.users.update(&local(), id, change).await.unwrap();
        assert!(self.authenticated(&Credential::Key(text)).await.is_none(), "a key sleeps while its owner is disabled");
    }

    /// The clock moves, and what carl was given for an hour has lapsed, for him as he signed in then.
    fn an_hour_later(&mut self) {
        self.house.clock.advance(ON_CALL);
        let caller = self.columns.iter().find(|column| column.name == "carl").unwrap().caller.clone();
        self.columns.push(Column { name: LATER, caller, now: self.house.now() });
    }

    /// Carl, signed in once more.
    pub async fn carl_anew(&mut self) -> Column {
        self.signs_in("carl").await;
        self.columns.pop().unwrap()
    }

    async fn person(&self, name: &str) -> Subject {
        Subject::User(self.house.add(name, None).await.id)
    }

    async fn join(&self, group: GroupId, person: Subject) {
        let Subject::User(id) = person else { panic!("a person") };
        assert!(self.house.services.groups.join(&local(), group, Member::User(id)).await.unwrap());
    }

    async fn signs_in(&mut self, name: &'static str) {
        let opened = self.house.sign_in(name).await;
        self.uses(name, &cookie(&opened)).await;
    }

    async fn key(&mut self, name: &'static str, role: Role, resource: &str, owner: Option<UserId>) {
        let text = self.new_key(name.strip_prefix("key:").unwrap(), role, resource, owner).await;
        self.uses(name, &Credential::Key(text)).await;
    }

    /// A key of nobody's that may do everything to a thing and nothing else, and one that may do everything else, and nothing to it.
    pub async fn keys_for_and_against(&mut self, thing: &'static str) {
        let name = thing.replace(|letter: char| !letter.is_ascii_alphanumeric(), "-");
        let holder = self.new_key(&name, Role::Admin, thing, None).await;
        self.uses(thing, &Credential::Key(holder)).await;
        let denied = self.new_key(&format!("not-{name}"), Role::Admin, "", None).await;
        let subject = self.grants.last().expect("the key's own").grant.subject;
        self.give(subject, Effect::Deny, thing).await;
        self.uses(thing, &Credential::Key(denied)).await;
    }

    async fn new_key(&mut self, name: &str, role: Role, resource: &str, owner: Option<UserId>) -> Secret {
        self.a_moment_later();
        let (scope, name) = (self.scope(resource), name.to_owned());
        let new = NewKey { name, role, scope, owner, expires_at: None, allowed_addresses: Vec::new() };
        let (text, listed) = self.house.services.keys.create(&local(), new).await.unwrap();
        self.note(Subject::Key(listed.key.id)).await;
        text
    }

    async fn uses(&mut self, name: &'static str, credential: &Credential) {
        let caller = self.authenticated(credential).await.unwrap();
        self.columns.push(Column { name, caller, now: self.house.now() });
    }

    async fn authenticated(&self, credential: &Credential) -> Option<Caller> {
        let from = [192, 0, 2, 10].into();
        let authenticated = self.house.services.authentication.authenticate(credential, from).await.unwrap()?;
        Some(authenticated.caller())
    }

    async fn give(&mut self, subject: Subject, effect: Effect, resource: &str) {
        self.give_until(subject, effect, resource, None).await;
    }

    async fn give_until(&mut self, subject: Subject, effect: Effect, resource: &str, until: Option<Timestamp>) {
        self.a_moment_later();
        let new = NewGrant { subject, effect, scope: self.scope(resource), until, reason: String::new() };
        self.grants.push(self.house.services.grants.put(&local(), new).await.unwrap());
    }

    /// Of two grants that would do alike the later decides, so that no two are of one moment.
    fn a_moment_later(&self) {
        self.house.clock.advance(Duration::from_millis(1));
    }

    /// On these things of Dagster; on all of it where none are named.
    fn scope(&self, resource: &str) -> Scope {
        let app = self.app.name.clone();
        if resource.is_empty() { Scope::App(app) } else { Scope::Resources(app, resource.parse().unwrap()) }
    }

    /// The one grant that came with a person or a key.
    async fn note(&mut self, subject: Subject) {
        let query = GrantQuery { subject: Some(subject), ..GrantQuery::default() };
        self.grants.extend(self.house.services.grants.list(&local(), &query).await.unwrap().items);
    }

    /// Under which number the table has a grant.
    pub fn number(&self, id: GrantId) -> usize {
        self.grants.iter().position(|named| named.grant.id == id).expect("a grant of the company's") + 1
    }

    /// All grants, with their numbers.
    pub fn legend(&self) -> String {
        let mut out = String::new();
        for (NamedGrant { grant, subject }, number) in self.grants.iter().zip(1..) {
            let whom = match grant.subject {
                Subject::User(_) => subject.clone(),
                Subject::Group(_) => format!("the group {subject}"),
                Subject::Key(_) => format!("key:{subject}"),
            };
            let what = grant.effect.role().map_or_else(|| "**denied**".to_owned(), |role| role.to_string());
            let on = match (grant.scope.app(), grant.scope.pattern()) {
                (None, _) => "everything".to_owned(),
                (Some(app), None) => format!("all of {app}"),
                (Some(_), Some(pattern)) => format!("`{pattern}`"),
            };
            let until = grant.until.map(|_| ", for an hour").unwrap_or_default();
            writeln!(out, "{number}. {whom}: {what} on {on}{until}").unwrap();
        }
        out
    }
}
