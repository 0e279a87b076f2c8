//! The tables of the index.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rusqlite::{Connection, OpenFlags, OptionalExtension as _, params};
use sha2::{Digest as _, Sha256};
use storage_core::Digest;

use super::Document;

/// `SRix` in ASCII: another program's database is no damaged index of ours, and ours not theirs.
const APPLICATION: i32 = 0x5352_6978;
/// Raised when the tables change; an older index is made anew.
const VERSION: i32 = 2;

/// The words are kept in `words`, which refers to the texts in `documents`.
const TABLES: &str = "
CREATE TABLE documents (
    id INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL,
    report TEXT NOT NULL,
    report_type TEXT NOT NULL,
    period TEXT NOT NULL,
    status TEXT NOT NULL,
    digest BLOB NOT NULL,
    revision TEXT NOT NULL,
    incomplete TEXT NOT NULL,
    text TEXT NOT NULL,
    UNIQUE (tenant, report)
) STRICT;
-- The digest of all is taken from here, without reading a text.
CREATE INDEX by_key ON documents (tenant, report, digest);
CREATE TABLE metadata (
    id INTEGER NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (id, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE files (
    id INTEGER NOT NULL, sha256 BLOB NOT NULL, PRIMARY KEY (id, sha256)
) STRICT, WITHOUT ROWID;
CREATE TABLE sealed (digest BLOB NOT NULL) STRICT;
CREATE VIRTUAL TABLE words USING fts5 (
    text, content = 'documents', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2'
);
";

pub(super) fn connect(path: &Path) -> rusqlite::Result<Connection> {
    // Never a URI: a name may hold a question mark.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let file = Connection::open_with_flags(path, flags)?;
    file.busy_timeout(std::time::Duration::from_secs(5))?;
    // The file is not trusted: no function of it is called, no view of it believed.
    file.pragma_update(None, "trusted_schema", false)?;
    file.pragma_update(None, "cell_size_check", true)?;
    Ok(file)
}

pub(super) fn create(file: &Connection) -> rusqlite::Result<()> {
    file.execute_batch(TABLES)?;
    file.pragma_update(None, "application_id", APPLICATION)?;
    file.pragma_update(None, "user_version", VERSION)
}

/// Notes what the whole of it is, so that a document that vanishes is missed.
pub(super) fn seal(file: &Connection) -> rusqlite::Result<()> {
    let digest = digest(file)?;
    file.execute("DELETE FROM sealed", [])?;
    file.execute("INSERT INTO sealed (digest) VALUES (?1)", [&digest.as_bytes()[..]])?;
    Ok(())
}

/// Why the file cannot be believed, apart from what each document is.
pub(super) fn broken(file: &Connection) -> rusqlite::Result<Option<String>> {
    let number = |name| file.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    if (number("application_id")?, number("user_version")?) != (APPLICATION, VERSION) {
        return Ok(Some("it was not written by this version".to_owned()));
    }
    let said: String = file.pragma_query_value(None, "integrity_check", |row| row.get(0))?;
    if said != "ok" {
        return Ok(Some(said));
    }
    let words = "INSERT INTO words (words, rank) VALUES ('integrity-check', 1)";
    match file.execute(words, []) {
        Ok(_) => {}
        Err(error) => match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DatabaseBusy) => return Err(error),
            _ => return Ok(Some("its words are not those of its texts".to_owned())),
        },
    }
    let sealed: Option<Vec<u8>> =
        file.query_row("SELECT digest FROM sealed", [], |row| row.get(0)).optional()?;
    if sealed.as_deref() != Some(&digest(file)?.as_bytes()[..]) {
        return Ok(Some("documents are missing".to_owned()));
    }
    Ok(None)
}

