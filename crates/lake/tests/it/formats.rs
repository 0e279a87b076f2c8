//! The same rows in every format; what is broken in each.

use std::io::Write;

use super::bronze::{Given, Run, bronze, digests, run, run_with};
use lake::bronze::{Error, Nothing, Options, gather};
use lake::read::{Format, Source};
use lake::schema::Document;
use proptest::prelude::*;

const DOCUMENT: &str = "
schema: lake/1
entity: readings
version: 1
columns:
  - {id: 1, name: meter, type: string, required: true}
  - {id: 2, name: day, type: date, required: true}
  - {id: 3, name: value, type: 'decimal(10,3)', required: true, accept_text: true}
  - {id: 4, name: count, type: integer, null_values: ['', n/a], accept_text: true}
  - {id: 5, name: estimated, type: boolean, default: 'false', accept_text: true}
key: [meter, day]
partitions: [{year: day}]
";

const ROWS: [(&str, &str, &str, &str); 4] = [
    ("m \"1\", <a&b>", "2025-01-01", "12.5", "3"),
    ("m2", "2024-02-29", "-0.001", "n/a"),
    ("ü,\nm3", "2025-12-31", "1e3", "9007199254740993"),
    ("m4", "2025-06-01", "0", "-1"),
];

fn json() -> Vec<String> {
    let row = |(meter, day, value, count): &(&str, &str, &str, &str)| {
        serde_json::json!({"meter": meter, "day": day, "value": value, "count": count}).to_string()
    };
    ROWS.iter().map(row).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

/// The rows in every format, under the name of a file.
fn forms() -> Vec<(&'static str, String)> {
    let mut csv = String::from("meter,day,value,count\r\n");
    let mut xml =
        String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- <row> --><rows>\n");
    for (meter, day, value, count) in ROWS {
        csv.push_str(&format!("\"{}\",{day},{value},{count}\r\n", meter.replace('"', "\"\"")));
        xml.push_str(&format!(
            "  <row day='{day}'><meter>{}</meter><value><![CDATA[{value}]]></value><count>{count}</count></row>\n",
            escaped(meter)
        ));
    }
    xml.push_str("</rows>\n");
    vec![
        ("a.ndjson", json().join("\n")),
        ("a.json", format!(" [ {} ]\n", json().join(" ,\n"))),
        ("a.csv", csv.clone()),
        (
            "a.tsv",
            csv.replace("ü,", "ü\u{0}")
                .replace(',', "\t")
                .replace("ü\u{0}", "ü,")
                .replace("\"1\"\"\t", "\"1\"\","),
        ),
        ("a.xml", xml),
    ]
}

/// The values of all rows, without where they came from.
fn values(run: &Run) -> Vec<String> {
    let mut all: Vec<String> = bronze(run)
        .values()
        .map(|(partition, batch, row)| {
            let columns = ["meter", "day", "value", "count", "estimated"]
                .map(|name| arrow_text(batch.column_by_name(name).unwrap(), *row));
            format!("{} {}", partition.path(), columns.join(" | "))
        })
        .collect();
    all.sort();
    all
}

fn arrow_text(column: &arrow::array::ArrayRef, row: usize) -> String {
    arrow::util::display::array_value_to_string(column, row).unwrap()
}

#[test]
fn every_format_gives_the_same_rows() {
    let document = Document::parse(DOCUMENT).unwrap();
    for (name, text) in forms() {
        let found = run(&document, &[(name, text.as_bytes())]);
        assert_eq!(found.rejects, [], "{name}");
        assert_eq!(
            values(&found),
            [
                "year=2024 m2 | 2024-02-29 | -0.001 |  | false",
                "year=2025 m \"1\", <a&b> | 2025-01-01 | 12.500 | 3 | false",
                "year=2025 m4 | 2025-06-01 | 0.000 | -1 | false",
                "year=2025 ü,\nm3 | 2025-12-31 | 1000.000 | 9007199254740993 | false",
            ],
            "{name}"
        );
    }
}

#[test]
fn packed_inputs_give_what_plain_ones_do_and_are_known_by_their_packed_bytes() {
    let document = Document::parse(DOCUMENT).unwrap();
    let (_, text) = &forms()[0];
    let plain = run(&document, &[("a.ndjson", text.as_bytes())]);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(text.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    let zstandard = zstd::encode_all(text.as_bytes(), 3).unwrap();
    for (name, packed) in [("a.ndjson.gz", gzip), ("a.ndjson.zst", zstandard)] {
        let found = run(&document, &[(name, &packed)]);
        assert_eq!(values(&found), values(&plain));
        assert_eq!(found.outcome.inputs[0].digest, storage_core::Digest::of(&packed));
        assert_eq!(found.outcome.inputs[0].size, packed.len() as u64);

        let error =
            run_with(&document, &[(name, &packed[..packed.len() - 9])], &Nothing, 1, 1 << 20)
                .err()
                .unwrap();
        assert_eq!(error.code(), "bronze.input", "{error}");
        assert_eq!(lake::ingest::Error::from(error).exit_status(), 2, "{name} is cut off");

        let mut spoiled = packed.clone();
        spoiled[packed.len() / 2..].fill(0xff);
        let error = run_with(&document, &[(name, &spoiled)], &Nothing, 1, 1 << 20).err().unwrap();
        assert_eq!(lake::ingest::Error::from(error).exit_status(), 2, "{name} is spoiled");
    }
}

#[test]
fn lines_of_csv_that_end_with_nothing_but_a_carriage_return_are_no_header() {
    let document = Document::parse(DOCUMENT).unwrap();
    let read =
        |text: &str| run_with(&document, &[("a.csv", text.as_bytes())], &Nothing, 1, 1 << 20);
    let (header, row) = ("meter,day,value,\"co\runt\"", "a,2025-01-01,1,1");
    for text in [format!("{header}\r{row}\r"), format!("{header}\r{row}\n{row}\n")] {
        let error = read(&text).err().unwrap();
        assert_eq!(error.code(), "bronze.format");
        assert!(error.to_string().contains("a carriage return stands in the header"), "{error}");
    }
    for text in [format!("{header}\r"), format!("{header}\r\n{row}\r\n")] {
        let counts = read(&text).unwrap().outcome.inputs[0].counts;
        assert_eq!(counts.accepted, text.lines().count() as u64 - 1);
    }
}

/// The codes and lines of what is refused.
fn refused(name: &str, text: &str) -> (u64, Vec<(u64, String)>) {
    let document = Document::parse(DOCUMENT).unwrap();
    let found = run(&document, &[(name, text.as_bytes())]);
    let counts = found.outcome.inputs[0].counts;
    for it in &found.rejects {
        let start = usize::try_from(it.offset).unwrap();
        let raw = it.raw.as_deref().unwrap();
        assert_eq!(
            &text.as_bytes()[start..start + raw.len()],
            raw,
            "the bytes are those of the input"
        );
    }
    (counts.accepted, found.rejects.iter().map(|it| (it.line, it.code.to_string())).collect())
}

fn pairs(found: &[(u64, String)]) -> Vec<(u64, &str)> {
    found.iter().map(|(line, code)| (*line, code.as_str())).collect()
}

#[test]
fn a_broken_record_of_csv_costs_no_other() {
    let text = "meter,day,value,count\n\
                a,2025-01-01,1,1\n\
                b,2025-01-01,1\n\
                c,2025-01-01,1,1,1\n\
                d\"x,2025-01-01,1,1\n\
                \n\
                \"e\nf\",2025-01-01,n/a,1\n\
                g,2025-01-01,,1\n\
                h,2025-02-30,1,1\n\
                i,2025-01-01,1,\n\
                \"j";
    let (accepted, found) = refused("a.csv", text);
    assert_eq!(accepted, 2);
    assert_eq!(
        pairs(&found),
        [
            (3, "malformed_csv"),
            (4, "malformed_csv"),
            (5, "malformed_csv"),
            (7, "bad_number"),
            (9, "empty"),
            (10, "bad_date"),
            (12, "malformed_csv"),
        ]
    );
    let error = run_with(
        &Document::parse(DOCUMENT).unwrap(),
        &[("a.csv", b"meter,meter\n")],
        &Nothing,
        1,
        1 << 20,
    );
    assert_eq!(error.err().map(|it: Error| it.code()), Some("bronze.format"));
}

#[test]
fn a_broken_element_of_a_list_costs_no_other() {
    let good = r#"{"meter":"a","day":"2025-01-01","value":1}"#;
    let other = r#"{"meter":"b","day":"2025-01-01","value":1}"#;
    let list = |inner: &str| refused("a.json", &format!("[{inner}]"));
    assert_eq!(list(""), (0, vec![]));
    let (accepted, found) = list(&format!("{good}, 12, {{\"meter\":}}, , {other}"));
    assert_eq!(accepted, 2);
    assert_eq!(pairs(&found), [(2, "not_an_object"), (3, "malformed_json"), (4, "malformed_json")]);
    let (accepted, found) = list(&format!("{good},"));
    assert_eq!((accepted, pairs(&found)), (1, vec![(2, "malformed_json")]));
    let (accepted, found) = refused("a.json", &format!("[{good}] {other}"));
    assert_eq!((accepted, pairs(&found)), (1, vec![(2, "trailing_bytes")]));
    let (accepted, found) = refused("a.json", &format!("[{good}, {{\"meter\":\"b\""));
    assert_eq!((accepted, pairs(&found)), (1, vec![(2, "malformed_json")]));
}

#[test]
fn a_broken_row_of_xml_costs_no_other() {
    let row = |name: &str| {
        format!("<row><meter>{name}</meter><day>2025-01-01</day><value>1</value></row>")
    };
    let text = format!(
        "<rows>{}<row><meter>b</row>{}<other/>{}<row meter='e' meter='f'/><row><meter>&nbsp;</meter></row>{}</rows>",
        row("a"),
        row("c"),
        row("d"),
        row("g")
    );
    let (accepted, found) = refused("a.xml", &text);
    assert_eq!(accepted, 4);
    assert_eq!(
        pairs(&found),
        [(2, "malformed_xml"), (4, "malformed_xml"), (6, "duplicate_member"), (7, "malformed_xml")]
    );
    let (accepted, found) = refused("a.xml", &format!("<rows>{}<row><meter>b", row("a")));
    assert_eq!((accepted, pairs(&found)), (1, vec![(2, "malformed_xml")]));
    let latin = run_with(
        &Document::parse(DOCUMENT).unwrap(),
        &[("a.xml", b"<?xml version='1.0' encoding='ISO-8859-1'?><rows/>")],
        &Nothing,
        1,
        1 << 20,
    );
    assert_eq!(latin.err().map(|it: Error| it.code()), Some("bronze.format"));
}

#[test]
fn what_an_element_says_beside_its_text_is_kept_or_refused_and_never_lost() {
    let text = "<rows><row><meter>a</meter><day>2025-01-01</day><value>1</value>\
        <site id=\"7\"><name>x</name></site><note lang='de'>gut</note><flag on=\"1\"/><none/></row>\
        <row><meter nil=\"true\"/><day>2025-01-01</day><value>1</value></row></rows>";
    let found = run(&Document::parse(DOCUMENT).unwrap(), &[("a.xml", text.as_bytes())]);
    let rows = bronze(&found);
    let (_, batch, row) = &rows[&("a.xml".to_owned(), 1)];
    let extra = arrow_text(batch.column_by_name("_extra").unwrap(), *row);
    let expected = serde_json::json!({
        "site": "<site id=\"7\"><name>x</name></site>",
        "note": "<note lang='de'>gut</note>",
        "flag": "<flag on=\"1\"/>",
        "none": "",
    });
    assert_eq!(serde_json::from_str::<serde_json::Value>(&extra).unwrap(), expected);
    let refused: Vec<_> =
        found.rejects.iter().map(|it| (it.column.as_deref(), it.code.as_str())).collect();
    assert_eq!(refused, [(Some("meter"), "wrong_type")]);
}

#[test]
fn many_members_that_no_column_is_for_are_told_apart() {
    let member = |nth: usize| format!("<m{nth}/>");
    for (again, accepted) in [(60_000, 1), (59_999, 0), (3, 0)] {
        let members: String = (0..60_000).chain([again]).map(member).collect();
        let row = format!("<row meter='a' day='2025-01-01' value='1'>{members}</row>");
        let (found, refused) = refused("a.xml", &format!("<rows>{row}</rows>"));
        assert_eq!(found, accepted);
        let code = if accepted == 1 { vec![] } else { vec![(1, "duplicate_member")] };
        assert_eq!(pairs(&refused), code);
    }
    let names: Vec<_> = (0..60_000).map(|nth| format!("m{nth}")).collect();
    let header = format!("meter,day,value,count,{}", names.join(","));
    let record = format!("a,2025-01-01,1,2{}", ",x".repeat(60_000));
    assert_eq!(refused("a.csv", &format!("{header}\n{record}\n")), (1, vec![]));
}

#[test]
fn a_row_that_is_too_long_is_refused_and_costs_no_other() {
    let good = r#"{"meter":"a","day":"2025-01-01","value":1}"#;
    let other = good.replace("\"a\"", "\"b\"");
    let long = format!("{{\"meter\":\"{}\"}}", "x".repeat(17 << 20));
    let lines = format!("{good}\n{long}\n{other}\n");
    let row = |name: &str| format!("<row meter='{name}' day='2025-01-01' value='1'/>");
    // The quote opens what never ends.
    let long = format!("<row meter='{}", "y ".repeat(9 << 20));
    let elements = format!("<rows>{}{long}{}</rows>", row("a"), row("b"));
    for (name, text, kept) in [("a.ndjson", lines, [1, 3]), ("a.xml", elements, [1, 1])] {
        for memory in [16 << 20, 1 << 30] {
            let document = Document::parse(DOCUMENT).unwrap();
            let found =
                run_with(&document, &[(name, text.as_bytes())], &Nothing, 2, memory).unwrap();
            let refused: Vec<_> = found
                .rejects
                .iter()
                .map(|it| (it.line, it.code.as_str(), it.raw.as_ref().unwrap().len()))
                .collect();
            assert_eq!(refused, [(2, "line_too_long", 64 << 10)], "{name} {memory}");
            let lines: Vec<_> = bronze(&found).into_keys().map(|it| it.1).collect();
            assert_eq!((lines[0], *lines.last().unwrap()), (kept[0], kept[1]), "{name} {memory}");
        }
    }
}

#[test]
fn lines_behind_a_record_that_is_too_long_keep_their_numbers() {
    let good = "a,2025-01-01,1\n";
    // Half of it is kept and passed over with 9 lines in it, and it ends with a good one behind it.
    let field = ["x".repeat(2 << 20), "x\r\n".to_owned()].concat().repeat(9);
    let long = format!("\"{field}\",2025-01-01,1\n");
    let text =
        format!("meter,day,value\n{good}{long}{long}b,2025-01-01,oops\n{good}c,2025-01-01,oops\n");
    for memory in [0, 16 << 20, 1 << 30] {
        let document = Document::parse(DOCUMENT).unwrap();
        let input = ("a.csv", text.as_bytes());
        let found = run_with(&document, &[input], &Nothing, 2, memory).unwrap();
        let refused: Vec<_> = found.rejects.iter().map(|it| (it.line, it.code.as_str())).collect();
        let long = "line_too_long";
        let wanted = [(3, long), (13, long), (23, "bad_number"), (25, "bad_number")];
        assert_eq!(refused, wanted, "{memory}");
    }
}

#[test]
fn what_is_no_list_is_one_row_that_is_refused_however_much_is_read_at_once() {
    let good = r#"{"meter":"a","day":"2025-01-01","value":1}"#;
    let rows = vec![good; 5000].join(",");
    for (text, memory) in [(format!("x [{rows}]"), 0), (format!("x,{rows}"), 0), (rows, 1 << 30)] {
        let document = Document::parse(DOCUMENT).unwrap();
        let mut given = Options::new(std::env::temp_dir());
        (given.memory, given.format) = (memory, Some(Format::JsonArray));
        let source: Box<dyn Source> = Box::new(Given("a.json".to_owned(), text.clone().into()));
        let gathered = gather(&document, &[source], &given).unwrap();
        let counts = gathered.inputs()[0].counts;
        assert_eq!((counts.rows, counts.quarantined), (1, 1), "{memory}");
    }
}

fn bits() -> impl Strategy<Value = Vec<u8>> {
    let some = prop::sample::select(vec![
        &b"{"[..],
        b"}",
        b"[",
        b"]",
        b",",
        b"\n",
        b"\r\n",
        b"\"",
        b"<rows>",
        b"</rows>",
        b"<row>",
        b"</row>",
        b"<row/>",
        b"<meter>",
        b"</meter>",
        b"<!--",
        b"-->",
        b"<![CDATA[",
        b"]]>",
        b"<?",
        b"?>",
        b"&amp;",
        b"&x;",
        b"='",
        b"'",
        b"{\"meter\":\"a\",\"day\":\"2025-01-01\",\"value\":1}",
        b"a,2025-01-01,1,2",
        b"meter,day,value,count\n",
        b"\xff",
        b"\xc3",
        b"\xef\xbb\xbf",
        b" ",
        b"\t",
        b"1",
        b"\\",
        b"\x00",
    ]);
    prop::collection::vec(some, 0..30).prop_map(|bits| bits.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    /// Whatever the bytes are: no panic, every row in one place, and nothing depends on threads or memory.
    #[test]
    fn nothing_is_lost_whatever_the_bytes_are(
        bytes in prop_oneof![bits(), prop::collection::vec(any::<u8>(), 0..200)],
        name in prop::sample::select(vec!["a.ndjson", "a.json", "a.csv", "a.xml"]),
    ) {
        let document = Document::parse(DOCUMENT).unwrap();
        let one = run_with(&document, &[(name, &bytes)], &Nothing, 1, 8 << 20);
        let other = run_with(&document, &[(name, &bytes)], &Nothing, 3, 0);
        match (one, other) {
            (Ok(one), Ok(other)) => {
                let counts = one.outcome.inputs[0].counts;
                prop_assert!(counts.add_up());
                prop_assert_eq!(counts.quarantined, one.rejects.len() as u64);
                prop_assert_eq!(counts.accepted, bronze(&one).len() as u64);
                prop_assert_eq!(counts.exact + counts.conflicting, one.duplicates.len() as u64);
                prop_assert_eq!(digests(&one), digests(&other));
                // Nothing but what may stand between rows is left out.
                if name == "a.ndjson" {
                    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
                    let lines = text.split(|byte| *byte == b'\n');
                    let lines = lines.filter(|line| !line.iter().all(|byte| b" \t\r".contains(byte)));
                    prop_assert_eq!(counts.rows, lines.count() as u64);
                }
            }
            (Err(one), Err(other)) => prop_assert_eq!(one.to_string(), other.to_string()),
            (one, other) => prop_assert!(false, "{:?} and {:?}", one.err(), other.err()),
        }
    }
}
