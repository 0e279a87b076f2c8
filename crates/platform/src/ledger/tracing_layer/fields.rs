//! What the fields of events and spans say.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use audit_chain::json::{Int, Value};
use audit_chain::record::OWN_PREFIX;
use tracing::Metadata;
use tracing::field::{Field, Visit};

/// The most bytes of an event type.
const MAX_TYPE_BYTES: usize = 64;

/// Who did what to what, as far as it was said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Who {
    pub(super) actor: Option<String>,
    pub(super) resource: Option<String>,
    pub(super) action: Option<String>,
}

impl Who {
    /// Whether a span can say anything of it.
    pub(super) fn is_told_by(metadata: &Metadata<'_>) -> bool {
        ["actor", "resource", "action"].iter().any(|it| metadata.fields().field(it).is_some())
    }

    /// This, and where it is silent the other.
    pub(super) fn or(self, other: &Self) -> Self {
        Self {
            actor: self.actor.or_else(|| other.actor.clone()),
            resource: self.resource.or_else(|| other.resource.clone()),
            action: self.action.or_else(|| other.action.clone()),
        }
    }

    fn place(&mut self, name: &str) -> Option<&mut Option<String>> {
        match name {
            "actor" => Some(&mut self.actor),
            "resource" => Some(&mut self.resource),
            "action" => Some(&mut self.action),
            _ => None,
        }
    }
}

/// Of a span everything else is passed over, without being written out.
impl Visit for Who {
    fn record_str(&mut self, field: &Field, value: &str) {
        if let Some(place) = self.place(field.name()) {
            *place = Some(value.to_owned());
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if let Some(place) = self.place(field.name()) {
            *place = Some(format!("{value:?}"));
        }
    }
}

/// The fields of an event.
#[derive(Debug, Default)]
pub(super) struct Fields {
    pub(super) who: Who,
    pub(super) event_type: Option<String>,
    /// The target of an event that came from the `log` crate.
    pub(super) log_target: Option<String>,
    details: BTreeMap<&'static str, Value>,
}

impl Fields {
    pub(super) fn add(&mut self, name: &'static str, value: &str) {
        self.details.insert(name, Value::from(value));
    }

    pub(super) fn add_unless_there(&mut self, name: &'static str, value: &str) {
        self.details.entry(name).or_insert_with(|| Value::from(value));
    }

    pub(super) fn into_details(self) -> Value {
        Value::Object(self.details.into_iter().map(|(name, it)| (name.into(), it)).collect())
    }

    /// Puts a value where it belongs; `text` is how it is written in a place for text.
    fn keep(&mut self, field: &Field, value: Value, text: impl FnOnce() -> String) {
        let name = field.name();
        if let Some(place) = self.who.place(name) {
            *place = Some(text());
        } else if name == "event_type" {
            self.event_type = Some(text());
        } else if name == "log.target" {
            self.log_target = Some(text());
        } else if !name.starts_with("log.") {
            self.details.insert(name, value);
        }
    }

    fn keep_text(&mut self, field: &Field, text: &str) {
        self.keep(field, Value::from(text), || text.to_owned());
    }

    fn keep_number(&mut self, field: &Field, number: &impl ToString) {
        let text = number.to_string();
        let value = text.parse::<Int>().map_or_else(|_| Value::from(text.as_str()), Value::Int);
        self.keep(field, value, || text);
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        // JSON has neither infinities nor NaN; as text nothing is lost.
        match value.is_finite() {
            true => self.keep(field, Value::Float(value), || value.to_string()),
            false => self.keep_text(field, &value.to_string()),
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.keep_number(field, &value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.keep_number(field, &value);
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.keep_number(field, &value);
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.keep_number(field, &value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.keep(field, Value::Bool(value), || value.to_string());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.keep_text(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        let mut text = value.to_string();
        let mut source = value.source();
        while let Some(error) = source {
            // Writing to a string does not fail.
            let _ = write!(text, ": {error}");
            source = error.source();
        }
        self.keep_text(field, &text);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.keep_text(field, &format!("{value:?}"));
    }
}

/// Text as an event type: in small letters, `.` for `::`, `-` for what cannot stand there, and at most 64
/// bytes. What is the ledger's own loses its underscore.
pub(super) fn event_type_of(text: &str) -> String {
    let mut word = String::new();
    for letter in text.replace("::", ".").chars() {
        let letter = match letter.to_ascii_lowercase() {
            fine @ ('a'..='z' | '0'..='9' | '.' | '_' | '-') => fine,
            _ => '-',
        };
        if word.len() < MAX_TYPE_BYTES && !(letter == '.' && word.ends_with('.')) {
            word.push(letter);
        }
    }
    if word.starts_with(OWN_PREFIX) {
        word.remove(0);
    }
    if word.is_empty() { "event".to_owned() } else { word }
}

#[cfg(test)]
mod tests {
    use audit_chain::record::Event;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_target_becomes_a_type() {
        assert_eq!(event_type_of("audit::UserLogin"), "audit.userlogin");
        assert_eq!(event_type_of("Bücher lesen"), "b-cher-lesen");
        assert_eq!(event_type_of("a.::b...c"), "a.b.c");
        assert_eq!(event_type_of("_audit::key_rotated"), "audit.key_rotated");
        assert_eq!(event_type_of(""), "event");
        assert_eq!(event_type_of("user.login"), "user.login");
    }

    proptest! {
        #[test]
        fn any_text_becomes_a_type_that_the_ledger_takes(text in "(_audit)?(\\PC|[.:_]){0,80}") {
            let word = event_type_of(&text);
            Event::new(&*word, "a", "r", "x", Value::Null).check().unwrap();
            prop_assert_eq!(event_type_of(&word), word);
        }
    }
}
