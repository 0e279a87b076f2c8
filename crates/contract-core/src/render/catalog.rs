//! The catalogue: one YAML file that lists every bucket, edited in place.
//!
//! The file is read by people and has comments and a layout of its own, so an edit replaces only
//! the bytes that have to change. Afterwards the result is read again: unless it says exactly what
//! was meant, and everything else as before, the edit is refused.
//!
//! The file has two documents. The first describes the file; the second has `last_updated` and,
//! under `buckets`, an entry per bucket.

mod body;
mod compare;
mod edit;
mod entry;

use body::Body;
use edit::Edits;
pub use entry::Entry;
use entry::Section;

use crate::bucket_spec::BucketSpec;

/// Why a catalogue was not touched. Lines count from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CatalogError {
    /// It is not YAML that everybody reads alike.
    #[error("line {line} of the catalogue: {problem}")]
    NotPlainYaml {
        /// Where.
        line: u32,
        /// What is wrong.
        problem: String,
    },
    /// It is YAML, but laid out in a way that cannot be edited safely.
    #[error("line {line} of the catalogue cannot be edited safely: {problem}")]
    Layout {
        /// Where.
        line: u32,
        /// What stands there.
        problem: &'static str,
    },
    /// It has more than the two documents of a catalogue, or one without `buckets`.
    #[error("the catalogue has {found} documents, and the last is no list of buckets")]
    Documents {
        /// How many there are.
        found: usize,
    },
    /// There is no entry for the bucket.
    #[error("the catalogue has no bucket `{bucket}`")]
    UnknownBucket {
        /// Its name.
        bucket: String,
    },
    /// The edited text does not say what it should. A bug of ours; nothing was lost.
    #[error("the catalogue cannot be edited safely: {problem}")]
    Unsafe {
        /// What the edited text gets wrong.
        problem: &'static str,
    },
}

/// The catalogue with an entry for `spec`: a new one in its place by name, or the one that is
/// there with the values that differ.
///
/// The same entry again changes nothing, not even `last_updated`. The day on which an entry was
/// made stays.
///
/// ```
/// # use contract_core::{check, BucketSpec, Document, Policy, S3BucketRequest};
/// # let document = Document { path: None, bytes: include_bytes!("../../tests/it/contracts/uploads.yaml") };
/// # let policy = Policy::default();
/// # let request = check(document, &policy, S3BucketRequest::from_contract).1.flatten().unwrap();
/// # let spec = BucketSpec::of(&request, &policy);
/// use contract_core::render::catalog::{Entry, set_status, upsert};
///
/// let entry = Entry { region: "eu-central-1", status: "active", date: "2026-01-17" };
/// let text = upsert(None, &spec, &entry)?;
/// assert!(text.contains("  goldenpath-dev-payments-api-uploads:\n    metadata:\n      id: S3-0001\n"));
///
/// let commented = text.replace("status: active", "status: active # since the launch");
/// let text = set_status(&commented, &spec.bucket, "retired", "2026-02-01")?;
/// assert!(text.contains("status: retired # since the launch"));
/// # Ok::<(), contract_core::render::catalog::CatalogError>(())
/// ```
///
/// # Errors
///
/// [`CatalogError`] if the text is no catalogue, or has a layout that cannot be edited safely.
pub fn upsert(
    existing: Option<&str>,
    spec: &BucketSpec,
    entry: &Entry<'_>,
) -> Result<String, CatalogError> {
    let Some(text) = existing.filter(|text| !text.trim().is_empty()) else {
        return Ok(entry::new_file(spec, entry));
    };
    let body = Body::of(text)?;
    let mut edits = Edits::of(&body);
    let sections = entry::sections(spec, entry);
    match body.bucket(&spec.bucket) {
        None => edits.insert_bucket(&spec.bucket, &sections)?,
        Some(bucket) => edits.set_sections(bucket, &sections)?,
    }
    finish(&body, edits, &spec.bucket, Some(&sections), entry.date)
}

/// The catalogue with another status for a bucket, such as `retired`.
///
/// # Errors
///
/// [`CatalogError`], as for [`upsert`], or if there is no such bucket.
pub fn set_status(
    existing: &str,
    bucket: &str,
    status: &str,
    date: &str,
) -> Result<String, CatalogError> {
    let body = Body::of(existing)?;
    let mut edits = Edits::of(&body);
    let sections = [entry::status(status)];
    edits.set_sections(known(&body, bucket)?, &sections)?;
    finish(&body, edits, bucket, Some(&sections), date)
}

/// The catalogue without a bucket. Comments above its entry stay.
///
/// # Errors
///
/// [`CatalogError`], as for [`upsert`], or if there is no such bucket.
pub fn remove(existing: &str, bucket: &str, date: &str) -> Result<String, CatalogError> {
    let body = Body::of(existing)?;
    let mut edits = Edits::of(&body);
    edits.remove_bucket(known(&body, bucket)?)?;
    finish(&body, edits, bucket, None, date)
}

fn known<'b, 't>(
    body: &'b Body<'t>,
    bucket: &str,
) -> Result<&'b crate::yaml::Entry<'t>, CatalogError> {
    let unknown = || CatalogError::UnknownBucket { bucket: bucket.to_owned() };
    body.bucket(bucket).ok_or_else(unknown)
}

/// The edited text, once another reading of it found nothing but the wanted change: the entry
/// holds `wanted`, or is gone.
fn finish(
    body: &Body<'_>,
    mut edits: Edits<'_, '_>,
    bucket: &str,
    wanted: Option<&[Section]>,
    date: &str,
) -> Result<String, CatalogError> {
    if edits.is_empty() {
        return Ok(body.whole.to_owned());
    }
    edits.set_last_updated(date)?;
    let text = edits.apply();
    let unsafe_edit = |problem| CatalogError::Unsafe { problem };
    let again = Body::of(&text).map_err(|_| unsafe_edit("it would not be a catalogue"))?;
    compare::check(body, &again, bucket, wanted).map_err(unsafe_edit)?;
    Ok(text)
}
