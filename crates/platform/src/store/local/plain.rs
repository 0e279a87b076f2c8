//! Objects of which one state is kept: a file each.
//!
//! What does not follow from the file is kept in `.strongroom/said/<path>/<inode>-<time>`: metadata, and
//! a media type that cannot be told from the first bytes. It is written before the object appears, and
//! says of which file it speaks, so it never speaks of another one.
//! Most objects have none and cost one synchronised file and one synchronised folder.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::ops::{ControlFlow, Range};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::body::{self, Arrived};
use super::disk::{Disk, OWN, identity, parent_of, sync_name};
use super::names;
use super::walk::{Leaf, Walk};
use super::{PAGE, failed, unclear};
use crate::store::backend::no_such_object;
use crate::store::{
    Deleted, Key, Listed, Object, Page, Precondition, Put, Read, StoreError, StoreErrorKind,
    Version, VersionEntry, Written,
};

/// What S3 calls the one state of an object.
const NULL: &str = "null";

/// What was said about a file.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    /// Of this document.
    v: u32,
    size_bytes: u64,
    modified: DateTime<Utc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    content_type: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<String, String>,
}

/// The path of an object, relative to the root: where we put it, unless it is only there under its
/// own name, because the directory is a copy that somebody made.
pub(super) fn place(disk: &Disk, key: &Key) -> PathBuf {
    let there = |path: &Path| fs::symlink_metadata(disk.root().join(path));
    let ours = names::path_of(key.as_str());
    match names::literal_path_of(key.as_str()) {
        Some(literal)
            if literal != ours
                && there(&ours).is_err()
                && there(&literal).is_ok_and(|it| it.is_file()) =>
        {
            literal
        }
        _ => ours,
    }
}

/// Refuses early what a precondition forbids.
pub(super) fn check(disk: &Disk, key: &Key, put: &Put) -> Result<(), StoreError> {
    let path = disk.root().join(place(disk, key));
    if put.precondition == Precondition::Absent && fs::symlink_metadata(&path).is_ok() {
        return Err(exists(key, &path));
    }
    Ok(())
}

/// It is there, and for whoever goes on from that it has to be there to stay: the writer may not
/// have come to this yet.
fn exists(key: &Key, path: &Path) -> StoreError {
    match sync_name(path) {
        Ok(()) => {
            let reason = "an object is there already";
            StoreError::new(StoreErrorKind::Exists, "write", Some(key), reason)
        }
        Err(source) => unclear("write", key, source),
    }
}

/// Gives the body its name.
pub(super) fn put(
    disk: &Disk,
    key: &Key,
    mut arrived: Arrived,
    put: &Put,
) -> Result<Written, StoreError> {
    let relative = place(disk, key);
    let said = say(disk, &relative, &mut arrived, put)
        .map_err(|source| failed("write", Some(key), source))?;
    let forget = || {
        if let Some(said) = &said {
            let _ = fs::remove_file(said);
            disk.prune(parent_of(said), &disk.root().join(OWN));
        }
    };
    let file = arrived.file.path();
    let placed = disk.in_folder(&relative, |path| match put.precondition {
        Precondition::Absent => fs::hard_link(file, path).map(|()| (path.to_owned(), None)),
        Precondition::None => {
            let old = fs::symlink_metadata(path).ok();
            fs::rename(file, path).map(|()| (path.to_owned(), old))
        }
    });
    let (path, old) = match placed {
        Ok(placed) => placed,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            forget();
            return Err(exists(key, &disk.root().join(&relative)));
        }
        Err(source) => {
            forget();
            return Err(failed("write", Some(key), source));
        }
    };
    // From here on it is seen.
    sync_name(&path).map_err(|source| unclear("write", key, source))?;
    if let Some(old) = old {
        let _ = fs::remove_file(place_of_said(disk, &relative, &old));
    }
    Ok(Written { version: None })
}

/// Removes what was said about a file that is gone.
pub(super) fn forget(disk: &Disk, relative: &Path, meta: &fs::Metadata) {
    let said = place_of_said(disk, relative, meta);
    if fs::remove_file(&said).is_ok() {
        disk.prune(parent_of(&said), &disk.root().join(OWN));
    }
}

