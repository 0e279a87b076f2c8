//! Rows of every format are tried again where they stood, once each.

use std::io::{self, Read, Write as _};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BinaryArray, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use futures_util::TryStreamExt as _;
use lake::bronze::{MaskKeys, encode};
use lake::commits::{self, Appended, Counts, Draft, File, Kind, Lake, Options, Table};
use lake::compact::compact;
use lake::ingest::{Input, Options as How, ingest};
use lake::quarantine::{Entry, Filter, Replayed, list, replay};
use lake::read::{Format, Source};
use lake::schema::Document;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use platform::clock::SetClock;
use platform::numbered::Retry;
use platform::store::fault::{Fault, Faulty};
use platform::store::{Conditions, Store};
use storage_core::Digest;

/// An input in memory.
struct Bytes(String, Vec<u8>);

impl Source for Bytes {
    fn name(&self) -> &str {
        &self.0
    }

    fn size(&self) -> Option<u64> {
        Some(self.1.len() as u64)
    }

    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(io::Cursor::new(self.1.clone())))
    }
}

fn input(name: &str, bytes: impl AsRef<[u8]>) -> Input {
    Box::new(Bytes(name.to_owned(), bytes.as_ref().to_vec()))
}

const DOCUMENT: &str = "
schema: lake/1
entity: readings
version: 1
columns:
  - {id: 1, name: id, type: string, required: true}
  - {id: 2, name: amount, type: integer, required: true, accept_text: true, maximum: 100}
  - {id: 3, name: note, type: string}
key: [id]
";

fn document(version: u32, changes: &[(&str, &str)]) -> Document {
    let text = DOCUMENT.replace("version: 1", &format!("version: {version}"));
    let text = changes.iter().fold(text, |text, (old, new)| {
        assert!(text.contains(old), "{old}");
        text.replace(old, new)
    });
    Document::parse(&text).unwrap()
}

/// What takes the rows that the first document refuses.
fn mended() -> Document {
    document(2, &[(", maximum: 100", "")])
}

async fn lake(store: &Store) -> Lake {
    let mut options = Options::new("ana");
    options.retry = Retry::NEVER;
    options.conditions = Some(Conditions::Atomic);
    options.clock = Arc::new(SetClock::at("2026-03-01T12:00:00Z".parse().unwrap()));
    Lake::open(store, options).await.unwrap()
}

async fn table(store: &Store) -> Table {
    lake(store).await.table(&"bronze/readings".parse().unwrap()).await.unwrap()
}

async fn quarantine(store: &Store) -> Vec<Entry> {
    list(&table(store).await, &Filter::default()).await.unwrap().entries
}

/// Every row of the table: its id, its note, and where it stood.
async fn rows(store: &Store) -> Vec<String> {
    let table = table(store).await;
    let mut rows = Vec::new();
    for live in table.state().live(Kind::Data) {
        let body = table.read(&live.file).await.unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(body).unwrap().build().unwrap();
        for batch in reader.map(Result::unwrap) {
            let text = |name: &str| {
                let column = batch.column_by_name(name).unwrap();
                arrow::compute::cast(column, &DataType::Utf8).unwrap()
            };
            let (ids, notes, files) = (text("id"), text("note"), text("_file"));
            let lines = batch.column_by_name("_line").unwrap().as_primitive::<Int64Type>().clone();
            for row in 0..batch.num_rows() {
                let text = |of: &ArrayRef| of.as_string::<i32>().value(row).to_owned();
                let (id, note, file) = (text(&ids), text(&notes), text(&files));
                rows.push(format!("{id} {note:?} {file}:{}", lines.value(row)));
            }
        }
    }
    rows.sort();
    rows
}

fn counts(rows: u64, accepted: u64, quarantined: u64) -> Counts {
    Counts { rows, accepted, quarantined, ..Counts::default() }
}

