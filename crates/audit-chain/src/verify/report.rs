//! The answer of a verification.

use std::fmt;

use crate::Hash;

use super::{Finding, Pin, PinnedLane, Severity};

/// The answer in one word.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Everything that was asked was checked and is as it was written.
    Ok,
    /// Something could not be checked; what could be is as it was written.
    CouldNotVerify,
    /// The log is not as it was written.
    Tampered,
}

impl Verdict {
    /// The exit status of a program that says this: 0, 8 or 7.
    pub fn exit_status(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::CouldNotVerify => 8,
            Self::Tampered => 7,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ok => "ok",
            Self::CouldNotVerify => "could_not_verify",
            Self::Tampered => "tampered",
        })
    }
}

/// The answer of a verification, whole.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Report {
    /// The answer in one word: that of the heaviest finding.
    pub status: Verdict,
    /// The log, if its document could be read.
    pub log_id: Option<String>,
    /// The origin of its checkpoints, if its document could be read.
    pub origin: Option<String>,
    /// SHA-256 of its document, if that was there.
    pub document: Option<Hash>,
    /// The first and the last of the records that were asked for; `None` for the whole log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<[u64; 2]>,
    /// How many records were read and checked.
    pub records: u64,
    /// How many segments were read and checked.
    pub segments: u64,
    /// The number of records of the log, pruned ones included.
    pub size: u64,
    /// The root of the tree over all records; `None` if records are missing.
    pub root: Option<Hash>,
    /// The hash of the last record.
    pub last_hash: Option<Hash>,
    /// How many checkpoints hold: rightly signed, and the root of these records.
    pub checkpoints: u64,
    /// The number of records the newest checkpoint covers that holds and that as many witnesses have
    /// signed as the keyring asks for.
    pub sealed_size: u64,
    /// How many checkpoints there are up to that one.
    #[serde(default)]
    pub sealed_checkpoints: u64,
    /// That checkpoint, word for word, with the lines of the witnesses that the keyring names.
    pub checkpoint: Option<String>,
    /// Those witnesses, as `name+id`.
    #[serde(default)]
    pub witnessed_by: Vec<String>,
    /// Whether a key of the keyring or the pin vouches for what was checked.
    pub anchored: bool,
    /// How many findings are only notes.
    pub notes: u64,
    /// How many findings were left out because there were too many of their kind.
    pub findings_omitted: u64,
    /// What was found, in order of records; what concerns the log as a whole comes last.
    pub findings: Vec<Finding>,
    /// The lanes, if the ledger has some. Then size, root, head and seal are those of the root log,
    /// and what was counted was counted in all logs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lanes: Vec<LaneReport>,
}

/// What was seen of a lane.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct LaneReport {
    /// Which lane, from 0.
    pub lane: u16,
    /// Its log, if the document of that could be read.
    pub log_id: Option<String>,
    /// The number of its records, pruned ones included.
    pub size: u64,
    /// The root of the tree over them; `None` if records are missing.
    pub root: Option<Hash>,
    /// The hash of the last record.
    pub last_hash: Option<Hash>,
    /// How many of them the root log binds with records that a checkpoint of it covers.
    pub bound_size: u64,
}

impl Report {
    /// A report about nothing yet.
    pub fn empty() -> Self {
        Self {
            status: Verdict::Ok,
            log_id: None,
            origin: None,
            document: None,
            asked: None,
            records: 0,
            segments: 0,
            size: 0,
            root: None,
            last_hash: None,
            checkpoints: 0,
            sealed_size: 0,
            sealed_checkpoints: 0,
            checkpoint: None,
            witnessed_by: Vec::new(),
            anchored: false,
            notes: 0,
            findings_omitted: 0,
            findings: Vec::new(),
            lanes: Vec::new(),
        }
    }

    /// Adds findings, sorts them all and draws the conclusion from them.
    pub fn conclude(mut self, findings: impl IntoIterator<Item = Finding>) -> Self {
        self.findings.extend(findings);
        self.findings.sort_by_cached_key(Finding::order);
        self.findings.dedup();
        self.notes = self.count(Severity::Note);
        let worst = self.findings.iter().map(Finding::severity).max();
        self.status = self.status.max(match worst {
            Some(Severity::Tampered) => Verdict::Tampered,
            Some(Severity::CouldNotCheck) => Verdict::CouldNotVerify,
            Some(Severity::Note) | None => Verdict::Ok,
        });
        self
    }

