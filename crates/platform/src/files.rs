//! Files of the working copy: read with a bound, written whole or not at all.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result, file};

/// Reads at most `limit` bytes of a file and one more, so that a longer one can be told.
///
/// # Errors
///
/// [`Error::NoSuchFile`] and [`Error::File`].
pub fn read_bounded(path: &Path, limit: usize) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    read_bounded_into(&mut bytes, path, limit)?;
    Ok(bytes)
}

/// Puts what [`read_bounded`] would return in the place of what `bytes` held: whoever reads many
/// files needs one buffer.
///
/// # Errors
///
/// As [`read_bounded`].
pub fn read_bounded_into(bytes: &mut Vec<u8>, path: &Path, limit: usize) -> Result<()> {
    bytes.clear();
    // A contract has about 700 bytes: one read fetches it, a second one sees the end.
    bytes.reserve(4096);
    let mut read = || File::open(path)?.take(limit as u64 + 1).read_to_end(bytes);
    read().map(|_| ()).map_err(file("read", path))
}

/// Reads a file of at most `most` bytes: nothing is made of the beginning of a longer one.
///
/// # Errors
///
/// As [`read_bounded`], and [`Error::TooLong`].
pub fn read_whole(path: &Path, most: usize) -> Result<Vec<u8>> {
    let bytes = read_bounded(path, most)?;
    match bytes.len() > most {
        true => Err(Error::TooLong { path: path.to_owned(), most }),
        false => Ok(bytes),
    }
}

/// Reads a text of at most `most` bytes.
///
/// # Errors
///
/// As [`read_whole`], and [`Error::NotText`].
pub fn read_text(path: &Path, most: usize) -> Result<String> {
    let text = String::from_utf8(read_whole(path, most)?);
    text.map_err(|_| Error::NotText { path: path.to_owned() })
}

/// Reads a text that may not be there yet.
///
/// # Errors
///
/// [`Error::File`] if it is there and cannot be read, or is not UTF-8.
pub fn read_if_there(path: &Path) -> Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(file("read", path)(error)),
    }
}

/// Replaces the content of `path`, so that every reader, and the disk after a crash, has either
/// the old content or the new one. A file that holds `content` already is left alone.
///
/// Returns whether anything was written.
///
/// # Errors
///
/// [`Error::File`]; then the old content is still there.
pub fn replace(path: &Path, content: &str) -> Result<bool> {
    if fs::read(path).is_ok_and(|old| old == content.as_bytes()) {
        return Ok(false);
    }
    let write = || -> io::Result<()> {
        let folder = folder_of(path);
        fs::create_dir_all(&folder)?;
        let mut new = tempfile::Builder::new().prefix(".strongroom-").tempfile_in(&folder)?;
        new.write_all(content.as_bytes())?;
        keep_permissions(path, new.as_file())?;
        new.as_file().sync_all()?;
        new.persist(path).map_err(|error| error.error)?;
        // The name is durable once the folder is.
        File::open(&folder)?.sync_all()
    };
    write().map_err(file("write", path))?;
    Ok(true)
}

/// Writes a file that must not be there yet.
///
/// # Errors
///
/// [`Error::AlreadyThere`] and [`Error::File`].
pub fn create(path: &Path, content: &str) -> Result<()> {
    fs::create_dir_all(folder_of(path)).map_err(file("write", path))?;
    let mut new = Whole::begin(path)?;
    let written =
        keep_permissions(path, new.new.as_file()).and_then(|()| new.write_all(content.as_bytes()));
    written.map_err(file("write", path))?;
    new.finish()
}

/// A new file that is written beside its place and has its name when it is finished; dropped before, it
/// leaves nothing behind.
///
/// ```
/// use std::io::Write as _;
///
/// let folder = tempfile::tempdir().unwrap();
/// let path = folder.path().join("answer.txt");
/// let mut file = platform::files::Whole::begin(&path).unwrap();
/// file.write_all(b"42").unwrap();
/// assert!(!path.exists());
/// file.finish().unwrap();
/// assert_eq!(std::fs::read(&path).unwrap(), b"42");
/// ```
#[derive(Debug)]
pub struct Whole {
    path: PathBuf,
    new: tempfile::NamedTempFile,
}

impl Whole {
    /// Begins a file that must not be there yet, in a folder that is.
    ///
    /// # Errors
    ///
    /// [`Error::AlreadyThere`] and [`Error::File`].
    pub fn begin(path: &Path) -> Result<Self> {
        Self::with_mode(path, 0o666)
    }

    /// The same, for the eyes of the owner alone.
    ///
    /// # Errors
    ///
    /// As [`begin`](Self::begin).
    pub fn secret(path: &Path) -> Result<Self> {
        Self::with_mode(path, 0o600)
    }

