//! Bounds of request members, and the text AWS answers when they are broken.

use std::fmt::{Display, Write};
use std::ops::RangeInclusive;

use crate::Error;

/// Collects broken constraints, so that all of them are reported together.
#[derive(Default)]
pub(crate) struct Constraints {
    broken: Vec<String>,
}

impl Constraints {
    /// Demands that a text has a number of characters within `range`.
    pub(crate) fn chars(mut self, member: &str, value: &str, range: RangeInclusive<usize>) -> Self {
        // A text of few bytes has few characters; counting them is rarely needed.
        let length = if value.len() <= *range.end() && *range.start() <= 1 {
            value.len()
        } else {
            value.chars().count()
        };
        if let Some(limit) = outside("length", &length, &range) {
            self.add(&quoted(value), member, &limit);
        }
        self
    }

    /// Like [`Self::chars`], if there is a value.
    pub(crate) fn chars_if(
        self,
        member: &str,
        value: Option<&str>,
        range: RangeInclusive<usize>,
    ) -> Self {
        match value {
            Some(value) => self.chars(member, value, range),
            None => self,
        }
    }

    /// Demands that a text is ASCII.
    pub(crate) fn ascii_if(mut self, member: &str, value: Option<&str>) -> Self {
        if let Some(value) = value.filter(|value| !value.is_ascii()) {
            let limit = r"Member must satisfy regular expression pattern: \p{ASCII}*";
            self.add(&quoted(value), member, limit);
        }
        self
    }

    /// Demands that a list has a number of items within `range`; messages show it as `written`.
    pub(crate) fn items(
        mut self,
        member: &str,
        length: usize,
        written: &str,
        range: RangeInclusive<usize>,
    ) -> Self {
        if let Some(limit) = outside("length", &length, &range) {
            self.add(&quoted(written), member, &limit);
        }
        self
    }

    /// Demands that a text is printable ASCII, blanks excepted.
    pub(crate) fn printable_if(mut self, member: &str, value: Option<&str>) -> Self {
        let printable = |value: &&str| value.bytes().all(|byte| matches!(byte, b'!'..=b'~'));
        if let Some(value) = value.filter(|value| !printable(value)) {
            let limit = r"Member must satisfy regular expression pattern: [!-~]+";
            self.add(&quoted(value), member, limit);
        }
        self
    }

    /// Demands that a text which must not be repeated in messages has a length within `range`.
    pub(crate) fn sensitive(
        mut self,
        member: &str,
        length: usize,
        range: RangeInclusive<usize>,
    ) -> Self {
        if let Some(limit) = outside("length", &length, &range) {
            self.add("", member, &limit);
        }
        self
    }

    /// Demands that a number lies within `range`.
    pub(crate) fn number_if(
        mut self,
        member: &str,
        value: Option<i64>,
        range: RangeInclusive<i64>,
    ) -> Self {
        if let Some(value) = value
            && let Some(limit) = outside("value", &value, &range)
        {
            self.add(&quoted(value), member, &limit);
        }
        self
    }

    /// Demands that a fraction lies within `range`.
    pub(crate) fn fraction_if(
        mut self,
        member: &str,
        value: Option<f64>,
        range: RangeInclusive<f64>,
    ) -> Self {
        if let Some(value) = value
            && let Some(limit) = outside("value", &value, &range)
        {
            self.add(&format!(" '{value:?}'"), member, &limit);
        }
        self
    }

    /// Demands that a text is one of `words`, written in the message in this order.
    pub(crate) fn one_of(mut self, member: &str, value: Option<&str>, words: &[&str]) -> Self {
        if let Some(value) = value.filter(|value| !words.contains(value)) {
            let limit = format!("Member must satisfy enum value set: [{}]", words.join(", "));
            self.add(&quoted(value), member, &limit);
        }
        self
    }

    /// Demands that a text, `shown` unless it is secret, has the form of `pattern`.
    pub(crate) fn pattern(
        mut self,
        member: &str,
        shown: Option<&str>,
        fits: bool,
        pattern: &str,
    ) -> Self {
        if !fits {
            let limit = format!("Member must satisfy regular expression pattern: {pattern}");
            self.add(&shown.map(quoted).unwrap_or_default(), member, &limit);
        }
        self
    }

    /// Says that a member is missing.
    pub(crate) fn missing(mut self, member: &str) -> Self {
        self.add(" null", member, "Member must not be null");
        self
    }

    /// Reports what was broken.
    ///
    /// # Errors
    /// [`Error::Validation`], if anything was.
    pub(crate) fn check(self) -> Result<(), Error> {
        let count = self.broken.len();
        if count == 0 {
            return Ok(());
        }
        let plural = if count == 1 { "" } else { "s" };
        Err(Error::validation(format!(
            "{count} validation error{plural} detected: {}",
            self.broken.join("; ")
        )))
    }

    fn add(&mut self, value: &str, member: &str, limit: &str) {
        let mut text = String::from("Value");
        write!(text, "{value} at '{member}' failed to satisfy constraint: {limit}")
            .expect("a string takes every text");
        self.broken.push(text);
    }
}

impl Error {
    /// Says that required members of a request are missing.
    ///
    /// # Panics
    /// None is named.
    pub fn missing_members(members: &[String]) -> Self {
        let add = |constraints: Constraints, member: &String| constraints.missing(member);
        let constraints = members.iter().fold(Constraints::default(), add);
        constraints.check().expect_err("a missing member breaks a constraint")
    }
}

fn quoted(value: impl Display) -> String {
    format!(" '{value}'")
}

fn outside<T: PartialOrd + Display>(
    what: &str,
    value: &T,
    range: &RangeInclusive<T>,
) -> Option<String> {
    if value < range.start() {
        Some(format!("Member must have {what} greater than or equal to {}", range.start()))
    } else if value > range.end() {
        Some(format!("Member must have {what} less than or equal to {}", range.end()))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(constraints: Constraints) -> String {
        constraints.check().expect_err("something is broken").to_string()
    }

    #[test]
    fn a_broken_constraint_is_worded_as_aws_words_it() {
        assert_eq!(
            text(Constraints::default().number_if("maxResults", Some(1001), 0..=1000)),
            "1 validation error detected: Value '1001' at 'maxResults' failed to satisfy \
             constraint: Member must have value less than or equal to 1000"
        );
        assert_eq!(
            text(Constraints::default().one_of("type", Some("fast"), &["STANDARD", "EXPRESS"])),
            "1 validation error detected: Value 'fast' at 'type' failed to satisfy constraint: \
             Member must satisfy enum value set: [STANDARD, EXPRESS]"
        );
    }

    #[test]
    fn several_broken_constraints_are_reported_together() {
        assert_eq!(
            text(Constraints::default().chars("name", "", 1..=80).missing("roleArn")),
            "2 validation errors detected: Value '' at 'name' failed to satisfy constraint: \
             Member must have length greater than or equal to 1; Value null at 'roleArn' failed \
             to satisfy constraint: Member must not be null"
        );
    }

    #[test]
    fn length_counts_characters() {
        let name = "ü".repeat(80);
        assert!(Constraints::default().chars("name", &name, 1..=80).check().is_ok());
        assert!(Constraints::default().chars("name", &(name + "x"), 1..=80).check().is_err());
    }

    #[test]
    fn sensitive_values_are_not_repeated() {
        assert_eq!(
            text(Constraints::default().sensitive("input", 262_145, 0..=262_144)),
            "1 validation error detected: Value at 'input' failed to satisfy constraint: Member \
             must have length less than or equal to 262144"
        );
    }
}
