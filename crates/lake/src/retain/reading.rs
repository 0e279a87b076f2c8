//! From text to a policy: strict, and with the line where it fails.

use std::collections::BTreeSet;

use serde_saphyr::{Location, Spanned};
use storage_core::retention::{Anchor, RuleTable, Span, Zone};

use super::Period;
use super::policy::{Hold, Keep, POLICY_VERSION, Pattern, Policy, Rule, Said};
use crate::commits::{Kind, TableName};
use crate::schema::{Finding, strictly};

type Text = Spanned<String>;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenPolicy {
    retention: Text,
    #[serde(default)]
    zone: Option<Text>,
    rules: Spanned<Vec<Spanned<WrittenRule>>>,
    #[serde(default)]
    holds: Vec<Spanned<WrittenHold>>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRule {
    tables: Spanned<Vec<Text>>,
    #[serde(default)]
    files: Option<Spanned<Vec<Text>>>,
    keep: Spanned<Vec<WrittenKeep>>,
    #[serde(default)]
    minimum: Option<Text>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenKeep {
    #[serde(rename = "for")]
    period: Text,
    #[serde(default)]
    anchor: Option<Text>,
    evidence: Text,
    #[serde(default)]
    law: Option<Text>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenHold {
    name: Text,
    #[serde(default)]
    tenant: Option<Text>,
    #[serde(default)]
    from: Option<Text>,
    #[serde(default)]
    to: Option<Text>,
    reason: Text,
}

/// Reads a policy.
pub(super) fn read(text: &str) -> Result<Policy, Vec<Finding>> {
    let written: WrittenPolicy = strictly(text, ("retention", POLICY_VERSION))?;
    let mut reading = Reading::default();
    let said = reading.policy(written);
    if reading.0.is_empty() {
        return Ok(Policy::new(said));
    }
    reading.0.sort();
    Err(reading.0)
}

/// What was found so far.
#[derive(Default)]
struct Reading(Vec<Finding>);

impl Reading {
    fn say(&mut self, at: Location, message: impl Into<String>, hint: impl Into<String>) {
        self.0.push(Finding::new(at, message).hint(hint));
    }

    fn policy(&mut self, written: WrittenPolicy) -> Said {
        if written.retention.value != POLICY_VERSION {
            let message = format!("`{}` is no policy that is known here", written.retention.value);
            let hint = format!("write `retention: {POLICY_VERSION}`");
            self.say(written.retention.referenced, message, hint);
        }
        let zone = written.zone.and_then(|it| match it.value.parse::<Zone>() {
            Ok(zone) => Some(zone),
            Err(error) => {
                let hint = error.hint().unwrap_or_default();
                self.say(it.referenced, error.to_string(), hint);
                None
            }
        });
        if written.rules.value.is_empty() {
            let hint = "say for each table how long its rows are kept";
            self.say(written.rules.referenced, "there are no rules", hint);
        }
        let rules = written.rules.value.into_iter().map(|it| self.rule(it.value)).collect();
        let mut names = BTreeSet::new();
        let mut holds = Vec::new();
        for hold in written.holds {
            if !names.insert(hold.value.name.value.clone()) {
                let message = format!("two holds are called `{}`", hold.value.name.value);
                self.say(hold.value.name.referenced, message, "give one of them another name");
            }
            holds.push(self.hold(hold.value));
        }
        Said { retention: POLICY_VERSION, zone: zone.unwrap_or(Zone::UTC), rules, holds }
    }

    fn rule(&mut self, written: WrittenRule) -> Rule {
        if written.tables.value.is_empty() {
            let hint = "name one, or all of a zone: `bronze/*`";
            self.say(written.tables.referenced, "there are no tables", hint);
        }
        if written.keep.value.is_empty() {
            let hint = "say for how long, and which duty that serves";
            self.say(written.keep.referenced, "there is no duty", hint);
        }
        let tables = written.tables.value.into_iter().map(|it| self.pattern(it)).collect();
        let files = match written.files {
            None => [Kind::Data, Kind::Quarantine, Kind::Duplicates].into(),
            Some(files) => {
                if files.value.is_empty() {
                    self.say(files.referenced, "there are no files", "leave the key out for all");
                }
                files.value.into_iter().filter_map(|it| self.kind(&it)).collect()
            }
        };
        let keep = written.keep.value.into_iter().map(|it| self.keep(it)).collect();
        let minimum = written.minimum.map(|it| self.span(&it));
        Rule { tables, files, keep, minimum }
    }

    fn pattern(&mut self, written: Text) -> Pattern {
        let text = written.value;
        // A star stands for a whole part of a name.
        let name = text.strip_suffix("/*").map(|it| match it.contains('/') {
            true => format!("{it}/x"),
            false if it == "bronze" => format!("{it}/x"),
            false => format!("{it}/x/x"),
        });
        if name.as_ref().unwrap_or(&text).parse::<TableName>().is_err() {
            let hint = "write `bronze/emissions`, `gold/emissions/*` or `silver/*`";
            let message = format!("`{text}` is no table and no zone");
            self.say(written.referenced, message, hint);
        }
        Pattern(text)
    }

    fn kind(&mut self, written: &Text) -> Option<Kind> {
        match written.value.as_str() {
            "data" => Some(Kind::Data),
            "quarantine" => Some(Kind::Quarantine),
            "duplicates" => Some(Kind::Duplicates),
            other => {
                let hint = "write `data`, `quarantine` or `duplicates`";
                self.say(written.referenced, format!("`{other}` is no sort of files"), hint);
                None
            }
        }
    }

    fn keep(&mut self, written: WrittenKeep) -> Keep {
        let period = self.span(&written.period);
        let anchor = match written.anchor.as_ref().map(|it| it.value.as_str()) {
            None | Some("date") => Anchor::Date,
            Some("end_of_calendar_year") => Anchor::EndOfCalendarYear,
            Some(other) => {
                let at = written.anchor.as_ref().map_or(Location::UNKNOWN, |it| it.referenced);
                let hint = "write `date` (the end of the period) or `end_of_calendar_year`";
                self.say(at, format!("`{other}` is no beginning of a period"), hint);
                Anchor::Date
            }
        };
        let evidence = written.evidence.value;
        let plain = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-';
        if !(1..=64).contains(&evidence.len()) || !evidence.bytes().all(plain) {
            let hint = "write 1 to 64 lower case letters, digits and hyphens";
            let message = format!("`{evidence}` is no name of a duty");
            self.say(written.evidence.referenced, message, hint);
        }
        let known = RuleTable::builtin().current(&evidence);
        if let Some(rule) = known
            && period.total_months() < rule.period.total_months()
        {
            let message = format!("{period} is too short: `{evidence}` asks for {}", rule.period);
            let hint = "write at least that, and what lies between the rows and its beginning";
            self.say(written.period.referenced, message, hint);
        }
        let law = match (written.law, known) {
            (Some(law), _) => {
                self.line(&law, "the law");
                law.value
            }
            (None, Some(rule)) => rule.reference.law.clone(),
            (None, None) => {
                let message = format!("nobody says why `{evidence}` asks for this");
                let hint = "add `law`: the article, or the decision";
                self.say(written.evidence.referenced, message, hint);
                String::new()
            }
        };
        Keep { period, anchor, evidence, law }
    }

    fn hold(&mut self, written: WrittenHold) -> Hold {
        self.line(&written.name, "the name");
        self.line(&written.reason, "the reason");
        if let Some(tenant) = &written.tenant {
            self.line(tenant, "the tenant");
        }
        let from = written.from.as_ref().and_then(|it| self.month(it));
        let to = written.to.as_ref().and_then(|it| self.month(it));
        if let (Some(first), Some(last), Some(at)) = (from, to, &written.to)
            && last < first
        {
            let message = format!("the hold ends with {last}, before it begins with {first}");
            self.say(at.referenced, message, "write the earlier month behind `from`");
        }
        let tenant = written.tenant.map(|it| it.value);
        Hold { name: written.name.value, tenant, from, to, reason: written.reason.value }
    }

    fn month(&mut self, written: &Text) -> Option<Period> {
        let text = written.value.as_str();
        let parts = text.split_once('-').filter(|(year, month)| {
            let digits = |it: &str| it.bytes().all(|byte| byte.is_ascii_digit());
            year.len() == 4 && month.len() == 2 && digits(year) && digits(month)
        });
        let month =
            parts.and_then(|(year, month)| Period::month(year.parse().ok()?, month.parse().ok()?));
        if month.is_none() {
            self.say(written.referenced, format!("`{text}` is no month"), "write `2024-01`");
        }
        month
    }

    fn span(&mut self, written: &Text) -> Span {
        let nothing = || Span::years(0).expect("it is written as years");
        match written.value.parse::<Span>() {
            Ok(span) if span.is_nothing() => {
                let hint = "write how long, such as `P7Y` or `P18M`";
                self.say(written.referenced, "the period is no time at all", hint);
                span
            }
            Ok(span) => span,
            Err(error) => {
                let hint = error.hint().unwrap_or_default();
                self.say(written.referenced, error.to_string(), hint);
                nothing()
            }
        }
    }

    fn line(&mut self, written: &Text, what: &str) {
        let text = &written.value;
        if text.trim().is_empty() || text.len() > 500 || text.chars().any(char::is_control) {
            let message = format!("{what} is empty, too long or has control characters");
            self.say(written.referenced, message, "write one line of text");
        }
    }
}
