//! What was sealed opens, and nothing else does.

use proptest::prelude::*;

use super::*;

const PLACE: &str = "csrd/acme/2026/0190a1b2/report.xhtml";
const PIECE_SEALED: usize = PIECE + 16;
const HEADER: usize = 25 + 32 + 19;

fn key() -> DataKey {
    DataKey::new([7; 32])
}

fn seal(body: &[u8], place: &str, nonce: u8) -> Vec<u8> {
    let mut out = Vec::new();
    let mut sealer = Sealer::new(&key(), place, [nonce; NONCE]);
    for part in body.chunks(50_000) {
        sealer.add(part, &mut out).unwrap();
    }
    sealer.finish(&mut out).unwrap();
    out
}

fn open(sealed: &[u8], key: &DataKey, place: &str) -> Result<Vec<u8>, Error> {
    let mut out = Vec::new();
    let mut opener = Opener::new(key, place);
    for part in sealed.chunks(33_333) {
        opener.add(part, &mut out)?;
    }
    opener.finish(&mut out)?;
    Ok(out)
}

fn body(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at % 251) as u8).collect()
}

#[test]
fn every_length_around_a_piece_survives() {
    for length in [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 1, 3 * PIECE - 1] {
        let sealed = seal(&body(length), PLACE, 1);
        assert_eq!(sealed.len() as u64, sealed_length(length as u64), "{length}");
        assert_eq!(open(&sealed, &key(), PLACE), Ok(body(length)), "{length}");
    }
}

#[test]
fn a_body_that_was_cut_off_does_not_end() {
    let sealed = seal(&body(3 * PIECE), PLACE, 1);
    let cuts = [
        0,
        10,
        HEADER - 1,
        HEADER,
        HEADER + 1,
        HEADER + 16,
        HEADER + PIECE_SEALED - 1,
        HEADER + PIECE_SEALED,
        HEADER + 2 * PIECE_SEALED,
        sealed.len() - 1,
    ];
    for cut in cuts {
        assert!(open(&sealed[..cut], &key(), PLACE).is_err(), "{cut}");
    }
    let longer = [&sealed[..], &[0]].concat();
    assert_eq!(open(&longer, &key(), PLACE), Err(Error::Altered { piece: 2 }));
}

#[test]
fn pieces_cannot_be_moved_repeated_or_taken_from_elsewhere() {
    let sealed = seal(&body(4 * PIECE), PLACE, 1);
    let piece = |of: &[u8], at: usize| {
        of[HEADER + at * PIECE_SEALED..HEADER + (at + 1) * PIECE_SEALED].to_vec()
    };
    let put = |order: &[Vec<u8>]| [&sealed[..HEADER], &order.concat()].concat();
    let own = |at| piece(&sealed, at);
    assert!(open(&put(&[own(0), own(1), own(2), own(3)]), &key(), PLACE).is_ok());
    let error = |order: &[Vec<u8>]| open(&put(order), &key(), PLACE).unwrap_err();
    assert_eq!(error(&[own(0), own(2), own(1), own(3)]), Error::Altered { piece: 1 });
    assert_eq!(error(&[own(0), own(0), own(2), own(3)]), Error::Altered { piece: 1 });
    assert_eq!(error(&[own(0), own(1), own(3)]), Error::Altered { piece: 2 });
    assert_eq!(error(&[own(0), own(1), own(2)]), Error::Altered { piece: 2 });
    // The same content, key and place under another nonce.
    let other = seal(&body(4 * PIECE), PLACE, 2);
    let error = error(&[own(0), piece(&other, 1), own(2), own(3)]);
    assert_eq!(error, Error::Altered { piece: 1 });
}

#[test]
fn a_body_opens_only_in_its_place_and_with_its_key() {
    let sealed = seal(b"confidential", PLACE, 1);
    let elsewhere = open(&sealed, &key(), "csrd/acme/2026/0190a1b2/other.xhtml");
    assert_eq!(elsewhere, Err(Error::Altered { piece: 0 }));
    assert_eq!(open(&sealed, &DataKey::new([8; 32]), PLACE), Err(Error::OtherKey));
    assert_eq!(open(&[b'x'; 200], &key(), PLACE), Err(Error::NotSealed));
}

