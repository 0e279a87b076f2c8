//! The checkpoints of a log: who signed them, and whether they are of these records.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::checkpoint::Checkpoint;
use crate::keyring::{Key, Keyring};
use crate::merkle::Range;
use crate::note::{self, VerifierKey};
use crate::{Error, Hash};

use super::super::{Finding, Findings, Kind};
use super::{LogOptions, cosignatures};

/// Who vouches for a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Signed {
    /// A key of the keyring that may sign at this size.
    Trusted,
    /// There is no keyring; a key that the log itself names.
    Claimed,
    /// Only keys that the verifier does not have.
    Unknown(String),
}

/// A checkpoint that is well formed.
struct Read {
    checkpoint: Checkpoint,
    signed: Signed,
    /// The known witnesses that signed in the note itself.
    witnessed_by: BTreeSet<String>,
}

/// A checkpoint that is well formed, and waits for the records up to its size.
#[derive(Debug)]
struct Pending {
    key: String,
    root: Hash,
    signed: Signed,
    note: String,
    /// The known witnesses that have signed it.
    witnessed_by: BTreeSet<String>,
    /// How many checkpoints there are up to this one.
    nth: u64,
}

/// A checkpoint that holds, and that as many witnesses have signed as must.
#[derive(Clone, Debug)]
pub(super) struct Sealed {
    pub(super) size: u64,
    /// With the lines of the witnesses.
    pub(super) note: String,
    pub(super) witnessed_by: BTreeSet<String>,
    /// How many checkpoints there are up to this one.
    pub(super) nth: u64,
}

/// A checkpoint that holds, and that too few witnesses have signed.
#[derive(Clone, Debug)]
struct Unwitnessed {
    key: String,
    size: u64,
    found: usize,
}

/// Checkpoints signed by a key that the verifier does not have.
#[derive(Debug)]
struct Foreign {
    first_size: u64,
    first_key: String,
    count: u64,
}

/// What is known of the checkpoints of a log.
#[derive(Debug)]
pub(super) struct Checkpoints {
    origin: Option<String>,
    /// The verifier's, or else one of the keys that the log names itself.
    keyring: Option<Keyring>,
    is_trusted: bool,
    pending: BTreeMap<u64, Vec<Pending>>,
    foreign: BTreeMap<String, Foreign>,
    /// How many hold.
    pub(super) holding: u64,
    /// The newest of them.
    pub(super) sealed: Option<Sealed>,
    /// Size and root of the newest that holds, whether witnesses have signed it or not.
    pub(super) newest: Option<(u64, Hash)>,
    /// The newest that holds and has too few witnesses.
    unwitnessed: Option<Unwitnessed>,
    /// Enough witnesses have signed one that holds.
    witnessed: bool,
    /// How many witnesses must have signed.
    pub(super) quorum: usize,
    witnesses: Vec<VerifierKey>,
    /// How many were handed in.
    seen: u64,
    /// A key of the keyring signed one that holds.
    pub(super) anchored: bool,
    /// A rightly signed one of another root.
    contradicted: Option<(String, u64)>,
}

impl Checkpoints {
    pub(super) fn new(options: &LogOptions) -> Self {
        Self {
            origin: options.origin.clone(),
            keyring: options.keyring.clone().or_else(|| claimed(&options.claimed_keys)),
            is_trusted: options.keyring.is_some(),
            pending: BTreeMap::new(),
            foreign: BTreeMap::new(),
            holding: 0,
            sealed: None,
            newest: None,
            unwitnessed: None,
            witnessed: false,
            quorum: options.keyring.as_ref().map_or(0, Keyring::witness_quorum),
            witnesses: options.keyring.as_ref().map_or(&[][..], Keyring::witnesses).to_vec(),
            seen: 0,
            anchored: false,
            contradicted: None,
        }
    }

    /// Reads a checkpoint, its signatures and those of witnesses; it then waits for the records.
    pub(super) fn take(
        &mut self,
        key: &str,
        size: u64,
        note: &[u8],
        cosignatures: &[(String, impl AsRef<[u8]>)],
        findings: &mut Findings,
    ) {
        self.seen += 1;
        match self.read(size, note) {
            Ok(Read { checkpoint, signed, mut witnessed_by }) => {
                let about = text(note).unwrap_or_default();
                let witnesses = &self.witnesses;
                let word =
                    cosignatures::read(&checkpoint, about, cosignatures, witnesses, findings);
                witnessed_by.extend(word.by);
                let note = String::from_utf8_lossy(note).into_owned();
                let whole = [&[note.clone()][..], &word.notes].concat();
                self.pending.entry(size).or_default().push(Pending {
                    key: key.to_owned(),
                    root: checkpoint.root,
                    signed,
                    note: note::join(&whole).unwrap_or(note),
                    witnessed_by,
                    nth: self.seen,
                });
            }
            Err(finding) => findings.push(finding.of(key).before(size)),
        }
    }

