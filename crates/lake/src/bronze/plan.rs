//! A document made ready for rows.

use zeroize::Zeroizing;

use super::cast::{Limit, TextRule};
use super::mask::Masking;
use super::rows::{Column as Stored, Rows, Texts, Values};
use super::{Error, MaskKeys};
use crate::read::names::Names;
use crate::schema::{Column, Document, Mask, Partition, TEXT_SUFFIX, Type, Unknown, Winner};

/// What rows have to keep to and where their values go.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) document: Document,
    /// One for every declared column.
    pub(crate) rules: Vec<Rule>,
    /// The columns of [`Rows`]: those of a bronze file but for `_file` and `_line`; the raw row at the end
    /// where it may still be needed.
    pub(crate) places: Vec<Place>,
    /// The levels of the path, with the declared column each comes from.
    pub(crate) levels: Vec<(Partition, usize)>,
    /// The places of the key that differ within a partition.
    pub(crate) key: Vec<usize>,
    /// The place that is compared where the greatest value wins; none where it is the same all over a partition.
    pub(crate) greatest: Option<usize>,
    /// Where undeclared members go.
    pub(crate) extra: Option<usize>,
    /// How many places a bronze file has; what stands behind them is needed while a run lasts.
    pub(crate) visible: usize,
    /// Where goes what the quarantine says of a row, where it may still be refused.
    pub(crate) kept: Option<KeptPlaces>,
    /// Whether nobody may see rows as they came.
    pub(crate) hides: bool,
}

/// Where goes what the quarantine says of a row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeptPlaces {
    /// The row as it was written, where it may be seen.
    pub(crate) raw: Option<usize>,
    /// The byte it began at.
    pub(crate) offset: usize,
    /// How many bytes it has.
    pub(crate) length: usize,
    /// How it is written.
    pub(crate) form: usize,
}

/// The names under which the row as it was written, the byte it began at, its length and its form go from
/// step to step, where conflicting rows are refused. No file has them.
const RAW: &str = "_raw";
const OFFSET: &str = "_offset";
const LENGTH: &str = "_length";
const FORM: &str = "_form";

/// A column of [`Rows`].
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) name: String,
    pub(crate) kind: Type,
    /// Whether nearly all rows have no value.
    pub(crate) rare: bool,
}

/// What the values of a declared column have to keep to.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) column: Column,
    pub(crate) text: TextRule,
    pub(crate) minimum: Option<Limit>,
    pub(crate) maximum: Option<Limit>,
    pub(crate) masking: Option<Masking>,
    /// Where its values go; none for those that are dropped or stand in the path.
    pub(crate) place: Option<usize>,
    /// Where the source text of a double goes.
    pub(crate) companion: Option<usize>,
    /// Whether a level of the path is made of it.
    pub(crate) in_path: bool,
    /// Whether its value itself names a directory.
    pub(crate) names_directory: bool,
}

impl Plan {
    /// The plan for a document; `keys` are those of its masks.
    pub(crate) fn new(document: &Document, keys: &MaskKeys) -> Result<Self, Error> {
        Self::with(document, |column| masking(column, keys))
    }

    /// The plan for rows whose values were checked and masked before.
    pub(crate) fn of_checked(document: &Document) -> Self {
        Self::with(document, |_| Ok(None)).expect("no key is asked for")
    }

    fn with(
        document: &Document,
        masking: impl Fn(&Column) -> Result<Option<Masking>, Error>,
    ) -> Result<Self, Error> {
        let mut places = Vec::new();
        let mut place = |name: String, kind: Type, rare: bool| {
            places.push(Place { name, kind, rare });
            places.len() - 1
        };
        let mut rules = Vec::with_capacity(document.columns().len());
        for column in document.columns() {
            let stored = column.mask != Some(Mask::Drop) && !document.in_path(&column.name);
            rules.push(Rule {
                text: TextRule::of(column).expect("the pattern was read when the document was"),
                minimum: column.minimum.as_ref().and_then(|it| Limit::read(column.kind, it)),
                maximum: column.maximum.as_ref().and_then(|it| Limit::read(column.kind, it)),
                masking: masking(column)?,
                place: stored.then(|| place(column.name.clone(), column.kind, false)),
                companion: None,
                in_path: document.partitions().iter().any(|it| it.source() == column.name),
                names_directory: document.in_path(&column.name),
                column: column.clone(),
            });
        }
        for rule in &mut rules {
            if rule.column.kind == Type::Double && rule.place.is_some() {
                let name = format!("{}{TEXT_SUFFIX}", rule.column.name);
                rule.companion = Some(place(name, Type::String, true));
            }
        }
        let keep = document.unknown_columns() == Unknown::Keep;
        let extra = keep.then(|| place(crate::schema::EXTRA.to_owned(), Type::String, true));
        let reject = *document.winner() == Winner::Reject && !document.key().is_empty();
        let visible = rules.iter().filter(|rule| rule.place.is_some()).count()
            + rules.iter().filter(|rule| rule.companion.is_some()).count()
            + usize::from(extra.is_some());
        let hides = document.columns().iter().any(|column| column.mask.is_some());
        let kept = reject.then(|| KeptPlaces {
            raw: (!hides).then(|| place(RAW.to_owned(), Type::String, false)),
            offset: place(OFFSET.to_owned(), Type::Integer, false),
            length: place(LENGTH.to_owned(), Type::Integer, false),
            form: place(FORM.to_owned(), Type::String, false),
        });
        let at = |name: &str| document.position(name).expect("the document was checked");
        let levels = document.partitions().iter().map(|it| (it.clone(), at(it.source()))).collect();
        let key = document.key().iter().filter_map(|name| rules[at(name)].place).collect();
        let greatest = match document.winner() {
            Winner::Greatest(name) => rules[at(name)].place,
            _ => None,
        };
        Ok(Self {
            document: document.clone(),
            rules,
            places,
            levels,
            key,
            greatest,
            extra,
            visible,
            kept,
            hides,
        })
    }

    /// The names that members have.
    pub(crate) fn names(&self) -> Names {
        Names::new(self.rules.iter().map(|rule| rule.column.name.as_str()))
    }

    /// No rows. `coded` says whether the texts of a place are numbers of a dictionary.
    pub(crate) fn empty(&self, coded: impl Fn(usize) -> bool) -> Rows {
        let columns = self.places.iter().enumerate().map(|(at, place)| {
            Stored::new(match place.kind {
                _ if place.rare => Values::Absent(0),
                Type::String if coded(at) => Values::Codes(Vec::new()),
                Type::String => Values::Texts(Texts::default()),
                Type::Integer | Type::Timestamp => Values::Wide(Vec::new()),
                Type::Double => Values::Double(Vec::new()),
                Type::Decimal { .. } => Values::Decimal(Vec::new()),
                Type::Boolean => Values::Truth(Vec::new()),
                Type::Date => Values::Day(Vec::new()),
            })
        });
        Rows { columns: columns.collect(), lines: Vec::new() }
    }
}

fn masking(column: &Column, keys: &MaskKeys) -> Result<Option<Masking>, Error> {
    let key = |name: &String| {
        let missing = || Error::NoKey { column: column.name.clone(), key: name.clone() };
        keys.get(name).map(|key| Zeroizing::new(key.to_vec())).ok_or_else(missing)
    };
    Ok(match &column.mask {
        None | Some(Mask::Drop) => None,
        Some(Mask::Hash(name)) => Some(Masking::Hash(key(name)?)),
        Some(Mask::Token(name)) => Some(Masking::Token(key(name)?)),
    })
}
