//! Whether a file is what it says it is.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::media::{looks_like, program};
use super::{ArtifactKey, Error, Expected, Kind, Reason};
use crate::Digest;

/// How much of the beginning of a file is looked at, in bytes. Every magic number that is known here
/// lies in it; a tar has its own at 257.
pub const HEAD_BYTES: usize = 8192;

/// What is known about a file once it was read.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// Its length.
    pub size_bytes: u64,
    /// Its digest.
    pub sha256: Digest,
    /// Its first [`HEAD_BYTES`] bytes, or all if it has fewer.
    pub head: &'a [u8],
    /// What it was sent as, if that was said.
    pub media_type: Option<&'a str>,
}

/// What is taken of each kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// By kind; a kind that is not named takes nothing.
    pub kinds: BTreeMap<Kind, KindRules>,
}

/// What is taken of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KindRules {
    /// The largest file, in bytes.
    pub max_size_bytes: u64,
    /// The endings that are taken, in lower case and without a dot; `None` for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extensions: Option<BTreeSet<String>>,
    /// Whether programs are taken.
    #[serde(default)]
    pub programs: bool,
}

const GIB: u64 = 1 << 30;

impl Default for Rules {
    /// Builds up to 5 GiB and models up to 50 GiB with any ending, packs up to 1 GiB, uploads up to
    /// 1 GiB as documents and data. Programs only among builds.
    fn default() -> Self {
        let any = |gib: u64, programs| KindRules {
            max_size_bytes: gib * GIB,
            extensions: None,
            programs,
        };
        let only = |extensions: &[&str]| KindRules {
            max_size_bytes: GIB,
            extensions: Some(extensions.iter().map(|it| (*it).to_owned()).collect()),
            programs: false,
        };
        let uploads = [
            "csv", "tsv", "txt", "json", "ndjson", "jsonl", "xml", "pdf", "xlsx", "docx",
            "parquet", "png", "jpg", "jpeg", "zip",
        ];
        Self {
            kinds: BTreeMap::from([
                (Kind::Builds, any(5, true)),
                (Kind::Models, any(50, false)),
                (Kind::Packs, only(&["tar.gz"])),
                (Kind::Uploads, only(&uploads)),
            ]),
        }
    }
}

impl Rules {
    /// Reads them from JSON.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] with the place.
    pub fn read(json: &[u8]) -> Result<Self, Error> {
        serde_json::from_slice(json).map_err(|error| Error::Invalid {
            what: "the document of the rules",
            broken: format!("is not one: {error}"),
        })
    }

    /// The largest file of a kind, in bytes.
    pub fn limit_bytes(&self, kind: Kind) -> u64 {
        self.kinds.get(&kind).map_or(0, |it| it.max_size_bytes)
    }

