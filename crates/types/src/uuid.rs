//! UUIDs of version 4, of bytes that somebody else drew.

/// Writes `bytes` as a UUID of version 4, which has room for all but six of their bits.
pub fn v4(mut bytes: [u8; 16]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut text = String::with_capacity(36);
    for (index, byte) in bytes.into_iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

/// Writes two random numbers as a UUID of version 4.
pub fn v4_of_halves(high: u64, low: u64) -> String {
    v4((u128::from(high) << u64::BITS | u128::from(low)).to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_uuids_of_version_4() {
        assert_eq!(v4([0xff; 16]), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(v4_of_halves(1, 2), "00000000-0000-4001-8000-000000000002");
    }
}
