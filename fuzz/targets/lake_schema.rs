//! Any text as a schema document, and as the name of a table.
#![no_main]

#[path = "../../crates/lake/tests/it/promises.rs"]
mod promises;

libfuzzer_sys::fuzz_target!(|text: &str| {
    promises::of_document(text);
    promises::of_name(text);
});
