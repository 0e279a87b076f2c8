//! Objects of which every state is kept: a folder each, with two files for each version.
//!
//! `.strongroom/versions/<path of the key>/<number>-<random>.body` and `.json`, the younger one with
//! the higher number. A version is there when both are; the body comes first and goes last, and
//! every change is made under a lock on the folder. The file at the path of the key itself is a
//! second name of the youngest body, for people; nothing here reads it.

use std::fs::{self, File};
use std::io;
use std::ops::{ControlFlow, Range};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};

use super::body::{self, Arrived};
use super::disk::{Disk, OWN, identity, parent_of, sync_folder};
use super::sheet::Sheet;
use super::walk::{Leaf, Walk};
use super::{PAGE, failed, names, unclear};
use crate::store::backend::no_such_object;
use crate::store::protect::{self, Protection};
use crate::store::{
    BucketState, Deleted, Key, Listed, Object, Page, Precondition, Put, Read, StoreError,
    StoreErrorKind, Version, VersionEntry, Written,
};

const BODY: &str = "body";
const SHEET: &str = "json";

/// The folder of all versions.
fn top(disk: &Disk) -> PathBuf {
    disk.root().join(OWN).join("versions")
}

fn folder_of(disk: &Disk, key: &Key) -> PathBuf {
    top(disk).join(names::path_of(key.as_str()))
}

/// The versions in a folder, oldest first. What has only one of its two files is not there.
fn versions(folder: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut names = Vec::new();
    for entry in entries {
        names.extend(entry?.file_name().into_string());
    }
    names.sort_unstable();
    let pairs = names.windows(2).filter_map(|pair| {
        let (body, sheet) = (pair[0].strip_suffix(BODY)?, pair[1].strip_suffix(SHEET)?);
        (body == sheet).then(|| body.trim_end_matches('.').to_owned())
    });
    Ok(pairs.collect())
}

/// Removes bodies that a killed process left without their sheet.
fn sweep(folder: &Path, versions: &[String]) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let body = name.to_str().and_then(|it| it.strip_suffix(".body"));
        if body.is_some_and(|body| versions.binary_search_by(|it| (**it).cmp(body)).is_err()) {
            fs::remove_file(folder.join(name))?;
        }
    }
    Ok(())
}

fn file(folder: &Path, version: &str, extension: &str) -> PathBuf {
    folder.join(format!("{version}.{extension}"))
}

/// The folder of a key while nobody else changes it.
struct Locked {
    folder: PathBuf,
    versions: Vec<String>,
    // The lock ends with it, also when the process does.
    _guard: File,
}

impl Locked {
    fn take(disk: &Disk, key: &Key) -> io::Result<Self> {
        let relative = Path::new(OWN).join("versions").join(names::path_of(key.as_str()));
        loop {
            let gone = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
            let folder = match disk.folder(&relative) {
                // A folder above was empty and removed.
                Err(error) if gone(&error) => continue,
                folder => folder?,
            };
            let guard = match File::open(&folder) {
                Err(error) if gone(&error) => continue,
                guard => guard?,
            };
            guard.lock()?;
            // While we waited, the folder may have been removed, because it was empty.
            let same = fs::symlink_metadata(&folder).is_ok_and(|meta| {
                guard.metadata().is_ok_and(|it| identity(&it) == identity(&meta))
            });
            if same {
                let versions = versions(&folder)?;
                sweep(&folder, &versions)?;
                return Ok(Self { folder, versions, _guard: guard });
            }
        }
    }

    fn sheet(&self, version: &str) -> io::Result<Sheet> {
        Sheet::read(&file(&self.folder, version, SHEET))
    }

    /// The youngest version, unless it is a delete marker.
    fn current(&self) -> io::Result<Option<(&str, Sheet)>> {
        let Some(youngest) = self.versions.last() else { return Ok(None) };
        let sheet = self.sheet(youngest)?;
        Ok((!sheet.delete_marker).then_some((youngest, sheet)))
    }

    fn find(&self, version: Option<&Version>) -> io::Result<Option<(&str, Sheet)>> {
        let Some(version) = version else { return self.current() };
        match self.versions.iter().find(|it| **it == version.0) {
            None => Ok(None),
            Some(name) => Ok(Some((name, self.sheet(name)?))),
        }
    }

    /// A name for the next version, higher than all.
    fn next(&self) -> String {
        let number = |name: &String| name.split('-').next()?.parse::<u64>().ok();
        let next = self.versions.iter().filter_map(number).max().map_or(0, |it| it + 1);
        // A number can come again when the youngest version is deleted; a version must not.
        format!("{next:020}-{:08x}", fastrand::u32(..))
    }

