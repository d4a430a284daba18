//! Values that logs must not show.

use std::sync::{Arc, PoisonError, RwLock};

/// What stands where a value was.
pub(crate) const MASK: &str = "***";
/// Shorter values are not masked: they would hide nothing and make logs unreadable.
const VALUE_BYTES_MIN: usize = 4;
/// Of longer values only the beginning is looked for, bytes.
const VALUE_BYTES_MAX: usize = 64 * 1024;
/// Most values of one attempt.
const VALUES_MAX: usize = 1_000;

/// The values that are masked; `clone` shares them.
#[derive(Clone, Debug, Default)]
pub struct Masks(Arc<RwLock<Vec<Box<str>>>>);

impl Masks {
    /// Masks `values`, and each line of those that have several.
    pub fn new<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        let masks = Self::default();
        for value in values {
            masks.add(value);
        }
        masks
    }

    /// Masks another value from now on. Values of fewer than four bytes, and more than a thousand
    /// values, are left out.
    pub fn add(&self, value: &str) {
        let mut values = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for line in value.lines().map(str::trim) {
            let end = floor_char_boundary(line, VALUE_BYTES_MAX);
            let is_new = values.iter().all(|known| **known != line[..end]);
            if end >= VALUE_BYTES_MIN && is_new && values.len() < VALUES_MAX {
                values.push(line[..end].into());
            }
        }
        // A value that contains another one goes first, or its rest would stay.
        values.sort_by_key(|value| std::cmp::Reverse(value.len()));
    }

    /// Says whether nothing is masked.
    pub fn is_empty(&self) -> bool {
        self.longest() == 0
    }

    /// Returns `text` without the values.
    pub fn apply(&self, text: String) -> String {
        let values = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let hidden = values.iter().filter(|value| text.contains(&***value));
        let hidden: Vec<_> = hidden.collect();
        hidden.into_iter().fold(text, |text, value| text.replace(&**value, MASK))
    }

    /// Says whether `number` is one of the values, however it is written and with either sign.
    pub(crate) fn hide_number(&self, number: &str) -> bool {
        let read =
            |text: &str| text.parse().map(f64::abs).ok().filter(|number: &f64| number.is_finite());
        let Some(number) = read(number) else { return false };
        let values = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let of_digits =
            values.iter().filter(|value| value.ends_with(|it: char| it.is_ascii_digit()));
        of_digits.filter_map(|value| read(value)).any(|hidden| hidden.total_cmp(&number).is_eq())
    }

    /// Returns the bytes of the longest value.
    pub(crate) fn longest(&self) -> usize {
        let values = self.0.read().unwrap_or_else(PoisonError::into_inner);
        values.first().map_or(0, |value| value.len())
    }
}

/// Returns the last place in `text` at or before `index` where a character begins.
pub(crate) fn floor_char_boundary(text: &str, index: usize) -> usize {
    let index = index.min(text.len());
    (0..=index).rev().find(|index| text.is_char_boundary(*index)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(values: &[&str], text: &str) -> String {
        Masks::new(values.iter().copied()).apply(text.to_owned())
    }

    #[test]
    fn every_place_of_a_value_is_masked() {
        assert_eq!(masked(&["hunter2"], "a hunter2 b hunter2"), "a *** b ***");
    }

    #[test]
    fn a_value_that_contains_another_is_masked_whole() {
        assert_eq!(masked(&["abcd", "abcdefgh"], "x abcdefgh y abcd"), "x *** y ***");
    }

    #[test]
    fn each_line_of_a_value_is_masked() {
        assert_eq!(masked(&["line-one\nline-two\n"], "line-two"), "***");
    }

    #[test]
    fn values_that_hide_nothing_are_left() {
        assert_eq!(masked(&["", "a", "\n"], "banana"), "banana");
    }
}
