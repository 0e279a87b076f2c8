//! The table of units, and the names it is searched by.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::Basis;
use crate::{Decimal, Ratio};

/// One unit of the table.
#[derive(Clone, Debug)]
pub struct Row {
    /// How it is written here.
    pub symbol: &'static str,
    /// The kind of thing it measures.
    pub kind: &'static str,
    /// The basis its name implies.
    pub basis: Option<Basis>,
    /// How many base units (J, kg, m3, m, m2, s, one) it is, exactly.
    pub size: Decimal,
    /// Where that is written.
    pub source: &'static str,
    pub(super) names: Vec<String>,
}

impl Row {
    pub(super) fn ratio(&self) -> Ratio {
        Ratio::from(&self.size)
    }
}

/// Words, what they can all mean, and what US and UK publishers mean by them.
type Doubt = (&'static [&'static str], &'static str, Option<(&'static str, &'static str)>);

/// The words that mean several things.
const AMBIGUOUS: &[Doubt] = &[
    (
        &["gallon", "gallons", "gal", "gals"],
        "`gal (US)` or `gal (UK)`",
        Some(("gal (US)", "gal (UK)")),
    ),
    (&["ton", "tons"], "`t`, `short ton` or `long ton`", Some(("short ton", "long ton"))),
    (&["mt"], "`t` or `Mt`", None),
    (&["mbtu"], "a thousand or a million Btu (`mmBtu`)", None),
    (&["kcal", "kilocalorie", "kilocalories"], "`kcal (IT)` or `kcal (th)`", None),
    (&["year", "years", "month", "months"], "more than one number of `day`", None),
];

/// The table, in order of its file.
pub fn rows() -> &'static [Row] {
    static ROWS: OnceLock<Vec<Row>> = OnceLock::new();
    ROWS.get_or_init(|| {
        let lines = include_str!("table.csv").lines().filter(|line| !line.starts_with('#'));
        lines.map(|line| row(line).expect("a test reads the embedded table")).collect()
    })
}

fn row(line: &'static str) -> Option<Row> {
    let mut cells = line.split(';');
    let symbol = cells.next()?;
    let kind = cells.next()?;
    let basis = Basis::of_table(cells.next()?);
    let size = cells.next()?.parse().ok()?;
    let mut names = vec![words_of(symbol)];
    names.extend(cells.next()?.split_whitespace().map(|name| words_of(&name.replace('_', " "))));
    Some(Row { symbol, kind, basis, size, source: cells.next()?, names })
}

/// A name as it is looked up: brackets are only spaces.
fn words_of(name: &str) -> String {
    let name = name.replace(['(', ')'], " ");
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a name leads to.
pub(super) enum Found {
    One(&'static Row),
    /// The meanings, as the end of a sentence.
    Several(String),
}

/// Looks up a name of one or more words: as it is spelled, else in whatever case.
pub(super) fn look_up(name: &str, dialect: super::Dialect) -> Option<Found> {
    type Names = BTreeMap<String, Vec<&'static Row>>;
    static SPELLED: OnceLock<(Names, Names)> = OnceLock::new();
    let (spelled, folded) = SPELLED.get_or_init(|| {
        let (mut spelled, mut folded) = (Names::new(), Names::new());
        for row in rows() {
            for name in &row.names {
                spelled.entry(name.clone()).or_default().push(row);
                let folded = folded.entry(name.to_lowercase()).or_default();
                if folded.last().is_none_or(|last| last.symbol != row.symbol) {
                    folded.push(row);
                }
            }
        }
        (spelled, folded)
    });
    if let Some([row]) = spelled.get(name).map(Vec::as_slice) {
        return Some(Found::One(row));
    }
    let lower = name.to_lowercase();
    if let Some((_, meanings, local)) = AMBIGUOUS.iter().find(|it| it.0.contains(&lower.as_str())) {
        let local = local.and_then(|(us, uk)| match dialect {
            super::Dialect::None => None,
            super::Dialect::Us => Some(us),
            super::Dialect::Uk => Some(uk),
        });
        return Some(
            match local.and_then(|symbol| rows().iter().find(|row| row.symbol == symbol)) {
                Some(row) => Found::One(row),
                None => Found::Several((*meanings).to_owned()),
            },
        );
    }
    Some(match folded.get(&lower)?.as_slice() {
        [row] => Found::One(row),
        rows => {
            let symbols: Vec<_> = rows.iter().map(|row| format!("`{}`", row.symbol)).collect();
            Found::Several(symbols.join(" or "))
        }
    })
}
