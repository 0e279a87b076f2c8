//! A store in memory: for tests, and for trying things out.
//!
//! It refuses what a real bucket refuses. What it holds goes with it.

use std::collections::BTreeMap;
use std::ops::{Bound, Range};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use chrono::{DateTime, Utc};
use futures_util::TryStreamExt as _;
use futures_util::stream::BoxStream;
use sha2::{Digest as _, Sha256};

use super::backend::{MAX_PAGE, cut, no_such_object};
use super::protect::{self, Protection};
use super::{
    Backend, BucketState, Deleted, Key, Listed, Lock, Object, Page, Precondition, Put, Read,
    StoreError, StoreErrorKind, Version, VersionEntry, Versioning, Written,
};
use crate::clock::{Clock, SystemClock};

/// What S3 calls the state of an object that was written while versioning was not on.
const NULL: &str = "null";

/// A bucket in memory.
#[derive(Debug)]
pub struct Memory {
    name: String,
    clock: Arc<dyn Clock>,
    inside: Mutex<Inside>,
}

#[derive(Debug)]
struct Inside {
    state: BucketState,
    written: u64,
    // Versions of one key, oldest first; never empty.
    objects: BTreeMap<String, Vec<Stored>>,
}

#[derive(Clone, Debug)]
struct Stored {
    version: Version,
    modified: DateTime<Utc>,
    protection: Protection,
    // A delete marker has none.
    content: Option<Content>,
}

#[derive(Clone, Debug)]
struct Content {
    body: Bytes,
    sha256: [u8; 32],
    content_type: Option<String>,
    metadata: BTreeMap<String, String>,
}

impl Default for Memory {
    fn default() -> Self {
        let state = BucketState::plain();
        Self::make(String::new(), state, Arc::new(SystemClock))
    }
}

impl Memory {
    /// An empty bucket that is set up as `state` says.
    ///
    /// # Errors
    ///
    /// [`StoreErrorKind::Invalid`] for a state no bucket can have: locks without versions.
    pub fn new(state: BucketState, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        protect::settle(&state)?;
        Ok(Self::make(String::new(), state, clock))
    }

    /// The bucket called `name`: everyone in this process who asks while someone holds it gets
    /// the same one.
    pub fn named(name: &str) -> Arc<Self> {
        static SHARED: Mutex<BTreeMap<String, Weak<Memory>>> = Mutex::new(BTreeMap::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = shared.get(name).and_then(Weak::upgrade) {
            return bucket;
        }
        let bucket =
            Arc::new(Self::make(name.to_owned(), BucketState::plain(), Arc::new(SystemClock)));
        shared.retain(|_, bucket| bucket.strong_count() > 0);
        shared.insert(name.to_owned(), Arc::downgrade(&bucket));
        bucket
    }

    fn make(name: String, state: BucketState, clock: Arc<dyn Clock>) -> Self {
        let inside = Inside { state, written: 0, objects: BTreeMap::new() };
        Self { name, clock, inside: Mutex::new(inside) }
    }

    /// Suspends versioning, or turns it on.
    ///
    /// # Errors
    ///
    /// [`StoreErrorKind::Invalid`] for what S3 refuses: turning it off again, suspending it in a
    /// bucket with object lock.
    pub fn set_versioning(&self, versioning: Versioning) -> Result<(), StoreError> {
        let mut inside = self.inside();
        if versioning == Versioning::Off && inside.state.versioning != Versioning::Off {
            return Err(StoreError::invalid("versioning can be suspended, not turned off"));
        }
        let state = BucketState { versioning, ..inside.state.clone() };
        protect::settle(&state)?;
        inside.state = state;
        Ok(())
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        // Every change is one assignment at the end, so a panic elsewhere leaves it whole.
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, key: &Key, body: Bytes, put: &Put) -> Result<Written, StoreError> {
        let now = self.clock.now();
        let mut inside = self.inside();
        if put.precondition == Precondition::Absent && inside.current(key).is_some() {
            let reason = "an object is there already";
            return Err(StoreError::new(StoreErrorKind::Exists, "write", Some(key), reason));
        }
        let protection = protect::of_new(&inside.state, put, key, now)?;
        let lower = |(name, value): (&String, &String)| (name.to_ascii_lowercase(), value.clone());
        let content = Content {
            sha256: Sha256::digest(&body).into(),
            body,
            content_type: put.content_type.clone(),
            metadata: put.metadata.iter().map(lower).collect(),
        };
        Ok(inside.add(key, now, protection, Some(content)))
    }
}

impl Inside {
    fn current(&self, key: &Key) -> Option<&Stored> {
        self.objects.get(key.as_str())?.last().filter(|it| it.content.is_some())
    }

