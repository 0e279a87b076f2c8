//! Texts that recur, each kept once.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use super::cast::Refusal;

/// Texts by number, numbers by text. Shared by all workers; which number a text has is a matter of chance
/// and never shows in what comes out.
#[derive(Debug, Default)]
pub(crate) struct Dictionary {
    table: HashTable<u32>,
    ends: Vec<usize>,
    bytes: Vec<u8>,
    /// The bytes of the longest text.
    longest: usize,
}

/// Not random, so that a run takes the same time every time. Which hash a text has never shows.
pub(crate) const HASHER: FixedState = FixedState::with_seed(0x5a17_9e0c_44d1_b3f7);

impl Dictionary {
    /// The number of a text, given now where it had none.
    pub(crate) fn code(&mut self, text: &[u8]) -> u32 {
        let hash = HASHER.hash_one(text);
        let (ends, bytes) = (&self.ends, &self.bytes);
        if let Some(code) = self.table.find(hash, |&code| get(ends, bytes, code) == text) {
            return *code;
        }
        let code = u32::try_from(self.ends.len()).expect("fewer than 2^32 texts");
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len());
        self.longest = self.longest.max(text.len());
        let (ends, bytes) = (&self.ends, &self.bytes);
        self.table.insert_unique(hash, code, |&code| HASHER.hash_one(get(ends, bytes, code)));
        code
    }

    /// The text of a number that [`Dictionary::code`] gave.
    pub(crate) fn text(&self, code: u32) -> &[u8] {
        get(&self.ends, &self.bytes, code)
    }

    /// How many texts there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }
}

fn get<'b>(ends: &[usize], bytes: &'b [u8], code: u32) -> &'b [u8] {
    let code = code as usize;
    let start = if code == 0 { 0 } else { ends[code - 1] };
    &bytes[start..ends[code]]
}

/// The dictionaries of a run once all rows were read, by the place of their columns.
#[derive(Debug)]
pub(crate) struct Lexicon {
    dictionaries: Vec<Option<Dictionary>>,
    /// The hash of each text, for columns of the key.
    hashes: Vec<Vec<u64>>,
}

impl Lexicon {
    /// Takes the dictionaries, by place; `key` are the places whose texts are hashed.
    pub(crate) fn new(dictionaries: Vec<Option<Dictionary>>, key: &[usize]) -> Self {
        let hashes = dictionaries.iter().enumerate().map(|(place, it)| match it {
            Some(it) if key.contains(&place) => (0..it.len())
                .map(|code| {
                    HASHER.hash_one(it.text(u32::try_from(code).expect("codes are 32 bits")))
                })
                .collect(),
            _ => Vec::new(),
        });
        Self { hashes: hashes.collect(), dictionaries }
    }

    /// The text of a code.
    pub(crate) fn text(&self, place: usize, code: u32) -> &[u8] {
        self.dictionaries[place].as_ref().expect("a column with codes has a dictionary").text(code)
    }

    /// The bytes of the longest text of all.
    pub(crate) fn longest(&self) -> usize {
        self.dictionaries.iter().flatten().map(|it| it.longest).max().unwrap_or(0)
    }

    /// The hash of the text of a code.
    pub(crate) fn hash(&self, place: usize, code: u32) -> u64 {
        self.hashes[place][code as usize]
    }
}

/// What one worker knows about the texts of a column as they are written: the number of what is stored for
/// it, or why it is refused.
#[derive(Debug, Default)]
pub(crate) struct Known {
    written: Dictionary,
    verdicts: Vec<Result<u32, Refusal>>,
    asked: usize,
}

impl Known {
    /// The verdict on a text; `decide` is asked where it is new.
    #[inline]
    pub(crate) fn verdict(
        &mut self,
        text: &str,
        decide: impl FnOnce(&str) -> Result<u32, Refusal>,
    ) -> Result<u32, Refusal> {
        self.asked += 1;
        let code = self.written.code(text.as_bytes()) as usize;
        if code == self.verdicts.len() {
            self.verdicts.push(decide(text));
        }
        self.verdicts[code]
    }

    /// Whether so few texts recur that remembering them does not pay.
    pub(crate) fn is_vain(&self) -> bool {
        let known = self.written.len();
        known > 65_536 || (known > 1024 && known * 4 > self.asked)
    }
}
