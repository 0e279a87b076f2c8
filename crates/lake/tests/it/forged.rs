//! Logs in which somebody changed something: refused or read, and nothing falls over.

use bytes::Bytes;
use lake::catalog::{
    Definition, TenantProjection, create_table, ddl, lint, read_definition, read_glue,
};
use lake::commits::{Commit, Kind, State, TableName};
use lake::compact::{self, compact};
use lake::retain::prepare;
use platform::store::Put;
use serde_json::{Value, json};
use storage_core::Digest;

use super::retain::{Scene, copied, name, policy, scene};

/// Every way to one value in a document.
fn places(value: &Value, at: String, places: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                self::places(value, format!("{at}/{name}"), places);
            }
        }
        Value::Array(elements) => {
            for (nth, value) in elements.iter().enumerate() {
                self::places(value, format!("{at}/{nth}"), places);
            }
        }
        _ => {}
    }
    places.push(at);
}

/// What may stand there instead.
fn instead(there: &Value) -> Vec<Value> {
    let mut all = vec![json!(null), json!([]), json!({}), json!("")];
    match there {
        Value::Number(_) => all.extend([
            json!(0),
            json!(-1),
            json!(1.5),
            json!((1_u64 << 53) - 1),
            json!(1_u64 << 53),
            json!(u64::MAX),
        ]),
        Value::String(text) => {
            all.extend([
                json!(format!("{text}0")),
                json!("2147483647"),
                json!("+262142-12-31T23:59:59Z"),
                json!("-262143-01-01T00:00:00Z"),
                json!("9999-12-31T23:59:59Z"),
                json!("../x"),
                json!("\u{0}"),
            ]);
            all.push(json!(text.replace("year=2021", "year=2147483647")));
            all.push(json!(text.replace("month=1", "month=99")));
        }
        _ => {}
    }
    all
}

/// Does with the table what reads its log.
async fn looked_at(scene: &Scene, table: &TableName) {
    let lake = scene.lake().await;
    let opened = lake.table_as_it_is(table).await.unwrap();
    if let Ok(plan) = prepare(&lake, &policy(), None).await {
        plan.digest();
    }
    let columns = arrow::datatypes::Schema::empty();
    for kind in [Kind::Data, Kind::Quarantine] {
        let state = opened.state();
        state.rows(kind);
        let tenants = TenantProjection::Enum;
        if let Ok(definition) = Definition::of(state, kind, &columns, "s3://lake", tenants) {
            lint(&definition, state, kind, "s3://lake");
        }
    }
}

/// Does with the table what changes it.
async fn used(scene: &Scene, table: &TableName) {
    let lake = scene.lake().await;
    let _ = scene.refine(&lake).await;
    let _ = scene.aggregate(&lake).await;
    if let Ok(mut opened) = lake.table(table).await {
        let _ = compact(&mut opened, &compact::Options::default()).await;
    }
}

#[tokio::test]
async fn a_forged_commit_is_an_error_or_a_log_and_never_a_panic() {
    let scene = scene("2028-02-01").await;
    let (mut refused, mut read) = (0, 0);
    for table in ["bronze/emissions", "silver/esg/emissions", "gold/emissions/summary"] {
        let table = name(table);
        let history = scene.lake().await.table(&table).await.unwrap().history().await.unwrap();
        // The last one, which no other names by its digest.
        let (last, earlier) = history.split_last().unwrap();
        let before = State::fold(table.clone(), earlier).unwrap();
        let key = format!("_strongroom/lake/{table}/commits/{:020}", last.number);
        let body = scene.store.get(&key).await.unwrap().body;
        let commit: Value = serde_json::from_slice(&body).unwrap();
        let mut all = Vec::new();
        places(&commit, String::new(), &mut all);
        for place in all {
            for value in instead(commit.pointer(&place).unwrap()) {
                let mut forged = commit.clone();
                *forged.pointer_mut(&place).unwrap() = value;
                let forged = Bytes::from(serde_json::to_vec(&forged).unwrap());
                let commit = Commit::from_bytes(&table, last.number, &forged);
                if commit.and_then(|it| before.clone().take(&it, Digest::of(&forged))).is_err() {
                    refused += 1;
                    continue;
                }
                read += 1;
                scene.store.put(&key, forged, &Put::default()).await.unwrap();
                looked_at(&scene, &table).await;
                // What only says something of itself does not need all of it.
                if place.ends_with("/path") || place.contains("/partition") {
                    used(&scene.beside(copied(&scene.store).await), &table).await;
                }
            }
        }
        scene.store.put(&key, body, &Put::default()).await.unwrap();
    }
    assert!(refused > 500 && read > 100, "{refused} were refused and {read} read");
}

