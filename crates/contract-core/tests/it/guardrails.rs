//! The examples of the pages of guardrails are run, and what they find is kept as snapshots.
//!
//! `src/guardrails/README.md` tells how an example is written.

use contract_core::guardrails::GUARDRAILS;
use contract_core::{
    BucketSpec, Document, Finding, Group, Policy, Purpose, Rule, S3BucketRequest, Severity, check,
    naming, rules, yaml,
};
use serde_json::{Map, Value, json};

use crate::pages::{Block, blocks};

const BASE: &str = include_str!("../../src/guardrails/base.yaml");

/// One fenced block of a page.
pub(crate) struct Example {
    pub(crate) is_caught: bool,
    pub(crate) block: String,
    pub(crate) path: Option<String>,
    pub(crate) policy: Policy,
}

impl Example {
    /// The whole contract.
    pub(crate) fn text(&self) -> String {
        if self.block.starts_with("apiVersion:") {
            return self.block.clone();
        }
        let mut contract = parse(BASE);
        let block = parse(&self.block);
        merge(&mut contract, &block);
        let environment = contract["environment"].as_str().expect("text").to_owned();
        let mut defaults = json!({});
        if let Some(purpose) =
            contract["spec"]["purpose"]["type"].as_str().and_then(Purpose::from_word)
        {
            let application = contract["application"].as_str().expect("text");
            let name = naming::bucket(&self.policy, &environment, application, purpose);
            defaults["spec"]["bucketName"] = json!(name);
        }
        if self.policy.is_protected(&environment) {
            let alias = naming::kms_key_alias(&self.policy, &environment);
            let target = naming::log_bucket(&self.policy, &environment);
            defaults["spec"]["encryption"] = json!({ "type": "sse-kms", "kmsKeyAlias": alias });
            defaults["spec"]["accessLogging"] = json!({ "enabled": true, "targetBucket": target });
        }
        let mut contract = parse(BASE);
        merge(&mut contract, &defaults);
        merge(&mut contract, &block);
        let mut text = String::new();
        emit(contract.as_object().expect("a mapping"), 0, &mut text);
        text
    }

    pub(crate) fn findings_in(&self, text: &str) -> Vec<Finding> {
        let document = Document { path: self.path.as_deref(), bytes: text.as_bytes() };
        check(document, &self.policy, |_| ()).0
    }
}

fn parse(yaml: &str) -> Value {
    serde_saphyr::from_str(yaml).unwrap_or_else(|error| panic!("{error}\n{yaml}"))
}

fn merge(into: &mut Value, from: &Value) {
    let Some(from) = from.as_object() else {
        *into = from.clone();
        return;
    };
    if !into.is_object() {
        *into = json!({});
    }
    let object = into.as_object_mut().expect("it was made one");
    for (key, value) in from {
        if value.is_null() {
            object.shift_remove(key);
        } else {
            merge(object.entry(key).or_insert(Value::Null), value);
        }
    }
}

fn emit(mapping: &Map<String, Value>, indent: usize, text: &mut String) {
    for (key, value) in mapping {
        let key = if yaml::needs_quotes(key) { yaml::quoted(key) } else { key.clone() };
        text.push_str(&format!("{:indent$}{key}:", ""));
        match value {
            Value::Object(inner) if inner.is_empty() => text.push_str(" {}\n"),
            Value::Object(inner) => {
                text.push('\n');
                emit(inner, indent + 2, text);
            }
            Value::String(value) if yaml::needs_quotes(value) => {
                text.push_str(&format!(" {}\n", yaml::quoted(value)));
            }
            Value::String(value) => text.push_str(&format!(" {value}\n")),
            other => text.push_str(&format!(" {other}\n")),
        }
    }
}

/// The examples of a page, in order.
pub(crate) fn examples(rule: &'static Rule) -> Vec<Example> {
    let mut examples = Vec::new();
    for Block { info, text } in blocks(rule.page) {
        let mut words = info.split(' ');
        let is_caught = match (words.next(), words.next()) {
            (Some("yaml"), Some("caught")) => true,
            (Some("yaml"), Some("pass")) => false,
            _ => panic!("{}: {info} is neither caught nor pass", rule.name),
        };
        let (mut path, mut policy) = (None, Policy::default());
        for option in words {
            match option.split_once('=') {
                Some(("path", value)) => path = Some(value.to_owned()),
                Some(("policy", value)) => value.split(';').for_each(|it| set(&mut policy, it)),
                _ => panic!("{}: what is {option}?", rule.name),
            }
        }
        examples.push(Example { is_caught, block: text, path, policy });
    }
    examples
}

