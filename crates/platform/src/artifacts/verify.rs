//! Holding the logs of artifacts against the ledger, and the bytes against the logs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;
use std::ops::ControlFlow;

use serde::Serialize;
use storage_core::artifacts::{Log, LogName};
use storage_core::{Digest, Plan};

use super::{ArtifactStore, Error, Result};
use crate::ledger::{self, records};

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "finding", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Finding {
    /// A change stands in a log, and the ledger has no record of it: it never happened.
    Unrecorded {
        /// Which log.
        log: String,
        /// The number of the change.
        number: u64,
    },
    /// The ledger has a change that stands in no log: it was taken away.
    Missing {
        /// The number of the record.
        seq: u64,
        /// What happened, as the ledger calls it.
        act: String,
        /// To what.
        resource: String,
    },
    /// A log cannot be read.
    Unreadable {
        /// Which log.
        log: String,
        /// Why.
        reason: String,
    },
    /// The bytes of an artifact are not there, or are not those that were accepted.
    Altered {
        /// Its key.
        key: String,
        /// How.
        reason: String,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unrecorded { log, number } => {
                write!(f, "the change {number} of `{log}` is not in the ledger")
            }
            Self::Missing { seq, act, resource } => {
                let resource = resource.escape_debug();
                write!(f, "`{act}` of `{resource}`, record {seq} of the ledger, is in no log")
            }
            Self::Unreadable { log, reason } => write!(f, "the log `{log}`: {reason}"),
            Self::Altered { key, reason } => write!(f, "`{key}`: {reason}"),
        }
    }
}

impl ArtifactStore {
    /// Finishes what is open, then compares every log with the ledger, both ways; with `content` the bytes of
    /// every artifact with what was accepted, too. Whether the ledger itself is as it was written is another
    /// question: [`ledger::verify`](crate::ledger).
    ///
    /// A record does not say of which store it is: what the artifacts of another one recorded in the same
    /// ledger looks as if it had been taken away here.
    ///
    /// # Errors
    ///
    /// What keeps it from being found out.
    pub async fn verify(&self, content: bool) -> Result<Vec<Finding>> {
        self.heal().await?;
        // Others go on while this reads: what was recorded by now was claimed before.
        let size = self.ledger().head().size;
        let mut findings = BTreeSet::new();
        let (mut claimed, mut logs) = (BTreeMap::new(), Vec::new());
        for name in self.reader.logs("").await? {
            let changes = self.reader.changes(&name).await?;
            for (number, body) in &changes {
                // What is none is told by the log.
                let plan = serde_json::from_slice::<Plan>(body).ok();
                if let Some(digest) = plan.and_then(|plan| plan.digest().ok()) {
                    claimed.insert(digest, (name.clone(), *number));
                }
            }
            match Log::read(name.clone(), changes) {
                Ok(log) => logs.push(log),
                Err(error) => {
                    let (log, reason) = (name.to_string(), error.to_string());
                    findings.insert(Finding::Unreadable { log, reason });
                }
            }
        }
        findings.extend(self.against_ledger(claimed, size).await?);
        if content {
            findings.extend(self.contents(&logs).await?);
        }
        Ok(findings.into_iter().collect())
    }

    /// Holds the changes of the logs against the first `size` records, and the other way round.
    async fn against_ledger(
        &self,
        claimed: BTreeMap<Digest, (LogName, u64)>,
        size: u64,
    ) -> Result<Vec<Finding>> {
        // Two who finish the same act may both record it, which is no change more.
        let mut unrecorded: BTreeSet<Digest> = claimed.keys().copied().collect();
        let mut findings = Vec::new();
        let told = |seq, act: String, id: Option<Digest>, resource: String| match id {
            Some(id) if claimed.contains_key(&id) => _ = unrecorded.remove(&id),
            // What was recorded since may have been claimed after the logs were read.
            _ if seq < size => findings.push(Finding::Missing { seq, act, resource }),
            _ => {}
        };
        self.recorded(told).await?;
        if !unrecorded.is_empty() {
            // Somebody may have been between claiming and recording.
            self.heal().await?;
            self.recorded(|_, _, id, _| unrecorded.retain(|it| Some(*it) != id)).await?;
        }
        let left = claimed.into_iter().filter(|(id, _)| unrecorded.contains(id));
        findings.extend(
            left.map(|(_, (log, number))| Finding::Unrecorded { log: log.to_string(), number }),
        );
        Ok(findings)
    }

    /// Tells of every record about a release: its number, what happened, which plan that was, to what.
    async fn recorded(
        &self,
        mut tell: impl FnMut(u64, String, Option<Digest>, String),
    ) -> Result<()> {
        let filter = ledger::Filter::default();
        let looked = records(self.ledger().store(), &filter, |seq, line| {
            let Ok(record) = serde_json::from_slice::<serde_json::Value>(line) else {
                return ControlFlow::Continue(());
            };
            let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
            let act = text(&record["event_type"]);
            // What is about a release stands in the log of that release.
            let ours = act.starts_with("artifact.") || act.starts_with("model.");
            if ours && record["details"]["release"].is_string() {
                tell(seq, act, text(&record["event_id"]).parse().ok(), text(&record["resource"]));
            }
            ControlFlow::Continue(())
        });
        looked.await.map(drop).map_err(|source| {
            let source = Box::new(crate::acts::Error::Lookup { source: Box::new(source) });
            Error::Act { act: "read the ledger", source }
        })
    }

    async fn contents(&self, logs: &[Log]) -> Result<Vec<Finding>> {
        let mut findings = Vec::new();
        for log in logs {
            for (release, state) in &log.releases {
                for (file, _) in state.artifacts() {
                    let key = release.file(file)?;
                    match self.reader.fetch(&key, &mut io::sink()).await {
                        Ok(_) => {}
                        Err(error @ (Error::Altered { .. } | Error::Removed { .. })) => {
                            let (key, reason) = (key.to_string(), error.to_string());
                            findings.push(Finding::Altered { key, reason });
                        }
                        Err(error) => return Err(error),
                    }
                }
            }
        }
        Ok(findings)
    }
}
