//! A table: its log, and committing to it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use platform::numbered::{Found, Numbered, Outcome};
use platform::store::{Put, StoreErrorKind};
use storage_core::Digest;

use super::commit::VERSION;
use super::staging;
use super::{Act, Commit, Error, File, Input, Lake, Result, Run, State, TableName};

/// How many commits are read at once.
const READ_TOGETHER: u64 = 64;

/// A table of a lake, as its log said when it was read last.
#[derive(Clone, Debug)]
pub struct Table {
    pub(super) lake: Lake,
    pub(super) name: TableName,
    pub(super) log: Numbered,
    state: State,
}

/// What shall be committed.
#[derive(Clone, Debug)]
pub struct Draft {
    /// What it is for.
    pub act: Act,
    /// The digest of the schema document that was followed.
    pub schema: Option<Digest>,
    /// What was taken in.
    pub inputs: Vec<Input>,
    /// Rows of earlier commits that are duplicates now.
    pub displaced: u64,
    /// The files that come. All of them were [staged](Run::stage) by the same run.
    pub adds: Vec<File>,
    /// The paths of the files that go.
    pub removes: Vec<String>,
    /// What else a reader of the log should know.
    pub notes: BTreeMap<String, String>,
}

impl Draft {
    /// A draft that changes nothing yet.
    pub fn new(act: Act) -> Self {
        Self {
            act,
            schema: None,
            inputs: Vec::new(),
            displaced: 0,
            adds: Vec::new(),
            removes: Vec::new(),
            notes: BTreeMap::new(),
        }
    }

    /// Whether it says the same behind `commit` as before it: neither has an input of the other, nor
    /// do they touch a partition together.
    pub fn is_independent_of(&self, commit: &Commit, table: &TableName) -> bool {
        fn touched<'a>(
            adds: &'a [File],
            removes: &'a [String],
            table: &TableName,
        ) -> BTreeSet<&'a str> {
            let folder = |path: &'a str| path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let data = table.folder(super::Kind::Data);
            let paths = adds.iter().map(|it| &*it.path).chain(removes.iter().map(String::as_str));
            paths.filter(|it| it.starts_with(&data)).map(folder).collect()
        }
        let ours: BTreeSet<_> = self.inputs.iter().map(|it| it.sha256).collect();
        let paths: BTreeSet<_> = self.adds.iter().map(|it| &it.path).collect();
        let removes: BTreeSet<_> = self.removes.iter().collect();
        !commit.inputs.iter().any(|it| ours.contains(&it.sha256))
            && !commit.adds.iter().any(|it| paths.contains(&it.path))
            && !commit.removes.iter().any(|it| removes.contains(it) || paths.contains(it))
            && touched(&self.adds, &self.removes, table).is_disjoint(&touched(
                &commit.adds,
                &commit.removes,
                table,
            ))
    }
}

/// What became of a draft.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "one of them per run")]
pub enum Appended {
    /// It is in the log, and its files are where they belong.
    Committed(Commit),
    /// Others were faster. The table has taken in their commits, and nothing of the draft was done:
    /// plan again.
    Behind(Vec<Commit>),
}

impl Table {
    pub(super) async fn open(lake: &Lake, name: &TableName) -> Result<Self> {
        let mut table = Self::read_only(lake, name).await?;
        table.heal().await?;
        Ok(table)
    }

    pub(super) async fn read_only(lake: &Lake, name: &TableName) -> Result<Self> {
        let log =
            Numbered::new(lake.store.clone(), format!("{}commits/", name.aside()), lake.conditions);
        let log = log.with_retry(lake.options.retry);
        let state = State::new(name.clone());
        let mut table = Self { lake: lake.clone(), name: name.clone(), log, state };
        table.refresh().await?;
        Ok(table)
    }

    /// What the log said when it was read last.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Its name.
    pub fn name(&self) -> &TableName {
        &self.name
    }

    /// The lake that it is in.
    pub fn lake(&self) -> &Lake {
        &self.lake
    }