fn set(policy: &mut Policy, setting: &str) {
    let (name, values) = setting.split_once(':').expect("name:value,value");
    let values = values.split(',').map(str::to_owned);
    match name {
        "owners" => policy.owners = values.collect(),
        "required_tags" => policy.required_tags = values.collect(),
        "cors_origins" => policy.cors_origins = values.collect(),
        _ => panic!("what is {setting}?"),
    }
}

/// A finding as a reader of a build log sees it.
pub(crate) fn shown(finding: &Finding) -> String {
    let place = finding.place.map_or_else(
        || "nowhere".to_owned(),
        |place| format!("{}:{}-{}:{}", place.line, place.column, place.end_line, place.end_column),
    );
    let mut text = format!(
        "{place} {} {} [{}] {}: {}\n",
        finding.rule.code,
        finding.rule.name,
        finding.severity.word(),
        finding.field,
        finding.message
    );
    if let Some(hint) = &finding.hint {
        text.push_str(&format!("  hint: {hint}\n"));
    }
    for related in &finding.related {
        let place = related.place.map(|place| (place.line, place.column));
        text.push_str(&format!("  see: {:?} {place:?} {}\n", related.path, related.message));
    }
    if let Some(fix) = &finding.fix {
        text.push_str(&format!("  fix: {}\n", fix.title));
        for edit in &fix.edits {
            text.push_str(&format!("    {:?} {:?}\n", edit.span, edit.text));
        }
    }
    text
}

#[test]
fn each_example_is_caught_or_passes_as_its_page_says() {
    for guardrail in GUARDRAILS {
        let examples = examples(guardrail.rule);
        let name = guardrail.rule.name;
        assert!(examples.iter().any(|example| example.is_caught), "{name} shows what is caught");
        assert!(examples.iter().any(|example| !example.is_caught), "{name} shows what passes");
        for example in examples {
            let text = example.text();
            let findings = example.findings_in(&text);
            let all: String = findings.iter().map(shown).collect();
            let own = findings.iter().any(|finding| finding.rule.code == guardrail.rule.code);
            assert_eq!(own, example.is_caught, "{name}\n{text}\n{all}");
            let spoils = |finding: &&Finding| match example.is_caught {
                true => !finding.rule.is_negotiable(),
                false => finding.severity == Severity::Error,
            };
            assert!(findings.iter().all(|finding| !spoils(&finding)), "{name}\n{text}\n{all}");
        }
    }
}

#[test]
fn what_the_examples_find() {
    for guardrail in GUARDRAILS {
        let mut text = String::new();
        for example in examples(guardrail.rule).iter().filter(|example| example.is_caught) {
            let contract = example.text();
            let findings = example.findings_in(&contract);
            let own = findings.iter().filter(|it| it.rule.code == guardrail.rule.code);
            text.push_str(&format!("{contract}\n"));
            own.for_each(|finding| text.push_str(&shown(finding)));
            text.push_str("---\n");
        }
        insta::assert_snapshot!(guardrail.rule.name.replace('-', "_"), text);
    }
}

#[test]
fn a_page_has_its_sections() {
    for rule in GUARDRAILS.iter().map(|guardrail| guardrail.rule) {
        let heads: Vec<&str> = rule
            .page
            .lines()
            .filter(|line| line.starts_with('#') && !line.starts_with("###"))
            .collect();
        let title = format!("# `{}` (`{}`)", rule.name, rule.code);
        assert_eq!(heads, [title.as_str(), "## What it asks", "## Why", "## Examples"]);
    }
}

#[test]
fn codes_and_names_are_used_once_and_in_order() {
    let rules = rules();
    let mut seen = std::collections::BTreeSet::new();
    for rule in &rules {
        assert!(seen.insert(rule.code), "{} is used twice", rule.code);
        assert!(seen.insert(rule.name), "{} is used twice", rule.name);
        let letter = match rule.group {
            Group::Yaml => 'Y',
            Group::Field => 'F',
            Group::Guardrail => 'G',
            Group::Tree => 'T',
            Group::Change => 'C',
            Group::Waiver => 'W',
        };
        let digits = rule.code.strip_prefix(letter).expect("the letter of the group");
        assert!(digits.len() == 3 && digits.bytes().all(|it| it.is_ascii_digit()), "{}", rule.code);
        assert!(rule.page.contains(rule.code), "the page of {} names it", rule.code);
        assert!(rule.summary.ends_with('?'), "{}", rule.summary);
    }
    for pair in rules.windows(2).filter(|pair| pair[0].group == pair[1].group) {
        assert!(pair[0].code < pair[1].code, "{} before {}", pair[0].code, pair[1].code);
    }
}

