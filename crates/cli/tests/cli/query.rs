//! `lake query`: with the feature `sql` it answers, without it says how to get it.

use std::path::Path;
use std::process::{Command, Output, Stdio};

fn run(folder: &Path, arguments: &[&str], stdin: &str) -> Output {
    use std::io::Write as _;

    let mut child = Command::new(env!("CARGO_BIN_EXE_strongroom"))
        .args(["lake"])
        .args(arguments)
        .current_dir(folder)
        .env("STRONGROOM_LAKE", "./lake")
        .env("NO_COLOR", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn said(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn queries_that_are_kept_are_listed_whatever_was_built() {
    let scratch = tempfile::tempdir().unwrap();
    let (status, listed, _) = said(&run(scratch.path(), &["query", "--list"], ""));
    assert_eq!(status, Some(0));
    let names: Vec<_> = listed.lines().filter_map(|it| it.split_whitespace().next()).collect();
    assert_eq!(
        names[1..],
        [
            "conflicting_duplicates",
            "emissions_by_category",
            "monthly_emissions_by_tenant",
            "quarantine_by_reason"
        ]
    );
    let (status, listed, _) =
        said(&run(scratch.path(), &["query", "--list", "--format", "json"], ""));
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(status, Some(0));
    assert!(listed["queries"][3]["sql"].as_str().unwrap().starts_with("SELECT"));
}

#[cfg(not(feature = "sql"))]
#[test]
fn without_the_engine_it_says_how_to_get_it() {
    let scratch = tempfile::tempdir().unwrap();
    let (status, data, talk) = said(&run(scratch.path(), &["query", "SELECT 1"], ""));
    assert_eq!((status, &*data), (Some(2), ""));
    assert!(talk.starts_with("error: this program was built without SQL\nhint: "), "{talk}");
    assert!(talk.contains("cargo install --path crates/cli --features sql"), "{talk}");
}

#[cfg(feature = "sql")]
mod answered {
    use super::*;

    const RAW: &str = r#"{"tenant_id":"acme","activity_id":"a-1","emission_factor_id":"grid/xa","quantity":1500,"unit":"kWh","timestamp":"2024-05-01T08:00:00Z","source":"say \"hi\", x"}
{"tenant_id":"acme","activity_id":"a-2","emission_factor_id":"grid/xa","quantity":100.5,"unit":"l","timestamp":"2024-05-02T08:00:00Z","source":null}
{"tenant_id":"zeta","activity_id":"a-3","emission_factor_id":"grid/xa","quantity":-1,"unit":"kWh","timestamp":"2024-05-02T08:00:00Z","source":null}
"#;

    fn lake() -> tempfile::TempDir {
        let scratch = tempfile::tempdir().unwrap();
        let folder = scratch.path();
        std::fs::write(folder.join("raw.ndjson"), RAW).unwrap();
        std::fs::write(folder.join("activity.yaml"), lake::schema::ACTIVITY).unwrap();
        let taken = run(folder, &["ingest", "raw.ndjson", "--schema", "activity.yaml"], "");
        assert_eq!(taken.status.code(), Some(0), "{taken:?}");
        scratch
    }

    const ALL: &str =
        "SELECT activity_id, quantity, source, timestamp FROM bronze.emissions ORDER BY 1";

    #[test]
    fn answers_come_as_a_table_as_json_and_as_csv() {
        let scratch = lake();
        let ask = |arguments: &[&str], stdin: &str| {
            let (status, data, talk) =
                said(&run(scratch.path(), &[&["query"], arguments].concat(), stdin));
            assert_eq!(status, Some(0), "{talk}");
            (data, talk)
        };
        assert_eq!(
            ask(&[ALL], "").0,
            "\
activity_id  quantity  source       timestamp
a-1          1500.0    say \"hi\", x  2024-05-01T08:00:00+00:00
a-2          100.5                  2024-05-02T08:00:00+00:00
"
        );
        let (data, talk) = ask(&["-", "--limit", "1"], ALL);
        assert_eq!(
            (data.lines().count(), talk.trim()),
            (2, "there are more rows; `--limit` shows them")
        );
        let (data, talk) = ask(&[ALL, "--limit", "2"], "");
        assert_eq!((data.lines().count(), &*talk), (3, ""));
        assert_eq!(
            ask(&[ALL, "--format", "csv", "--unverified"], "").0,
            "activity_id,quantity,source,timestamp\r\n\
             a-1,1500.0,\"say \"\"hi\"\", x\",2024-05-01T08:00:00+00:00\r\n\
             a-2,100.5,,2024-05-02T08:00:00+00:00\r\n"
        );
        let (data, _) = ask(&[ALL, "--format", "json", "--threads", "1", "--limit", "1"], "");
        assert_eq!(
            data,
            "{\"columns\":[\"activity_id\",\"quantity\",\"source\",\"timestamp\"],\"rows\":[{\
             \"activity_id\":\"a-1\",\"quantity\":1500.0,\"source\":\"say \\\"hi\\\", x\",\
             \"timestamp\":\"2024-05-01T08:00:00+00:00\"}]}\n"
        );
        let none = ask(&["--format", "json", "SELECT 1 AS one WHERE FALSE"], "").0;
        assert_eq!(none, "{\"columns\":[\"one\"],\"rows\":[]}\n");
        let named = ask(&["--named", "quarantine_by_reason"], "").0;
        assert_eq!(named.lines().nth(1), Some("below_minimum  quantity  1        raw.ndjson"));
    }

    #[test]
    fn what_cannot_be_answered_has_a_status_and_a_hint() {
        let scratch = lake();
        for (arguments, status, told) in [
            (
                vec!["DROP TABLE bronze.emissions"],
                2,
                "error: `DROP TABLE` is no query, and here is only read\nhint: ",
            ),
            (
                vec!["SELECT\n  nothing FROM bronze.emissions"],
                2,
                "error: the query cannot be understood: line 2, column 3\n  because: ",
            ),
            (
                vec!["SELECT * FROM bronze.emission"],
                3,
                "error: there is no table `bronze.emission`\nhint: there is `bronze.emissions`",
            ),
            (vec!["--named", "monthly"], 3, "error: there is no query `monthly`; `--list`"),
            (
                vec!["--named", "monthly_emissions_by_tenant"],
                3,
                "error: there is no table `gold.emissions_summary`",
            ),
            (vec!["SELECT 1", "--lake", "./nothing"], 3, "error: there is no lake at"),
            (
                vec![
                    "SELECT array_agg(value) FROM generate_series(1, 9000000)",
                    "--memory",
                    "1MiB",
                ],
                2,
                "error: the query needs more than 1048576 bytes of memory",
            ),
        ] {
            let arguments = [vec!["query"], arguments].concat();
            let (found, data, talk) = said(&run(scratch.path(), &arguments, ""));
            assert_eq!((found, &*data), (Some(status), ""), "{arguments:?}: {talk}");
            assert!(talk.starts_with(told), "{arguments:?}: {talk}");
        }
    }
}