    /// Reads what was committed since, and gives it.
    ///
    /// # Errors
    ///
    /// [`Error::LogBroken`]; what the store says.
    pub async fn refresh(&mut self) -> Result<Vec<Commit>> {
        let numbers = self.log.list_from(self.state.next());
        let numbers: Vec<_> =
            numbers.try_collect().await.map_err(Error::store("list the commits"))?;
        let Some(last) = numbers.last().map(|it| it.number) else { return Ok(Vec::new()) };
        let mut commits = Vec::new();
        let mut from = self.state.next();
        while from <= last {
            let to = last.min(from.saturating_add(READ_TOGETHER - 1));
            let bodies = (from..=to).map(|number| self.log.get(number));
            let bodies = futures_util::future::join_all(bodies).await;
            for (number, body) in (from..=to).zip(bodies) {
                let body = body.map_err(Error::store("read a commit"))?;
                let Some(Found { body, .. }) = body else {
                    let reason = "it is missing, and later ones are there".to_owned();
                    return Err(Error::LogBroken { table: self.name.clone(), number, reason });
                };
                commits.push(self.take(number, &body)?);
            }
            from = to + 1;
        }
        Ok(commits)
    }

    fn take(&mut self, number: u64, body: &[u8]) -> Result<Commit> {
        let commit = Commit::from_bytes(&self.name, number, body)?;
        self.state.take(&commit, Digest::of(body))?;
        Ok(commit)
    }

    /// All commits, from the first one on.
    ///
    /// # Errors
    ///
    /// As [`refresh`](Self::refresh).
    pub async fn history(&self) -> Result<Vec<Commit>> {
        let mut from_the_beginning = Self { state: State::new(self.name.clone()), ..self.clone() };
        from_the_beginning.refresh().await
    }

    /// Commits what `run` staged as `draft` says, if nobody was faster since the table was read, and
    /// publishes it.
    ///
    /// Whoever is behind plans again, with what the others committed:
    ///
    /// ```
    /// # use lake::commits::{Act, Appended, Commit, Draft, Error, Run, Table};
    /// # async fn plan(_: &Table, _: &Run) -> Result<Option<Draft>, Error> { Ok(None) }
    /// # async fn commit(table: &mut Table) -> Result<Option<Commit>, Error> {
    /// let mut run = table.begin().await?;
    /// loop {
    ///     // Looks at the state, stages files and says what comes and goes.
    ///     let Some(draft) = plan(table, &run).await? else {
    ///         run.abandon().await?;
    ///         return Ok(None);
    ///     };
    ///     match table.append(&run, draft).await? {
    ///         Appended::Committed(commit) => return Ok(Some(commit)),
    ///         Appended::Behind(_) => run.lost().await?,
    ///     }
    /// }
    /// # }
    /// ```
    ///
    /// A file that goes and comes again stays. One whose name was used before (the same rows came from
    /// elsewhere, or went and are to come back) is given another name.
    ///
    /// # Errors
    ///
    /// [`Error::CommitInvalid`] for a draft that cannot be, [`Error::TooLate`],
    /// [`Error::NotStored`]: nothing was done. [`Error::Unknown`]: opening the table again tells. Any
    /// other error comes from behind the commit, and the table is finished when it is opened next.
    pub async fn append(&mut self, run: &Run, draft: Draft) -> Result<Appended> {
        run.check_time(self.lake.options.clock.now())?;
        let number = self.state.next();
        let (mut adds, mut removes) = (draft.adds, draft.removes);
        // What goes and comes again stays.
        let stays: BTreeSet<String> = (adds.iter())
            .filter(|file| removes.contains(&file.path) && self.is_there(file))
            .map(|file| file.path.clone())
            .collect();
        adds.retain(|file| !stays.contains(&file.path));
        removes.retain(|path| !stays.contains(path));
        for file in &mut adds {
            if self.state.is_gone(&file.path) || self.state.files().contains_key(&file.path) {
                file.path = again(&file.path, number);
            }
        }
        adds.sort_by(|one, other| one.path.cmp(&other.path));
        removes.sort();
        let options = &self.lake.options;
        let commit = Commit {
            v: VERSION,
            table: self.name.clone(),
            number,
            previous: self.state.head(),
            run: run.id().to_owned(),
            act: draft.act,
            actor: options.actor.clone(),
            at: options.clock.now(),
            code: env!("CARGO_PKG_VERSION").to_owned(),
            schema: draft.schema,
            inputs: draft.inputs,
            displaced: draft.displaced,
            adds,
            removes,
            notes: draft.notes,
        };
        self.state.check(&commit).map_err(|reason| commit.invalid(reason))?;
        let body = Bytes::from(commit.to_bytes()?);
        let ours = |there: &[u8]| {
            let there = Commit::from_bytes(&self.name, number, there);
            there.is_ok_and(|it| it.run == commit.run)
        };
        let put = Put::absent().typed("application/json");
        let written = self.log.put(number, body.clone(), ours, &put).await;
        match written.map_err(|source| Error::of_write(&self.name, source))? {
            Outcome::Won { .. } => {
                let commit = self.take(number, &body)?;
                self.publish(&commit).await?;
                Ok(Appended::Committed(commit))
            }
            Outcome::Lost { .. } => {
                let commits = self.refresh().await?;
                // The next plan may read what these brought.
                self.heal().await?;
                Ok(Appended::Behind(commits))
            }
        }
    }

