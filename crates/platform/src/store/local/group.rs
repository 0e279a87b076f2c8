//! Many objects of a plain directory at once.
//!
//! To wait for the disk takes milliseconds, for each file and once more for each folder, and as long
//! for all of them together (`syncfs`, Linux). What writes hundreds of files lets go of most of the
//! wait. Where there is no such call, objects are written one by one.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::disk::{Disk, identity, parent_of};
use super::{body, failed, names, plain, unclear};
use crate::store::backend::no_such_object;
use crate::store::{Key, StoreError};

/// From so many on one wait for all is shorter than one each.
const MANY: usize = 4;

/// Whether `count` objects are written together here.
fn together(count: usize) -> bool {
    cfg!(target_os = "linux") && count >= MANY
}

/// Waits until everything that was done is on the disk.
#[cfg(target_os = "linux")]
fn settle(disk: &Disk) -> io::Result<()> {
    let root = fs::File::open(disk.root())?;
    // Since Linux 5.8 it says when something could not be written.
    rustix::fs::syncfs(root).map_err(io::Error::from)
}

#[cfg(not(target_os = "linux"))]
fn settle(_disk: &Disk) -> io::Result<()> {
    Err(io::Error::from(io::ErrorKind::Unsupported))
}

/// `false` if they are to be written one by one.
pub(super) fn put_all(disk: &Disk, objects: &[(Key, Bytes)]) -> Result<bool, StoreError> {
    if !together(objects.len()) {
        return Ok(false);
    }
    let mut files = Vec::with_capacity(objects.len());
    for (key, body) in objects {
        let write = || {
            let mut file = disk.temporary()?;
            file.write_all(body)?;
            // Closed at once: there may be more of them than a process can have open.
            Ok(file.into_temp_path())
        };
        files.push(write().map_err(|source| failed("write", Some(key), source))?);
    }
    // Nothing has a name before its bytes are on the disk.
    settle(disk).map_err(|source| failed("write", None, source))?;
    for ((key, _), file) in objects.iter().zip(files) {
        let relative = plain::place(disk, key);
        let named = disk.in_folder_unsettled(&relative, |path| {
            let old = fs::symlink_metadata(path).ok();
            fs::rename(&file, path).map(|()| old)
        });
        let old = named.map_err(|source| failed("write", Some(key), source))?;
        // It has another name now.
        let _ = file.keep();
        if let Some(old) = old {
            plain::forget(disk, &relative, &old);
        }
    }
    settle(disk).map_err(|source| failed_late(objects.first().map(|(key, _)| key), source))?;
    Ok(true)
}

/// `false` if they are to be written one by one: there is no way without a copy.
pub(super) fn adopt_all(disk: &Disk, files: &[(Key, PathBuf)]) -> Result<bool, StoreError> {
    let root = disk.folder(Path::new("")).map_err(|source| failed("write", None, source))?;
    let device = |path: &Path| fs::metadata(path).ok().map(|it| identity(&it).0);
    let here = device(&root);
    let elsewhere = |path: &Path| device(path).is_some_and(|it| Some(it) != here);
    if !together(files.len()) || files.iter().any(|(_, path)| elsewhere(path)) {
        return Ok(false);
    }
    // Nothing has a name before its bytes are on the disk.
    settle(disk).map_err(|source| failed("write", None, source))?;
    for (key, file) in files {
        let relative = plain::place(disk, key);
        let named = disk.in_folder_unsettled(&relative, |path| {
            let old = fs::symlink_metadata(path).ok();
            match fs::rename(file, path) {
                // It was adopted before something else failed.
                Err(error) if error.kind() == io::ErrorKind::NotFound && old.is_some() => Ok(None),
                renamed => renamed.map(|()| old),
            }
        });
        if let Some(old) = named.map_err(|source| failed("write", Some(key), source))? {
            plain::forget(disk, &relative, &old);
        }
    }
    settle(disk).map_err(|source| failed_late(files.first().map(|(key, _)| key), source))?;
    Ok(true)
}

/// `false` if they are to be moved one by one.
pub(super) fn move_all(disk: &Disk, moves: &[(Key, Key)]) -> Result<bool, StoreError> {
    // What was said about a file bears the name of the file.
    let said = |(from, _): &(Key, Key)| plain::has_said(disk, from);
    if !together(moves.len()) || moves.iter().any(said) {
        return Ok(false);
    }
    let mut emptied = BTreeSet::new();
    for (from, to) in moves {
        let old = disk.root().join(plain::place(disk, from));
        emptied.insert(parent_of(&old).to_owned());
        let failed = |source| failed("move", Some(from), source);
        let there = |path| body::open(path).map(|it| it.is_some());
        if !there(&old).map_err(failed)? {
            let new = disk.root().join(plain::place(disk, to));
            if !there(&new).map_err(failed)? {
                return Err(no_such_object("move", from, None));
            }
            continue;
        }
        let renamed = disk.in_folder_unsettled(&names::path_of(to.as_str()), |path| {
            match fs::rename(&old, path) {
                // Somebody else moved it just now; what is not there is no folder to be made.
                Err(error)
                    if error.kind() == io::ErrorKind::NotFound
                        && fs::symlink_metadata(path).is_ok() =>
                {
                    Ok(())
                }
                renamed => renamed,
            }
        });
        renamed.map_err(failed)?;
    }
    // The deepest first, each once.
    emptied.iter().rev().for_each(|folder| disk.prune(folder, disk.root()));
    settle(disk).map_err(|source| failed_late(moves.first().map(|(from, _)| from), source))?;
    Ok(true)
}

/// `false` if they are to be deleted one by one.
pub(super) fn delete_all(disk: &Disk, keys: &[Key]) -> Result<bool, StoreError> {
    if !together(keys.len()) {
        return Ok(false);
    }
    let mut emptied = BTreeSet::new();
    for key in keys {
        let relative = plain::place(disk, key);
        let path = disk.root().join(&relative);
        emptied.insert(parent_of(&path).to_owned());
        let remove = || -> io::Result<()> {
            let Some((_, meta)) = body::open(&path)? else { return Ok(()) };
            match fs::remove_file(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                removed => removed?,
            }
            plain::forget(disk, &relative, &meta);
            Ok(())
        };
        remove().map_err(|source| failed("delete", Some(key), source))?;
    }
    emptied.iter().rev().for_each(|folder| disk.prune(folder, disk.root()));
    settle(disk).map_err(|source| failed_late(keys.first(), source))?;
    Ok(true)
}

/// Others may see it already.
fn failed_late(key: Option<&Key>, source: io::Error) -> StoreError {
    match key {
        Some(key) => unclear("write", key, source),
        None => failed("write", None, source),
    }
}
