//! Any bytes as a commit of a table.
#![no_main]

#[path = "../../crates/lake/tests/it/promises.rs"]
mod promises;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    promises::of_commit(bytes);
});
