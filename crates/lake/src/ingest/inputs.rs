//! Which inputs there are.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::TryStreamExt as _;
use platform::numbered::Retry;
use platform::store::{Store, Version};
use tokio::runtime::Handle;

use super::{Error, Result};
use crate::read::{LocalFile, Source};

/// An input that can be read more than once.
pub type Input = Box<dyn Source>;

/// So much of an object is fetched at once.
const FETCHED: u64 = 8 << 20;

/// The inputs at `path`: a file, or everything in a folder and in those below it, in the order of their
/// names. What begins with a dot or an underscore is passed over, as engines do.
///
/// # Errors
///
/// [`Error::Input`].
pub fn local_inputs(path: &Path) -> Result<Vec<Input>> {
    let failed = |source| Error::Input { place: path.display().to_string(), source };
    let meta = fs::metadata(path).map_err(failed)?;
    let mut inputs: Vec<Input> = Vec::new();
    if meta.is_file() {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        inputs.push(Box::new(LocalFile { name, path: path.to_owned(), size: meta.len() }));
        return Ok(inputs);
    }
    let mut files = Vec::new();
    walk(path, "", &mut files).map_err(failed)?;
    files.sort_by(|one, other| one.name.cmp(&other.name));
    inputs.extend(files.into_iter().map(|it| Box::new(it) as Input));
    Ok(inputs)
}

fn walk(folder: &Path, at: &str, files: &mut Vec<LocalFile>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().into_string().map_err(|name| {
            let reason = format!("the name {name:?} is not UTF-8");
            io::Error::new(io::ErrorKind::InvalidData, reason)
        })?;
        if name.starts_with(['.', '_']) {
            continue;
        }
        let (path, name) = (entry.path(), format!("{at}{name}"));
        // A link leads where it leads.
        let meta = fs::metadata(&path)?;
        if meta.is_dir() {
            walk(&path, &format!("{name}/"), files)?;
        } else if meta.is_file() {
            files.push(LocalFile { name, path, size: meta.len() });
        }
    }
    Ok(())
}

/// The inputs in a store, in the order of their keys. Of an object that is overwritten meanwhile, the
/// state that was there first is read, where the store keeps versions. Elsewhere it cannot be read to its
/// end: parts of two states are never put together.
///
/// # Errors
///
/// [`Error::Place`].
pub async fn store_inputs(store: &Store) -> Result<Vec<Input>> {
    let failed = |source| Error::Place { place: store.location(), source: Box::new(source) };
    let listed: Vec<_> = store.list_all("", None).try_collect().await.map_err(failed)?;
    let mut inputs: Vec<Input> = Vec::new();
    for it in listed {
        let name = it.key.as_str();
        // What is called like a folder is a marker of a console.
        if name.split('/').any(|part| part.is_empty() || part.starts_with(['.', '_'])) {
            continue;
        }
        let version = store.head(name).await.map_err(failed)?.version;
        inputs.push(store_input(store, name, version, it.size_bytes));
    }
    Ok(inputs)
}

/// One input in a store, as it was found before.
pub(crate) fn store_input(store: &Store, name: &str, version: Option<Version>, size: u64) -> Input {
    let (store, name, runtime) = (store.clone(), name.to_owned(), Handle::current());
    Box::new(Object { store, name, version, size, runtime })
}

/// An object of a store.
struct Object {
    store: Store,
    name: String,
    version: Option<Version>,
    size: u64,
    runtime: Handle,
}

impl Source for Object {
    fn name(&self) -> &str {
        &self.name
    }

    fn size(&self) -> Option<u64> {
        Some(self.size)
    }

    fn version(&self) -> Option<&str> {
        self.version.as_ref().map(|it| &*it.0)
    }

    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        self.open_at(0)
    }

    fn open_at(&self, start: u64) -> io::Result<Box<dyn Read + Send>> {
        let mut fetched = Fetched {
            store: self.store.clone(),
            name: self.name.clone(),
            version: self.version.clone(),
            size: self.size,
            runtime: self.runtime.clone(),
            at: start,
            part: Bytes::new(),
            next: None,
            state: None,
        };
        fetched.ask();
        Ok(Box::new(fetched))
    }
}

