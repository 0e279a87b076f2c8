//! What a plain scalar is taken for: the same as two other readers say.

use contract_core::yaml::Reading;
use serde_json::Value;

const VECTORS: &str = include_str!("../../../../tests/vectors/yaml/plain_scalars.json");

/// A reading in the words of the vectors.
fn word(reading: Reading) -> Value {
    match reading {
        Reading::Text => serde_json::json!(["str"]),
        Reading::Null => serde_json::json!(["null"]),
        Reading::Bool(value) => serde_json::json!(["bool", value]),
        Reading::Integer(value) => serde_json::json!(["int", value]),
        Reading::Float => serde_json::json!(["float"]),
        Reading::Date => serde_json::json!(["timestamp"]),
    }
}

#[test]
fn plain_scalars_are_read_as_pyyaml_and_the_core_schema_do() {
    let vectors: Vec<Value> = serde_json::from_str(VECTORS).expect("the vectors are JSON");
    assert_eq!(vectors.len(), 2000);
    let mut differing = Vec::new();
    for vector in &vectors {
        let text = vector["text"].as_str().expect("a text");
        let readings =
            [("yaml_1_1", Reading::yaml_1_1(text)), ("yaml_1_2", Reading::yaml_1_2(text))];
        for (version, reading) in readings {
            let (expected, found) = (&vector[version], word(reading));
            if *expected != found {
                differing.push(format!("{version} `{text}`: {expected}, not {found}"));
            }
        }
    }
    assert!(differing.is_empty(), "{} differ:\n{}", differing.len(), differing.join("\n"));
}
