//! The commands that would let a refused request through, with the least that does.

use doorward_domain::text::is_unseen;
use doorward_domain::{Decision, DecisionId, GrantId, Intent, Lacking, Refusal, Remedy, Username};
use std::sync::Arc;

use super::caller::Without;
use super::{Explain, ExplainError, Whom};
use crate::gate::{self, Asked};
use crate::{Actor, App};

/// Of more denials than this nobody is told: it is no longer a matter of a command.
const DENIALS: usize = 20;

/// What was asked for, by whom it is asked about, and how they call the command.
#[derive(Clone, Copy)]
pub(super) struct About<'a> {
    pub(super) actor: &'a Actor,
    pub(super) app: &'a Arc<App>,
    pub(super) intent: &'a Arc<Intent>,
    pub(super) command: &'a str,
}

/// Of a key that does no more than its owner, who may not do this.
pub(super) struct Capped {
    /// What the owner holds, in a sentence: where they are denied something, the key's own refusal names that denial.
    pub(super) because: String,
    /// What to type, if anything would do.
    pub(super) remedy: Option<String>,
}

impl Explain {
    /// What a key's owner lacks, and the commands that give it to them, and to the key what it would lack all the same; `None` where there is
    /// no owner who could ask.
    pub(super) async fn of_capped(&self, about: &About<'_>, whom: &Whom) -> Result<Option<Capped>, ExplainError> {
        let Whom::Key(name) = whom else { return Ok(None) };
        let key: Username = name.parse().map_err(|_| ExplainError::UnknownKey)?;
        let Some(owner) = self.keys.find_by_name(&key).await?.and_then(|listed| listed.owner) else { return Ok(None) };
        let of_owner = Whom::User(owner.to_string());
        let Decision::Refuse(refusal) = self.judged(about, &of_owner, Without::default()).await? else {
            return Ok(None);
        };
        let because = format!("a key never does more than its owner: {owner} holds {}", owners(&refusal, about.app));
        let own = match self.judged(about, whom, Without { cap: true, ..Without::default() }).await? {
            Decision::Refuse(refusal) => Some(self.remedy_without(about, (whom, true), &refusal).await?),
            Decision::Pass(_) | Decision::SignIn => None,
        };
        let remedy = match (self.remedy(about, &of_owner, &refusal).await?, own) {
            (Some(owners), None) => Some(owners),
            (Some(owners), Some(Some(own))) => Some(format!("{owners} && {own}")),
            (_, Some(None)) | (None, _) => None,
        };
        Ok(Some(Capped { because, remedy }))
    }

    /// What to type, ready to be copied: each denial that is in the way ends, and what is lacking then is given. It is tried: `None` where
    /// nothing would do, or a denial is in the way that is not theirs to know more of.
    pub(super) async fn remedy(
        &self,
        about: &About<'_>,
        whom: &Whom,
        refusal: &Refusal,
    ) -> Result<Option<String>, ExplainError> {
        self.remedy_without(about, (whom, false), refusal).await
    }

    /// The same; `cap` is whether it is thought away that a key does no more than its owner.
    async fn remedy_without(
        &self,
        about: &About<'_>,
        (asker, cap): (&Whom, bool),
        refusal: &Refusal,
    ) -> Result<Option<String>, ExplainError> {
        let About { actor, app, command, .. } = *about;
        let mut lifted: Vec<GrantId> = Vec::new();
        let mut commands = Vec::new();
        let mut remedy = refusal.remedy.clone();
        while lifted.len() < DENIALS {
            match remedy {
                Remedy::Lift(denial) if !lifted.contains(&denial) => {
                    if self.denial_shown(actor, app, denial).await?.is_none() {
                        return Ok(None);
                    }
                    commands.push(format!("{command} grant remove {denial}"));
                    lifted.push(denial);
                }
                Remedy::Grant(lacking) => {
                    let added = lacks(&whom(&refusal.name, refusal.is_key), app, &lacking);
                    let Some(added) = added else { return Ok(None) };
                    commands.push(format!("{command} grant add {added}"));
                    return Ok(Some(commands.join(" && ")));
                }
                Remedy::Lift(_) | Remedy::Nothing => return Ok(None),
            }
            match self.judged(about, asker, Without { lifted: &lifted, cap }).await? {
                Decision::Pass(_) => return Ok(Some(commands.join(" && "))),
                Decision::SignIn => return Ok(None),
                Decision::Refuse(next) => remedy = next.remedy,
            }
        }
        Ok(None)
    }

