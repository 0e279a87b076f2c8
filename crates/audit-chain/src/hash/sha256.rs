//! SHA-256 over whole messages that lie in memory.
//!
//! The blocks are compressed where they lie; only the last one or two, with the padding, are copied.
//! For messages as short as records, leaves and nodes that saves about a fifth of the time.

use sha2::block_api::compress256;

use super::lanes::{self, State};

/// The initial hash value (FIPS 180-4, section 5.3.3).
const INITIAL: State = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// How many messages are hashed together.
const TOGETHER: usize = 4;

/// Among so many messages those of like length are sought.
const MATCHED: usize = 16;

/// The digest of `message`, followed by `last` if there is one.
pub(super) fn digest(message: &[u8], last: Option<u8>) -> [u8; 32] {
    let (blocks, rest) = message.as_chunks::<64>();
    let mut state = INITIAL;
    if !blocks.is_empty() {
        compress256(&mut state, blocks);
    }
    let (padded, used) = pad(rest, last, message.len());
    compress256(&mut state, &padded[..used]);
    bytes_of(state)
}

/// The digests of messages, each followed by `last` if there is one; `found` gets them in any order,
/// with the index of the message.
pub(super) fn digest_each(
    messages: &[&[u8]],
    last: Option<u8>,
    mut found: impl FnMut(usize, [u8; 32]),
) {
    for (nth, messages) in messages.chunks(MATCHED).enumerate() {
        let mut order: [usize; MATCHED] = std::array::from_fn(|index| index);
        let order = &mut order[..messages.len()];
        order.sort_unstable_by_key(|index| messages[*index].len() / 64);
        let (groups, rest) = order.as_chunks::<TOGETHER>();
        for group in groups {
            let digests = digest_group(group.map(|index| messages[index]), last);
            for (index, digest) in group.iter().zip(digests) {
                found(nth * MATCHED + index, digest);
            }
        }
        for index in rest {
            found(nth * MATCHED + index, digest(messages[*index], last));
        }
    }
}

fn digest_group(messages: [&[u8]; TOGETHER], last: Option<u8>) -> [[u8; 32]; TOGETHER] {
    let mut states = [INITIAL; TOGETHER];
    let parts = messages.map(|message| message.as_chunks::<64>());
    let common = parts.iter().map(|(blocks, _)| blocks.len()).min().unwrap_or(0);
    lanes::compress(&mut states, parts.map(|(blocks, _)| &blocks[..common]));
    let mut most_used = 1;
    let mut least_used = 2;
    let padded: [_; TOGETHER] = std::array::from_fn(|lane| {
        let (blocks, rest) = parts[lane];
        if blocks.len() > common {
            compress256(&mut states[lane], &blocks[common..]);
        }
        let (padded, used) = pad(rest, last, messages[lane].len());
        (most_used, least_used) = (used.max(most_used), used.min(least_used));
        (padded, used)
    });
    lanes::compress(&mut states, padded.each_ref().map(|(padded, _)| &padded[..least_used]));
    if most_used > least_used {
        for (state, (padded, used)) in states.iter_mut().zip(&padded) {
            compress256(state, &padded[least_used..*used]);
        }
    }
    states.map(bytes_of)
}

/// The digests of messages of `B` blocks, which are padded already, in their order.
pub(super) fn digest_padded<const B: usize>(
    mut messages: impl ExactSizeIterator<Item = [[u8; 64]; B]>,
    mut found: impl FnMut([u8; 32]),
) {
    while messages.len() >= TOGETHER {
        let group: [_; TOGETHER] = std::array::from_fn(|_| messages.next().unwrap_or([[0; 64]; B]));
        let mut states = [INITIAL; TOGETHER];
        lanes::compress(&mut states, group.each_ref().map(|blocks| &blocks[..]));
        states.into_iter().for_each(|state| found(bytes_of(state)));
    }
    for message in messages {
        let mut state = INITIAL;
        compress256(&mut state, &message);
        found(bytes_of(state));
    }
}

/// The last blocks of a message, and how many they are: what is left of it, `last`, a one bit,
/// zeros, and the length in bits (section 5.1.1).
fn pad(rest: &[u8], last: Option<u8>, length: usize) -> ([[u8; 64]; 2], usize) {
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
    let bits = 8 * (length as u64 + u64::from(last.is_some()));
    flat[64 * used - 8..64 * used].copy_from_slice(&bits.to_be_bytes());
    (padded, used)
}

fn bytes_of(state: State) -> [u8; 32] {
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

    #[test]
    fn messages_that_are_hashed_together_do_not_meet() {
        let bytes: Vec<u8> = (0..2000_u32).map(|n| (n * 11) as u8).collect();
        // Lengths that go well together and lengths that do not, and groups that are not full.
        for (step, count) in [(0, 4), (1, 4), (1, 67), (9, 33), (64, 31), (31, 3), (57, 16)] {
            let messages: Vec<&[u8]> =
                (0..count).map(|n| &bytes[n..n + (n * step) % 900]).collect();
            for last in [None, Some(b'}')] {
                let mut found = vec![None; count];
                digest_each(&messages, last, |index, digest| {
                    assert_eq!(found[index].replace(digest), None, "each comes once");
                });
                let alone = messages.iter().map(|it| Some(digest(it, last)));
                assert!(found.into_iter().eq(alone), "{step} {count}");
            }
        }
    }

    #[test]
    fn padded_messages_come_in_their_order() {
        for count in 0..11_u8 {
            let one = |n: u8| pad(&[n; 50], None, 50).0[0];
            let two = |n: u8| pad(&[n; 60], None, 60).0;
            let mut found = Vec::new();
            digest_padded((0..count).map(|n| [one(n)]), |digest| found.push(digest));
            digest_padded((0..count).map(two), |digest| found.push(digest));
            let ones = (0..count).map(|n| digest(&[n; 50], None));
            let twos = (0..count).map(|n| digest(&[n; 60], None));
            assert!(found.into_iter().eq(ones.chain(twos)), "{count}");
        }
    }

    #[test]
    fn without_the_instructions_the_digests_are_the_same() {
        let blocks: Vec<[u8; 64]> = (0..12).map(|n| [n; 64]).collect();
        let mut states = [INITIAL, [7; 8], [u32::MAX; 8]];
        let mut alone = states;
        lanes::compress(&mut states, [&blocks[..4], &blocks[4..8], &blocks[8..]]);
        for (state, blocks) in alone.iter_mut().zip(blocks.chunks(4)) {
            compress256(state, blocks);
        }
        assert_eq!(states, alone);
    }
}
