//! The name of an object.

use std::fmt;

use super::StoreError;

/// The name of an object: 1 to 1,024 bytes of UTF-8, any characters, no meaning in the slashes.
///
/// The limit is S3's (AWS: "Naming Amazon S3 objects"). Keys are ordered by their bytes.
///
/// ```
/// use platform::store::Key;
///
/// assert_eq!(Key::new("a//b")?.as_str(), "a//b");
/// assert!(Key::new("").is_err());
/// # Ok::<(), platform::store::StoreError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(
    // INVARIANT: 1 to 1,024 bytes; only `new` makes one.
    String,
);

impl Key {
    /// The longest key, in bytes.
    pub const LENGTH: usize = 1024;

    /// Takes `text` as a key.
    ///
    /// # Errors
    ///
    /// [`StoreErrorKind::Invalid`](super::StoreErrorKind::Invalid) for a key that is empty or too
    /// long.
    pub fn new(text: impl Into<String>) -> Result<Self, StoreError> {
        let text = text.into();
        if text.is_empty() || text.len() > Self::LENGTH {
            return Err(StoreError::invalid(format!(
                "a key has 1 to {} bytes, this one has {}",
                Self::LENGTH,
                text.len()
            )));
        }
        Ok(Self(text))
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Key {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}
