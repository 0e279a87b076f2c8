//! SARIF 2.1.0, for code scanning.
//!
//! All rules are declared, found or not, so that an alert that is mended closes. Waivers become
//! suppressions; their end has no field of its own in SARIF 2.1.0 and goes into the properties.
//! Fingerprints hold the rule, the field and the path but no line, so that an alert survives edits
//! above it.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use storage_core::Digest;

use super::{FileReport, Report};
use crate::finding::{Finding, Related, Severity};
use crate::span::Place;

pub(super) fn write(report: &Report) -> String {
    let rules = crate::rules();
    let mut seen = BTreeMap::new();
    let results: Vec<Value> = report
        .findings()
        .map(|(file, finding)| {
            let mut key = format!("{}\n{}\n{}", file.path, finding.rule.code, finding.field);
            let again = seen.entry(key.clone()).and_modify(|n| *n += 1).or_insert(0);
            key.push_str(&format!("\n{again}"));
            let index = rules.iter().position(|rule| rule.code == finding.rule.code);
            result(file, finding, &Digest::of(key.as_bytes()).to_string()[7..], index)
        })
        .collect();
    let rules: Vec<Value> = rules
        .iter()
        .map(|rule| {
            json!({
                "id": rule.code,
                "name": rule.name,
                "shortDescription": { "text": rule.summary },
                "fullDescription": { "text": rule.summary },
                "help": { "text": rule.summary, "markdown": rule.page },
                "defaultConfiguration": { "level": level(rule.severity) },
            })
        })
        .collect();
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "strongroom",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    let text = serde_json::to_string_pretty(&document).expect("a JSON value is JSON");
    text + "\n"
}

fn result(file: &FileReport, finding: &Finding, fingerprint: &str, index: Option<usize>) -> Value {
    let hint = finding.hint.as_ref().map(|hint| format!(" (hint: {hint})"));
    let mut result = json!({
        "ruleId": finding.rule.code,
        "ruleIndex": index,
        "level": level(finding.severity),
        "message": { "text": format!("{}{}", finding.message, hint.unwrap_or_default()) },
        "locations": [location(&file.path, finding.place)],
        "partialFingerprints": { "strongroomFinding/v1": fingerprint },
    });
    if !finding.related.is_empty() {
        let related = finding.related.iter().map(|Related { path, place, message }| {
            let mut location = location(path.as_deref().unwrap_or(&file.path), *place);
            location["message"] = json!({ "text": message });
            location
        });
        result["relatedLocations"] = related.collect();
    }
    if let Some(waived) = &finding.waived {
        result["suppressions"] = json!([{
            "kind": "external",
            "status": "accepted",
            "justification": format!("{} (approved by {})", waived.reason, waived.approver),
            "properties": { "waiver": waived.id, "expires": waived.expires, "expiring": waived.expiring },
        }]);
    }
    if let (Some(fix), false) = (&finding.fix, file.text.is_empty()) {
        let mut places = crate::span::Places::of(&file.text);
        let replacements: Vec<Value> = fix
            .edits
            .iter()
            .map(|edit| {
                json!({
                    "deletedRegion": region(places.find(edit.span)),
                    "insertedContent": { "text": edit.text },
                })
            })
            .collect();
        result["fixes"] = json!([{
            "description": { "text": fix.title },
            "artifactChanges": [{
                "artifactLocation": { "uri": uri(&file.path) },
                "replacements": replacements,
            }],
        }]);
    }
    result
}

fn location(path: &str, place: Option<Place>) -> Value {
    let mut physical = json!({ "artifactLocation": { "uri": uri(path) } });
    if let Some(place) = place {
        physical["region"] = region(place);
    }
    json!({ "physicalLocation": physical })
}

fn region(place: Place) -> Value {
    json!({
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Advice => "note",
    }
}

/// A path as a relative URI (RFC 3986).
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(byte as char);
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}
