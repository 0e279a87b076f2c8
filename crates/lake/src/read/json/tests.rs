//! The reader against another one.

use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn names() -> Names {
    Names::new(["a", "b", "c"])
}

fn read(text: &str) -> Result<Vec<(String, String)>, Code> {
    let mut names = names();
    let mut record = Record::new(3);
    object(text, &mut names, &mut record).map_err(|(code, _)| code)?;
    let said = |token: &Token| match token {
        Token::Number(text) | Token::Nested(text) => (*text).to_owned(),
        Token::Boolean(truth) => truth.to_string(),
        Token::Null => "null".to_owned(),
        other => format!("{:?}", other.text().unwrap()),
    };
    let mut all = Vec::new();
    for (name, token) in ["a", "b", "c"].iter().zip(&record.tokens) {
        if *token != Token::Absent {
            all.push(((*name).to_owned(), said(token)));
        }
    }
    all.extend(record.extra.iter().map(|(name, token)| (name.to_string(), said(token))));
    Ok(all)
}

#[test]
fn members_keep_what_was_written() {
    let all =
        read(r#" { "b" : 1.50e+3 ,"a":"\u00e9\n\ud83d\ude00", "x":[1, {"y":null}] , "c":true}  "#)
            .unwrap();
    let pairs: Vec<_> = all.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(
        pairs,
        [("a", "\"é\\n😀\""), ("b", "1.50e+3"), ("c", "true"), ("x", r#"[1, {"y":null}]"#)]
    );
}

#[test]
fn what_is_no_row_is_refused_with_its_reason() {
    for (text, code) in [
        (r#"{"a":1"#, Code::MalformedJson),
        (r#"{"a":NaN}"#, Code::MalformedJson),
        (r#"{"a":01}"#, Code::MalformedJson),
        (r#"{"a":1,}"#, Code::MalformedJson),
        (r#"{"a" 1}"#, Code::MalformedJson),
        (r#"{"a":"\ud800"}"#, Code::MalformedJson),
        ("{\"a\":\"\t\"}", Code::MalformedJson),
        (r#"{'a':1}"#, Code::MalformedJson),
        (r#"{"a":[1,]}"#, Code::MalformedJson),
        (r#"{"a":{"b":1,}}"#, Code::MalformedJson),
        (r#"{"a":[}]}"#, Code::MalformedJson),
        (r#"{"a":1} XYZ"#, Code::TrailingBytes),
        (r#"{"a":1}{"a":2}"#, Code::TrailingBytes),
        (r#"{"a":1,"a":1}"#, Code::DuplicateMember),
        (r#"{"a":1,"\u0061":1}"#, Code::DuplicateMember),
        (r#"{"z":1,"z":1}"#, Code::DuplicateMember),
        (r#"[{"a":1}]"#, Code::NotAnObject),
        ("12", Code::NotAnObject),
        ("hello", Code::MalformedJson),
        ("null null", Code::MalformedJson),
    ] {
        assert_eq!(read(text), Err(code), "{text}");
    }
}

#[test]
fn many_undeclared_members_are_told_apart() {
    let member = |n: usize| format!("\"m{n}\":{n}");
    let text = |last: usize| {
        let all: Vec<_> = (0..100).chain([last]).map(member).collect();
        format!("{{{}}}", all.join(","))
    };
    assert_eq!(read(&text(100)).unwrap().len(), 101);
    for again in [0, 15, 16, 99] {
        assert_eq!(read(&text(again)), Err(Code::DuplicateMember));
    }
}

#[test]
fn depth_is_no_matter() {
    let deep = |close: usize| format!("{{\"x\":{}{}}}", "[".repeat(100_000), "]".repeat(close));
    assert!(read(&deep(100_000)).is_ok());
    assert_eq!(read(&deep(99_999)), Err(Code::MalformedJson));
}

/// The same line for another reader; none where it refuses it or cannot say (members given twice).
fn other(text: &str) -> Option<Value> {
    serde_json::from_str::<Value>(text).ok()
}

fn check(text: &str) {
    match read(text) {
        Ok(members) => {
            let value =
                other(text).unwrap_or_else(|| panic!("read though it is no JSON: {text:?}"));
            let object = value.as_object().unwrap();
            assert_eq!(object.len(), members.len(), "{text:?}");
        }
        Err(Code::MalformedJson) => {
            // serde_json has no number beyond the greatest double; here those are read, and refused later.
            assert!(other(text).is_none(), "refused though it is JSON: {text:?}");
        }
        Err(Code::NotAnObject) => {
            assert!(other(text).is_some_and(|it| !it.is_object()), "{text:?}")
        }
        Err(Code::TrailingBytes) => assert!(other(text).is_none(), "{text:?}"),
        Err(_) => {}
    }
}

/// Bits of JSON, put together at random: much of it nearly right.
fn nearly() -> impl Strategy<Value = String> {
    let bit = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"",
        "\\",
        "\"a\"",
        "\"b\":",
        "1",
        "-",
        "0",
        ".5",
        "e9",
        "E+1",
        "true",
        "false",
        "null",
        "nul",
        "NaN",
        " ",
        "\t",
        "\"x\\u00e9\"",
        "\\ud83d\\ude00",
        "\\ud800",
        "é",
        "\u{1}",
        "\n",
        "{\"a\":",
        "\"c\":[",
        "{}",
        "[]",
        "\\n",
        "/",
        "\"\"",
    ]);
    prop::collection::vec(bit, 0..24).prop_map(|bits| bits.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn nearly_json_is_judged_as_another_reader_does(text in nearly()) {
        check(&text);
    }

    #[test]
    fn objects_are_judged_as_another_reader_does(text in nearly()) {
        check(&format!("{{\"a\":{text}}}"));
    }

    #[test]
    fn anything_is_judged_as_another_reader_does(text in "\\PC{0,40}") {
        check(&text);
    }

    #[test]
    fn a_text_survives_its_escapes(text in any::<String>()) {
        let mut written = String::new();
        quote(&text, &mut written);
        let (token, end) = value(&written, 0).unwrap();
        prop_assert_eq!(end, written.len());
        prop_assert_eq!(token.text().unwrap(), text.clone());
        let foreign = serde_json::to_string(&text).unwrap();
        let (token, _) = value(&foreign, 0).unwrap();
        prop_assert_eq!(token.text().unwrap(), text);
    }
}
