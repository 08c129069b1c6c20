//! The commands that would let a refused request through, with the least that does.

use doorward_domain::text::is_unseen;
use doorward_domain::{Decision, DecisionId, GrantId, Intent, Lacking, Refusal, Remedy, Username};
use std::sync::Arc;

use super::{Explain, ExplainError, Hypothetical};
use crate::gate::{self, Asked};
use crate::{Actor, App};

/// Of more denials than this nobody is told: it is no longer a matter of a command.
const DENIALS: usize = 20;

impl Explain {
    /// What to type, ready to be copied: each denial that is in the way ends, and what is lacking then is given. It is tried: `None` where
    /// nothing would do, or a denial is in the way that is not theirs to know more of.
    pub(super) async fn remedy(
        &self,
        actor: &Actor,
        app: &Arc<App>,
        intent: &Arc<Intent>,
        refusal: &Refusal,
        request: &Hypothetical,
    ) -> Result<Option<String>, ExplainError> {
        let mut lifted: Vec<GrantId> = Vec::new();
        let mut commands = Vec::new();
        let mut remedy = refusal.remedy.clone();
        while lifted.len() < DENIALS {
            match remedy {
                Remedy::Lift(denial) if !lifted.contains(&denial) => {
                    if self.denial_shown(actor, app, denial).await?.is_none() {
                        return Ok(None);
                    }
                    commands.push(format!("{} grant remove {denial}", request.command));
                    lifted.push(denial);
                }
                Remedy::Grant(lacking) => {
                    let added = lacks(&whom(&refusal.name, refusal.is_key), app, &lacking);
                    let Some(added) = added else { return Ok(None) };
                    commands.push(format!("{} grant add {added}", request.command));
                    return Ok(Some(commands.join(" && ")));
                }
                Remedy::Lift(_) | Remedy::Nothing => return Ok(None),
            }
            let caller = self.caller(&request.whom, &lifted).await?;
            let now = self.context.now();
            let id = DecisionId::generate(now, self.context.random());
            let (app, intent) = (Arc::clone(app), Arc::clone(intent));
            let judging = move || gate::judge(&Asked { id, caller: &caller, app: &app, intent: &intent, now });
            match self.turns.done(actor, judging).await? {
                Decision::Pass(_) => return Ok(Some(commands.join(" && "))),
                Decision::SignIn => return Ok(None),
                Decision::Refuse(next) => remedy = next.remedy,
            }
        }
        Ok(None)
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