    /// Everything that stands against a file; empty if nothing does.
    ///
    /// ```
    /// use storage_core::Digest;
    /// use storage_core::artifacts::{Expected, Facts, Reason, Rules};
    ///
    /// let key = "uploads/acme/2026-03-01/3f0d2c1e-8a7b-4c6d-9e5f-0123456789ab/report.pdf".parse()?;
    /// let body = b"#!/bin/sh\nexit";
    /// let (size_bytes, sha256) = (body.len() as u64, Digest::of(body));
    /// let facts = Facts { size_bytes, sha256, head: body, media_type: None };
    /// let reasons = Rules::default().check(&key, &facts, &Expected::default());
    /// assert!(matches!(&reasons[..], [Reason::ContentDiffers { .. }, Reason::Program { .. }]));
    /// # Ok::<(), storage_core::artifacts::Error>(())
    /// ```
    pub fn check(&self, key: &ArtifactKey, facts: &Facts<'_>, expected: &Expected) -> Vec<Reason> {
        let mut reasons = Vec::new();
        let size_bytes = facts.size_bytes;
        let limit_bytes = self.limit_bytes(key.release().kind());
        if size_bytes == 0 {
            reasons.push(Reason::Empty);
        }
        if size_bytes > limit_bytes {
            reasons.push(Reason::TooLarge { limit_bytes, size_bytes });
        }
        let rules = self.kinds.get(&key.release().kind());
        let extension = key.extension();
        let taken = rules.and_then(|it| it.extensions.as_ref());
        if taken.is_some_and(|taken| !taken.contains(&extension)) {
            reasons.push(Reason::ExtensionRefused { extension });
        }
        if let Some(medium) = key.medium() {
            let declared = facts.media_type.map(essence);
            if let Some(declared) = declared
                && !same_medium(&declared, medium.media_type)
            {
                let expected = medium.media_type.to_owned();
                reasons.push(Reason::MediaTypeDiffers { expected, declared });
            }
            let whole = size_bytes == facts.head.len() as u64;
            if size_bytes > 0 && !medium.start.fits(facts.head, whole) {
                reasons.push(Reason::ContentDiffers {
                    expected: medium.media_type.to_owned(),
                    found: looks_like(facts.head).map(str::to_owned),
                });
            }
        }
        if let Some(found) = program(facts.head)
            && !rules.is_some_and(|it| it.programs)
        {
            reasons.push(Reason::Program { found: found.to_owned() });
        }
        if let Some(expected_bytes) = expected.size_bytes
            && expected_bytes != size_bytes
        {
            reasons.push(Reason::SizeDiffers { expected_bytes, found_bytes: size_bytes });
        }
        if let Some(expected) = expected.sha256
            && expected != facts.sha256
        {
            reasons.push(Reason::DigestDiffers { expected, found: facts.sha256 });
        }
        reasons
    }
}

/// A media type without its parameters, in lower case (RFC 9110, section 8.3.1).
fn essence(media_type: &str) -> String {
    let essence = media_type.split(';').next().unwrap_or_default();
    essence.trim().chars().take(120).collect::<String>().to_ascii_lowercase()
}

/// Whether a file may be sent so. Clients that say nothing send octets, and the old names for some
/// types are in use.
fn same_medium(declared: &str, expected: &str) -> bool {
    const OLD: &[(&str, &str)] = &[
        ("application/x-gzip", "application/gzip"),
        ("application/x-compressed-tar", "application/gzip"),
        ("application/x-tgz", "application/gzip"),
        ("application/x-zip-compressed", "application/zip"),
        ("text/xml", "application/xml"),
        ("text/yaml", "application/yaml"),
        ("application/x-yaml", "application/yaml"),
        ("text/plain", "text/csv"),
        ("text/plain", "text/markdown"),
        ("text/plain", "application/x-ndjson"),
        ("application/x-parquet", "application/vnd.apache.parquet"),
    ];
    declared == expected
        || matches!(declared, "" | "application/octet-stream" | "binary/octet-stream")
        || OLD.contains(&(declared, expected))
}

#[cfg(test)]
mod tests {
    use super::*;

    const UPLOAD: &str = "uploads/acme/2026-03-01/3f0d2c1e-8a7b-4c6d-9e5f-0123456789ab/";

    fn reasons(key: &str, body: &[u8], media_type: Option<&str>) -> Vec<Reason> {
        let facts = Facts {
            size_bytes: body.len() as u64,
            sha256: Digest::of(body),
            head: &body[..body.len().min(HEAD_BYTES)],
            media_type,
        };
        Rules::default().check(&key.parse().unwrap(), &facts, &Expected::default())
    }

