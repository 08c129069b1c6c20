//! Every `doorward …` in the documents is one that exists: each is handed to the parser, nothing is run.

use clap::Parser as _;
use clap::error::ErrorKind;
use std::path::{Path, PathBuf};

use super::arguments::guard_tool_arguments;
use crate::cli::Cli;

/// A command of a page.
#[derive(Debug)]
struct Documented {
    page: PathBuf,
    /// What follows `doorward`.
    words: Vec<String>,
    /// Whether it is a line to be copied, and so complete; not a mention in a sentence.
    is_line: bool,
}

fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let pages = std::fs::read_dir(root.join("docs")).expect("docs").map(|entry| entry.expect("an entry").path());
    let pages = pages.filter(|page| page.extension().is_some_and(|ending| ending == "md"));
    pages
        .chain(
            ["README.md", "packaging/README.md"].map(|page| root.join(page)).into_iter().filter(|page| page.exists()),
        )
        .collect()
}

fn documented() -> Vec<Documented> {
    let mut all = Vec::new();
    for page in pages() {
        let text = std::fs::read_to_string(&page).expect("a page");
        for (index, block) in text.split("```").enumerate() {
            let is_line = index % 2 == 1;
            let found: Vec<Vec<String>> = if is_line {
                block.lines().filter_map(of_line).collect()
            } else {
                block
                    .split('`')
                    .skip(1)
                    .step_by(2)
                    .filter_map(|code| Some(words(code.strip_prefix("doorward ")?)))
                    .collect()
            };
            all.extend(found.into_iter().map(|words| Documented { page: page.clone(), words, is_line }));
        }
    }
    all
}

/// The arguments in a line of a shell: of `doorward`, by whatever path, also behind `sudo -u doorward` or in an image of that name.
fn of_line(line: &str) -> Option<Vec<String>> {
    let line = line.trim_start_matches("$ ");
    let rest = match line.split_once(" doorward doorward ") {
        Some((_, rest)) => rest,
        None => line.split_once(' ').filter(|(program, _)| program.split('/').next_back() == Some("doorward"))?.1,
    };
    Some(words(rest))
}

/// Up to where the shell takes over.
fn words(text: &str) -> Vec<String> {
    let end = |word: &&str| !["|", "<", ">", ">>", "&&", "&", "\\"].contains(word) && !word.starts_with('#');
    // What the shell puts there itself is one word.
    let text = match text.split_once("$(").and_then(|(before, rest)| Some((before, rest.split_once(')')?.1))) {
        Some((before, after)) => format!("{before}${after}"),
        None => text.to_owned(),
    };
    text.split_whitespace().take_while(end).map(|word| word.trim_matches(['"', '\'']).to_owned()).collect()
}

/// Whether readers put something of their own there.
fn is_placeholder(word: &str) -> bool {
    word.contains('…') || word.contains('$') || word.len() > 1 && word.chars().all(|c| c.is_ascii_uppercase())
}

fn problem(command: &Documented) -> Option<String> {
    let arguments =
        std::iter::once("doorward".to_owned()).chain(command.words.iter().filter(|word| *word != "…").cloned());
    let error = Cli::try_parse_from(guard_tool_arguments(arguments.map(Into::into))).err()?;
    let is_fine = match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => true,
        ErrorKind::ValueValidation | ErrorKind::InvalidValue => command.words.iter().any(|word| is_placeholder(word)),
        ErrorKind::MissingRequiredArgument
        | ErrorKind::MissingSubcommand
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            !command.is_line || command.words.iter().any(|word| word == "…")
        }
        _ => false,
    };
    (!is_fine).then(|| format!("{}: doorward {}: {error}", command.page.display(), command.words.join(" ")))
}

#[test]
fn every_command_in_the_documents_exists() {
    let all = documented();
    assert!(all.len() > 30, "{} commands were found", all.len());
    for page in ["operations.md", "install.md", "quickstart.md", "README.md"] {
        assert!(all.iter().any(|command| command.is_line && command.page.ends_with(page)), "none was found in {page}");
    }
    let problems: Vec<String> = all.iter().filter_map(problem).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn a_command_that_does_not_exist_would_be_noticed() {
    for line in [
        "$ doorward user ad ada",
        "sudo -u doorward doorward audit verify --al",
        "$ ./x/doorward grant add ada",
        "doorward backup",
    ] {
        let words = of_line(line).expect(line);
        let command = Documented { page: "page.md".into(), words, is_line: true };
        assert!(problem(&command).is_some(), "{line}");
    }
}