/// "allow weak-encryption": a thing, in lower case, not a command and not a sentence.
#[test]
fn names_read_well_after_allow() {
    for rule in rules() {
        let words: Vec<&str> = rule.name.split('-').collect();
        assert!(
            words.iter().all(|word| {
                !word.is_empty()
                    && word.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit())
            }),
            "{}",
            rule.name
        );
        let commands = ["no", "require", "must", "should", "use", "is", "check", "ensure", "dont"];
        assert!(!commands.contains(&words[0]), "allow {}", rule.name);
    }
}

/// What the guardrail calls idle is what the rendering leaves out, for every class and all days
/// around the bounds of S3.
#[test]
fn an_idle_transition_is_one_that_is_not_rendered() {
    let policy = Policy::default();
    let days = [None, Some(30), Some(60), Some(90), Some(120), Some(365)];
    let mut idle = 0;
    for class in ["standard", "intelligent-tiering", "standard-ia", "glacier"] {
        for (to_ia, to_glacier) in days.iter().flat_map(|a| days.iter().map(move |b| (*a, *b))) {
            let lifecycle = json!({
                "transitionToIaDays": to_ia.filter(|days| *days >= 30),
                "transitionToGlacierDays": to_glacier.filter(|days| *days >= 90),
            });
            let block = json!({ "spec": { "storageClass": class, "lifecycle": lifecycle } });
            let block = serde_json::to_string(&block).expect("it is JSON");
            let example = Example { is_caught: false, block, path: None, policy: policy.clone() };
            let text = example.text();
            let document = Document { path: None, bytes: text.as_bytes() };
            let (findings, request) = check(document, &policy, S3BucketRequest::from_contract);
            let codes: Vec<&str> = findings.iter().map(|it| it.rule.code).collect();
            if codes.contains(&"G122") {
                continue; // S3 would refuse these days; nothing is rendered.
            }
            let request = request.flatten().unwrap_or_else(|| panic!("{text}\n{codes:?}"));
            let dropped = BucketSpec::of(&request, &policy).dropped;
            let dropped: Vec<u32> = dropped.iter().map(|it| it.transition.days).collect();
            let mut found: Vec<u32> = findings
                .iter()
                .filter(|it| it.rule.code == "G123")
                .map(|it| it.span.of(&text).parse().expect("days"))
                .collect();
            found.sort_unstable();
            assert_eq!(found, dropped, "{text}");
            idle += found.len();
        }
    }
    assert!(idle > 30, "only {idle} transitions were idle");
}

#[test]
fn the_tags_that_a_contract_cannot_set_are_those_that_are_rendered() {
    let policy = Policy::default();
    let example =
        Example { is_caught: false, block: "{}".to_owned(), path: None, policy: policy.clone() };
    let text = example.text();
    let document = Document { path: None, bytes: text.as_bytes() };
    let (_, request) = check(document, &policy, S3BucketRequest::from_contract);
    let spec = BucketSpec::of(&request.flatten().expect("the base is a contract"), &policy);
    let mut generated = naming::GENERATED_TAGS.to_vec();
    generated.sort_unstable();
    assert_eq!(spec.tags.keys().map(String::as_str).collect::<Vec<_>>(), generated);
}

/// Fifty tags are what a bucket carries, eight of them generated.
#[test]
fn the_tag_too_many_is_the_one_that_is_pointed_at() {
    let text = |count: usize| {
        let tags: Map<String, Value> =
            (0..count).map(|at| (format!("tag{at}"), json!("value"))).collect();
        let block = json!({ "spec": { "tags": tags } }).to_string();
        Example { is_caught: false, block, path: None, policy: Policy::default() }
    };
    let found = |count: usize| {
        let example = text(count);
        let text = example.text();
        let findings = example.findings_in(&text);
        findings.iter().map(|it| (it.rule.code, it.span.of(&text).to_owned())).collect::<Vec<_>>()
    };
    assert_eq!(found(42), []);
    assert_eq!(found(44), [("G125", "tag42".to_owned())]);
}
