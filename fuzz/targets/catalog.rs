//! Any text as the catalogue: an edit says what was meant and leaves all else alone, for a second
//! YAML reader too, or it is refused.
#![no_main]

use std::sync::LazyLock;

use contract_core::render::catalog::{Entry, remove, set_status, upsert};
use contract_core::{BucketSpec, Document, Policy, S3BucketRequest, check};
use serde_json::Value;

const ENTRY: Entry<'_> = Entry { region: "eu-central-1", status: "active", date: "2026-02-01" };

static SPEC: LazyLock<BucketSpec> = LazyLock::new(|| {
    let bytes = include_bytes!("../seeds/check/valid.yaml");
    let policy = Policy::default();
    let document = Document { path: None, bytes };
    let request = check(document, &policy, S3BucketRequest::from_contract).1.flatten();
    BucketSpec::of(&request.expect("the seed is a whole contract"), &policy)
});

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Ok(added) = upsert(Some(text), &SPEC, &ENTRY) else { return };
    assert_eq!(upsert(Some(&added), &SPEC, &ENTRY).as_ref(), Ok(&added), "again, nothing");
    let retired = set_status(&added, &SPEC.bucket, "retired", "2026-03-01").expect("it is there");
    let removed = remove(&retired, &SPEC.bucket, "2026-03-01");
    let Some(before) = others(text) else { return };
    for after in [Some(&added), Some(&retired), removed.as_ref().ok()].into_iter().flatten() {
        assert_eq!(others(after).as_ref(), Some(&before), "{text}\n=====\n{after}");
    }
});

/// What a second reader sees besides the entry and the day of the last change.
fn others(text: &str) -> Option<Value> {
    let documents: Vec<Value> = serde_saphyr::from_multiple(text).ok()?;
    let mut body = documents.into_iter().next_back()?;
    let body_fields = body.as_object_mut()?;
    body_fields.remove("last_updated");
    if let Some(buckets) = body_fields.get_mut("buckets").and_then(Value::as_object_mut) {
        buckets.remove(SPEC.bucket.as_str());
        if buckets.is_empty() {
            body_fields.remove("buckets");
        }
    } else {
        body_fields.remove("buckets");
    }
    Some(body)
}