    /// Adds a version, durably.
    fn add(&self, body: &Path, sheet: &Path) -> Result<String, (bool, io::Error)> {
        let name = self.next();
        let before = |error| (false, error);
        fs::rename(body, file(&self.folder, &name, BODY)).map_err(before)?;
        fs::rename(sheet, file(&self.folder, &name, SHEET)).map_err(before)?;
        sync_folder(&self.folder).map_err(|error| (true, error))?;
        Ok(name)
    }

    /// Lets the path of the key show the youngest version. For people: nothing depends on it, so
    /// nothing fails for it.
    fn show(&self, disk: &Disk, key: &Key) {
        let relative = names::path_of(key.as_str());
        let path = disk.root().join(&relative);
        let youngest = versions(&self.folder).ok().and_then(|mut it| it.pop());
        let shown = youngest.filter(|it| self.sheet(it).is_ok_and(|sheet| !sheet.delete_marker));
        match shown {
            None => {
                let _ = fs::remove_file(&path);
                disk.prune(parent_of(&path), disk.root());
            }
            Some(name) => {
                let show = || -> io::Result<()> {
                    let second = disk.temporary()?.into_temp_path();
                    fs::remove_file(&second)?;
                    fs::hard_link(file(&self.folder, &name, BODY), &second)?;
                    disk.in_folder(&relative, |path| fs::rename(&second, path))
                };
                let _ = show();
            }
        }
    }
}

/// Refuses early what a precondition forbids.
pub(super) fn check(
    disk: &Disk,
    state: &BucketState,
    key: &Key,
    put: &Put,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    protect::of_new(state, put, key, now)?;
    if put.precondition == Precondition::Absent {
        let current = find(disk, "write", key, None)?;
        if current.is_some_and(|(_, sheet)| !sheet.delete_marker) {
            return Err(exists(key));
        }
    }
    Ok(())
}

fn exists(key: &Key) -> StoreError {
    let reason = "an object is there already";
    StoreError::new(StoreErrorKind::Exists, "write", Some(key), reason)
}

/// Adds a version with this body.
pub(super) fn put(
    disk: &Disk,
    state: &BucketState,
    key: &Key,
    arrived: Arrived,
    put: &Put,
    now: DateTime<Utc>,
) -> Result<Written, StoreError> {
    let lower = |(name, value): (&String, &String)| (name.to_ascii_lowercase(), value.clone());
    let sheet = Sheet {
        v: 1,
        delete_marker: false,
        size_bytes: arrived.size_bytes,
        modified: now,
        content_type: put.content_type.clone(),
        metadata: put.metadata.iter().map(lower).collect(),
        sha256: arrived.sha256,
        protection: protect::of_new(state, put, key, now)?,
    };
    let before = |source| failed("write", Some(key), source);
    let sheet = sheet.write(disk).map_err(before)?;
    read_only(arrived.file.as_file()).map_err(before)?;
    let locked = Locked::take(disk, key).map_err(before)?;
    if put.precondition == Precondition::Absent && locked.current().map_err(before)?.is_some() {
        return Err(exists(key));
    }
    let added = locked.add(arrived.file.path(), sheet.path());
    let name = added.map_err(|(seen, source)| match seen {
        true => unclear("write", key, source),
        false => before(source),
    })?;
    locked.show(disk, key);
    Ok(Written { version: Some(Version(name)) })
}

/// A body that is kept is not to be edited, not even through its second name.
fn read_only(file: &File) -> io::Result<()> {
    let mut permissions = file.metadata()?.permissions();
    permissions.set_readonly(true);
    file.set_permissions(permissions)
}

/// The version that is asked for, or the youngest one, delete markers included.
fn find(
    disk: &Disk,
    act: &'static str,
    key: &Key,
    version: Option<&Version>,
) -> Result<Option<(String, Sheet)>, StoreError> {
    let folder = folder_of(disk, key);
    loop {
        let mut names = versions(&folder).map_err(|source| failed(act, Some(key), source))?;
        let name = match version {
            None => names.pop(),
            Some(version) => names.into_iter().find(|it| *it == version.0),
        };
        let Some(name) = name else { return Ok(None) };
        match Sheet::read(&file(&folder, &name, SHEET)) {
            // Deleted in between: look again.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            sheet => {
                let sheet = sheet.map_err(|source| failed(act, Some(key), source))?;
                return Ok(Some((name, sheet)));
            }
        }
    }
}

