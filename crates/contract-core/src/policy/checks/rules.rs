//! Rules and change guardrails in a policy.

use std::collections::BTreeMap;

use serde_saphyr::Spanned;

use super::super::document::{Pairs, Text};
use super::super::reading::listed;
use super::super::{Level, PolicyError, Verdict};
use super::shown;
use crate::read::suggest;
use crate::rule::{Group, Rule};

/// Levels by name of rule.
pub(super) fn levels(entries: Spanned<Pairs>) -> Result<BTreeMap<String, Level>, PolicyError> {
    let levels = read(
        entries,
        "rules",
        |rule| rule.group != Group::Change,
        |word| Level::ALL.iter().copied().find(|level| level.word() == word),
        &["off", "advice", "warning", "error"],
    )?;
    let (levels, at) = levels;
    let mut guardrails =
        crate::rules().into_iter().filter(|rule| rule.group == Group::Guardrail).peekable();
    let some = guardrails.peek().is_some();
    if some && guardrails.all(|rule| levels.get(rule.name) == Some(&Level::Off)) {
        let refused = PolicyError::new(at, "every guardrail is switched off");
        return Err(refused.hint("keep at least one; a policy that asks nothing passes nothing"));
    }
    Ok(levels)
}

/// Verdicts by name of change guardrail.
pub(super) fn verdicts(entries: Spanned<Pairs>) -> Result<BTreeMap<String, Verdict>, PolicyError> {
    let read = read(
        entries,
        "changes",
        |rule| rule.group == Group::Change,
        |word| Verdict::ALL.iter().copied().find(|verdict| verdict.word() == word),
        &["refuse", "approve"],
    );
    read.map(|(verdicts, _)| verdicts)
}

/// Reads a mapping of rules to words; also where it stands.
fn read<T>(
    entries: Spanned<Pairs>,
    key: &str,
    belongs: fn(&Rule) -> bool,
    word: fn(&str) -> Option<T>,
    words: &[&str],
) -> Result<(BTreeMap<String, T>, serde_saphyr::Location), PolicyError> {
    let at = entries.referenced;
    if entries.value.0.is_empty() {
        let refused = PolicyError::new(at, format!("`{key}` is empty"));
        return Err(refused.hint("name at least one rule, or remove the key"));
    }
    let mut read = BTreeMap::new();
    for (name, value) in entries.value.0 {
        let rule = find(&name, belongs)?;
        let Some(word) = word(&value.value) else {
            let message = format!("`{}` is nothing that `{key}` knows", shown(&value.value));
            let hint = format!("write one of {}", listed(words));
            return Err(PolicyError::new(value.referenced, message).hint(hint));
        };
        if read.insert(rule.name.to_owned(), word).is_some() {
            let message = format!("`{}` (`{}`) is given twice", rule.name, rule.code);
            return Err(PolicyError::new(name.referenced, message).hint("keep one of them"));
        }
    }
    Ok((read, at))
}

/// The rule with this name or code, if it belongs here and may be changed.
fn find(name: &Text, belongs: fn(&Rule) -> bool) -> Result<&'static Rule, PolicyError> {
    let rules = crate::rules();
    let Some(rule) = rules.iter().find(|rule| [rule.name, rule.code].contains(&&*name.value))
    else {
        let message = format!("there is no rule `{}`", shown(&name.value));
        let known = rules.iter().filter(|rule| rule.is_negotiable() && belongs(rule));
        let known = known.flat_map(|rule| [rule.name, rule.code]);
        let hint = match suggest::closest(&name.value, known) {
            Some(close) => format!("did you mean `{close}`?"),
            None => "see `strongroom contract explain` for the list".to_owned(),
        };
        return Err(PolicyError::new(name.referenced, message).hint(hint));
    };
    if !rule.is_negotiable() {
        let message = format!("`{}` (`{}`) holds everywhere", rule.name, rule.code);
        let hint = "rules about YAML, fields and waivers cannot be changed; remove the line";
        return Err(PolicyError::new(name.referenced, message).hint(hint));
    }
    if !belongs(rule) {
        let hint = match rule.group {
            Group::Change => "write it under `changes`, with `refuse` or `approve`",
            _ => "write it under `rules`, with `off`, `advice`, `warning` or `error`",
        };
        let message = format!("`{}` (`{}`) does not belong here", rule.name, rule.code);
        return Err(PolicyError::new(name.referenced, message).hint(hint));
    }
    Ok(rule)
}
