//! What a policy document means, and what it may not say.

mod names;
mod rules;

use std::collections::BTreeSet;

use serde_saphyr::{Location, Spanned};

use super::document::{API_VERSION, Document, KIND, PathsEntry, Text, Texts, WaiversEntry};
use super::{Paths, Policy, PolicyError};

/// The decisions that `document` holds.
pub(super) fn policy(document: Document) -> Result<Policy, PolicyError> {
    exactly(&document.api_version, "apiVersion", API_VERSION)?;
    exactly(&document.kind, "kind", KIND)?;
    let mut policy = Policy::default();
    let prefix_at = document.prefix.as_ref().map(|it| it.referenced);
    let environments_at = document.environments.as_ref().map(|it| it.referenced);
    if let Some(prefix) = document.prefix {
        policy.prefix = names::prefix(prefix)?;
    }
    if let Some(environments) = document.environments {
        policy.environments = names::environments(environments)?;
    }
    names::fit_together(&policy, prefix_at.or(environments_at).unwrap_or(Location::UNKNOWN))?;
    if let Some(owners) = document.owners {
        policy.owners = several(owners, "owners", names::owner)?.into_iter().collect();
    }
    if let Some(entry) = document.paths {
        paths(entry, &mut policy.paths)?;
    }
    if let Some(approval) = document.approval {
        policy.approval_labels = several(approval.labels, "approval.labels", names::label)?;
    }
    if let Some(entries) = document.rules {
        policy.levels = rules::levels(entries)?;
    }
    if let Some(entries) = document.changes {
        policy.verdicts = rules::verdicts(entries)?;
    }
    if let Some(tags) = document.required_tags {
        policy.required_tags = several(tags, "requiredTags", names::tag)?.into_iter().collect();
    }
    if let Some(cors) = document.cors {
        policy.cors_origins = several(cors.origins, "cors.origins", names::origin)?;
    }
    if let Some(entry) = document.waivers {
        waivers(&entry, &mut policy)?;
    }
    if let Some(alarm) = document.alarm {
        policy.alarm_name = names::alarm(alarm.name)?;
    }
    if let Some(partition) = document.partition {
        policy.partition = names::partition(partition)?;
    }
    Ok(policy)
}

fn exactly(given: &Text, key: &str, wanted: &str) -> Result<(), PolicyError> {
    if given.value == wanted {
        return Ok(());
    }
    let message = format!("`{key}` is `{}`, only `{wanted}` is known", shown(&given.value));
    Err(PolicyError::new(given.referenced, message).hint(format!("write `{key}: {wanted}`")))
}

/// A list that must hold something, each thing once and in order.
fn several(
    list: Texts,
    key: &str,
    check: fn(&Text) -> Result<(), PolicyError>,
) -> Result<Vec<String>, PolicyError> {
    not_empty(&list, key)?;
    let mut seen = BTreeSet::new();
    for text in &list.value {
        check(text)?;
        if !seen.insert(&text.value) {
            let message = format!("`{}` stands twice in `{key}`", text.value);
            return Err(PolicyError::new(text.referenced, message).hint("keep one of them"));
        }
    }
    Ok(list.value.into_iter().map(|text| text.value).collect())
}

/// An empty list is a slip, not a wish: it would switch off whatever reads it.
fn not_empty<T>(list: &Spanned<Vec<T>>, key: &str) -> Result<(), PolicyError> {
    if !list.value.is_empty() {
        return Ok(());
    }
    let refused = PolicyError::new(list.referenced, format!("`{key}` is empty"));
    Err(refused.hint("name at least one, or remove the key"))
}

fn paths(entry: PathsEntry, paths: &mut Paths) -> Result<(), PolicyError> {
    let PathsEntry { contracts, catalog, audit, output, waivers, ids } = entry;
    let mut given = Vec::new();
    for (key, text, to) in [
        ("contracts", contracts, &mut paths.contracts),
        ("catalog", catalog, &mut paths.catalog),
        ("audit", audit, &mut paths.audit),
        ("output", output, &mut paths.output),
        ("waivers", waivers, &mut paths.waivers),
        ("ids", ids, &mut paths.ids),
    ] {
        if let Some(text) = text {
            names::path(&text, key)?;
            given.push((key, text.referenced));
            *to = text.value;
        }
    }
    for (key, at) in given {
        let own = path_of(paths, key);
        let other = KEYS.iter().find(|other| **other != key && path_of(paths, other) == own);
        if let Some(other) = other {
            let message = format!("`paths.{key}` and `paths.{other}` are both `{own}`");
            return Err(PolicyError::new(at, message).hint("give each its own path"));
        }
    }
    Ok(())
}

const KEYS: [&str; 6] = ["contracts", "catalog", "audit", "output", "waivers", "ids"];

fn path_of<'p>(paths: &'p Paths, key: &str) -> &'p str {
    match key {
        "contracts" => &paths.contracts,
        "catalog" => &paths.catalog,
        "audit" => &paths.audit,
        "output" => &paths.output,
        "waivers" => &paths.waivers,
        _ => &paths.ids,
    }
}

/// The most days a policy lets a waiver last: a year. What holds longer is a rule.
const LONGEST_WAIVER_DAYS: u32 = 366;

fn waivers(entry: &WaiversEntry, policy: &mut Policy) -> Result<(), PolicyError> {
    if let Some(days) = &entry.max_days {
        if !(1..=LONGEST_WAIVER_DAYS).contains(&days.value.0) {
            let message = format!("`waivers.maxDays` is `{}`", days.value.0);
            let hint = format!("write 1 to {LONGEST_WAIVER_DAYS} days");
            return Err(PolicyError::new(days.referenced, message).hint(hint));
        }
        policy.waiver_max_days = days.value.0;
    }
    if let Some(days) = &entry.notice_days {
        policy.waiver_notice_days = days.value.0;
    }
    let at = entry.notice_days.as_ref().or(entry.max_days.as_ref()).map(|days| days.referenced);
    if let Some(at) = at
        && policy.waiver_notice_days > policy.waiver_max_days
    {
        let (notice, most) = (policy.waiver_notice_days, policy.waiver_max_days);
        let message = format!("notice of {notice} days for waivers of at most {most} days");
        return Err(PolicyError::new(at, message).hint("let `noticeDays` be less than `maxDays`"));
    }
    Ok(())
}

/// What somebody wrote, fit for a message of one line.
fn shown(text: &str) -> String {
    text.escape_debug().take(80).collect()
}
