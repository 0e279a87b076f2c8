//! A value as block YAML, for files that people read.

use serde_json::Value;

use crate::yaml;

/// `value` as a YAML document in block style. Text that some tool would take for something else
/// stands in double quotes.
pub fn document(value: &Value) -> String {
    let mut out = String::new();
    node(value, 0, &mut out);
    out
}

/// Writes `value` as lines that begin at `indent`.
fn node(value: &Value, indent: usize, out: &mut String) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                out.extend(std::iter::repeat_n(' ', indent));
                out.push_str(&text(key));
                out.push(':');
                inner(value, indent + 2, out);
            }
        }
        Value::Array(list) => {
            for value in list {
                out.extend(std::iter::repeat_n(' ', indent));
                out.push('-');
                match value {
                    // The first key of a mapping stands on the line of the dash.
                    Value::Object(map) if !map.is_empty() => {
                        let mut lines = String::new();
                        node(value, indent + 2, &mut lines);
                        out.push(' ');
                        out.push_str(lines.trim_start());
                    }
                    _ => inner(value, indent + 2, out),
                }
            }
        }
        scalar => inner(scalar, indent, out),
    }
}

/// Writes `value` behind a key or a dash.
fn inner(value: &Value, indent: usize, out: &mut String) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            out.push('\n');
            node(value, indent, out);
        }
        Value::Array(list) if !list.is_empty() => {
            out.push('\n');
            node(value, indent, out);
        }
        Value::Object(_) => out.push_str(" {}\n"),
        Value::Array(_) => out.push_str(" []\n"),
        Value::String(string) => {
            out.push(' ');
            out.push_str(&text(string));
            out.push('\n');
        }
        other => {
            out.push(' ');
            out.push_str(&other.to_string());
            out.push('\n');
        }
    }
}

fn text(text: &str) -> String {
    // Dots and spaces are common in sentences and safe between letters.
    let sentence = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.contains(' ')
        && !text.ends_with(' ')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'-' | b'.'));
    // A colon inside a word separates nothing.
    let word = text.split(':').count() > 1
        && text.split(':').all(|part| {
            part.starts_with(|c: char| c.is_ascii_alphabetic()) && !yaml::needs_quotes(part)
        });
    if sentence || word || !yaml::needs_quotes(text) { text.to_owned() } else { yaml::quoted(text) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn blocks_nest_and_doubtful_text_is_quoted() {
        let value = json!({
            "ui:field": "OwnerPicker",
            "a sentence": "It is one, or not.",
            "list": [{ "kind": "Group", "x": [] }, "no", 1, true, [1, { "z": {} }]],
        });
        let expected = "\
ui:field: OwnerPicker
a sentence: \"It is one, or not.\"
list:
  - kind: Group
    x: []
  - \"no\"
  - 1
  - true
  -
    - 1
    - z: {}
";
        assert_eq!(document(&value), expected);
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let text = "[ -~]{0,8}|[a-z: .#-]{0,6}|\n|é|no|0x1|12:30|2026-01-17";
        let leaf = prop_oneof![
            text.prop_map(Value::from),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 20, 4, move |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map(text, inner, 0..4)
                    .prop_map(|map| map.into_iter().collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn another_reader_reads_what_was_written(value in any_value()) {
            let text = document(&json!({ "value": value }));
            let read: Value = serde_saphyr::from_str(&text).map_err(|error| {
                TestCaseError::fail(format!("{error}\n{text}"))
            })?;
            prop_assert_eq!(&read["value"], &value, "{}", text);
        }
    }
}
