//! What a log says: the files that are in the table, and the inputs that were taken in.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike as _, Utc};
use serde::{Deserialize, Serialize};
use storage_core::Digest;

use super::commit::{PLAN, POLICY};
use super::{Act, Commit, Counts, Error, File, Kind, Result, TableName};

/// The largest number that a commit may say: canonical JSON has no larger ones (RFC 8785, section 3.2.2.3).
const LARGEST: u64 = (1 << 53) - 1;

/// The most that rows and bytes of a log may come to, so that nobody who adds some of them up has to look.
const MOST: u64 = 1 << 60;

/// A file that is in the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Live {
    /// The file.
    pub file: File,
    /// The number of the commit that added it.
    pub commit: u64,
    /// The digest of the schema document that it follows.
    pub schema: Option<Digest>,
    /// When the youngest of its rows came.
    pub since: DateTime<Utc>,
}

/// An input that was taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// What it was called then.
    pub path: String,
    /// Its length in bytes.
    pub size_bytes: u64,
    /// The number of the commit that took it in.
    pub commit: u64,
    /// What became of its rows.
    pub counts: Counts,
}

/// The state of a table: a pure function of the commits of its log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    table: TableName,
    next: u64,
    head: Option<Digest>,
    schema: Option<Digest>,
    files: BTreeMap<String, Live>,
    inputs: BTreeMap<Digest, Known>,
    gone: BTreeSet<String>,
    runs: BTreeSet<String>,
    counts: Counts,
    retained: BTreeMap<Kind, u64>,
    /// All rows and bytes that any commit says.
    said: u64,
}

impl State {
    /// The state of a table without commits.
    pub fn new(table: TableName) -> Self {
        Self {
            table,
            next: 0,
            head: None,
            schema: None,
            files: BTreeMap::new(),
            inputs: BTreeMap::new(),
            gone: BTreeSet::new(),
            runs: BTreeSet::new(),
            counts: Counts::default(),
            retained: BTreeMap::new(),
            said: 0,
        }
    }

