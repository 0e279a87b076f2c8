//! Texts with columns in them: `{Fuel|slug}.per_{Unit|slug}`.

use super::words::{plain, slug};

/// A text in which columns are named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Column(String, Turn),
}

/// What is done to a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    As,
    Slug,
    Lower,
    Upper,
}

impl Template {
    /// Reads it; gives what is wrong, as the end of a sentence.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('{') {
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            let Some((column, behind)) = behind.split_once('}') else {
                return Err(format!("`{text}` has a `{{` without `}}`"));
            };
            let (column, turn) = column.split_once('|').unwrap_or((column, ""));
            let turn = match turn.trim() {
                "" => Turn::As,
                "slug" => Turn::Slug,
                "lower" => Turn::Lower,
                "upper" => Turn::Upper,
                other => {
                    return Err(format!(
                        "`{text}` has `|{other}`, which is none of `slug`, `lower`, `upper`"
                    ));
                }
            };
            if column.trim().is_empty() {
                return Err(format!("`{text}` has a column without a name"));
            }
            parts.push(Part::Column(column.trim().to_owned(), turn));
            rest = behind;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self { parts })
    }

    /// The columns that it names.
    pub(super) fn columns(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Column(column, _) => Some(column.as_str()),
            Part::Text(_) => None,
        })
    }

    /// The only column in it, if it is that and nothing else.
    pub(super) fn column(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [Part::Column(column, _)] => Some(column),
            _ => None,
        }
    }

    /// The text for one row.
    pub(super) fn fill<'r>(&self, cell: impl Fn(&str) -> &'r str) -> String {
        let parts = self.parts.iter().map(|part| match part {
            Part::Text(text) => text.clone(),
            Part::Column(column, turn) => {
                let text = cell(column).trim();
                match turn {
                    Turn::As => text.to_owned(),
                    Turn::Slug => slug(text),
                    Turn::Lower => plain(text),
                    Turn::Upper => text.to_uppercase(),
                }
            }
        });
        parts.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_put_in() {
        let template = Template::parse("acme.{Fuel Name|slug}.per_{Unit}").unwrap();
        let cell = |column: &str| if column == "Unit" { "kWh" } else { "Brown coal (wet)" };
        assert_eq!(template.fill(cell), "acme.brown_coal_wet.per_kWh");
        assert!(Template::parse("{Fuel").is_err() && Template::parse("{a|b}").is_err());
        assert_eq!(Template::parse("{Unit}").unwrap().column(), Some("Unit"));
    }
}