/// Whether something was said about an object that does not follow from its file.
pub(super) fn has_said(disk: &Disk, key: &Key) -> bool {
    let relative = place(disk, key);
    let meta = fs::symlink_metadata(disk.root().join(&relative));
    meta.is_ok_and(|meta| place_of_said(disk, &relative, &meta).exists())
}

fn place_of_said(disk: &Disk, relative: &Path, meta: &fs::Metadata) -> PathBuf {
    disk.root().join(OWN).join("said").join(relative).join(name_of_said(meta))
}

/// The number of a file is given out again as soon as the file is gone, so the time belongs to it:
/// what was said about a file that was replaced may be removed late.
fn name_of_said(meta: &fs::Metadata) -> String {
    let modified =
        meta.modified().ok().and_then(|it| it.duration_since(SystemTime::UNIX_EPOCH).ok());
    format!("{}-{}", identity(meta).1, modified.map_or(0, |it| it.as_nanos()))
}

/// Writes down what does not follow from the file. Returns where.
fn say(
    disk: &Disk,
    relative: &Path,
    arrived: &mut Arrived,
    put: &Put,
) -> io::Result<Option<PathBuf>> {
    let file = arrived.file.as_file_mut();
    let told = put.content_type.is_none() || put.content_type.as_deref() == guess(file)?;
    if told && put.metadata.is_empty() {
        return Ok(None);
    }
    let meta = file.metadata()?;
    let lower = |(name, value): (&String, &String)| (name.to_ascii_lowercase(), value.clone());
    let said = Said {
        v: 1,
        size_bytes: meta.len(),
        modified: meta.modified()?.into(),
        content_type: put.content_type.clone(),
        metadata: put.metadata.iter().map(lower).collect(),
    };
    let mut file = disk.temporary()?;
    file.write_all(&serde_json::to_vec(&said)?)?;
    file.as_file().sync_all()?;
    let place = Path::new(OWN).join("said").join(relative).join(name_of_said(&meta));
    disk.in_folder(&place, |path| {
        fs::rename(file.path(), path)?;
        sync_name(path)?;
        Ok(Some(path.to_owned()))
    })
}

/// The media type that the first bytes of a body tell.
fn guess(file: &mut File) -> io::Result<Option<&'static str>> {
    let mut first = Vec::new();
    file.rewind()?;
    file.take(4).read_to_end(&mut first)?;
    file.rewind()?;
    Ok(match &*first {
        // RFC 8878, 3.1.1.
        [0x28, 0xb5, 0x2f, 0xfd] => Some("application/zstd"),
        [b'{', ..] => Some("application/x-ndjson"),
        _ => None,
    })
}

/// Opens an object and tells what is known about it.
fn open(
    disk: &Disk,
    act: &'static str,
    key: &Key,
    version: Option<&Version>,
) -> Result<(File, Object), StoreError> {
    let absent = || no_such_object(act, key, version);
    if version.is_some_and(|version| version.0 != NULL) {
        return Err(absent());
    }
    let relative = place(disk, key);
    let path = disk.root().join(&relative);
    loop {
        let opened = body::open(&path).map_err(|source| failed(act, Some(key), source))?;
        let (mut file, meta) = opened.ok_or_else(absent)?;
        let described = describe(disk, key, &relative, &mut file, &meta)
            .map_err(|source| failed(act, Some(key), source))?;
        if let Some(object) = described {
            return Ok((file, object));
        }
        // It was replaced while it was read, and with it what was said about it.
    }
}

