//! The limits of the typed model: those of the table of fields, asked through garde.

use std::collections::BTreeMap;

use crate::contract::Value;
use crate::fields::{self, Field, Need, Shape};
use crate::finding::Finding;
use crate::policy::Policy;
use crate::read::judge;
use crate::slot::Slot;
use crate::span::Span;

/// A value of the typed model as the table of fields looks at it.
pub(super) trait AsValue {
    fn as_value(&self) -> Option<Value<'_>>;
}

impl AsValue for String {
    fn as_value(&self) -> Option<Value<'_>> {
        Some(Value::Text(self))
    }
}

impl AsValue for u32 {
    fn as_value(&self) -> Option<Value<'_>> {
        Some(Value::Integer(*self))
    }
}

impl<T: AsValue> AsValue for Option<T> {
    fn as_value(&self) -> Option<Value<'_>> {
        self.as_ref()?.as_value()
    }
}

/// Of the tags, `costCenter` is a row of the table.
impl AsValue for BTreeMap<String, String> {
    fn as_value(&self) -> Option<Value<'_>> {
        self.get(fields::find(Slot::CostCenter).key)?.as_value()
    }
}

/// A garde rule: the value follows the row of `slot` in the table of fields.
pub(super) fn follows<T: AsValue>(slot: Slot) -> impl FnOnce(&T, &Policy) -> garde::Result {
    move |value, policy| match judge(fields::find(slot), value.as_value(), policy) {
        None => Ok(()),
        Some(finding) => Err(garde::Error::new(finding.message)),
    }
}

/// The finding about a value that does not follow its row.
pub(super) fn judge(field: &Field, value: Option<Value<'_>>, policy: &Policy) -> Option<Finding> {
    let nowhere = Span::NOWHERE;
    match (value, field.shape) {
        (None, _) if field.need == Need::Required => Some(judge::missing(field, nowhere)),
        (Some(Value::Text(text)), Shape::Text { min, max, pattern }) => {
            judge::text(field, (min, max), pattern, text, nowhere)
        }
        (Some(Value::Text(text)), Shape::Choice(choices)) => (!choices.contains(&text))
            .then(|| judge::unknown_value(field, text, choices.iter().copied(), nowhere)),
        (Some(Value::Text(text)), Shape::Environment) => {
            let names = policy.environments.iter().map(|environment| environment.name.as_str());
            let known = names.clone().any(|name| name == text);
            (!known).then(|| judge::unknown_value(field, text, names, nowhere))
        }
        (Some(Value::Integer(number)), Shape::Integer { min, max }) => {
            let bounds = (min, max);
            (!(min..=max).contains(&number))
                .then(|| judge::out_of_range(field, &number.to_string(), bounds, nowhere))
        }
        _ => None,
    }
}

/// The field that garde means by `path`, such as `spec.retention_policy.rationale`.
pub(super) fn field_at(path: &str) -> Option<&'static Field> {
    let mut name = String::with_capacity(path.len());
    let mut upper = false;
    for c in path.chars() {
        match c {
            '_' => upper = true,
            c if upper => {
                name.extend(c.to_uppercase());
                upper = false;
            }
            c => name.push(c),
        }
    }
    let found = fields::at(&name)?;
    // The rule about the tags is about the one tag that has a row.
    Some(if found.slot == Slot::Tags { fields::find(Slot::CostCenter) } else { found })
}
