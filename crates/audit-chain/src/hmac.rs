//! Codes that only who has the key can make.

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// HMAC-SHA-256 (RFC 2104, FIPS 198-1) over the parts, one behind the other. Where they can be cut elsewhere,
/// put their lengths between them.
///
/// ```
/// // RFC 4231, test case 2.
/// let code = audit_chain::hmac_sha256(b"Jefe", [&b"what do ya want "[..], b"for nothing?"]);
/// assert_eq!(code[..4], [0x5b, 0xdc, 0xc1, 0x46]);
/// ```
pub fn hmac_sha256(key: &[u8], parts: impl IntoIterator<Item = impl AsRef<[u8]>>) -> [u8; 32] {
    let mut block = Zeroizing::new([0; 64]);
    if key.len() > block.len() {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let padded = |with: u8| Zeroizing::new(block.map(|byte| byte ^ with));
    let mut inner = Sha256::new_with_prefix(&padded(0x36)[..]);
    parts.into_iter().for_each(|part| inner.update(part.as_ref()));
    let mut outer = Sha256::new_with_prefix(&padded(0x5c)[..]);
    outer.update(inner.finalize());
    outer.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex;

    #[test]
    fn codes_are_those_of_the_vectors() {
        // RFC 4231, test cases 2, 3 and 6.
        let cases: [(&[u8], &[u8], &str); 3] = [
            (b"Jefe", b"what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c7"),
            (&[0xaa; 20], &[0xdd; 50], "773ea91e36800e46854db8ebd09181a7"),
            (
                &[0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f",
            ),
        ];
        for (key, data, expected) in cases {
            assert_eq!(&hex::encode(&hmac_sha256(key, [data]))[..32], expected);
        }
    }
}
