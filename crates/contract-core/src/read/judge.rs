//! Questions about one value that are the same for a document and for a contract made in code.

use super::suggest;
use crate::fields::{
    BAD_FORMAT, BAD_LENGTH, Field, MISSING_FIELD, OUT_OF_RANGE, Pattern, Shape, UNKNOWN_VALUE,
};
use crate::finding::Finding;
use crate::span::Span;
pub(crate) use crate::yaml::shown;

/// `field` has to be given and is not; `at` is where it would belong.
pub(crate) fn missing(field: &Field, at: Span) -> Finding {
    let message = format!("`{}` is missing", field.path);
    let hint = match field.shape {
        Shape::Section(_) | Shape::Tags(_) => format!("add the section `{}`", field.key),
        _ => format!("add it, for example `{}: {}`", field.key, field.example),
    };
    Finding::new(&MISSING_FIELD, field.path, at, message).hint(hint)
}

/// What is wrong with a text; `min` and `max` are characters.
pub(crate) fn text(
    field: &Field,
    (min, max): (usize, usize),
    pattern: Option<&Pattern>,
    text: &str,
    span: Span,
) -> Option<Finding> {
    if let Some(pattern) = pattern
        && !text.is_empty()
        && !(pattern.matches)(text)
    {
        let message = format!("`{}` cannot be `{}`", field.path, shown(text));
        let finding = Finding::new(&BAD_FORMAT, field.path, span, message);
        return Some(finding.hint(format!("it must be {}", pattern.words)));
    }
    // Nearly every text is within its bounds in bytes, and then no character is counted.
    let length =
        if text.len() <= max && text.is_ascii() { text.len() } else { text.chars().count() };
    let message = match length {
        _ if (min..=max).contains(&length) => return None,
        0 => format!("`{}` is empty", field.path),
        _ if length < min => {
            format!("`{}` has {length} characters, at least {min} are needed", field.path)
        }
        _ => format!("`{}` has {length} characters, at most {max} are allowed", field.path),
    };
    let hint = format!("write {min} to {max} characters");
    Some(Finding::new(&BAD_LENGTH, field.path, span, message).hint(hint))
}

/// `text` is none of `choices`.
pub(crate) fn unknown_value<'c>(
    field: &Field,
    text: &str,
    choices: impl Iterator<Item = &'c str> + Clone,
    span: Span,
) -> Finding {
    let list: Vec<String> = choices.clone().map(|choice| format!("`{choice}`")).collect();
    let message = format!("`{}` cannot be `{}`", field.path, shown(text));
    let finding = Finding::new(&UNKNOWN_VALUE, field.path, span, message);
    match suggest::closest(text, choices) {
        Some(choice) => finding
            .hint(format!("did you mean `{choice}`? choose one of {}", list.join(", ")))
            .replace_with(choice),
        None if list.len() == 1 => finding.hint(format!("write {}", list[0])),
        None => finding.hint(format!("choose one of {}", list.join(", "))),
    }
}

/// The number written `text` does not lie from `min` to `max`.
pub(crate) fn out_of_range(
    field: &Field,
    text: &str,
    (min, max): (u32, u32),
    span: Span,
) -> Finding {
    let message = format!("`{}` cannot be {}", field.path, shown(text));
    let finding = Finding::new(&OUT_OF_RANGE, field.path, span, message);
    finding.hint(format!("write a number from {min} to {max}"))
}
