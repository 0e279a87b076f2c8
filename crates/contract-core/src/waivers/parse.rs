//! From the file to waivers.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::rules::BROKEN_WAIVER;
use super::{Scope, Spot, Waiver, Waivers, is_same};
use crate::check::readable;
use crate::contract::At;
use crate::finding::{Finding, Findings};
use crate::policy::Policy;
use crate::read::suggest;
use crate::rule::Rule;
use crate::span::{Places, Span};
use crate::yaml::{self, Kind, NodeId, Reading, Style, Tree};

const KEYS: [&str; 9] =
    ["id", "rule", "scope", "owner", "approver", "reason", "granted", "expires", "ticket"];
const OPTIONAL: [&str; 2] = ["granted", "ticket"];

impl Waivers {
    /// Reads a file of waivers. A waiver about which there is a finding is left out, so that it
    /// covers nothing; a file that cannot be read has none.
    ///
    /// ```
    /// use contract_core::waivers::Waivers;
    ///
    /// let (waivers, findings) =
    ///     Waivers::parse(b"apiVersion: strongroom/v1\nkind: Waivers\nwaivers:\n  - id: W-1\n");
    /// assert!(waivers.is_empty());
    /// assert_eq!(findings[0].message, "`approver` is missing");
    /// assert_eq!(findings[0].place.unwrap().line, 4);
    /// ```
    pub fn parse(bytes: &[u8]) -> (Self, Vec<Finding>) {
        // No policy can change the rules about YAML and waivers.
        let policy = Policy::default();
        let mut findings = Findings::new(&policy);
        let Some(tree) = yaml::read(bytes, &mut findings) else {
            return (Self::default(), findings.finish(readable(bytes)));
        };
        let mut reader = Reader { tree: &tree, findings: &mut findings, ids: BTreeSet::new() };
        let list = reader.document();
        let mut waivers = Self { list };
        let mut places = Places::of(tree.text);
        for waiver in &mut waivers.list {
            let Waiver { id_at, granted_at, expires_at, approver_at, .. } = waiver;
            for spot in [id_at, granted_at, expires_at, approver_at] {
                spot.place = Some(places.find(spot.span));
            }
        }
        (waivers, findings.finish(tree.text))
    }
}

struct Reader<'t, 's, 'f, 'p> {
    tree: &'t Tree<'s>,
    findings: &'f mut Findings<'p>,
    ids: BTreeSet<String>,
}

impl Reader<'_, '_, '_, '_> {
    fn broken(&mut self, span: Span, field: &str, message: String, hint: &str) {
        let finding = Finding::new(&BROKEN_WAIVER, field.to_owned(), span, message);
        self.findings.push(finding.hint(hint));
    }

    fn document(&mut self) -> Vec<Waiver> {
        let mut waivers = Vec::new();
        let mut missing = vec!["apiVersion", "kind", "waivers"];
        for entry in self.tree.entries(0) {
            missing.retain(|key| *key != entry.key);
            match entry.key.as_ref() {
                "apiVersion" => self.exactly(entry.value, "apiVersion", "strongroom/v1"),
                "kind" => self.exactly(entry.value, "kind", "Waivers"),
                "waivers" if self.tree.node(entry.value).kind == Kind::Sequence => {
                    let items: Vec<_> = self.tree.items(entry.value).collect();
                    for (number, item) in items.into_iter().enumerate() {
                        waivers.extend(self.item(number, item));
                    }
                }
                "waivers" => {
                    let hint = "begin each waiver with `- id:`, or write `waivers: []`";
                    self.broken(entry.key_span, "waivers", "`waivers` is no list".to_owned(), hint);
                }
                _ => {
                    self.unknown(&entry.key, entry.key_span, "", &["apiVersion", "kind", "waivers"])
                }
            }
        }
        for key in missing {
            let hint = "begin with `apiVersion: strongroom/v1`, `kind: Waivers` and `waivers:`";
            self.broken(Span::new(0, 0), key, format!("`{key}` is missing"), hint);
        }
        waivers
    }