    /// What to remember of the log for the next visit: `None` unless everything was looked at and is
    /// [`Verdict::Ok`].
    pub fn pin(&self) -> Option<Pin> {
        let sound = self.status == Verdict::Ok && self.asked.is_none();
        let (root, log_id, origin) = (self.root?, self.log_id.clone()?, self.origin.clone()?);
        let mut lanes = Vec::with_capacity(self.lanes.len());
        for LaneReport { lane, size, root, .. } in &self.lanes {
            lanes.push(PinnedLane { lane: *lane, size: *size, root: (*root)? });
        }
        sound.then(|| Pin {
            lanes,
            v: Pin::VERSION,
            origin,
            log_id,
            size: self.size,
            root,
            last_hash: self.last_hash,
            checkpoint: self.checkpoint.clone(),
            checkpoints: self.checkpoint.as_ref().map(|_| self.sealed_checkpoints),
            document: self.document,
        })
    }

    /// How many findings weigh `severity`.
    pub fn count(&self, severity: Severity) -> u64 {
        self.findings.iter().filter(|finding| finding.severity() == severity).count() as u64
    }
}

impl fmt::Display for Report {
    /// For people: one line per finding, then what was checked, then the verdict.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.findings {
            let weight = match finding.severity() {
                Severity::Tampered => "tampered",
                Severity::CouldNotCheck => "could not check",
                Severity::Note => "note",
            };
            writeln!(f, "{weight}: {finding}")?;
        }
        if self.findings_omitted > 0 {
            writeln!(f, "{} more findings of the same kinds are left out", self.findings_omitted)?;
        }
        let Self { records, segments, checkpoints, sealed_size, size, .. } = self;
        if self.lanes.is_empty() {
            let counted = format!("{records} records in {segments} segments");
            writeln!(
                f,
                "{counted}, {checkpoints} checkpoints, sealed up to {sealed_size} of {size}"
            )?;
        } else {
            let logs = self.lanes.len() + 1;
            let counted = format!("{records} records in {segments} segments of {logs} logs");
            writeln!(f, "{counted}, {checkpoints} checkpoints")?;
            for LaneReport { lane, size, bound_size, .. } in &self.lanes {
                writeln!(f, "lane {lane}: bound up to {bound_size} of {size}")?;
            }
            writeln!(f, "root log: sealed up to {sealed_size} of {size}")?;
        }
        if let Some([first, last]) = self.asked {
            writeln!(
                f,
                "records {first} to {last} were asked for, the others only as far as needed"
            )?;
        }
        if let Some(root) = self.root {
            writeln!(f, "root {root}")?;
        }
        if let Some(hash) = self.last_hash {
            writeln!(f, "head {hash}")?;
        }
        writeln!(f, "{}", self.status)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Kind;
    use super::*;

    #[test]
    fn tampered_outranks_could_not_check_outranks_notes() {
        let note = Finding::new(Kind::UnsealedTail, "2 records are in no checkpoint").between(8, 9);
        let unread = Finding::new(Kind::CouldNotCheck, "the store did not answer").at(4);
        let gap = Finding::new(Kind::Gap, "records are missing").between(2, 3);
        let verdict = |findings: &[&Finding]| {
            Report::empty().conclude(findings.iter().copied().cloned()).status
        };
        assert_eq!(verdict(&[]), Verdict::Ok);
        assert_eq!(verdict(&[&note]), Verdict::Ok);
        assert_eq!(verdict(&[&note, &unread]), Verdict::CouldNotVerify);
        assert_eq!(verdict(&[&gap, &note, &unread]), Verdict::Tampered);

        let report = Report::empty().conclude([note, unread, gap]);
        let first: Vec<_> = report.findings.iter().map(|finding| finding.first_seq).collect();
        assert_eq!(first, [Some(2), Some(4), Some(8)], "in order of records");
        assert_eq!(report.notes, 1);
        let json = serde_json::to_value(&report).expect("a report is plain data");
        assert_eq!(json["status"], "tampered");
        assert_eq!(json["findings"][0]["kind"], "gap");
        assert!(report.to_string().starts_with("tampered: gap at 2..=3: records are missing\n"));
    }
}
