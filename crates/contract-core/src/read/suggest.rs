//! "Did you mean …?"

use crate::fields::{Field, ROOT, Shape};

/// The candidate that `given` is most probably a slip of.
pub(crate) fn closest<'c>(
    given: &str,
    candidates: impl Iterator<Item = &'c str>,
) -> Option<&'c str> {
    let given = given.to_lowercase();
    let given: String = given.chars().take(64).filter(|c| !matches!(c, '_' | '-')).collect();
    candidates
        .map(|candidate| {
            let plain: String =
                candidate.to_lowercase().chars().filter(|c| !matches!(c, '_' | '-')).collect();
            (strsim::damerau_levenshtein(&given, &plain), plain.len(), candidate)
        })
        .filter(|(distance, length, _)| *distance <= (length / 3).max(1))
        .min_by_key(|(distance, ..)| *distance)
        .map(|(.., candidate)| candidate)
}

/// The full name of a field of another section whose key is `given`.
pub(super) fn elsewhere(given: &str) -> Option<&'static str> {
    fn search(fields: &'static [Field], given: &str) -> Option<&'static str> {
        fields.iter().find_map(|field| match field.shape {
            _ if field.key == given => Some(field.path),
            Shape::Section(inner) | Shape::Tags(inner) => search(inner, given),
            _ => None,
        })
    }
    // `type` stands in four sections, so that naming one of them would only mislead.
    if given == "type" { None } else { search(ROOT, given) }
}
