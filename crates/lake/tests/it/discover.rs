//! A proposal says what was seen, and is a document.

use std::io::{self, Read, Write as _};

use lake::discover::discover;
use lake::ingest::Input;
use lake::read::Source;
use lake::schema::{Document, Type};

struct Text(&'static str, Vec<u8>);

impl Source for Text {
    fn name(&self) -> &str {
        self.0
    }

    fn size(&self) -> Option<u64> {
        None
    }

    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(io::Cursor::new(self.1.clone())))
    }
}

fn text(name: &'static str, bytes: impl AsRef<[u8]>) -> Input {
    Box::new(Text(name, bytes.as_ref().to_vec()))
}

const LINES: &str = r#"{"id": "a-1", "n": 1, "x": 1, "at": "2025-01-01T00:00:00Z", "q": "12", "tags": [1], "who": null}
{"id": "a-2", "n": 2, "x": 1.5, "at": "2025-01-02T00:00:00+01:00", "q": "13.5", "tags": [], "who": ""}

{"id": "a-3", "n": 2, "x": 2, "at": "2025-01-03T00:00:00Z", "q": "14", "tags": {}, "odd name": true}
{"id": "a-4"
"#;

#[test]
fn what_was_seen_is_proposed_with_its_evidence() {
    let inputs: Vec<Input> = vec![text("a.ndjson", LINES)];
    let proposal = discover("readings", &inputs).unwrap();
    assert_eq!((proposal.rows, proposal.unreadable), (3, 1));
    let document = Document::parse(&proposal.document)
        .unwrap_or_else(|it| panic!("{it:?}\n{}", proposal.document));
    let columns: Vec<_> =
        document.columns().iter().map(|it| (&*it.name, it.kind, it.required)).collect();
    assert_eq!(
        columns[..5],
        [
            ("id", Type::String, true),
            ("n", Type::Integer, true),
            ("x", Type::Double, true),
            ("at", Type::Timestamp, true),
            // A number in quotes is a text until somebody says otherwise.
            ("q", Type::String, true),
        ]
    );
    let text = &proposal.document;
    assert!(text.contains("# Proposed from 3 rows; 1 more could not be read"), "{text}");
    assert!(
        text.contains("in 3 of 3 rows: 2 integer, 1 number; such as `1`, `1.5`, `2`"),
        "{text}"
    );
    assert!(text.contains("every text is a number: `accept_text: true`"), "{text}");
    assert!(text.contains("`odd name` is left out"), "{text}");
    assert!(text.contains("`tags` is left out: it goes into `_extra`"), "{text}");
    assert!(text.contains("in 2 of 3 rows: 1 null, 1 empty"), "{text}");
    assert!(text.contains("these tell the rows apart that were seen: id, at, q"), "{text}");
}

#[test]
fn in_csv_a_number_is_a_number() {
    let csv = "id,amount,day\na,1,2025-01-01\nb,2.5,2025-01-02\n";
    let inputs: Vec<Input> = vec![text("a.csv", csv)];
    let proposal = discover("bills", &inputs).unwrap();
    let document = Document::parse(&proposal.document).unwrap();
    let kinds: Vec<_> = document.columns().iter().map(|it| it.kind).collect();
    assert_eq!(kinds, [Type::String, Type::Double, Type::Date]);
    let inputs: Vec<Input> = vec![text("a.bin", csv)];
    assert_eq!(discover("bills", &inputs).unwrap_err().code(), "bronze.format");
}

#[test]
fn every_format_is_looked_into_packed_or_not() {
    let csv = "id,amount,plz,ok,note\n1,1,01067,true,\"a \"\"b\"\"\"\n2,2.5,80331,false,\n";
    let xml = "<all><r id='1'><amount>1</amount><plz>01067</plz><ok>true</ok><note>a &quot;b&quot;</note></r>\
               <r id='2'><amount>2.5</amount><plz>80331</plz><ok>false</ok><note/></r></all>";
    let json = r#"[{"id":1,"amount":1,"plz":"01067","ok":true,"note":"a \"b\""},
        {"id":2,"amount":2.5,"plz":"80331","ok":false,"note":""}]"#;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(xml.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    let zstandard = zstd::encode_all(csv.as_bytes(), 1).unwrap();
    let inputs = [
        text("a.csv", csv),
        text("a.xml", xml),
        text("a.json", json),
        text("a.xml.gz", gzip),
        text("a.csv.zst", zstandard),
    ];
    for input in inputs {
        let name = input.name().to_owned();
        let proposal = discover("bills", &[input]).unwrap();
        assert_eq!((proposal.rows, proposal.unreadable), (2, 0), "{name}");
        let document = Document::parse(&proposal.document).unwrap();
        let mut columns: Vec<_> =
            document.columns().iter().map(|it| (&*it.name, it.kind, it.required)).collect();
        columns.sort_by_key(|it| it.0.to_owned());
        assert_eq!(
            columns,
            [
                ("amount", Type::Double, true),
                ("id", Type::Integer, true),
                ("note", Type::String, false),
                ("ok", Type::Boolean, true),
                // Its zeroes would be lost.
                ("plz", Type::String, true),
            ],
            "{name}"
        );
        let note = proposal.columns.iter().find(|it| it.name == "note").unwrap();
        assert_eq!((&*note.examples, note.empty), (&["a \"b\"".to_owned()][..], 1), "{name}");
    }
}

