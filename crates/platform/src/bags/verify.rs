//! A bag is verified.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use sha2::{Digest as _, Sha256};
use storage_core::Digest;
use storage_core::bagit::{
    BagInfo, BagPath, DECLARATION_NAME, INFO_NAME, MANIFEST_NAME, Manifest, Oxum,
    TAG_MANIFEST_NAME, check_declaration,
};

use super::error::{Error, Result, file};

/// The longest manifest that is read: a million files with names of two hundred bytes.
const LONGEST_TAG_FILE: u64 = 256 << 20;

/// What is wrong with one file of a bag.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// A manifest names it, and it is not there.
    Missing,
    /// Its content is not what the manifest says.
    Altered,
    /// It lies below `data/`, and no manifest names it.
    Unlisted,
    /// It is no file but a link or something stranger, or its name is not UTF-8 or leads elsewhere.
    NotAFile,
    /// The manifest names it without encoding a `%`, so that it names another file (RFC 8493, 2.1.3).
    NotEncoded,
    /// `Payload-Oxum` says something else than is there.
    OxumWrong {
        /// What is there.
        there: Oxum,
    },
    /// It is a manifest of another algorithm, which was not checked.
    NotChecked,
}

/// One thing that is wrong with a bag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file, in one line, as it would stand in a manifest.
    pub name: String,
    /// What is wrong with it.
    pub fault: Fault,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        match &self.fault {
            Fault::Missing => write!(f, "`{name}` is missing"),
            Fault::Altered => write!(f, "`{name}` is not what the manifest says"),
            Fault::Unlisted => write!(f, "`{name}` is in no manifest"),
            Fault::NotAFile => write!(f, "`{name}` is no file that a bag can hold"),
            Fault::NotEncoded => {
                write!(
                    f,
                    "`{name}` is named without encoding its `%`, so that another file is named"
                )
            }
            Fault::OxumWrong { there } => {
                write!(f, "`{name}` counts something else than the {there} that are there")
            }
            Fault::NotChecked => {
                write!(f, "`{name}` was not checked: its algorithm is not SHA-256")
            }
        }
    }
}

/// What came of verifying a bag.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verdict {
    /// How much lies below `data/`.
    pub oxum: Oxum,
    /// Everything that is wrong, in order of names.
    pub findings: Vec<Finding>,
    /// The labels.
    pub info: BagInfo,
}

impl Verdict {
    /// Whether the bag holds exactly what it says. Manifests of other algorithms beside ours change
    /// nothing about that.
    pub fn is_valid(&self) -> bool {
        self.findings.iter().all(|finding| finding.fault == Fault::NotChecked)
    }
}

/// Verifies the bag in `folder`: every file that its SHA-256 manifests name, that nothing else lies below
/// `data/`, and `Payload-Oxum`. Links are not followed, and nothing outside the folder is opened.
///
/// # Errors
///
/// [`Error::NoSuchBag`], [`Error::NotABag`] if there is no declaration or no SHA-256 manifest,
/// [`Error::Refused`] if one of them cannot be read or names something outside, [`Error::File`].
pub fn verify(folder: &Path) -> Result<Verdict> {
    match fs::symlink_metadata(folder) {
        Ok(meta) if meta.is_dir() => {}
        _ => return Err(Error::NoSuchBag { path: folder.to_owned() }),
    }
    let mut there = There::default();
    walk(folder, "", &mut there)?;
    let declaration = there.tag_file(folder, DECLARATION_NAME)?;
    check_declaration(&declaration.ok_or_else(|| lacks(folder, DECLARATION_NAME))?)?;
    let manifest = there.tag_file(folder, MANIFEST_NAME)?;
    let manifest = Manifest::parse(&manifest.ok_or_else(|| lacks(folder, MANIFEST_NAME))?)?;
    let tags = there.tag_file(folder, TAG_MANIFEST_NAME)?.unwrap_or_default();
    let tags = Manifest::parse(&tags)?;
    let info = BagInfo::parse(&there.tag_file(folder, INFO_NAME)?.unwrap_or_default())?;

    let mut findings: Vec<_> = there
        .strange
        .iter()
        .map(|name| Finding { name: name.clone(), fault: Fault::NotAFile })
        .collect();
    let mut named = BTreeMap::new();
    for (path, listed) in manifest.files().iter().chain(tags.files()) {
        let written = listed.written.as_deref();
        let (name, fault) = match written.filter(|it| there.files.contains_key(*it)) {
            _ if there.files.contains_key(path.as_str()) => (path.as_str(), None),
            Some(other) => (other, Some(Fault::NotEncoded)),
            None => (path.as_str(), Some(Fault::Missing)),
        };
        named.insert(name, ());
        let altered = fault != Some(Fault::Missing) && digest(&folder.join(name))? != listed.sha256;
        let altered = altered.then_some(Fault::Altered);
        let name = one_line(name);
        findings.extend(
            fault.into_iter().chain(altered).map(|fault| Finding { name: name.clone(), fault }),
        );
    }
    let mut oxum = Oxum::default();
    for (name, bytes) in &there.files {
        if name.starts_with("data/") {
            oxum.bytes += bytes;
            oxum.files += 1;
            if !named.contains_key(name.as_str()) {
                findings.push(Finding { name: one_line(name), fault: Fault::Unlisted });
            }
        } else if (name.starts_with("manifest-") || name.starts_with("tagmanifest-"))
            && ![MANIFEST_NAME, TAG_MANIFEST_NAME].contains(&name.as_str())
        {
            findings.push(Finding { name: one_line(name), fault: Fault::NotChecked });
        }
    }
    if info.get("Payload-Oxum").any(|said| said.parse() != Ok(oxum)) {
        let fault = Fault::OxumWrong { there: oxum };
        findings.push(Finding { name: INFO_NAME.to_owned(), fault });
    }
    findings.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(Verdict { oxum, findings, info })
}