    fn exactly(&mut self, node: NodeId, key: &str, wanted: &str) {
        let node = self.tree.node(node);
        if matches!(&node.kind, Kind::Scalar(text, _) if text == wanted) {
            return;
        }
        let message = format!("only `{key}: {wanted}` is known");
        self.broken(node.span, key, message, &format!("write `{key}: {wanted}`"));
    }

    fn unknown(&mut self, key: &str, span: Span, field: &str, keys: &[&'static str]) {
        let hint = match suggest::closest(key, keys.iter().copied()) {
            Some(close) => format!("did you mean `{close}`?"),
            None => format!("the keys here are `{}`", keys.join("`, `")),
        };
        let message = format!("a waiver has no key `{}`", shown(key));
        self.broken(span, field, message, &hint);
    }

    /// One waiver, if there is nothing wrong with it.
    fn item(&mut self, number: usize, node: NodeId) -> Option<Waiver> {
        let before = self.findings.len();
        let field = |key: &str| format!("waivers[{number}].{key}");
        let at = self.tree.node(node).span;
        if self.tree.node(node).kind != Kind::Mapping {
            let message = "a waiver is a mapping of keys to values".to_owned();
            self.broken(at, &format!("waivers[{number}]"), message, "begin it with `- id:`");
            return None;
        }
        let mut given: BTreeMap<&str, At<String>> = BTreeMap::new();
        let mut first = None;
        for entry in self.tree.entries(node) {
            first = first.or(Some(entry.key_span));
            let Some(key) = KEYS.iter().find(|key| **key == entry.key) else {
                self.unknown(&entry.key, entry.key_span, &field(""), &KEYS);
                continue;
            };
            let value = self.tree.node(entry.value);
            match self.text(&value.kind, key) {
                Ok(text) => {
                    given.entry(key).or_insert(At { value: text, span: value.span });
                }
                Err((what, hint)) => {
                    let span = if value.span.start == value.span.end {
                        entry.key_span
                    } else {
                        value.span
                    };
                    self.broken(span, &field(key), format!("`{key}` {what}"), hint);
                }
            }
        }
        let required = KEYS.iter().filter(|key| !OPTIONAL.contains(key));
        let keys: Vec<_> = self.tree.entries(node).map(|entry| entry.key.as_ref()).collect();
        for key in required.filter(|key| !keys.contains(key)) {
            let message = format!("`{key}` is missing");
            self.broken(first.unwrap_or(at), &field(key), message, hint_for(key));
        }
        let waiver = self.waiver(&given, &field);
        // Whatever was found about it, in the YAML or in the values, it does not hold.
        waiver.filter(|_| self.findings.len() == before)
    }

    /// The text of a value, or what is wrong with it and a way out.
    fn text(&self, kind: &Kind<'_>, key: &str) -> Result<String, (String, &'static str)> {
        let Kind::Scalar(text, style) = kind else {
            return Err(("must be text".to_owned(), hint_for(key)));
        };
        if *style == Style::Plain && Reading::yaml_1_1(text) == Reading::Null {
            return Err(("is empty".to_owned(), hint_for(key)));
        }
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let (least, most) = match key {
            "reason" => (10, 500),
            "ticket" => (1, 200),
            "scope" => (1, 256),
            _ => (1, 64),
        };
        if text.is_empty() {
            return Err(("is empty".to_owned(), hint_for(key)));
        }
        let length = text.chars().count();
        if !(least..=most).contains(&length) {
            return Err((
                format!("has {length} characters, it must have {least} to {most}"),
                hint_for(key),
            ));
        }
        if text.contains(char::is_control) {
            return Err(("has a control character".to_owned(), "write visible characters"));
        }
        Ok(text)
    }

    fn waiver(
        &mut self,
        given: &BTreeMap<&str, At<String>>,
        field: &dyn Fn(&str) -> String,
    ) -> Option<Waiver> {
        let rule = given.get("rule").and_then(|at| self.rule(at, &field("rule")));
        let scope = given.get("scope").and_then(|at| match Scope::parse(&at.value) {
            Ok(scope) => Some(scope),
            Err(what) => {
                let message = format!("`{}` {what}", shown(&at.value));
                self.broken(at.span, &field("scope"), message, hint_for("scope"));
                None
            }
        });
        let granted = given.get("granted").map(|at| self.date(at, &field("granted")));
        let expires = given.get("expires").and_then(|at| self.date(at, &field("expires")));
        if let (Some(Some(granted)), Some(expires), Some(at)) =
            (granted, expires, given.get("expires"))
            && expires < granted
        {
            let message = format!("it expires on {expires}, before it was granted on {granted}");
            self.broken(at.span, &field("expires"), message, "write a later day");
        }
        let (owner, approver) = (given.get("owner"), given.get("approver"));
        if let (Some(owner), Some(approver)) = (owner, approver)
            && is_same(&owner.value, &approver.value)
        {
            let message = format!("`{}` approves what they own", shown(&approver.value));
            let hint = "let somebody else than the owner take the risk";
            self.broken(approver.span, &field("approver"), message, hint);
        }
        let id = given.get("id")?;
        if !self.ids.insert(id.value.clone()) {
            let message = format!("there is another waiver `{}`", shown(&id.value));
            self.broken(id.span, &field("id"), message, "give each an id of its own");
        }
        let spot = |at: &At<String>| Spot { span: at.span, place: None };
        let text = |key: &str| given.get(key).map(|at| at.value.clone());
        Some(Waiver {
            id: id.value.clone(),
            rule: rule?,
            scope: scope?,
            owner: owner?.value.clone(),
            approver: approver?.value.clone(),
            reason: text("reason")?,
            granted: granted.flatten(),
            expires: expires?,
            ticket: text("ticket"),
            id_at: spot(id),
            granted_at: spot(given.get("granted").unwrap_or(id)),
            expires_at: spot(given.get("expires")?),
            approver_at: spot(approver?),
        })
    }

    fn rule(&mut self, at: &At<String>, field: &str) -> Option<&'static Rule> {
        let rules = crate::rules();
        let found = rules.iter().find(|rule| [rule.name, rule.code].contains(&at.value.as_str()));
        match found {
            Some(rule) if rule.is_negotiable() => return Some(rule),
            Some(rule) => {
                let message = format!("`{}` (`{}`) cannot be waived", rule.name, rule.code);
                let hint = "a document that cannot be read alike by everybody has to be mended";
                self.broken(at.span, field, message, hint);
            }
            None => {
                let known = rules.iter().filter(|rule| rule.is_negotiable());
                let known = known.flat_map(|rule| [rule.name, rule.code]);
                let hint = match suggest::closest(&at.value, known) {
                    Some(close) => format!("did you mean `{close}`?"),
                    None => hint_for("rule").to_owned(),
                };
                let message = format!("there is no rule `{}`", shown(&at.value));
                self.broken(at.span, field, message, &hint);
            }
        }
        None
    }

