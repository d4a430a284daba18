//! Bytes as hexadecimal digits.

/// Writes bytes as small hexadecimal digits, two each.
///
/// ```
/// assert_eq!(compasso_types::hex(&[0, 171]), "00ab");
/// ```
pub fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from(b"0123456789abcdef"[usize::from(half & 15)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}
