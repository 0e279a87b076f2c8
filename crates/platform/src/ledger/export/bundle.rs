//! The folder of a bundle while it is made: beside the place where it will stand, renamed at the end.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use audit_chain::Hash;
use chrono::{DateTime, Utc};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use super::filter::stamp;
use crate::ledger::document::LogDocument;
use crate::ledger::read_error::ReadError;

/// The verifier that is laid beside the records, for convenience.
pub(super) const VERIFIER: &[u8] =
    include_bytes!("../../../../../python/strongroom/verify_bundle.py");

/// What `bundle.json` says besides the files.
pub(super) struct Head {
    pub(super) size: u64,
    pub(super) root: Hash,
    pub(super) last_hash: Option<Hash>,
    pub(super) records: u64,
    pub(super) filter: Option<serde_json::Value>,
}

/// A bundle that is not finished. Dropped, it leaves nothing behind.
pub(super) struct Folder {
    to: PathBuf,
    parent: PathBuf,
    made: TempDir,
    files: serde_json::Map<String, serde_json::Value>,
}

/// A file that is written line by line.
pub(super) struct Lines {
    name: String,
    path: PathBuf,
    file: BufWriter<File>,
    digest: Sha256,
    bytes: u64,
}

impl Folder {
    pub(super) fn begin(to: &Path) -> Result<Self, ReadError> {
        if to.symlink_metadata().is_ok() {
            let reason = format!("`{}` is there already", to.display());
            return Err(ReadError::Invalid { reason });
        }
        let parent = match to.parent() {
            Some(parent) if parent != Path::new("") => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        fs::create_dir_all(&parent).map_err(failed(&parent))?;
        let made = tempfile::Builder::new().prefix(".strongroom-").tempdir_in(&parent);
        let made = made.map_err(failed(&parent))?;
        Ok(Self { to: to.to_owned(), parent, made, files: serde_json::Map::new() })
    }

    /// A whole file.
    pub(super) fn write(&mut self, name: &str, body: &[u8]) -> Result<(), ReadError> {
        let mut file = self.open(name)?;
        file.add(body)?;
        self.close(file)
    }

    /// A file that grows.
    pub(super) fn open(&self, name: &str) -> Result<Lines, ReadError> {
        let path = self.made.path().join(name);
        let folder = path.parent().unwrap_or(self.made.path());
        fs::create_dir_all(folder).map_err(failed(folder))?;
        let file = File::create_new(&path).map_err(failed(&path))?;
        let file = BufWriter::with_capacity(64 << 10, file);
        Ok(Lines { name: name.to_owned(), path, file, digest: Sha256::new(), bytes: 0 })
    }

    /// The file is complete, and on disk.
    pub(super) fn close(&mut self, lines: Lines) -> Result<(), ReadError> {
        let Lines { name, path, file, digest, bytes } = lines;
        let sync = || file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_data();
        sync().map_err(failed(&path))?;
        let sha256 = Hash(digest.finalize().into()).to_string();
        self.files.insert(name, json!({"bytes": bytes, "sha256": sha256}));
        Ok(())
    }

    /// Says what the bundle holds, and puts it in its place.
    pub(super) fn finish(
        mut self,
        head: Head,
        log: &LogDocument,
        created_at: DateTime<Utc>,
    ) -> Result<(), ReadError> {
        let mut files: Vec<_> = std::mem::take(&mut self.files).into_iter().collect();
        files.sort_by(|(one, _), (other, _)| one.cmp(other));
        let kind = if head.filter.is_some() { "filtered" } else { "full" };
        let head = json!({
            "v": 1,
            "kind": kind,
            "log_id": log.log_id,
            "origin": log.origin,
            "size": head.size,
            "root": head.root,
            "last_hash": head.last_hash,
            "records": head.records,
            "filter": head.filter,
            "created_at": stamp(created_at),
            "files": serde_json::Map::from_iter(files),
        });
        self.write("bundle.json", format!("{head:#}\n").as_bytes())?;
        // A temporary folder is its owner's alone; a bundle is handed on.
        open_to_others(self.made.path()).map_err(failed(&self.to))?;
        let made = self.made.keep();
        fs::rename(&made, &self.to).map_err(|error| {
            // Nothing that can be mended here if it cannot be removed either.
            let _ = fs::remove_dir_all(&made);
            failed(&self.to)(error)
        })?;
        File::open(&self.parent).and_then(|it| it.sync_all()).map_err(failed(&self.parent))
    }
}

impl Lines {
    /// One line; the line feed is added.
    pub(super) fn line(&mut self, line: &[u8]) -> Result<(), ReadError> {
        self.add(line)?;
        self.add(b"\n")
    }

    fn add(&mut self, bytes: &[u8]) -> Result<(), ReadError> {
        self.digest.update(bytes);
        self.bytes += bytes.len() as u64;
        self.file.write_all(bytes).map_err(failed(&self.path))
    }
}

#[cfg(unix)]
fn open_to_others(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn open_to_others(_: &Path) -> io::Result<()> {
    Ok(())
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> ReadError {
    let path = path.display().to_string();
    move |source| ReadError::File { path, source: Arc::new(source) }
}
