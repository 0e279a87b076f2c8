//! The versions, packed until somebody asks for them.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::Digest;
use crate::factors::batch::Contents;
use crate::factors::version::id_of;
use crate::factors::{Error, FactorId, Licence, Source, Version, VersionId};

/// How many unpacked blocks are at hand: whoever reads one version often reads its neighbours.
const BLOCKS: usize = 64;

#[derive(Debug, Default)]
pub(super) struct Shelf {
    contents: Vec<Contents>,
    slots: Vec<Slot>,
    sources: HashMap<Digest, Arc<Source>>,
    licences: HashMap<Digest, Arc<Licence>>,
    unpacked: Mutex<VecDeque<(Place, Arc<Block>)>>,
    names: OnceLock<Names>,
}

/// The lines of a block.
#[derive(Debug)]
struct Block {
    lines: Vec<u8>,
    /// Where each line ends.
    ends: Vec<usize>,
}

impl Block {
    fn new(lines: Vec<u8>) -> Self {
        let ends = lines.iter().enumerate().filter(|it| *it.1 == b'\n').map(|it| it.0).collect();
        Self { lines, ends }
    }

    fn line(&self, nth: usize) -> Option<&[u8]> {
        let start = nth.checked_sub(1).map_or(Some(0), |it| Some(*self.ends.get(it)? + 1))?;
        self.lines.get(start..*self.ends.get(nth)?)
    }
}

/// A batch, and a block of it.
type Place = (u32, usize);

#[derive(Debug)]
struct Slot {
    id: VersionId,
    factor: u32,
    batch: u32,
    index: u32,
    kept: OnceLock<Arc<Version>>,
}

/// Versions by the first bytes of their names, made when somebody asks by name.
#[derive(Debug, Default)]
struct Names {
    first: HashMap<u64, u32>,
    /// Those whose first bytes another has.
    more: Vec<u32>,
}

impl Names {
    fn add(&mut self, id: VersionId, number: u32) {
        if self.first.try_insert_(beginning(id), number).is_some() {
            self.more.push(number);
        }
    }
}

trait TryInsert {
    fn try_insert_(&mut self, key: u64, value: u32) -> Option<u32>;
}

impl TryInsert for HashMap<u64, u32> {
    /// Keeps what is there and gives back what is too much.
    fn try_insert_(&mut self, key: u64, value: u32) -> Option<u32> {
        match self.entry(key) {
            std::collections::hash_map::Entry::Occupied(_) => Some(value),
            std::collections::hash_map::Entry::Vacant(free) => {
                free.insert(value);
                None
            }
        }
    }
}

fn beginning(id: VersionId) -> u64 {
    let bytes = id.0.as_bytes();
    u64::from_be_bytes(std::array::from_fn(|at| bytes[at]))
}

impl Shelf {
    pub(super) fn len(&self) -> u32 {
        self.slots.len() as u32
    }

    pub(super) fn id(&self, number: u32) -> VersionId {
        self.slots[number as usize].id
    }

    /// The number of the version of exactly this name.
    pub(super) fn find(&self, id: VersionId) -> Option<u32> {
        let names = self.names.get_or_init(|| {
            let mut names = Names::default();
            names.first.reserve(self.slots.len());
            (0..).zip(&self.slots).for_each(|(number, slot)| names.add(slot.id, number));
            names
        });
        let first = names.first.get(&beginning(id)).copied();
        first.into_iter().chain(names.more.iter().copied()).find(|number| self.id(*number) == id)
    }

    /// Adds what a batch brings, to which [`add`](Self::add) refers.
    pub(super) fn shelve(
        &mut self,
        contents: Contents,
        sources: Vec<(Digest, Arc<Source>)>,
        licences: Vec<(Digest, Arc<Licence>)>,
    ) {
        self.slots.reserve(contents.len() as usize);
        self.contents.push(contents);
        for (digest, source) in sources {
            self.sources.entry(digest).or_insert(source);
        }
        for (digest, licence) in licences {
            self.licences.entry(digest).or_insert(licence);
        }
    }

    /// Adds a version of the batch that was shelved last, and gives its number.
    pub(super) fn add(&mut self, id: VersionId, factor: u32, index: u32) -> u32 {
        let number = self.len();
        if let Some(names) = self.names.get_mut() {
            names.add(id, number);
        }
        let batch = self.contents.len() as u32 - 1;
        self.slots.push(Slot { id, factor, batch, index, kept: OnceLock::new() });
        number
    }

    /// A version, checked and kept. `name` gives the name of a factor.
    pub(super) fn read<'n>(
        &self,
        number: u32,
        name: impl FnOnce(u32) -> &'n FactorId,
    ) -> Result<Arc<Version>, Error> {
        let slot = &self.slots[number as usize];
        match slot.kept.get() {
            Some(version) => Ok(version.clone()),
            None => {
                let version = self.open(slot, name(slot.factor))?;
                Ok(slot.kept.get_or_init(|| version).clone())
            }
        }
    }

    /// A version, checked and not kept.
    pub(super) fn glance<'n>(
        &self,
        number: u32,
        name: impl FnOnce(u32) -> &'n FactorId,
    ) -> Result<Arc<Version>, Error> {
        let slot = &self.slots[number as usize];
        match slot.kept.get() {
            Some(version) => Ok(version.clone()),
            None => self.open(slot, name(slot.factor)),
        }
    }

    fn open(&self, slot: &Slot, factor_id: &FactorId) -> Result<Arc<Version>, Error> {
        self.checked(slot, factor_id).map_err(|broken| Error::VersionAltered {
            version_id: slot.id,
            factor_id: factor_id.clone(),
            broken,
        })
    }

    fn checked(&self, slot: &Slot, factor_id: &FactorId) -> Result<Arc<Version>, String> {
        let contents = &self.contents[slot.batch as usize];
        let (block, line) = contents.place(slot.index).ok_or("it is not there")?;
        let block = self.block(slot.batch, block)?;
        let line = block.line(line).ok_or("its line is missing")?;
        if id_of(line) != slot.id {
            return Err("what is there has another digest".to_owned());
        }
        let source = |digest: &Digest| self.sources.get(digest).cloned();
        let licence = |digest: &Digest| self.licences.get(digest).cloned();
        let version = Version::from_line(line, source, licence)?;
        if version.factor_id != *factor_id {
            return Err(format!("it is one of `{}`", version.factor_id));
        }
        Ok(version.into())
    }

    fn block(&self, batch: u32, block: usize) -> Result<Arc<Block>, String> {
        let place = (batch, block);
        let mut unpacked = self.unpacked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, lines)) = unpacked.iter().find(|it| it.0 == place) {
            return Ok(lines.clone());
        }
        drop(unpacked);
        let lines = Arc::new(Block::new(self.contents[batch as usize].unpack(block)?));
        unpacked = self.unpacked.lock().unwrap_or_else(PoisonError::into_inner);
        if unpacked.len() >= BLOCKS {
            unpacked.pop_front();
        }
        unpacked.push_back((place, lines.clone()));
        Ok(lines)
    }
}
