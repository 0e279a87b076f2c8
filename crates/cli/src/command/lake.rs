//! `lake`: zones of data, one file per subcommand.

mod aggregate;
mod catalog;
mod compact;
mod ddl;
mod discover;
mod ingest;
mod quarantine;
mod query;
mod refine;
mod retain;
mod show;
mod tokens;

use lake::commits::{self, Commit, Counts};
use platform::store::Store;
use serde_json::{Value, json};

use super::audit::runtime;
use super::factor::table::{card, plain, table};
use super::ledger;
use crate::args::lake::{Catalog, Committer, Lake, Quarantine, Retain, TokenAct};
use crate::status::{Result, Status};

pub(super) fn run(lake: Lake) -> Result<Status> {
    match lake {
        Lake::Discover(it) => discover::run(&it),
        Lake::Ingest(it) => ingest::run(&it),
        Lake::Quarantine(it) => match *it {
            Quarantine::List(it) => quarantine::list(&it),
            Quarantine::Replay(it) => quarantine::replay(&it),
        },
        Lake::Tokens(it) => match *it {
            TokenAct::Resolve(it) => tokens::resolve(&it),
        },
        Lake::Refine(it) => refine::run(&it),
        Lake::Aggregate(it) => aggregate::run(&it),
        Lake::Ddl(it) => ddl::run(&it),
        Lake::Catalog(it) => match *it {
            Catalog::Sync(it) => catalog::sync(&it),
        },
        Lake::Query(it) => query::run(&it),
        Lake::Compact(it) => compact::run(&it),
        Lake::Retain(it) => match *it {
            Retain::Plan(it) => retain::plan(&it),
            Retain::Apply(it) => retain::carry_out(&it),
        },
        Lake::Show(it) => show::run(&it),
    }
}

/// Opens the lake that was named, to be read.
async fn read(url: &str) -> Result<commits::Lake> {
    let store = Store::open(url).await?;
    Ok(commits::Lake::open(&store, commits::Options::reader()).await?)
}

/// Opens the lake that was named, changes it, and seals the log that hears of what is committed. Begins
/// there if nothing is and that is wanted.
async fn change<T>(
    url: &str,
    committer: &Committer,
    create: bool,
    act: impl AsyncFnOnce(&commits::Lake) -> Result<T>,
) -> Result<T> {
    let mut options = commits::Options::new(&committer.actor);
    options.create = create;
    let ledger = ledger::named(committer.ledger.as_deref(), committer.signer.as_deref()).await?;
    options.ledger.clone_from(&ledger);
    let act = async {
        let store = Store::open(url).await?;
        act(&commits::Lake::open(&store, options).await?).await
    };
    ledger::sealing(&ledger, act).await
}

/// A commit, for a program.
fn told(commit: &Commit) -> Value {
    json!({
        "number": commit.number,
        "act": commit.act,
        "actor": commit.actor,
        "at": commit.at,
        "inputs": commit.inputs.len(),
        "counts": commit.counts(),
        "displaced": commit.displaced,
        "adds": commit.adds.len(),
        "removes": commit.removes.len(),
        "bytes": commit.adds.iter().map(|it| it.size_bytes).sum::<u64>(),
    })
}

/// What became of rows, for people.
fn counted(counts: &Counts) -> Vec<(&'static str, Option<String>)> {
    vec![
        ("rows", Some(counts.rows.to_string())),
        ("accepted", Some(counts.accepted.to_string())),
        ("duplicates", Some(format!("{} exact, {} conflicting", counts.exact, counts.conflicting))),
        ("quarantined", Some(counts.quarantined.to_string())),
    ]
}

/// A size for people: `1.5 MiB`.
fn size(bytes: u64) -> String {
    indicatif::BinaryBytes(bytes).to_string()
}
