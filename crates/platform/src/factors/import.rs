//! Taking a release of a publisher.

use rayon::prelude::*;
use storage_core::factors::{
    Candidate, Catalogue, Change, Comparison, Draft, Release, Report, Spelled, Terms,
};

use super::commit::Act;
use super::{Error, FactorStore, Result};

/// How many candidates are held in memory.
const CANDIDATES: usize = 1 << 16;

/// How many of them a thread makes ready at a time.
const AT_ONCE: usize = 1 << 9;

/// How a release is taken.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Import {
    /// How it is compared, and why it is taken.
    pub release: Release,
    /// Only finds out what it would bring.
    pub dry_run: bool,
    /// A name for the position after it.
    pub tag: Option<String>,
    /// Who; `None` is the writer of the store.
    pub actor: Option<String>,
}

/// What a release brought.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Imported {
    /// What it brought.
    pub report: Report,
    /// The last event that is known after it: pin this, or the tag.
    pub position: Option<u64>,
    /// Whether nothing was written.
    pub dry_run: bool,
}

impl FactorStore {
    /// Takes the versions of a release. `progress` hears how many candidates were looked at so far.
    ///
    /// A large release is several batches, each of them whole or not there. If it is interrupted, take it
    /// again: what is there already is found unchanged. Pin the tag, which is written last.
    ///
    /// # Errors
    ///
    /// As [`put`](Self::put). A candidate that cannot be taken is no error, but a line of the report.
    pub async fn import(
        &self,
        candidates: impl IntoIterator<Item = Candidate>,
        import: &Import,
        mut progress: impl FnMut(u64),
    ) -> Result<Imported> {
        let mut comparison = Comparison::new(import.release.clone());
        let mut report = Report::default();
        let mut candidates = candidates.into_iter();
        let mut looked_at = 0;
        if import.dry_run {
            let catalogue = self.catalogue();
            let mut draft = Draft::dry(&catalogue);
            loop {
                let some: Vec<_> = candidates.by_ref().take(CANDIDATES).collect();
                if some.is_empty() {
                    break;
                }
                let some = spell(&catalogue, some);
                report.add(comparison.compare(&mut draft, &some, usize::MAX)?.1);
                looked_at += some.len() as u64;
                progress(looked_at);
            }
            report.add(comparison.removed(&mut draft)?);
            let position = catalogue.next_seq().checked_sub(1);
            return Ok(Imported { report, position, dry_run: true });
        }
        let actor = import.actor.as_deref();
        let act = Act { name: "imported", actor, reason: Some(comparison.reason()) };
        let full = self.shared.options.batch_bytes;
        let mut waiting: Vec<Spelled> = Vec::new();
        loop {
            let more: Vec<_> = candidates.by_ref().take(CANDIDATES - waiting.len()).collect();
            if !more.is_empty() {
                let store = self.clone();
                let work = move || spell(&store.catalogue(), more);
                let more = tokio::task::spawn_blocking(work).await;
                waiting.extend(more.map_err(|_| Error::Stopped)?);
            }
            if waiting.is_empty() {
                break;
            }
            let plan = |draft: &mut Draft<'_>| Ok(comparison.compare(draft, &waiting, full)?);
            let (taken, part) = self.commit(&act, plan).await?;
            report.add(part);
            waiting.drain(..taken);
            looked_at += taken as u64;
            progress(looked_at);
        }
        let plan = |draft: &mut Draft<'_>| Ok(comparison.removed(draft)?);
        report.add(self.commit(&act, plan).await?);
        let tagged = |name: &str| report.events == 0 && self.catalogue().tag(name).is_some();
        if let Some(name) = import.tag.as_ref().filter(|name| !tagged(name)) {
            let change = Change::Tag { name: name.clone(), position: None };
            let plan = |draft: &mut Draft<'_>| Ok(draft.change(&change, &Terms::default())?);
            self.commit(&Act { name: "tagged", actor, reason: None }, plan).await?;
        }
        let position = self.catalogue().next_seq().checked_sub(1);
        Ok(Imported { report, position, dry_run: false })
    }
}

/// Makes candidates ready on all cores; they remain in their order.
fn spell(catalogue: &Catalogue, mut candidates: Vec<Candidate>) -> Vec<Spelled> {
    let mut parts = Vec::with_capacity(candidates.len().div_ceil(AT_ONCE));
    while !candidates.is_empty() {
        let rest = candidates.split_off(candidates.len().min(AT_ONCE));
        parts.push(std::mem::replace(&mut candidates, rest));
    }
    parts.into_par_iter().flat_map_iter(|part| catalogue.spell(part)).collect()
}
