//! A proposal says what was seen, and is a document.

use std::io::{self, Read};

use lake::discover::discover;
use lake::ingest::Input;
use lake::read::Source;
use lake::schema::{Document, Type};

struct Text(&'static str, &'static str);

impl Source for Text {
    fn name(&self) -> &str {
        self.0
    }

    fn size(&self) -> Option<u64> {
        None
    }

    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(io::Cursor::new(self.1.as_bytes())))
    }
}

const LINES: &str = r#"{"id": "a-1", "n": 1, "x": 1, "at": "2025-01-01T00:00:00Z", "q": "12", "tags": [1], "who": null}
{"id": "a-2", "n": 2, "x": 1.5, "at": "2025-01-02T00:00:00+01:00", "q": "13.5", "tags": [], "who": ""}

{"id": "a-3", "n": 2, "x": 2, "at": "2025-01-03T00:00:00Z", "q": "14", "tags": {}, "odd name": true}
{"id": "a-4"
"#;

#[test]
fn what_was_seen_is_proposed_with_its_evidence() {
    let inputs: Vec<Input> = vec![Box::new(Text("a.ndjson", LINES))];
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
    let inputs: Vec<Input> = vec![Box::new(Text("a.csv", csv))];
    let proposal = discover("bills", &inputs).unwrap();
    let document = Document::parse(&proposal.document).unwrap();
    let kinds: Vec<_> = document.columns().iter().map(|it| it.kind).collect();
    assert_eq!(kinds, [Type::String, Type::Double, Type::Date]);
    let inputs: Vec<Input> = vec![Box::new(Text("a.bin", csv))];
    assert_eq!(discover("bills", &inputs).unwrap_err().code(), "ingest.input");
}
