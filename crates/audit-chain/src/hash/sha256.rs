//! SHA-256 over a whole message that lies in memory, and perhaps one byte more.
//!
//! The blocks are compressed where they lie; only the last one or two, with the padding, are copied.
//! For messages as short as records, leaves and nodes that saves about a fifth of the time.

use sha2::block_api::compress256;

/// The initial hash value (FIPS 180-4, section 5.3.3).
const INITIAL: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// The digest of `message`, followed by `last` if there is one.
pub(super) fn digest(message: &[u8], last: Option<u8>) -> [u8; 32] {
    let (blocks, rest) = message.as_chunks::<64>();
    let mut state = INITIAL;
    if !blocks.is_empty() {
        compress256(&mut state, blocks);
    }
    // The padding of section 5.1.1: a one bit, zeros, and the length in bits.
    let mut padded = [[0; 64]; 2];
    let flat = padded.as_flattened_mut();
    flat[..rest.len()].copy_from_slice(rest);
    let mut end = rest.len();
    if let Some(last) = last {
        flat[end] = last;
        end += 1;
    }
    flat[end] = 0x80;
    let used = if end + 9 <= 64 { 1 } else { 2 };
    let bits = 8 * (message.len() as u64 + u64::from(last.is_some()));
    flat[64 * used - 8..64 * used].copy_from_slice(&bits.to_be_bytes());
    compress256(&mut state, &padded[..used]);
    let mut digest = [0; 32];
    for (bytes, word) in digest.chunks_exact_mut(4).zip(state) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    digest
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;

    #[test]
    fn every_length_is_padded_as_the_standard_says() {
        let bytes: Vec<u8> = (0..300_u32).map(|n| (n * 7) as u8).collect();
        for length in 0..bytes.len() {
            let message = &bytes[..length];
            assert_eq!(digest(message, None)[..], Sha256::digest(message)[..], "{length}");
            let longer = &bytes[..=length];
            assert_eq!(digest(message, Some(bytes[length]))[..], Sha256::digest(longer)[..]);
        }
    }
}
