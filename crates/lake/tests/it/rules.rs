//! What a document says, row by row: nulls, defaults, masks, unknown columns, winners, rows of earlier commits.

use std::collections::BTreeSet;
use std::io;

use arrow::array::{Array, AsArray, RecordBatch};
use lake::bronze::{Code, Existing, Nothing, Options, PartitionKey, encode, gather};
use lake::schema::Document;
use strum::VariantArray as _;

use super::bronze::{Given, Run, bronze, read, run, run_with};

fn document(columns: &str, rest: &str) -> Document {
    let text = format!("schema: lake/1\nentity: things\nversion: 1\ncolumns:\n{columns}{rest}");
    Document::parse(&text).unwrap_or_else(|findings| panic!("{findings:?}\n{text}"))
}

#[test]
fn every_reason_stands_in_the_guides() {
    let guide = include_str!("../../../../docs/guides/lake.md");
    for code in Code::VARIANTS {
        assert!(guide.contains(&format!("`{code}`")), "{code}");
    }
    let guide = include_str!("../../../../docs/guides/emissions-in-the-lake.md");
    for name in lake::silver::Code::NAMES {
        assert!(guide.contains(&format!("`{name}`")), "{name}");
    }
}

/// One column `v` beside an id, and what becomes of values of it: their text in bronze, or the code.
fn become_of(column: &str, values: &[&str]) -> Vec<String> {
    let document = document(
        &format!("  - {{id: 1, name: id, type: integer}}\n  - {{id: 2, name: v, {column}}}\n"),
        "",
    );
    let lines: Vec<String> = values.iter().map(|value| format!("{{\"id\":1{value}}}")).collect();
    let found = run(&document, &[("a.ndjson", lines.join("\n").as_bytes())]);
    let rows = bronze(&found);
    (1..=values.len())
        .map(|line| match rows.get(&("a.ndjson".to_owned(), i64::try_from(line).unwrap())) {
            Some((_, batch, row)) => {
                let column = batch.column_by_name("v").unwrap();
                if column.is_null(*row) {
                    return "null".to_owned();
                }
                arrow::util::display::array_value_to_string(column, *row).unwrap()
            }
            None => {
                let reject = found.rejects.iter().find(|it| it.line == line as u64).unwrap();
                assert_eq!(reject.column.as_deref(), Some("v"));
                format!("! {}", reject.code)
            }
        })
        .collect()
}

