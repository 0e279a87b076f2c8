//! What is kept beside each version: a JSON document.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use super::disk::Disk;
use crate::store::protect::Protection;
use crate::store::{Key, Object, Version};

/// What is known about one version.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sheet {
    /// Of this document.
    pub(super) v: u32,
    /// A delete marker has no body and can have no protection.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) delete_marker: bool,
    pub(super) size_bytes: u64,
    pub(super) modified: DateTime<Utc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) content_type: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) metadata: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "hex")]
    pub(super) sha256: Option<[u8; 32]>,
    #[serde(default)]
    pub(super) protection: Protection,
}

impl Sheet {
    pub(super) fn read(path: &Path) -> io::Result<Self> {
        Ok(serde_json::from_slice(&fs::read(path)?)?)
    }

    /// Writes it to a temporary file, durably.
    pub(super) fn write(&self, disk: &Disk) -> io::Result<NamedTempFile> {
        let mut file = disk.temporary()?;
        file.write_all(&serde_json::to_vec_pretty(self)?)?;
        file.as_file().sync_all()?;
        Ok(file)
    }

    pub(super) fn object(self, key: &Key, version: Version) -> Object {
        Object {
            key: key.clone(),
            version: Some(version),
            size_bytes: self.size_bytes,
            modified: self.modified,
            content_type: self.content_type,
            metadata: self.metadata,
            tag: None,
            sha256: self.sha256,
            lock: self.protection.lock,
            legal_hold: self.protection.legal_hold,
        }
    }
}

/// A digest as people write it.
mod hex {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(
        digest: &Option<[u8; 32]>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match digest {
            None => serializer.serialize_none(),
            Some(digest) => serializer.serialize_str(&storage_core::hex::encode(digest)),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<[u8; 32]>, D::Error> {
        let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
        let wrong = || D::Error::custom("a SHA-256 has 64 hexadecimal digits");
        let mut digest = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return Err(wrong());
        }
        for (byte, digits) in digest.iter_mut().zip(text.as_bytes().chunks(2)) {
            let digits = std::str::from_utf8(digits).map_err(|_| wrong())?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| wrong())?;
        }
        Ok(Some(digest))
    }
}
