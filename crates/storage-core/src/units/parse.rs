//! Reading the names of units.

use super::table::{self, Found};
use super::{Basis, Dialect, Error, Unit, currency};
use crate::{Decimal, Ratio};

/// The longest text that is looked at. The longest in published files has 30 characters.
const LENGTH: usize = 128;

/// What stands between the factors of a product.
const SIGNS: &[char] = &['.', '-', '*', '·', '⋅', '×'];

/// One factor of a unit.
struct Atom {
    symbol: &'static str,
    kind: &'static str,
    basis: Option<Basis>,
    size: Ratio,
}

pub(super) fn unit(text: &str, dialect: Dialect) -> Result<Unit, Error> {
    let malformed = |broken| Err(Error::Malformed { text: beginning(text), broken });
    if text.len() > LENGTH {
        return malformed("it has more than 128 bytes");
    }
    if text.trim_start().starts_with(SIGNS) {
        return malformed("it begins with a sign");
    }
    let mut words = words(text);
    let times = multiplier(&mut words);
    let stated = Basis::taken_from(&mut words);
    let atoms = atoms(&words, dialect)?;
    if atoms.is_empty() {
        return malformed("it names nothing");
    }
    let mut bases: Vec<Basis> = atoms.iter().filter_map(|atom| atom.basis).chain(stated).collect();
    bases.dedup();
    if bases.len() > 1 {
        return malformed("it states two bases");
    }
    let basis = bases.pop();
    if basis.is_some_and(|basis| atoms.iter().filter(|atom| basis.fits(atom.kind)).count() != 1) {
        return malformed("it states a basis for something that has none");
    }
    let year = times.as_ref().is_some_and(|times| times.to_string().len() == 4);
    if year && atoms.iter().any(|atom| currency::code(atom.symbol).is_some()) {
        return malformed("the year of prices stands behind the currency");
    }
    let mut kinds: Vec<_> = atoms.iter().map(|atom| atom.kind).collect();
    kinds.sort_unstable();
    let symbols: Vec<_> = atoms.iter().map(|atom| atom.symbol).collect();
    let ahead = times.as_ref().map(|times| format!("{times} ")).unwrap_or_default();
    let behind = basis.map(|basis| basis.to_string()).unwrap_or_default();
    let own = times.as_ref().map_or_else(Ratio::one, Ratio::from);
    let size = atoms.into_iter().fold(own, |size, atom| size * atom.size);
    Ok(Unit { text: format!("{ahead}{}{behind}", symbols.join(".")), kinds, basis, size })
}

/// The words of `text`: what stands between spaces, brackets and signs of multiplication.
fn words(text: &str) -> Vec<String> {
    // Hotel stays are published for each `Room per night`, which is a product.
    let text = text.replace("oom per night", "oom night");
    let parts = text.split(|c: char| c.is_whitespace() || "()[]".contains(c) || SIGNS.contains(&c));
    parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// Takes a number, `thousand` or `million` from the front, unless they belong to a name.
fn multiplier(words: &mut Vec<String>) -> Option<Decimal> {
    let number = match words.first()?.to_lowercase().as_str() {
        "thousand" => Decimal::from(1000),
        "million" => Decimal::from(1_000_000),
        number => number.parse::<Decimal>().ok().filter(|number| !number.is_zero())?,
    };
    let named = table::look_up(&words.join(" "), Dialect::None).is_some();
    (!named && words.len() > 1).then(|| {
        words.remove(0);
        number
    })
}

/// The atoms that `words` name, each by as many words as a name can take.
fn atoms(words: &[String], dialect: Dialect) -> Result<Vec<Atom>, Error> {
    let mut atoms = Vec::new();
    let mut at = 0;
    'next: while at < words.len() {
        for end in (at + 1..=words.len().min(at + 5)).rev() {
            let name = words[at..end].join(" ");
            match table::look_up(&name, dialect) {
                Some(Found::One(row)) => atoms.push(Atom {
                    symbol: row.symbol,
                    kind: row.kind,
                    basis: row.basis,
                    size: row.ratio(),
                }),
                Some(Found::Several(meanings)) => return Err(Error::Ambiguous { name, meanings }),
                None => continue,
            }
            at = end;
            continue 'next;
        }
        let shorthand = shorthand(&words[at], dialect);
        if !shorthand.is_empty() {
            atoms.extend(shorthand);
            at += 1;
            continue;
        }
        let Some(code) = currency::code(&words[at]) else {
            return Err(Error::Unknown { name: beginning(&words[at]) });
        };
        at += 1;
        let year = words.get(at).filter(|word| word.len() == 4).and_then(|word| word.parse().ok());
        if year.is_some() {
            at += 1;
            // `EUR (2022 prices)` says the same.
            at += usize::from(words.get(at).is_some_and(|word| word == "prices"));
        }
        let basis = year.map(Basis::Prices);
        atoms.push(Atom { symbol: code, kind: code, basis, size: Ratio::one() });
    }
    Ok(atoms)
}

/// Abbreviations of a product in one word.
fn shorthand(word: &str, dialect: Dialect) -> Vec<Atom> {
    let names: &[&str] = match word.to_lowercase().as_str() {
        "pkm" | "paxkm" => &["passenger", "km"],
        "tkm" => &["t", "km"],
        "vkm" => &["vehicle", "km"],
        _ => &[],
    };
    let rows = names.iter().filter_map(|name| match table::look_up(name, dialect) {
        Some(Found::One(row)) => Some(row),
        _ => None,
    });
    rows.map(|row| Atom { symbol: row.symbol, kind: row.kind, basis: row.basis, size: row.ratio() })
        .collect()
}

pub(super) fn beginning(text: &str) -> String {
    text.chars().take(40).collect()
}
