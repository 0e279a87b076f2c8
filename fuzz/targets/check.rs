//! Any bytes: findings with places that exist, fixes that can be applied, and never a panic.
#![no_main]

#[path = "../../crates/contract-core/tests/it/promises.rs"]
mod promises;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    promises::of_check(bytes);
});
