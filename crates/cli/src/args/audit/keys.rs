//! What was typed after `strongroom audit keys`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::args::Plain;

#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// Make a key; print the half that verifies
    Generate(Generate),
    /// Print the half of a key that verifies
    Show(Show),
}

const GENERATE_EXAMPLES: &str = "\
Examples:
  strongroom audit keys generate example.com/orders --out orders.key > orders.vkey
  strongroom audit keys generate witness.example.org --witness --out witness.key";

#[derive(Debug, Args)]
#[command(after_help = GENERATE_EXAMPLES)]
pub(crate) struct Generate {
    /// The name of the key: a host and a path without scheme, such as `example.com/orders`
    pub(crate) name: String,
    /// Where to write the secret half; must not be there yet, only the owner can read it
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Make the key of a witness, which cosigns the checkpoints of others
    #[arg(long)]
    pub(crate) witness: bool,
    /// How to write the half that verifies
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// A file with a key, secret or not
    pub(crate) file: PathBuf,
    /// How to write it
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}
