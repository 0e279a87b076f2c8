//! The logs of the older Python logger: one object for each event, chained by `previous_hash`.
//!
//! That logger kept the last hash in memory, so honest logs have several beginnings (a restart) and
//! forks (two writers); it named objects by their hash, so their keys say nothing about order; and
//! it hashed numbers as names of members in the order of the numbers, which it could not verify
//! itself. This module tells such scars from damage. The order comes from the links alone.
//!
//! What such a log cannot show, because no key was ever involved: that its newest records were
//! removed, or that the chain was computed anew from some point on. Only a head that somebody
//! remembered ([`LegacyReport::ends_with`]) shows that. Once imported, the records are leaves of a
//! tree that is signed.
//!
//! [`read`] looks at one object, is independent of all others and can run on every core;
//! [`Analysis`] keeps about a hundred bytes of each record and puts them in order.

mod analysis;
mod finding;
mod moment;
mod numbers;
mod object;

pub use analysis::{Analysis, Entry, LegacyReport};
pub use finding::{Finding, Kind};
pub use object::{Object, read};

/// Reads all objects of a log, in any order, and says what is to be said about them.
///
/// ```
/// use audit_chain::legacy::{Kind, analyse};
///
/// let report = analyse([("audit/login/2025/03/01/22/x.json", "{}")]);
/// let kinds: Vec<Kind> = report.findings.iter().map(|finding| finding.kind).collect();
/// assert_eq!(kinds, [Kind::Empty, Kind::Malformed]);
/// ```
pub fn analyse<K: AsRef<str>, B: AsRef<[u8]>>(
    objects: impl IntoIterator<Item = (K, B)>,
) -> LegacyReport {
    let mut analysis = Analysis::new();
    for (key, body) in objects {
        analysis.add(read(key.as_ref(), body.as_ref()));
    }
    analysis.finish()
}
