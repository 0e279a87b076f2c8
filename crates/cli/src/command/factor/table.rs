//! Columns for people.

/// Rows below their titles, each column as wide as its widest cell. Nothing in a cell can move the
/// cursor of a terminal.
pub(in crate::command) fn table<const N: usize>(titles: [&str; N], rows: &[[String; N]]) -> String {
    let rows: Vec<[String; N]> =
        rows.iter().map(|row| row.each_ref().map(|it| plain(it))).collect();
    let mut widths = titles.map(str::len);
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = line(&titles.map(str::to_owned), &widths);
    for row in &rows {
        text.push_str(&line(row, &widths));
    }
    text
}

/// Names and values, one to a line; those without a value are left out.
pub(in crate::command) fn card(lines: &[(&str, Option<String>)]) -> String {
    let width = lines.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let said = lines
        .iter()
        .filter_map(|(name, value)| Some(format!("{name:width$}  {}\n", plain(value.as_deref()?))));
    said.collect()
}

fn line<const N: usize>(cells: &[String; N], widths: &[usize; N]) -> String {
    let cells = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
    let line = cells.collect::<Vec<_>>().join("  ");
    format!("{}\n", line.trim_end())
}

/// A text without anything that a terminal would obey.
pub(in crate::command) fn plain(text: &str) -> String {
    let spelled = text
        .chars()
        .map(|it| if it.is_control() { it.escape_unicode().to_string() } else { it.to_string() });
    spelled.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_their_titles_and_no_cell_reaches_the_terminal() {
        let rows = [["a".to_owned(), "1".to_owned()], ["long\u{1b}[2J".to_owned(), String::new()]];
        let text = table(["name", "seq"], &rows);
        assert_eq!(text, "name           seq\na              1\nlong\\u{1b}[2J\n");
        assert_eq!(card(&[("a", None), ("bc", Some("d".into()))]), "bc  d\n");
    }
}