    fn date(&mut self, at: &At<String>, field: &str) -> Option<NaiveDate> {
        // `parse` alone would also take years of any length, signs and single digits.
        let plain = at.value.len() == 10;
        let digits = at.value.bytes().enumerate().all(|(place, byte)| match place {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
        let date = if plain && digits { at.value.parse().ok() } else { None };
        if date.is_none() {
            let message = format!("`{}` is no day", shown(&at.value));
            self.broken(at.span, field, message, "write it as `2026-06-30`");
        }
        date
    }
}

/// What to write behind a key.
fn hint_for(key: &str) -> &'static str {
    match key {
        "id" => "write an id of its own, for example `id: W-0001`",
        "rule" => "write the name or the code that the finding has, for example `G106`",
        "scope" => {
            "write a path such as `docs/**/S3-0007.yaml`, an id such as `S3-0007`, or a bucket"
        }
        "owner" => "write who wants the waiver",
        "approver" => "write who takes the risk, somebody else than the owner",
        "reason" => "write why, in 10 to 500 characters",
        "granted" | "expires" => "write a day as `2026-06-30`",
        _ => "write where it was talked about, or remove the key",
    }
}

/// What somebody wrote, fit for a message of one line.
fn shown(text: &str) -> String {
    text.escape_debug().take(80).collect()
}
