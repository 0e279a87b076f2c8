//! Reports are found: by tenant, type, period, status, metadata, digest of a file, and words (feature
//! `search`).
//!
//! The index is a local file (SQLite, FTS5) that anybody may delete: everything in it comes from the store
//! and can be made from it again, to the same [digest](Index::digest). It is therefore never trusted. When
//! it is opened it is read from end to end: SQLite checks its pages, FTS5 its words against the texts, and
//! every document is compared with the digest that was taken when it was put there. What fails is an
//! [`Error::Damaged`], and [`Index::open_or_rebuild`] makes a new one.
//!
//! **Another tenant's report never matches.** There is no [`Query`] without a tenant, answers come in order of
//! keys and not of a rank that would depend on what others have filed, and words are words: nothing in them
//! is understood as a condition.
//!
//! It knows what was put into it. Reports that another machine filed come in with the next rebuild.

mod document;
mod error;
mod query;
mod table;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension as _, params, params_from_iter};
use storage_core::Digest;

pub use document::Document;
pub use error::{Error, Result};
pub use query::{Hit, Query};

/// An index of reports in a local file.
///
/// ```
/// use platform::search::{Document, Index, Query};
///
/// let folder = tempfile::tempdir()?;
/// let mut index = Index::rebuild(&folder.path().join("reports.idx"), [])?;
/// let mut report = Document::new("acme", "csrd/acme/2026/0190a1b2", "csrd", "2026", "archived");
/// report.add_file("report.html", b"<p>Gross Scope 1 emissions</p>");
/// index.put(&report)?;
///
/// let found = index.find(&Query::of("acme").words("scope emissions"))?;
/// assert_eq!(found[0].report, "csrd/acme/2026/0190a1b2");
/// assert!(index.find(&Query::of("other").words("scope"))?.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Index {
    path: PathBuf,
    file: Connection,
}

impl Index {
    /// Opens the index at `path` after checking all of it.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`], [`Error::Damaged`], [`Error::Busy`]; [`Error::File`] if the disk does not let it be
    /// read.
    pub fn open(path: &Path) -> Result<Self> {
        if !path.is_file() {
            return Err(Error::Missing { path: path.to_owned() });
        }
        let file = table::connect(path).map_err(error::at(path))?;
        let index = Self { path: path.to_owned(), file };
        index.check()?;
        Ok(index)
    }

    /// Opens the index at `path`, or makes it from `documents` if it is missing or damaged. Says why it was
    /// made anew.
    ///
    /// # Errors
    ///
    /// As [`Index::open`] and [`Index::rebuild`], but never [`Error::Missing`] or [`Error::Damaged`].
    pub fn open_or_rebuild<I: IntoIterator<Item = Result<Document>>>(
        path: &Path,
        documents: impl FnOnce() -> I,
    ) -> Result<(Self, Option<Error>)> {
        match Self::open(path) {
            Ok(index) => Ok((index, None)),
            Err(why @ (Error::Missing { .. } | Error::Damaged { .. })) => {
                Ok((Self::rebuild(path, documents())?, Some(why)))
            }
            Err(error) => Err(error),
        }
    }

    /// Makes a new index of `documents` at `path`, in the place of what is there. Until it is complete, what
    /// is there stays.
    ///
    /// # Errors
    ///
    /// The first error among `documents`; [`Error::File`], [`Error::ReportTwice`].
    pub fn rebuild(
        path: &Path,
        documents: impl IntoIterator<Item = Result<Document>>,
    ) -> Result<Self> {
        let failed = |source| Error::File { path: path.to_owned(), source };
        let folder = match path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        fs::create_dir_all(folder).map_err(failed)?;
        let new = tempfile::Builder::new().prefix(".strongroom-index-").tempfile_in(folder);
        let new = new.map_err(failed)?.into_temp_path();
        let mut file = table::connect(&new).map_err(error::at(path))?;
        let change = file.transaction().map_err(error::at(path))?;
        table::create(&change).map_err(error::at(path))?;
        for document in documents {
            let document = document?;
            if !table::insert(&change, &document).map_err(error::at(path))? {
                return Err(Error::ReportTwice { report: document.report });
            }
        }
        table::seal(&change).map_err(error::at(path))?;
        change.commit().map_err(error::at(path))?;
        file.close().map_err(|(_, source)| error::at(path)(source))?;
        put_in_place(path, |path| new.persist(path).map_err(|error| error.error))
    }

    /// Puts a report into the index, in the place of what is there about it.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`], [`Error::File`], [`Error::Damaged`]; then nothing was changed.
    pub fn put(&mut self, document: &Document) -> Result<()> {
        self.change(|change| {
            table::remove(change, &document.tenant, &document.report)?;
            table::insert(change, document).map(drop)
        })
    }

    /// The same with many reports, all of them or none.
    ///
    /// # Errors
    ///
    /// As [`Index::put`].
    pub fn put_all(&mut self, documents: &[Document]) -> Result<()> {
        self.change(|change| {
            for document in documents {
                table::remove(change, &document.tenant, &document.report)?;
                table::insert(change, document)?;
            }
            Ok(())
        })
    }

