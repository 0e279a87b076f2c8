//! Writers who want the same key.

use futures_util::TryStreamExt as _;
use tokio::task::JoinSet;

use super::super::{Put, Store, StoreError, StoreErrorKind, Version, Written};
use super::scratch::Scratch;
use super::{Check, Outcome};

/// How many race, and how often.
#[derive(Clone, Copy)]
pub(super) struct Race {
    pub(super) writers: usize,
    pub(super) keys: usize,
}

/// What became of one writer.
enum Attempt {
    Won(Option<Version>),
    Lost,
    /// The store did not say.
    Unknown,
}

/// A condition on a key that was settled long ago.
pub(super) async fn one_after_the_other(scratch: &Scratch) -> Result<Check, StoreError> {
    const TRIES: usize = 4;
    let key = "sequential";
    let mut accepted = 0;
    for number in 0..TRIES {
        if let Attempt::Won(_) = write(scratch, key, number, true).await? {
            accepted += 1;
        }
    }
    let body = scratch.store.get(key).await?.body;
    let kept = accepted == 1 && body == text(0);
    Ok(Check {
        name: "conditions",
        outcome: if kept { Outcome::Kept } else { Outcome::Broken },
        seen: match accepted {
            1 if kept => {
                format!("a condition on a key that is there was refused {} times", TRIES - 1)
            }
            0 => "a condition on a key that is not there was refused".to_owned(),
            1 => "a refused write changed the object all the same".to_owned(),
            many => format!(
                "{many} of {TRIES} writes under the condition that nothing is there were accepted"
            ),
        },
        remedy: None,
    })
}

/// A condition on a key that many want at once.
pub(super) async fn all_at_once(scratch: &Scratch, race: Race) -> Result<Check, StoreError> {
    warm_up(scratch, race).await?;
    let mut several = 0;
    let mut most = 0;
    let mut replaced = 0;
    for number in 0..race.keys {
        let key = format!("race/{number:03}");
        let mut writers = JoinSet::new();
        for writer in 0..race.writers {
            let (scratch, key) = (scratch.clone(), key.clone());
            writers.spawn(async move { (writer, write(&scratch, &key, writer, true).await) });
        }
        let mut won = Vec::new();
        let mut unknown = Vec::new();
        for (writer, attempt) in writers.join_all().await {
            match attempt? {
                Attempt::Won(_) => won.push(writer),
                Attempt::Unknown => unknown.push(writer),
                Attempt::Lost => {}
            }
        }
        let there = scratch.store.get(&key).await?.body;
        let is_of = |writers: &[usize]| writers.iter().any(|writer| there == text(*writer));
        match won.len() {
            // Nobody knows to have won: then one of those without an answer has.
            0 if is_of(&unknown) => {}
            1 if is_of(&won) => {}
            0 | 1 => replaced += 1,
            winners => {
                several += 1;
                most = most.max(winners);
            }
        }
    }
    let Race { writers, keys } = race;
    let (outcome, seen) = if several > 0 {
        (
            Outcome::Broken,
            format!(
                "in {several} of {keys} races of {writers} writers more than one won (up to {most})"
            ),
        )
    } else if replaced > 0 {
        (
            Outcome::Broken,
            format!("in {replaced} of {keys} races the object is not that of the winner"),
        )
    } else {
        (Outcome::Kept, format!("in {keys} races of {writers} writers one won"))
    };
    Ok(Check { name: "racing-writers", outcome, seen, remedy: None })
}

/// The rule that counts where conditions do not: each writer writes, lists, and has won if its
/// version is the oldest. What one of them saw must never change.
pub(super) async fn oldest_wins(scratch: &Scratch, race: Race) -> Result<Check, StoreError> {
    warm_up(scratch, race).await?;
    let mut wrong = None;
    for number in 0..race.keys {
        let key = format!("oldest/{number:03}");
        let mut writers = JoinSet::new();
        for writer in 0..race.writers {
            let (scratch, key) = (scratch.clone(), key.clone());
            writers.spawn(async move {
                let mine = write(&scratch, &key, writer, false).await?;
                let seen = versions(&scratch.store, &key).await?;
                Ok::<_, StoreError>((mine, seen))
            });
        }
        let mut seen = Vec::new();
        let mut mine = Vec::new();
        for done in writers.join_all().await {
            let (attempt, versions) = done?;
            match attempt {
                Attempt::Won(Some(version)) => {
                    if !versions.contains(&version) {
                        wrong = Some("a version was not listed right after it was written");
                    }
                    mine.push(version);
                    seen.push(versions);
                }
                Attempt::Won(None) => wrong = Some("a write was not given a version"),
                Attempt::Lost | Attempt::Unknown => {}
            }
        }
        let last = versions(&scratch.store, &key).await?;
        if seen.iter().any(|seen| seen.last() != last.last()) {
            wrong = Some("a version was listed as older than one that had been the oldest");
        }
        if mine.iter().any(|version| !last.contains(version)) {
            wrong = Some("a version that had been written is not listed");
        }
        // What was seen earlier is the end of what is seen later: newer ones come in front.
        if seen.iter().any(|seen| !last.ends_with(seen)) && wrong.is_none() {
            wrong = Some("the order of versions changed between two listings");
        }
    }
    let Race { writers, keys } = race;
    Ok(Check {
        name: "oldest-version",
        outcome: if wrong.is_some() { Outcome::Broken } else { Outcome::Kept },
        seen: match wrong {
            Some(what) => what.to_owned(),
            None => format!(
                "in {keys} races of {writers} writers without a condition all agreed on the oldest version"
            ),
        },
        remedy: wrong.map(|_| {
            "use another server: neither conditions nor versions can be relied on".to_owned()
        }),
    })
}

/// Versions of a key, newest first.
async fn versions(store: &Store, key: &str) -> Result<Vec<Version>, StoreError> {
    let entries: Vec<_> = store.versions_all(key).try_collect().await?;
    let of_key = entries.into_iter().filter(|entry| entry.key.as_str() == key);
    Ok(of_key.map(|entry| entry.version).collect())
}

/// Opens as many connections as there are writers, so that the first race is one.
async fn warm_up(scratch: &Scratch, race: Race) -> Result<(), StoreError> {
    let mut callers = JoinSet::new();
    for _ in 0..race.writers {
        let store = scratch.store.clone();
        callers.spawn(async move { store.list("none/", None, 1).await.map(drop) });
    }
    callers.join_all().await.into_iter().collect()
}

fn text(writer: usize) -> String {
    format!("writer {writer}\n")
}

/// Writes once, or again if the store was busy.
async fn write(
    scratch: &Scratch,
    key: &str,
    writer: usize,
    absent: bool,
) -> Result<Attempt, StoreError> {
    const TRIES: usize = 5;
    let put = scratch.put(if absent { Put::absent() } else { Put::default() });
    for attempt in 1.. {
        match scratch.store.put(key, text(writer), &put).await {
            Ok(Written { version }) => return Ok(Attempt::Won(version)),
            Err(error) => match error.kind {
                StoreErrorKind::Exists => return Ok(Attempt::Lost),
                StoreErrorKind::Ambiguous => return Ok(Attempt::Unknown),
                StoreErrorKind::Unavailable if attempt < TRIES => {
                    let wait = std::time::Duration::from_millis(50 << attempt);
                    tokio::time::sleep(wait).await;
                }
                _ => return Err(error),
            },
        }
    }
    Ok(Attempt::Unknown)
}
