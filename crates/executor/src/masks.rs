//! Values that logs must not show.

mod forms;

use std::sync::{Arc, PoisonError, RwLock};

/// What stands where a value was.
pub(crate) const MASK: &str = "***";
/// Shorter values are not masked: they would hide nothing and make logs unreadable.
const VALUE_BYTES_MIN: usize = 4;
/// Of longer values only the beginning is looked for, bytes.
const VALUE_BYTES_MAX: usize = 64 * 1024;
/// Most values of one attempt, with their other forms.
const VALUES_MAX: usize = 6_000;
/// Longer values are only looked for as they are written, bytes: their other forms are longer still.
const FORMS_BYTES_MAX: usize = 4 * 1024;
/// From so many values on, no more other forms are added, so that a thousand values always have room.
const FORMS_MAX: usize = 5_000;

/// The values that are masked; `clone` shares them.
#[derive(Clone, Debug, Default)]
pub struct Masks(Arc<RwLock<Vec<Hidden>>>);

/// What is masked, the longest first.
#[derive(Debug)]
struct Hidden {
    text: Box<str>,
    /// Whether it is another form of a value.
    is_form: bool,
}

impl Masks {
    /// Masks `values`, each line of those that have several, and how programs write them: in Base64, JSON and
    /// addresses.
    pub fn new<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        let masks = Self::default();
        for value in values {
            masks.add(value);
        }
        masks
    }

    /// Masks another value from now on. Values of fewer than four bytes, and those for which there is no room, are left
    /// out; there is room for a thousand.
    pub fn add(&self, value: &str) {
        let mut values = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let mut add = |text: &str, is_form: bool| {
            let most = if is_form { FORMS_MAX } else { VALUES_MAX };
            if let Some(known) = values.iter_mut().find(|known| *known.text == *text) {
                known.is_form &= is_form;
            } else if text.len() >= VALUE_BYTES_MIN && values.len() < most {
                values.push(Hidden { text: text.into(), is_form });
            }
        };
        let lines: Vec<&str> = value.lines().map(str::trim).collect();
        for line in &lines {
            add(&line[..floor_char_boundary(line, VALUE_BYTES_MAX)], false);
        }
        let has_forms = |line: &&&str| (VALUE_BYTES_MIN..=FORMS_BYTES_MAX).contains(&line.len());
        for form in lines.iter().filter(has_forms).flat_map(|line| forms::of(line)) {
            add(&form, true);
        }
        // A value that contains another one goes first, or its rest would stay.
        values.sort_by_key(|value| std::cmp::Reverse(value.text.len()));
    }

    /// Says whether nothing is masked.
    pub fn is_empty(&self) -> bool {
        self.longest() == 0
    }

    /// Returns `text`, which people read, without the values and their other forms.
    pub fn apply(&self, text: String) -> String {
        self.without(text, |_| true)
    }

    /// Returns `text`, which programs read, without the values as they are. Their other forms are for whoever is called
    /// with them, and stay.
    pub(crate) fn apply_as_written(&self, text: String) -> String {
        self.without(text, |hidden| !hidden.is_form)
    }

    fn without(&self, text: String, is_meant: impl Fn(&Hidden) -> bool) -> String {
        let values = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let found = values.iter().filter(|it| is_meant(it) && text.contains(&*it.text));
        let found: Vec<_> = found.collect();
        found.into_iter().fold(text, |text, it| text.replace(&*it.text, MASK))
    }

    /// Says whether `number` is one of the values, however it is written and with either sign.
    pub(crate) fn hide_number(&self, number: &str) -> bool {
        let read =
            |text: &str| text.parse().map(f64::abs).ok().filter(|number: &f64| number.is_finite());
        let Some(number) = read(number) else { return false };
        let values = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let written = values.iter().filter(|it| !it.is_form).map(|it| &*it.text);
        let of_digits = written.filter(|text| text.ends_with(|it: char| it.is_ascii_digit()));
        of_digits.filter_map(read).any(|hidden| hidden.total_cmp(&number).is_eq())
    }

    /// Returns the bytes of the longest value.
    pub(crate) fn longest(&self) -> usize {
        let values = self.0.read().unwrap_or_else(PoisonError::into_inner);
        values.first().map_or(0, |value| value.text.len())
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
    fn values_are_masked_as_programs_write_them() {
        let secret = "a\"b\\c d/é+f";
        for (written, shown) in [
            (r#"{"k":"a\"b\\c d/é+f"}"#, r#"{"k":"***"}"#),
            (r#""a\"b\\c d/\u00e9+f""#, r#""***""#),
            ("https://x/?q=a%22b%5Cc%20d%2F%C3%A9%2Bf&z", "https://x/?q=***&z"),
            ("q=a%22b%5Cc+d%2F%C3%A9%2Bf", "q=***"),
            ("/a%22b%5Cc%20d/%C3%A9%2Bf", "/***"),
        ] {
            assert_eq!(masked(&[secret], written), shown);
        }
    }

    #[test]
    fn values_are_masked_in_base64_wherever_they_begin() {
        for (written, shown) in [
            ("c3VwZXJzZWNyZXQ=", "***Q="),
            ("dXNlcjpzdXBlcnNlY3JldA==", "dXNlcjp***A=="),
            ("eHN1cGVyc2VjcmV0", "eH***"),
            ("YWI6c3VwZXJzZWNyZXQK", "YWI6***QK"),
            ("YTpzdXBlcnNlY3JldA", "YTp***A"),
        ] {
            assert_eq!(masked(&["supersecret"], written), shown);
        }
        assert_eq!(masked(&["~~~~~~?~"], "fn5-fn5-P34="), "***4=");
    }

    #[test]
    fn what_programs_read_keeps_other_forms_of_values() {
        let masks = Masks::new(["supersecret"]);
        let written = |text: &str| masks.apply_as_written(text.to_owned());
        assert_eq!(written("Basic dXNlcjpzdXBlcnNlY3JldA=="), "Basic dXNlcjpzdXBlcnNlY3JldA==");
        assert_eq!(written("a supersecret"), "a ***");
    }

    #[test]
    fn short_pieces_of_base64_are_left() {
        assert_eq!(masked(&["test"], "dGVzd"), "dGVzd");
    }

    #[test]
    fn values_that_hide_nothing_are_left() {
        assert_eq!(masked(&["", "a", "\n"], "banana"), "banana");
    }
}
