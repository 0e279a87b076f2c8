//! What holds for all bytes, however hostile. The tests and the fuzz targets ask the same.
#![allow(dead_code, reason = "each fuzz target asks for one promise")]

use lake::bronze::{At, MaskKeys, PartitionKey, Reject, SplitRows, finish, parse_split};
use lake::commits::{Commit, State, TableName};
use lake::read::{Form, Format};
use lake::schema::Document;
use storage_core::Digest;

const DOCUMENT: &str = "
schema: lake/1
entity: readings
version: 1
columns:
  - {id: 1, name: id, type: string, required: true, max_length: 8}
  - {id: 2, name: n, type: integer, null_values: ['', n/a], accept_text: true, maximum: 100}
  - {id: 3, name: x, type: double, accept_text: true}
  - {id: 4, name: d, type: 'decimal(6,2)'}
  - {id: 5, name: b, type: boolean, default: 'false'}
  - {id: 6, name: day, type: date}
  - {id: 7, name: at, type: timestamp, offset: '+01:00'}
key: [id]
";

fn one_line(text: &str) {
    assert!(!text.is_empty() && !text.contains('\n'), "{text:?}");
}

fn parsed(format: &Format, document: &Document, bytes: &[u8]) -> Option<SplitRows> {
    let at = At { file: "a".to_owned(), first_line: 1, offset: 0 };
    match parse_split(document, &MaskKeys::default(), format, &at, bytes) {
        Ok(split) => Some(split),
        Err(error) => {
            one_line(&error.to_string());
            None
        }
    }
}

/// Every row ends in one place, and what is refused can be found and read again.
pub(crate) fn of_rows(format: &Format, bytes: &[u8]) {
    for document in
        [DOCUMENT.to_owned(), DOCUMENT.replace("key: [id]", "key: [id]\nwinner: reject")]
    {
        let document = Document::parse(&document).expect("it is in order");
        let Some(split) = parsed(format, &document, bytes) else { return };
        let (rows, refused) = (split.rows.num_rows() as u64, split.rejects.num_rows() as u64);
        assert_eq!((split.counts.rows, split.counts.quarantined), (rows + refused, refused));
        let rejects = Reject::rows(&split.rejects).expect("they are rejects");
        assert_eq!(Reject::rows(&Reject::batch(&rejects)).as_ref(), Some(&rejects));
        let mut last = 0;
        for reject in &rejects {
            let raw = reject.raw.as_deref().expect("nothing is masked");
            let start = usize::try_from(reject.offset).expect("it is within the bytes");
            assert_eq!(&bytes[start..start + raw.len()], raw);
            assert_eq!(reject.length, Some(raw.len() as u64));
            assert!(reject.line >= last && reject.line > 0 && !reject.detail.is_empty());
            last = reject.line;
            of_one(&document, reject, raw);
        }
        let found = finish(&document, &PartitionKey::default(), &[split.rows], &[]);
        let found = found.expect("rows that were read can be finished");
        let accepted: usize = found.accepted.iter().map(|it| it.num_rows()).sum();
        let others = found.duplicates.iter().chain(&found.rejects);
        let others: usize = others.map(|it| it.num_rows()).sum();
        assert_eq!((accepted + others) as u64, rows, "every row ends in one place");
    }
}

/// A row that was refused is refused for the same reason when it stands alone.
fn of_one(document: &Document, reject: &Reject, raw: &[u8]) {
    let (format, before, behind) = match &reject.form {
        None => return,
        Some(Form::Json) => (Format::JsonArray, "[".to_owned(), "]"),
        Some(Form::Csv { delimiter: b',', header }) => {
            let quoted = header.iter().map(|it| format!("\"{}\"", it.replace('"', "\"\"")));
            let header = quoted.collect::<Vec<_>>().join(",");
            // A carriage return at its end would be taken for a part of the end of the line.
            (Format::Csv { delimiter: b',' }, header + "\n", "\r\n")
        }
        Some(_) => return,
    };
    // What a line may be, an element may not: two values, or a bracket too many.
    if format == Format::JsonArray && serde_json::from_slice::<serde_json::Value>(raw).is_err() {
        return;
    }
    let alone = [before.as_bytes(), raw, behind.as_bytes()].concat();
    let split = parsed(&format, document, &alone).expect("it is of the format");
    let again = Reject::rows(&split.rejects).expect("they are rejects");
    let said: Vec<_> = again.iter().map(|it| (it.code, &it.column, &it.detail)).collect();
    assert_eq!(said, [(reject.code, &reject.column, &reject.detail)]);
}

/// A document is what its canonical form says, and what is none has findings with places.
pub(crate) fn of_document(text: &str) {
    match Document::parse(text) {
        Ok(document) => {
            let canonical = String::from_utf8(document.canonical()).expect("JSON is UTF-8");
            let again = Document::parse(&canonical).expect("a canonical document is one");
            assert_eq!((again.digest(), &again), (document.digest(), &document));
            assert!(document.cannot_follow(&document).is_empty());
        }
        Err(findings) => {
            assert!(!findings.is_empty(), "refused without a reason");
            let lines = text.lines().count() as u64 + 1;
            for it in findings {
                assert!(it.line <= lines, "{it} of {lines} lines");
                one_line(&it.message);
            }
        }
    }
}

/// A commit that is read is written as it was, and the state takes it or says why not.
pub(crate) fn of_commit(bytes: &[u8]) {
    let table: TableName = "bronze/emissions".parse().expect("it names a table");
    match Commit::from_bytes(&table, 0, bytes) {
        Ok(commit) => {
            let Ok(written) = commit.to_bytes() else { return };
            let again = Commit::from_bytes(&table, 0, &written).expect("what is written is read");
            assert_eq!(again, commit);
            let mut state = State::new(table);
            if let Err(error) = state.take(&commit, Digest::of(&written)) {
                one_line(&error.to_string());
                assert_eq!((state.next(), state.files().len()), (0, 0), "nothing changed");
            }
        }
        Err(error) => one_line(&error.to_string()),
    }
}

/// A name that is read has one spelling, and leads nowhere else.
pub(crate) fn of_name(text: &str) {
    match text.parse::<TableName>() {
        Ok(name) => {
            assert_eq!(name.to_string(), text);
            assert!(text.split('/').all(|part| !matches!(part, "" | "." | "..")));
        }
        Err(error) => one_line(&error.to_string()),
    }
    if let Ok(form) = text.parse::<Form>() {
        assert_eq!(form.to_string().parse(), Ok(form));
    }
}
