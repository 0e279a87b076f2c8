//! One spelling of a value, to be hashed.

use serde::Serialize;
use serde_json::Value;

use crate::Error;

/// The largest whole number that every reader of JSON keeps exactly (RFC 7493, section 2.2).
const SAFE: u64 = (1 << 53) - 1;

/// Writes `value` as canonical JSON (RFC 8785): members sorted, no space, no choice.
///
/// Two values that say the same have the same bytes, whatever order their members came in. Numbers
/// with a fraction are refused, since their one spelling would have to go through binary floating
/// point: say them as text (see [`Decimal`](crate::Decimal)).
///
/// ```
/// use serde_json::json;
/// use storage_core::canonical_json;
///
/// let bytes = canonical_json(&json!({"b": "2.50", "a": [1, null]}))?;
/// assert_eq!(bytes, br#"{"a":[1,null],"b":"2.50"}"#);
/// assert!(canonical_json(&json!({"a": 2.5})).is_err());
/// # Ok::<(), storage_core::Error>(())
/// ```
///
/// # Errors
///
/// [`Error::NotCanonical`] for a number with a fraction, a whole number beyond 2^53 - 1, or a value
/// that is no JSON at all.
pub fn canonical_json(value: &impl Serialize) -> Result<Vec<u8>, Error> {
    let value = serde_json::to_value(value)
        .map_err(|error| Error::NotCanonical { broken: error.to_string() })?;
    let mut bytes = Vec::new();
    write(&value, &mut bytes)?;
    Ok(bytes)
}

fn write(value: &Value, bytes: &mut Vec<u8>) -> Result<(), Error> {
    match value {
        Value::Number(number) => {
            let small = number.as_u64().is_some_and(|n| n <= SAFE)
                || number.as_i64().is_some_and(|n| n.unsigned_abs() <= SAFE);
            if !small {
                let broken = format!("the number `{number}` is not a whole number up to 2^53 - 1");
                return Err(Error::NotCanonical { broken });
            }
            bytes.extend_from_slice(number.to_string().as_bytes());
        }
        Value::Array(items) => {
            bytes.push(b'[');
            for (nth, item) in items.iter().enumerate() {
                if nth > 0 {
                    bytes.push(b',');
                }
                write(item, bytes)?;
            }
            bytes.push(b']');
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            // RFC 8785, section 3.2.3: sorted by UTF-16 code units, not by bytes.
            members.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            bytes.push(b'{');
            for (nth, (name, member)) in members.into_iter().enumerate() {
                if nth > 0 {
                    bytes.push(b',');
                }
                bytes.extend_from_slice(Value::from(name.as_str()).to_string().as_bytes());
                bytes.push(b':');
                write(member, bytes)?;
            }
            bytes.push(b'}');
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {
            bytes.extend_from_slice(value.to_string().as_bytes());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_are_sorted_as_rfc_8785_sorts_them() {
        // The members of the example in section 3.2.3: U+FB33 comes after the emoji, whose first
        // code unit is 0xD83D.
        let value = json!({"\u{20ac}": 1, "\r": 2, "\u{fb33}": 3, "1": 4, "\u{1f600}": 5, "\u{80}": 6, "\u{f6}": 7});
        let text = String::from_utf8(canonical_json(&value).unwrap()).unwrap();
        let order: Vec<_> = text.chars().filter(char::is_ascii_digit).collect();
        assert_eq!(order.iter().collect::<String>(), "21467153");
    }

    #[test]
    fn a_number_that_a_reader_could_change_is_refused() {
        for wrong in [json!(0.1), json!(1e3), json!(9_007_199_254_740_992_u64), json!(i64::MIN)] {
            assert_eq!(
                canonical_json(&wrong).unwrap_err().code(),
                "storage.not_canonical",
                "{wrong}"
            );
        }
        assert_eq!(
            canonical_json(&json!(-9_007_199_254_740_991_i64)).unwrap(),
            b"-9007199254740991"
        );
    }
}
