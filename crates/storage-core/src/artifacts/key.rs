//! The keys of artifacts: four kinds, closed alphabets.

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::Error;

/// The longest name between two slashes, in bytes. Four of them and a kind fit a key of S3 (1,024).
const NAME_LENGTH: usize = 200;

/// What artifacts there are. Each has its own form of key.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Kind {
    /// `builds/{pipeline_id}/{run_id}/{name}`
    Builds,
    /// `models/{model}/{version}/{name}`
    Models,
    /// `packs/{pack}/{version}/{pack}-{version}.tar.gz`
    Packs,
    /// `uploads/{tenant}/{date}/{upload_id}/{file}`
    Uploads,
}

impl Kind {
    /// How many names stand between the kind and the file.
    fn depth(self) -> usize {
        match self {
            Self::Builds | Self::Models | Self::Packs => 2,
            Self::Uploads => 3,
        }
    }

    /// How the keys of this kind look.
    pub fn pattern(self) -> &'static str {
        match self {
            Self::Builds => "builds/{pipeline_id}/{run_id}/{name}",
            Self::Models => "models/{model}/{version}/{name}",
            Self::Packs => "packs/{pack}/{version}/{pack}-{version}.tar.gz",
            Self::Uploads => "uploads/{tenant}/{date}/{upload_id}/{file}",
        }
    }
}

/// The files that are promoted together: `builds/{pipeline_id}/{run_id}`, `models/{model}/{version}`,
/// `packs/{pack}/{version}` or `uploads/{tenant}/{date}/{upload_id}`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReleaseName {
    kind: Kind,
    // INVARIANT: the whole path, checked by `release`.
    path: String,
}

/// The key of one artifact.
///
/// A name is 1 to 200 ASCII letters, digits and `. _ - + @ =`, begins with a letter or a digit, and has
/// no two dots in a row. A tenant has lower case letters, digits and `. _ -` and up to 63 of them; a
/// date is a day such as `2026-03-01`; an upload id is a UUID in lower case (RFC 9562, section 4).
///
/// ```
/// use storage_core::artifacts::ArtifactKey;
///
/// let key: ArtifactKey = "packs/cbam/2.1.0/cbam-2.1.0.tar.gz".parse()?;
/// assert_eq!(key.release().to_string(), "packs/cbam/2.1.0");
/// assert!("packs/cbam/2.1.0/other.tar.gz".parse::<ArtifactKey>().is_err());
/// assert!("builds/ci/../7/app.tar.gz".parse::<ArtifactKey>().is_err());
/// # Ok::<(), storage_core::artifacts::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ArtifactKey {
    release: ReleaseName,
    file: String,
}

/// Releases whose changes are numbered together: the versions of a model or of a pack, one run, one
/// upload.
///
/// All versions of a model share one log, so that "which version came to prod last" is a question of
/// numbers and not of clocks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogName(String);

impl ReleaseName {
    /// What it is a release of.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The names in it, without the kind: model and version, for example.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.path.split('/').skip(1)
    }

    /// The last name: a run, a version, an upload.
    pub fn last(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// The file of this name in it.
    ///
    /// # Errors
    ///
    /// [`Error::KeyInvalid`].
    pub fn file(&self, file: &str) -> Result<ArtifactKey, Error> {
        format!("{self}/{file}").parse()
    }

    /// Where its changes are numbered.
    pub fn log(&self) -> LogName {
        let path = match self.kind {
            Kind::Models | Kind::Packs => self.path.rsplit_once('/').map_or("", |it| it.0),
            Kind::Builds | Kind::Uploads => &self.path,
        };
        LogName(path.to_owned())
    }
}

impl ArtifactKey {
    /// What it belongs to.
    pub fn release(&self) -> &ReleaseName {
        &self.release
    }

    /// The name of the file.
    pub fn file(&self) -> &str {
        &self.file
    }
}

