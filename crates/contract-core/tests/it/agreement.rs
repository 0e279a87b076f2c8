//! The document, the schema for editors and the typed model get the same verdict.
//!
//! Three judges look at the same contracts: [`check`] at the document, the JSON Schema at what
//! another YAML reader makes of it, and [`S3BucketRequest`] at the same value. A contract on which
//! they quarrel has to stand in the table of exceptions, and every exception has to occur.

mod corpus;

use std::collections::{BTreeMap, BTreeSet};

use contract_core::render::json_schema;
use contract_core::{
    Document, Finding, Group, Level, Policy, S3BucketRequest, Severity, check, rules,
};
use jsonschema::Validator;
use serde_json::Value;

use crate::findings::VALID;

type OfName = fn(&str) -> bool;

/// Where the typed model differs, with the reason: part of the name of the change.
static EXCEPTIONS: &[(&str, OfName)] = &[
    ("the model has one place for each field, a document two", |it| it.ends_with("under metadata")),
    ("JSON has no whole numbers with a fraction, serde takes none", |it| it.ends_with("= 100.0")),
    ("serde fills the fields of a section from a list too", |it| {
        it.ends_with("= []") || it.ends_with("= [\"x\"]")
    }),
    ("`null` in JSON is how code leaves a field out", |it| it.ends_with("= null")),
];

/// The first error among `findings` that the schema can see too.
fn refusal(findings: &[Finding]) -> Option<&'static str> {
    findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| finding.rule)
        .find(|rule| {
            matches!(rule.group, Group::Yaml | Group::Field)
                || json_schema::GUARDRAILS.contains(&rule.name)
        })
        .map(|rule| rule.name)
}

fn refused_by_check(text: &str, policy: &Policy) -> Option<&'static str> {
    refusal(&check(Document { path: None, bytes: text.as_bytes() }, policy, |_| ()).0)
}

fn refused_by_model(value: Value, policy: &Policy) -> Option<String> {
    match serde_json::from_value::<S3BucketRequest>(value) {
        Ok(request) => refusal(&request.check(policy, None)).map(str::to_owned),
        Err(error) => Some(error.to_string()),
    }
}

fn compiled(policy: &Policy) -> Validator {
    let schema = json_schema::schema(policy);
    jsonschema::meta::validate(&schema).expect("the schema is a schema");
    jsonschema::validator_for(&schema).expect("the schema compiles")
}

/// What came of one corpus.
#[derive(Default)]
struct Tally {
    seen: usize,
    refused: usize,
    quarrels: BTreeSet<String>,
    exceptions: BTreeMap<&'static str, usize>,
}

impl Tally {
    fn judge(&mut self, case: &corpus::Case, schema: &Validator, policy: &Policy) {
        let text = corpus::yaml(&case.contract);
        // The value as another reader sees it, so that the emitter of this test is no judge.
        let value: Value = serde_saphyr::from_str(&text).expect("the document is YAML");
        let by_check = refused_by_check(&text, policy);
        let by_schema = schema.validate(&value).err().map(|error| error.to_string());
        let by_model = refused_by_model(value, policy);
        self.seen += 1;
        self.refused += usize::from(by_check.is_some());
        if by_check.is_some() != by_schema.is_some() {
            let quarrel = format!("{}: check {by_check:?}, schema {by_schema:?}", case.name);
            self.quarrels.insert(quarrel);
        }
        if by_check.is_some() != by_model.is_some() {
            match EXCEPTIONS.iter().find(|(_, applies)| applies(&case.name)) {
                Some((reason, _)) => *self.exceptions.entry(reason).or_default() += 1,
                None => {
                    let quarrel = format!("{}: check {by_check:?}, model {by_model:?}", case.name);
                    self.quarrels.insert(quarrel);
                }
            }
        }
    }
}

#[test]
fn three_judges_agree_on_every_change_of_every_field() {
    let policy = Policy::default();
    let schema = compiled(&policy);
    let mut tally = Tally::default();
    for number in 0..corpus::GOOD {
        let good = corpus::good(number);
        assert_eq!(refused_by_check(&corpus::yaml(&good), &policy), None, "{number}");
        assert_eq!(refused_by_model(good.clone(), &policy), None, "{number}");
        assert!(schema.is_valid(&good), "{number}: {:?}", schema.validate(&good));
        for case in corpus::mutations(&good) {
            tally.judge(&case, &schema, &policy);
        }
    }
    let Tally { seen, refused, quarrels, exceptions } = tally;
    assert!(seen > 4_000 && refused > seen / 2 && refused < seen, "{refused} of {seen} refused");
    assert!(quarrels.is_empty(), "{} quarrels in {seen}:\n{quarrels:#?}", quarrels.len());
    assert_eq!(exceptions.len(), EXCEPTIONS.len(), "{exceptions:#?}");
}

#[test]
fn three_judges_follow_the_policy() {
    let mut policy = Policy::default();
    policy.owners.insert("data-team".to_owned());
    policy.required_tags.insert("team".to_owned());
    policy.levels.insert("weak-encryption".to_owned(), Level::At(Severity::Warning));
    policy.levels.insert("missing-access-logging".to_owned(), Level::Off);
    policy.environments.rotate_left(1);
    policy.environments.truncate(3);
    let schema = compiled(&policy);
    let mut tally = Tally::default();
    let mut good = corpus::good(corpus::GOOD - 1);
    good["owner"] = "data-team".into();
    good["spec"]["tags"]["team"] = "payments".into();
    assert_eq!(refused_by_check(&corpus::yaml(&good), &policy), None);
    for case in corpus::mutations(&good) {
        tally.judge(&case, &schema, &policy);
    }
    assert!(tally.quarrels.is_empty(), "{:#?}", tally.quarrels);
}

#[test]
fn the_schema_names_rules_that_there_are() {
    let known: Vec<_> = rules().iter().map(|rule| rule.name).collect();
    for name in json_schema::GUARDRAILS {
        assert!(known.contains(name), "{name}");
    }
}

/// What a schema cannot see, because a reader has made a value of the text before: only the
/// check of the document refuses these.
#[test]
fn the_schema_does_not_see_how_a_value_is_spelled() {
    let policy = Policy::default();
    let schema = compiled(&policy);
    let spellings = [
        ("versioning: true", "versioning: &a true", "anchor-or-alias"),
        ("costAlertGb: 100", "costAlertGb: 0x64", ""),
        ("costAlertGb: 100", "costAlertGb: 0o144", "wrong-type"),
        ("environment: dev", "environment: |-\n  dev", "wrong-type"),
        ("owner: app-team", "owner: !!str app-team", "tag"),
    ];
    for (from, to, rule) in spellings {
        let text = VALID.replace(from, to);
        assert_ne!(text, VALID, "{from}");
        let value: Value = serde_saphyr::from_str(&text).expect("another reader takes it");
        assert!(schema.is_valid(&value), "{to}: {:?}", schema.validate(&value));
        assert_eq!(refused_by_check(&text, &policy).unwrap_or_default(), rule, "{to}");
    }
    let twice = VALID.replace("versioning: true", "versioning: true\n  versioning: false");
    assert_eq!(refused_by_check(&twice, &policy), Some("duplicate-key"));
}
