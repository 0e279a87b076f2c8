//! The catalogue: edited in place, and nothing else changes.

use contract_core::BucketSpec;
use contract_core::render::catalog::{CatalogError, Entry, remove, set_status, upsert};
use proptest::prelude::*;
use serde_json::Value;

use super::{policy, request, spec};

const ENTRY: Entry<'_> = Entry { region: "eu-central-1", status: "active", date: "2026-02-01" };

/// A catalogue that people have worked on.
const BY_HAND: &str = r#"---
id: s3-catalog   # of this file
relates_to: [ADR-0170]
---
# Everything we run on S3.
version: '1.0'
last_updated: 2026-01-17  # by the pipeline
domain: "storage"
buckets:
  # The first one ever.
  goldenpath-dev-aaa-logs:
    metadata: {id: S3-0090, owner: 'sre-team'}
    notes: |
      keep this

      as it is

  goldenpath-dev-payments-api-uploads: # the app team's
    metadata:
      id: S3-0001
      owner: 'old-team'   # moved in January
      created_date: 2025-12-24
      status: active
      wiki: "https://wiki/S3-0001"
    aws:
      region:
      bucket_name: "goldenpath-dev-payments-api-uploads"
    # Ask Maria before you change anything here.
    cost:
      alert_threshold_gb: 50

  # The last one.
  goldenpath-prod-zzz-logs:
    metadata:
      id: S3-0091
    # end of the list

managed_by: platform
"#;

/// The second document, as another reader has it.
fn body(text: &str) -> Value {
    let documents: Vec<Value> = serde_saphyr::from_multiple(text).expect("another reader reads it");
    documents.into_iter().next_back().expect("a document")
}

fn upload(name: &str) -> BucketSpec {
    BucketSpec { bucket: name.to_owned(), ..spec("uploads") }
}

#[test]
fn a_new_catalogue() {
    let text = upsert(None, &spec("prod_logs"), &ENTRY).unwrap();
    insta::assert_snapshot!(text);
    assert_eq!(upsert(Some(" \n"), &spec("prod_logs"), &ENTRY).unwrap(), text);
    assert_eq!(upsert(Some(&text), &spec("prod_logs"), &ENTRY).unwrap(), text, "again, nothing");
    let later = Entry { date: "2026-03-01", ..ENTRY };
    assert_eq!(upsert(Some(&text), &spec("prod_logs"), &later).unwrap(), text, "nor later");
}

#[test]
fn an_entry_changes_value_by_value() {
    let text = upsert(Some(BY_HAND), &spec("uploads"), &ENTRY).unwrap();
    insta::assert_snapshot!(text);
    assert_eq!(upsert(Some(&text), &spec("uploads"), &ENTRY).unwrap(), text);
    assert_eq!(
        body(&text)["buckets"]["goldenpath-dev-payments-api-uploads"]["cost"]["alert_threshold_gb"],
        100
    );
}

#[test]
fn a_new_entry_stands_in_its_place_by_name() {
    for (name, above, below) in [
        ("goldenpath-dev-a", "buckets:\n", "  # The first one ever.\n"),
        ("goldenpath-dev-bbb", "      as it is\n\n", "  goldenpath-dev-payments-api-uploads: #"),
        ("goldenpath-prod-a", "alert_threshold_gb: 50\n\n", "  # The last one.\n"),
        ("zzz", "      id: S3-0091\n", "    # end of the list\n"),
    ] {
        let text = upsert(Some(BY_HAND), &upload(name), &ENTRY).unwrap();
        let start = text.find(&format!("  {name}:\n")).expect("the entry");
        let threshold = "alert_threshold_gb: 100\n";
        let end = start + text[start..].find(threshold).expect("its last line") + threshold.len();
        assert!(text[..start].trim_end().ends_with(above.trim_end()), "{name}: {text}");
        assert!(text[end..].trim_start().starts_with(below.trim_start()), "{name}: {text}");
        let rest = format!("{}{}", &text[..start], &text[end..]);
        let rest = rest.replace("last_updated: 2026-02-01", "last_updated: 2026-01-17");
        let blank_lines = |text: &str| text.replace("\n\n", "\n").replace("\n\n", "\n");
        assert_eq!(blank_lines(&rest), blank_lines(BY_HAND), "{name}");
    }
}