    /// Whether exactly this file is in the table.
    fn is_there(&self, file: &File) -> bool {
        let there = self.state.files().get(&file.path);
        there.is_some_and(|live| live.file.sha256 == file.sha256)
    }

    /// Reads a file of the table, and holds it against the log.
    ///
    /// # Errors
    ///
    /// [`Error::FileLost`]; what the store says. A file that a commit of somebody else removed in
    /// between is lost too: [refresh](Self::refresh) and see.
    pub async fn read(&self, file: &File) -> Result<Bytes> {
        let body = self.fetch(file, None).await?;
        match Digest::of(&body) == file.sha256 {
            true => Ok(body),
            false => Err(self.lost(file, "it has other bytes")),
        }
    }

    /// Some bytes of a file of the table, or all of them, as they are.
    ///
    /// A file lies at the side as long as its commit is being published.
    pub(crate) async fn fetch(&self, file: &File, range: Option<Range<u64>>) -> Result<Bytes> {
        if let Some(body) = self.look(&file.path, &range).await? {
            return Ok(body);
        }
        for it in staging::found(self).await? {
            let run = Run::of(self, &it.run, it.modified);
            if self.state.has_run(&it.run)
                && let Some(body) = self.look(&run.key(file), &range).await?
            {
                return Ok(body);
            }
        }
        // It may have been moved just now.
        let moved = self.look(&file.path, &range).await?;
        moved.ok_or_else(|| self.lost(file, "it is not there"))
    }

    async fn look(&self, key: &str, range: &Option<Range<u64>>) -> Result<Option<Bytes>> {
        let read = async || match range.clone() {
            Some(range) => self.lake.store.get_range(key, range).await,
            None => self.lake.store.get(key).await,
        };
        match self.lake.options.retry.again(read).await {
            Ok(read) => Ok(Some(read.body)),
            Err(error) if error.kind == StoreErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::store("read a file of the table")(error)),
        }
    }

    pub(crate) fn lost(&self, file: &File, reason: &str) -> Error {
        let (table, path, reason) = (self.name.clone(), file.path.clone(), reason.to_owned());
        Error::FileLost { table, path, reason }
    }
}

/// Another name for a file whose name was used before.
fn again(path: &str, number: u64) -> String {
    match path.strip_suffix(".parquet") {
        Some(stem) => format!("{stem}-{number}.parquet"),
        None => format!("{path}-{number}"),
    }
}