fn described(
    disk: &Disk,
    act: &'static str,
    key: &Key,
    version: Option<&Version>,
) -> Result<(String, Sheet), StoreError> {
    let found = find(disk, act, key, version)?.filter(|(_, sheet)| !sheet.delete_marker);
    found.ok_or_else(|| no_such_object(act, key, version))
}

pub(super) fn head(
    disk: &Disk,
    key: &Key,
    version: Option<&Version>,
) -> Result<Object, StoreError> {
    let (name, sheet) = described(disk, "look at", key, version)?;
    Ok(sheet.object(key, Version(name)))
}

pub(super) fn get(
    disk: &Disk,
    key: &Key,
    version: Option<&Version>,
    range: Option<Range<u64>>,
) -> Result<Read, StoreError> {
    let (name, sheet) = described(disk, "read", key, version)?;
    let opened = body::open(&file(&folder_of(disk, key), &name, BODY))
        .map_err(|source| failed("read", Some(key), source))?;
    let (mut file, meta) = opened.ok_or_else(|| no_such_object("read", key, version))?;
    let corrupt =
        |reason: &str| Err(StoreError::new(StoreErrorKind::Corrupt, "read", Some(key), reason));
    if meta.len() != sheet.size_bytes {
        return corrupt("the body has another length than was written");
    }
    let whole = range.is_none();
    let body = body::read(key, &mut file, meta.len(), range)?;
    if whole && sheet.sha256.is_some_and(|it| it != *Sha256::digest(&body)) {
        return corrupt("the body has another SHA-256 than was written");
    }
    Ok(Read { object: sheet.object(key, Version(name)), body })
}

pub(super) fn delete(
    disk: &Disk,
    key: &Key,
    version: Option<&Version>,
    bypass: bool,
    now: DateTime<Utc>,
) -> Result<Deleted, StoreError> {
    let before = |source| failed("delete", Some(key), source);
    let Some(version) = version else { return mark(disk, key, now) };
    if find(disk, "delete", key, Some(version))?.is_none() {
        return Ok(Deleted::Removed);
    }
    let locked = Locked::take(disk, key).map_err(before)?;
    let found = locked.find(Some(version)).map_err(before)?;
    let Some((name, sheet)) = found else { return Ok(Deleted::Removed) };
    sheet.protection.allows_deletion(key, bypass, now)?;
    fs::remove_file(file(&locked.folder, name, SHEET)).map_err(before)?;
    sync_folder(&locked.folder).map_err(|source| unclear("delete", key, source))?;
    // Without the other file it is nothing any more.
    let _ = fs::remove_file(file(&locked.folder, name, BODY));
    locked.show(disk, key);
    disk.prune(&locked.folder, &top(disk));
    Ok(Deleted::Removed)
}

/// Hides what is there, even where nothing is, as S3 does.
fn mark(disk: &Disk, key: &Key, now: DateTime<Utc>) -> Result<Deleted, StoreError> {
    let before = |source| failed("delete", Some(key), source);
    let marker = Sheet {
        v: 1,
        delete_marker: true,
        size_bytes: 0,
        modified: now,
        content_type: None,
        metadata: Default::default(),
        sha256: None,
        protection: Protection::default(),
    };
    let sheet = marker.write(disk).map_err(before)?;
    let nothing = disk.temporary().map_err(before)?;
    let locked = Locked::take(disk, key).map_err(before)?;
    let added = locked.add(nothing.path(), sheet.path());
    let name = added.map_err(|(seen, source)| match seen {
        true => unclear("delete", key, source),
        false => before(source),
    })?;
    locked.show(disk, key);
    Ok(Deleted::Marked(Version(name)))
}

/// Changes the protection of a version.
pub(super) fn protect(
    disk: &Disk,
    act: &'static str,
    key: &Key,
    version: Option<&Version>,
    change: impl FnOnce(Protection) -> Result<Protection, StoreError>,
) -> Result<(), StoreError> {
    let before = |source| failed(act, Some(key), source);
    described(disk, act, key, version)?;
    let locked = Locked::take(disk, key).map_err(before)?;
    let found = locked.find(version).map_err(before)?.filter(|(_, sheet)| !sheet.delete_marker);
    let (name, mut sheet) = found.ok_or_else(|| no_such_object(act, key, version))?;
    sheet.protection = change(sheet.protection)?;
    let new = sheet.write(disk).map_err(before)?;
    fs::rename(new.path(), file(&locked.folder, name, SHEET)).map_err(before)?;
    sync_folder(&locked.folder).map_err(|source| unclear(act, key, source))
}

