//! Contracts made from the table of fields: good ones, and each with one thing changed.

use contract_core::fields::{Field, KEYS_UNDER_METADATA, Need, ROOT, Shape};
use serde_json::{Map, Value, json};

/// One contract, and what was done to it.
pub(super) struct Case {
    pub(super) name: String,
    pub(super) contract: Value,
}

/// How many good contracts there are.
pub(super) const GOOD: usize = 6;

/// A good contract: `number` decides what it asks for.
pub(super) fn good(number: usize) -> Value {
    let environment = ["dev", "test", "staging", "prod"][number % 4];
    let purpose = ["logs", "uploads", "backups", "data-lake"][number / 4 % 4];
    let protected = number % 4 > 1;
    let mut spec = json!({
        "bucketName": format!("goldenpath-{environment}-payments-api-{purpose}"),
        "purpose": { "type": purpose, "description": "User file uploads for payment receipts" },
        "retentionPolicy": { "type": "indefinite", "rationale": "User data retained for account lifetime" },
        "costAlertGb": 100 + number,
        "tags": { "costCenter": "payments-123" },
    });
    if protected || number.is_multiple_of(3) {
        let alias = format!("alias/goldenpath-{environment}-s3");
        spec["encryption"] = json!({ "type": "sse-kms", "kmsKeyAlias": alias });
        let target = format!("goldenpath-{environment}-logs");
        spec["accessLogging"] = json!({ "enabled": true, "targetBucket": target });
    }
    if number.is_multiple_of(5) {
        spec["retentionPolicy"]["type"] = json!("time-bounded");
        spec["lifecycle"] = json!({ "expireDays": 365, "transitionToIaDays": 30 });
    }
    if number >= GOOD / 2 {
        spec["storageClass"] = json!("standard");
        spec["versioning"] = json!(true);
        spec["publicAccess"] = json!("blocked");
        spec["corsEnabled"] = json!(false);
        spec["tags"]["team"] = json!("payments");
    }
    let mut contract = json!({
        "apiVersion": "goldenpath.io/v1",
        "kind": "S3BucketRequest",
        "id": format!("S3-{number:04}"),
        "environment": environment,
        "owner": "app-team",
        "application": "payments-api",
        "requester": "daniel-deans",
        "spec": spec,
    });
    if number.is_multiple_of(7) {
        contract["metadata"] = json!({ "title": "Receipts", "created": "2026-01-17" });
    }
    contract
}

/// Every contract that differs from `contract` in one field.
pub(super) fn mutations(contract: &Value) -> Vec<Case> {
    let mut cases = Vec::new();
    walk(ROOT, "", contract, &mut cases);
    for key in KEYS_UNDER_METADATA {
        let mut moved = contract.clone();
        let metadata = moved.as_object_mut().expect("a contract").entry("metadata");
        metadata.or_insert_with(|| json!({}))[*key] = contract[*key].clone();
        cases.push(Case { name: format!("{key} twice"), contract: moved.clone() });
        moved.as_object_mut().expect("a contract").remove(*key);
        cases.push(Case { name: format!("{key} under metadata"), contract: moved });
    }
    let mut log_bucket = contract.clone();
    let environment = contract["environment"].as_str().expect("a name");
    log_bucket["spec"]["bucketName"] = json!(format!("goldenpath-{environment}-logs"));
    cases.push(Case { name: "log bucket with a key".to_owned(), contract: log_bucket.clone() });
    let spec = log_bucket["spec"].as_object_mut().expect("a section");
    spec.remove("encryption");
    spec.remove("accessLogging");
    cases.push(Case { name: "log bucket".to_owned(), contract: log_bucket });
    for value in [json!("x"), json!(""), json!(7), json!(true), json!(null), json!([]), json!({})] {
        let mut tagged = contract.clone();
        tagged["spec"]["tags"]["extra"] = value.clone();
        cases.push(Case { name: format!("tag {value}"), contract: tagged });
    }
    cases
}

