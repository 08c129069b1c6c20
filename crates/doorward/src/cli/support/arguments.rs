//! Keeping our hands off the arguments of a wrapped tool.

use std::ffi::OsString;

/// Puts `--` behind the word `dagster`, so that everything after it is the tool's own, also what looks like an option of ours. Only
/// `--help` stays ours there.
pub fn guard_tool_arguments(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = arguments.into_iter().collect();
    let Some(at) = position_of_noun(&arguments) else { return arguments };
    let is_dagster = arguments.get(at).is_some_and(|noun| noun == "dagster");
    let asks_help = arguments.iter().skip(at + 1).take_while(|a| *a != "--").any(|a| a == "--help");
    if is_dagster && asks_help {
        arguments.truncate(at + 1);
        arguments.push("--help".into());
    } else if is_dagster {
        arguments.insert(at + 1, "--".into());
    }
    arguments
}

/// Where the first word is that is neither an option of ours nor its value.
fn position_of_noun(arguments: &[OsString]) -> Option<usize> {
    let mut at = 1;
    while let Some(argument) = arguments.get(at).and_then(|a| a.to_str()) {
        match argument {
            "--config" | "--database" => at += 2,
            option if option.starts_with('-') => at += 1,
            _ => return Some(at),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guarded(line: &str) -> String {
        let arguments = guard_tool_arguments(line.split(' ').map(OsString::from));
        arguments.iter().map(|a| a.to_string_lossy()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn everything_after_the_word_dagster_is_the_tools_own() {
        assert_eq!(guarded("doorward dagster -f x.py --config y"), "doorward dagster -- -f x.py --config y");
        assert_eq!(guarded("doorward --config c dagster -h ::"), "doorward --config c dagster -- -h ::");
        assert_eq!(guarded("doorward --config=c --database d dagster"), "doorward --config=c --database d dagster --");
        assert_eq!(guarded("doorward dagster -- -f x"), "doorward dagster -- -- -f x");
    }

    #[test]
    fn only_help_stays_ours() {
        assert_eq!(guarded("doorward dagster --help"), "doorward dagster --help");
        assert_eq!(guarded("doorward dagster -f x --help"), "doorward dagster --help");
        assert_eq!(guarded("doorward dagster -h 0.0.0.0"), "doorward dagster -- -h 0.0.0.0");
    }

    #[test]
    fn other_nouns_are_left_alone() {
        assert_eq!(guarded("doorward user show dagster --output json"), "doorward user show dagster --output json");
        assert_eq!(guarded("doorward --help"), "doorward --help");
        assert_eq!(guarded("doorward --config dagster serve"), "doorward --config dagster serve");
    }
}