    fn read(&self, size: u64, note: &[u8]) -> Result<Read, Box<Finding>> {
        let bad = |reason: &str| Finding::new(Kind::BadCheckpoint, reason);
        let text = text(note).ok_or_else(|| Box::new(bad("it is not a signed note")))?;
        let checkpoint =
            Checkpoint::parse(text).map_err(|error| Box::new(bad(&error.to_string())))?;
        if checkpoint.size != size {
            let finding = bad("it is of another size than its key says");
            return Err(Box::new(finding.instead(size, checkpoint.size)));
        }
        if let Some(origin) = self.origin.as_ref().filter(|origin| **origin != checkpoint.origin) {
            let finding = bad("it is a checkpoint of another log");
            return Err(Box::new(finding.instead(origin, &checkpoint.origin)));
        }
        let verified = match &self.keyring {
            Some(keyring) => keyring.verify_signed(note),
            None => Err(Error::NoteUnsigned),
        };
        let mut witnessed_by = BTreeSet::new();
        let signed = match verified {
            Ok(trusted) => {
                witnessed_by.extend(trusted.witnessed_by.into_iter().map(|it| it.key));
                if self.is_trusted { Signed::Trusted } else { Signed::Claimed }
            }
            Err(Error::NoteUnsigned) => Signed::Unknown(signers(note)),
            Err(error @ (Error::KeyRevoked { .. } | Error::KeyOutOfRange { .. })) => {
                return Err(Box::new(Finding::new(Kind::KeyMismatch, error.to_string())));
            }
            Err(error) => return Err(Box::new(bad(&error.to_string()))),
        };
        Ok(Read { checkpoint, signed, witnessed_by })
    }

    /// Whether both notes are rightly signed, and about different roots.
    pub(super) fn contradict(&self, size: u64, counted: &[u8], note: &[u8]) -> bool {
        matches!(self.roots(size, counted, note), Some((one, other)) if one != other)
    }

    /// Whether both notes are rightly signed, and about the same root.
    pub(super) fn agree(&self, size: u64, counted: &[u8], note: &[u8]) -> bool {
        matches!(self.roots(size, counted, note), Some((one, other)) if one == other)
    }

    fn roots(&self, size: u64, counted: &[u8], note: &[u8]) -> Option<(Hash, Hash)> {
        let root = |note| match self.read(size, note) {
            Ok(Read { signed: Signed::Unknown(_), .. }) | Err(_) => None,
            Ok(read) => Some(read.checkpoint.root),
        };
        Some((root(counted)?, root(note)?))
    }

    /// Compares the checkpoints of the size that `tree` has reached. `None`: records before are
    /// missing, so that nothing can be said about roots.
    pub(super) fn settle(&mut self, size: u64, tree: Option<&Range>, findings: &mut Findings) {
        // Whatever is left of a smaller size was handed in too late to be compared, or lies in a
        // hole.
        while let Some(entry) = self.pending.first_entry().filter(|entry| *entry.key() <= size) {
            let (at, pending) = entry.remove_entry();
            for checkpoint in pending {
                if at < size && tree.is_some() {
                    let finding = Finding::new(
                        Kind::CouldNotCheck,
                        "the records up to it lie within one that was read without it",
                    );
                    findings.push(finding.of(checkpoint.key).before(at));
                    continue;
                }
                self.compare(at, checkpoint, tree.map(Range::root), findings);
            }
        }
    }

    fn compare(&mut self, size: u64, it: Pending, root: Option<Hash>, findings: &mut Findings) {
        let fits = root.map(|root| root == it.root);
        if fits == Some(false) {
            let finding = Finding::new(
                Kind::BadCheckpoint,
                match it.signed {
                    Signed::Unknown(_) => "it is not the checkpoint of these records",
                    _ => "it is rightly signed, and not the checkpoint of these records",
                },
            );
            let finding = finding.of(&it.key).before(size);
            findings.push(match root {
                Some(root) => finding.instead(it.root, root),
                None => finding,
            });
        }
        match it.signed {
            Signed::Unknown(label) => {
                self.foreign
                    .entry(label)
                    .and_modify(|foreign| foreign.count += 1)
                    .or_insert(Foreign { first_size: size, first_key: it.key, count: 1 });
            }
            Signed::Trusted | Signed::Claimed => match fits {
                Some(true) => {
                    self.holding += 1;
                    self.newest = Some((size, it.root));
                    let found = it.witnessed_by.len();
                    if found < self.quorum {
                        self.unwitnessed = Some(Unwitnessed { key: it.key, size, found });
                        return;
                    }
                    let Pending { note, witnessed_by, nth, .. } = it;
                    self.witnessed = true;
                    self.sealed = Some(Sealed { size, note, witnessed_by, nth });
                    self.anchored |= it.signed == Signed::Trusted;
                }
                Some(false) => {
                    self.contradicted.get_or_insert((it.key, size));
                }
                None => {}
            },
        }
    }

