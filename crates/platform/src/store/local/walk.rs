//! The keys in a directory, in order.

use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::names::{self, Name, Role};

/// What to look for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Walk<'w> {
    /// Keys begin with this.
    pub(super) prefix: &'w str,
    /// Keys come after this.
    pub(super) after: Option<&'w str>,
    /// Whether an object is a folder (of versions) or a file.
    pub(super) leaf: Leaf,
}

/// What an object is on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaf {
    File,
    Folder,
}

/// A name in a folder, its pieces put together.
struct Entry {
    /// The key, or the beginning of the keys inside, with the slash.
    key: String,
    role: Role,
    path: PathBuf,
}

impl Walk<'_> {
    /// Visits the keys below `base` in order of their bytes. What is none of ours is left out.
    pub(super) fn visit(
        &self,
        base: &Path,
        visit: &mut dyn FnMut(String, &Path) -> io::Result<ControlFlow<()>>,
    ) -> io::Result<()> {
        // The folders that the prefix names need not be looked for.
        let (path, at) = match self.prefix.rsplit_once('/') {
            Some((folders, _)) => {
                (base.join(names::path_of_folders(folders)), format!("{folders}/"))
            }
            None => (base.to_owned(), String::new()),
        };
        self.folder(&path, &at, visit).map(drop)
    }

    fn folder(
        &self,
        path: &Path,
        at: &str,
        visit: &mut dyn FnMut(String, &Path) -> io::Result<ControlFlow<()>>,
    ) -> io::Result<ControlFlow<()>> {
        let mut entries = Vec::new();
        self.read(path, at, true, &mut entries)?;
        entries.sort_unstable_by(|one, other| one.key.cmp(&other.key));
        for entry in entries {
            let flow = match entry.role {
                Role::Leaf => visit(entry.key, &entry.path)?,
                Role::Folder => self.folder(&entry.path, &entry.key, visit)?,
            };
            if flow.is_break() {
                return Ok(flow);
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Reads the names in a folder; the pieces of long ones are put together.
    fn read(&self, path: &Path, at: &str, first: bool, entries: &mut Vec<Entry>) -> io::Result<()> {
        let folder = match fs::read_dir(path) {
            // Removed in between, or never there.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            folder => folder?,
        };
        for entry in folder {
            let entry = entry?;
            let name = entry.file_name();
            let Some(name) = name.to_str().and_then(|name| names::read(name, first)) else {
                continue;
            };
            let kind = entry.file_type()?;
            match name {
                Name::Piece(piece) if kind.is_dir() => {
                    self.read(&entry.path(), &format!("{at}{piece}"), false, entries)?;
                }
                Name::Piece(_) => {}
                Name::Rest(rest, marked) => {
                    let mut key = format!("{at}{rest}");
                    let part = key.rsplit_once('/').map_or(&*key, |(_, part)| part);
                    let role = match (names::natural_role(part), marked) {
                        (Role::Leaf, false) | (Role::Folder, true) => Role::Leaf,
                        (Role::Folder, false) | (Role::Leaf, true) => Role::Folder,
                    };
                    let right = match (role, self.leaf) {
                        (Role::Leaf, Leaf::File) => kind.is_file(),
                        _ => kind.is_dir(),
                    };
                    if role == Role::Folder {
                        key.push('/');
                    }
                    if right && self.wants(&key, role) {
                        entries.push(Entry { key, role, path: entry.path() });
                    }
                }
            }
        }
        Ok(())
    }

    fn wants(&self, key: &str, role: Role) -> bool {
        match role {
            Role::Leaf => {
                key.starts_with(self.prefix) && self.after.is_none_or(|after| key > after)
            }
            Role::Folder => {
                (key.starts_with(self.prefix) || self.prefix.starts_with(key))
                    && self.after.is_none_or(|after| key > after || after.starts_with(key))
            }
        }
    }
}
