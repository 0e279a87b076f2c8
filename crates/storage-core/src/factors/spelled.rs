//! Candidates that were made ready to be compared: the dear part, which many threads can do.

use std::collections::HashMap;
use std::sync::Arc;

use super::interval::number_of;
use super::timeline::{Mark, View};
use super::version::{id_of, licence_digest, source_digest};
use super::{Candidate, Catalogue, Version, VersionId};
use crate::Digest;

/// A candidate, its spelling and its name, and the version that it is likely to be held against.
///
/// Nothing of it gets wrong when others write meanwhile: versions keep their numbers, and one that turns
/// out to be the wrong one is not used.
#[derive(Debug)]
pub struct Spelled {
    pub(super) candidate: Candidate,
    pub(super) id: VersionId,
    pub(super) line: Vec<u8>,
    before: Option<(u32, Arc<Version>)>,
}

impl Catalogue {
    /// Makes candidates ready. Give each thread some of them, in their order: neighbours share sources,
    /// and lie near each other.
    pub fn spell(&self, candidates: Vec<Candidate>) -> Vec<Spelled> {
        // By where they lie: `candidates` keeps them there.
        let (mut sources, mut licences) = (HashMap::new(), HashMap::new());
        let mut spelled = Vec::with_capacity(candidates.len());
        for candidate in &candidates {
            let Version { source, licence, .. } = &*candidate.version;
            let source = *digest(&mut sources, source, || source_digest(source));
            let licence = *digest(&mut licences, licence, || licence_digest(licence));
            let line = candidate.version.line_naming(source, licence);
            spelled.push((id_of(&line), line, self.likely(candidate)));
        }
        let all = candidates.into_iter().zip(spelled);
        all.map(|(candidate, (id, line, before))| Spelled { candidate, id, line, before }).collect()
    }

    /// The version that counts, or would count nearest, for the first day of a candidate. None if it
    /// cannot be read: whoever needs it finds out why.
    fn likely(&self, candidate: &Candidate) -> Option<(u32, Arc<Version>)> {
        let timeline = self.timeline_at(self.number(candidate.factor.factor_id.as_str())?);
        let day = number_of(candidate.version.valid.from());
        let mark = match timeline.at(day, u64::MAX) {
            View::Version(mark) => mark,
            View::NotValid => timeline.nearest(day, u64::MAX)?,
            View::NotKnown | View::Withdrawn { .. } => return None,
        };
        Some((mark.version, self.glance(mark.version).ok()?))
    }
}

impl Spelled {
    /// The version of `mark`, if it is the one that was likely.
    pub(super) fn before(&self, mark: &Mark) -> Option<Arc<Version>> {
        let (number, version) = self.before.as_ref()?;
        (*number == mark.version).then(|| version.clone())
    }
}

fn digest<'d, T>(
    known: &'d mut HashMap<usize, Digest>,
    of: &Arc<T>,
    digest: impl FnOnce() -> Digest,
) -> &'d Digest {
    known.entry(Arc::as_ptr(of).addr()).or_insert_with(digest)
}
