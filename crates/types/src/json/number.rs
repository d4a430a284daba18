//! Numbers: 64-bit integers where they fit, doubles otherwise.

use std::cmp::Ordering;
use std::fmt;

/// A JSON number.
#[derive(Clone, Copy, Debug)]
pub enum Number {
    /// Written without fraction and exponent, and within 64 bits.
    Int(i64),
    /// Any other number; always finite.
    Float(f64),
}

impl Number {
    /// Returns the nearest double.
    pub fn as_f64(self) -> f64 {
        match self {
            Self::Int(value) => value as f64,
            Self::Float(value) => value,
        }
    }

    /// Returns the value as an integer if it is one, whether written `1` or `1.0`.
    pub fn as_i64(self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(value),
            Self::Float(value) if value.fract() == 0.0 && value.abs() < 9.0e18 => {
                Some(value as i64)
            }
            Self::Float(_) => None,
        }
    }

    /// Returns the number for a double: an integer if it is whole and exact, as JSON written by
    /// JavaScript has it.
    ///
    /// Returns `None` for values JSON cannot hold (infinite, not a number).
    pub fn from_f64(value: f64) -> Option<Self> {
        if !value.is_finite() {
            return None;
        }
        if value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0 {
            return Some(Self::Int(value as i64));
        }
        Some(Self::Float(value))
    }

    /// Compares by value, `1` and `1.0` being equal.
    pub fn compare(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => a.cmp(&b),
            (a, b) => a.as_f64().total_cmp(&(b.as_f64() + 0.0)),
        }
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => a == b,
            (a, b) => a.as_f64() == b.as_f64(),
        }
    }
}

/// Writes doubles as Java does, which is how Amazon shows computed ones: plain from 0.001 up to ten
/// million, otherwise with an exponent (`1.0E7`).
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = match *self {
            Self::Int(value) => return write!(f, "{value}"),
            Self::Float(value) => value,
        };
        if value == 0.0 || (1e-3..1e7).contains(&value.abs()) {
            return write!(f, "{value:?}");
        }
        let scientific = format!("{value:e}");
        let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
        let point = if digits.contains('.') { "" } else { ".0" };
        write!(f, "{digits}{point}E{exponent}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_are_written_as_java_does() {
        for (value, text) in [
            (0.0, "0.0"),
            (1.1, "1.1"),
            (1.0, "1.0"),
            (-0.001, "-0.001"),
            (0.0001, "1.0E-4"),
            (9_999_999.5, "9999999.5"),
            (1e7, "1.0E7"),
            (-1.25e21, "-1.25E21"),
        ] {
            assert_eq!(Number::Float(value).to_string(), text);
        }
        assert_eq!(Number::Int(10_000_000).to_string(), "10000000");
    }
}