/// Three rows, of which the second is refused for what it says, in every format.
fn inputs() -> Vec<Input> {
    let csv = "id,note,amount\r\na,\"two\nlines, \"\"q\"\"\",1\r\nb,\"two\nlines, \"\"q\"\"\",101\r\nc,,3\r\n";
    let note = "two\\nlines, \\\"q\\\"";
    let json = |id: &str, amount: u32| {
        format!("{{\"id\":\"{id}\",\"note\":\"{note}\",\"amount\":{amount}}}")
    };
    let array = format!(
        "[{},\n{{\n\"amount\": 101, \"id\": \"e\",\"note\":\"{note}\"}}\n,{}]",
        json("d", 1),
        json("f", 3)
    );
    let lines = format!("{}\n\n{}\n{}", json("g", 1), json("h", 101), json("i", 3));
    let xml = "<all><r id='j'><amount>1</amount></r><r id='k'><note>two\nlines, &quot;q&quot;</note>\
               <amount>101</amount></r><!-- c --><r id='l'><amount>3</amount></r></all>";
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed
        .write_all(
            csv.replace("\na,", "\nm,")
                .replace("\nb,", "\nn,")
                .replace("\nc,", "\no,")
                .replace(',', "\t")
                .as_bytes(),
        )
        .unwrap();
    vec![
        input("a.csv", csv),
        input("b.json", array),
        input("c.ndjson", lines),
        input("d.xml", xml),
        input("e.tsv.gz", packed.finish().unwrap()),
    ]
}

#[tokio::test]
async fn a_row_of_any_format_is_accepted_where_it_stood_and_once() {
    let store = Store::memory();
    let lake = lake(&store).await;
    let report = ingest(&lake, &document(1, &[]), inputs(), &How::default()).await.unwrap();
    assert_eq!(report.counts, counts(15, 10, 5));
    let before: Vec<_> =
        quarantine(&store).await.into_iter().map(|it| (it.file, it.line, it.offset)).collect();
    let replayed = replay(&lake, &mended(), &[], &How::default()).await.unwrap();
    assert_eq!((replayed.counts, replayed.left, replayed.unread), (counts(5, 5, 0), 0, 0));
    assert_eq!(quarantine(&store).await, []);
    let all = rows(&store).await;
    let wanted = [
        r#"b "two\nlines, \"q\"" a.csv:4"#,
        r#"e "two\nlines, \"q\"" b.json:2"#,
        r#"h "two\nlines, \"q\"" c.ndjson:3"#,
        r#"k "two\nlines, \"q\"" d.xml:2"#,
        // The commas of the note became tabs, too.
        r#"n "two\nlines\t \"q\"" e.tsv.gz:4"#,
    ];
    assert_eq!(all.len(), 15);
    for row in wanted {
        assert!(all.contains(&row.to_owned()), "{row}\n{all:?}");
    }
    assert_eq!(before.len(), 5);
    let again = replay(&lake, &mended(), &[], &How::default()).await.unwrap();
    assert_eq!((again.commit, again.counts), (None, Counts::default()));
    let report = ingest(&lake, &mended(), inputs(), &How::default()).await.unwrap();
    assert_eq!((report.commit, report.counts.rows), (None, 0));
}