/// What lies in the folder.
#[derive(Default)]
struct There {
    /// Plain files with their lengths, by names with `/`.
    files: BTreeMap<String, u64>,
    /// What is none, or has no name that can be in a bag.
    strange: Vec<String>,
}

impl There {
    /// The content of one of the files that say something about the bag.
    fn tag_file(&self, folder: &Path, name: &str) -> Result<Option<Vec<u8>>> {
        let Some(bytes) = self.files.get(name) else { return Ok(None) };
        if *bytes > LONGEST_TAG_FILE {
            let reason = format!("its `{name}` is longer than {LONGEST_TAG_FILE} bytes");
            return Err(Error::NotABag { path: folder.to_owned(), reason });
        }
        let path = folder.join(name);
        let mut content = Vec::new();
        let read = File::open(&path)
            .and_then(|file| file.take(LONGEST_TAG_FILE).read_to_end(&mut content));
        read.map_err(file("read", &path))?;
        Ok(Some(content))
    }
}

fn walk(folder: &Path, name: &str, there: &mut There) -> Result<()> {
    let place = folder.join(name);
    let failed = || file("read", &place);
    for entry in fs::read_dir(&place).map_err(failed())? {
        let entry = entry.map_err(failed())?;
        // The type of the entry itself: links are not followed.
        let kind = entry.file_type().map_err(failed())?;
        let own = entry.file_name();
        let whole = match name {
            "" => own.to_string_lossy().into_owned(),
            _ => format!("{name}/{}", own.to_string_lossy()),
        };
        let usable = own.to_str().is_some() && BagPath::new(&whole).is_ok();
        if usable && kind.is_dir() {
            walk(folder, &whole, there)?;
        } else if usable && kind.is_file() {
            let bytes = entry.metadata().map_err(failed())?.len();
            there.files.insert(whole, bytes);
        } else {
            there.strange.push(one_line(&whole));
        }
    }
    Ok(())
}

fn digest(path: &Path) -> Result<Digest> {
    let mut content = File::open(path).map_err(file("read", path))?;
    let mut hasher = Sha256::new();
    let mut piece = vec![0; 64 * 1024];
    loop {
        match content.read(&mut piece) {
            Ok(0) => return Ok(Digest::from(<[u8; 32]>::from(hasher.finalize()))),
            Ok(length) => hasher.update(&piece[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(file("read", path)(error)),
        }
    }
}

fn lacks(folder: &Path, name: &str) -> Error {
    Error::NotABag { path: folder.to_owned(), reason: format!("there is no `{name}`") }
}

/// A name that cannot be told apart from ours by its control characters.
fn one_line(name: &str) -> String {
    match BagPath::new(name) {
        Ok(path) => path.encoded().into_owned(),
        Err(_) => name.escape_debug().to_string(),
    }
}
