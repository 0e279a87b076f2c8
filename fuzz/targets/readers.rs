//! Any text: where the quick reader does not decline, it sees what the full reader sees.
#![no_main]

#[path = "../../crates/contract-core/tests/it/promises.rs"]
mod promises;

libfuzzer_sys::fuzz_target!(|text: &str| {
    promises::of_the_quick_reader(text);
});
