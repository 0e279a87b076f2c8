//! What is promised holds for whatever comes.

use lake::read::Format;
use proptest::prelude::*;

use super::promises;

/// Pieces that rows are made of, and that break them.
fn pieces(of: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        8 => prop::sample::select(of).prop_map(|it| it.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..4),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|it| it.concat())
}

const JSON: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\n",
    "\r",
    "\\",
    "null",
    "1",
    "-0.5",
    "1e400",
    "true",
    "\"id\"",
    "{\"id\":\"a\"}\n",
    "{\"id\":\"a\",\"n\":",
    "\"n/a\"}",
    "\"x\":12345678901234567890",
    "\"id\":\"b\",",
    "\"day\":\"2025-02-30\"",
    "\"at\":\"2025-01-01T00:00:00\"}",
    "\u{feff}",
    "\\u00e9",
    "101}\n",
];
const CSV: &[&str] = &[
    "id", "n", "x", ",", ",", "\n", "\r\n", "\r", "\"", "\"\"", "a", "1", "101", "id,n\n",
    "a,101\n", "b,1\n", "é",
];
const XML: &[&str] = &[
    "<r",
    "<r>",
    "</r>",
    "<all>",
    "</all>",
    "/>",
    ">",
    "id='a'",
    " n=\"101\"",
    "<id>a</id>",
    "<n>101</n>",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "<?xml?>",
    "&amp;",
    "&",
    "text",
    "<r id='b' n='102'/>",
    "\n",
];

proptest! {
    #[test]
    fn of_lines(bytes in pieces(JSON)) {
        promises::of_rows(&Format::JsonLines, &bytes);
    }

    #[test]
    fn of_arrays(bytes in pieces(JSON)) {
        promises::of_rows(&Format::JsonArray, &bytes);
        promises::of_rows(&Format::JsonArray, &[b"[", &*bytes].concat());
    }

    #[test]
    fn of_records(bytes in pieces(CSV)) {
        promises::of_rows(&Format::Csv { delimiter: b',' }, &bytes);
        promises::of_rows(&Format::Csv { delimiter: b',' }, &[b"id,n,x\n", &*bytes].concat());
    }

    #[test]
    fn of_elements(bytes in pieces(XML)) {
        promises::of_rows(&Format::Xml { row: None }, &bytes);
        promises::of_rows(&Format::Xml { row: Some("r".to_owned()) }, &bytes);
    }

    #[test]
    fn of_names(text in "[a-z/_.A-Z-]{0,20}|(bronze|silver|gold)/[a-z_0-9/.-]{0,12}|csv.{0,8}") {
        promises::of_name(&text);
    }
}

#[test]
fn of_documents_and_commits() {
    for at in 0..lake::schema::ACTIVITY.len() {
        if lake::schema::ACTIVITY.is_char_boundary(at) {
            promises::of_document(&lake::schema::ACTIVITY[..at]);
        }
    }
    let commit = br#"{"act":"ingest","actor":"a","at":"2026-03-01T12:00:00Z","code":"0","inputs":[{"counts":{"accepted":0,"conflicting":0,"exact":0,"quarantined":1,"rows":1},"path":"a","sha256":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","size_bytes":0}],"number":0,"run":"r","table":"bronze/emissions","v":1}"#;
    for at in 0..=commit.len() {
        promises::of_commit(&commit[..at]);
    }
}
