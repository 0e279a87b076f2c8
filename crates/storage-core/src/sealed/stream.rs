//! A body is sealed and opened piece by piece.

use aead_stream::{DecryptorBE32, EncryptorBE32};
use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::Payload;
use sha2::{Digest as _, Sha256};

use super::{DataKey, Error};

/// How many octets of a body are in one piece.
pub const PIECE: usize = 64 * 1024;

/// How many octets the nonce of a body has.
pub const NONCE: usize = 19;

const MAGIC: &[u8; 25] = b"strongroom/sealed-body/1\n";
const COMMITMENT: usize = 32;
const HEADER: usize = MAGIC.len() + COMMITMENT + NONCE;
const TAG: usize = 16;

/// How long a body of `length` octets is once it is sealed.
pub fn sealed_length(length: u64) -> u64 {
    let pieces = length.div_ceil(PIECE as u64).max(1);
    HEADER as u64 + length + pieces * TAG as u64
}

/// Seals one body. It holds one piece at most.
///
/// ```
/// use storage_core::sealed::{DataKey, Opener, Sealer};
///
/// // In earnest both are random, and a nonce is never used twice.
/// let (key, nonce) = (DataKey::new([7; 32]), [1; 19]);
/// let mut sealed = Vec::new();
/// let mut sealer = Sealer::new(&key, "custom/acme/2026/x/report.pdf", nonce);
/// sealer.add(b"con", &mut sealed)?;
/// sealer.add(b"fidential", &mut sealed)?;
/// sealer.finish(&mut sealed)?;
///
/// let mut opened = Vec::new();
/// let mut opener = Opener::new(&key, "custom/acme/2026/x/report.pdf");
/// opener.add(&sealed, &mut opened)?;
/// opener.finish(&mut opened)?;
/// assert_eq!(opened, b"confidential");
/// # Ok::<(), storage_core::sealed::Error>(())
/// ```
pub struct Sealer {
    stream: EncryptorBE32<XChaCha20Poly1305>,
    header: Option<Vec<u8>>,
    bound: [u8; 32],
    held: Vec<u8>,
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sealer").finish_non_exhaustive()
    }
}

impl Sealer {
    /// Begins a body that will lie at `place`. `nonce` is random and used once.
    pub fn new(key: &DataKey, place: &str, nonce: [u8; NONCE]) -> Self {
        let commitment = key.commitment();
        let header = [&MAGIC[..], &commitment, &nonce].concat();
        Self {
            stream: EncryptorBE32::from_aead(key.cipher(), &nonce.into()),
            header: Some(header),
            bound: associated(&commitment, place),
            held: Vec::new(),
        }
    }

    /// Adds to the body; what is sealed by now is put behind `out`.
    ///
    /// # Errors
    ///
    /// [`Error::TooLong`].
    pub fn add(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        out.extend(self.header.take().unwrap_or_default());
        // A full piece waits until it is known not to be the last one.
        while self.held.len() + bytes.len() > PIECE {
            let (now, later) = bytes.split_at(PIECE - self.held.len());
            self.held.extend_from_slice(now);
            bytes = later;
            let payload = Payload { msg: &self.held, aad: &self.bound };
            out.extend(self.stream.encrypt_next(payload).map_err(|_| Error::TooLong)?);
            self.held.clear();
        }
        self.held.extend_from_slice(bytes);
        Ok(())
    }

    /// Ends the body; the rest of it is put behind `out`.
    ///
    /// # Errors
    ///
    /// [`Error::TooLong`].
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<(), Error> {
        out.extend(self.header.take().unwrap_or_default());
        let payload = Payload { msg: &self.held, aad: &self.bound };
        out.extend(self.stream.encrypt_last(payload).map_err(|_| Error::TooLong)?);
        Ok(())
    }
}

/// Opens one body. It holds one piece at most.
///
/// Every piece that comes out is what was sealed at this place of the body; that the body is complete is
/// known when [`Opener::finish`] says so, and what came out before has to be thrown away if it does not.
pub struct Opener {
    key: DataKey,
    place: String,
    /// Once the header was read.
    open: Option<(DecryptorBE32<XChaCha20Poly1305>, [u8; 32])>,
    held: Vec<u8>,
    pieces: u64,
}

impl std::fmt::Debug for Opener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opener").field("place", &self.place).finish_non_exhaustive()
    }
}

impl Opener {
    /// Begins to open the body that lies at `place`.
    pub fn new(key: &DataKey, place: &str) -> Self {
        Self { key: key.copy(), place: place.to_owned(), open: None, held: Vec::new(), pieces: 0 }
    }

    /// Adds what was read; what is open by now is put behind `out`.
    ///
    /// # Errors
    ///
    /// [`Error::NotSealed`], [`Error::OtherKey`], [`Error::Altered`]. After an error nothing more comes out.
    pub fn add(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        let mut rest = bytes;
        if self.open.is_none() {
            let (now, later) = rest.split_at(rest.len().min(HEADER - self.held.len()));
            self.held.extend_from_slice(now);
            rest = later;
            if self.held.len() < HEADER {
                return Ok(());
            }
            self.begin()?;
        }
        // A full piece waits until it is known not to be the last one.
        while self.held.len() + rest.len() > PIECE + TAG {
            let (now, later) = rest.split_at(PIECE + TAG - self.held.len());
            self.held.extend_from_slice(now);
            rest = later;
            let altered = Error::Altered { piece: self.pieces };
            let Some((stream, bound)) = &mut self.open else { return Err(altered) };
            let opened = stream.decrypt_next(Payload { msg: &self.held, aad: &bound[..] });
            out.extend(opened.map_err(|_| altered)?);
            self.held.clear();
            self.pieces += 1;
        }
        self.held.extend_from_slice(rest);
        Ok(())
    }

    /// Ends the body; the rest of it is put behind `out`.
    ///
    /// # Errors
    ///
    /// As [`Opener::add`]: a body that was cut off does not end.
    pub fn finish(self, out: &mut Vec<u8>) -> Result<(), Error> {
        let altered = Error::Altered { piece: self.pieces };
        let Some((stream, bound)) = self.open else { return Err(Error::NotSealed) };
        let opened = stream.decrypt_last(Payload { msg: &self.held, aad: &bound[..] });
        let opened = opened.map_err(|_| altered.clone())?;
        // An empty piece behind others is never written; one body has one sealing of its length.
        if opened.is_empty() && self.pieces > 0 {
            return Err(altered);
        }
        out.extend(opened);
        Ok(())
    }

    fn begin(&mut self) -> Result<(), Error> {
        let header = std::mem::take(&mut self.held);
        let rest = header.strip_prefix(MAGIC).ok_or(Error::NotSealed)?;
        let (commitment, nonce) = rest.split_at(COMMITMENT);
        if commitment != self.key.commitment() {
            return Err(Error::OtherKey);
        }
        let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| Error::NotSealed)?;
        let stream = DecryptorBE32::from_aead(self.key.cipher(), &nonce.into());
        self.open = Some((stream, associated(commitment, &self.place)));
        Ok(())
    }
}

fn associated(commitment: &[u8], place: &str) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(b"strongroom sealed body v1 place\n");
    hasher.update(commitment);
    hasher.update(place.as_bytes());
    hasher.finalize().into()
}
