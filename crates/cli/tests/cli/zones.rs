//! A raw file becomes bronze, silver and gold by commands, and the numbers are those of `factor compute`.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

const RAW: &str = r#"{"tenant_id":"acme","activity_id":"a-1","emission_factor_id":"grid/xa","quantity":1500,"unit":"kWh","timestamp":"2024-05-01T08:00:00Z","source":"Meter"}
{"tenant_id":"acme","activity_id":"a-2","emission_factor_id":"fuel/heating-oil","quantity":100.5,"unit":"l","timestamp":"2024-05-02T08:00:00Z","source":"erp"}
{"tenant_id":"acme","activity_id":"a-3","emission_factor_id":"grid/nowhere","quantity":1,"unit":"kWh","timestamp":"2024-06-02T08:00:00Z","source":"metr"}
{"tenant_id":"acme","activity_id":"a-4","emission_factor_id":"grid/xa","quantity":2,"unit":"MWh","timestamp":"2024-06-03T08:00:00Z","source":null}
"#;

fn run(folder: &Path, line: &str, status: i32) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_strongroom"))
        .args(line.split(' '))
        .current_dir(folder)
        .env("STRONGROOM_LAKE", "./lake")
        .env("STRONGROOM_FACTORS", "./factors")
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{line}: {said}");
    String::from_utf8(if status == 0 { output.stdout } else { output.stderr }).unwrap()
}

fn json(folder: &Path, line: &str) -> Value {
    serde_json::from_str(&run(folder, &format!("{line} --format json"), 0)).unwrap()
}

