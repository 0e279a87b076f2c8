//! Putting reports into the [index](crate::search), and looking up what was found there.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::StreamExt as _;
use serde_json::Value;
use storage_core::extract::{Format, Limits};
use storage_core::reports::{ReportKey, State};

use super::{Error, Query, Reports, Result};
use crate::search::{Document, Hit, Index};

/// How many documents are put into the index at once.
const BATCH: usize = 64;

/// How deep a member of the metadata is looked for.
const DEPTH: usize = 4;

/// Whether the text of sealed reports goes into the index, which holds it in clear.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SealedText {
    /// It does not: they are found by their type, period, status and digests alone.
    #[default]
    LeftAway,
    /// It does. Destroying their keys does not destroy the index.
    InClear,
}

/// What became of an index that was brought up to date.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Indexed {
    /// How many reports were read and put there.
    pub put: u64,
    /// How many were there as they are.
    pub unchanged: u64,
    /// How many were taken out, since they are in the archive no more, or not as they should be.
    pub removed: u64,
    /// Sealed reports whose text was left away.
    pub left_away: u64,
    /// The reports that could not be read, and why. They are not in the index.
    pub unreadable: Vec<(ReportKey, Error)>,
}

/// A report that was found in the index, as it is in the archive.
#[derive(Debug)]
#[non_exhaustive]
pub struct Found {
    /// What the index says.
    pub hit: Hit,
    /// What has become of it, or why that cannot be said.
    pub state: Result<State, Arc<Error>>,
}

impl Reports {
    /// Brings an index up to date with the archive: reports that came or were changed are read, those
    /// that are there as they are, are not. `tell` is called after each report.
    ///
    /// Interrupted, it leaves an index that lacks reports; the next call completes it.
    ///
    /// # Errors
    ///
    /// What keeps the archive from being listed, and the index from being written. Why one report could
    /// not be read is in the answer.
    pub async fn index(
        &self,
        index: &mut Index,
        sealed: SealedText,
        mut tell: impl FnMut() + Send,
    ) -> Result<Indexed> {
        let mut there = index.revisions()?;
        let (mut indexed, mut fresh, mut cursor) = (Indexed::default(), Vec::new(), None);
        loop {
            let page = self.list(&Query::default(), cursor.as_deref(), 256).await?;
            let mut states = self.states(page.entries);
            while let Some((report, state)) = states.next().await {
                let name = (report.tenant.to_string(), report.to_string());
                let known = there.get(&name);
                let read = match state {
                    Ok(state) if known == Some(&revision(&state, sealed)) => Ok(None),
                    Ok(state) => self.document(&state, sealed).await.map(Some),
                    Err(error) => Err(error),
                };
                match read {
                    Err(error) if error.exit_status() == 6 => return Err(error),
                    // Whatever the index says of it stays out.
                    Err(error) => indexed.unreadable.push((report, error)),
                    Ok(None) => {
                        indexed.unchanged += 1;
                        there.remove(&name);
                    }
                    Ok(Some(document)) => {
                        indexed.put += 1;
                        there.remove(&name);
                        fresh.push(document);
                    }
                }
                if fresh.len() >= BATCH {
                    index.put_all(&fresh)?;
                    fresh.clear();
                }
                tell();
            }
            match page.next {
                Some(next) => cursor = Some(next),
                None => break,
            }
        }
        index.put_all(&fresh)?;
        for (tenant, report) in there.keys() {
            index.remove(tenant, report)?;
            indexed.removed += 1;
        }
        indexed.left_away = match sealed {
            SealedText::InClear => 0,
            SealedText::LeftAway => {
                let all = index.revisions()?;
                all.values().filter(|it| it.ends_with(LEFT_AWAY)).count() as u64
            }
        };
        Ok(indexed)
    }

    /// What the index shall know of a report. Of one that was destroyed: that it was, and its digests.
    ///
    /// # Errors
    ///
    /// What keeps a file from being read, [`Altered`](storage_core::reports::Error::Altered) among it.
    pub async fn document(&self, state: &State, sealed: SealedText) -> Result<Document> {
        let report = state.report();
        let (tenant, kind) = (report.tenant.to_string(), report.report_type.to_string());
        let (name, period) = (report.to_string(), report.period.to_string());
        let mut document = Document::new(&tenant, &name, &kind, &period, standing(state));
        document.revision = revision(state, sealed);
        for entry in state.manifest.contents() {
            // By what was handed in, and by what is stored.
            document.sha256.extend([entry.sha256, entry.content().1]);
        }
        if state.there().is_err() {
            return Ok(document);
        }
        for entry in &state.manifest.files {
            let name = entry.name.as_str();
            let left_away = entry.sealed.is_some() && sealed == SealedText::LeftAway;
            if left_away || entry.content().0 > Limits::default().input_bytes as u64 {
                document.incomplete.insert(name.to_owned());
            } else if Format::may_be(name) {
                document.add_file(name, &self.read(state, name).await?);
            }
        }
        if let Some(entry) = &state.manifest.metadata {
            match entry.sealed.is_some() && sealed == SealedText::LeftAway {
                true => drop(document.incomplete.insert(entry.name.to_string())),
                false => {
                    let text = self.metadata(state).await?.unwrap_or_default();
                    let read: Value = serde_json::from_str(&text).unwrap_or_default();
                    members(&read, String::new(), DEPTH, &mut document.metadata);
                }
            }
        }
        Ok(document)
    }

    /// What has become of reports that were found in an index. One that is of another tenant than was
    /// asked for, or in the archive no more, is left out.
    pub async fn look_up(&self, tenant: &str, hits: Vec<Hit>) -> Vec<Found> {
        let named = |hit: &Hit| ReportKey::of_manifest(&format!("{}/manifest.json", hit.report));
        let of_tenant = |it: &ReportKey| it.tenant.as_str() == tenant;
        let (keys, hits): (Vec<_>, Vec<_>) =
            hits.into_iter().filter_map(|hit| Some((named(&hit).filter(of_tenant)?, hit))).unzip();
        let states: Vec<_> = self.states(keys).collect().await;
        let both = hits.into_iter().zip(states);
        both.filter(|(_, (_, state))| !matches!(state, Err(Error::NoReport { .. })))
            .map(|(hit, (_, state))| Found { hit, state: state.map_err(Arc::new) })
            .collect()
    }
}

const LEFT_AWAY: &str = " without text";

/// What an index tells of: the manifest and the last act, and how much of it.
fn revision(state: &State, sealed: SealedText) -> String {
    let without =
        state.manifest.is_sealed() && state.there().is_ok() && sealed == SealedText::LeftAway;
    let (last, left) = (state.last_change().plan, if without { LEFT_AWAY } else { "" });
    let gone = if state.there().is_err() { " destroyed" } else { "" };
    format!("{last}{gone}{left}")
}

/// What can be said of a report without looking at the clock.
fn standing(state: &State) -> &'static str {
    let held = state.retention.protection().is_ok_and(|it| it.needs_hold());
    match () {
        () if state.there().is_err() => "disposed",
        () if held => "held",
        () => "dated",
    }
}

/// The members of the metadata as names and texts: `auditor.name`.
fn members(value: &Value, at: String, depth: usize, out: &mut BTreeMap<String, String>) {
    let text = match value {
        Value::Object(members_of) if depth > 0 => {
            for (name, value) in members_of {
                let at = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
                members(value, at, depth - 1, out);
            }
            return;
        }
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(is_so) => is_so.to_string(),
        _ => return,
    };
    out.insert(at, text);
}