#[test]
fn a_wrapped_key_opens_only_as_it_was_wrapped() {
    let application = ApplicationKey::new([9; 32]);
    let wrapped = application.wrap(&key(), "csrd/acme/2026/0190a1b2", [3; 24]);
    let json = serde_json::to_string(&wrapped).unwrap();
    assert_eq!(serde_json::from_str::<WrappedKey>(&json).unwrap(), wrapped);
    let opened = application.unwrap(&wrapped, "csrd/acme/2026/0190a1b2").unwrap();
    assert_eq!(open(&seal(b"x", PLACE, 1), &opened, PLACE), Ok(b"x".to_vec()));

    let fails = |wrapped: &WrappedKey, place: &str| application.unwrap(wrapped, place).unwrap_err();
    assert_eq!(fails(&wrapped, "csrd/other/2026/0190a1b2"), Error::WrappedKeyAltered);
    let mut other = wrapped.clone();
    other.nonce.replace_range(..2, "ff");
    assert_eq!(fails(&other, "csrd/acme/2026/0190a1b2"), Error::WrappedKeyAltered);
    for (nonce, body) in [("", "00"), ("zz", "00"), ("é", "00")] {
        let other = WrappedKey { nonce: nonce.into(), wrapped: body.into(), ..wrapped.clone() };
        assert_eq!(fails(&other, "x").code(), "sealed.wrapped_key_invalid", "{nonce}");
    }
    let error = ApplicationKey::new([1; 32]).unwrap(&wrapped, "x").unwrap_err();
    assert_eq!(error, Error::OtherApplicationKey { needed: application.name().to_string() });
}

#[test]
fn no_key_is_printed() {
    // Decimal 171, hexadecimal `ab`.
    let application = ApplicationKey::parse(&"ab".repeat(32)).unwrap();
    let data = DataKey::new([171; 32]);
    let sealer = Sealer::new(&data, PLACE, [1; NONCE]);
    let opener = Opener::new(&data, PLACE);
    let printed = format!("{application:?} {data:?} {sealer:?} {opener:?}");
    assert!(!printed.contains("171, 171") && !printed.contains("abab"), "{printed}");
    let error = ApplicationKey::parse("abababab").unwrap_err();
    assert!(!format!("{error} {error:?}").contains("abab"));
    let text = format!(" {}\n", "AB".repeat(32));
    assert_eq!(ApplicationKey::parse(&text).unwrap().name(), application.name());
}

/// Made with libsodium through PyNaCl, see the note in the file.
#[test]
fn another_implementation_seals_the_same() {
    let file = include_str!("../../../../tests/vectors/reports/sealed-body.json");
    let vectors: serde_json::Value = serde_json::from_str(file).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let hex = |value: &serde_json::Value| {
        let text = text(value);
        let pair = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
        (0..text.len()).step_by(2).map(pair).collect::<Vec<u8>>()
    };
    let cases = vectors["bodies"].as_array().unwrap();
    assert_eq!(cases.len(), 4);
    for case in cases {
        let key = DataKey::new(hex(&case["key"]).try_into().unwrap());
        let (place, nonce) = (text(&case["place"]), hex(&case["nonce"]).try_into().unwrap());
        let body = body(usize::try_from(case["length"].as_u64().unwrap()).unwrap());
        let mut sealed = Vec::new();
        let mut sealer = Sealer::new(&key, &place, nonce);
        sealer.add(&body, &mut sealed).unwrap();
        sealer.finish(&mut sealed).unwrap();
        let digest = crate::Digest::of(&sealed).to_string();
        assert_eq!(digest, text(&case["sealed_sha256"]), "{case}");
        assert_eq!(open(&sealed, &key, &place), Ok(body));
    }
    let case = &vectors["wrapped"];
    let application = ApplicationKey::new(hex(&case["application_key"]).try_into().unwrap());
    let data = DataKey::new(hex(&case["key"]).try_into().unwrap());
    let nonce = hex(&case["nonce"]).try_into().unwrap();
    let wrapped = application.wrap(&data, &text(&case["place"]), nonce);
    assert_eq!(serde_json::to_value(&wrapped).unwrap(), case["result"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn one_flipped_bit_anywhere_is_noticed(at in any::<prop::sample::Index>(), bit in 0..8u8) {
        let mut sealed = seal(&body(PIECE + 100), PLACE, 1);
        let at = at.index(sealed.len());
        sealed[at] ^= 1 << bit;
        prop_assert!(open(&sealed, &key(), PLACE).is_err());
    }

    #[test]
    fn nothing_that_is_opened_panics(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(open(&bytes, &key(), PLACE).is_err());
    }
}
