//! Why bytes were refused, or a proof did not hold.

use crate::Hash;
use crate::json::{Fault, Position};

/// Why bytes were refused, or a proof did not hold.
#[derive(
    Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames,
)]
#[strum(serialize_all = "snake_case", prefix = "audit.")]
#[non_exhaustive]
pub enum Error {
    /// A hash is not 64 lower-case hexadecimal digits.
    #[error("a hash is written as 64 hexadecimal digits in lower case")]
    HashInvalid,
    /// A text is not JSON.
    #[error("{fault}: {at}")]
    JsonInvalid {
        /// What is wrong.
        fault: Fault,
        /// Where.
        at: Position,
    },
    /// Lists and objects are nested too deeply.
    #[error("lists and objects are nested more than {limit} deep: {at}")]
    TooDeep {
        /// How deep they may be.
        limit: usize,
        /// The bracket that is one too many.
        at: Position,
    },
    /// A number has more digits than Python takes.
    #[error("an integer of {digits} digits, and Python reads at most {limit}: {at}")]
    IntegerTooLong {
        /// How many it has.
        digits: usize,
        /// How many it may have.
        limit: usize,
        /// Where it begins.
        at: Position,
    },
    /// A text is not an integer.
    #[error("an integer is written as 1 to {limit} digits, perhaps after a `-`")]
    IntegerInvalid {
        /// How many digits it may have.
        limit: usize,
    },
    /// A name occurs twice in one object.
    #[error("`{path}` is given twice: {at}")]
    DuplicateMember {
        /// The member.
        path: String,
        /// Where its name stands again.
        at: Position,
    },
    /// A number of a record is not finite.
    #[error("`{path}` is not a finite number")]
    NonFinite {
        /// The number.
        path: String,
    },
    /// The document that should be a record is not an object.
    #[error("a record is an object")]
    RecordNotObject,
    /// The type of an event is not one.
    #[error("`{event_type}` is not an event type: 1 to 64 of `a-z`, `0-9`, `.`, `_`, `-`, no `..`")]
    EventTypeInvalid {
        /// The type that was given.
        event_type: String,
    },
    /// The type of an event belongs to the ledger.
    #[error("`{event_type}` is for the ledger's own records, which begin with `_audit.`")]
    EventTypeReserved {
        /// The type that was given.
        event_type: String,
    },
    /// The type of a record of the ledger's own does not say so.
    #[error("`{event_type}` is not a type of the ledger's own records: those begin with `_audit.`")]
    EventTypeNotReserved {
        /// The type that was given.
        event_type: String,
    },
    /// The retention class of an event is not one.
    #[error("`{class}` is not a retention class: 1 to 64 of `a-z`, `0-9`, `.`, `_`, `-`, no `..`")]
    ClassInvalid {
        /// The class that was given.
        class: String,
    },
    /// A time is not in the one form records use.
    #[error("`{timestamp}` is not a time as records have it, like `2026-01-31T09:00:00.000000Z`")]
    TimestampInvalid {
        /// The time that was given.
        timestamp: String,
    },
    /// A record is too large.
    #[error("the record has {bytes} bytes, and {limit} are allowed")]
    RecordTooLarge {
        /// How many it has.
        bytes: usize,
        /// How many it may have.
        limit: usize,
    },
    /// The bytes are not a line of a record.
    #[error("not a line of a record: {reason}")]
    LineInvalid {
        /// What is wrong.
        reason: &'static str,
    },
    /// A segment would hold no record.
    #[error("a segment holds at least one record")]
    SegmentEmpty,
    /// A segment would be larger than a reader takes.
    #[error("the segment has {bytes} bytes, and {limit} are allowed")]
    SegmentTooLarge {
        /// How many it has.
        bytes: usize,
        /// How many it may have.
        limit: usize,
    },
    /// The bytes are not a segment.
    #[error("not a segment: {reason}")]
    SegmentInvalid {
        /// What is wrong.
        reason: String,
    },
    /// A tree of this size has no leaf with this index.
    #[error("record {index} is not in a log of {size} records")]
    IndexBeyondTree {
        /// The index asked for.
        index: u64,
        /// How many leaves the tree has.
        size: u64,
    },
    /// The older tree is the larger one.
    #[error("a log of {size2} records cannot continue one of {size1}")]
    SizesReversed {
        /// The size that should be the smaller.
        size1: u64,
        /// The size that should be the larger.
        size2: u64,
    },
    /// A proof does not have as many hashes as the sizes ask for.
    #[error("the proof has {found} hashes, and {expected} are needed")]
    ProofLength {
        /// How many it must have.
        expected: usize,
        /// How many it has.
        found: usize,
    },
    /// A proof leads to another root.
    #[error("the proof leads to root {computed}, not to {expected}")]
    RootMismatch {
        /// The root that follows from the proof.
        computed: Hash,
        /// The root that was to be proved.
        expected: Hash,
    },
    /// A range that is to be added begins elsewhere than this one ends.
    #[error("a range that begins at {begin} does not continue one that ends at {end}")]
    RangesApart {
        /// Where the range ends.
        end: u64,
        /// Where the one to be added begins.
        begin: u64,
    },
    /// The nodes given are not those of the range.
    #[error("the range {begin} to {end} does not consist of {nodes} subtrees")]
    RangeInvalid {
        /// Index of the first leaf.
        begin: u64,
        /// Index after the last leaf.
        end: u64,
        /// How many nodes were given.
        nodes: usize,
    },
    /// A hash of the tree is not at hand.
    #[error("the hash of subtree {index} of height {level} is missing")]
    NodeMissing {
        /// Height of the subtree.
        level: u32,
        /// Which of that height, from the left.
        index: u64,
    },
    /// A signed note does not have the form of one.
    #[error("the note is malformed: {reason}")]
    NoteMalformed {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// No key the reader knows has signed the note.
    #[error("no known key has signed the note")]
    NoteUnsigned,
    /// A signature names a known key, and that key did not sign this text.
    #[error("the signature by `{key}` does not fit the note")]
    SignatureInvalid {
        /// The key, as `name+id`.
        key: String,
    },
    /// Two of the keys given have the name and id of a signature.
    #[error("more than one key given is `{key}`")]
    KeyAmbiguous {
        /// The key, as `name+id`.
        key: String,
    },
    /// A key is not written as keys are. The message never shows the key.
    #[error("the key is malformed: {reason}")]
    KeyMalformed {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Notes that were to be joined are about different texts.
    #[error("the notes do not have the same text")]
    TextsDiffer,
    /// The text of a note is not that of a checkpoint.
    #[error("the checkpoint is malformed: {reason}")]
    CheckpointMalformed {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A path is not that of a tile or a bundle of entries.
    #[error("`{path}` is not the path of a tile")]
    TilePathInvalid {
        /// The path.
        path: String,
    },
    /// The bytes of a tile or a bundle are not what its place asks for.
    #[error("the tile `{path}` is spoiled: {reason}")]
    TileInvalid {
        /// Which one.
        path: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A tile that is needed is not at hand.
    #[error("the tile `{path}` is missing")]
    TileMissing {
        /// Which one; it may be there as a partial one.
        path: String,
    },
    /// A keyring is not one.
    #[error("the keyring is invalid: {reason}")]
    KeyringInvalid {
        /// What is wrong with it.
        reason: String,
    },
    /// A checkpoint is of another log.
    #[error("the checkpoint is of `{found}`, not of `{expected}`")]
    OriginMismatch {
        /// The log it should be of.
        expected: String,
        /// The log it is of.
        found: String,
    },
    /// The only known key that signed was revoked before.
    #[error("`{key}` has signed a log of {size} records, and is revoked from {from_size} on")]
    KeyRevoked {
        /// The key, as `name+id`.
        key: String,
        /// From which size on it is revoked.
        from_size: u64,
        /// For which size it signed.
        size: u64,
    },
    /// The only known key that signed may not sign for that size.
    #[error("`{key}` has signed a log of {size} records, and may not at that size")]
    KeyOutOfRange {
        /// The key, as `name+id`.
        key: String,
        /// For which size it signed.
        size: u64,
    },
    /// Too few of the known witnesses have signed.
    #[error("{found} of the known witnesses have signed, and {needed} are needed")]
    WitnessesMissing {
        /// How many have.
        found: usize,
        /// How many must.
        needed: usize,
    },
    /// The checkpoint at a rotation is not signed by the old key and the new one.
    #[error("the checkpoint at {size} is not signed by both the old key and the new one")]
    RotationUnsigned {
        /// The size of the log.
        size: u64,
    },
    /// A proof file does not have the form of one.
    #[error("the proof file is malformed in line {line}: {reason}")]
    ProofMalformed {
        /// Which line, from 1.
        line: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The name of a subject's key is not written as one.
    #[error("the id of a key is written as 32 hexadecimal digits in lower case")]
    KeyIdInvalid,
    /// A place inside of details is not written as one.
    #[error("`{path}` is no path to a field, like `customer.email` or `/customer/email`")]
    SealPathInvalid {
        /// What was given.
        path: String,
    },
    /// There is nothing at a place inside of details.
    #[error("there is nothing at `{path}`")]
    SealPathMissing {
        /// The place, as a JSON pointer.
        path: String,
    },
    /// A place is sealed already, or lies inside of a sealed value.
    #[error("what is at `{path}` is sealed already")]
    SealNested {
        /// The place, as a JSON pointer.
        path: String,
    },
    /// A value is too long to be sealed.
    #[error("the value is too long to be sealed")]
    SealTooLong,
    /// There is no sealed value at a place, or one of an unknown form.
    #[error("there is no sealed value of a known form at `{path}`")]
    SealMalformed {
        /// The place, as a JSON pointer.
        path: String,
    },
    /// A sealed value does not open: it was altered, moved, or sealed with another key.
    #[error("the sealed value at `{path}` does not open with key `{kid}`")]
    SealBroken {
        /// The place, as a JSON pointer.
        path: String,
        /// The key it names.
        kid: String,
    },
    /// The key of a sealed value was destroyed: the subject was erased.
    #[error("the value at `{path}` is erased: its key `{kid}` was destroyed")]
    SealErased {
        /// The place, as a JSON pointer.
        path: String,
        /// The key it names.
        kid: String,
    },
    /// The key of a sealed value is not at hand.
    #[error("the value at `{path}` is sealed, and its key `{kid}` is not at hand")]
    SealKeyUnknown {
        /// The place, as a JSON pointer.
        path: String,
        /// The key it names.
        kid: String,
    },
}

/// What a function of this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Every code this crate can return, in order of declaration.
    pub const CODES: &'static [&'static str] = <Self as strum::VariantNames>::VARIANTS;

    /// The stable code of this error, for example `audit.hash_invalid`.
    pub fn code(&self) -> &'static str {
        self.into()
    }
}
