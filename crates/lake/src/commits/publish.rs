//! Putting a commit into effect, and finishing what a crash interrupted.

use std::collections::BTreeSet;

use bytes::Bytes;
use platform::store::StoreErrorKind;

use super::staging::{self, PROTECTED, Run};
use super::{Act, Commit, Error, Result, Table};

/// What was finished when a table was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Healed {
    /// The numbers of the commits whose files were not all where they belong.
    pub published: Vec<u64>,
    /// How many abandoned runs were cleaned away.
    pub abandoned: usize,
}

impl Table {
    /// Puts `commit` into effect: moves its files to where they belong, removes those that went, and
    /// cleans up. May be done again, and by several at once.
    ///
    /// The name of a file that went is never used again ([`State::is_gone`](super::State::is_gone)), so
    /// one who comes late removes nothing that came later.
    pub(super) async fn publish(&mut self, commit: &Commit) -> Result<()> {
        let run = Run::of(self, &commit.run, commit.at);
        let (store, retry) = (self.lake.store.clone(), self.lake.options.retry);
        loop {
            // What a later commit removed is not to come back.
            let moves: Vec<_> = (commit.adds.iter())
                .filter(|file| !self.state().is_gone(&file.path))
                .map(|file| (run.key(file), file.path.clone()))
                .collect();
            let Err(error) = retry.again(|| store.move_all(&moves)).await else { break };
            if error.kind != StoreErrorKind::NotFound {
                return Err(Error::store("publish a commit")(error));
            }
            // Somebody else published it, and somebody removed it again.
            let gone = |table: &Self| {
                commit.adds.iter().filter(|file| table.state().is_gone(&file.path)).count()
            };
            let before = gone(self);
            self.refresh().await?;
            if gone(self) == before {
                let key = error.key.as_ref().map_or("", |key| key.as_str());
                let lost = moves.iter().find(|(from, _)| key.ends_with(&**from));
                let path = lost.map_or("a file", |(_, path)| path).to_owned();
                let reason = "it is neither there nor at the side".to_owned();
                return Err(Error::FileLost { table: self.name.clone(), path, reason });
            }
        }
        if commit.act == Act::Retain {
            let protected = self.purge(commit).await?;
            self.record(commit).await?;
            if protected.is_empty() {
                return run.clean().await;
            }
            let body = serde_json::to_vec(&protected).expect("it is plain data");
            return run.keep(&[(PROTECTED.to_owned(), Bytes::from(body))]).await;
        }
        if !commit.removes.is_empty() {
            let gone = retry.again(|| store.delete_all(&commit.removes)).await;
            gone.map_err(Error::store("remove what went"))?;
        }
        // What lies at the side goes last: as long as it is there, somebody comes and finishes this.
        self.record(commit).await?;
        run.clean().await
    }

    /// Finishes what crashes left unfinished: publishes commits whose runs still have something at the
    /// side, and cleans away runs that never committed. One listing where there is nothing to do. What the
    /// store protects is left to [`finish`](Self::finish).
    ///
    /// # Errors
    ///
    /// [`Error::LogBroken`], [`Error::FileLost`]; what the store says.
    pub async fn heal(&mut self) -> Result<Healed> {
        let mut healed = Healed::default();
        let found = staging::found(self).await?;
        if found.is_empty() {
            return Ok(healed);
        }
        // A run may have committed since the log was read.
        self.refresh().await?;
        let (committed, others): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|it| self.state().has_run(&it.run));
        let now = self.lake.options.clock.now();
        for it in others {
            if staging::is_abandoned(it.modified, now) {
                Run::of(self, &it.run, it.modified).clean().await?;
                healed.abandoned += 1;
            }
        }
        let left = committed.into_iter().filter(|it| !it.protected);
        let runs: BTreeSet<_> = left.map(|it| it.run).collect();
        if runs.is_empty() {
            return Ok(healed);
        }
        for commit in self.history().await?.iter().filter(|it| runs.contains(&it.run)) {
            self.publish(commit).await?;
            healed.published.push(commit.number);
        }
        Ok(healed)
    }
}
