//! The configuration reference, written from the table of keys.

use super::{Key, table};

const OPENING: &str = "\
# Configuration

<!-- Written by `cargo xtask generate` from crates/doorward/src/config; do not edit. -->

Doorward reads one YAML file: the one given with `--config` or `DOORWARD_CONFIG`, else `./doorward.yaml`, else
`/etc/doorward/doorward.yaml`, else none. Every key can also be set by an environment variable, which wins over the file;
`NAME_FILE` instead of `NAME` reads the value from a file, for secrets; so does, in the file, a key with `_file` at its end where a key may hold a
secret. Options of the command line win over both. An empty
variable counts as not set. Lists in variables are separated by commas, commands by spaces, or written as in YAML: `[a, b]`.

Unknown keys and variables are errors. Every problem is told at once, with line and column: `doorward config check`.
`doorward config show` tells the effective values and where each comes from, `doorward config schema` prints a JSON Schema.

Durations are written `30s`, `15m`, `24h`, `7d`; sizes `65536`, `64kB`, `4MiB`. Writing `null` is the same as leaving a key out, unless the key says what it is.
On SIGHUP the file is read again. An invalid one is refused in words and the old settings stay. Keys marked *at once*
take effect then; the others at the next start.

## Other variables

| variable | |
|---|---|
| `DOORWARD_CONFIG` | the configuration file |
| `DOORWARD_ADMIN_USER`, `DOORWARD_ADMIN_PASSWORD` (or `DOORWARD_ADMIN_PASSWORD_FILE`) | make the first administrator at the first start. With the name alone a password is generated and printed once; without both a setup link is printed |
| `DOORWARD_DAGSTER` | the program that `doorward dagster` starts; `dagster-webserver` from `PATH` unless set |
";

/// The reference, as Markdown.
pub fn reference() -> String {
    let mut text = OPENING.to_owned();
    for (section, doc) in &table().sections {
        let is_here = |key: &&Key| key.path.rsplit_once('.').map_or("", |(section, _)| section) == section;
        let keys: Vec<&Key> = table().keys.iter().filter(is_here).collect();
        if !keys.is_empty() {
            text.push_str(&heading(section, doc));
            text.extend(keys.into_iter().map(entry));
        }
    }
    text
}

fn heading(section: &str, doc: &str) -> String {
    match section {
        "" => "\n## The door\n".to_owned(),
        section => format!("\n## {}\n\n{doc}\n", section.replace('*', "NAME")),
    }
}

fn entry(key: &Key) -> String {
    let path = key.path.replace('*', "NAME");
    let doc = &key.doc;
    if key.is_later {
        return format!("\n### `{path}`\n\n{doc}\n");
    }
    let when = if key.live { "at once" } else { "at the next start" };
    let file = if key.secret.is_some() {
        format!("- or the name of a file that holds it: `{path}_file`\n")
    } else {
        String::new()
    };
    format!(
        "\n### `{path}`\n\n{doc}\n\n- {}\n{file}- default: `{}`\n- example: `{}`\n- variable: `{}`\n- a change takes effect {when}\n",
        capital(&key.words),
        key.default_text,
        key.example,
        key.variable().replace("<APP>", "NAME"),
    )
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().collect::<String>() + letters.as_str()).unwrap_or_default()
}
