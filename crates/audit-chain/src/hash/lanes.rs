//! The compression function of SHA-256 over several messages at a time.
//!
//! The instructions that processors have for it take a few cycles each and wait for each other, so
//! that one message leaves most of the processor idle. Messages that have nothing to do with each
//! other fill the gaps: together, four take about half of the time they take one after another.

use sha2::block_api::compress256;

/// The state between two blocks (FIPS 180-4, section 6.2).
pub(super) type State = [u32; 8];

/// Feeds each message's blocks to its state. All have equally many.
pub(super) fn compress<const N: usize>(states: &mut [State; N], blocks: [&[[u8; 64]]; N]) {
    debug_assert!(blocks.iter().all(|it| it.len() == blocks[0].len()));
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("sha")
        && is_x86_feature_detected!("sse4.1")
        && is_x86_feature_detected!("ssse3")
    {
        #[expect(unsafe_code, reason = "no other way leads to what not every processor has")]
        // SAFETY: the function asks nothing but that the processor has these three, and it has.
        return unsafe { extensions::compress(states, blocks) };
    }
    for (state, blocks) in states.iter_mut().zip(blocks) {
        compress256(state, blocks);
    }
}

/// With the SHA extensions of x86: Intel, "Intel SHA Extensions: New Instructions Supporting the
/// Secure Hash Algorithm on Intel Architecture Processors", 2013.
#[cfg(target_arch = "x86_64")]
mod extensions {
    use std::arch::x86_64::{
        __m128i, _mm_add_epi32, _mm_alignr_epi8, _mm_extract_epi32, _mm_set_epi32, _mm_set_epi64x,
        _mm_setzero_si128, _mm_sha256msg1_epu32, _mm_sha256msg2_epu32, _mm_sha256rnds2_epu32,
        _mm_shuffle_epi8, _mm_shuffle_epi32,
    };

    use super::State;

    /// One state as the instructions want it: a, b, e, f and c, d, g, h, the first one highest.
    type Halves = [__m128i; 2];

    #[target_feature(enable = "sha,sse4.1,ssse3")]
    pub(super) fn compress<const N: usize>(states: &mut [State; N], blocks: [&[[u8; 64]]; N]) {
        let mut halves = states.map(|state| split(state));
        let most = blocks.iter().map(|it| it.len()).min().unwrap_or(0);
        let blocks = blocks.map(|it| &it[..most]);
        for block in 0..most {
            let before = halves;
            let mut words = [[_mm_setzero_si128(); 4]; N];
            for (words, blocks) in words.iter_mut().zip(blocks) {
                let (quarters, _) = blocks[block].as_chunks::<16>();
                for (word, quarter) in words.iter_mut().zip(quarters) {
                    *word = big_endian(*quarter);
                }
            }
            // Four rounds at a time. The words of the first sixteen are those of the block.
            for at in 0..4 {
                rounds(&mut halves, &words, at, constants(at));
            }
            for four in 1..4 {
                for at in 0..4 {
                    for words in &mut words {
                        words[at] = schedule(words, at);
                    }
                    rounds(&mut halves, &words, at, constants(4 * four + at));
                }
            }
            for (halves, before) in halves.iter_mut().zip(before) {
                *halves =
                    [_mm_add_epi32(halves[0], before[0]), _mm_add_epi32(halves[1], before[1])];
            }
        }
        for (state, halves) in states.iter_mut().zip(halves) {
            *state = join(halves);
        }
    }

    /// Four rounds of every message, with the words at `at`.
    #[inline]
    #[target_feature(enable = "sha,sse4.1,ssse3")]
    fn rounds<const N: usize>(
        halves: &mut [Halves; N],
        words: &[[__m128i; 4]; N],
        at: usize,
        constants: __m128i,
    ) {
        for ([abef, cdgh], words) in halves.iter_mut().zip(words) {
            let sum = _mm_add_epi32(words[at], constants);
            *cdgh = _mm_sha256rnds2_epu32(*cdgh, *abef, sum);
            *abef = _mm_sha256rnds2_epu32(*abef, *cdgh, _mm_shuffle_epi32(sum, 0x0E));
        }
    }