#[test]
fn no_value_is_only_what_was_declared_to_be_none() {
    let values = ["", r#","v":null"#, r#","v":"""#, r#","v":"NULL""#, r#","v":"x""#];
    assert_eq!(become_of("type: string", &values), ["null", "null", "", "NULL", "x"]);
    assert_eq!(
        become_of("type: string, required: true", &values),
        ["! missing", "! null", "! empty", "NULL", "x"]
    );
    assert_eq!(
        become_of("type: string, null_values: ['', 'NULL']", &values),
        ["null", "null", "null", "null", "x"]
    );
    assert_eq!(
        become_of("type: string, null_values: ['NULL'], default: d", &values),
        ["d", "d", "", "d", "x"]
    );
}

#[test]
fn numbers_and_texts_are_not_taken_for_each_other() {
    let values = [r#","v":12.5"#, r#","v":"12.5""#, r#","v":13"#, r#","v":true"#, r#","v":[1]"#];
    assert_eq!(
        become_of("type: double", &values),
        ["12.5", "! wrong_type", "13.0", "! wrong_type", "! wrong_type"]
    );
    assert_eq!(
        become_of("type: double, accept_text: true", &values),
        ["12.5", "12.5", "13.0", "! wrong_type", "! wrong_type"]
    );
    assert_eq!(
        become_of("type: string", &values),
        ["! wrong_type", "12.5", "! wrong_type", "! wrong_type", "! wrong_type"]
    );
    assert_eq!(
        become_of("type: integer", &values),
        ["! bad_number", "! wrong_type", "13", "! wrong_type", "! wrong_type"]
    );
    assert_eq!(
        become_of("type: boolean", &values),
        ["! wrong_type", "! wrong_type", "! wrong_type", "true", "! wrong_type"]
    );
}

#[test]
fn limits_hold_at_their_edges() {
    let values = [r#","v":0"#, r#","v":-0.1"#, r#","v":10"#, r#","v":10.001"#];
    let expected = ["0", "! below_minimum", "10", "! above_maximum"];
    let found = become_of("type: 'decimal(9,3)', minimum: 0, maximum: 10", &values);
    assert_eq!(found, ["0.000", expected[1], "10.000", expected[3]]);
    let found = become_of("type: double, minimum: 0, maximum: 10", &values);
    assert_eq!(found, ["0.0", expected[1], "10.0", expected[3]]);
    let days = [r#","v":"2025-01-01""#, r#","v":"2024-12-31""#];
    assert_eq!(
        become_of("type: date, minimum: 2025-01-01", &days),
        ["2025-01-01", "! below_minimum"]
    );
}

#[test]
fn rules_about_texts_look_at_the_whole_text() {
    let values =
        [r#","v":"ab""#, r#","v":"abc""#, r#","v":"xab""#, r#","v":"ééé""#, r#","v":"\u0061b""#];
    assert_eq!(
        become_of("type: string, pattern: 'ab|x'", &values),
        ["ab", "! pattern", "! pattern", "! pattern", "ab"]
    );
    assert_eq!(
        become_of("type: string, max_length: 2", &values),
        ["ab", "! too_long", "! too_long", "! too_long", "ab"]
    );
    assert_eq!(
        become_of("type: string, one_of: [ab, ééé]", &values),
        ["ab", "! not_allowed", "! not_allowed", "ééé", "ab"]
    );
}

#[test]
fn the_text_of_a_double_is_kept_where_it_is_not_what_was_written() {
    let document = document("  - {id: 1, name: v, type: double, required: true}\n", "");
    let text = "{\"v\":0.1}\n{\"v\":12345678901234567890}\n{\"v\":1.10}\n";
    let found = run(&document, &[("a.ndjson", text.as_bytes())]);
    let rows = bronze(&found);
    let kept: Vec<Option<String>> = rows
        .values()
        .map(|(_, batch, row)| {
            let column = batch.column_by_name("v_text").unwrap().as_string::<i32>();
            column.is_valid(*row).then(|| column.value(*row).to_owned())
        })
        .collect();
    assert_eq!(kept, [None, Some("12345678901234567890".to_owned()), None]);
}

#[test]
fn members_that_are_not_declared_are_kept_left_out_or_refused() {
    let line = br#"{"v":1,"b":[1, 2],"a\"":"x\n"}"#;
    let run_as = |unknown: &str| {
        let document = document(
            "  - {id: 1, name: v, type: integer, required: true}\n",
            &format!("unknown_columns: {unknown}\n"),
        );
        run(&document, &[("a.ndjson", line)])
    };
    let kept = run_as("keep");
    let rows = bronze(&kept);
    let (_, batch, row) = rows.values().next().unwrap();
    let extra = batch.column_by_name("_extra").unwrap().as_string::<i32>().value(*row).to_owned();
    let expected = serde_json::json!({"b": [1, 2], "a\"": "x\n"});
    assert_eq!(serde_json::from_str::<serde_json::Value>(&extra).unwrap(), expected);
    let left_out = run_as("ignore");
    let rows = bronze(&left_out);
    assert!(rows.values().next().unwrap().1.column_by_name("_extra").is_none());
    let refused = run_as("reject");
    assert_eq!(refused.rejects[0].code.as_str(), "unknown_column");
}

#[test]
fn masks_hide_what_they_mask_and_nothing_else_changes() {
    let columns = "  - {id: 1, name: id, type: integer, required: true}\n\
                   \x20 - {id: 2, name: name, type: string, required: true, mask: {token: people}}\n\
                   \x20 - {id: 3, name: mail, type: string, mask: {hash: people}, pattern: '.+@.+'}\n\
                   \x20 - {id: 4, name: phone, type: string, mask: drop}\n";
    let document = document(columns, "key: [id]\n");
    let text = "{\"id\":1,\"name\":\"Ada\",\"mail\":\"what do ya want for nothing?@b\",\"phone\":\"1\"}\n\
                {\"id\":2,\"name\":\"Ada\",\"mail\":\"a@b\"}\n{\"id\":2,\"name\":\"Bob\"}\n{\"id\":3,\"name\":\"C\",\"mail\":\"x\"}\n";
    let directory = tempfile::tempdir().unwrap();
    let sources: Vec<Box<dyn lake::read::Source>> =
        vec![Box::new(Given("a.ndjson".to_owned(), text.as_bytes().to_vec()))];
    let mut options = Options::new(directory.path());
    let missing = gather(&document, &sources, &options).unwrap_err();
    assert_eq!(missing.code(), "bronze.no_key");
    options.keys.add("people", b"a secret of thirty-two bytes ...".to_vec());
    let gathered = gather(&document, &sources, &options).unwrap();
    let outcome = gathered.finish(&Nothing, &BTreeSet::new(), directory.path(), None).unwrap();
    let batch = &read(std::fs::read(&outcome.files[0].path).unwrap())[0];
    assert!(batch.column_by_name("phone").is_none());
    let text = |name: &str, row: usize| {
        batch.column_by_name(name).unwrap().as_string::<i32>().value(row).to_owned()
    };
    assert_eq!(text("name", 0), text("name", 1));
    assert!(text("name", 0).starts_with("tok_") && text("name", 0).len() == 36);
    assert_eq!(gathered.tokens()["name"][&text("name", 0)], "Ada");
    assert_eq!(text("mail", 1).len(), 64);
    assert_ne!(text("mail", 0), text("mail", 1));
    // The row that lost is shown as it would have been stored.
    let duplicates = outcome.duplicates.map(Result::unwrap).next().unwrap();
    let row = duplicates.column_by_name("row").unwrap().as_string::<i32>().value(0).to_owned();
    assert!(row.contains("tok_") && !row.contains("Bob"), "{row}");
    // The pattern is asked about the text itself, not about its hash.
    assert_eq!(outcome.inputs[0].counts.quarantined, 1);
    assert!(!format!("{gathered:?} {:?}", options.keys).contains("secret"));
}

const VERSIONED: &str =
    "  - {id: 1, name: id, type: integer, required: true}\n  - {id: 2, name: v, type: integer}\n";

/// The lines that are kept; per duplicate its line, kind and the line it lost to; the lines that are refused.
type Settled = (Vec<i64>, Vec<(i64, String, i64)>, Vec<u64>);

fn settled(winner: &str, lines: &[&str]) -> Settled {
    let document = document(VERSIONED, &format!("key: [id]\nwinner: {winner}\n"));
    let found = run(&document, &[("a.ndjson", lines.join("\n").as_bytes())]);
    let kept = bronze(&found).keys().map(|(_, line)| *line).collect();
    let mut lost: Vec<_> = found.duplicates.iter().map(|it| (it.1, it.2.clone(), it.4)).collect();
    lost.sort();
    (kept, lost, found.rejects.iter().map(|it| it.line).collect())
}

#[test]
fn the_winner_is_the_one_that_the_document_names() {
    let lines = [
        r#"{"id":1,"v":5}"#,
        r#"{"id":1,"v":7}"#,
        r#"{"id":1,"v":5}"#,
        r#"{"id":2}"#,
        r#"{"id":2}"#,
        r#"{"id":1}"#,
    ];
    let lost = |all: &[(i64, &str, i64)]| -> Vec<(i64, String, i64)> {
        all.iter().map(|(line, kind, kept)| (*line, (*kind).to_owned(), *kept)).collect()
    };
    assert_eq!(
        settled("first", &lines),
        (
            vec![1, 4],
            lost(&[(2, "conflict", 1), (3, "exact", 1), (5, "exact", 4), (6, "conflict", 1)]),
            vec![]
        )
    );
    assert_eq!(
        settled("last", &lines),
        (
            vec![4, 6],
            lost(&[(1, "conflict", 6), (2, "conflict", 6), (3, "conflict", 6), (5, "exact", 4)]),
            vec![]
        )
    );
    assert_eq!(
        settled("{greatest: v}", &lines),
        (
            vec![2, 4],
            lost(&[(1, "conflict", 2), (3, "conflict", 2), (5, "exact", 4), (6, "conflict", 2)]),
            vec![]
        )
    );
    assert_eq!(settled("reject", &lines), (vec![4], lost(&[(5, "exact", 4)]), vec![1, 2, 3, 6]));
}

/// A table with the rows of a run.
struct Table(Vec<(PartitionKey, Vec<RecordBatch>)>);

impl Table {
    fn of(run: &Run) -> Self {
        let files = run.outcome.files.iter();
        Self(
            files
                .map(|it| (it.partition.clone(), read(std::fs::read(&it.path).unwrap())))
                .collect(),
        )
    }
}

impl Existing for Table {
    fn rows(&self, partition: &PartitionKey, columns: &[&str]) -> io::Result<Vec<RecordBatch>> {
        let of = self.0.iter().filter(|(key, _)| key == partition).flat_map(|(_, batches)| batches);
        of.map(|batch| {
            let schema = batch.schema();
            let places: Vec<usize> =
                columns.iter().map(|name| schema.index_of(name).unwrap()).collect();
            batch.project(&places).map_err(io::Error::other)
        })
        .collect()
    }
}

#[test]
fn rows_of_earlier_commits_count_as_earlier_rows() {
    let first = "{\"id\":1,\"v\":5}\n{\"id\":2,\"v\":1}\n";
    let second = "{\"id\":1,\"v\":5}\n{\"id\":2,\"v\":9}\n{\"id\":3,\"v\":0}\n";
    let then = |winner: &str| {
        let document = document(VERSIONED, &format!("key: [id]\nwinner: {winner}\n"));
        let before = run(&document, &[("1.ndjson", first.as_bytes())]);
        run_with(&document, &[("2.ndjson", second.as_bytes())], &Table::of(&before), 2, 64 << 20)
            .unwrap()
    };
    let kept = |run: &Run| -> Vec<(String, i64)> { bronze(run).keys().cloned().collect() };
    let at = |file: &str, line: i64| (file.to_owned(), line);

    let after = then("first");
    assert_eq!(kept(&after), [at("2.ndjson", 3)]);
    assert!(after.outcome.replaced.is_empty());
    let counts = after.outcome.inputs[0].counts;
    assert_eq!(
        (counts.accepted, counts.exact, counts.conflicting, counts.quarantined),
        (1, 1, 1, 0)
    );
    assert_eq!(after.duplicates[0].3, "1.ndjson");

    // The row of the table lost: its partition is written anew.
    let after = then("last");
    assert_eq!(kept(&after), [at("1.ndjson", 1), at("2.ndjson", 2), at("2.ndjson", 3)]);
    assert_eq!(after.outcome.replaced.len(), 1);
    assert_eq!(after.outcome.superseded, 1);
    let counts = after.outcome.inputs[0].counts;
    assert_eq!((counts.accepted, counts.exact, counts.conflicting), (2, 1, 0));
    let lost = &after.duplicates[0];
    assert_eq!((lost.0.as_str(), lost.1, lost.2.as_str()), ("1.ndjson", 2, "conflict"));

    let after = then("reject");
    assert_eq!(kept(&after), [at("2.ndjson", 3)]);
    assert_eq!(after.rejects.len(), 1);
    assert_eq!((after.rejects[0].line, after.rejects[0].offset), (2, 15));
    assert_eq!(after.rejects[0].raw.as_deref().unwrap(), b"{\"id\":2,\"v\":9}");
}

#[test]
fn inputs_that_are_known_can_be_left_out_after_they_were_read() {
    let document = document(VERSIONED, "key: [id]\n");
    let directory = tempfile::tempdir().unwrap();
    let given = |name: &str, text: &str| -> Box<dyn lake::read::Source> {
        Box::new(Given(name.to_owned(), text.as_bytes().to_vec()))
    };
    let sources = vec![
        given("1.ndjson", "{\"id\":1}\nbroken\n"),
        given("2.ndjson", "{\"id\":1}\n{\"id\":2}"),
    ];
    let gathered = gather(&document, &sources, &Options::new(directory.path())).unwrap();
    let all = gathered.finish(&Nothing, &BTreeSet::new(), directory.path(), None).unwrap();
    assert_eq!(all.inputs.iter().map(|it| it.counts.accepted).collect::<Vec<_>>(), [1, 1]);
    let some = gathered.finish(&Nothing, &BTreeSet::from([0]), directory.path(), None).unwrap();
    assert_eq!(
        some.inputs.iter().map(|it| (it.name.as_str(), it.counts.accepted)).collect::<Vec<_>>(),
        [("2.ndjson", 2)]
    );
    assert_eq!(some.rejects.count(), 0);
}

#[test]
fn a_batch_is_encoded_alike_whatever_form_its_texts_have() {
    let document = document("  - {id: 1, name: v, type: string}\n", "");
    let lines: String = (0..3000).map(|n| format!("{{\"v\":\"text {}\"}}\n", n % 7)).collect();
    let found = run(&document, &[("a.ndjson", lines.as_bytes())]);
    let bytes = std::fs::read(&found.outcome.files[0].path).unwrap();
    let batches = read(bytes.clone());
    let batch = arrow::compute::concat_batches(&batches[0].schema(), &batches).unwrap();
    // Read back, texts are plain; they were written from dictionaries.
    let schema = document.file_schema();
    let batch = RecordBatch::try_new(schema, batch.columns().to_vec()).unwrap();
    assert_eq!(encode(&batch).unwrap(), bytes);
}