#[test]
fn of_a_large_input_the_beginning_is_looked_at() {
    // The sample ends within a row, and what comes later is not seen.
    let row = |at: usize| format!("{{\"id\":{at},\"fill\":\"{}\"}}", "x".repeat(1000));
    let lines: Vec<_> = (0..20_000).map(row).collect();
    let later = r#"{"later":1}"#;
    for input in [
        text("a.ndjson", format!("{}\n{later}\n", lines.join("\n"))),
        text("a.json", format!("[{},{later}]", lines.join(","))),
    ] {
        let proposal = discover("rows", &[input]).unwrap();
        assert_eq!(proposal.unreadable, 0);
        assert!((16_000..17_000).contains(&proposal.rows), "{}", proposal.rows);
        assert_eq!(proposal.columns.len(), 2);
    }
}

#[test]
fn a_proposal_is_a_document_whatever_columns_are_called() {
    let names =
        ["null", "true", "on", "y", "it's", "a: b", "Upper", "#", "ü", "line\nfeed", "_file", ""];
    let members: Vec<_> = names.iter().map(|it| format!("{}:1", serde_json::json!(it))).collect();
    let line = format!("{{{}}}", members.join(","));
    let proposal = discover("null", &[text("a.ndjson", &line)]).unwrap();
    let document = Document::parse(&proposal.document)
        .unwrap_or_else(|it| panic!("{it:?}\n{}", proposal.document));
    let columns: Vec<_> = document.columns().iter().map(|it| &*it.name).collect();
    assert_eq!((document.entity(), &*columns), ("null", &["null", "true", "on", "y"][..]));
    assert_eq!(proposal.columns.len(), names.len());
    // Nothing at all, and nothing but what cannot be read.
    for (name, bytes) in [("a.csv", ""), ("a.json", "[]"), ("a.xml", "<a></a>"), ("a.ndjson", "\n")]
    {
        let proposal = discover("rows", &[text(name, bytes)]).unwrap();
        assert_eq!((proposal.rows, proposal.unreadable), (0, 0), "{name}");
    }
    let inputs =
        [text("a.json", "[1,"), text("a.xml", "<a"), text("a.ndjson", b"\xff\n{\"a\":1,\"a\":2}")];
    let proposal = discover("rows", &inputs).unwrap();
    assert_eq!(proposal.rows, 0);
    assert!(proposal.unreadable >= 4, "{}", proposal.unreadable);
    let broken = discover("rows", &[text("a.ndjson.gz", b"\x1f\x8bnonsense")]).unwrap_err();
    assert_eq!(broken.code(), "ingest.input");
}