#[tokio::test]
async fn what_is_refused_again_says_what_it_said_before() {
    let store = Store::memory();
    let lake = lake(&store).await;
    ingest(&lake, &document(1, &[]), inputs(), &How::default()).await.unwrap();
    let before = quarantine(&store).await;
    let stricter = document(2, &[("maximum: 100", "maximum: 99")]);
    let replayed = replay(&lake, &stricter, &[], &How::default()).await.unwrap();
    assert_eq!(replayed.counts, counts(5, 0, 5));
    // But for the commit that put it there.
    let mut after = quarantine(&store).await;
    after.iter_mut().for_each(|it| it.commit = 0);
    assert_eq!(after, before);
    // However often.
    replay(&lake, &stricter, &[], &How::default()).await.unwrap();
    let replayed = replay(&lake, &mended(), &[], &How::default()).await;
    assert_eq!(replayed.unwrap_err().code(), "ingest.cannot_follow");
    let third = document(3, &[(", maximum: 100", "")]);
    let replayed = replay(&lake, &third, &[], &How::default()).await.unwrap();
    assert_eq!(replayed.counts, counts(5, 5, 0));
    assert!(rows(&store).await.contains(&r#"k "two\nlines, \"q\"" d.xml:2"#.to_owned()));
}

#[tokio::test]
async fn a_row_that_is_none_by_itself_is_not_tried() {
    let store = Store::memory();
    let lake = lake(&store).await;
    // A list and a document that do not end, text beside rows, bytes that are no text, a field too many.
    let inputs = vec![
        input("a.json", r#"[{"id":"a","amount":1},{"id":"b","amount":2}"#),
        input(
            "b.xml",
            "<all><r id='c' amount='3'/>word<r id='d' amount='4'/><r id='e' amount='5'>",
        ),
        input("c.ndjson", b"{\"id\":\"\xff\",\"amount\":6}\n".as_slice()),
        input("d.csv", "id,amount\nf,7,8\ng,9\n"),
    ];
    let report = ingest(&lake, &document(1, &[]), inputs, &How::default()).await.unwrap();
    assert_eq!(report.counts, counts(9, 4, 5));
    let replayed = replay(&lake, &mended(), &[], &How::default()).await.unwrap();
    // Only the record of the CSV is whole, and it has still a field too many.
    assert_eq!((replayed.counts, replayed.left), (counts(1, 0, 1), 4));
    assert_eq!(rows(&store).await.len(), 4);
}

#[tokio::test]
async fn the_delimiter_that_was_named_goes_with_the_rows() {
    let store = Store::memory();
    let lake = lake(&store).await;
    let mut how = How::default();
    how.format = Some(Format::Csv { delimiter: b';' });
    let inputs = vec![input("x.txt", "amount;id;note\n101;a;x,y\n102;b;\"1;2\"\n")];
    let report = ingest(&lake, &document(1, &[]), inputs, &how).await.unwrap();
    assert_eq!(report.counts, counts(2, 0, 2));
    let replayed = replay(&lake, &mended(), &[], &How::default()).await.unwrap();
    assert_eq!(replayed.counts, counts(2, 2, 0));
    assert_eq!(rows(&store).await, [r#"a "x,y" x.txt:2"#, r#"b "1;2" x.txt:3"#]);
}

#[tokio::test]
async fn where_none_of_conflicting_rows_is_kept_they_can_be_tried_again() {
    let store = Store::memory();
    let lake = lake(&store).await;
    let none = ("key: [id]", "key: [id]\nwinner: reject");
    let inputs = vec![
        input("a.csv", "id,amount\na,1\na,2\nb,3\n"),
        input("b.xml", "<all><r id='c' amount='1'/><r id='c' amount='2'/></all>"),
    ];
    let report = ingest(&lake, &document(1, &[none]), inputs, &How::default()).await.unwrap();
    assert_eq!(report.counts, counts(5, 1, 4));
    let before = quarantine(&store).await;
    let replayed = replay(&lake, &document(2, &[none]), &[], &How::default()).await.unwrap();
    assert_eq!(replayed.counts, counts(4, 0, 4));
    let mut after = quarantine(&store).await;
    after.iter_mut().for_each(|it| it.commit = 0);
    assert_eq!(after, before);
    assert_eq!(after[0].raw.as_deref(), Some(b"a,1".as_slice()));
    assert_eq!(rows(&store).await, [r#"b "" a.csv:4"#]);
}

#[tokio::test]
async fn a_crash_at_any_write_of_a_replay_changes_nothing_in_the_end() {
    let begin = async |store: &Store| {
        let lake = lake(store).await;
        ingest(&lake, &document(1, &[]), inputs(), &How::default()).await.unwrap();
    };
    let again = async |store: &Store| -> Result<Replayed, String> {
        let mut options = Options::new("ana");
        options.retry = Retry::NEVER;
        options.conditions = Some(Conditions::Atomic);
        let lake = Lake::open(store, options).await.map_err(|error| error.to_string())?;
        let replayed = replay(&lake, &mended(), &[], &How::default()).await;
        replayed.map_err(|error| error.to_string())
    };
    let contents = async |store: &Store| {
        let keys: Vec<_> = store.list_all("", None).try_collect().await.unwrap();
        let keys = keys.into_iter().map(|it| it.key.as_str().to_owned());
        keys.filter(|it| !it.contains("/staging/")).collect::<Vec<_>>()
    };
    let calm = Store::memory();
    begin(&calm).await;
    again(&calm).await.unwrap();
    let (wanted, wanted_rows) = (contents(&calm).await, rows(&calm).await);
    let mut crashes = 0;
    for fault in [Fault::Lost, Fault::Kept] {
        for write in 0.. {
            let store = Store::memory();
            begin(&store).await;
            let faulty = Faulty::dies_at_write(store.backend().clone(), write, fault.clone());
            let faulty = Arc::new(faulty);
            let died = again(&Store::new(faulty.clone(), "")).await;
            if faulty.met() == 0 {
                break;
            }
            crashes += 1;
            assert!(died.is_err(), "write {write} of {fault:?}");
            again(&store).await.unwrap();
            assert_eq!(contents(&store).await, wanted, "write {write} of {fault:?}");
            assert_eq!(rows(&store).await, wanted_rows);
        }
    }
    assert!(crashes > 8, "{crashes}");
}

/// A file of a quarantine as it was written before rows said how they are written.
fn older(rows: &[(&str, i64, &[u8])]) -> RecordBatch {
    let text = |of: &dyn Fn(usize) -> Option<&'static str>| -> ArrayRef {
        Arc::new((0..rows.len()).map(of).collect::<StringArray>())
    };
    let number = |of: &dyn Fn(usize) -> i64| -> ArrayRef {
        Arc::new((0..rows.len()).map(|at| Some(of(at))).collect::<Int64Array>())
    };
    let columns: Vec<(&str, ArrayRef, bool)> = vec![
        ("entity", text(&|_| Some("readings")), false),
        ("file", Arc::new(rows.iter().map(|it| Some(it.0)).collect::<StringArray>()), false),
        ("line", number(&|at| rows[at].1), false),
        ("offset", number(&|_| 40), false),
        ("column", text(&|_| Some("amount")), true),
        ("code", text(&|_| Some("above_maximum")), false),
        ("detail", text(&|_| Some("the value is above the maximum")), false),
        ("raw", Arc::new(rows.iter().map(|it| Some(it.2)).collect::<BinaryArray>()), false),
    ];
    let fields: Vec<_> = (columns.iter())
        .map(|(name, column, null)| Field::new(*name, column.data_type().clone(), *null))
        .collect();
    let columns = columns.into_iter().map(|it| it.1).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

/// Commits such a file, as an older version did.
async fn commit_older(table: &mut Table, document: &Document, rows: &[(&str, i64, &[u8])]) {
    let body = bytes::Bytes::from(encode(&older(rows)).unwrap());
    let nowhere: [(&str, &str); 0] = [];
    let file = File::of(table.name(), Kind::Quarantine, &nowhere, &body, rows.len() as u64);
    let run = table.begin().await.unwrap();
    run.stage(&[(&file, body)]).await.unwrap();
    let mut draft = Draft::new(commits::Act::Ingest);
    draft.schema = Some(document.digest());
    draft.inputs.push(commits::Input {
        path: "old".to_owned(),
        sha256: Digest::of(b"old"),
        size_bytes: 3,
        counts: counts(rows.len() as u64, 0, rows.len() as u64),
    });
    draft.adds.push(file);
    assert!(matches!(table.append(&run, draft).await.unwrap(), Appended::Committed(_)));
}

#[tokio::test]
async fn a_quarantine_of_an_older_version_is_read_as_it_was() {
    for together in [false, true] {
        let store = Store::memory();
        let lake = lake(&store).await;
        let document = document(1, &[]);
        let inputs = vec![input("new.csv", "id,amount\nc,103\n")];
        ingest(&lake, &document, inputs, &How::default()).await.unwrap();
        let mut table = table(&store).await;
        let line = br#"{"id":"a","amount":101}"#.as_slice();
        // Nobody wrote down what the fields of the second are.
        commit_older(&mut table, &document, &[("old.ndjson", 2, line), ("old.csv", 3, b"b,102")])
            .await;
        if together {
            compact(&mut table, &Default::default()).await.unwrap().unwrap();
            assert_eq!(table.state().live(Kind::Quarantine).count(), 1);
        }
        assert_eq!(quarantine(&store).await.len(), 3);
        let replayed = replay(&lake, &mended(), &[], &How::default()).await.unwrap();
        assert_eq!((replayed.counts, replayed.left), (counts(2, 2, 0), 1));
        assert_eq!(rows(&store).await, [r#"a "" old.ndjson:2"#, r#"c "" new.csv:2"#]);
        let left = quarantine(&store).await;
        assert_eq!((left.len(), left[0].raw.as_deref()), (1, Some(b"b,102".as_slice())));
    }
}

const SECRET: &str = "ana@example.org";

fn masked(version: u32, changes: &[(&str, &str)]) -> Document {
    let mask = ("name: note, type: string", "name: note, type: string, mask: {hash: people}");
    document(version, &[changes, &[mask]].concat())
}

fn with_keys(originals: Vec<Input>) -> How {
    let mut keys = MaskKeys::default();
    keys.add("people", *b"sixteen or more bytes of key");
    let mut how = How::default();
    (how.keys, how.originals) = (keys, Arc::new(originals));
    how
}

fn people() -> Vec<Input> {
    let mut all = inputs();
    for input in &mut all {
        let mut bytes = Vec::new();
        input.open().unwrap().read_to_end(&mut bytes).unwrap();
        if let Ok(text) = String::from_utf8(bytes) {
            let text = text.replace("lines", SECRET);
            *input = Box::new(Bytes(input.name().to_owned(), text.into_bytes()));
        }
    }
    all
}

#[tokio::test]
async fn where_a_column_is_masked_no_object_of_the_lake_has_its_values() {
    for winner in ["", "\nwinner: reject"] {
        let store = Store::memory();
        let lake = lake(&store).await;
        let first = masked(1, &[("key: [id]", &format!("key: [id]{winner}"))]);
        let mut inputs = people();
        inputs.push(input("f.csv", format!("id,amount,note\nz,1,{SECRET}\nz,2,{SECRET}\n")));
        inputs
            .push(input("g.ndjson", format!("{{\"id\":\"y\",\"note\":\"{SECRET}\"\n[{SECRET}]\n")));
        ingest(&lake, &first, inputs, &with_keys(Vec::new())).await.unwrap();
        let entries = quarantine(&store).await;
        assert!(entries.len() > 6 && entries.iter().all(|it| it.raw.is_none()), "{entries:?}");
        let keys: Vec<_> = store.list_all("", None).try_collect().await.unwrap();
        for key in keys {
            let body = store.get(key.key.as_str()).await.unwrap().body;
            let mut all = body.to_vec();
            if key.key.as_str().ends_with(".parquet") {
                let batches = ParquetRecordBatchReaderBuilder::try_new(body).unwrap();
                for batch in batches.build().unwrap() {
                    all.extend(format!("{:?}", batch.unwrap()).into_bytes());
                }
            }
            let found = memchr::memmem::find(&all, SECRET.as_bytes());
            assert_eq!(found, None, "{}", key.key.as_str());
        }
    }
}

#[tokio::test]
async fn rows_that_are_not_kept_are_read_where_they_came_from() {
    let store = Store::memory();
    let lake = lake(&store).await;
    ingest(&lake, &masked(1, &[]), people(), &with_keys(Vec::new())).await.unwrap();
    let second = masked(2, &[(", maximum: 100", "")]);
    // Without the inputs, and with one that has other bytes, nothing is tried.
    let mut others = people();
    others.truncate(1);
    let mut bytes = Vec::new();
    others[0].open().unwrap().read_to_end(&mut bytes).unwrap();
    bytes.extend_from_slice(b"d,,4\r\n");
    for given in [Vec::new(), vec![input("a.csv", &bytes)]] {
        let replayed = replay(&lake, &second, &[], &with_keys(given)).await.unwrap();
        assert_eq!((replayed.commit, replayed.left, replayed.unread), (None, 5, 5));
    }
    let replayed = replay(&lake, &second, &[], &with_keys(others_of("a.csv"))).await.unwrap();
    assert_eq!((replayed.counts, replayed.left, replayed.unread), (counts(1, 1, 0), 4, 4));
    // Refused again: found again.
    let third = masked(3, &[("maximum: 100", "maximum: 50")]);
    let replayed = replay(&lake, &third, &[], &with_keys(people())).await.unwrap();
    assert_eq!((replayed.counts, replayed.left), (counts(4, 0, 4), 0));
    let fourth = masked(4, &[(", maximum: 100", "")]);
    let replayed = replay(&lake, &fourth, &[], &with_keys(people())).await.unwrap();
    assert_eq!((replayed.counts, replayed.left, replayed.unread), (counts(4, 4, 0), 0, 0));
    let whole = Store::memory();
    let lake = self::lake(&whole).await;
    ingest(&lake, &second, people(), &with_keys(Vec::new())).await.unwrap();
    assert_eq!(rows(&store).await, rows(&whole).await);
}

/// The inputs but for those that are not called so.
fn others_of(name: &str) -> Vec<Input> {
    people().into_iter().filter(|it| it.name() == name).collect()
}

#[tokio::test]
async fn of_two_inputs_of_one_name_the_rows_are_told_apart() {
    let store = Store::memory();
    let lake = lake(&store).await;
    let one = || input("x.csv", "id,amount\na,101\n");
    let two = || input("x.csv", "id,amount\nb,102\n");
    for input in [one(), two()] {
        ingest(&lake, &masked(1, &[]), vec![input], &with_keys(Vec::new())).await.unwrap();
    }
    let second = masked(2, &[(", maximum: 100", "")]);
    let replayed = replay(&lake, &second, &[], &with_keys(vec![two()])).await.unwrap();
    assert_eq!((replayed.counts, replayed.unread), (counts(1, 1, 0), 1));
    assert_eq!(rows(&store).await.len(), 1);
    let replayed = replay(&lake, &second, &[], &with_keys(vec![one()])).await.unwrap();
    assert_eq!((replayed.counts, replayed.unread), (counts(1, 1, 0), 0));
    assert_eq!(rows(&store).await, [r#"a "" x.csv:2"#, r#"b "" x.csv:2"#]);
}
