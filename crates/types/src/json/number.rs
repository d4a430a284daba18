//! Numbers: 64-bit integers where they fit, doubles otherwise.

use std::cmp::Ordering;

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
