//! `doorward key rotate`

use clap::Args;
use doorward_domain::span;
use std::time::Duration;

use super::show_once;
use crate::cli::Outcome;
use crate::cli::support::local::Local;
use crate::cli::support::printable::tell;

/// Gives a key another secret and prints it once, alone on standard output
#[derive(Debug, Args)]
pub struct Rotate {
    /// The key's name
    name: String,
    /// For how long the one before stays good: 24h, 7d
    #[arg(long, value_name = "SPAN", default_value = "0s", value_parser = overlap)]
    overlap: Duration,
}

impl Rotate {
    pub(super) async fn run(self, local: &Local) -> Outcome<()> {
        let found = local.key(&self.name).await?;
        let (text, listed) = local.services.keys.rotate(&local.actor, found.key.id, self.overlap).await?;
        let before = match self.overlap {
            Duration::ZERO => "the one before opens nothing any more".to_owned(),
            overlap => format!("the one before stays good for {}", span::show_duration(overlap)),
        };
        tell(format_args!("the key {} has another secret; {before}. It is shown this once:", listed.key.name));
        show_once(&text)
    }
}

fn overlap(text: &str) -> Result<Duration, String> {
    span::duration(text, 0)
}