    #[inline]
    #[target_feature(enable = "sha,sse4.1,ssse3")]
    fn constants(four: usize) -> __m128i {
        let [k0, k1, k2, k3] = [0, 1, 2, 3].map(|at| K[4 * four + at].cast_signed());
        _mm_set_epi32(k3, k2, k1, k0)
    }

    /// The four words that come after those that `words` holds, of which the oldest are at `at`.
    #[inline]
    #[target_feature(enable = "sha,sse4.1,ssse3")]
    fn schedule(words: &[__m128i; 4], at: usize) -> __m128i {
        let [w0, w1, w2, w3] = [0, 1, 2, 3].map(|later| words[(at + later) % 4]);
        let sum = _mm_add_epi32(_mm_sha256msg1_epu32(w0, w1), _mm_alignr_epi8(w3, w2, 4));
        _mm_sha256msg2_epu32(sum, w3)
    }

    #[inline]
    #[target_feature(enable = "sha,sse4.1,ssse3")]
    fn big_endian(quarter: [u8; 16]) -> __m128i {
        let bytes = u128::from_le_bytes(quarter);
        let [low, high] = [bytes as u64, (bytes >> 64) as u64].map(u64::cast_signed);
        let order = _mm_set_epi64x(0x0C0D_0E0F_0809_0A0B, 0x0405_0607_0001_0203);
        _mm_shuffle_epi8(_mm_set_epi64x(high, low), order)
    }

    #[inline]
    #[target_feature(enable = "sha,sse4.1,ssse3")]
    fn split(state: State) -> Halves {
        let [a, b, c, d, e, f, g, h] = state.map(u32::cast_signed);
        [_mm_set_epi32(a, b, e, f), _mm_set_epi32(c, d, g, h)]
    }

    #[inline]
    #[target_feature(enable = "sha,sse4.1,ssse3")]
    fn join([abef, cdgh]: Halves) -> State {
        [
            _mm_extract_epi32(abef, 3),
            _mm_extract_epi32(abef, 2),
            _mm_extract_epi32(cdgh, 3),
            _mm_extract_epi32(cdgh, 2),
            _mm_extract_epi32(abef, 1),
            _mm_extract_epi32(abef, 0),
            _mm_extract_epi32(cdgh, 1),
            _mm_extract_epi32(cdgh, 0),
        ]
        .map(i32::cast_unsigned)
    }

    /// FIPS 180-4, section 4.2.2.
    const K: [u32; 64] = [
        0x428a_2f98,
        0x7137_4491,
        0xb5c0_fbcf,
        0xe9b5_dba5,
        0x3956_c25b,
        0x59f1_11f1,
        0x923f_82a4,
        0xab1c_5ed5,
        0xd807_aa98,
        0x1283_5b01,
        0x2431_85be,
        0x550c_7dc3,
        0x72be_5d74,
        0x80de_b1fe,
        0x9bdc_06a7,
        0xc19b_f174,
        0xe49b_69c1,
        0xefbe_4786,
        0x0fc1_9dc6,
        0x240c_a1cc,
        0x2de9_2c6f,
        0x4a74_84aa,
        0x5cb0_a9dc,
        0x76f9_88da,
        0x983e_5152,
        0xa831_c66d,
        0xb003_27c8,
        0xbf59_7fc7,
        0xc6e0_0bf3,
        0xd5a7_9147,
        0x06ca_6351,
        0x1429_2967,
        0x27b7_0a85,
        0x2e1b_2138,
        0x4d2c_6dfc,
        0x5338_0d13,
        0x650a_7354,
        0x766a_0abb,
        0x81c2_c92e,
        0x9272_2c85,
        0xa2bf_e8a1,
        0xa81a_664b,
        0xc24b_8b70,
        0xc76c_51a3,
        0xd192_e819,
        0xd699_0624,
        0xf40e_3585,
        0x106a_a070,
        0x19a4_c116,
        0x1e37_6c08,
        0x2748_774c,
        0x34b0_bcb5,
        0x391c_0cb3,
        0x4ed8_aa4a,
        0x5b9c_ca4f,
        0x682e_6ff3,
        0x748f_82ee,
        0x78a5_636f,
        0x84c8_7814,
        0x8cc7_0208,
        0x90be_fffa,
        0xa450_6ceb,
        0xbef9_a3f7,
        0xc671_78f2,
    ];
}