impl LogName {
    /// The log with this name: `models/{model}`, `packs/{pack}`, or the name of a release.
    ///
    /// # Errors
    ///
    /// [`Error::KeyInvalid`].
    pub fn new(text: &str) -> Result<Self, Error> {
        let beyond = match text.split('/').next() {
            Some("models" | "packs") => "/v",
            _ => "",
        };
        let release: ReleaseName = format!("{text}{beyond}").parse()?;
        Ok(release.log())
    }

    /// The prefix under which its changes stand; ends with a slash.
    pub fn prefix(&self) -> String {
        format!("{}log/{self}/", super::ASIDE)
    }
}

/// Whether a key could only be meant for an artifact: it begins with one of the kinds.
pub fn claims_a_kind(key: &str) -> bool {
    key.split_once('/').is_some_and(|(kind, _)| kind.parse::<Kind>().is_ok())
}

fn refuse<T>(text: &str, broken: impl Into<String>) -> Result<T, Error> {
    // Never more of a hostile text than a person reads.
    let text = text.chars().take(120).flat_map(char::escape_debug).collect();
    Err(Error::KeyInvalid { text, broken: broken.into() })
}

impl FromStr for ReleaseName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let names: Vec<&str> = text.split('/').collect();
        let Ok(kind) = names[0].parse::<Kind>() else {
            return refuse(
                text,
                "does not begin with `builds/`, `models/`, `packs/` or `uploads/`",
            );
        };
        if names.len() != kind.depth() + 1 {
            let pattern = kind.pattern();
            let pattern = pattern.rsplit_once('/').map_or(pattern, |it| it.0);
            return refuse(text, format!("is not of the form `{pattern}`"));
        }
        for name in &names[1..] {
            if let Err(broken) = check_name(name) {
                return refuse(text, broken);
            }
        }
        if kind == Kind::Uploads
            && let Err(broken) = check_upload(names[1], names[2], names[3])
        {
            return refuse(text, broken);
        }
        Ok(Self { kind, path: text.to_owned() })
    }
}

impl FromStr for ArtifactKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let kind = text.split('/').next().and_then(|it| it.parse::<Kind>().ok());
        let Some((release, file)) = text.rsplit_once('/') else {
            return refuse(
                text,
                "does not begin with `builds/`, `models/`, `packs/` or `uploads/`",
            );
        };
        if let Some(kind) = kind
            && text.split('/').count() != kind.depth() + 2
        {
            return refuse(text, format!("is not of the form `{}`", kind.pattern()));
        }
        let release: ReleaseName = release.parse().or_else(|error| match error {
            Error::KeyInvalid { broken, .. } => refuse(text, broken),
            other => Err(other),
        })?;
        if let Err(broken) = check_name(file) {
            return refuse(text, broken);
        }
        if release.kind == Kind::Packs {
            let names: Vec<&str> = release.names().collect();
            let expected = format!("{}-{}.tar.gz", names[0], names[1]);
            if file != expected {
                return refuse(text, format!("has a file that is not `{expected}`"));
            }
        }
        Ok(Self { release, file: file.to_owned() })
    }
}

fn check_name(name: &str) -> Result<(), String> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-+@=".contains(&byte);
    if name.is_empty() {
        return Err("has an empty name".to_owned());
    }
    if name.len() > NAME_LENGTH {
        return Err(format!("has a name of more than {NAME_LENGTH} characters"));
    }
    if !name.bytes().all(fits) {
        return Err("has a name with something else than ASCII letters, digits and `. _ - + @ =`"
            .to_owned());
    }
    if name.contains("..") {
        return Err("has a name with `..`".to_owned());
    }
    match name.as_bytes()[0].is_ascii_alphanumeric() {
        true => Ok(()),
        false => Err("has a name that does not begin with a letter or a digit".to_owned()),
    }
}

