//! Which numbers are taken.

use chrono::{DateTime, Utc};
use futures_util::stream::{self, Stream, TryStreamExt as _};

use super::Numbered;
use crate::store::{Listed, StoreError};

/// How many keys S3 lists at once.
const PAGE: usize = 1000;

/// A number that is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The number.
    pub number: u64,
    /// Length of its body in bytes.
    pub size_bytes: u64,
    /// When the store received it, by the store's clock.
    pub modified: DateTime<Utc>,
}

impl Numbered {
    /// The numbers from `first` on that are taken, in ascending order. Other keys under the prefix
    /// are passed over.
    pub fn list_from(&self, first: u64) -> impl Stream<Item = Result<Entry, StoreError>> + '_ {
        let pages = stream::try_unfold(Some(first), async |from| {
            let Some(from) = from else { return Ok::<_, StoreError>(None) };
            let page = self.page_from(from).await?;
            Ok(Some((stream::iter(page.entries.into_iter().map(Ok)), page.next)))
        });
        pages.try_flatten()
    }

    /// The highest number that is taken.
    ///
    /// `hint` is where to begin to look and may be anything: a good one costs a single request, a
    /// wrong one a few more, about the logarithm of the number of pages.
    ///
    /// # Errors
    ///
    /// What the store says after the retries.
    pub async fn last(&self, hint: u64) -> Result<Option<u64>, StoreError> {
        let mut page = self.page_from(hint).await?;
        if page.entries.is_empty() && hint > 0 {
            // The hint lies beyond the last number, so it says nothing.
            page = self.page_from(0).await?;
        }
        let Some(first) = page.entries.first().map(|it| it.number) else { return Ok(None) };
        let mut known = first;
        // No number from here on is taken.
        let mut beyond: Option<u64> = None;
        let mut stride = 1_u64;
        loop {
            known = page.entries.last().map_or(known, |it| it.number);
            let Some(next) = page.next else { return Ok(Some(known)) };
            // Leap while there is more, then halve the gap. An empty page always lowers `beyond`,
            // any other raises `known`.
            let probe = match beyond {
                None => {
                    stride = stride.max(known.saturating_sub(first)).saturating_mul(2);
                    known.saturating_add(stride)
                }
                Some(beyond) => known + (beyond - known) / 2,
            };
            let probe = probe.max(next);
            let leapt = self.page_from(probe).await?;
            if !leapt.entries.is_empty() {
                page = leapt;
            } else if probe == next {
                return Ok(Some(known));
            } else {
                beyond = Some(probe);
                page = Numbers { entries: Vec::new(), next: Some(next) };
            }
        }
    }

    /// One page of numbers from `first` on. `next` is where to go on, `None` on the last page.
    async fn page_from(&self, first: u64) -> Result<Numbers, StoreError> {
        // Keys are listed after a key: nothing lies between the number before and this one.
        let after = match first.checked_sub(1) {
            Some(before) => self.key(before)?.as_str().to_owned(),
            None => self.prefix.clone(),
        };
        let mut after = Some(after);
        loop {
            let mut pauses = self.objects.retry.pauses();
            let page = loop {
                let store = &self.objects.store;
                let page = store.list(&self.prefix, after.as_deref(), PAGE).await;
                if !pauses.again_after(&page).await {
                    break page?;
                }
            };
            let entries: Vec<_> = page.entries.iter().filter_map(|it| self.entry(it)).collect();
            match (entries.last(), page.next) {
                (_, None) => return Ok(Numbers { entries, next: None }),
                (Some(last), Some(_)) => {
                    let next = last.number.checked_add(1);
                    return Ok(Numbers { entries, next });
                }
                // A whole page of other keys.
                (None, next) => after = next,
            }
        }
    }

    fn entry(&self, listed: &Listed) -> Option<Entry> {
        let digits = listed.key.as_str().strip_prefix(&self.prefix)?;
        let plain = digits.len() == 20 && digits.bytes().all(|it| it.is_ascii_digit());
        let number = plain.then(|| digits.parse().ok())??;
        Some(Entry { number, size_bytes: listed.size_bytes, modified: listed.modified })
    }
}

struct Numbers {
    entries: Vec<Entry>,
    next: Option<u64>,
}
