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

use std::sync::Arc;

use lake::commits::{self, Commit, Counts};
use platform::ledger::{self, Ledger};
use platform::store::Store;
use serde_json::{Value, json};

use super::audit::{key_file, runtime};
use super::factor::table::{card, plain, table};
use crate::args::lake::{Catalog, Committer, Lake, Quarantine, Retain, TokenAct};
use crate::status::{Error, Result, Status};

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

/// A lake that is open, and the log that hears of what is committed.
struct Opened {
    lake: commits::Lake,
    ledger: Option<Ledger>,
}

impl Opened {
    /// Seals the log.
    async fn close(&self) -> Result<()> {
        match &self.ledger {
            Some(ledger) => ledger.close().await.map_err(Error::from),
            None => Ok(()),
        }
    }
}

/// Opens the lake that was named, to be read.
async fn read(url: &str) -> Result<commits::Lake> {
    let store = Store::open(url).await?;
    Ok(commits::Lake::open(&store, commits::Options::reader()).await?)
}

/// Opens the lake that was named, to be changed; begins there if nothing is.
async fn open(url: &str, committer: &Committer, create: bool) -> Result<Opened> {
    let mut options = commits::Options::new(&committer.actor);
    options.create = create;
    if let Some(url) = &committer.ledger {
        let mut how = ledger::Options::default();
        if let Some(path) = &committer.signer {
            how.signer = Some(Arc::new(key_file::signer(path)?));
        }
        options.ledger = Some(Ledger::open(&Store::open(url).await?, how).await?);
    }
    let ledger = options.ledger.clone();
    let store = Store::open(url).await?;
    Ok(Opened { lake: commits::Lake::open(&store, options).await?, ledger })
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
