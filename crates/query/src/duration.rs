//! Lengths of time: `90s`, `1h30m`, `500ms`.

use std::fmt;

/// A length of time with the precision of a millisecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duration {
    /// Milliseconds.
    pub ms: u64,
}

/// Units from the largest, with their milliseconds. None but weeks are made of others unevenly: a
/// day has always 24 hours.
const UNITS: [(&str, u64); 6] = [
    ("w", 604_800_000),
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

impl Duration {
    /// Reads whole numbers, each with its unit.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut rest = text;
        let mut ms = 0_u64;
        while !rest.is_empty() || text.is_empty() {
            let digits = rest.find(|next: char| !next.is_ascii_digit())?;
            let number: u64 = rest[..digits].parse().ok()?;
            rest = &rest[digits..];
            let letters = rest.find(|next: char| next.is_ascii_digit()).unwrap_or(rest.len());
            let (_, scale) = UNITS.into_iter().find(|(unit, _)| *unit == &rest[..letters])?;
            rest = &rest[letters..];
            ms = ms.checked_add(number.checked_mul(scale)?)?;
        }
        Some(Self { ms })
    }
}

/// Writes it in as few units as there are, from days down.
impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ms == 0 {
            return f.write_str("0s");
        }
        let mut rest = self.ms;
        for (unit, scale) in UNITS.into_iter().skip(1) {
            if rest >= scale {
                write!(f, "{}{unit}", rest / scale)?;
                rest %= scale;
            }
        }
        Ok(())
    }
}
