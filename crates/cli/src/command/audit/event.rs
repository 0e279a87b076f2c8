//! Lines of input as events.

use audit_chain::json::Value;
use audit_chain::record::Event;

use crate::args::Append;

/// What lines leave out.
#[derive(Clone, Debug, Default)]
pub(super) struct Defaults {
    pub(super) event_type: Option<String>,
    pub(super) actor: Option<String>,
    pub(super) resource: Option<String>,
    pub(super) action: Option<String>,
    pub(super) class: Option<String>,
    pub(super) subject: Option<String>,
}

impl From<&Append> for Defaults {
    fn from(typed: &Append) -> Self {
        Self {
            event_type: typed.event_type.clone(),
            actor: typed.actor.clone(),
            resource: typed.resource.clone(),
            action: typed.action.clone(),
            class: typed.class.clone(),
            subject: typed.sealing.subject.clone(),
        }
    }
}

/// What a line says: an event, and for whom it is sealed.
pub(super) struct Told {
    pub(super) event: Event,
    /// Part of no record.
    pub(super) subject: Option<String>,
}

/// Why a line is not an event, and under which code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) code: &'static str,
    pub(super) message: String,
}

const MEMBERS: [&str; 8] =
    ["event_type", "actor", "resource", "action", "details", "event_id", "class", "subject"];

/// Reads a line. Two readers must agree on what it says: a name given twice, a number that is not
/// finite and a member that nobody knows are refused.
pub(super) fn read(line: &[u8], defaults: &Defaults) -> Result<Told, Refusal> {
    let Value::Object(members) = Value::parse_strict(line).map_err(|error| refusal(&error))? else {
        return Err(invalid("an event is an object: `{\"event_type\": …}`"));
    };
    let known = |name: &str| MEMBERS.contains(&name);
    if let Some((name, _)) = members.iter().find(|(name, _)| !name.as_str().is_some_and(known)) {
        let name = name.as_str().unwrap_or("\u{fffd}").escape_debug().to_string();
        return Err(invalid(format!("an event has no member `{name}`: put it into `details`")));
    }
    let line = Value::Object(members);
    let text = |name: &str| match line.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_str() {
            Some(text) => Ok(Some(text.to_owned())),
            None if matches!(value, Value::String(_)) => Err(invalid(format!(
                "`{name}` holds half of a surrogate pair, which is no character"
            ))),
            None => Err(invalid(format!("`{name}` must be text"))),
        },
    };
    let needed = |name: &str, default: &Option<String>| {
        let missing = || {
            let flag = name.replace('_', "-");
            invalid(format!("`{name}` is missing: write it, or set `--{flag}` for all lines"))
        };
        text(name)?.or_else(|| default.clone()).ok_or_else(missing)
    };
    let event = Event {
        event_type: needed("event_type", &defaults.event_type)?,
        actor: needed("actor", &defaults.actor)?,
        resource: needed("resource", &defaults.resource)?,
        action: needed("action", &defaults.action)?,
        class: text("class")?.or_else(|| defaults.class.clone()),
        event_id: text("event_id")?,
        details: line.get("details").cloned().unwrap_or(Value::Object(Vec::new())),
    };
    event.check().map_err(|error| refusal(&error))?;
    let subject = text("subject")?.or_else(|| defaults.subject.clone());
    Ok(Told { event, subject })
}

fn refusal(error: &audit_chain::Error) -> Refusal {
    Refusal { code: error.code(), message: error.to_string() }
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal { code: "cli.event_invalid", message: message.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_fill_in_what_a_line_leaves_out() {
        let defaults = Defaults {
            event_type: Some("app.log".into()),
            actor: Some("app".into()),
            action: Some("write".into()),
            ..Defaults::default()
        };
        let event = read(br#"{"resource": "r/1", "actor": "alice"}"#, &defaults)
            .map(|told| told.event)
            .unwrap();
        assert_eq!((event.actor.as_str(), event.event_type.as_str()), ("alice", "app.log"));
        assert_eq!(event.details, Value::Object(Vec::new()));

        let missing = read(br#"{"actor": "alice"}"#, &defaults).map(|told| told.event).unwrap_err();
        assert!(missing.message.contains("`--resource`"), "{}", missing.message);
    }

    #[test]
    fn a_line_that_could_be_read_in_two_ways_is_refused() {
        let line = |text: &str| {
            read(text.as_bytes(), &Defaults::default()).map(|told| told.event).unwrap_err()
        };
        assert_eq!(line(r#"{"actor": "a", "actor": "b"}"#).code, "audit.duplicate_member");
        assert_eq!(line(r#"{"details": NaN}"#).code, "audit.non_finite");
        assert!(line(r#"{"user": "a"}"#).message.contains("no member `user`"));
        assert!(line(r#"{"actor": 7}"#).message.contains("missing"), "in the order of the record");
        assert!(line(r#"["actor"]"#).message.contains("an object"));
        let full =
            r#"{"event_type": "_audit.pruned", "actor": "a", "resource": "r", "action": "x"}"#;
        assert_eq!(line(full).code, "audit.event_type_reserved");
        let surrogate = full.replace("_audit.pruned", "a").replace("\"r\"", "\"\\ud800\"");
        assert!(line(&surrogate).message.contains("`resource` holds half"));
        let list = full.replace("_audit.pruned", "a").replace("\"r\"", "[]");
        assert!(line(&list).message.contains("`resource` must be text"));
    }
}