fn check_upload(tenant: &str, date: &str, id: &str) -> Result<(), &'static str> {
    let fits =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
    if tenant.len() > 63 || !tenant.bytes().all(fits) {
        return Err("has a tenant that is not 1 to 63 lower case letters, digits and `. _ -`");
    }
    // Parsed and printed again: `2026-3-1` and `+2026-03-01` are read, but are not its spelling.
    let day = date.parse::<NaiveDate>().ok().filter(|day| day.to_string() == date);
    if day.is_none() {
        return Err("has a date that is no day such as `2026-03-01`");
    }
    let hyphens = [8, 13, 18, 23];
    let fits = |(at, byte): (usize, u8)| match hyphens.contains(&at) {
        true => byte == b'-',
        false => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
    };
    match id.len() == 36 && id.bytes().enumerate().all(fits) {
        true => Ok(()),
        false => Err("has an upload id that is no UUID in lower case"),
    }
}

impl fmt::Display for ReleaseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)
    }
}

impl fmt::Display for ArtifactKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.release, self.file)
    }
}

impl fmt::Display for LogName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UPLOAD: &str = "uploads/acme/2026-03-01/3f0d2c1e-8a7b-4c6d-9e5f-0123456789ab/data.csv";

    #[test]
    fn the_keys_are_those_of_the_source_document() {
        for (right, release, log) in [
            ("builds/api-ci/1042/app.tar.gz", "builds/api-ci/1042", "builds/api-ci/1042"),
            ("models/uplift/1.2.0+5/model.onnx", "models/uplift/1.2.0+5", "models/uplift"),
            ("packs/cbam/2.1.0/cbam-2.1.0.tar.gz", "packs/cbam/2.1.0", "packs/cbam"),
            (UPLOAD, &UPLOAD[..UPLOAD.len() - 9], &UPLOAD[..UPLOAD.len() - 9]),
        ] {
            let key: ArtifactKey = right.parse().unwrap();
            assert_eq!(key.to_string(), right);
            assert_eq!(key.release().to_string(), release);
            assert_eq!(key.release().log().to_string(), log);
            assert_eq!(LogName::new(log).unwrap(), key.release().log());
        }
    }

    #[test]
    fn nothing_else_is_a_key() {
        let long = format!("builds/ci/7/{}", "x".repeat(201));
        for wrong in [
            "",
            "builds",
            "builds/",
            "builds/ci/7",
            "builds/ci/7/",
            "builds/ci/7/a/b",
            "builds/ci//a",
            "builds/ci/../a",
            "builds/ci/7/..",
            "builds/ci/7/a..b",
            "builds/ci/7/.a",
            "builds/ci/7/_events",
            "builds/ci/7/a b",
            "builds/ci/7/ä",
            "builds/ci/7/a\0",
            "builds/ci/7/a%2Fb",
            "builds/ci/7/a\\b",
            "Builds/ci/7/a",
            "/builds/ci/7/a",
            "other/ci/7/a",
            "packs/cbam/2.1.0/cbam-2.1.1.tar.gz",
            "packs/cbam/2.1.0/cbam-2.1.0.zip",
            "uploads/Acme/2026-03-01/3f0d2c1e-8a7b-4c6d-9e5f-0123456789ab/a",
            "uploads/acme/2026-02-30/3f0d2c1e-8a7b-4c6d-9e5f-0123456789ab/a",
            "uploads/acme/2026-3-1/3f0d2c1e-8a7b-4c6d-9e5f-0123456789ab/a",
            "uploads/acme/2026-03-01/3F0D2C1E-8A7B-4C6D-9E5F-0123456789AB/a",
            "uploads/acme/2026-03-01/7/a",
            &long,
        ] {
            let error = wrong.parse::<ArtifactKey>().unwrap_err();
            assert_eq!(error.code(), "artifacts.key_invalid", "{wrong}");
        }
    }

    #[test]
    fn whatever_is_read_as_a_key_is_that_key_and_safe_as_a_path() {
        use proptest::prelude::*;
        proptest!(|(text in "(builds|models|packs|uploads)/[ -~]{0,6}/[ -~]{0,6}/[ -~]{0,6}")| {
            if let Ok(key) = text.parse::<ArtifactKey>() {
                prop_assert_eq!(key.to_string(), text.clone());
                prop_assert!(text.split('/').all(|it| !it.is_empty() && !it.starts_with('.')));
                prop_assert!(!text.contains('\\') && !text.contains(' '));
            }
        });
    }
}
