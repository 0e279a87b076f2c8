//! From raw lines to bronze: every row ends in one place, whatever the threads and the memory.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::num::NonZeroUsize;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Float64Type, Int64Type};
use bytes::Bytes;
use lake::bronze::{
    Error, Existing, Nothing, Options, Outcome, PartitionKey, Reject, encode, gather,
};
use lake::read::Source;
use lake::schema::{ACTIVITY, Document};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

pub(super) const ACTIVITIES: &[u8] = include_bytes!("../data/activities.ndjson");
const TRUTH: &str = include_str!("../data/activities.truth.csv");

/// An input in memory.
pub(super) struct Given(pub(super) String, pub(super) Vec<u8>);

impl Source for Given {
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

/// What a run leaves behind.
pub(super) struct Run {
    pub(super) outcome: Outcome,
    pub(super) rejects: Vec<Reject>,
    /// file, line, kind, kept file, kept line, row
    pub(super) duplicates: Vec<(String, i64, String, String, i64, Option<String>)>,
    /// The batches that were rejected and left out, as digests of their Parquet.
    aside: Vec<String>,
    directory: tempfile::TempDir,
}

pub(super) fn run_with(
    document: &Document,
    inputs: &[(&str, &[u8])],
    existing: &dyn Existing,
    threads: usize,
    memory: u64,
) -> Result<Run, Error> {
    let directory = tempfile::tempdir().unwrap();
    let sources: Vec<Box<dyn Source>> = inputs
        .iter()
        .map(|(name, bytes)| Box::new(Given((*name).to_owned(), bytes.to_vec())) as Box<dyn Source>)
        .collect();
    let mut options = Options::new(directory.path());
    options.threads = NonZeroUsize::new(threads).unwrap();
    options.memory = memory;
    let gathered = gather(document, &sources, &options)?;
    let mut outcome = gathered.finish(existing, &BTreeSet::new(), directory.path(), None)?;
    let (mut rejects, mut duplicates, mut aside) = (Vec::new(), Vec::new(), Vec::new());
    for batch in outcome.rejects.by_ref() {
        let batch = batch.unwrap();
        aside.push(storage_core::Digest::of(&encode(&batch).unwrap()).to_string());
        rejects.extend(Reject::rows(&batch).unwrap());
    }
    for batch in outcome.duplicates.by_ref() {
        let batch = batch.unwrap();
        aside.push(storage_core::Digest::of(&encode(&batch).unwrap()).to_string());
        let text =
            |at: usize, row: usize| batch.column(at).as_string::<i32>().value(row).to_owned();
        let line = |at: usize, row: usize| batch.column(at).as_primitive::<Int64Type>().value(row);
        for row in 0..batch.num_rows() {
            let values = batch.column(5).is_valid(row).then(|| text(5, row));
            duplicates.push((
                text(0, row),
                line(1, row),
                text(2, row),
                text(3, row),
                line(4, row),
                values,
            ));
        }
    }
    Ok(Run { outcome, rejects, duplicates, aside, directory })
}

pub(super) fn run(document: &Document, inputs: &[(&str, &[u8])]) -> Run {
    run_with(document, inputs, &Nothing, 2, 64 << 20).unwrap()
}

fn activity() -> Document {
    Document::parse(ACTIVITY).unwrap()
}

pub(super) fn read(bytes: Vec<u8>) -> Vec<RecordBatch> {
    let reader =
        ParquetRecordBatchReaderBuilder::try_new(Bytes::from(bytes)).unwrap().build().unwrap();
    reader.collect::<Result<_, _>>().unwrap()
}

/// All bronze rows: file, line, and the batch and row they are in.
pub(super) fn bronze(run: &Run) -> BTreeMap<(String, i64), (PartitionKey, RecordBatch, usize)> {
    let mut rows = BTreeMap::new();
    for file in &run.outcome.files {
        for batch in read(std::fs::read(&file.path).unwrap()) {
            for row in 0..batch.num_rows() {
                let name =
                    batch.column_by_name("_file").unwrap().as_string::<i32>().value(row).to_owned();
                let line =
                    batch.column_by_name("_line").unwrap().as_primitive::<Int64Type>().value(row);
                let place = (file.partition.clone(), batch.clone(), row);
                assert!(rows.insert((name, line), place).is_none(), "a row is there twice");
            }
        }
    }
    rows
}

/// The code that a defect of the generator has to be refused with.
fn code_of(kind: &str) -> &str {
    match kind.split(':').next().unwrap() {
        "missing_field" => "missing",
        "null_required" => "null",
        "empty_string" => "empty",
        "num_string" | "text_quantity" | "wrong_type_tenant" | "wrong_type_object" => "wrong_type",
        "bad_ts_calendar" | "bad_ts_format" | "bad_ts_text" => "bad_timestamp",
        "negative_quantity" => "below_minimum",
        "nan_quantity" | "truncated" => "malformed_json",
        "inf_quantity" => "out_of_range",
        "unknown_unit" => "not_allowed",
        other => panic!("a kind of its own: {other}"),
    }
}

#[test]
fn every_defect_is_found_with_its_reason_and_every_row_is_in_one_place() {
    let run = run(&activity(), &[("a/activities.ndjson", ACTIVITIES)]);
    let lines: Vec<&[u8]> = ACTIVITIES.split(|&byte| byte == b'\n').collect();
    let truth: BTreeMap<u64, &str> = TRUTH
        .lines()
        .skip(1)
        .map(|line| line.split_once(',').unwrap())
        .map(|(line, kind)| (line.parse().unwrap(), kind))
        .collect();
    let bad: BTreeMap<u64, &str> = truth
        .iter()
        .filter(|(_, kind)| !kind.starts_with("dup_"))
        .map(|(line, kind)| (*line, *kind))
        .collect();

    let found: BTreeMap<u64, &Reject> = run.rejects.iter().map(|it| (it.line, it)).collect();
    assert_eq!(found.keys().collect::<Vec<_>>(), bad.keys().collect::<Vec<_>>());
    for (line, kind) in &bad {
        let reject = found[line];
        assert_eq!(reject.code.as_str(), code_of(kind), "line {line}: {kind}");
        assert_eq!(
            reject.raw.as_deref().unwrap(),
            lines[usize::try_from(*line).unwrap() - 1],
            "line {line}"
        );
        let offset: usize =
            lines[..usize::try_from(*line).unwrap() - 1].iter().map(|it| it.len() + 1).sum();
        assert_eq!(reject.offset, offset as u64, "line {line}");
        if let Some((_, column)) = kind.split_once(':') {
            assert_eq!(reject.column.as_deref(), Some(column), "line {line}");
        }
    }

    let duplicates: BTreeMap<u64, &str> =
        run.duplicates.iter().map(|it| (it.1.cast_unsigned(), it.2.as_str())).collect();
    for (line, kind) in truth.iter().filter(|(_, kind)| kind.starts_with("dup_")) {
        let expected = if *kind == "dup_conflict" { "conflict" } else { "exact" };
        assert_eq!(duplicates.get(line), Some(&expected), "line {line}: {kind}");
    }
    assert_eq!(duplicates.len(), truth.len() - bad.len());

    let rows = bronze(&run);
    let counts = run.outcome.inputs[0].counts;
    assert_eq!(counts.rows, 700);
    assert_eq!(counts.accepted, rows.len() as u64);
    assert_eq!(counts.exact + counts.conflicting, duplicates.len() as u64);
    assert_eq!(counts.quarantined, bad.len() as u64);
    assert!(counts.add_up());

    // Every value of every bronze row is what stands in its line.
    for ((_, line), (partition, batch, row)) in &rows {
        let value: serde_json::Value =
            serde_json::from_slice(lines[usize::try_from(*line).unwrap() - 1]).unwrap();
        assert_eq!(partition.0[0].1, value["tenant_id"]);
        let quantity =
            batch.column_by_name("quantity").unwrap().as_primitive::<Float64Type>().value(*row);
        assert_eq!(Some(quantity), value["quantity"].as_f64());
        for name in ["activity_id", "unit", "source"] {
            let column = batch.column_by_name(name).unwrap().as_string::<i32>();
            assert_eq!(column.is_valid(*row).then(|| column.value(*row)), value[name].as_str());
        }
        let moment = value["timestamp"].as_str().unwrap();
        assert!(moment.starts_with(&partition.0[1].1), "{moment} in {}", partition.path());
        let expected = chrono::DateTime::parse_from_rfc3339(moment).unwrap().timestamp_micros();
        let column = batch.column_by_name("timestamp").unwrap();
        let micros =
            column.as_primitive::<arrow::datatypes::TimestampMicrosecondType>().value(*row);
        assert_eq!(micros, expected);
    }
}

#[test]
fn files_say_their_partition_and_are_named_by_their_content() {
    let run = run(&activity(), &[("activities.ndjson", ACTIVITIES)]);
    assert!(run.outcome.files.len() > 100);
    let mut last = PartitionKey::default();
    for file in &run.outcome.files {
        let bytes = std::fs::read(&file.path).unwrap();
        let digest = storage_core::Digest::of(&bytes);
        assert_eq!((file.digest, file.size), (digest, bytes.len() as u64));
        assert_eq!(file.path.parent(), Some(run.directory.path()));
        let place = file.partition.path();
        let [tenant, year, month] = *place.split('/').collect::<Vec<_>>() else {
            panic!("{place}")
        };
        assert!(tenant.starts_with("tenant_id=tenant-0"), "{place}");
        assert!(["year=2024", "year=2025"].contains(&year), "{place}");
        assert!((1..=12).any(|it| month == format!("month={it}")), "{place}");
        assert_eq!(format!("part-{}.parquet", &digest.to_string()[7..39]), file.name);
        assert!(last < file.partition, "files are in order");
        last = file.partition.clone();
        let (least, greatest) = &file.ranges["timestamp"];
        assert!(least <= greatest && least.starts_with(&year[5..]));
    }
}

/// All digests, in order.
pub(super) fn digests(run: &Run) -> Vec<String> {
    let files = run.outcome.files.iter().map(|it| format!("{} {}", it.partition.path(), it.digest));
    files.chain(run.aside.iter().cloned()).collect()
}

#[test]
fn duplicates_beyond_what_is_gathered_at_once_are_all_there_and_in_order() {
    let document = |winner: &str| {
        let text = format!(
            "schema: lake/1\nentity: x\nversion: 1\ncolumns:\n\
             \x20 - {{id: 1, name: id, type: integer, required: true}}\n\
             \x20 - {{id: 2, name: v, type: integer}}\nkey: [id]\nwinner: {winner}\n"
        );
        Document::parse(&text).unwrap()
    };
    let found = |winner: &str, lines: String| {
        let inputs = [("a.ndjson", lines.as_bytes())];
        run_with(&document(winner), &inputs, &Nothing, 2, 1 << 20).unwrap()
    };
    let same = found("first", "{\"id\":1}\n".repeat(140_000));
    let lost: Vec<i64> = same.duplicates.iter().map(|it| it.1).collect();
    assert_eq!(lost, (2..=140_000).collect::<Vec<_>>());
    let lines = (0..140_000).map(|nth| format!("{{\"id\":1,\"v\":{nth}}}\n"));
    let differ = found("reject", lines.collect());
    let lost: Vec<u64> = differ.rejects.iter().map(|it| it.line).collect();
    assert_eq!(lost, (1..=140_000).collect::<Vec<_>>());
}

#[test]
fn neither_threads_nor_memory_show_in_what_comes_out() {
    // Large enough for several splits where memory is small, with a partition that has to be judged in passes.
    let line = |n: usize| {
        let (key, month) = (n * 7919 % 900, 1 + n % 3);
        let unit = ["kWh", "t", "nonsense"]
            [usize::from(n % 50 == 49) * 2 + usize::from(n % 2 == 1) * usize::from(n % 50 != 49)];
        format!(
            "{{\"tenant_id\":\"acme\",\"activity_id\":\"act-{key:06}\",\"emission_factor_id\":\"EF-{}\",\"quantity\":{}.5,\
             \"unit\":\"{unit}\",\"timestamp\":\"2025-0{month}-01T00:00:00Z\",\"note\":{n}}}\n",
            n % 11,
            n % 40,
        )
    };
    let one: String = (0..1500).map(line).collect();
    let two: String = (700..1500).map(line).collect();
    let inputs: [(&str, &[u8]); 3] =
        [("1.ndjson", one.as_bytes()), ("2.ndjson", ACTIVITIES), ("3.ndjson", two.as_bytes())];
    for winner in ["first", "last", "{greatest: quantity}", "reject"] {
        let document =
            Document::parse(&ACTIVITY.replace("winner: first", &format!("winner: {winner}")))
                .unwrap();
        let calm = run_with(&document, &inputs, &Nothing, 1, 1 << 30).unwrap();
        assert!(calm.outcome.inputs.iter().all(|it| it.counts.add_up()));
        let expected = digests(&calm);
        for (threads, memory) in [(1, 0), (2, 1 << 20), (4, 0), (4, 1 << 30)] {
            let other = run_with(&document, &inputs, &Nothing, threads, memory).unwrap();
            assert_eq!(digests(&other), expected, "{winner}, {threads} threads, {memory} bytes");
            assert_eq!(other.outcome.inputs, calm.outcome.inputs);
        }
    }
}
