//! Canonical JSON against what CPython prints (`tests/vectors/audit/canonical`).

use audit_chain::canonical::{
    Rules, Scanner, canonical_json, to_canonical, uncanonical, write_float,
};
use audit_chain::json::{Fault, Int, MAX_DEPTH, MAX_INT_DIGITS, MAX_RECORD_DEPTH, Text, Value};
use audit_chain::record::record_hash;
use audit_chain::{Error, Hash};
use proptest::prelude::*;

fn vectors(file: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/audit/canonical/");
    std::fs::read_to_string(format!("{folder}{file}")).expect("a vector file of this repository")
}

fn lines(file: &str) -> Vec<serde_json::Value> {
    let text = vectors(file);
    text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("canonical bytes are ASCII")
}

/// Everything that must hold of a document and its canonical spelling.
fn expect(document: &str, canonical: &str) {
    let value = Value::parse(document.as_bytes()).expect(document);
    assert_eq!(text(&to_canonical(&value)), canonical, "{document}");
    assert_eq!(text(&canonical_json(document.as_bytes()).expect(document)), canonical);
    let reread = Value::parse(canonical.as_bytes()).expect("what is canonical is JSON");
    assert_eq!(text(&to_canonical(&reread)), canonical, "canonical twice is canonical");

    let mut scanner = Scanner::new();
    let why = uncanonical(canonical.as_bytes(), Rules::Strict);
    assert_eq!(scanner.passes(canonical.as_bytes()), why.is_none(), "{canonical}: {why:?}");
    let finite = Value::parse_strict(canonical.as_bytes()).is_ok();
    assert_eq!(why.is_none(), finite, "{canonical}: only what is not finite is refused");
    if document != canonical {
        assert!(!scanner.passes(document.as_bytes()), "{document}");
        assert!(uncanonical(document.as_bytes(), Rules::Strict).is_some(), "{document}");
    }
}

#[test]
fn documents_are_spelled_as_python_spells_them() {
    let documents = lines("documents.jsonl");
    assert_eq!(documents.len(), 1000);
    for document in &documents {
        let part = |name: &str| document[name].as_str().expect("a text");
        expect(part("text"), part("canonical"));
    }
}

#[test]
fn records_have_the_hash_that_python_gives_them() {
    let records = lines("records.jsonl");
    assert_eq!(records.len(), 234);
    for record in &records {
        let part = |name: &str| record[name].as_str().expect("a text");
        expect(part("record"), part("canonical"));
        let value = Value::parse(part("record").as_bytes()).expect("a record is JSON");
        let hash: Hash = part("record_hash").parse().expect("a hash");
        assert_eq!(record_hash(&value), Ok(hash), "{}", part("id"));
    }
}

#[test]
fn odd_texts_are_read_or_refused_as_python_does() {
    let texts = lines("texts.jsonl");
    assert_eq!(texts.len(), 59);
    let mut refused = 0;
    for vector in &texts {
        let document = vector["text"].as_str().expect("a text");
        if let Some(canonical) = vector["canonical"].as_str() {
            assert_eq!(text(&canonical_json(document.as_bytes()).expect(document)), canonical);
            continue;
        }
        refused += 1;
        let error = canonical_json(document.as_bytes()).expect_err(document);
        let message = vector["message"].as_str().expect("an error has a message");
        match error {
            Error::IntegerTooLong { .. } => assert!(message.starts_with("Exceeds the limit")),
            Error::JsonInvalid { at, .. } => {
                let line = format!("line {} ", at.line);
                assert!(message.contains(&line), "{document}: {error:?}, not {message}");
                // For a wrong escape, Python counts on to the letter after the backslash.
                if !message.contains("XXXX") {
                    let column = format!("column {} ", at.column);
                    assert!(message.contains(&column), "{document}: {error:?}, not {message}");
                }
            }
            other => panic!("{document}: {other:?}"),
        }
    }
    assert_eq!(refused, 23);
}

#[test]
fn floats_are_written_as_repr_writes_them() {
    // As close to ….2 as to ….3: Python takes the even digit.
    expect("[856772683296542.3, 1855691341000750.25]", "[856772683296542.2, 1855691341000750.2]");
    let floats = vectors("floats.tsv");
    assert_eq!(floats.lines().count(), 2000);
    for line in floats.lines() {
        let (bits, repr) = line.split_once('\t').expect("two columns");
        let float = f64::from_bits(u64::from_str_radix(bits, 16).expect("hexadecimal"));
        let mut written = Vec::new();
        write_float(&mut written, float);
        assert_eq!(text(&written), repr, "{bits}");
        assert_eq!(Scanner::new().passes(repr.as_bytes()), float.is_finite(), "{repr}");
        if !repr.contains('e') {
            assert!(!Scanner::new().passes(format!("{repr}0").as_bytes()), "{repr}0");
        }
    }
}

