//! Any bytes as an array of JSON: every row ends in one place.
#![no_main]

#[path = "../../crates/lake/tests/it/promises.rs"]
mod promises;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    promises::of_rows(&lake::read::Format::JsonArray, bytes);
});