#[test]
fn retiring_changes_two_values() {
    let name = "goldenpath-dev-payments-api-uploads";
    let text = set_status(BY_HAND, name, "retired", "2026-02-01").unwrap();
    let expected = BY_HAND
        .replace("status: active", "status: retired")
        .replace("2026-01-17  #", "2026-02-01  #");
    assert_eq!(text, expected);
    assert_eq!(set_status(&text, name, "retired", "2026-03-01").unwrap(), text);
    let unknown = set_status(BY_HAND, "x", "retired", "2026-02-01").unwrap_err();
    assert_eq!(unknown.to_string(), "the catalogue has no bucket `x`");
}

#[test]
fn removing_leaves_comments_and_an_empty_list() {
    let text = remove(BY_HAND, "goldenpath-dev-payments-api-uploads", "2026-02-01").unwrap();
    assert_eq!(body(&text)["buckets"].as_object().map(|map| map.len()), Some(2));
    assert!(text.contains("      as it is\n\n\n  # The last one.\n"), "{text}");
    let mut text = text;
    for name in ["goldenpath-dev-aaa-logs", "goldenpath-prod-zzz-logs"] {
        text = remove(&text, name, "2026-02-01").unwrap();
    }
    assert!(text.contains("buckets: {}\n  # The first one ever.\n"), "{text}");
    let again = upsert(Some(&text), &spec("uploads"), &ENTRY).unwrap();
    assert_eq!(body(&again)["buckets"].as_object().map(|map| map.len()), Some(1));
}

#[test]
fn an_empty_list_is_opened() {
    for list in
        ["buckets:", "buckets: {}", "buckets: {} # none yet", "buckets: null", "buckets: ~  "]
    {
        for end in ["", "\n", "\n# end\n", "\nmanaged_by: x\n"] {
            let text = format!("version: 1\n{list}{end}");
            let text = upsert(Some(&text), &spec("uploads"), &ENTRY).unwrap();
            let body = body(&text);
            assert_eq!(body["buckets"].as_object().map(|map| map.len()), Some(1), "{text}");
            assert_eq!(body["last_updated"], "2026-02-01");
            assert_eq!(text.contains("# none yet"), list.contains('#'));
        }
    }
}

#[test]
fn line_breaks_and_indents_are_kept() {
    let wide = BY_HAND.lines().map(|line| {
        let spaces = line.len() - line.trim_start().len();
        format!("{}{line}", " ".repeat(spaces))
    });
    let wide = wide.collect::<Vec<_>>().join("\r\n") + "\r\n";
    let text = upsert(Some(&wide), &upload("goldenpath-dev-bbb"), &ENTRY).unwrap();
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    assert!(text.contains(
        "\r\n    goldenpath-dev-bbb:\r\n        metadata:\r\n            id: S3-0001\r\n"
    ));
    body(&text);
}

