//! What is written to the disk stays there: folders, temporary files, links.
//!
//! A file is durable once it was synchronised, and its name once the folder was that holds it. A new
//! folder has a name too, in the folder above.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use tempfile::NamedTempFile;

/// Where the backend keeps its own things. No key leads here: a dot at the beginning of a name is
/// always escaped.
pub(super) const OWN: &str = ".strongroom";

/// How old a temporary file is before nobody can be writing it any more.
const LEFT_BEHIND: Duration = Duration::from_secs(24 * 60 * 60);

/// How often a write goes on when somebody removes the empty folder that it needs.
const TRIES: usize = 100;

/// A directory that holds a store.
#[derive(Debug)]
pub(super) struct Disk {
    root: PathBuf,
    // Folders whose own names are known to be durable, and which folder it was.
    durable: Mutex<BTreeMap<PathBuf, Identity>>,
}

/// What tells a folder from another one that has its name later.
type Identity = (u64, u64);

impl Disk {
    pub(super) fn at(root: PathBuf) -> Self {
        Self { root, durable: Mutex::default() }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// A temporary file, which is gone when it is dropped.
    pub(super) fn temporary(&self) -> io::Result<NamedTempFile> {
        let folder = self.folder(&Path::new(OWN).join("tmp"))?;
        let mut builder = tempfile::Builder::new();
        builder.prefix("new-");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            // What others may do is for the umask to say, as for any file.
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        builder.tempfile_in(folder)
    }

    /// Removes temporary files that a process left behind long before `now`.
    pub(super) fn sweep(&self, now: SystemTime) -> io::Result<()> {
        let entries = match fs::read_dir(self.root.join(OWN).join("tmp")) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            let modified = entry.metadata().and_then(|it| it.modified());
            let age = modified.ok().and_then(|modified| now.duration_since(modified).ok());
            if age.is_some_and(|age| age > LEFT_BEHIND) {
                // Another process may be sweeping too.
                let _ = fs::remove_file(entry.path());
            }
        }
        Ok(())
    }

    /// The folder at `relative`, made if it is not there. Its name is durable, and no symbolic link
    /// leads to it.
    pub(super) fn folder(&self, relative: &Path) -> io::Result<PathBuf> {
        self.folder_as(relative, true)
    }

    fn folder_as(&self, relative: &Path, settled: bool) -> io::Result<PathBuf> {
        let mut path = self.root.clone();
        self.make_root()?;
        for component in relative.components() {
            let Component::Normal(name) = component else {
                return Err(io::Error::other("a folder of the store leads out of it"));
            };
            let parent = path.clone();
            path.push(name);
            self.make(&path, &parent, settled)?;
        }
        Ok(path)
    }

    fn make_root(&self) -> io::Result<()> {
        if self.root.is_dir() {
            return Ok(());
        }
        let missing: Vec<&Path> = self.root.ancestors().take_while(|it| !it.exists()).collect();
        fs::create_dir_all(&self.root)?;
        for made in missing {
            sync_folder(parent_of(made))?;
        }
        Ok(())
    }

    fn make(&self, path: &Path, parent: &Path, settled: bool) -> io::Result<()> {
        let meta = match fs::symlink_metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => match fs::create_dir(path) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                    return Err(error);
                }
                _ => fs::symlink_metadata(path)?,
            },
            meta => meta?,
        };
        if !meta.is_dir() {
            let reason = format!("`{}` is not a folder of the store", path.display());
            return Err(io::Error::new(io::ErrorKind::NotADirectory, reason));
        }
        let identity = identity(&meta);
        let known = |it: &Self| {
            let durable = it.durable.lock().unwrap_or_else(PoisonError::into_inner);
            durable.get(path) == Some(&identity)
        };
        if settled && !known(self) {
            // Whoever made it may not have come to this yet.
            sync_folder(parent)?;
            let mut durable = self.durable.lock().unwrap_or_else(PoisonError::into_inner);
            durable.insert(path.to_owned(), identity);
        }
        Ok(())
    }

    /// Does `place` with the path of a file in a folder that is there, made again if somebody
    /// removes it because it was empty.
    pub(super) fn in_folder<T>(
        &self,
        relative: &Path,
        place: impl FnMut(&Path) -> io::Result<T>,
    ) -> io::Result<T> {
        self.in_folder_as(relative, true, place)
    }

    /// The same without waiting for the disk: the names of new folders are for the caller to settle.
    pub(super) fn in_folder_unsettled<T>(
        &self,
        relative: &Path,
        place: impl FnMut(&Path) -> io::Result<T>,
    ) -> io::Result<T> {
        self.in_folder_as(relative, false, place)
    }

    fn in_folder_as<T>(
        &self,
        relative: &Path,
        settled: bool,
        mut place: impl FnMut(&Path) -> io::Result<T>,
    ) -> io::Result<T> {
        let name = relative.file_name().ok_or_else(|| io::Error::other("a key without a name"))?;
        let mut tries = TRIES;
        loop {
            let folder = self.folder_as(relative.parent().unwrap_or(Path::new("")), settled);
            let placed = folder.and_then(|folder| place(&folder.join(name)));
            match placed {
                Err(error) if error.kind() == io::ErrorKind::NotFound && tries > 0 => tries -= 1,
                placed => return placed,
            }
        }
    }

    /// Removes `folder` and those above it that are empty, up to `top`.
    pub(super) fn prune(&self, mut folder: &Path, top: &Path) {
        // It fails where something is, which is where to stop.
        while folder != top && folder.starts_with(top) && fs::remove_dir(folder).is_ok() {
            folder = parent_of(folder);
        }
    }
}

/// Makes the names in a folder durable.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Makes it durable that `path` is in its folder, or is not. If the folder is gone, because it was
/// empty, what has to be durable is that.
pub(super) fn sync_name(path: &Path) -> io::Result<()> {
    let mut folder = parent_of(path);
    loop {
        match sync_folder(folder) {
            Err(error)
                if error.kind() == io::ErrorKind::NotFound && folder != parent_of(folder) =>
            {
                folder = parent_of(folder);
            }
            synced => return synced,
        }
    }
}

/// The folder that holds `path`.
pub(super) fn parent_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ if path.is_relative() => Path::new("."),
        _ => path,
    }
}

/// Which file or folder it is, whatever it is called.
#[cfg(unix)]
pub(super) fn identity(meta: &fs::Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt as _;
    (meta.dev(), meta.ino())
}

#[cfg(not(unix))]
pub(super) fn identity(meta: &fs::Metadata) -> Identity {
    let made = meta.created().ok().and_then(|it| it.duration_since(SystemTime::UNIX_EPOCH).ok());
    (0, made.map_or(0, |it| it.as_nanos() as u64))
}
