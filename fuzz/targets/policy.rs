//! Any bytes as `strongroom.yaml` and as `strongroom.waivers.yaml`: a policy that reads back as it
//! was written or a place where it went wrong, waivers whose findings have places, never a panic.
#![no_main]

#[path = "../../crates/contract-core/tests/it/promises.rs"]
mod promises;

use contract_core::waivers::Waivers;
use contract_core::{Document, Policy, check};

const CONTRACT: &[u8] = include_bytes!("../seeds/check/valid.yaml");

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let (_, findings) = Waivers::parse(bytes);
    promises::of_findings(promises::readable(bytes), &findings);
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match Policy::parse(text) {
        Ok(policy) => {
            let written = policy.to_yaml();
            assert_eq!(Policy::parse(&written).as_ref(), Ok(&policy), "{written}");
            check(Document { path: None, bytes: CONTRACT }, &policy, |_| ());
        }
        Err(error) => {
            promises::of_words(&error.message);
            // For its reader a carriage return alone ends a line.
            let lines = text.split(['\n', '\r']).count() as u32;
            assert!(error.line.is_none_or(|line| (1..=lines + 1).contains(&line)), "{error:?}");
        }
    }
});