fn walk(fields: &[Field], path: &str, contract: &Value, cases: &mut Vec<Case>) {
    let mut add = |name: String, change: &dyn Fn(&mut Map<String, Value>)| {
        let mut changed = contract.clone();
        if let Some(section) = changed.pointer_mut(path).and_then(Value::as_object_mut) {
            change(section);
            cases.push(Case { name, contract: changed });
        }
    };
    for field in fields {
        add(format!("{} missing", field.path), &|section| {
            section.remove(field.key);
        });
        for value in values(field) {
            // Sections that a contract does not have are made from scratch.
            add(format!("{} = {value}", field.path), &|section| {
                section.insert(field.key.to_owned(), value.clone());
            });
        }
        add(format!("{} misspelt", field.path), &|section| {
            let value = section.remove(field.key).unwrap_or(json!("x"));
            section.insert(format!("{}x", field.key), value);
        });
        add(format!("{} and another", field.path), &|section| {
            section.insert(field.key.to_uppercase(), json!("x"));
        });
    }
    for field in fields {
        if let Shape::Section(inner) | Shape::Tags(inner) = field.shape {
            walk(inner, &format!("{path}/{}", field.key), contract, cases);
        }
    }
}

/// Values to try in a field: those of wrong types, those at its bounds, and those behind them.
fn values(field: &Field) -> Vec<Value> {
    let mut values = vec![
        json!(null),
        json!(true),
        json!("false"),
        json!(7),
        json!(-1),
        json!(1.5),
        json!(100.0),
        json!(10_000_000_000_u64),
        json!(""),
        json!(" "),
        json!("x"),
        json!([]),
        json!(["x"]),
        json!({}),
        json!({ "x": "y" }),
    ];
    match field.shape {
        Shape::Text { min, max, .. } => {
            for length in [min.saturating_sub(1), min, max, max + 1] {
                values.push(json!("a".repeat(length)));
                values.push(json!("ä".repeat(length)));
            }
            let example = field.example;
            values.extend([
                json!(example),
                json!(format!("{example}\n")),
                json!(format!("\n{example}")),
                json!(format!(" {example}")),
                json!(format!("{example}-")),
                json!(format!("-{example}")),
                json!(example.to_uppercase()),
                json!(example.to_lowercase()),
                json!(format!("{example}\u{e9}")),
            ]);
        }
        Shape::Choice(words) => {
            for word in words {
                values.extend([json!(word), json!(word.to_uppercase()), json!(format!("{word} "))]);
            }
        }
        Shape::Environment => values.extend([json!("dev"), json!("prod"), json!("Dev")]),
        Shape::Boolean => values.extend([json!(false), json!("true"), json!("yes")]),
        Shape::Integer { min, max } => {
            values.extend([min.saturating_sub(1), min, max, max + 1].map(|number| json!(number)));
            values.push(json!(min.to_string()));
        }
        Shape::Section(inner) | Shape::Tags(inner) => {
            let full =
                inner.iter().filter(|it| it.need != Need::Optional && !it.example.is_empty());
            let full: Map<_, _> = full.map(|it| (it.key.to_owned(), typed(it))).collect();
            values.push(Value::Object(full));
        }
    }
    values
}

fn typed(field: &Field) -> Value {
    match field.shape {
        Shape::Boolean => json!(field.example == "true"),
        Shape::Integer { .. } => json!(field.example.parse::<u32>().expect("a number")),
        _ => json!(field.example),
    }
}

/// The contract as a document: sections in block style, every text in quotes.
pub(super) fn yaml(contract: &Value) -> String {
    let mut out = String::new();
    block(contract, 0, &mut out);
    out
}

fn block(value: &Value, indent: usize, out: &mut String) {
    let Value::Object(map) = value else { return };
    for (key, value) in map {
        out.push_str(&format!("{:indent$}{key}:", ""));
        match value {
            Value::Object(inner) if !inner.is_empty() => {
                out.push('\n');
                block(value, indent + 2, out);
            }
            // JSON is YAML.
            other => out.push_str(&format!(" {other}\n")),
        }
    }
}