    fn with_mode(path: &Path, mode: u32) -> Result<Self> {
        // A link that leads nowhere is there too.
        if path.symlink_metadata().is_ok() {
            return Err(Error::AlreadyThere { path: path.to_owned() });
        }
        let mut beside = tempfile::Builder::new();
        beside.prefix(".strongroom-");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            // As with every file that is made, the system takes away what the user's mask names.
            beside.permissions(fs::Permissions::from_mode(mode));
        }
        #[cfg(not(unix))]
        let _ = mode;
        let new = beside.tempfile_in(folder_of(path)).map_err(|source| failed(path, source))?;
        Ok(Self { path: path.to_owned(), new })
    }

    /// Gives the file its name, durably.
    ///
    /// # Errors
    ///
    /// As [`begin`](Self::begin); then there is no file.
    pub fn finish(self) -> Result<()> {
        let Self { path, new } = self;
        let finish = || -> io::Result<()> {
            new.as_file().sync_all()?;
            new.persist_noclobber(&path).map_err(|error| error.error)?;
            // The name is durable once the folder is.
            File::open(folder_of(&path))?.sync_all()
        };
        finish().map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => Error::AlreadyThere { path: path.clone() },
            _ => failed(&path, error),
        })
    }
}

impl io::Write for Whole {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.new.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.new.flush()
    }
}

/// It is the folder that is missing, not the file.
fn failed(path: &Path, source: io::Error) -> Error {
    Error::File { act: "write", path: path.to_owned(), source }
}

/// Reads, changes and replaces a shared file while nobody else does: two runs at once lose
/// nothing. The lock is on the folder, because the file itself is replaced.
///
/// Returns what `change` returned and whether anything was written.
///
/// # Errors
///
/// What `change` returns, and [`Error::File`].
pub fn update<T>(
    path: &Path,
    change: impl FnOnce(Option<&str>) -> Result<(String, T)>,
) -> Result<(T, bool)> {
    let folder = folder_of(path);
    fs::create_dir_all(&folder).map_err(file("create the folder", &folder))?;
    // The lock ends with `guard`, on every way out.
    let guard = File::open(&folder).map_err(file("open", &folder))?;
    guard.lock().map_err(file("lock", &folder))?;
    let old = read_if_there(path)?;
    let (new, result) = change(old.as_deref())?;
    let written = replace(path, &new)?;
    Ok((result, written))
}

fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Temporary files are private; the file that is replaced may not have been.
#[cfg(unix)]
fn keep_permissions(old: &Path, new: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(old).map_or(0o644, |meta| meta.permissions().mode() & 0o777);
    new.set_permissions(fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn keep_permissions(_old: &Path, _new: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_updates_at_once_lose_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/list.txt");
        std::thread::scope(|scope| {
            for number in 0..16 {
                let path = &path;
                scope.spawn(move || {
                    update(path, |old| Ok((format!("{}{number}\n", old.unwrap_or_default()), ())))
                        .unwrap();
                });
            }
        });
        let mut lines: Vec<u32> =
            fs::read_to_string(&path).unwrap().lines().map(|line| line.parse().unwrap()).collect();
        lines.sort();
        assert_eq!(lines, (0..16).collect::<Vec<_>>());
    }

    #[test]
    fn nothing_is_made_of_the_beginning_of_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, b"caf\xc3\xa9").unwrap();
        assert_eq!(read_text(&path, 5).unwrap(), "café");
        assert_eq!(read_whole(&path, 4).unwrap_err().code(), "platform.too_long");
        fs::write(&path, b"caf\xe9").unwrap();
        assert_eq!(read_text(&path, 5).unwrap_err().code(), "platform.not_text");
    }

    #[test]
    fn a_file_that_is_right_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        assert!(replace(&path, "one").unwrap());
        assert!(!replace(&path, "one").unwrap());
        assert!(replace(&path, "two").unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        let error = create(&path, "three").unwrap_err();
        assert_eq!(error.kind(), crate::Kind::Conflict);
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
    }

    #[test]
    fn a_file_that_is_not_finished_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let mut file = Whole::begin(&path).unwrap();
        file.write_all(b"half").unwrap();
        drop(file);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        let (slow, fast) = (Whole::begin(&path).unwrap(), Whole::begin(&path).unwrap());
        fast.finish().unwrap();
        assert_eq!(slow.finish().unwrap_err().code(), "platform.already_there");
        assert_eq!(Whole::begin(&path).unwrap_err().code(), "platform.already_there");
        let nowhere = Whole::begin(&folder.path().join("no/file")).unwrap_err();
        assert_eq!(nowhere.code(), "platform.file");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_secret_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        Whole::secret(&path).unwrap().finish().unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn nothing_is_left_behind_when_a_change_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        replace(&path, "old").unwrap();
        let refused = update(&path, |_| -> Result<(String, ())> {
            Err(crate::Error::NoSuchFile { path: "x".into() })
        });
        assert!(refused.is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    }
}
