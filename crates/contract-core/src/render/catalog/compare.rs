//! Whether an edited catalogue says what it should, and everything else as before.

use super::body::Body;
use super::entry::Section;
use crate::yaml::{Kind, NodeId, Tree};

/// Compares the catalogue `before` and `after` an edit that was to give `bucket` the values
/// `wanted`, or to take it out. Says what is wrong.
pub(super) fn check(
    before: &Body<'_>,
    after: &Body<'_>,
    bucket: &str,
    wanted: Option<&[Section]>,
) -> Result<(), &'static str> {
    if before.whole.get(..before.start) != after.whole.get(..after.start) {
        return Err("the first document would change");
    }
    others_alike(before, after, 0, 0, &["buckets", "last_updated"])
        .map_err(|()| "another setting would change")?;
    if let (Some(old), Some(new)) = (before.entry(0, "buckets"), after.entry(0, "buckets")) {
        others_alike(before, after, old.value, new.value, &[bucket])
            .map_err(|()| "another entry would change")?;
    }
    let Some(sections) = wanted else {
        return after.bucket(bucket).map_or(Ok(()), |_| Err("the entry would still be there"));
    };
    let new = after.bucket(bucket).ok_or("the entry would be missing")?.value;
    for section in sections {
        let fields = after.entry(new, section.key).ok_or("a section would be missing")?.value;
        for field in &section.fields {
            let value = after.entry(fields, field.key).ok_or("a value would be missing")?.value;
            let kept = field.first_wins && before.bucket(bucket).is_some();
            if !kept && !field.value.is_in(after.tree.node(value)) {
                return Err("a value would be wrong");
            }
        }
    }
    let Some(old) = before.bucket(bucket) else { return Ok(()) };
    let keys: Vec<&str> = sections.iter().map(|section| section.key).collect();
    others_alike(before, after, old.value, new, &keys)
        .map_err(|()| "another part of the entry would change")?;
    for section in sections {
        let keys: Vec<&str> = section.fields.iter().map(|field| field.key).collect();
        if let (Some(old), Some(new)) =
            (before.entry(old.value, section.key), after.entry(new, section.key))
        {
            others_alike(before, after, old.value, new.value, &keys)
                .map_err(|()| "another value of the entry would change")?;
        }
    }
    Ok(())
}

/// Whether two mappings say the same but for the keys in `except`.
fn others_alike(
    before: &Body<'_>,
    after: &Body<'_>,
    old: NodeId,
    new: NodeId,
    except: &[&str],
) -> Result<(), ()> {
    let others = |body: &Body<'_>, node| -> Vec<(String, NodeId)> {
        let entries = body.tree.entries(node);
        let others = entries.filter(|entry| !except.contains(&entry.key.as_ref()));
        others.map(|entry| (entry.key.clone().into_owned(), entry.value)).collect()
    };
    let (old, new) = (others(before, old), others(after, new));
    let same = old.len() == new.len()
        && old
            .iter()
            .zip(&new)
            .all(|((a, old), (b, new))| a == b && alike(&before.tree, &after.tree, *old, *new));
    if same { Ok(()) } else { Err(()) }
}

/// Whether two nodes say the same in the same way.
fn alike(a: &Tree<'_>, b: &Tree<'_>, left: NodeId, right: NodeId) -> bool {
    let same = match (&a.node(left).kind, &b.node(right).kind) {
        (Kind::Mapping, Kind::Mapping) | (Kind::Sequence, Kind::Sequence) => true,
        (left, right) => left == right,
    };
    let (left, right) = (a.entries(left), b.entries(right));
    let (left, right): (Vec<_>, Vec<_>) = (left.collect(), right.collect());
    same && left.len() == right.len()
        && left.iter().zip(&right).all(|(x, y)| x.key == y.key && alike(a, b, x.value, y.value))
}
