//! What lies at the side of a table while a run goes on, and what is handed to and fro about it.

use std::collections::BTreeMap;

use bytes::Bytes;
use platform::store::Store;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use storage_core::Digest;

use crate::commits::{self, Lake, Run};
use crate::ingest::{Error, Result, engine};

/// A part of an object, and what tells other bytes in its place.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Span {
    pub(crate) offset: u64,
    pub(crate) length: u64,
    check: u64,
}

impl Span {
    /// `bytes`, which stand at `offset`.
    pub(crate) fn of(offset: usize, bytes: &[u8]) -> Self {
        Self { offset: offset as u64, length: bytes.len() as u64, check: check(bytes) }
    }

    /// Where the next one can begin.
    pub(crate) fn end(&self) -> u64 {
        self.offset + self.length
    }

    /// Whether these are the bytes that were written.
    pub(crate) fn holds(&self, bytes: &[u8]) -> bool {
        bytes.len() as u64 == self.length && check(bytes) == self.check
    }
}

fn check(bytes: &[u8]) -> u64 {
    let digest = Digest::of(bytes);
    let head: [u8; 8] = digest.as_bytes()[..8].try_into().expect("a digest has 32 bytes");
    u64::from_le_bytes(head)
}

/// Why a part of `object` cannot be used.
pub(crate) fn other_bytes(object: &str) -> String {
    format!("`{object}` has other bytes than were written")
}

/// An object as it is kept.
pub(crate) fn stored<T: Serialize>(name: String, value: &T) -> Result<(String, Bytes)> {
    Ok((name, Bytes::from(serde_json::to_vec(value).map_err(engine)?)))
}

/// What was [stored].
pub(crate) async fn load<T, E>(run: &Run, name: &str) -> std::result::Result<T, E>
where
    T: DeserializeOwned,
    E: From<commits::Error> + From<Error>,
{
    let body = run.kept(name, None).await?;
    serde_json::from_slice(&body).map_err(|source| engine(source).into())
}

/// Opens a lake as the one who does a task sees it.
pub(crate) async fn open(lake: &str) -> commits::Result<Lake> {
    let failed = |source| commits::Error::Store { act: "open the lake", source: Box::new(source) };
    let store = Store::open(lake).await.map_err(failed)?;
    Lake::open(&store, commits::Options::reader()).await
}

/// The results by the numbers of their tasks, of which there are so many. An engine may do a task twice.
pub(crate) fn by_number<T>(done: impl Iterator<Item = (usize, T)>, tasks: usize) -> Result<Vec<T>> {
    let mut done: BTreeMap<usize, T> = done.collect();
    let missing =
        |number| engine(format!("nobody did the task {number} of {tasks}, or it was not told"));
    (0..tasks).map(|number| done.remove(&number).ok_or_else(|| missing(number))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_bytes_are_told() {
        let span = Span::of(7, b"rows");
        assert_eq!((span.offset, span.end()), (7, 11));
        assert!(span.holds(b"rows"));
        assert!(!span.holds(b"cows") && !span.holds(b"row") && !span.holds(b""));
    }

    #[test]
    fn a_task_that_was_done_twice_counts_once_and_a_missing_one_is_named() {
        let done = [(1, "b"), (0, "a"), (1, "b")];
        assert_eq!(by_number(done.into_iter(), 2).unwrap(), ["a", "b"]);
        let error = by_number([(1, "b")].into_iter(), 2).unwrap_err();
        let told = std::error::Error::source(&error).unwrap().to_string();
        assert_eq!(told, "nobody did the task 0 of 2, or it was not told");
    }
}