    /// Says what can be said only at the end of the log. `announced`: keys that the log names in
    /// records of a rotation. `in_part`: not all records were asked for.
    pub(super) fn finish(
        mut self,
        size: u64,
        announced: &[String],
        in_part: bool,
        findings: &mut Findings,
    ) {
        for (at, pending) in std::mem::take(&mut self.pending) {
            for it in pending {
                if let Signed::Unknown(label) = it.signed {
                    self.foreign
                        .entry(label)
                        .and_modify(|foreign| foreign.count += 1)
                        .or_insert(Foreign { first_size: at, first_key: it.key, count: 1 });
                    continue;
                }
                if in_part {
                    let message = "the hashes that lead from the records to it are not there";
                    findings.push(Finding::new(Kind::CouldNotCheck, message).of(it.key));
                    continue;
                }
                let message =
                    format!("a checkpoint covers {at} records, and there are only {size}");
                let finding = Finding::new(Kind::Truncated, message).of(it.key);
                findings.push(finding.between(size, at - 1).instead(at, size));
            }
        }
        // One that enough of them have signed speaks for all records before it.
        if let Some(it) = self.unwitnessed.filter(|_| !self.witnessed) {
            let error = Error::WitnessesMissing { found: it.found, needed: self.quorum };
            let finding = Finding::new(Kind::CouldNotCheck, error.to_string());
            findings.push(finding.of(it.key).before(it.size));
        }
        if let Some((key, at)) = self.contradicted.filter(|_| self.holding > 0) {
            let message = "it and another one that is rightly signed too cannot both be true";
            let finding = Finding::new(Kind::InconsistentCheckpoints, message);
            findings.push(finding.of(key).before(at));
        }
        let known: Vec<String> = announced
            .iter()
            .filter_map(|key| key.parse::<VerifierKey>().ok())
            .map(|key| key.label())
            .collect();
        for (label, foreign) in self.foreign {
            let finding = if known.contains(&label) {
                let message = format!(
                    "{} checkpoints are signed by a key that the log announces and the keyring does not have",
                    foreign.count
                );
                Finding::new(Kind::CouldNotCheck, message)
            } else {
                // Without a keyring nobody has said which keys are right.
                let kind = if self.is_trusted { Kind::KeyMismatch } else { Kind::CouldNotCheck };
                let message =
                    format!("{} checkpoints are signed by a key that nobody trusts", foreign.count);
                Finding::new(kind, message)
            };
            let mut finding = finding.of(foreign.first_key).before(foreign.first_size);
            finding.found = Some(label);
            findings.push(finding);
        }
    }
}

impl Finding {
    /// The same about the records that a checkpoint of `size` covers.
    pub(super) fn before(self, size: u64) -> Self {
        match size.checked_sub(1) {
            Some(last) => self.between(0, last),
            None => self,
        }
    }
}

/// What the note says, without looking at signatures.
pub(super) fn text(note: &[u8]) -> Option<&str> {
    let note = std::str::from_utf8(note).ok()?;
    note.get(..=note.rfind("\n\n")?)
}

/// A keyring of what the log says about its keys.
fn claimed(keys: &[VerifierKey]) -> Option<Keyring> {
    let keys = keys.iter().cloned().map(Key::always).collect();
    Keyring::new(keys, Vec::new(), 0).ok()
}

/// The names and ids on the signature lines, unverified.
fn signers(note: &[u8]) -> String {
    let note = String::from_utf8_lossy(note);
    let lines = note.rsplit("\n\n").next().unwrap_or_default().lines();
    let names = lines.filter_map(|line| {
        let (name, signature) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
        let bytes = BASE64.decode(signature).ok()?;
        let [a, b, c, d, ..] = bytes[..] else { return None };
        Some(format!("{name}+{:08x}", u32::from_be_bytes([a, b, c, d])))
    });
    names.collect::<Vec<_>>().join(", ")
}