#[test]
fn what_cannot_be_edited_safely_is_refused_with_its_line() {
    let spec = spec("uploads");
    let name = &spec.bucket;
    for (text, expected) in [
        ("a: [\n", "line 1 of the catalogue: unclosed bracket"),
        ("---\na: 1\n---\nb: 2\n---\nbuckets: {}\n", "3 documents"),
        ("id: s3-catalog\n", "1 documents"),
        ("---\nid: x\n---\n", "documents"),
        ("- 1\n", "1 documents"),
        (
            "buckets: {a: {}}\n",
            "line 1 of the catalogue cannot be edited safely: this should be a mapping",
        ),
        ("buckets: [a]\n", "this should be a mapping"),
        ("buckets: &b\n  a: {}\n", "of the catalogue: this value carries an anchor"),
        ("buckets:\n  a: 1\n  a: 2\n", "line 3 of the catalogue: the key `a` is given twice"),
        ("{buckets: {}}\n", "cannot be edited safely"),
        (&format!("buckets:\n  {name}: {{metadata: {{id: x}}}}\n"), "line 2"),
        (&format!("buckets:\n  {name}:\n    metadata: |\n      x\n"), "line 3"),
        (
            &format!("buckets:\n  {name}:\n    metadata:\n      id: |\n        x\n"),
            "a block of text",
        ),
        (&format!("buckets:\n  {name}:\n    metadata:\n      id: [x]\n"), "a single value"),
        (&format!("buckets:\n  {name}:\n"), "line 2"),
        (&format!("buckets:\n  {name}: x\n"), "line 2"),
        (&format!("buckets:\n  {name}:\n    metadata:\n"), "line 3"),
    ] {
        let error = upsert(Some(text), &spec, &ENTRY).unwrap_err();
        assert!(!matches!(error, CatalogError::Unsafe { .. }), "{text}: {error}");
        assert!(error.to_string().contains(expected), "{text}: {error}");
    }
}

#[test]
fn the_partition_follows_from_the_region() {
    for (region, arn) in [
        ("eu-central-1", "arn:aws:s3:::"),
        ("cn-north-1", "arn:aws-cn:s3:::"),
        ("us-gov-west-1", "arn:aws-us-gov:s3:::"),
        ("eusc-de-east-1", "arn:aws-eusc:s3:::"),
    ] {
        let text = upsert(None, &spec("uploads"), &Entry { region, ..ENTRY }).unwrap();
        assert!(text.contains(arn), "{text}");
    }
}

#[test]
fn hostile_values_stay_values() {
    let mut request = request("uploads");
    request.owner = "x\n  evil:\n    metadata: {id: S3-9999} # \"'".to_owned();
    let spec = BucketSpec::of(&request, &policy());
    for existing in [None, Some(BY_HAND)] {
        let text = upsert(existing, &spec, &ENTRY).unwrap();
        let body = body(&text);
        assert_eq!(body["buckets"][&spec.bucket]["metadata"]["owner"], request.owner);
        assert!(body["buckets"].get("evil").is_none());
    }
}

/// A catalogue of `names` with comments, gaps and layouts of all kinds.
fn catalogues() -> impl Strategy<Value = (String, Vec<String>)> {
    let comment = prop_oneof![3 => Just(""), 1 => Just("# a: b\n"), 1 => Just("\n"), 1 => Just("\n    # x\n\n")];
    let value = prop_oneof![
        Just("active"),
        Just("'a # b'"),
        Just("\"q\\\"\""),
        Just("2026-01-01 # day"),
        Just("~"),
        Just(""),
        Just("|\n        text\n\n        more"),
        Just("a b\n        c"),
        Just("[1, {a: b}]"),
    ];
    let entry =
        ("[a-f][a-z0-9-]{0,5}", comment.clone(), comment, proptest::collection::vec(value, 1..4));
    (proptest::collection::vec(entry, 1..6), any::<bool>(), any::<bool>()).prop_map(
        |(entries, sorted, last_line_ends)| {
            let mut entries: Vec<_> = entries;
            if sorted {
                entries.sort();
            }
            let mut names: Vec<String> = Vec::new();
            let mut text = "---\nid: x\n---\nlast_updated: '2026-01-17'\nbuckets:\n".to_owned();
            for (name, above, within, values) in entries {
                if names.contains(&name) {
                    continue;
                }
                text += above;
                text += &format!("  \"{name}\": # {name}\n    metadata:\n{within}      id: 1\n");
                for (number, value) in values.iter().enumerate() {
                    text += &format!("      key{number}: {value}\n");
                }
                names.push(name);
            }
            if !last_line_ends {
                text.truncate(text.trim_end_matches('\n').len());
            }
            (text, names)
        },
    )
}

