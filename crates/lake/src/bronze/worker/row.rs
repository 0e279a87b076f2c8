//! One value, from its token to its column.

use super::{Worker, lock};
use crate::bronze::Code;
use crate::bronze::cast::{self, Limit, Refusal};
use crate::bronze::mask::Masking;
use crate::bronze::partition::guard;
use crate::bronze::plan::Rule;
use crate::bronze::rows::{Column, Values};
use crate::read::token::Token;
use crate::schema::Type;

/// What stands where another type was declared.
fn wrong(token: Token<'_>) -> Refusal {
    let found = match token {
        Token::Absent | Token::Null => "found no value",
        Token::Boolean(_) => "found a boolean",
        Token::Number(_) => "found a number",
        Token::Text(_) | Token::Escaped(_) => "found a text",
        Token::Bare(_) | Token::Doubled(_) | Token::Referring(_) => "found a text",
        Token::Nested(_) => "found an object or a list",
        Token::Markup(_) => "found an element with attributes or children",
    };
    (Code::WrongType, found)
}

impl<'p> Worker<'p> {
    /// Checks a value and puts it where it goes.
    #[inline]
    pub(super) fn column(&mut self, at: usize, token: Token<'_>) -> Result<(), Refusal> {
        let plan = self.plan;
        let rule = &plan.rules[at];
        match token {
            Token::Absent => {
                return self.no_value(at, rule, (Code::Missing, "the column is not there"));
            }
            Token::Null => return self.no_value(at, rule, (Code::Null, "found `null`")),
            _ => {}
        }
        if !rule.column.null_values.is_empty()
            && let Some(text) = token.text()
            && rule.column.null_values.iter().any(|it| *it == text)
        {
            return self.no_value(at, rule, (Code::Null, "found a text that means no value"));
        }
        self.value(at, rule, token)
    }

    fn no_value(&mut self, at: usize, rule: &'p Rule, refusal: Refusal) -> Result<(), Refusal> {
        if let Some(default) = &rule.column.default {
            return self.value(at, rule, Token::Bare(default));
        }
        if rule.column.required {
            return Err(refusal);
        }
        for place in [rule.place, rule.companion].into_iter().flatten() {
            self.rows.columns[place].push_null();
        }
        Ok(())
    }

    #[inline]
    fn value(&mut self, at: usize, rule: &'p Rule, token: Token<'_>) -> Result<(), Refusal> {
        match rule.column.kind {
            Type::String => match token {
                Token::Text(text) | Token::Bare(text) => self.text(at, rule, text),
                _ => match token.text() {
                    Some(text) => self.text(at, rule, &text),
                    None => Err(wrong(token)),
                },
            },
            Type::Timestamp => {
                let micros = cast::timestamp(&plain(token)?, rule.column.offset_minutes)?;
                within(rule, &Limit::Integer(micros))?;
                self.values[at] = micros;
                self.wide(rule, micros);
                Ok(())
            }
            Type::Date => {
                let day = cast::date(&plain(token)?)?;
                within(rule, &Limit::Integer(day.into()))?;
                self.values[at] = day.into();
                if let Some(column) = place(&mut self.rows.columns, rule)
                    && let Values::Day(all) = &mut column.values
                {
                    all.push(day);
                }
                Ok(())
            }
            Type::Double => {
                let written = number(rule, token)?;
                let (value, same) = cast::double(&written)?;
                within(rule, &Limit::Double(value))?;
                if let Some(column) = place(&mut self.rows.columns, rule)
                    && let Values::Double(all) = &mut column.values
                {
                    all.push(value);
                }
                if let Some(companion) = rule.companion {
                    let column = &mut self.rows.columns[companion];
                    if same { column.push_null() } else { column.push_text(&written) }
                }
                Ok(())
            }
            Type::Integer => {
                let value = cast::integer(&number(rule, token)?)?;
                within(rule, &Limit::Integer(value))?;
                self.values[at] = value;
                self.wide(rule, value);
                Ok(())
            }
            Type::Decimal { precision, scale } => {
                let value = cast::decimal(&number(rule, token)?, precision, scale)?;
                within(rule, &Limit::Decimal(value))?;
                if let Some(column) = place(&mut self.rows.columns, rule)
                    && let Values::Decimal(all) = &mut column.values
                {
                    all.push(value);
                }
                Ok(())
            }
            Type::Boolean => {
                let value = match token {
                    Token::Boolean(truth) => truth,
                    _ => match &*number(rule, token)? {
                        "true" => true,
                        "false" => false,
                        _ => return Err(wrong(token)),
                    },
                };
                if let Some(column) = place(&mut self.rows.columns, rule)
                    && let Values::Truth(all) = &mut column.values
                {
                    all.push(value);
                }
                Ok(())
            }
        }
    }

    fn wide(&mut self, rule: &Rule, value: i64) {
        if let Some(column) = place(&mut self.rows.columns, rule)
            && let Values::Wide(all) = &mut column.values
        {
            all.push(value);
        }
    }

    #[inline]
    fn text(&mut self, at: usize, rule: &'p Rule, text: &str) -> Result<(), Refusal> {
        let shared = self.shared;
        let stored = |text: &str| -> Option<String> {
            let masking = rule.masking.as_ref()?;
            let stored = masking.apply(text);
            if let Masking::Token(_) = masking {
                let mut tokens = lock(&shared.tokens);
                tokens
                    .entry(rule.column.name.clone())
                    .or_default()
                    .insert(stored.clone(), text.to_owned());
            }
            Some(stored)
        };
        let Some(known) = &mut self.known[at] else {
            rule.text.check(text)?;
            if let Some(place) = rule.place {
                let column = &mut self.rows.columns[place];
                match stored(text) {
                    Some(masked) => column.push_text(&masked),
                    None => column.push_text(text),
                }
            }
            return Ok(());
        };
        let code = known.verdict(text, |text| {
            rule.text.check(text)?;
            let masked = stored(text);
            let stored = masked.as_deref().unwrap_or(text);
            if rule.names_directory {
                guard(stored)?;
            }
            Ok(lock(&shared.dictionaries[at]).code(stored.as_bytes()))
        })?;
        self.values[at] = code.into();
        if let Some(column) = place(&mut self.rows.columns, rule)
            && let Values::Codes(codes) = &mut column.values
        {
            codes.push(code);
        }
        Ok(())
    }
}

/// Where the values of a column go, told that one comes.
#[inline]
fn place<'c>(columns: &'c mut [Column], rule: &Rule) -> Option<&'c mut Column> {
    let column = &mut columns[rule.place?];
    column.present();
    Some(column)
}

/// The text of a day or a moment.
#[inline]
fn plain(token: Token<'_>) -> Result<std::borrow::Cow<'_, str>, Refusal> {
    let text = token.text().ok_or_else(|| wrong(token))?;
    if text.is_empty() { Err((Code::Empty, "the text is empty")) } else { Ok(text) }
}

/// The text of a number, or of a boolean that is written as one.
#[inline]
fn number<'t>(rule: &Rule, token: Token<'t>) -> Result<std::borrow::Cow<'t, str>, Refusal> {
    match token {
        Token::Number(text) if rule.column.kind != Type::Boolean => Ok(text.into()),
        Token::Bare(_) | Token::Doubled(_) | Token::Referring(_) => plain(token),
        Token::Text(_) | Token::Escaped(_) if rule.column.accept_text => plain(token),
        _ => Err(wrong(token)),
    }
}

#[inline]
fn within(rule: &Rule, value: &Limit) -> Result<(), Refusal> {
    cast::within(value, rule.minimum.as_ref(), rule.maximum.as_ref())
}
