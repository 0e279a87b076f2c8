//! Who wraps the keys of reports.

use std::fmt;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;

use async_trait::async_trait;
use storage_core::sealed::{ApplicationKey, DataKey, KeyName, WrappedKey};

use super::{Error, Result, random};

/// Wraps and unwraps the keys of reports: a key in a file ([`LocalKey`]), or a key management service.
#[async_trait]
pub trait KeyWrapping: fmt::Debug + Send + Sync {
    /// Wraps `key` so that it unwraps for `report` alone.
    ///
    /// # Errors
    ///
    /// [`Error::Wrapping`] from others than [`LocalKey`].
    async fn wrap(&self, key: &DataKey, report: &str) -> Result<WrappedKey>;

    /// Unwraps a key of `report`.
    ///
    /// # Errors
    ///
    /// [`Error::Sealed`] if it is not what was wrapped for this report.
    async fn unwrap(&self, wrapped: &WrappedKey, report: &str) -> Result<DataKey>;
}

/// An application key on this machine.
#[derive(Debug)]
pub struct LocalKey(ApplicationKey);

impl LocalKey {
    /// Reads the key in a file: 64 hexadecimal digits. Nobody but its owner may be allowed to read it.
    ///
    /// # Errors
    ///
    /// [`Error::KeyFile`], which never repeats what is in the file.
    pub fn read(path: &Path) -> Result<Self> {
        let unusable = |reason| Error::KeyFile { path: path.to_owned(), reason };
        let meta = fs::metadata(path).map_err(|_| unusable("it cannot be read"))?;
        if is_open_to_others(&meta) {
            return Err(unusable("others may read it"));
        }
        let mut text = String::new();
        let read = File::open(path).and_then(|file| file.take(256).read_to_string(&mut text));
        read.map_err(|_| unusable("it cannot be read"))?;
        let key = ApplicationKey::parse(&text);
        zeroize(text);
        key.map(Self).map_err(|_| unusable("it does not hold 64 hexadecimal digits"))
    }

    /// Takes 64 hexadecimal digits as a key.
    ///
    /// # Errors
    ///
    /// [`Error::Sealed`], which does not repeat them.
    pub fn parse(text: &str) -> Result<Self> {
        Ok(Self(ApplicationKey::parse(text)?))
    }

    /// The name of the key, which stands beside what it wrapped.
    pub fn name(&self) -> &KeyName {
        self.0.name()
    }
}

#[async_trait]
impl KeyWrapping for LocalKey {
    async fn wrap(&self, key: &DataKey, report: &str) -> Result<WrappedKey> {
        Ok(self.0.wrap(key, report, random()?))
    }

    async fn unwrap(&self, wrapped: &WrappedKey, report: &str) -> Result<DataKey> {
        Ok(self.0.unwrap(wrapped, report)?)
    }
}

/// The digits are overwritten as the key itself is.
fn zeroize(text: String) {
    let mut bytes = text.into_bytes();
    bytes.fill(0);
    std::hint::black_box(&bytes);
}

#[cfg(unix)]
fn is_open_to_others(meta: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    meta.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn is_open_to_others(_meta: &fs::Metadata) -> bool {
    false
}