    async fn judged(&self, about: &About<'_>, whom: &Whom, without: Without<'_>) -> Result<Decision, ExplainError> {
        let caller = self.caller(whom, without).await?;
        let now = self.context.now();
        let id = DecisionId::generate(now, self.context.random());
        let (app, intent) = (Arc::clone(about.app), Arc::clone(about.intent));
        let judging = move || gate::judge(&Asked { id, caller: &caller, app: &app, intent: &intent, now });
        Ok(self.turns.done(about.actor, judging).await?)
    }
}

/// What the owner of a key holds, for a sentence.
fn owners(refusal: &Refusal, app: &App) -> String {
    match (refusal.held, refusal.on_parts) {
        (Some(role), _) => format!("the role {role} on {}", app.name),
        (None, Some(role)) => format!("the role {role} on parts of {}", app.name),
        (None, None) => format!("no role on {}", app.name),
    }
}

/// Whom, as an option.
pub(super) fn whom(name: &Username, is_key: bool) -> String {
    if is_key { format!("--key {name}") } else { name.to_string() }
}

/// Whom, what role and on what, as options; `None` where that cannot be typed.
pub(super) fn lacks(whom: &str, app: &App, Lacking { role, resource }: &Lacking) -> Option<String> {
    let thing = match resource {
        Some(name) => format!(" --resource {}", quoted(name.as_str())?),
        None => String::new(),
    };
    Some(format!("{whom} --role {role} --app {}{thing}", app.name))
}

/// A name that somebody else chose, as one word for a shell; `None` where the line would not read as what it does.
///
/// Shells differ in what ends single quotes: to sh, bash and zsh `\` means itself there, to fish `\'` is a mark and `\\` one backslash. So neither
/// mark nor backslash stands in single quotes: each has double quotes of its own, in which all four read `"'"` and `"\\"` alike. Nothing else
/// in single quotes means anything to any of them.
fn quoted(name: &str) -> Option<String> {
    if name.contains(is_unseen) {
        return None;
    }
    let mut word = String::with_capacity(name.len() + 2);
    word.push('\'');
    for c in name.chars() {
        match c {
            '\'' => word.push_str(r#"'"'"'"#),
            '\\' => word.push_str(r#"'"\\"'"#),
            c => word.push(c),
        }
    }
    word.push('\'');
    Some(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn a_name_is_one_word_to_shells_and_nothing_in_it_is_done() {
        for name in [
            "job:nightly",
            "job:it's",
            r"job:\' ; touch pwned ; #",
            r"job:\\' ; touch pwned ; #",
            r"job:'\''; touch pwned; '",
            "job:''''",
            r"job:\\\\",
            r"job:ends\",
            "job:$(touch pwned)`touch pwned`$HOME${IFS}",
            r#"job:"; touch pwned; ""#,
            "job:a && touch pwned | tee > pwned &",
            "job:!! !-1 ^a^b ~ * ? [a] {a,b} %s \u{a0}é 名",
        ] {
            let word = quoted(name).unwrap();
            for shell in ["sh", "bash"] {
                let typed = format!("printf '%s.' {word}");
                let done = Command::new(shell).args(["-c", &typed]).output().unwrap();
                assert_eq!(String::from_utf8(done.stdout).unwrap(), format!("{name}."), "{shell}: {word}");
                assert!(done.status.success() && done.stderr.is_empty(), "{shell}: {word}");
            }
            assert_eq!(fish(&word), name, "{word}");
        }
    }

    /// A word of quotations, by the rules of fish: `\` takes a mark or another `\` with it, in either kind of quotes.
    fn fish(word: &str) -> String {
        let (mut read, mut inside) = (String::new(), None);
        let mut rest = word.chars().peekable();
        while let Some(c) = rest.next() {
            match (inside, c) {
                (None, '\'' | '"') => inside = Some(c),
                (None, c) => panic!("{c} stands in no quotes"),
                (Some(mark), c) if c == mark => inside = None,
                (Some(mark), '\\') if rest.peek().is_some_and(|next| *next == mark || *next == '\\') => {
                    read.extend(rest.next());
                }
                (Some('"'), '$') => panic!("a variable"),
                (Some(_), c) => read.push(c),
            }
        }
        assert_eq!(inside, None, "{word}");
        read
    }

    #[test]
    fn a_name_that_would_not_be_seen_as_it_is_gets_no_command() {
        for c in [
            '\n',
            '\r',
            '\0',
            '\u{1b}',
            '\u{85}',
            '\u{202e}',
            '\u{2066}',
            '\u{200f}',
            '\u{2028}',
            '\u{2029}',
            '\u{200b}',
            '\u{ad}',
            '\u{e0041}',
        ] {
            assert_eq!(quoted(&format!("job:a{c}b")), None, "{}", c.escape_unicode());
        }
    }
}