#[test]
fn the_python_reader_takes_every_encoding_of_unicode() {
    let document = "{\"ä\": \"😀\"}";
    let canonical = br#"{"\u00e4": "\ud83d\ude00"}"#;
    let utf16: Vec<u16> = document.encode_utf16().collect();
    let utf32: Vec<u32> = document.chars().map(u32::from).collect();
    let mut spellings = vec![document.as_bytes().to_vec()];
    spellings.push(utf16.iter().flat_map(|unit| unit.to_be_bytes()).collect());
    spellings.push(utf16.iter().flat_map(|unit| unit.to_le_bytes()).collect());
    spellings.push(utf32.iter().flat_map(|unit| unit.to_be_bytes()).collect());
    spellings.push(utf32.iter().flat_map(|unit| unit.to_le_bytes()).collect());
    let marks: [&[u8]; 5] =
        [b"\xEF\xBB\xBF", b"\xFE\xFF", b"\xFF\xFE", b"\0\0\xFE\xFF", b"\xFF\xFE\0\0"];
    for (spelling, mark) in spellings.iter().zip(marks) {
        for bytes in [spelling.clone(), [mark, spelling].concat()] {
            let value = Value::parse(&bytes).expect("Python reads it");
            assert_eq!(to_canonical(&value), canonical, "{bytes:?}");
        }
        let text = Value::parse_strict(&[mark, spelling].concat());
        assert!(matches!(text, Err(Error::JsonInvalid { .. })), "a new record has no mark");
    }
    // Surrogates in UTF-8 pass, as with `errors="surrogatepass"`; other wrong bytes do not.
    let lone = Value::parse(b"\"\xED\xA0\x80\"").expect("Python reads it");
    assert_eq!(to_canonical(&lone), br#""\ud800""#);
    let error = Value::parse(b"[\n \"\xED\xA0\x80\xFF\"]").expect_err("not UTF-8");
    assert_eq!(error.to_string(), "not UTF-8: line 2, column 4 (byte 7)");
}

#[test]
fn what_a_new_record_must_not_hold_is_named_by_its_path() {
    let message = |document: &str| match Value::parse_strict(document.as_bytes()) {
        Ok(value) => panic!("{document} was read as {value:?}"),
        Err(error) => error.to_string(),
    };
    assert_eq!(message(r#"{"a": [1, {"b": NaN}]}"#), "`a[1].b` is not a finite number");
    assert_eq!(message("-1e999"), "`.` is not a finite number");
    assert_eq!(
        message(r#"{"a": {"b": 1, "c": 2, "b": 3}}"#),
        "`a.b` is given twice: line 1, column 24 (byte 23)"
    );
    let many: Vec<String> = (0..40).map(|n| format!("\"{n}\": {n}")).collect();
    let twice = format!("{{{}, \"30\": 1}}", many.join(", "));
    assert!(message(&twice).starts_with("`30` is given twice"), "with a table of names, too");
    let last = Value::parse(twice.as_bytes()).expect("Python reads it");
    assert_eq!(last.get("30").and_then(Value::as_u64), Some(1), "the last one counts");
}

#[test]
fn depth_and_digits_are_bounded_and_the_bound_is_told() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    expect(&nested(MAX_RECORD_DEPTH), &nested(MAX_RECORD_DEPTH));
    let deep = nested(MAX_DEPTH);
    assert_eq!(canonical_json(deep.as_bytes()), Ok(deep.clone().into_bytes()));
    assert!(!Scanner::new().passes(deep.as_bytes()));
    let error = Value::parse_strict(deep.as_bytes()).expect_err("too deep for a record");
    assert_eq!(
        error.to_string(),
        "lists and objects are nested more than 900 deep: line 1, column 901 (byte 900)"
    );
    let error = Value::parse(nested(MAX_DEPTH + 1).as_bytes()).expect_err("too deep");
    assert!(matches!(error, Error::TooDeep { limit: MAX_DEPTH, .. }));
    assert!(Value::parse("[".repeat(200_000).as_bytes()).is_err());

    let longest = format!("-{}", "9".repeat(MAX_INT_DIGITS));
    expect(&longest, &longest);
    let error = Value::parse(format!("[{longest}9]").as_bytes()).expect_err("too long");
    assert_eq!(
        error,
        Error::IntegerTooLong {
            digits: 4301,
            limit: 4300,
            at: audit_chain::json::Position { offset: 1, line: 1, column: 2 }
        }
    );
    assert!(!Scanner::new().passes(format!("{longest}9").as_bytes()));
    assert_eq!("12a".parse::<Int>(), Err(Error::IntegerInvalid { limit: 4300 }));
}

#[test]
fn a_value_built_by_hand_is_written_however_deep_and_with_each_name_once() {
    let member = |name: &str, value| (Text::from(name), value);
    let object = Value::Object(vec![
        member("b", Value::from(1)),
        member("a", Value::from(2)),
        member("b", Value::from(3)),
    ]);
    assert_eq!(to_canonical(&object), br#"{"a": 2, "b": 3}"#);
    let mut deep = Value::Array(Vec::new());
    for _ in 0..5000 {
        deep = Value::Array(vec![deep]);
    }
    assert_eq!(to_canonical(&deep).len(), 10_002);
}

#[test]
fn a_fault_stands_where_it_is() {
    for (document, fault, offset) in [
        ("[1 2]", Fault::CommaOrBracketExpected, 3),
        ("{\"a\" 1}", Fault::ColonExpected, 5),
        ("{\"a\": 1 \"b\"", Fault::CommaOrBraceExpected, 8),
        ("[\"abc", Fault::StringUnterminated, 1),
        ("[\"a\u{1}\"]", Fault::ControlCharacter, 3),
        ("{1: 2}", Fault::NameExpected, 1),
        ("", Fault::ValueExpected, 0),
        ("-", Fault::ValueExpected, 0),
        ("[\"\\ud83\"]", Fault::EscapeInvalid, 2),
    ] {
        match Value::parse(document.as_bytes()) {
            Err(Error::JsonInvalid { fault: found, at }) => {
                assert_eq!((found, at.offset), (fault, offset), "{document}");
            }
            other => panic!("{document}: {other:?}"),
        }
    }
}

/// Text with everything that is treated differently: quotes, controls, planes, lone surrogates.
fn texts() -> impl Strategy<Value = Text> {
    let code_point = prop_oneof![
        4 => 0x20_u32..0x7F,
        1 => prop::sample::select(vec![0x22, 0x5C, 0x2F, 0x7F, 0, 8, 9, 10, 12, 13]),
        1 => 0x80_u32..0xD800,
        1 => 0xD800_u32..0xE000,
        1 => 0xE000_u32..0x11_0000,
    ];
    prop::collection::vec(code_point, 0..6)
        .prop_map(|points| Text::from_code_points(points).expect("within Unicode"))
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(|int| Value::Int(int.into())),
        "-?[1-9][0-9]{0,40}".prop_map(|int| Value::Int(int.parse().expect("an integer"))),
        any::<f64>().prop_map(Value::Float),
        (-10_000_i32..10_000).prop_map(|int| Value::Float(f64::from(int) / 100.0)),
        texts().prop_map(Value::String),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
            prop::collection::vec((texts(), inner), 0..6).prop_map(Value::Object),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_canonical_stays_so_and_passes_the_scanner(value in values()) {
        // Two halves of a pair that were put together by hand are one character once they are read.
        let read = |bytes: &[u8]| Value::parse(bytes).expect("what is canonical is JSON");
        let canonical = to_canonical(&read(&to_canonical(&value)));
        prop_assert_eq!(to_canonical(&read(&canonical)), canonical.clone());
        let slow = uncanonical(&canonical, Rules::Strict);
        prop_assert_eq!(Scanner::new().passes(&canonical), slow.is_none(), "{:?}", slow);
        prop_assert_eq!(uncanonical(&canonical, Rules::Legacy), None);
    }

    /// Whatever one byte is changed to, the scanner and the reader agree.
    #[test]
    fn the_scanner_passes_what_the_reader_writes_and_nothing_else(
        value in values(), at in any::<prop::sample::Index>(), byte in 0x20_u8..0x80, kind in 0..3,
    ) {
        let mut bytes = to_canonical(&value);
        let at = at.index(bytes.len());
        match kind {
            0 => bytes[at] = byte,
            1 => bytes.insert(at, byte),
            _ => { bytes.remove(at); }
        }
        let slow = uncanonical(&bytes, Rules::Strict);
        prop_assert_eq!(
            Scanner::new().passes(&bytes), slow.is_none(),
            "{} {:?}", String::from_utf8_lossy(&bytes), slow
        );
    }
}
