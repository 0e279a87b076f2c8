//! What was typed after `strongroom audit`.

mod keys;

use clap::Subcommand;

pub(crate) use keys::{Generate, Keys, Show};

#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Make and look at the keys that sign and verify checkpoints
    #[command(subcommand)]
    Keys(Keys),
}
