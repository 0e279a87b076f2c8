//! A bag is written.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use storage_core::Digest;
use storage_core::bagit::{
    BagInfo, BagPath, DECLARATION, DECLARATION_NAME, INFO_NAME, MANIFEST_NAME, Manifest, Oxum,
    TAG_MANIFEST_NAME,
};
use tempfile::TempDir;

use super::error::{Error, Result, file};

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Receipt {
    /// How much lies below `data/`.
    pub oxum: Oxum,
    /// The SHA-256 of the manifest of the manifests, which stands for the whole bag.
    pub tag_manifest: Digest,
}

/// Writes a bag of all `files` at `target`, where nothing may be yet.
///
/// A name is what stands below `data/`. `info` are the labels; `Payload-Oxum` is added.
///
/// # Errors
///
/// As [`BagWriter`]; [`Error::Source`] if a content cannot be read. Then there is no bag.
///
/// ```
/// use platform::bags::{verify, write};
/// use storage_core::bagit::BagInfo;
///
/// let folder = tempfile::tempdir()?;
/// let target = folder.path().join("report");
/// let files = [("report.pdf", &b"%PDF-1.7"[..]), ("tables/scope-1.csv", b"a,b\n")];
/// let receipt = write(&target, &BagInfo::default(), files)?;
/// assert_eq!(receipt.oxum.to_string(), "12.2");
/// assert!(verify(&target)?.is_valid());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write<N: AsRef<str>, R: Read>(
    target: &Path,
    info: &BagInfo,
    files: impl IntoIterator<Item = (N, R)>,
) -> Result<Receipt> {
    let mut bag = BagWriter::begin(target)?;
    let mut piece = vec![0; 64 * 1024];
    for (name, mut content) in files {
        let mut file = bag.file(name.as_ref())?;
        loop {
            let length = match content.read(&mut piece) {
                Ok(0) => break,
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(source) => {
                    return Err(Error::Source {
                        name: name.as_ref().escape_debug().to_string(),
                        source,
                    });
                }
            };
            file.add(&piece[..length])?;
        }
        file.finish()?;
    }
    bag.finish(info)
}

/// A bag that is being written. Dropped before it is finished, nothing is left of it.
///
/// For contents that come in pieces, as those of a store do; [`write()`] is simpler for readers.
#[derive(Debug)]
pub struct BagWriter {
    target: PathBuf,
    folder: TempDir,
    manifest: Manifest,
    oxum: Oxum,
}

impl BagWriter {
    /// Begins a bag that will be at `target`.
    ///
    /// # Errors
    ///
    /// [`Error::AlreadyThere`], [`Error::File`].
    pub fn begin(target: &Path) -> Result<Self> {
        if fs::symlink_metadata(target).is_ok() {
            return Err(Error::AlreadyThere { path: target.to_owned() });
        }
        let parent = match target.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        fs::create_dir_all(parent).map_err(file("create the folder", parent))?;
        let folder = tempfile::Builder::new().prefix(".strongroom-bag-").tempdir_in(parent);
        let folder = folder.map_err(file("create a folder in", parent))?;
        let data = folder.path().join("data");
        fs::create_dir(&data).map_err(file("create the folder", &data))?;
        Ok(Self {
            target: target.to_owned(),
            folder,
            manifest: Manifest::default(),
            oxum: Oxum::default(),
        })
    }

