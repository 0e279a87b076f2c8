//! Columns for people.

/// Rows below their titles, each column as wide as its widest cell. Nothing in a cell can move the
/// cursor of a terminal.
pub(in crate::command) fn table<const N: usize>(titles: [&str; N], rows: &[[String; N]]) -> String {
    grid(&titles, rows)
}

/// The same with as many columns as there are titles.
pub(in crate::command) fn grid(
    titles: &[impl AsRef<str>],
    rows: &[impl AsRef<[String]>],
) -> String {
    let plain_row = |row: &mut dyn Iterator<Item = &str>| row.map(plain).collect::<Vec<_>>();
    let mut all = vec![plain_row(&mut titles.iter().map(AsRef::as_ref))];
    all.extend(rows.iter().map(|row| plain_row(&mut row.as_ref().iter().map(String::as_str))));
    let mut widths = vec![0; titles.len()];
    for row in &all {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    all.iter().map(|row| line(row, &widths)).collect()
}

/// Names and values, one to a line; those without a value are left out.
pub(in crate::command) fn card(lines: &[(&str, Option<String>)]) -> String {
    let width = lines.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let said = lines
        .iter()
        .filter_map(|(name, value)| Some(format!("{name:width$}  {}\n", plain(value.as_deref()?))));
    said.collect()
}

fn line(cells: &[String], widths: &[usize]) -> String {
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