    #[test]
    fn a_file_that_is_what_it_says_is_taken() {
        let mut tar = vec![0; 600];
        tar[257..262].copy_from_slice(b"ustar");
        for (key, body, media_type) in [
            (
                "packs/cbam/2/cbam-2.tar.gz",
                &b"\x1f\x8b\x08\x00rest"[..],
                Some("application/x-gzip"),
            ),
            (
                "builds/ci/7/app",
                b"\x7fELF\x02\x01\x01\0rest of a program that is long enough....",
                None,
            ),
            ("builds/ci/7/run.sh", b"#!/bin/sh\n", None),
            ("builds/ci/7/all.tar", &tar, None),
            ("models/uplift/1/model.onnx", b"\x08\x07\x12", None),
            ("models/uplift/1/model.safetensors", b"\x02\0\0\0\0\0\0\0{}", None),
            (
                "models/uplift/1/metrics.json",
                b" {\"rmse\": 1}",
                Some("application/json; charset=utf-8"),
            ),
            (&format!("{UPLOAD}a.csv"), "größe,1\n".as_bytes(), Some("text/csv")),
            (&format!("{UPLOAD}a.PDF"), b"%PDF-1.7\n", Some("binary/octet-stream")),
            (&format!("{UPLOAD}a.parquet"), b"PAR1....", None),
            (&format!("{UPLOAD}a.png"), b"\x89PNG\r\n\x1a\n", Some("image/png")),
        ] {
            assert_eq!(reasons(key, body, media_type), [], "{key}");
        }
    }

    #[test]
    fn each_reason_is_found() {
        let codes = |key: &str, body: &[u8], media_type| {
            let found = reasons(key, body, media_type);
            let code = |it: &Reason| {
                serde_json::to_value(it).unwrap()["reason"].as_str().unwrap().to_owned()
            };
            found.iter().map(code).collect::<Vec<_>>().join(" ")
        };
        let at = |file: &str| format!("{UPLOAD}{file}");
        for (key, body, media_type, expected) in [
            (at("a.csv"), &b""[..], None, "empty"),
            (at("a.exe"), b"MZ\x90", None, "extension_refused program"),
            (at("noending"), b"x", None, "extension_refused"),
            (at(".csv.").replace("/.csv.", "/csv"), b"x", None, "extension_refused"),
            (at("a.pdf"), b"%PDF-1.7", Some("text/html"), "media_type_differs"),
            (at("a.pdf"), b"\x89PNG\r\n\x1a\n", None, "content_differs"),
            (at("a.csv"), b"PK\x03\x04", None, "content_differs"),
            (at("a.csv"), b"a\0b", None, "content_differs"),
            (at("a.csv"), b"\xff\xfe", None, "content_differs"),
            (at("a.json"), b"<html>", None, "content_differs"),
            (at("a.txt"), b"#!/bin/sh", None, "program"),
            ("packs/a/1/a-1.tar.gz".to_owned(), b"PK\x03\x04", None, "content_differs"),
            (
                "models/a/1/weights".to_owned(),
                b"\x7fELF\x02\x01\x01\0rest of a program that is long enough....",
                None,
                "program",
            ),
        ] {
            assert_eq!(codes(&key, body, media_type), expected, "{key}");
        }
    }

    #[test]
    fn what_was_announced_is_held_against_what_came() {
        let key = "builds/ci/7/a.bin".parse().unwrap();
        let facts =
            Facts { size_bytes: 3, sha256: Digest::of(b"abc"), head: b"abc", media_type: None };
        let check = |sha256, size_bytes| {
            Rules::default().check(&key, &facts, &Expected { sha256, size_bytes })
        };
        assert_eq!(check(Some(Digest::of(b"abc")), Some(3)), []);
        let other = Digest::of(b"abd");
        assert_eq!(
            check(Some(other), Some(4)),
            [
                Reason::SizeDiffers { expected_bytes: 4, found_bytes: 3 },
                Reason::DigestDiffers { expected: other, found: facts.sha256 },
            ]
        );
        let large = Facts { size_bytes: (5 << 30) + 1, ..facts };
        let reasons = Rules::default().check(&key, &large, &Expected::default());
        assert!(
            matches!(reasons[..], [Reason::TooLarge { limit_bytes, .. }] if limit_bytes == 5 << 30)
        );
    }

    #[test]
    fn a_character_that_is_cut_off_is_no_fault_of_the_text() {
        let body = "ä".repeat(HEAD_BYTES);
        assert_eq!(reasons(&format!("{UPLOAD}a.txt"), body.as_bytes(), None), []);
        let mut odd = b"x".to_vec();
        odd.extend_from_slice(body.as_bytes());
        assert_eq!(reasons(&format!("{UPLOAD}a.txt"), &odd, None), []);
    }
}