    /// The state that is asked for, with its body.
    fn find(
        &self,
        act: &'static str,
        key: &Key,
        version: Option<&Version>,
    ) -> Result<(&Stored, &Content), StoreError> {
        let found = match version {
            None => self.current(key),
            Some(version) => self
                .objects
                .get(key.as_str())
                .and_then(|versions| versions.iter().find(|it| it.version == *version)),
        };
        found
            .and_then(|stored| Some((stored, stored.content.as_ref()?)))
            .ok_or_else(|| no_such_object(act, key, version))
    }

    fn protection(
        &mut self,
        act: &'static str,
        key: &Key,
        version: Option<&Version>,
    ) -> Result<&mut Protection, StoreError> {
        let (found, _) = self.find(act, key, version)?;
        let wanted = found.version.clone();
        let versions = self.objects.get_mut(key.as_str()).into_iter().flatten();
        let mut found = versions.filter(|it| it.version == wanted).map(|it| &mut it.protection);
        found.next().ok_or_else(|| no_such_object(act, key, version))
    }

    fn add(
        &mut self,
        key: &Key,
        modified: DateTime<Utc>,
        protection: Protection,
        content: Option<Content>,
    ) -> Written {
        self.written += 1;
        let versions = self.objects.entry(key.as_str().to_owned()).or_default();
        let on = self.state.versioning == Versioning::On;
        if !on {
            versions.retain(|it| it.version.0 != NULL);
        }
        let name = if on { format!("{:016x}", self.written) } else { NULL.to_owned() };
        let version = Version(name);
        versions.push(Stored { version: version.clone(), modified, protection, content });
        Written { version: (self.state.versioning != Versioning::Off).then_some(version) }
    }

    fn object(&self, key: &Key, stored: &Stored, content: &Content) -> Object {
        let versioned = self.state.versioning != Versioning::Off;
        Object {
            key: key.clone(),
            version: versioned.then(|| stored.version.clone()),
            size_bytes: content.body.len() as u64,
            modified: stored.modified,
            content_type: content.content_type.clone(),
            metadata: content.metadata.clone(),
            tag: Some(storage_core::hex::encode(&content.sha256)),
            sha256: Some(content.sha256),
            lock: stored.protection.lock,
            legal_hold: stored.protection.legal_hold,
        }
    }

    /// What is stored under `prefix`, in order of keys, after the key `after`.
    fn walk<'i>(
        &'i self,
        prefix: &'i str,
        after: Option<&str>,
    ) -> impl Iterator<Item = (Key, &'i Vec<Stored>)> {
        let start = match after {
            Some(after) if after >= prefix => Bound::Excluded(after.to_owned()),
            _ => Bound::Included(prefix.to_owned()),
        };
        self.objects
            .range::<String, _>((start, Bound::Unbounded))
            .take_while(move |(key, _)| key.starts_with(prefix))
            .filter_map(|(key, versions)| Some((Key::new(key.as_str()).ok()?, versions)))
    }
}

#[async_trait]
impl Backend for Memory {
    fn location(&self) -> String {
        format!("memory://{}", self.name)
    }

    async fn put(&self, key: &Key, body: Bytes, put: &Put) -> Result<Written, StoreError> {
        self.write(key, body, put)
    }

    async fn upload(
        &self,
        key: &Key,
        mut body: BoxStream<'_, Result<Bytes, StoreError>>,
        put: &Put,
    ) -> Result<Written, StoreError> {
        let mut whole = BytesMut::new();
        while let Some(part) = body.try_next().await? {
            whole.extend_from_slice(&part);
        }
        self.write(key, whole.freeze(), put)
    }