/// Whether all lines of `few` stand in `many`, in the same order.
fn is_kept(few: &str, many: &str) -> bool {
    let mut many = many.lines();
    let few = few.lines().filter(|line| !line.starts_with("last_updated"));
    few.into_iter().all(|line| many.any(|other| other == line))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_new_entry_changes_no_other_byte((text, names) in catalogues(), name in "[a-f][a-z0-9-]{0,5}x") {
        prop_assume!(!names.contains(&name));
        let after = upsert(Some(&text), &upload(&name), &ENTRY).unwrap();
        prop_assert!(is_kept(&text, &after), "{}\n{}", text, after);
        let (mut old, mut new) = (body(&text), body(&after));
        let added = new["buckets"].as_object_mut().and_then(|map| map.shift_remove(&name));
        prop_assert_eq!(&added.expect("it is there")["aws"]["bucket_name"], &name);
        old["last_updated"] = "2026-02-01".into();
        prop_assert_eq!(old, new, "{}", after);
        prop_assert_eq!(&upsert(Some(&after), &upload(&name), &ENTRY).unwrap(), &after);
        if names.is_sorted() {
            let mut expected = names.clone();
            expected.push(name);
            expected.sort();
            let found = body(&after)["buckets"].as_object().expect("a mapping").keys().cloned().collect::<Vec<_>>();
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn a_changed_or_removed_entry_changes_no_other((text, names) in catalogues(), which in any::<prop::sample::Index>()) {
        let name = which.get(&names);
        for after in [
            upsert(Some(&text), &upload(name), &ENTRY),
            set_status(&text, name, "retired", "2026-02-01"),
            remove(&text, name, "2026-02-01"),
        ] {
            let after = after.unwrap();
            let (mut old, mut new) = (body(&text), body(&after));
            for document in [&mut old, &mut new] {
                if let Some(map) = document["buckets"].as_object_mut() {
                    map.shift_remove(name);
                }
                document["last_updated"] = "".into();
            }
            prop_assert_eq!(old, new, "{}\n{}", text, after);
            let comments = |text: &str| text.lines().filter(|line| line.starts_with('#')).count();
            prop_assert!(comments(&after) + 1 >= comments(&text), "{}\n{}", text, after);
        }
    }
}

#[test]
fn an_alias_without_an_anchor_is_refused_in_either_document() {
    for (place, line) in [("id: ", 2), ("domain: ", 8)] {
        let text = BY_HAND.replacen(place, &format!("{place}*"), 1).replace('"', "");
        let error = remove(&text, "goldenpath-dev-aaa-logs", "2026-02-01").unwrap_err();
        assert_eq!(
            error,
            CatalogError::NotPlainYaml { line, problem: "the alias has no anchor".to_owned() }
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_damaged_catalogue_is_edited_rightly_or_not_at_all(
        at in any::<prop::sample::Index>(), cut in 0usize..12,
        with in "[ \n\t:#'\"{}\\[\\]|>&*!a-\u{e9}\u{85}\r-]{0,6}",
    ) {
        let from = at.index(BY_HAND.len());
        let text = format!("{}{with}{}", &BY_HAND[..from], &BY_HAND[(from + cut).min(BY_HAND.len())..]);
        let name = "goldenpath-dev-payments-api-uploads";
        for after in [
            upsert(Some(&text), &spec("uploads"), &ENTRY),
            upsert(Some(&text), &upload("goldenpath-dev-bbb"), &ENTRY),
            set_status(&text, name, "retired", "2026-02-01"),
            remove(&text, name, "2026-02-01"),
        ] {
            match after {
                Ok(after) => {
                    // Not as values of JSON: `[:]` is a mapping whose key is null.
                    let documents = serde_saphyr::from_multiple::<serde::de::IgnoredAny>(&after);
                    prop_assert!(documents.is_ok(), "{:?}\n{}", documents, after);
                }
                Err(error) => prop_assert!(!error.to_string().contains('\n'), "{}", error),
            }
        }
    }
}
