//! The steps as functions give what a run gives.

use std::collections::BTreeMap;

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::{Int32Type, Int64Type};
use lake::bronze::{At, MaskKeys, PartitionKey, Reject, encode, finish, parse_split};
use lake::read::Format;
use lake::schema::{ACTIVITY, Document};
use storage_core::Digest;

use super::bronze::{ACTIVITIES, run};

#[test]
fn splits_and_partitions_one_by_one_give_the_files_of_a_run() {
    for winner in ["first", "reject"] {
        let text = ACTIVITY.replace("winner: first", &format!("winner: {winner}"));
        let document = Document::parse(&text).unwrap();
        let whole = run(&document, &[("a.ndjson", ACTIVITIES)]);

        // Pieces of about ten lines each.
        let (mut start, mut first_line) = (0, 1);
        let (mut batches, mut rejects) = (Vec::new(), Vec::new());
        while start < ACTIVITIES.len() {
            let rest = &ACTIVITIES[start..];
            let end = rest
                .iter()
                .enumerate()
                .filter(|(_, byte)| **byte == b'\n')
                .nth(9)
                .map_or(rest.len(), |it| it.0 + 1);
            let at = At { file: "a.ndjson".to_owned(), first_line, offset: start as u64 };
            let split =
                parse_split(&document, &MaskKeys::default(), &Format::JsonLines, &at, &rest[..end])
                    .unwrap();
            assert_eq!(split.counts.rows, split.rows.num_rows() as u64 + split.counts.quarantined);
            rejects.extend(Reject::rows(&split.rejects).unwrap());
            batches.push(split.rows);
            first_line += split.lines;
            start += end;
        }

        let all = concat_batches(&batches[0].schema(), &batches).unwrap();
        let mut by_partition: BTreeMap<PartitionKey, Vec<RecordBatch>> = BTreeMap::new();
        for row in 0..all.num_rows() {
            let tenant =
                all.column_by_name("tenant_id").unwrap().as_string::<i32>().value(row).to_owned();
            let part = |name: &str| {
                let value =
                    all.column_by_name(name).unwrap().as_primitive::<Int32Type>().value(row);
                (name.to_owned(), value.to_string())
            };
            let key =
                PartitionKey(vec![("tenant_id".to_owned(), tenant), part("year"), part("month")]);
            by_partition.entry(key).or_default().push(all.slice(row, 1));
        }
        let mut files = Vec::new();
        let mut lost = 0;
        for (key, rows) in &by_partition {
            let done = finish(&document, key, rows, &[]).unwrap();
            for batch in &done.accepted {
                assert_eq!(batch.schema(), document.file_schema());
                files.push((key.clone(), Digest::of(&encode(batch).unwrap())));
            }
            for batch in &done.rejects {
                rejects.extend(Reject::rows(batch).unwrap());
            }
            lost += done.duplicates.iter().map(RecordBatch::num_rows).sum::<usize>();
            let counted: u64 = done
                .counts
                .iter()
                .map(|(_, it)| it.accepted + it.exact + it.conflicting + it.quarantined)
                .sum();
            assert_eq!(counted, rows.len() as u64);
            // What is in the table already is met again, row by row.
            let again = finish(&document, key, rows, &done.accepted).unwrap();
            assert_eq!(again.accepted.len(), 0, "{}", key.path());
        }
        let expected: Vec<_> =
            whole.outcome.files.iter().map(|it| (it.partition.clone(), it.digest)).collect();
        assert_eq!(files, expected, "{winner}");
        assert_eq!(rejects.len(), whole.rejects.len());
        rejects.sort_by_key(|it| it.line);
        let mut those = whole.rejects.clone();
        those.sort_by_key(|it| it.line);
        assert_eq!(rejects, those);
        assert_eq!(lost, whole.duplicates.len());
        let lines = all.column_by_name("_line").unwrap().as_primitive::<Int64Type>();
        assert!(lines.values().is_sorted(), "rows come in the order of lines");
    }
}
