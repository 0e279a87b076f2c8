//! Bytes as hexadecimal digits.

/// Two digits for each byte, in lower case.
///
/// ```
/// assert_eq!(storage_core::hex::encode(&[0, 0xab]), "00ab");
/// ```
pub fn encode(bytes: &[u8]) -> String {
    let digit = |it: u8| char::from(b"0123456789abcdef"[usize::from(it)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The bytes of a text of digits in either case; `None` if it is none.
///
/// ```
/// assert_eq!(storage_core::hex::decode("00aB"), Some(vec![0, 0xab]));
/// assert_eq!(storage_core::hex::decode("00a"), None);
/// ```
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let pairs = text.as_bytes().chunks(2).map(|pair| match pair {
        [high, low] => u8::try_from(digit(*high)? << 4 | digit(*low)?).ok(),
        _ => None,
    });
    pairs.collect()
}