    /// Begins a file of the bag, by its name below `data/`.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] for a name that cannot be in a bag or is there already, [`Error::File`] for one
    /// that this file system does not take, or takes for another one that is there already.
    pub fn file(&mut self, name: &str) -> Result<BagFile<'_>> {
        let path = BagPath::payload(name)?;
        if self.manifest.files().contains_key(&path) {
            return Err(storage_core::bagit::Error::NameTwice { name: path.to_string() }.into());
        }
        let place = self.folder.path().join(path.as_str());
        if let Some(folder) = place.parent() {
            fs::create_dir_all(folder).map_err(file("create the folder", folder))?;
        }
        // Never over another one: a file system may take two names for the same.
        let content = File::create_new(&place).map_err(file("create", &place))?;
        Ok(BagFile { bag: self, path, place, content, hasher: Sha256::new(), bytes: 0 })
    }

    /// Writes what the bag says of itself, makes sure that all is on the disk, and puts it in its place.
    ///
    /// # Errors
    ///
    /// [`Error::AlreadyThere`] if something came to be there meanwhile, [`Error::File`].
    pub fn finish(self, info: &BagInfo) -> Result<Receipt> {
        let mut labels = BagInfo::default();
        for (label, value) in info.labels() {
            // There is one, and it is counted.
            if !label.eq_ignore_ascii_case("Payload-Oxum") {
                labels.add(label, value)?;
            }
        }
        labels.add("Payload-Oxum", self.oxum.to_string())?;

        let mut tags = Manifest::default();
        let said = [
            (DECLARATION_NAME, DECLARATION.to_owned()),
            (INFO_NAME, labels.to_string()),
            (MANIFEST_NAME, self.manifest.to_string()),
        ];
        for (name, text) in &said {
            tags.add(BagPath::new(*name)?, Digest::of(text.as_bytes()))?;
            self.say(name, text)?;
        }
        let tags = tags.to_string();
        self.say(TAG_MANIFEST_NAME, &tags)?;
        sync_folders(self.folder.path())?;

        // Renaming over an empty folder would succeed.
        if fs::symlink_metadata(&self.target).is_ok() {
            return Err(Error::AlreadyThere { path: self.target });
        }
        readable(self.folder.path())?;
        fs::rename(self.folder.path(), &self.target).map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists | io::ErrorKind::DirectoryNotEmpty => {
                Error::AlreadyThere { path: self.target.clone() }
            }
            _ => file("write", &self.target)(source),
        })?;
        // It has another name now, and stays.
        let old = self.folder.keep();
        let parent = old.parent().unwrap_or(Path::new("."));
        let synced = File::open(parent).and_then(|folder| folder.sync_all());
        synced.map_err(file("write", parent))?;
        Ok(Receipt { oxum: self.oxum, tag_manifest: Digest::of(tags.as_bytes()) })
    }

    fn say(&self, name: &str, text: &str) -> Result<()> {
        let place = self.folder.path().join(name);
        let write = || -> io::Result<()> {
            let mut file = File::create_new(&place)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()
        };
        write().map_err(file("write", &place))
    }
}

/// A file of a bag that is being written. It is in the bag once it is finished; if it is dropped before,
/// the bag cannot be one and must be dropped too.
#[derive(Debug)]
pub struct BagFile<'b> {
    bag: &'b mut BagWriter,
    path: BagPath,
    place: PathBuf,
    content: File,
    hasher: Sha256,
    bytes: u64,
}

impl BagFile<'_> {
    /// Adds a piece of the content.
    ///
    /// # Errors
    ///
    /// [`Error::File`].
    pub fn add(&mut self, piece: &[u8]) -> Result<()> {
        self.content.write_all(piece).map_err(file("write", &self.place))?;
        self.hasher.update(piece);
        self.bytes += piece.len() as u64;
        Ok(())
    }

    /// Ends the file and gives its SHA-256.
    ///
    /// # Errors
    ///
    /// [`Error::File`].
    pub fn finish(self) -> Result<Digest> {
        self.content.sync_all().map_err(file("write", &self.place))?;
        let sha256 = Digest::from(<[u8; 32]>::from(self.hasher.finalize()));
        self.bag.manifest.add(self.path, sha256)?;
        self.bag.oxum.bytes += self.bytes;
        self.bag.oxum.files += 1;
        Ok(sha256)
    }
}

/// The names of files are durable once their folders are.
fn sync_folders(folder: &Path) -> Result<()> {
    let failed = || file("write", folder);
    for entry in fs::read_dir(folder).map_err(failed())? {
        let entry = entry.map_err(failed())?;
        if entry.file_type().map_err(failed())?.is_dir() {
            sync_folders(&entry.path())?;
        }
    }
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed())
}

/// A temporary folder is private; what is handed out is as other folders are.
fn readable(folder: &Path) -> Result<()> {
    let like = folder.join("data");
    let permissions = fs::metadata(&like).map_err(file("read", &like))?.permissions();
    fs::set_permissions(folder, permissions).map_err(file("write", folder))
}
