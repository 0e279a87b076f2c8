//! The promises about contracts. A bench is named after its promise.
//!
//! Run `cargo bench --package benches --bench contracts`; whole processes are measured by
//! `benches/contracts/run.sh`.

use std::hint::black_box;

use contract_core::report::{FileReport, Format, Report};
use contract_core::{Document, Policy, check};
use criterion::{Criterion, Throughput};

const PATH: &str = "docs/20-contracts/s3-requests/dev/S3-0001.yaml";

/// The contract of the documents.
const VALID: &str = include_str!("valid.yaml");

/// The same contract, wrong in five ways.
fn wrong() -> String {
    VALID
        .replace("storageClass: standard", "storageClass: fast")
        .replace("versioning: true", "versioning: \"true\"")
        .replace("corsEnabled", "corsEnabeld")
        .replace("costAlertGb: 100", "costAlertGb: 0")
        .replace("id: S3-0001", "id: s3-0001")
}

fn checking(criterion: &mut Criterion) {
    let policy = Policy::default();
    let mut group = criterion.benchmark_group("checking a contract");
    group.throughput(Throughput::Elements(1));
    for (name, text) in [("without findings", VALID.to_owned()), ("with five findings", wrong())] {
        let document = Document { path: Some(PATH), bytes: text.as_bytes() };
        group.bench_function(name, |bencher| {
            bencher.iter(|| check(black_box(document), &policy, |_| ()));
        });
    }
    group.finish();
}

fn reporting(criterion: &mut Criterion) {
    let text = wrong();
    let document = Document { path: Some(PATH), bytes: text.as_bytes() };
    let (findings, _) = check(document, &Policy::default(), |_| ());
    let file = FileReport { path: PATH.to_owned(), relative: PATH.to_owned(), text, findings };
    let report = Report { checked: 1, files: vec![file] };
    let mut group = criterion.benchmark_group("reporting five findings");
    for (name, format) in [("to people", Format::Human), ("to programs", Format::Json)] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| black_box(&report).write(format, false))
        });
    }
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    checking(&mut criterion);
    reporting(&mut criterion);
    criterion.final_summary();
}
