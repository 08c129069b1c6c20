//! The configuration reference, written from the table.

use super::{Key, Kind, keys};

const OPENING: &str = "\
# Configuration

<!-- Written by `cargo xtask generate` from crates/doorward/src/config; do not edit. -->

Doorward reads one YAML file: the one given with `--config` or `DOORWARD_CONFIG`, else `./doorward.yaml`, else
`/etc/doorward/doorward.yaml`, else none. Every key can also be set by an environment variable, which wins over the file;
`NAME_FILE` instead of `NAME` reads the value from a file, for secrets. Options of the command line win over both. An empty
variable counts as not set. Lists in variables are separated by commas, commands by spaces, or written as in YAML: `[a, b]`.

Unknown keys and variables are errors. Every problem is told at once, with line and column: `doorward config check`.
`doorward config show` tells the effective values and where each comes from, `doorward config schema` prints a JSON Schema.

Durations are written `30s`, `15m`, `24h`, `7d`; sizes `65536`, `64kB`, `4MiB`. Writing `null` is the same as leaving a key out.
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
    let mut sections: Vec<(&str, Vec<&Key>)> = Vec::new();
    for key in keys() {
        let own = key.path.rsplit_once('.').map_or("", |(section, _)| section);
        match sections.iter_mut().find(|(section, _)| *section == own) {
            Some((_, keys)) => keys.push(key),
            None => sections.push((own, vec![key])),
        }
    }
    for (section, keys) in sections {
        text.push_str(&heading(section));
        text.extend(keys.into_iter().map(entry));
    }
    text
}

fn heading(section: &str) -> String {
    match section {
        "" => "\n## The door\n".to_owned(),
        "apps.*" => "\n## apps.NAME\n\nThe tools behind the door. `NAME` has 1 to 63 of `a-z`, `0-9`, `-` and `_`; in variables `-` is written `_`.\n".to_owned(),
        other => format!("\n## {other}\n"),
    }
}

fn entry(key: &Key) -> String {
    let path = key.path.replace('*', "NAME");
    let doc = key.doc;
    if matches!(key.kind, Kind::Later) {
        return format!("\n### `{path}`\n\n{doc}\n");
    }
    let when = if key.live { "at once" } else { "at the next start" };
    format!(
        "\n### `{path}`\n\n{doc}\n\n- {}\n- default: `{}`\n- example: `{}`\n- variable: `{}`\n- a change takes effect {when}\n",
        capital(&key.kind.describe()),
        key.default,
        key.example,
        key.variable().replace("<APP>", "NAME"),
    )
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().collect::<String>() + letters.as_str()).unwrap_or_default()
}
