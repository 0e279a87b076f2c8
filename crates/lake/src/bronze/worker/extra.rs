//! What the document does not declare.
//!
//! A member that is called like a masked column but for its spelling is masked as the column is: what was
//! misspelt at the source shall not stand beside what was masked.

use serde_json::Value;

use super::{Worker, lock};
use crate::bronze::Code;
use crate::bronze::cast::Refusal;
use crate::bronze::mask::Masking;
use crate::bronze::plan::{Plan, Rule};
use crate::read::json::quote;
use crate::read::token::{Record, Token};
use crate::schema::Unknown;

impl Worker<'_> {
    /// Keeps, refuses or leaves out what the document does not declare.
    pub(super) fn extra(&mut self, record: &Record<'_>) -> Result<(), Refusal> {
        let unknown = self.plan.document.unknown_columns();
        if unknown == Unknown::Reject && !record.extra.is_empty() {
            return Err((
                Code::UnknownColumn,
                "the document does not declare a column that is there",
            ));
        }
        let Some(place) = self.plan.extra else { return Ok(()) };
        let mut object = String::from("{");
        for (name, token) in &record.extra {
            let before = object.len();
            if before > 1 {
                object.push(',');
            }
            quote(name, &mut object);
            object.push(':');
            let mut kept = true;
            match self.plan.hides {
                true => kept = self.hidden(name, *token, &mut object),
                false => written(*token, &mut object),
            }
            if !kept {
                object.truncate(before);
            }
        }
        object.push('}');
        let column = &mut self.rows.columns[place];
        if object == "{}" {
            column.push_null()
        } else {
            column.push_text(&object)
        }
        Ok(())
    }

    /// Writes a value of a document that masks columns; says whether there is anything to be kept.
    fn hidden(&self, name: &str, token: Token<'_>, out: &mut String) -> bool {
        if let Some(rule) = alike(self.plan, name) {
            let text = match token {
                Token::Absent | Token::Null => {
                    out.push_str("null");
                    return true;
                }
                Token::Boolean(truth) => truth.to_string(),
                Token::Number(text) | Token::Nested(text) | Token::Markup(text) => text.to_owned(),
                _ => token.text().unwrap_or_default().into_owned(),
            };
            let masked = self.masked(rule, &text);
            if let Some(masked) = &masked {
                quote(masked, out);
            }
            return masked.is_some();
        }
        match token {
            // Whatever is called so somewhere within.
            Token::Markup(text) if names_one(self.plan, text) => return false,
            Token::Nested(text) if text.contains('\\') || names_one(self.plan, text) => {
                let Ok(mut value) = serde_json::from_str(text) else { return false };
                match self.within(&mut value) {
                    true => out.push_str(&value.to_string()),
                    // As it was written.
                    false => out.push_str(text),
                }
            }
            _ => written(token, out),
        }
        true
    }

    /// Masks members within a value; says whether there were any.
    fn within(&self, value: &mut Value) -> bool {
        match value {
            Value::Array(all) => all.iter_mut().fold(false, |any, it| self.within(it) | any),
            Value::Object(members) => {
                let mut any = false;
                members.retain(|name, value| {
                    let Some(rule) = alike(self.plan, name) else {
                        any |= self.within(value);
                        return true;
                    };
                    any = true;
                    if value.is_null() {
                        return true;
                    }
                    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                    let masked = self.masked(rule, &text).map(Value::String);
                    masked.map(|masked| *value = masked).is_some()
                });
                any
            }
            _ => false,
        }
    }

    /// What is stored for a text of a masked column; none where it is dropped.
    fn masked(&self, rule: &Rule, text: &str) -> Option<String> {
        let masking = rule.masking.as_ref()?;
        let stored = masking.apply(text);
        if let Masking::Token(_) = masking {
            let mut tokens = lock(&self.shared.tokens);
            let of = tokens.entry(rule.column.name.clone()).or_default();
            of.insert(stored.clone(), text.to_owned());
        }
        Some(stored)
    }
}

/// The masked column that has this name but for its spelling.
fn alike<'p>(plan: &'p Plan, name: &str) -> Option<&'p Rule> {
    let name = spelled(name);
    plan.rules.iter().find(|rule| rule.column.mask.is_some() && spelled(&rule.column.name) == name)
}

/// Whether the name of a masked column is somewhere in the text.
fn names_one(plan: &Plan, text: &str) -> bool {
    let text = spelled(text);
    let masked = plan.rules.iter().filter(|rule| rule.column.mask.is_some());
    masked.into_iter().any(|rule| text.contains(&spelled(&rule.column.name)))
}

/// Letters and digits alone, in small letters: `E-Mail` is `email`.
fn spelled(name: &str) -> String {
    name.chars().filter(|it| it.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Writes a value as it came.
fn written(token: Token<'_>, out: &mut String) {
    match token {
        Token::Absent | Token::Null => out.push_str("null"),
        Token::Boolean(truth) => out.push_str(if truth { "true" } else { "false" }),
        Token::Number(text) | Token::Nested(text) => out.push_str(text),
        Token::Markup(text) => quote(text, out),
        _ => quote(&token.text().unwrap_or_default(), out),
    }
}
