//! Objects beside those of a log. They change nothing about it, and somebody may want to know.

use audit_chain::verify::{Finding, Kind};

use super::fetch::Fetcher;
use super::said;
use crate::ledger::document;
use crate::ledger::objects::patiently;
use crate::ledger::resume::HINT;

/// What begins like this belongs to a log. What is below is looked at elsewhere.
const PLACES: &[&str] = &["ckpt/", "cosig/", "seg/", "tile/"];

/// The other objects of a log.
const OBJECTS: &[&str] = &[document::KEY, HINT];

/// How many are named.
const MOST: usize = 100;

/// How many keys are asked for at a time: most of a log is passed over.
const PAGE: usize = 100;

/// Notes what lies at the top of the log and is no part of it.
pub(super) async fn find(fetcher: &Fetcher) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = async || fetcher.store.list("", after.as_deref(), PAGE).await;
        let page = match patiently(page).await {
            Ok(page) => page,
            Err(error) => {
                let message = format!("not everything could be listed: {}", said(&error));
                findings.push(Finding::new(Kind::CouldNotCheck, message));
                return findings;
            }
        };
        let mut passed = None;
        for entry in page.entries {
            let key = entry.key.as_str();
            if let Some(place) = PLACES.iter().find(|place| key.starts_with(**place)) {
                // No digit and no letter comes after a tilde.
                passed = Some(format!("{place}~").max(key.to_owned()));
                break;
            }
            if OBJECTS.contains(&key) {
                continue;
            }
            if findings.len() == MOST {
                return findings;
            }
            let message = "it is no part of a log";
            findings.push(Finding::new(Kind::UnknownObject, message).of(key));
        }
        match passed.or(page.next) {
            Some(next) => after = Some(next),
            None => return findings,
        }
    }
}