pub(super) fn list(
    disk: &Disk,
    prefix: &str,
    after: Option<&str>,
    limit: usize,
) -> Result<Page<Listed>, StoreError> {
    let mut entries: Vec<Listed> = Vec::new();
    let mut more = false;
    let walk = Walk { prefix, after, leaf: Leaf::Folder };
    let walked = walk.visit(&top(disk), &mut |key, path| {
        let (Ok(key), Some((_, sheet))) = (Key::new(key), youngest(path)?) else {
            return Ok(ControlFlow::Continue(()));
        };
        if sheet.delete_marker {
            return Ok(ControlFlow::Continue(()));
        }
        if entries.len() == limit {
            more = true;
            return Ok(ControlFlow::Break(()));
        }
        entries.push(Listed { key, size_bytes: sheet.size_bytes, modified: sheet.modified });
        Ok(ControlFlow::Continue(()))
    });
    walked.map_err(|source| failed("list", None, source))?;
    let last = entries.last().filter(|_| more);
    Ok(Page { next: last.map(|it| it.key.as_str().to_owned()), entries })
}

/// The youngest version in a folder.
fn youngest(folder: &Path) -> io::Result<Option<(String, Sheet)>> {
    loop {
        let Some(name) = versions(folder)?.pop() else { return Ok(None) };
        match Sheet::read(&file(folder, &name, SHEET)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            sheet => return Ok(Some((name, sheet?))),
        }
    }
}

pub(super) fn list_versions(
    disk: &Disk,
    prefix: &str,
    page: Option<&str>,
) -> Result<Page<VersionEntry>, StoreError> {
    let mut entries: Vec<VersionEntry> = Vec::new();
    let mut next = None;
    let walk = Walk { prefix, after: page, leaf: Leaf::Folder };
    let walked = walk.visit(&top(disk), &mut |key, path| {
        let Ok(key) = Key::new(key) else { return Ok(ControlFlow::Continue(())) };
        if entries.len() >= PAGE {
            // The versions of one key stay on one page.
            next = entries.last().map(|it| it.key.as_str().to_owned());
            return Ok(ControlFlow::Break(()));
        }
        let names = versions(path)?;
        for (age, name) in names.into_iter().rev().enumerate() {
            let sheet = match Sheet::read(&file(path, &name, SHEET)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                sheet => sheet?,
            };
            entries.push(VersionEntry {
                key: key.clone(),
                version: Version(name),
                latest: age == 0,
                delete_marker: sheet.delete_marker,
                size_bytes: sheet.size_bytes,
                modified: sheet.modified,
            });
        }
        Ok(ControlFlow::Continue(()))
    });
    walked.map_err(|source| failed("list the versions of", None, source))?;
    Ok(Page { entries, next })
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    #[test]
    fn who_waits_for_a_key_sees_what_was_done_to_it() {
        let root = tempfile::tempdir().unwrap();
        let disk = Disk::at(root.path().to_owned());
        let key = Key::new("seg/0").unwrap();
        let first = Locked::take(&disk, &key).unwrap();
        let (say, hear) = mpsc::channel();
        std::thread::scope(|scope| {
            let (disk, key) = (&disk, &key);
            scope.spawn(move || {
                let second = Locked::take(disk, key).unwrap();
                say.send(second.versions.clone()).unwrap();
            });
            // It cannot have it, however long we wait.
            assert!(hear.recv_timeout(Duration::from_millis(100)).is_err());
            let (body, sheet) = (disk.temporary().unwrap(), disk.temporary().unwrap());
            let name = first.add(body.path(), sheet.path()).unwrap();
            drop(first);
            assert_eq!(hear.recv().unwrap(), [name]);
        });
    }

    #[test]
    fn half_a_version_is_none() {
        let root = tempfile::tempdir().unwrap();
        let disk = Disk::at(root.path().to_owned());
        let key = Key::new("seg/0").unwrap();
        let locked = Locked::take(&disk, &key).unwrap();
        for half in ["5-a.body", "6-b.json"] {
            fs::write(locked.folder.join(half), "").unwrap();
        }
        assert_eq!(versions(&locked.folder).unwrap(), Vec::<String>::new());
        drop(locked);
        // A body that nobody will ever read goes with the next change.
        let locked = Locked::take(&disk, &key).unwrap();
        assert!(!locked.folder.join("5-a.body").exists());
    }
}
