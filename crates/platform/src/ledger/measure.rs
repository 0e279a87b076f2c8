//! What a ledger tells a monitor, through the `metrics` facade. Without a recorder all of this is
//! next to nothing.

use std::time::Duration;

use chrono::{DateTime, Utc};
use metrics::{
    Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};

const QUEUE: &str = "strongroom_ledger_queue_records";
const COMMIT: &str = "strongroom_ledger_commit_seconds";
const CONFLICTS: &str = "strongroom_ledger_conflicts_total";
const UNSEALED: &str = "strongroom_ledger_unsealed_records";
const APPENDED: &str = "strongroom_ledger_appended_total";
const FAILURES: &str = "strongroom_ledger_failures_total";
const SEAL_FAILURES: &str = "strongroom_ledger_seal_failures_total";
const CHECKPOINT: &str = "strongroom_ledger_checkpoint_timestamp_seconds";

/// Says what the figures mean.
pub(super) fn describe() {
    describe_gauge!(QUEUE, Unit::Count, "events that wait for the next segment");
    describe_histogram!(
        COMMIT,
        Unit::Seconds,
        "how long it took to store a segment, retries included"
    );
    describe_counter!(CONFLICTS, Unit::Count, "segments whose place another writer had taken");
    describe_gauge!(UNSEALED, Unit::Count, "records that no checkpoint covers yet");
    describe_counter!(APPENDED, Unit::Count, "records that were stored");
    describe_counter!(FAILURES, Unit::Count, "events that were not recorded, or perhaps not");
    describe_counter!(SEAL_FAILURES, Unit::Count, "checkpoints that could not be written");
    describe_gauge!(
        CHECKPOINT,
        Unit::Seconds,
        "when the last checkpoint was written, in seconds since 1970: its age is the time less this"
    );
    // So that they are there before anything goes wrong.
    for name in [CONFLICTS, APPENDED, FAILURES, SEAL_FAILURES] {
        counter!(name).increment(0);
    }
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
pub(super) fn queue(records: usize) {
    gauge!(QUEUE).set(records as f64);
}

pub(super) fn commit(took: Duration) {
    histogram!(COMMIT).record(took.as_secs_f64());
}

pub(super) fn conflict() {
    counter!(CONFLICTS).increment(1);
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
pub(super) fn unsealed(records: u64) {
    gauge!(UNSEALED).set(records as f64);
}

pub(super) fn appended(records: usize) {
    counter!(APPENDED).increment(records as u64);
}

pub(super) fn failures(records: usize) {
    counter!(FAILURES).increment(records as u64);
}

pub(super) fn seal_failed() {
    counter!(SEAL_FAILURES).increment(1);
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
pub(super) fn checkpoint(now: DateTime<Utc>) {
    gauge!(CHECKPOINT).set(now.timestamp_millis() as f64 / 1000.0);
}
