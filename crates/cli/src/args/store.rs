//! What was typed after `store`.

use clap::{Args, Subcommand};

use super::Plain;

#[derive(Debug, Subcommand)]
pub(crate) enum Store {
    /// Find out on the store itself what it promises, and what to mend
    ///
    /// Writes, races, lists and deletes under a scratch prefix, which is removed again. Exit status:
    /// 0 if a ledger can be kept there, 1 if not or if a promise was broken, 8 if the store could
    /// not be asked.
    Doctor(Doctor),
}

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// file:///dir or s3://bucket/prefix?endpoint=…&region=…
    pub(crate) url: String,
    /// How many writers race for one key
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(2..=256))]
    pub(crate) writers: u16,
    /// For how many keys they race; more find what happens rarely
    #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    pub(crate) races: u16,
    /// How to write what was found
    #[arg(long, value_enum, default_value_t = Plain::Human)]
    pub(crate) format: Plain,
}