    async fn get(
        &self,
        key: &Key,
        version: Option<&Version>,
        range: Option<Range<u64>>,
    ) -> Result<Read, StoreError> {
        let inside = self.inside();
        let (stored, content) = inside.find("read", key, version)?;
        let object = inside.object(key, stored, content);
        let body = match range {
            None => content.body.clone(),
            Some(range) => {
                let range = cut(key, range, object.size_bytes)?;
                // Within the body, whose length is a usize.
                content.body.slice(range.start as usize..range.end as usize)
            }
        };
        Ok(Read { object, body })
    }

    async fn head(&self, key: &Key, version: Option<&Version>) -> Result<Object, StoreError> {
        let inside = self.inside();
        let (stored, content) = inside.find("look at", key, version)?;
        Ok(inside.object(key, stored, content))
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<Listed>, StoreError> {
        let inside = self.inside();
        let limit = limit.clamp(1, MAX_PAGE);
        let mut entries: Vec<Listed> = inside
            .walk(prefix, after)
            .filter_map(|(key, versions)| {
                let current = versions.last()?;
                let size_bytes = current.content.as_ref()?.body.len() as u64;
                Some(Listed { key, size_bytes, modified: current.modified })
            })
            .take(limit + 1)
            .collect();
        let more = entries.len() > limit;
        entries.truncate(limit);
        let last = entries.last().filter(|_| more);
        Ok(Page { next: last.map(|it| it.key.as_str().to_owned()), entries })
    }

    async fn list_versions(
        &self,
        prefix: &str,
        page: Option<&str>,
    ) -> Result<Page<VersionEntry>, StoreError> {
        let inside = self.inside();
        let mut entries = Vec::new();
        for (key, versions) in inside.walk(prefix, page) {
            if entries.len() >= MAX_PAGE {
                // The versions of one key stay on one page, so that its last key says where it ends.
                let next = entries.last().map(|it: &VersionEntry| it.key.as_str().to_owned());
                return Ok(Page { entries, next });
            }
            entries.extend(versions.iter().rev().enumerate().map(|(age, it)| VersionEntry {
                key: key.clone(),
                version: it.version.clone(),
                latest: age == 0,
                delete_marker: it.content.is_none(),
                size_bytes: it.content.as_ref().map_or(0, |content| content.body.len() as u64),
                modified: it.modified,
            }));
        }
        Ok(Page { entries, next: None })
    }

    async fn delete(
        &self,
        key: &Key,
        version: Option<&Version>,
        bypass: bool,
    ) -> Result<Deleted, StoreError> {
        let now = self.clock.now();
        let mut inside = self.inside();
        let versioned = inside.state.versioning != Versioning::Off;
        if version.is_none() && versioned {
            // Even where nothing is, as on S3.
            let written = inside.add(key, now, Protection::default(), None);
            return Ok(written.version.map_or(Deleted::Removed, Deleted::Marked));
        }
        let Some(versions) = inside.objects.get_mut(key.as_str()) else {
            return Ok(Deleted::Removed);
        };
        let goes = |it: &Stored| version.is_none_or(|version| it.version == *version);
        if let Some(stored) = versions.iter().find(|it| goes(it)) {
            stored.protection.allows_deletion(key, bypass, now)?;
        }
        versions.retain(|it| !goes(it));
        if versions.is_empty() {
            inside.objects.remove(key.as_str());
        }
        Ok(Deleted::Removed)
    }

    async fn retain(
        &self,
        key: &Key,
        version: Option<&Version>,
        lock: Lock,
        bypass: bool,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        let mut inside = self.inside();
        protect::needs_object_lock(&inside.state, "retain", key)?;
        let protection = inside.protection("retain", key, version)?;
        *protection = protection.retained(key, lock, bypass, now)?;
        Ok(())
    }

    async fn hold(&self, key: &Key, version: Option<&Version>, on: bool) -> Result<(), StoreError> {
        let mut inside = self.inside();
        protect::needs_object_lock(&inside.state, "hold", key)?;
        inside.protection("hold", key, version)?.legal_hold = on;
        Ok(())
    }

    async fn bucket(&self) -> Result<BucketState, StoreError> {
        Ok(self.inside().state.clone())
    }
}
