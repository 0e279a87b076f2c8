//! Single values: text, choices, booleans and numbers.

use super::Reader;
use super::judge;
use crate::contract::Value;
use crate::fields::{Field, Shape, WRONG_TYPE};
use crate::finding::{Finding, Severity};
use crate::slot::Slot;
use crate::span::Span;
use crate::yaml::{self, Reading, Style, shown};

/// What a scalar is, to follow "this is".
pub(super) fn describe(text: &str, style: Style) -> String {
    match (style, Reading::yaml_1_1(text)) {
        (Style::Plain, Reading::Null) => "empty".to_owned(),
        (Style::Plain, Reading::Text) => format!("the text `{}`", shown(text)),
        (Style::Plain, reading) => format!("{}, `{}`", reading.word(), shown(text)),
        _ => format!("the quoted text `{}`", shown(text)),
    }
}

impl<'t> Reader<'t, '_, '_, '_> {
    pub(super) fn scalar(
        &mut self,
        field: &'static Field,
        text: &'t str,
        style: Style,
        span: Span,
    ) -> Option<Value<'t>> {
        if style == Style::Block && !is_prose(field) {
            self.block(field.path, field.key, span);
            return None;
        }
        match field.shape {
            Shape::Text { min, max, pattern } => {
                let key = self.contract.keys[field.slot as usize];
                // Where a day is asked for, a tool that reads one reads what is meant.
                let day = field.slot == Slot::Created && Reading::yaml_1_1(text) == Reading::Date;
                let style = if day { Style::Quoted } else { style };
                let text = self.free_text(field.path, text, style, span, key)?;
                if let Some(finding) = judge::text(field, (min, max), pattern, text, span) {
                    self.findings.push(finding);
                    return None;
                }
                Some(Value::Text(text))
            }
            Shape::Choice(choices) => {
                if choices.contains(&text) {
                    return Some(Value::Text(text));
                }
                self.unknown_value(field, text, style, choices.iter().copied(), span);
                None
            }
            Shape::Environment => {
                if self.environments().any(|name| name == text) {
                    return Some(Value::Text(text));
                }
                let names: Vec<String> = self.environments().map(str::to_owned).collect();
                self.unknown_value(field, text, style, names.iter().map(String::as_str), span);
                None
            }
            Shape::Boolean => self.boolean(field, text, style, span).map(Value::Boolean),
            Shape::Integer { min, max } => {
                self.integer(field, text, style, span, (min, max)).map(Value::Integer)
            }
            Shape::Section(_) | Shape::Tags(_) => None,
        }
    }

    /// Text that all tools read as text. A plain `no` or `0123` is not.
    pub(super) fn free_text(
        &mut self,
        path: &str,
        text: &'t str,
        style: Style,
        span: Span,
        key: Span,
    ) -> Option<&'t str> {
        if style != Style::Plain {
            return Some(text);
        }
        let older = Reading::yaml_1_1(text);
        let newer = match Reading::yaml_1_2(text) {
            Reading::Text if older == Reading::Text => Reading::loosely(text),
            newer => newer,
        };
        if (older, newer) == (Reading::Text, Reading::Text) {
            return Some(text);
        }
        if older == Reading::Null {
            // There is nothing to quote, and where nothing stands, the key has to be pointed at.
            let span = if span.is_empty() { key } else { span };
            let message = format!("`{path}` must be text, this is empty");
            let finding = Finding::new(&WRONG_TYPE, path.to_owned(), span, message);
            self.findings.push(finding.hint("write a value, or remove the key"));
            return None;
        }
        let taken = if older == Reading::Text { newer } else { older };
        let message = format!(
            "`{}` is taken for {} by some tools, `{path}` is text",
            shown(text),
            taken.word()
        );
        let finding = Finding::new(&yaml::AMBIGUOUS_SCALAR, path.to_owned(), span, message)
            .hint("put it in quotes")
            .replace_with(yaml::quoted(text));
        // Only newer tools read `1e5` as a number, and only a few `tRUE` as a boolean. Nobody has
        // read this platform's contracts with one; older tools have taken the value for text, and
        // so it stays.
        if older == Reading::Text {
            self.findings.push(finding.severity(Severity::Warning));
            return Some(text);
        }
        self.findings.push(finding);
        None
    }

    fn unknown_value<'c>(
        &mut self,
        field: &Field,
        text: &str,
        style: Style,
        choices: impl Iterator<Item = &'c str> + Clone,
        span: Span,
    ) {
        if style == Style::Plain && Reading::yaml_1_1(text) == Reading::Null {
            self.wrong_type(field, span, "empty");
            return;
        }
        self.findings.push(judge::unknown_value(field, text, choices, span));
    }

    fn boolean(&mut self, field: &Field, text: &str, style: Style, span: Span) -> Option<bool> {
        let reading = Reading::yaml_1_1(text);
        let Reading::Bool(value) = reading else {
            self.wrong_type(field, span, &describe(text, style));
            return None;
        };
        if style != Style::Plain {
            let fixed = value.to_string();
            self.quoted(field, text, span, "`true` or `false`", Some(fixed));
            return None;
        }
        if Reading::yaml_1_2(text) == Reading::Text {
            let message = format!("`{text}` is a boolean for some tools and text for others");
            let finding = Finding::new(&yaml::AMBIGUOUS_SCALAR, field.path, span, message);
            let finding = finding.severity(Severity::Warning).hint(format!("write `{value}`"));
            self.findings.push(finding.replace_with(value.to_string()));
        }
        Some(value)
    }

    fn integer(
        &mut self,
        field: &Field,
        text: &str,
        style: Style,
        span: Span,
        (min, max): (u32, u32),
    ) -> Option<u32> {
        let older = Reading::yaml_1_1(text);
        let newer = Reading::yaml_1_2(text);
        if style != Style::Plain {
            let same =
                matches!((older, newer), (Reading::Integer(a), Reading::Integer(b)) if a == b);
            let fixed = same.then(|| text.to_owned());
            self.quoted(field, text, span, "a whole number", fixed);
            return None;
        }
        let value = match (older, newer) {
            (Reading::Integer(older), Reading::Integer(newer)) if older == newer => {
                // `01` is refused by some, `+1` and `0x1F` by others.
                if let Some(value) = newer
                    && text.starts_with(['0', '+'])
                    && text.len() > 1
                {
                    self.spelled_oddly(field, text, span, value);
                }
                newer
            }
            (Reading::Integer(Some(older)), Reading::Integer(Some(newer))) => {
                let message = format!("`{text}` is {older} for some tools and {newer} for others");
                let finding = Finding::new(&yaml::AMBIGUOUS_SCALAR, field.path, span, message);
                self.findings.push(finding.hint(format!("write `{older}` or `{newer}`")));
                return None;
            }
            // `1:40`
            (Reading::Integer(Some(older)), Reading::Text) if text.contains(':') => {
                let message = format!("`{text}` is {older} for some tools and text for others");
                let finding = Finding::new(&yaml::AMBIGUOUS_SCALAR, field.path, span, message);
                self.findings.push(finding.hint(format!("write `{older}`")));
                return None;
            }
            // `1_000`, and `100.0`: no tool reads another number, but some read no whole number.
            (Reading::Integer(Some(value)), Reading::Text) => {
                self.spelled_oddly(field, text, span, value);
                Some(value)
            }
            (Reading::Float, Reading::Float) => match whole(text) {
                Some(value) => {
                    self.spelled_oddly(field, text, span, value);
                    Some(value)
                }
                None => {
                    self.wrong_type(field, span, &describe(text, style));
                    return None;
                }
            },
            _ => {
                self.wrong_type(field, span, &describe(text, style));
                return None;
            }
        };
        let in_range = value.and_then(|value| u32::try_from(value).ok());
        let in_range = in_range.filter(|value| (min..=max).contains(value));
        if in_range.is_none() {
            self.findings.push(judge::out_of_range(field, text, (min, max), span));
        }
        in_range
    }

    /// A name, a number or a choice in a block of text. It ends with its line, so that nothing could
    /// be put in its place, and most blocks add a line break that nobody sees.
    pub(super) fn block(&mut self, path: &str, key: &str, span: Span) {
        let message = format!("`{path}` must stand on one line, this is a block of text");
        let finding = Finding::new(&WRONG_TYPE, path.to_owned(), span, message);
        self.findings.push(finding.hint(format!("write it behind `{key}:`")));
    }

    /// `"true"` and `"100"`, which are text however much they look like something else.
    fn quoted(
        &mut self,
        field: &Field,
        text: &str,
        span: Span,
        wanted: &str,
        fixed: Option<String>,
    ) {
        let found = describe(text, Style::Quoted);
        let message = format!("`{}` must be {wanted}, this is {found}", field.path);
        let finding = Finding::new(&WRONG_TYPE, field.path, span, message);
        self.findings.push(match fixed {
            Some(fixed) => finding.hint("remove the quotes").replace_with(fixed),
            None => finding.hint(format!("write `{}`, without quotes", field.example)),
        });
    }

    fn spelled_oddly(&mut self, field: &Field, text: &str, span: Span, value: i64) {
        let message = format!("`{text}` is not a whole number for all tools");
        let finding = Finding::new(&yaml::AMBIGUOUS_SCALAR, field.path, span, message);
        let finding = finding.severity(Severity::Warning).hint(format!("write `{value}`"));
        self.findings.push(finding.replace_with(value.to_string()));
    }
}

/// Sentences may have lines; names may not.
fn is_prose(field: &Field) -> bool {
    matches!(field.shape, Shape::Text { max: 100.., pattern: None, .. })
}

/// `100.0` and `100.` are 100; `100.5` and `1.0e2` are nothing.
fn whole(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.')?;
    fraction.bytes().all(|byte| byte == b'0').then(|| whole.parse().ok()).flatten()
}