/// `None` if the file was replaced or removed in between.
fn describe(
    disk: &Disk,
    key: &Key,
    relative: &Path,
    file: &mut File,
    meta: &fs::Metadata,
) -> io::Result<Option<Object>> {
    let modified: DateTime<Utc> = meta.modified()?.into();
    let place = place_of_said(disk, relative, meta);
    let mut said = None;
    match fs::read(&place) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let now = fs::symlink_metadata(disk.root().join(relative));
            if now.as_ref().ok().map(identity) != Some(identity(meta)) {
                return Ok(None);
            }
        }
        text => {
            let read: Said = serde_json::from_slice(&text?)?;
            if read.size_bytes == meta.len() && read.modified == modified {
                said = Some(read);
            }
        }
    }
    let guess = guess(file)?.map(str::to_owned);
    let said = said.unwrap_or_default();
    Ok(Some(Object {
        key: key.clone(),
        version: None,
        size_bytes: meta.len(),
        modified,
        content_type: said.content_type.or(guess),
        metadata: said.metadata,
        tag: None,
        sha256: None,
        lock: None,
        legal_hold: false,
    }))
}

pub(super) fn get(
    disk: &Disk,
    key: &Key,
    version: Option<&Version>,
    range: Option<Range<u64>>,
) -> Result<Read, StoreError> {
    let (mut file, object) = open(disk, "read", key, version)?;
    let body = body::read(key, &mut file, object.size_bytes, range)?;
    Ok(Read { object, body })
}

/// The body alone, for which nothing has to be known about the object.
pub(super) fn body(disk: &Disk, key: &Key) -> Result<Bytes, StoreError> {
    let path = disk.root().join(names::path_of(key.as_str()));
    let opened = body::open(&path).map_err(|source| failed("read", Some(key), source))?;
    let (mut file, meta) = opened.ok_or_else(|| no_such_object("read", key, None))?;
    body::read(key, &mut file, meta.len(), None)
}

pub(super) fn head(
    disk: &Disk,
    key: &Key,
    version: Option<&Version>,
) -> Result<Object, StoreError> {
    open(disk, "look at", key, version).map(|(_, object)| object)
}

pub(super) fn delete(
    disk: &Disk,
    key: &Key,
    version: Option<&Version>,
) -> Result<Deleted, StoreError> {
    if version.is_some_and(|version| version.0 != NULL) {
        return Ok(Deleted::Removed);
    }
    let relative = place(disk, key);
    let path = disk.root().join(&relative);
    let remove = || -> io::Result<()> {
        let Some((_, meta)) = body::open(&path)? else { return Ok(()) };
        match fs::remove_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            removed => removed?,
        }
        sync_name(&path)?;
        let said = place_of_said(disk, &relative, &meta);
        let _ = fs::remove_file(&said);
        disk.prune(parent_of(&said), &disk.root().join(OWN));
        disk.prune(parent_of(&path), disk.root());
        Ok(())
    };
    remove().map_err(|source| failed("delete", Some(key), source))?;
    Ok(Deleted::Removed)
}

pub(super) fn list(
    disk: &Disk,
    prefix: &str,
    after: Option<&str>,
    limit: usize,
) -> Result<Page<Listed>, StoreError> {
    let mut entries = Vec::new();
    let mut more = false;
    let walk = Walk { prefix, after, leaf: Leaf::File };
    let walked = walk.visit(disk.root(), &mut |key, path| {
        let meta = match fs::symlink_metadata(path) {
            // Removed in between.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(ControlFlow::Continue(()));
            }
            meta => meta?,
        };
        if entries.len() == limit {
            more = true;
            return Ok(ControlFlow::Break(()));
        }
        let modified = meta.modified()?.into();
        // What is too long to be a key was not written by us.
        if let Ok(key) = Key::new(key) {
            entries.push(Listed { key, size_bytes: meta.len(), modified });
        }
        Ok(ControlFlow::Continue(()))
    });
    walked.map_err(|source| failed("list", None, source))?;
    let last = entries.last().filter(|_| more);
    Ok(Page { next: last.map(|it| it.key.as_str().to_owned()), entries })
}

pub(super) fn list_versions(
    disk: &Disk,
    prefix: &str,
    page: Option<&str>,
) -> Result<Page<VersionEntry>, StoreError> {
    let listed = list(disk, prefix, page, PAGE)?;
    let entry = |it: Listed| VersionEntry {
        key: it.key,
        version: Version(NULL.to_owned()),
        latest: true,
        delete_marker: false,
        size_bytes: it.size_bytes,
        modified: it.modified,
    };
    Ok(Page { entries: listed.entries.into_iter().map(entry).collect(), next: listed.next })
}