/// Puts a document there; `false` if one of its key is there already.
pub(super) fn insert(file: &Connection, document: &Document) -> rusqlite::Result<bool> {
    let incomplete: Vec<_> = document.incomplete.iter().collect();
    let incomplete = serde_json::to_string(&incomplete).expect("a list of texts is JSON");
    let inserted = file
        .prepare_cached(
            "INSERT INTO documents
                 (tenant, report, report_type, period, status, incomplete, text, digest, revision)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            document.tenant,
            document.report,
            document.report_type,
            document.period,
            document.status,
            incomplete,
            document.text,
            &document.digest().as_bytes()[..],
            document.revision,
        ])?;
    if inserted == 0 {
        return Ok(false);
    }
    let id = file.last_insert_rowid();
    file.prepare_cached("INSERT INTO words (rowid, text) VALUES (?1, ?2)")?
        .execute(params![id, document.text])?;
    let mut metadata = file.prepare_cached("INSERT INTO metadata VALUES (?1, ?2, ?3)")?;
    for (name, value) in &document.metadata {
        metadata.execute(params![id, name, value])?;
    }
    let mut files = file.prepare_cached("INSERT INTO files VALUES (?1, ?2)")?;
    for sha256 in &document.sha256 {
        files.execute(params![id, &sha256.as_bytes()[..]])?;
    }
    Ok(true)
}

pub(super) fn remove(file: &Connection, tenant: &str, report: &str) -> rusqlite::Result<bool> {
    let there: Option<(i64, String)> = file
        .query_row(
            "SELECT id, text FROM documents WHERE tenant = ?1 AND report = ?2",
            params![tenant, report],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    let Some((id, text)) = there else { return Ok(false) };
    // FTS5 forgets the words of a text that it does not keep when it is told which they were.
    file.execute(
        "INSERT INTO words (words, rowid, text) VALUES ('delete', ?1, ?2)",
        params![id, text],
    )?;
    for table in ["metadata", "files", "documents"] {
        file.execute(&format!("DELETE FROM {table} WHERE id = ?1"), [id])?;
    }
    Ok(true)
}

pub(super) fn read(file: &Connection, id: i64) -> rusqlite::Result<Option<Document>> {
    let document = file
        .prepare_cached(
            "SELECT tenant, report, report_type, period, status, incomplete, text, revision
             FROM documents WHERE id = ?1",
        )?
        .query_row([id], |row| {
            let incomplete: String = row.get(5)?;
            Ok(Document {
                tenant: row.get(0)?,
                report: row.get(1)?,
                report_type: row.get(2)?,
                period: row.get(3)?,
                status: row.get(4)?,
                // What is no list is another document, and its digest says so.
                incomplete: serde_json::from_str(&incomplete).unwrap_or_default(),
                text: row.get(6)?,
                revision: row.get(7)?,
                metadata: BTreeMap::new(),
                sha256: BTreeSet::new(),
            })
        })
        .optional()?;
    let Some(mut document) = document else { return Ok(None) };
    let mut metadata = file.prepare_cached("SELECT name, value FROM metadata WHERE id = ?1")?;
    for pair in metadata.query_map([id], |row| Ok((row.get(0)?, row.get(1)?)))? {
        let (name, value) = pair?;
        document.metadata.insert(name, value);
    }
    let mut files = file.prepare_cached("SELECT sha256 FROM files WHERE id = ?1")?;
    for sha256 in files.query_map([id], |row| row.get::<_, [u8; 32]>(0))? {
        document.sha256.insert(Digest::from(sha256?));
    }
    Ok(Some(document))
}

/// The digest of the digests of all documents, in order of their keys.
pub(super) fn digest(file: &Connection) -> rusqlite::Result<Digest> {
    let mut hasher = Sha256::new();
    hasher.update(b"strongroom/search-index/1\n");
    let mut documents =
        file.prepare_cached("SELECT digest FROM documents ORDER BY tenant, report")?;
    let mut rows = documents.query([])?;
    while let Some(row) = rows.next()? {
        hasher.update(row.get_ref(0)?.as_blob().unwrap_or_default());
    }
    Ok(Digest::from(<[u8; 32]>::from(hasher.finalize())))
}
