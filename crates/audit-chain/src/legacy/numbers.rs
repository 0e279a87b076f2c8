//! Records that were hashed with numbers as names of members.
//!
//! `json.dumps(sort_keys=True)` sorts first and turns names into text afterwards: `{9: …, 10: …}` is
//! hashed as `{"9": …, "10": …}`. Read back, the names are text and sort the other way round, so the
//! logger called its own record altered. Whether an object's names were numbers is no longer
//! visible; each order that is possible is tried.

use std::cmp::Ordering;

use crate::Hash;
use crate::canonical::to_canonical_unsorted;
use crate::json::{Text, Value};

/// Objects whose order is uncertain in one record: with more, all or none of them are tried.
const MOST_UNCERTAIN: usize = 6;

/// The preimage of `hash` with at least one object in the order of numbers, if there is one.
pub(super) fn preimage(value: &Value, hash: Hash) -> Option<Vec<u8>> {
    let uncertain = Sorter { numeric: |_| false, seen: 0 }.sort(&mut value.clone());
    let attempt = |numeric: &dyn Fn(usize) -> bool| {
        let mut value = value.clone();
        Sorter { numeric, seen: 0 }.sort(&mut value);
        Some(to_canonical_unsorted(&value)).filter(|bytes| Hash::of(bytes) == hash)
    };
    match uncertain {
        0 => None,
        1..=MOST_UNCERTAIN => {
            (1..1_usize << uncertain).rev().find_map(|mask| attempt(&|at| mask >> at & 1 == 1))
        }
        _ => attempt(&|_| true),
    }
}

/// Puts the members of all objects in order.
struct Sorter<F> {
    /// Whether the uncertain object of this number is in the order of numbers.
    numeric: F,
    seen: usize,
}

impl<F: Fn(usize) -> bool> Sorter<F> {
    /// Answers how many objects are uncertain.
    fn sort(mut self, value: &mut Value) -> usize {
        self.visit(value);
        self.seen
    }

    // Values that were read are nested no deeper than `json::MAX_DEPTH`.
    fn visit(&mut self, value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.visit(item)),
            Value::Object(members) => {
                members.sort_by(|(left, _), (right, _)| left.cmp(right));
                if let Some(sorted) = by_number(members) {
                    if (self.numeric)(self.seen) {
                        *members = sorted;
                    }
                    self.seen += 1;
                }
                members.iter_mut().for_each(|(_, member)| self.visit(member));
            }
            _ => {}
        }
    }
}

/// The members in the order of their names as numbers, if all are numbers and it makes a difference.
fn by_number(members: &[(Text, Value)]) -> Option<Vec<(Text, Value)>> {
    let mut numbered: Vec<_> = members
        .iter()
        .enumerate()
        .map(|(at, (name, _))| Some((Number::of(name.as_str()?)?, at)))
        .collect::<Option<_>>()?;
    numbered.sort_by(|(left, _), (right, _)| left.compare(right));
    if numbered.iter().enumerate().all(|(place, (_, at))| place == *at) {
        return None;
    }
    Some(numbered.into_iter().map(|(_, at)| members[at].clone()).collect())
}

/// A number as `json.dumps` writes one for a name. Booleans are numbers to Python.
enum Number<'a> {
    Int { negative: bool, digits: &'a str },
    Float(f64),
}

impl<'a> Number<'a> {
    /// `None` for text, and for `NaN`, which has no place in an order.
    fn of(name: &'a str) -> Option<Self> {
        let digits = name.strip_prefix('-').unwrap_or(name);
        match name {
            "true" => return Some(Self::Int { negative: false, digits: "1" }),
            "false" => return Some(Self::Int { negative: false, digits: "0" }),
            "Infinity" => return Some(Self::Float(f64::INFINITY)),
            "-Infinity" => return Some(Self::Float(f64::NEG_INFINITY)),
            _ if !digits.starts_with(|first: char| first.is_ascii_digit()) => return None,
            _ => {}
        }
        if digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(Self::Int { negative: digits.len() < name.len(), digits });
        }
        let written = |byte: u8| byte.is_ascii_digit() || b".e+-".contains(&byte);
        digits.bytes().all(written).then(|| name.parse().ok()).flatten().map(Self::Float)
    }

    /// A total order: exact among integers and among floats; an integer and a float are compared as
    /// floats, the integer first when they are equal.
    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Int { negative: a, digits: left }, Self::Int { negative: b, digits: right }) => {
                let size = |digits: &str| digits.len();
                let magnitude = size(left).cmp(&size(right)).then_with(|| left.cmp(right));
                b.cmp(a).then(if *a { magnitude.reverse() } else { magnitude })
            }
            (Self::Float(left), Self::Float(right)) => left.total_cmp(right),
            (Self::Int { .. }, Self::Float(right)) => {
                self.rounded().total_cmp(right).then(Ordering::Less)
            }
            (Self::Float(left), Self::Int { .. }) => {
                left.total_cmp(&other.rounded()).then(Ordering::Greater)
            }
        }
    }

    fn rounded(&self) -> f64 {
        match self {
            Self::Float(float) => *float,
            Self::Int { negative, digits } => {
                // Digits always parse; too many of them give infinity.
                let float = digits.parse().unwrap_or(f64::INFINITY);
                if *negative { -float } else { float }
            }
        }
    }
}
