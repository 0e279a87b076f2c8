//! All rules, in all their versions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::head;
use super::{Error, Jurisdiction, Rule, Trigger, TriggerDate, Zone};

mod strict;

/// Which edition of the built-in rules this is.
pub const RULES_VERSION: &str = "retention-rules/1";

/// Rules by id and version: the built-in ones, and those that whoever runs the platform adds.
///
/// ```
/// use storage_core::retention::RuleTable;
///
/// let own = br#"{
///   "version": "acme/1",
///   "rules": [{
///     "id": "acme-audits", "version": 1, "regime": "sox", "jurisdiction": "*",
///     "trigger": "audit_concluded", "period": "P12Y", "anchor": "end_of_calendar_year",
///     "title": "working papers of the group audit",
///     "reference": {"law": "group policy 4", "source": "board, 2026-02-03", "certainty": "policy"}
///   }]
/// }"#;
/// let (table, warnings) = RuleTable::builtin().with(own)?;
/// assert_eq!(table.current("acme-audits").map(|it| it.period.to_string()).as_deref(), Some("P12Y"));
/// assert!(table.current("cbam-7").is_some() && warnings.is_empty());
///
/// let wrong = String::from_utf8_lossy(own).replace("\"sox\"", "\"soxx\"");
/// let error = RuleTable::builtin().with(wrong.as_bytes()).unwrap_err();
/// assert!(error.to_string().contains("unknown variant `soxx`"));
/// # Ok::<(), storage_core::retention::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleTable {
    rules: BTreeMap<String, BTreeMap<u32, Rule>>,
    pub(super) circumstances: BTreeMap<String, String>,
    pub(super) unions: BTreeMap<Jurisdiction, BTreeSet<Jurisdiction>>,
    versions: Vec<String>,
}

/// One thing found in a document of rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Whether the document can be used nevertheless.
    pub severity: Severity,
    /// Where, as a JSON pointer (RFC 6901); empty for the whole document.
    pub at: String,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub hint: Option<String>,
}

/// Whether a document can be used nevertheless.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It is not used.
    Error,
    /// It is used, and somebody should look.
    Warning,
}

/// A document of rules.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: String,
    #[serde(default)]
    circumstances: BTreeMap<String, String>,
    #[serde(default)]
    unions: BTreeMap<Jurisdiction, BTreeSet<Jurisdiction>>,
    rules: Vec<Value>,
}

impl RuleTable {
    /// The built-in rules ([`RULES_VERSION`]).
    pub fn builtin() -> &'static Self {
        static TABLE: OnceLock<RuleTable> = OnceLock::new();
        TABLE.get_or_init(|| {
            let empty = Self {
                rules: BTreeMap::new(),
                circumstances: BTreeMap::new(),
                unions: BTreeMap::new(),
                versions: Vec::new(),
            };
            let (table, _) =
                empty.with(include_bytes!("rules.json")).expect("a test reads the built-in rules");
            table
        })
    }

    /// These rules and those of a document, and what somebody should look at. The document is JSON or,
    /// with the feature `import`, YAML.
    ///
    /// A rule with a new id is added. A rule with a known id and a higher version takes the place of
    /// the older one for records archived from now on; records keep the version they have.
    ///
    /// # Errors
    ///
    /// [`Error::RulesInvalid`] with everything that is wrong, one finding for each rule that cannot
    /// be read. Nothing is guessed and nothing is left out.
    pub fn with(&self, document: &[u8]) -> Result<(Self, Vec<Finding>), Error> {
        let invalid = |at: &str, message: String| Error::RulesInvalid {
            findings: vec![Finding {
                severity: Severity::Error,
                at: at.to_owned(),
                message,
                hint: Some("write one object with `version` and `rules`".to_owned()),
            }],
        };
        let value = value_of(document).map_err(|error| invalid("", error))?;
        let document: Document =
            serde_json::from_value(value).map_err(|error| invalid("", error.to_string()))?;
        if document.version.trim().is_empty() {
            return Err(invalid("/version", "the document has no version".to_owned()));
        }
        let mut table = self.clone();
        table.versions.push(document.version);
        table.circumstances.extend(document.circumstances);
        for (union, members) in document.unions {
            table.unions.entry(union).or_default().extend(members);
        }
        let mut findings = Vec::new();
        for (nth, value) in document.rules.into_iter().enumerate() {
            table.admit(&format!("/rules/{nth}"), value, &mut findings);
        }
        if findings.iter().any(|it| it.severity == Severity::Error) {
            findings.sort_by_key(|it| it.severity);
            return Err(Error::RulesInvalid { findings });
        }
        Ok((table, findings))
    }

    fn admit(&mut self, at: &str, value: Value, findings: &mut Vec<Finding>) {
        let mut find = |severity, at: String, message: String, hint: Option<String>| {
            findings.push(Finding { severity, at, message, hint });
        };
        let called = value.get("id").and_then(Value::as_str).map(head);
        let rule: Rule = match serde_json::from_value(value) {
            Ok(rule) => rule,
            Err(error) => {
                let called = called.map_or(String::new(), |it| format!("in `{it}`: "));
                let hint = "see the built-in rules for how one is written".to_owned();
                return find(
                    Severity::Error,
                    at.to_owned(),
                    format!("{called}{error}"),
                    Some(hint),
                );
            }
        };
        let broken = rule.broken();
        for (member, message, hint) in &broken {
            let message = format!("in `{}`: {message}", head(&rule.id));
            find(Severity::Error, format!("{at}/{member}"), message, Some((*hint).to_owned()));
        }
        if let Some(name) =
            rule.circumstance.as_ref().filter(|it| !self.circumstances.contains_key(*it))
        {
            let message = format!("in `{}`: `{}` is no circumstance", rule.id, head(name));
            let hint = "explain it under `circumstances` of the document".to_owned();
            find(Severity::Error, format!("{at}/circumstance"), message, Some(hint));
            return;
        }
        if !broken.is_empty() {
            return;
        }
        let versions = self.rules.entry(rule.id.clone()).or_default();
        if let Some((newest, last)) = versions.last_key_value() {
            if *newest >= rule.version && versions.get(&rule.version) != Some(&rule) {
                let message = format!(
                    "version {} of `{}` is not after version {newest}",
                    rule.version, rule.id
                );
                let hint = format!("write version {}", newest.saturating_add(1));
                find(Severity::Error, format!("{at}/version"), message, Some(hint));
                return;
            }
            if is_weaker(&rule, last) {
                let message = format!(
                    "version {} of `{}` protects new records for less time than version {newest} ({})",
                    rule.version, rule.id, last.reference.law
                );
                let hint = "have counsel confirm it".to_owned();
                find(Severity::Warning, at.to_owned(), message, Some(hint));
            }
        }
        versions.insert(rule.version, rule);
    }

    /// The newest version of a rule.
    pub fn current(&self, id: &str) -> Option<&Rule> {
        self.rules.get(id)?.last_key_value().map(|(_, rule)| rule)
    }

    /// One version of a rule.
    pub fn get(&self, id: &str, version: u32) -> Option<&Rule> {
        self.rules.get(id)?.get(&version)
    }

    /// The newest version of every rule, by id.
    pub fn current_rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.values().filter_map(|it| it.last_key_value().map(|(_, rule)| rule))
    }

    /// What circumstances rules ask for, with an explanation each.
    pub fn circumstances(&self) -> impl Iterator<Item = (&str, &str)> {
        self.circumstances.iter().map(|(name, about)| (name.as_str(), about.as_str()))
    }

    /// The versions of the documents that it was made from, in order.
    pub fn versions(&self) -> &[String] {
        &self.versions
    }
}

