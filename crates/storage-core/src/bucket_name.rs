//! The name of a bucket.

use std::fmt;
use std::str::FromStr;

use crate::Error;

/// The name of a general purpose bucket, without dots: 3 to 63 lower case letters, digits and
/// hyphens, none of the reserved beginnings and endings.
///
/// Dots are legal in S3 but break TLS host names, so this platform has no use for them. Source:
/// Amazon S3 user guide, "General purpose bucket naming rules".
///
/// ```
/// use storage_core::BucketName;
///
/// let name: BucketName = "goldenpath-dev-payments-api-uploads".parse()?;
/// assert_eq!(name.as_str(), "goldenpath-dev-payments-api-uploads");
///
/// let error = "Payments".parse::<BucketName>().unwrap_err();
/// assert_eq!(error.code(), "storage.bucket_name_invalid");
/// # Ok::<(), storage_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BucketName(
    // INVARIANT: passes `check`; only `from_str` makes one.
    String,
);

/// Beginnings that S3 keeps for itself.
const RESERVED_PREFIXES: [(&str, &str); 3] = [
    ("xn--", "begins with `xn--`, which S3 reserves"),
    ("sthree-", "begins with `sthree-`, which S3 reserves"),
    ("amzn-s3-demo-", "begins with `amzn-s3-demo-`, which S3 reserves"),
];

/// Endings that S3 keeps for itself.
const RESERVED_SUFFIXES: [(&str, &str); 4] = [
    ("-s3alias", "ends in `-s3alias`, which S3 reserves for access point aliases"),
    ("--ol-s3", "ends in `--ol-s3`, which S3 reserves for Object Lambda"),
    ("--x-s3", "ends in `--x-s3`, which S3 reserves for directory buckets"),
    ("--table-s3", "ends in `--table-s3`, which S3 reserves for table buckets"),
];

impl BucketName {
    /// The fewest characters a bucket name has.
    pub const MIN_LENGTH: usize = 3;
    /// The most characters a bucket name has.
    pub const MAX_LENGTH: usize = 63;

    /// Asks whether `name` may name a bucket, without making one.
    ///
    /// # Errors
    ///
    /// [`Error::BucketNameInvalid`] with the first rule that is broken.
    pub fn check(name: &str) -> Result<(), Error> {
        let broken = |broken| Err(Error::BucketNameInvalid { broken });
        let bytes = name.as_bytes();
        if bytes.len() < Self::MIN_LENGTH {
            return broken("is shorter than 3 characters");
        }
        if bytes.len() > Self::MAX_LENGTH {
            return broken("is longer than 63 characters");
        }
        if !bytes.iter().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-')) {
            return broken("has a character other than `a` to `z`, `0` to `9` and `-`");
        }
        if bytes.first() == Some(&b'-') || bytes.last() == Some(&b'-') {
            return broken("begins or ends with a hyphen");
        }
        let reserved = RESERVED_PREFIXES.iter().find(|(prefix, _)| name.starts_with(prefix));
        let reserved = reserved
            .or_else(|| RESERVED_SUFFIXES.iter().find(|(suffix, _)| name.ends_with(suffix)));
        match reserved {
            Some((_, rule)) => broken(rule),
            None => Ok(()),
        }
    }

    /// The beginnings that S3 keeps for itself.
    pub fn reserved_prefixes() -> impl Iterator<Item = &'static str> {
        RESERVED_PREFIXES.iter().map(|(prefix, _)| *prefix)
    }

    /// The endings that S3 keeps for itself.
    pub fn reserved_suffixes() -> impl Iterator<Item = &'static str> {
        RESERVED_SUFFIXES.iter().map(|(suffix, _)| *suffix)
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for BucketName {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::check(name)?;
        Ok(Self(name.to_owned()))
    }
}

impl fmt::Display for BucketName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(name: &str) -> String {
        BucketName::check(name).unwrap_err().to_string()
    }

    #[test]
    fn each_rule_is_named() {
        assert_eq!(broken("ab"), "the bucket name is shorter than 3 characters");
        assert_eq!(broken(&"a".repeat(64)), "the bucket name is longer than 63 characters");
        assert!(broken("a.b.c").contains("other than"), "dots");
        assert!(broken("-abc").contains("begins or ends"), "hyphen first");
        assert!(broken("abc-").contains("begins or ends"), "hyphen last");
        for (prefix, rule) in RESERVED_PREFIXES {
            assert_eq!(broken(&format!("{prefix}abc")), format!("the bucket name {rule}"));
        }
        for (suffix, rule) in RESERVED_SUFFIXES {
            assert_eq!(broken(&format!("abc{suffix}")), format!("the bucket name {rule}"));
        }
    }

    #[test]
    fn the_longest_name_is_allowed() {
        assert_eq!(BucketName::check(&"a".repeat(63)), Ok(()));
        assert_eq!(BucketName::check("abc"), Ok(()));
    }
}