    /// What is there, by tenant and key, with the revision that it tells of.
    ///
    /// # Errors
    ///
    /// As [`Index::find`].
    pub fn revisions(&self) -> Result<BTreeMap<(String, String), String>> {
        let rows = || -> rusqlite::Result<BTreeMap<_, _>> {
            let mut rows = self.file.prepare("SELECT tenant, report, revision FROM documents")?;
            let rows = rows.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)))?;
            rows.collect()
        };
        rows().map_err(error::at(&self.path))
    }

    /// How many reports of a tenant have files of which no words, or not all, are here.
    ///
    /// # Errors
    ///
    /// As [`Index::find`].
    pub fn incomplete(&self, tenant: &str) -> Result<u64> {
        let asked = "SELECT count(*) FROM documents WHERE tenant = ?1 AND incomplete <> '[]'";
        let count = self.file.query_row(asked, [tenant], |row| row.get::<_, i64>(0));
        Ok(count.map_err(error::at(&self.path))?.unsigned_abs())
    }

    /// Moves the index to `path`, in the place of what is there.
    ///
    /// # Errors
    ///
    /// [`Error::File`]; then what was there is there still.
    pub fn replace(self, path: &Path) -> Result<Self> {
        let from = self.path.clone();
        self.file.close().map_err(|(_, source)| error::at(&from)(source))?;
        put_in_place(path, |path| fs::rename(&from, path))
    }

    /// Takes a report out of the index; says whether it was there.
    ///
    /// # Errors
    ///
    /// As [`Index::put`].
    pub fn remove(&mut self, tenant: &str, report: &str) -> Result<bool> {
        self.change(|change| table::remove(change, tenant, report))
    }

    /// The reports of one tenant that a query asks for, in order of their keys.
    ///
    /// # Errors
    ///
    /// [`Error::NoWords`] if there is no word among the words; [`Error::Damaged`] if a document that was
    /// found is not what was put there.
    pub fn find(&self, query: &Query) -> Result<Vec<Hit>> {
        let (sql, values) = query.sql()?;
        let rows = || -> rusqlite::Result<Vec<(i64, Vec<u8>)>> {
            let mut statement = self.file.prepare_cached(&sql)?;
            let rows = statement.query_map(params_from_iter(&values), |row| {
                Ok((row.get("id")?, row.get("digest")?))
            })?;
            rows.collect()
        };
        let found = rows().map_err(error::at(&self.path))?;
        found
            .into_iter()
            .map(|(id, digest)| {
                let document = self.document(id, &digest)?;
                if document.tenant != query.tenant() {
                    return Err(self.damaged("a report of another tenant was found"));
                }
                Ok(Hit::of(document, query))
            })
            .collect()
    }

    /// What the index says of one report.
    ///
    /// # Errors
    ///
    /// As [`Index::find`].
    pub fn get(&self, tenant: &str, report: &str) -> Result<Option<Document>> {
        let found: Option<(i64, Vec<u8>)> = self
            .file
            .query_row(
                "SELECT id, digest FROM documents WHERE tenant = ?1 AND report = ?2",
                params![tenant, report],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()
            .map_err(error::at(&self.path))?;
        found.map(|(id, digest)| self.document(id, &digest)).transpose()
    }

    /// How many reports it knows, of all tenants.
    ///
    /// # Errors
    ///
    /// As [`Index::find`].
    pub fn len(&self) -> Result<u64> {
        let count =
            self.file.query_row("SELECT count(*) FROM documents", [], |row| row.get::<_, i64>(0));
        Ok(count.map_err(error::at(&self.path))?.unsigned_abs())
    }

    /// Whether it knows none.
    ///
    /// # Errors
    ///
    /// As [`Index::find`].
    pub fn is_empty(&self) -> Result<bool> {
        Ok(self.len()? == 0)
    }

    /// The digest of everything in the index: the same documents give the same, in whatever order they came.
    ///
    /// # Errors
    ///
    /// As [`Index::find`].
    pub fn digest(&self) -> Result<Digest> {
        table::digest(&self.file).map_err(error::at(&self.path))
    }

    /// Reads all of it. [`Index::open`] has done so.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`].
    pub fn check(&self) -> Result<()> {
        if let Some(reason) = table::broken(&self.file).map_err(error::at(&self.path))? {
            return Err(self.damaged(&reason));
        }
        let ids = || -> rusqlite::Result<Vec<(i64, Vec<u8>)>> {
            let mut statement = self.file.prepare("SELECT id, digest FROM documents")?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect()
        };
        for (id, digest) in ids().map_err(error::at(&self.path))? {
            self.document(id, &digest)?;
        }
        Ok(())
    }

    fn document(&self, id: i64, digest: &[u8]) -> Result<Document> {
        let document = table::read(&self.file, id).map_err(error::at(&self.path))?;
        match document {
            Some(document) if document.digest().as_bytes() == digest => Ok(document),
            _ => Err(self.damaged("a document is not what was put there")),
        }
    }

    fn change<T>(&mut self, act: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        let change = || {
            let change =
                self.file.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
            let done = act(&change)?;
            table::seal(&change)?;
            change.commit()?;
            Ok(done)
        };
        change().map_err(error::at(&self.path))
    }

    fn damaged(&self, reason: &str) -> Error {
        Error::Damaged { path: self.path.clone(), reason: reason.to_owned() }
    }
}

/// Has a file moved to `path`, and opens it there.
fn put_in_place(path: &Path, moved: impl FnOnce(&Path) -> std::io::Result<()>) -> Result<Index> {
    let failed = |source| Error::File { path: path.to_owned(), source };
    // What was left open of an older one must not be applied to this one.
    for suffix in ["-journal", "-wal", "-shm"] {
        let mut beside = path.as_os_str().to_owned();
        beside.push(suffix);
        match fs::remove_file(&beside) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(failed(error));
            }
            _ => {}
        }
    }
    moved(path).map_err(failed)?;
    let file = table::connect(path).map_err(error::at(path))?;
    Ok(Index { path: path.to_owned(), file })
}