    /// The state behind `commits`, which begin with the first one.
    ///
    /// # Errors
    ///
    /// As [`take`](Self::take).
    pub fn fold<'c>(
        table: TableName,
        commits: impl IntoIterator<Item = &'c Commit>,
    ) -> Result<Self> {
        let mut state = Self::new(table);
        for commit in commits {
            state.take(commit, commit.digest()?)?;
        }
        Ok(state)
    }

    /// Goes on to the state behind `commit`, whose stored bytes have this `digest`. Nothing changes
    /// if it cannot follow.
    ///
    /// # Errors
    ///
    /// [`Error::LogBroken`] for a commit that cannot be here: of another table, not the next one, not
    /// behind the one before, with an input that was taken in, a file that is there, one that is not,
    /// rows that do not add up, or numbers and moments that cannot be. Files of ingested rows go without others in their place only where
    /// their time is over.
    pub fn take(&mut self, commit: &Commit, digest: Digest) -> Result<()> {
        self.check(commit).map_err(|reason| Error::LogBroken {
            table: self.table.clone(),
            number: commit.number,
            reason,
        })?;
        let number = commit.number;
        self.said = self.said_with(commit).unwrap_or(self.said);
        for path in &commit.removes {
            let went = self.files.remove(path);
            if let Some(Live { file, .. }) = went.filter(|_| commit.act == Act::Retain) {
                *self.retained.entry(file.kind).or_default() += file.rows;
            }
            self.gone.insert(path.clone());
        }
        for file in &commit.adds {
            let live = Live {
                file: file.clone(),
                commit: number,
                schema: file.schema.or(commit.schema),
                since: file.since.unwrap_or(commit.at),
            };
            self.files.insert(file.path.clone(), live);
        }
        for input in &commit.inputs {
            let known = Known {
                path: input.path.clone(),
                size_bytes: input.size_bytes,
                commit: number,
                counts: input.counts,
            };
            self.inputs.insert(input.sha256, known);
        }
        if commit.act == Act::Ingest {
            self.counts.add(&commit.counts());
        }
        self.runs.insert(commit.run.clone());
        self.schema = commit.schema.or(self.schema);
        self.head = Some(digest);
        self.next = number + 1;
        Ok(())
    }

    /// Why `commit` cannot come next, if it cannot.
    pub(super) fn check(&self, commit: &Commit) -> Result<(), String> {
        let rule = |holds: bool, reason: &str| if holds { Ok(()) } else { Err(reason.to_owned()) };
        rule(commit.table == self.table, "it is of another table")?;
        rule(commit.number == self.next, "it is not the next one")?;
        rule(commit.previous == self.head, "it does not follow the commit before it")?;
        self.said_with(commit)?;
        let moments = commit.adds.iter().filter_map(|it| it.since).chain([commit.at]);
        let years = moments.map(|it| it.year()).all(|year| (1..=9999).contains(&year));
        rule(years, "it names a moment outside of the years 1 to 9999")?;
        let mut inputs = BTreeSet::new();
        for input in &commit.inputs {
            let path = &input.path;
            if !input.counts.add_up() {
                return Err(format!("the rows of `{path}` do not add up"));
            }
            if self.inputs.contains_key(&input.sha256) || !inputs.insert(input.sha256) {
                return Err(format!("`{path}` was taken in before"));
            }
        }
        // Rows that came, less rows that went, by what the files hold.
        let mut rows: BTreeMap<Kind, i128> = BTreeMap::new();
        let mut removes = BTreeSet::new();
        for path in &commit.removes {
            let Some(live) = self.files.get(path).filter(|_| removes.insert(path)) else {
                return Err(format!("it removes `{path}`, which is not there"));
            };
            *rows.entry(live.file.kind).or_default() -= i128::from(live.file.rows);
        }
        let mut adds = BTreeSet::new();
        for file in &commit.adds {
            let path = &file.path;
            let ours = path.starts_with(&self.table.folder(file.kind));
            if !ours || path.split('/').any(|part| matches!(part, "" | "." | "..")) {
                return Err(format!("it adds `{path}`, which is not in a folder of the table"));
            }
            if self.files.contains_key(path) || self.gone.contains(path) || !adds.insert(path) {
                return Err(format!("it adds `{path}`, which was there before"));
            }
            *rows.entry(file.kind).or_default() += i128::from(file.rows);
        }
        if commit.act == Act::Retain {
            let only = commit.adds.is_empty() && commit.inputs.is_empty() && commit.displaced == 0;
            rule(only, "it brings something, and is there to remove")?;
            rule(!commit.removes.is_empty(), "it removes nothing")?;
            let named =
                |name| commit.notes.get(name).is_some_and(|it| it.parse::<Digest>().is_ok());
            rule(named(PLAN) && named(POLICY), "it names no plan or no policy")?;
        }
        let rows = |kind| rows.get(&kind).copied().unwrap_or_default();
        conserved(commit, rows(Kind::Data), rows(Kind::Quarantine), rows(Kind::Duplicates))
    }

    /// What all commits say with this one, if that can be.
    fn said_with(&self, commit: &Commit) -> Result<u64, String> {
        let inputs = commit.inputs.iter().flat_map(|it| [it.size_bytes, it.counts.rows]);
        let adds = commit.adds.iter().flat_map(|it| [it.size_bytes, it.rows]);
        inputs.chain(adds).chain([commit.displaced]).try_fold(self.said, |said, number| {
            if number > LARGEST {
                return Err(format!("it says {number}, which is beyond 2^53 - 1"));
            }
            let said = said.checked_add(number).filter(|it| *it <= MOST);
            said.ok_or_else(|| "there cannot be so many rows or bytes".to_owned())
        })
    }

    /// The table.
    pub fn table(&self) -> &TableName {
        &self.table
    }

    /// The number of the next commit; so many there are.
    pub fn next(&self) -> u64 {
        self.next
    }

    /// The digest of the last commit.
    pub fn head(&self) -> Option<Digest> {
        self.head
    }

    /// The digest of the schema document that was followed last.
    pub fn schema(&self) -> Option<Digest> {
        self.schema
    }

    /// Every file that is in the table, of whatever kind, by its path.
    pub fn files(&self) -> &BTreeMap<String, Live> {
        &self.files
    }

    /// The files of one kind, in order of their paths.
    pub fn live(&self, kind: Kind) -> impl Iterator<Item = &Live> {
        self.files.values().filter(move |it| it.file.kind == kind)
    }

    /// The files with the rows of one partition, given by its folder: `tenant_id=acme/year=2025/month=1`.
    pub fn live_in<'s>(&'s self, partition: &str) -> impl Iterator<Item = &'s Live> + use<'s> {
        let folder = match partition {
            "" => self.table.folder(Kind::Data),
            partition => format!("{}{partition}/", self.table.folder(Kind::Data)),
        };
        let from = self.files.range(folder.clone()..);
        let whole = folder.len();
        from.take_while(move |(path, _)| path.starts_with(&folder))
            .filter(move |(path, _)| !path[whole..].contains('/'))
            .map(|(_, live)| live)
    }

    /// The inputs that were taken in, by their digests.
    pub fn inputs(&self) -> &BTreeMap<Digest, Known> {
        &self.inputs
    }

    /// How many rows the files of one kind hold.
    pub fn rows(&self, kind: Kind) -> u64 {
        self.live(kind).map(|it| it.file.rows).sum()
    }

    /// What became of the rows of everything that was ever ingested, at the moment it was.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// How many rows of one kind went because their time was over. With those that are there they are
    /// all that ever came and was not replaced.
    pub fn retained(&self, kind: Kind) -> u64 {
        self.retained.get(&kind).copied().unwrap_or_default()
    }

    /// Whether a file lay at `path` once and does not any more. Its name is not used again, so what
    /// removes it late removes nothing else.
    pub fn is_gone(&self, path: &str) -> bool {
        self.gone.contains(path)
    }

    /// Whether a commit of this run is in the log.
    pub fn has_run(&self, run: &str) -> bool {
        self.runs.contains(run)
    }
}

/// Holds the rows that came and went against the counts of the inputs. Sums over the files of silver
/// and gold follow rules of their own.
fn conserved(
    commit: &Commit,
    data: i128,
    quarantine: i128,
    duplicates: i128,
) -> Result<(), String> {
    let counts = commit.counts();
    let [rows, accepted, exact, conflicting, quarantined] =
        [counts.rows, counts.accepted, counts.exact, counts.conflicting, counts.quarantined]
            .map(i128::from);
    let displaced = i128::from(commit.displaced);
    // What a replay takes in is taken out of the quarantine.
    let left = if commit.act == Act::Replay { rows } else { 0 };
    let wanted = match commit.act {
        Act::Ingest | Act::Replay => {
            [accepted - displaced, quarantined - left, exact + conflicting + displaced]
        }
        Act::Compact => [0, 0, 0],
        Act::Refine | Act::Aggregate | Act::Retain => return Ok(()),
    };
    match [data, quarantine, duplicates] == wanted {
        true => Ok(()),
        false => Err(format!(
            "its files bring {data} rows, {quarantine} refused ones and {duplicates} duplicates, \
             its counts say {}, {} and {}",
            wanted[0], wanted[1], wanted[2]
        )),
    }
}
