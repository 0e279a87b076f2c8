//! Whatever bytes stand where a batch should be, reading it ends with an answer.

use std::sync::Arc;

use chrono::DateTime;
use proptest::prelude::*;

use super::body::{frame_length, unpack};
use super::{Body, Opened, Stamp, pack};
use crate::factors::{
    Catalogue, Change, Draft, Factor, FactorId, GasBasis, Interval, Licence, ResultUnit, Source,
    Terms, Version,
};

/// A batch of every kind of event, as it is stored.
fn body() -> Vec<u8> {
    let catalogue = Catalogue::default();
    let mut draft = Draft::new(&catalogue);
    let source = Source { publisher: "p".to_owned(), dataset: "d".to_owned(), ..Source::default() };
    let licence = Licence { name: "OGL".to_owned(), redistribute: true, attribution: None };
    let (source, licence) = (Arc::new(source), Arc::new(licence));
    let mut id: Option<FactorId> = None;
    for (nth, name) in ["grid/gb", "gas/gb", "grid/gb"].into_iter().enumerate() {
        let name: FactorId = name.parse().unwrap();
        let valid = Interval::of_year(2020 + nth as i32).unwrap();
        let (source, licence) = (source.clone(), licence.clone());
        let version =
            Version::new(name.clone(), GasBasis::Co2e, ResultUnit::Kg, source, licence, valid);
        let version = version.with("co2e", format!("0.{nth}5").parse().unwrap()).into();
        let factor = Factor::new(name.clone(), "electricity", Some("GB"), "kWh").into();
        draft.change(&Change::Put { factor, version }, &Terms::default()).unwrap();
        id = Some(name);
    }
    let factor_id = id.unwrap();
    let alias = Change::Alias { factor_id: factor_id.clone(), alias: "uk".parse().unwrap() };
    let lifted = |valid| Change::Withdraw { factor_id: factor_id.clone(), valid };
    let back = Change::Reinstate { factor_id: factor_id.clone(), valid: None };
    let tag = Change::Tag { name: "first".to_owned(), position: None };
    for change in [alias, lifted(None), back, lifted(Interval::of_year(2022).ok()), tag] {
        draft.change(&change, &Terms::default()).unwrap();
    }
    let unpacked = draft.finish().unwrap();
    let frames: Vec<_> = unpacked.blocks.iter().map(|it| pack(it)).collect();
    let (actor, now) = ("a".to_owned(), DateTime::from_timestamp(1_700_000_000, 0).unwrap());
    let stamp = Stamp { act: "put", actor, reason: None, nonce: [7; 16], now };
    unpacked.body(&stamp, &frames).unwrap()
}

/// Reads, and asks for everything; says whether it was taken.
fn take(body: Vec<u8>) -> bool {
    let Ok(opened) = Opened::read(0, Body::new(body)) else { return false };
    let mut catalogue = Catalogue::default();
    if catalogue.append(opened).is_err() {
        return false;
    }
    let _ = catalogue.check_versions(0, u32::MAX);
    let names: Vec<_> = catalogue.all_factors().map(|it| it.factor_id.clone()).collect();
    for name in &names {
        catalogue.history(name.as_str()).unwrap();
        let _ = catalogue.segments(name.as_str(), &crate::factors::KnownAt::Now);
    }
    true
}

#[test]
fn what_was_written_is_taken() {
    assert!(take(body()));
}

#[test]
fn a_batch_that_is_cut_off_anywhere_is_refused() {
    let body = body();
    for length in 0..body.len() {
        assert!(!take(body[..length].to_vec()), "{length} of {} bytes", body.len());
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        take(bytes.clone());
        take(pack(&bytes));
    }

    /// The frames have checksums, so what was altered is packed anew: only then its lines are read.
    #[test]
    fn any_altered_lines_are_read_or_refused(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..6),
    ) {
        let body = body();
        let end = frame_length(&body).unwrap();
        let mut lines = unpack(&body[..end]).unwrap();
        for (at, byte, how) in edits {
            if lines.is_empty() {
                break;
            }
            let at = at.index(lines.len());
            match how {
                0 => lines[at] = byte,
                1 => _ = lines.remove(at),
                2 => lines.insert(at, byte),
                // Numbers and punctuation reach further than any byte does.
                _ => lines[at] = b"0123456789{}[]\",:-\n"[usize::from(byte) % 19],
            }
        }
        let mut altered = pack(&lines);
        altered.extend_from_slice(&body[end..]);
        take(altered);
    }

    #[test]
    fn a_body_with_one_other_byte_never_passes_for_whole(
        at: prop::sample::Index, other in 1..=255_u8,
    ) {
        let whole = body();
        let mut altered = whole.clone();
        let at = at.index(altered.len());
        altered[at] ^= other;
        let digest = |body: Vec<u8>| Opened::read(0, Body::new(body)).ok().map(|it| it.digest);
        prop_assert_ne!(digest(altered.clone()), digest(whole));
        take(altered);
    }
}
