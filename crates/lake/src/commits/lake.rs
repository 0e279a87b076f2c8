//! A lake: the store that its tables share, and what all its writers and readers agree on.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::TryStreamExt as _;
use platform::clock::{Clock, SystemClock};
use platform::ledger::Ledger;
use platform::numbered::founding::{self, Unfounded};
use platform::numbered::{Found, Outcome, Retry};
use platform::store::{Conditions, Key, Put, Store, StoreErrorKind};
use serde::{Deserialize, Serialize};
use storage_core::Digest;

use super::name::ASIDE;
use super::{Error, File, Result, Table, TableName};

/// The version of the document.
const VERSION: u32 = 1;

/// What is written once, before anything else. The oldest version counts.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    v: u32,
    conditions: Conditions,
    created_at: DateTime<Utc>,
}

/// How a lake is opened. Plain data and the parts it works with; no environment is read.
#[derive(Clone)]
#[non_exhaustive]
pub struct Options {
    /// Who commits.
    pub actor: String,
    /// Whether a lake is begun where none is.
    pub create: bool,
    /// Where every commit is recorded as well, as `lake.committed`.
    pub ledger: Option<Ledger>,
    /// How long a failing store is tried again.
    pub retry: Retry,
    /// How far conditional writes are trusted when a lake is begun; `None` finds out.
    pub conditions: Option<Conditions>,
    /// How often in a row other writers may be faster.
    pub races: u32,
    /// Stamps the commits.
    pub clock: Arc<dyn Clock>,
}

impl Options {
    /// The usual ones, for this writer.
    pub fn new(actor: impl Into<String>) -> Self {
        Self {
            actor: actor.into(),
            create: true,
            ledger: None,
            retry: Retry::default(),
            conditions: None,
            races: 50,
            clock: Arc::new(SystemClock),
        }
    }

    /// For somebody who only reads.
    pub fn reader() -> Self {
        Self { create: false, ..Self::new("reader") }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("actor", &self.actor)
            .field("create", &self.create)
            .finish_non_exhaustive()
    }
}

/// A lake. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Lake {
    pub(super) store: Store,
    pub(super) conditions: Conditions,
    pub(super) options: Arc<Options>,
}

impl Lake {
    /// Opens the lake at `store`, or begins one.
    ///
    /// ```
    /// use lake::commits::{Lake, Options};
    /// use platform::store::Store;
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// let store = Store::memory();
    /// assert_eq!(Lake::open(&store, Options::reader()).await.unwrap_err().code(), "lake.no_lake");
    /// let lake = Lake::open(&store, Options::new("ana")).await?;
    /// let table = lake.table(&"bronze/emissions".parse()?).await?;
    /// assert_eq!(table.state().next(), 0);
    /// # Ok::<(), lake::commits::Error>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::NoLake`] where nothing is and nothing shall be begun, [`Error::DocumentInvalid`]; what
    /// the store says.
    pub async fn open(store: &Store, options: Options) -> Result<Self> {
        let conditions = begin(store, &options).await?;
        Ok(Self { store: store.clone(), conditions, options: Arc::new(options) })
    }

    /// Where it is.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// How it was opened.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Opens a table: reads its log and finishes what a crash left unfinished. A table that nobody has
    /// committed to is empty.
    ///
    /// # Errors
    ///
    /// [`Error::LogBroken`]; what the store says.
    pub async fn table(&self, name: &TableName) -> Result<Table> {
        Table::open(self, name).await
    }

    /// Opens a table as it is, and finishes nothing: for somebody who looks what would be.
    ///
    /// # Errors
    ///
    /// As [`table`](Self::table).
    pub async fn table_as_it_is(&self, name: &TableName) -> Result<Table> {
        Table::read_only(self, name).await
    }

    /// Opens a table as it is, and finishes nothing: for somebody who only reads.
    ///
    /// # Errors
    ///
    /// As [`table`](Self::table), and [`Error::NoTable`] for one that nobody has committed to.
    pub async fn reader(&self, name: &TableName) -> Result<Table> {
        let table = Table::read_only(self, name).await?;
        match table.state().next() {
            0 => Err(Error::NoTable { table: name.clone() }),
            _ => Ok(table),
        }
    }

