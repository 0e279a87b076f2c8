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
    /// Say which keys may sign which part of a log
    #[command(subcommand)]
    Keyring(Keyring),
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

#[derive(Debug, Subcommand)]
pub(crate) enum Keyring {
    /// Trust a key from a size of the log on; makes the keyring if there is none
    Add(KeyringAdd),
    /// Trust a key no more from a size of the log on
    Revoke(KeyringRevoke),
}

const ADD_EXAMPLES: &str = "\
Examples:
  strongroom audit keys keyring add keyring.json \"$(cat orders.vkey)\" --origin example.com/orders
  strongroom audit keys keyring add keyring.json \"$(cat new.vkey)\" --from 120000";

#[derive(Debug, Args)]
#[command(after_help = ADD_EXAMPLES)]
pub(crate) struct KeyringAdd {
    /// The keyring, a JSON file
    pub(crate) keyring: PathBuf,
    /// The key, as `strongroom audit keys generate` prints it; that of a log or of a witness
    pub(crate) vkey: String,
    /// From which size of the log on the key signs; the keys before it sign up to there
    #[arg(long, value_name = "SIZE")]
    pub(crate) from: Option<u64>,
    /// The log, as the first line of its checkpoints names it
    #[arg(long)]
    pub(crate) origin: Option<String>,
    /// How many of the witnesses must have signed, if the key is that of a witness
    #[arg(long, value_name = "N")]
    pub(crate) quorum: Option<usize>,
}

#[derive(Debug, Args)]
pub(crate) struct KeyringRevoke {
    /// The keyring, a JSON file
    pub(crate) keyring: PathBuf,
    /// The key, as `strongroom audit keys generate` prints it, or its name and id
    pub(crate) key: String,
    /// From which size of the log on its signatures count for nothing
    #[arg(long, value_name = "SIZE")]
    pub(crate) from: u64,
}
