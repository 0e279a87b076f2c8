//! Texts of cells, made comparable.

/// Lower case, one space between words, and subscripts as digits: `kg CO₂e ` is `kg co2e`.
pub(super) fn plain(text: &str) -> String {
    let digits = text.chars().map(|c| match c {
        '₀'..='₉' => char::from(b'0' + (c as u32 - '₀' as u32) as u8),
        c => c,
    });
    let text: String = digits.flat_map(char::to_lowercase).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text as part of a name: letters and digits, with one underscore for whatever stands between.
pub(super) fn slug(text: &str) -> String {
    let text = plain(text);
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("_")
}

/// The first four digits in a row that begin with 19 or 20.
pub(super) fn year(text: &str) -> Option<i32> {
    let digits = text.split(|c: char| !c.is_ascii_digit()).filter(|it| it.len() == 4);
    digits.filter_map(|it| it.parse().ok()).find(|it| (1900..2100).contains(it))
}

/// The beginning of what stood in a cell.
pub(super) fn beginning(text: &str) -> String {
    text.trim().chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_compared_as_people_read_them() {
        assert_eq!(plain("  kg  CO₂e of\u{a0}N₂O "), "kg co2e of n2o");
        assert_eq!(slug("Natural gas (100% mineral blend)"), "natural_gas_100_mineral_blend");
        assert_eq!(year("GHG Conversion Factor 2023"), Some(2023));
        assert_eq!(year("31/06/20191"), None);
    }
}