/// What a document says. In YAML as in JSON no member may be there twice, and a word such as `NO` is a
/// word.
fn value_of(document: &[u8]) -> Result<Value, String> {
    #[cfg(feature = "import")]
    if document.iter().find(|it| !it.is_ascii_whitespace()).is_some_and(|it| *it != b'{') {
        let text = str::from_utf8(document).map_err(|error| error.to_string())?;
        let options = serde_saphyr::options! {
            budget: serde_saphyr::budget! {
                max_depth: 16,
                max_anchors: 0,
                max_aliases: 0,
            },
            merge_keys: serde_saphyr::options::MergeKeyPolicy::Error,
            strict_booleans: true,
            reject_unsupported_tags: true,
            with_snippet: false,
        };
        return serde_saphyr::from_str_with_options(text, options).map_err(|error| told(&error));
    }
    strict::parse(document).map_err(|error| error.to_string())
}

/// What is wrong with YAML, without advice to programmers.
#[cfg(feature = "import")]
fn told(error: &serde_saphyr::Error) -> String {
    use serde_saphyr::Error;

    let message = match error.without_snippet() {
        Error::DuplicateMappingKey { key, .. } => {
            format!("`{}` is given twice", key.as_deref().unwrap_or_default())
        }
        Error::MergeKeyNotAllowed { .. } => "merge keys (`<<`) are refused".to_owned(),
        Error::Budget { .. } => "anchors, aliases and excess are refused".to_owned(),
        other => return other.to_string().lines().next().unwrap_or_default().to_owned(),
    };
    match error.location() {
        Some(at) => format!("{message} at line {}, column {}", at.line(), at.column()),
        None => message,
    }
}

/// Whether records of the same event would be free earlier, or under other conditions.
fn is_weaker(new: &Rule, old: &Rule) -> bool {
    let same = new.trigger == old.trigger
        && new.regime == old.regime
        && new.jurisdiction == old.jurisdiction
        && (new.circumstance == old.circumstance || new.circumstance.is_none());
    // A date early in a leap year shows most of the difference between days and years.
    let sample: TriggerDate = match "2024-01-15".parse() {
        Ok(sample) => sample,
        Err(_) => return true,
    };
    let end =
        |rule: &Rule| super::Expiry::of(rule, sample, Zone::UTC).map(|it| it.last_protected_day);
    match (end(new), end(old)) {
        (Ok(new), Ok(old)) => !same || new < old,
        _ => true,
    }
}

impl RuleTable {
    /// The events that current rules of the table wait for, without the archiving itself.
    pub fn triggers(&self) -> BTreeSet<Trigger> {
        self.current_rules().map(|it| it.trigger).filter(|it| *it != Trigger::Archived).collect()
    }
}
