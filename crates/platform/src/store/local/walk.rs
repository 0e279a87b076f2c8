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
            Some((folders, _)) => (self.folders(base, folders), format!("{folders}/")),
            None => (base.to_owned(), String::new()),
        };
        self.folder(&path, &at, visit).map(drop)
    }

    /// Where the keys below `folders` lie: where we put them, or in a folder of that very name.
    fn folders(&self, base: &Path, folders: &str) -> PathBuf {
        let ours = base.join(names::path_of_folders(folders));
        match names::literal_path_of(folders) {
            Some(literal) if self.leaf == Leaf::File && !ours.exists() => base.join(literal),
            _ => ours,
        }
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
            let Some(name) = name.to_str().and_then(|name| self.name(name, first)) else {
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
                        // Not marked though it should be: not ours, and what it looks like is it.
                        (Role::Leaf, false) if self.leaf == Leaf::File && kind.is_dir() => {
                            Role::Folder
                        }
                        (Role::Folder, false) if self.leaf == Leaf::File && kind.is_file() => {
                            Role::Leaf
                        }
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

    /// Reads a name of ours, or one that stands for itself.
    fn name(&self, name: &str, first: bool) -> Option<Name> {
        let literal = || first && self.leaf == Leaf::File && names::is_literal(name);
        names::read(name, first).or_else(|| literal().then(|| Name::Rest(name.to_owned(), false)))
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