const POLICY: &str = "
retention: lake-retention/1
rules:
  - tables: [bronze/*, silver/*]
    keep: [{for: P1M, evidence: house, law: nobody}]
  - tables: [gold/*]
    keep: [{for: P3M, evidence: house, law: nobody}]
";

/// Makes bronze of the raw rows.
fn ingest(folder: &Path) {
    std::fs::write(folder.join("raw.ndjson"), RAW).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let place = format!("file://{}", folder.join("lake").display());
        std::fs::create_dir_all(folder.join("lake")).unwrap();
        let store = platform::store::Store::open(&place).await.unwrap();
        let lake =
            lake::commits::Lake::open(&store, lake::commits::Options::new("ana")).await.unwrap();
        let document = lake::schema::Document::parse(lake::schema::ACTIVITY).unwrap();
        let inputs = lake::ingest::local_inputs(&folder.join("raw.ndjson")).unwrap();
        lake::ingest::ingest(&lake, &document, inputs, &Default::default()).await.unwrap();
    });
}

#[test]
fn rows_are_refined_and_summed_up_once() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path();
    let factors = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cmd/factor.in/factors.json");
    std::fs::copy(factors, folder.join("factors.json")).unwrap();
    run(folder, "factor put factors.json --store ./factors", 0);
    ingest(folder);

    // Gases by mass need a set of potentials; nothing is taken instead.
    let first = json(folder, "lake refine bronze/emissions");
    assert_eq!(first["rows"], 4);
    assert_eq!(first["accepted"], 2);
    let rejected = serde_json::json!({"factor_unknown": 1, "gwp_set_missing": 1});
    assert_eq!(first["quarantined"], rejected);
    assert_eq!(first["table"], "silver/emissions/emissions");
    let again = run(folder, "lake refine bronze/emissions", 0);
    assert!(again.contains("commit       none: there was nothing to do"), "{again}");
    let listed = run(folder, "lake quarantine list silver/emissions/emissions", 0);
    assert!(listed.contains("raw.ndjson:3") && listed.contains("factor_unknown"), "{listed}");

    let retried = json(folder, "lake refine bronze/emissions --retry --gwp AR6");
    assert_eq!((&retried["resolved"], &retried["accepted"]), (&1.into(), &1.into()));

    let gold = run(folder, "lake aggregate silver/emissions/emissions", 0);
    let written: Vec<Vec<&str>> =
        gold.lines().map(|it| it.split_whitespace().collect::<Vec<_>>()).collect();
    let wanted = [
        ["gold/emissions/summary", "2", "2", "3", "0"],
        ["gold/emissions/activity", "2", "2", "3", "0"],
        ["gold/emissions/scope2", "2", "2", "2", "0"],
        ["gold/emissions/coverage", "2", "2", "2", "0"],
        ["gold/emissions/yoy", "2", "2", "3", "0"],
    ];
    assert_eq!(written[1..], wanted.map(|it| it.to_vec()), "{gold}");
    let nothing = json(folder, "lake aggregate silver/emissions/emissions");
    assert!(
        nothing["tables"].as_array().unwrap().iter().all(|it| it["commit"].is_null()),
        "{nothing}"
    );

    // The same figure as the single calculation gives, and the documented table.
    let single = json(
        folder,
        "factor compute 100.5 l --factor fuel/heating-oil --valid-at 2024-05-02 --gwp AR6",
    );
    assert_eq!(single["value"]["rounded"], "269.130306750000");
    let ddl = run(folder, "lake ddl gold/emissions/summary --location s3://bucket/lake", 0);
    for column in ["scope INT", "total_emissions DOUBLE", "record_count BIGINT"] {
        let ddl = ddl.replace('`', "");
        let plain = ddl.split_whitespace().collect::<Vec<_>>().join(" ").to_uppercase();
        assert!(plain.contains(&column.to_uppercase()), "{column}: {ddl}");
    }

    // What is only similar is suggested.
    std::fs::write(folder.join("systems.csv"), "id,name,aliases\nS1,Meter,\nS2,ERP,sap\n").unwrap();
    let table = "lake refine bronze/emissions --into silver/named/emissions --gwp AR6";
    let named = run(folder, &format!("{table} --reference source=systems.csv"), 0);
    assert!(named.contains("entity_unknown") && named.contains("S1 `Meter`?"), "{named}");

    for (line, status, said) in [
        ("lake refine silver/emissions/emissions", 2, "it is not a table of bronze"),
        ("lake refine bronze/nothing", 3, "there is no table `bronze/nothing`"),
        ("lake refine bronze/emissions --weigh-again", 2, "--gwp"),
        ("lake refine bronze/emissions --known-at no-such-tag", 3, "no-such-tag"),
        (
            "lake refine bronze/emissions --reference source=raw.ndjson",
            2,
            "there is no column `id`",
        ),
        (
            "lake aggregate silver/emissions/nothing",
            3,
            "there is no table `silver/emissions/nothing`",
        ),
        (
            "lake aggregate silver/emissions/emissions --benchmarks raw.ndjson",
            2,
            "line 1 of the benchmarks",
        ),
    ] {
        let error = run(folder, line, status);
        assert!(error.contains(said), "{line}: {error}");
    }
}

#[test]
fn a_trial_of_a_lake_that_is_not_there_begins_none() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path();
    std::fs::write(folder.join("raw.ndjson"), RAW).unwrap();
    std::fs::write(folder.join("activity.yaml"), lake::schema::ACTIVITY).unwrap();
    let line = "lake ingest raw.ndjson --schema activity.yaml --ledger ./log";
    let tried = json(folder, &format!("{line} --dry-run"));
    assert_eq!((&tried["counts"]["accepted"], &tried["commit"]), (&4.into(), &Value::Null));
    assert!(!folder.join("lake").exists() && !folder.join("log").exists());
    ingest(folder);
    // One that is there is looked at.
    let tried = json(folder, &format!("{line} --dry-run"));
    assert_eq!(tried["counts"]["rows"], 0, "{tried}");
    assert!(!folder.join("log").exists());
}

#[test]
fn rows_whose_time_is_over_go_from_all_zones() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path();
    let factors = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cmd/factor.in/factors.json");
    std::fs::copy(factors, folder.join("factors.json")).unwrap();
    std::fs::write(folder.join("policy.yaml"), POLICY).unwrap();
    run(folder, "factor put factors.json --store ./factors", 0);
    ingest(folder);
    run(folder, "lake refine bronze/emissions", 0);
    run(folder, "lake aggregate silver/emissions/emissions --metric summary", 0);

    // May ended with the last of August for gold; June has a month to go, and silver and bronze with it.
    let plan = "lake retain plan --policy policy.yaml --as-of 2024-09-15";
    let planned = json(folder, plan);
    let gone: Vec<_> = planned["plan"]["removes"].as_array().unwrap().iter().collect();
    let tables: Vec<_> = gone.iter().map(|it| it["table"].as_str().unwrap()).collect();
    let zones =
        ["gold/emissions/summary", "silver/emissions/emissions", "silver/emissions/emissions"];
    assert_eq!(tables, [&zones[..], &["bronze/emissions"]].concat());
    assert!(gone.iter().all(|it| it["partition"].as_str().unwrap().ends_with("month=5")));
    let human = run(folder, plan, 0);
    assert!(human.contains("gold/emissions/summary year=2024/month=6 rests on it"), "{human}");
    let digest = planned["digest"].as_str().unwrap();
    assert!(human.ends_with(&format!("{digest}\n")), "{human}");

    let apply = format!("lake retain apply --policy policy.yaml --plan-digest {digest}");
    // Today more would go.
    run(folder, &apply, 4);
    let apply = format!("{apply} --as-of 2024-09-15");
    let applied = json(folder, &apply);
    assert_eq!(applied["commits"].as_array().unwrap().len(), 3);
    assert_eq!(json(folder, &apply), applied);
    assert_eq!(json(folder, plan)["plan"]["removes"], serde_json::json!([]));
    let shown = json(folder, "lake show bronze/emissions");
    assert_eq!((&shown["data"]["rows"], &shown["retained"]["data"]), (&2.into(), &2.into()));
    let shown = run(folder, "lake show bronze/emissions", 0);
    assert!(shown.contains("time over    2 rows, 0 refused ones, 0 duplicates"), "{shown}");
    let shown = run(folder, "lake aggregate silver/emissions/emissions --metric summary", 0);
    assert!(shown.contains("none"), "{shown}");
}

#[cfg(not(feature = "glue"))]
#[test]
fn what_was_not_built_says_how_to_get_it() {
    let scratch = tempfile::tempdir().unwrap();
    let said = run(scratch.path(), "lake catalog sync", 2);
    assert!(said.contains("error: this program was built without Glue"), "{said}");
    assert!(said.contains("--features glue"), "{said}");
}