#[tokio::test]
async fn numbers_that_no_lake_has_are_refused() {
    use lake::commits::{Act, Counts, Input};
    let table = name("silver/esg/emissions");
    let commit = |inputs: u64, rows: u64| Commit {
        v: 1,
        table: table.clone(),
        number: 0,
        previous: None,
        run: "a".repeat(32),
        act: Act::Refine,
        actor: "ana".to_owned(),
        at: super::retain::at("2021-03-01"),
        code: "0".to_owned(),
        schema: None,
        inputs: (0..inputs)
            .map(|nth| Input {
                path: format!("{nth}"),
                sha256: Digest::of(&nth.to_le_bytes()),
                size_bytes: 0,
                counts: Counts { rows, accepted: rows, ..Counts::default() },
            })
            .collect(),
        displaced: 0,
        adds: Vec::new(),
        removes: Vec::new(),
        notes: Default::default(),
    };
    let digest = Digest::of(b"any");
    let largest = (1 << 53) - 1;
    let taken = |commit: &Commit| State::new(table.clone()).take(commit, digest);
    taken(&commit(100, largest)).unwrap();
    for (inputs, rows, reason) in [
        (1, largest + 1, "it says 9007199254740992, which is beyond 2^53 - 1"),
        (2, u64::MAX, "it says 18446744073709551615, which is beyond 2^53 - 1"),
        (3000, largest, "there cannot be so many rows or bytes"),
    ] {
        let forged = commit(inputs, rows);
        assert!(taken(&forged).unwrap_err().to_string().ends_with(reason), "{inputs} {rows}");
        assert!(forged.counts().rows >= largest);
    }
}

#[tokio::test]
async fn a_definition_that_somebody_spoilt_is_read_or_refused() {
    let scene = scene("2028-02-01").await;
    let table = scene.lake().await.table(&name("bronze/emissions")).await.unwrap();
    let (state, columns) = (table.state(), arrow::datatypes::Schema::empty());
    let definition =
        Definition::of(state, Kind::Data, &columns, "s3://lake", TenantProjection::Enum).unwrap();
    let (mut read, mut refused) = (0, 0);
    let mut note = |spoilt: lake::catalog::Result<Definition>| match spoilt {
        Ok(definition) => {
            lint(&definition, state, Kind::Data, "s3://lake");
            ddl(&definition);
            read += 1;
        }
        Err(_) => refused += 1,
    };
    let glue = create_table(&definition);
    let mut all = Vec::new();
    places(&glue, String::new(), &mut all);
    for place in all {
        for value in instead(glue.pointer(&place).unwrap()) {
            let mut spoilt = glue.clone();
            *spoilt.pointer_mut(&place).unwrap() = value;
            note(read_glue(&spoilt));
        }
    }
    let text = ddl(&definition);
    for at in text.char_indices().map(|it| it.0) {
        note(read_definition(&text[..at]));
        for other in ["'", "(", ",", "$", "9223372036854775807", "\0", "é"] {
            note(read_definition(&format!("{}{other}{}", &text[..at], &text[at + 1..])));
        }
    }
    assert!(read > 100 && refused > 1000, "{read} were read and {refused} refused");
}