type Fetching = tokio::task::JoinHandle<Result<platform::store::Read, platform::store::StoreError>>;

/// What tells one state of an object from another where the store keeps no versions: what it calls the
/// bytes or, where it does not, when they came.
type State = Result<String, DateTime<Utc>>;

/// Reads an object part by part, and asks for the next one while the last is used.
struct Fetched {
    store: Store,
    name: String,
    version: Option<Version>,
    size: u64,
    runtime: Handle,
    /// Where the next part begins.
    at: u64,
    part: Bytes,
    next: Option<Fetching>,
    /// The state that the first part was of.
    state: Option<State>,
}

impl Fetched {
    fn ask(&mut self) {
        if self.at >= self.size {
            return;
        }
        let range = self.at..self.size.min(self.at + FETCHED);
        self.at = range.end;
        let (store, name, version) = (self.store.clone(), self.name.clone(), self.version.clone());
        self.next = Some(self.runtime.spawn(async move {
            Retry::default()
                .again(|| store.get_version_range(&name, version.as_ref(), range.clone()))
                .await
        }));
    }

    /// The bytes of a part, if it is of the object that was listed and of the state of the parts before.
    fn of_one_state(&mut self, part: platform::store::Read) -> io::Result<Bytes> {
        let object = part.object;
        let state = object.tag.ok_or(object.modified);
        let first = self.state.get_or_insert_with(|| state.clone());
        match *first == state && object.size_bytes == self.size {
            true => Ok(part.body),
            false => Err(io::Error::other("it was overwritten while it was read")),
        }
    }
}

impl Read for Fetched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.part.is_empty() {
            let Some(next) = self.next.take() else { return Ok(0) };
            let part = self.runtime.block_on(next).map_err(io::Error::other)?;
            self.part = self.of_one_state(part.map_err(io::Error::other)?)?;
            self.ask();
        }
        let length = self.part.len().min(buffer.len());
        buffer[..length].copy_from_slice(&self.part.split_to(length));
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use platform::store::{BucketState, Memory, Put, Versioning};

    use super::*;

    const LONG: usize = 2 * FETCHED as usize + 1;

    /// What is read of an object that is overwritten with `then` before it is opened, or when a part of it
    /// was read.
    async fn read(state: BucketState, then: Vec<u8>, opened: bool) -> io::Result<Vec<u8>> {
        let memory = Memory::new(state, std::sync::Arc::new(platform::clock::SystemClock)).unwrap();
        let store = Store::new(std::sync::Arc::new(memory), "");
        store.put("a.ndjson", vec![b'1'; LONG], &Put::default()).await.unwrap();
        let input = store_inputs(&store).await.unwrap().remove(0);
        let overwrite =
            move || Handle::current().block_on(store.put("a.ndjson", then, &Put::default()));
        let reading = tokio::task::spawn_blocking(move || {
            let mut all = vec![0];
            if !opened {
                overwrite().unwrap();
                all.clear();
                return input.open()?.read_to_end(&mut all).map(|_| all);
            }
            let mut reader = input.open()?;
            reader.read_exact(&mut all)?;
            overwrite().unwrap();
            reader.read_to_end(&mut all).map(|_| all)
        });
        reading.await.unwrap()
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn parts_of_two_states_are_never_put_together() {
        let then = || vec![b'2'; LONG];
        let error = read(BucketState::plain(), then(), true).await.unwrap_err();
        assert_eq!(error.to_string(), "it was overwritten while it was read");
        // What was listed is longer or shorter than what is there.
        for length in [3, LONG + 1] {
            let error = read(BucketState::plain(), vec![b'2'; length], false).await.unwrap_err();
            assert_eq!(error.to_string(), "it was overwritten while it was read");
        }
        assert_eq!(read(BucketState::plain(), then(), false).await.unwrap(), then());
        let mut versioned = BucketState::plain();
        versioned.versioning = Versioning::On;
        for opened in [true, false] {
            let found = read(versioned.clone(), then(), opened).await.unwrap();
            assert_eq!(found, vec![b'1'; LONG]);
        }
    }
}
