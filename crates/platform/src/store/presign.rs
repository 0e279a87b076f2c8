//! Addresses that open one object for a while, to whoever has them.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::{StoreError, Version};

/// The longest time for which an address can be valid (AWS: "Download and upload objects with presigned
/// URLs": seven days; shorter if the credentials end before).
pub const LONGEST_PRESIGNED: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// What an address is for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Access {
    /// To read an object.
    Get {
        /// Which version; the current one if none is named.
        version: Option<Version>,
    },
    /// To write an object.
    Put(PutAccess),
}

/// What an address to write an object is bound to: the store refuses anything else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PutAccess {
    /// The media type.
    pub content_type: Option<String>,
    /// The SHA-256 of the body.
    pub sha256: Option<[u8; 32]>,
    /// The length of the body in bytes.
    pub size_bytes: Option<u64>,
    /// Whether nothing may be there.
    pub absent: bool,
}

/// An address that opens one object for a while. Whoever has it needs no credentials, so it is a secret:
/// nothing prints it but who asks with [`expose`](SignedUrl::expose).
#[derive(Clone, PartialEq, Eq)]
pub struct SignedUrl {
    url: String,
    /// The method of the request.
    pub method: &'static str,
    /// The headers that the request must have.
    pub headers: BTreeMap<String, String>,
}

impl SignedUrl {
    /// An address with the method and the headers that belong to it.
    pub fn new(url: String, method: &'static str, headers: BTreeMap<String, String>) -> Self {
        Self { url, method, headers }
    }

    /// The address itself, to be handed to whoever is to use it.
    pub fn expose(&self) -> &str {
        &self.url
    }
}

impl fmt::Debug for SignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedUrl").field("method", &self.method).finish_non_exhaustive()
    }
}

/// Refuses a time that no address can be valid for.
#[cfg(feature = "s3")]
pub(super) fn check_time(valid_for: Duration) -> Result<(), StoreError> {
    if valid_for < Duration::from_secs(1) || valid_for > LONGEST_PRESIGNED {
        return Err(StoreError::invalid(format!(
            "an address is valid for 1 second to 7 days, not for {} seconds",
            valid_for.as_secs()
        )));
    }
    Ok(())
}

/// The answer of a store that has no addresses.
pub(super) fn cannot(location: &str) -> StoreError {
    StoreError::invalid(format!("`{location}` has no addresses to hand out: only S3 has"))
}