    /// Reads a file of a table whose log somebody else has read, where it lies once it is published.
    pub(crate) async fn read(&self, table: &TableName, file: &File) -> Result<Bytes> {
        let lost = |reason: &str| Error::FileLost {
            table: table.clone(),
            path: file.path.clone(),
            reason: reason.to_owned(),
        };
        match self.options.retry.again(|| self.store.get(&file.path)).await {
            Ok(read) if Digest::of(&read.body) == file.sha256 => Ok(read.body),
            Ok(_) => Err(lost("it has other bytes")),
            Err(error) if error.kind == StoreErrorKind::NotFound => Err(lost("it is not there")),
            Err(error) => Err(Error::store("read a file of the table")(error)),
        }
    }

    /// The tables that have a log.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn tables(&self) -> Result<BTreeSet<TableName>> {
        self.tables_with(&["/commits/"]).await
    }

    /// Those, and the ones in which somebody only began something.
    ///
    /// # Errors
    ///
    /// As [`tables`](Self::tables).
    pub(crate) async fn tables_begun(&self) -> Result<BTreeSet<TableName>> {
        self.tables_with(&["/commits/", "/staging/"]).await
    }

    async fn tables_with(&self, folders: &[&str]) -> Result<BTreeSet<TableName>> {
        let mut tables = BTreeSet::new();
        let mut keys = self.store.list_all(ASIDE, None);
        while let Some(listed) =
            keys.try_next().await.map_err(Error::store("look for the tables"))?
        {
            let within = listed.key.as_str().strip_prefix(ASIDE);
            let Some(within) = within else { continue };
            // The first one counts: at the side lie paths that may hold anything.
            let split = folders.iter().filter_map(|it| within.split_once(it));
            if let Some((name, _)) = split.min_by_key(|(name, _)| name.len())
                && let Ok(name) = name.parse()
            {
                tables.insert(name);
            }
        }
        Ok(tables)
    }
}

/// How far conditional writes are trusted where the lake is; it begins if there is none.
async fn begin(store: &Store, options: &Options) -> Result<Conditions> {
    let versioned = founding::keeps_versions(store, options.retry).await;
    let versioned = versioned.map_err(Error::store("find out whether the store keeps versions"))?;
    let once = founding::document_of(store, versioned, options.retry);
    let key = Key::new(format!("{ASIDE}lake.json"))
        .map_err(Error::store("name the document of the lake"))?;
    let there = once.get(&key).await.map_err(Error::store("read the document of the lake"))?;
    if let Some(Found { body, .. }) = there {
        return read(store, &body, versioned);
    }
    if !options.create {
        return Err(Error::NoLake { place: store.location() });
    }
    let conditions = founding::conditions_for(store, options.conditions, versioned).await;
    let conditions = conditions.map_err(|error| match error {
        Unfounded::Unfit(reason) => invalid(store, reason.to_owned()),
        Unfounded::Store(error) => Error::store("find out how far the store can be trusted")(error),
    })?;
    let document = Document { v: VERSION, conditions, created_at: options.clock.now() };
    let body = Bytes::from(serde_json::to_vec(&document).expect("the document is plain data"));
    let put = Put::absent().typed("application/json");
    let written = once.put(&key, body, |_| false, &put).await;
    match written {
        Ok(Outcome::Won { .. }) => Ok(conditions),
        Ok(Outcome::Lost { body, .. }) => read(store, &body, versioned),
        Err(source) => {
            let act = "begin the lake";
            match source {
                platform::numbered::NumberedError::Store { source, .. } => {
                    Err(Error::Store { act, source })
                }
                other => Err(invalid(store, other.to_string())),
            }
        }
    }
}

fn read(store: &Store, body: &[u8], versioned: bool) -> Result<Conditions> {
    let document: Document =
        serde_json::from_slice(body).map_err(|error| invalid(store, error.to_string()))?;
    if document.v != VERSION {
        return Err(invalid(store, format!("its format is {}, not {VERSION}", document.v)));
    }
    founding::still_kept(document.conditions, versioned)
        .map_err(|reason| invalid(store, reason))?;
    Ok(document.conditions)
}

fn invalid(store: &Store, reason: String) -> Error {
    Error::DocumentInvalid { place: store.location(), reason }
}
