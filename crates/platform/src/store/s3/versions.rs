//! Listing versions and delete markers.

use std::collections::BTreeMap;

use aws_sdk_s3::types::EncodingType;

use super::S3;
use super::failure::{Effect, failure};
use super::list::{decode, key};
use super::read::moment;
use crate::store::{Key, Page, StoreError, StoreErrorKind, Version, VersionEntry};

pub(super) async fn list(
    s3: &S3,
    prefix: &str,
    page: Option<&str>,
) -> Result<Page<VersionEntry>, StoreError> {
    let begin: Option<Begin> = page.map(Begin::read).transpose()?;
    let answer = s3
        .patient
        .list_object_versions()
        .bucket(&s3.bucket)
        .prefix(prefix)
        .set_key_marker(begin.as_ref().map(|it| it.key.clone()))
        .set_version_id_marker(begin.as_ref().and_then(|it| it.version.clone()))
        .encoding_type(EncodingType::Url)
        .send()
        .await
        .map_err(|error| failure(Effect::Reads, "list versions", None, error))?;
    let encoded = answer.encoding_type == Some(EncodingType::Url);
    let mut versions = Vec::new();
    for entry in answer.versions() {
        versions.push(VersionEntry {
            key: key(entry.key().unwrap_or_default(), encoded)?,
            version: Version(entry.version_id().unwrap_or("null").to_owned()),
            latest: entry.is_latest().unwrap_or_default(),
            delete_marker: false,
            size_bytes: u64::try_from(entry.size().unwrap_or_default()).unwrap_or_default(),
            modified: moment(entry.last_modified()),
        });
    }
    let mut markers = Vec::new();
    for entry in answer.delete_markers() {
        markers.push(VersionEntry {
            key: key(entry.key().unwrap_or_default(), encoded)?,
            version: Version(entry.version_id().unwrap_or("null").to_owned()),
            latest: entry.is_latest().unwrap_or_default(),
            delete_marker: true,
            size_bytes: 0,
            modified: moment(entry.last_modified()),
        });
    }
    let mut entries = merge(versions, markers);
    // Versity and ministack begin a page with the last entry of the one before.
    let seen = begin.as_ref().and_then(|it| it.seen.as_ref());
    entries.retain(|entry| seen.is_none_or(|seen| !seen.is(entry)));
    let mut next = None;
    if answer.is_truncated.unwrap_or_default() {
        let last = entries.last().map(Seen::of);
        let raw = answer.next_key_marker().unwrap_or_default();
        // Ceph 16 encodes keys and not this one.
        let plain = last.as_ref().is_some_and(|last| last.key == raw);
        let key = decode(raw, encoded && !plain)?;
        let version = answer.next_version_id_marker().filter(|it| !it.is_empty());
        let here = Begin { key, version: version.map(Into::into), seen: last };
        if here.key.is_empty() || here.seen.is_none() {
            return Err(StoreError::new(
                StoreErrorKind::Invalid,
                "list versions",
                None,
                "the server says that there are more and not where they begin",
            ));
        }
        next = Some(here.write());
    }
    Ok(Page { entries, next })
}

/// Where a page begins, as it is handed out and in again.
#[derive(serde::Serialize, serde::Deserialize)]
struct Begin {
    /// What S3 needs to go on: a key, and a version of it.
    key: String,
    version: Option<String>,
    /// The last entry that was listed.
    seen: Option<Seen>,
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Seen {
    key: String,
    version: String,
}

impl Begin {
    fn read(text: &str) -> Result<Self, StoreError> {
        serde_json::from_str(text).map_err(|error| {
            StoreError::invalid("this is no page of a listing of versions").caused_by(error)
        })
    }

    fn write(&self) -> String {
        serde_json::to_string(self).expect("texts are JSON")
    }
}

impl Seen {
    fn of(entry: &VersionEntry) -> Self {
        Self { key: entry.key.as_str().to_owned(), version: entry.version.0.clone() }
    }

    fn is(&self, entry: &VersionEntry) -> bool {
        self.key == entry.key.as_str() && self.version == entry.version.0
    }
}

/// Brings versions and delete markers of a page into one order.
///
/// The client hands them out apart. The order among the versions of a key is the server's and is
/// kept, because the oldest version is told by it; markers are put among them by time.
fn merge(versions: Vec<VersionEntry>, markers: Vec<VersionEntry>) -> Vec<VersionEntry> {
    let mut keys: BTreeMap<Key, (Vec<VersionEntry>, Vec<VersionEntry>)> = BTreeMap::new();
    for entry in versions {
        keys.entry(entry.key.clone()).or_default().0.push(entry);
    }
    for entry in markers {
        keys.entry(entry.key.clone()).or_default().1.push(entry);
    }
    let mut merged = Vec::new();
    for (versions, markers) in keys.into_values() {
        let mut markers = markers.into_iter().peekable();
        for version in versions {
            // Of the same moment, a marker hides the version; only the latest entry is known to be
            // on top.
            while let Some(marker) = markers.next_if(|marker| {
                marker.latest || (!version.latest && marker.modified >= version.modified)
            }) {
                merged.push(marker);
            }
            merged.push(version);
        }
        merged.extend(markers);
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(
        key: &str,
        version: &str,
        second: i64,
        delete_marker: bool,
        latest: bool,
    ) -> VersionEntry {
        VersionEntry {
            key: Key::new(key).unwrap(),
            version: Version(version.to_owned()),
            latest,
            delete_marker,
            size_bytes: 0,
            modified: chrono::DateTime::from_timestamp(second, 0).unwrap(),
        }
    }

    #[test]
    fn markers_stand_where_they_were_set() {
        let merged = merge(
            vec![
                entry("a", "3", 30, false, true),
                entry("a", "1", 10, false, false),
                entry("b", "1", 10, false, false),
            ],
            vec![
                entry("a", "2", 20, true, false),
                entry("b", "2", 10, true, true),
                entry("c", "1", 5, true, true),
            ],
        );
        let order: Vec<_> = merged.iter().map(|it| format!("{}{}", it.key, it.version.0)).collect();
        assert_eq!(order, ["a3", "a2", "a1", "b2", "b1", "c1"]);
    }

    #[test]
    fn the_server_says_which_version_is_older() {
        // By its clock the first is older; a clock is not asked.
        let listed = vec![entry("a", "2", 10, false, true), entry("a", "1", 11, false, false)];
        let merged = merge(listed.clone(), Vec::new());
        assert_eq!(merged, listed);
    }
}
