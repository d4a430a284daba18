//! Sizes: `64Ki`, `256Mi`, `2Gi`, bytes as a number.

/// So many bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub u64);

/// The units with their bytes.
const UNITS: [(&str, u64); 9] = [
    ("Ki", 1 << 10),
    ("Mi", 1 << 20),
    ("Gi", 1 << 30),
    ("Ti", 1 << 40),
    ("k", 1_000),
    ("M", 1_000_000),
    ("G", 1_000_000_000),
    ("T", 1_000_000_000_000),
    ("", 1),
];

impl Size {
    /// Reads a size; `None` if `text` is none.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (_, bytes) = UNITS.iter().find(|(unit, _)| *unit == &text[digits..])?;
        text[..digits].parse::<u64>().ok()?.checked_mul(*bytes).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_and_without_units() {
        for (text, bytes) in [
            ("64Ki", Some(65_536)),
            ("256Mi", Some(268_435_456)),
            ("2Gi", Some(2_147_483_648)),
            ("1k", Some(1_000)),
            ("17", Some(17)),
            ("", None),
            ("Mi", None),
            ("1.5Gi", None),
            ("2GB", None),
            ("99999999999Ti", None),
        ] {
            assert_eq!(Size::parse(text), bytes.map(Size), "{text}");
        }
    }
}
