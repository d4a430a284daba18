//! Pictures of numbers.

use crate::error::{Result, failed};
use crate::value::Value;

/// The characters a picture is written with.
pub(super) struct Symbols {
    pub(super) decimal: char,
    pub(super) grouping: char,
    pub(super) exponent: char,
    pub(super) minus: char,
    percent: char,
    per_mille: char,
    zero: char,
    optional: char,
    pub(super) pattern_separator: char,
}

impl Symbols {
    /// Returns the usual characters with those of `options` in their place.
    pub(super) fn new(options: &Value) -> Self {
        let symbol = |name: &str, usual: char| {
            options.member(name).as_str().and_then(|text| text.chars().next()).unwrap_or(usual)
        };
        Self {
            decimal: symbol("decimal-separator", '.'),
            grouping: symbol("grouping-separator", ','),
            exponent: symbol("exponent-separator", 'e'),
            minus: symbol("minus-sign", '-'),
            percent: symbol("percent", '%'),
            per_mille: symbol("per-mille", '‰'),
            zero: symbol("zero-digit", '0'),
            optional: symbol("digit", '#'),
            pattern_separator: symbol("pattern-separator", ';'),
        }
    }

    fn is_digit(&self, c: char) -> bool {
        (self.zero as u32..self.zero as u32 + 10).contains(&(c as u32))
    }

    fn is_active(&self, c: char) -> bool {
        self.is_digit(c) || [self.decimal, self.grouping, self.optional, self.exponent].contains(&c)
    }

    /// Returns a digit in the family the picture uses; other characters stay.
    pub(super) fn digit_for(&self, c: char) -> char {
        match c.to_digit(10) {
            Some(digit) if self.zero != '0' => {
                char::from_u32(self.zero as u32 + digit).unwrap_or(c)
            }
            _ => c,
        }
    }
}

/// One half of a picture string.
#[derive(Clone)]
pub(super) struct Picture {
    pub(super) prefix: String,
    pub(super) suffix: String,
    pub(super) factor: f64,
    pub(super) integer_min: usize,
    /// Digits before the point of a mantissa.
    pub(super) scaling: usize,
    pub(super) fraction_min: usize,
    pub(super) fraction_max: usize,
    pub(super) exponent_min: usize,
    /// Separators every so many digits.
    pub(super) regular_group: Option<usize>,
    /// Separators before so many digits of the integer part.
    pub(super) integer_groups: Vec<usize>,
    /// Separators behind so many digits of the fractional part.
    pub(super) fraction_groups: Vec<usize>,
}

impl Picture {
    pub(super) fn parse(text: &str, symbols: &Symbols) -> Result<Self> {
        let characters: Vec<char> = text.chars().collect();
        let bounds = |c: &char| symbols.is_active(*c) && *c != symbols.exponent;
        // Without any active character there is neither prefix nor suffix.
        let first = characters.iter().position(bounds).unwrap_or(0);
        let end = characters.iter().rposition(bounds).map_or(characters.len(), |last| last + 1);
        // An exponent sign may be the last active character.
        let end = if characters.get(end) == Some(&symbols.exponent) { end + 1 } else { end };
        let active = &characters[first..end];
        let split = active.iter().position(|c| *c == symbols.exponent);
        let mantissa = &active[..split.unwrap_or(active.len())];
        let exponent = split.map(|at| &active[at + 1..]);
        let point = mantissa.iter().position(|c| *c == symbols.decimal);
        let integer = &mantissa[..point.unwrap_or(mantissa.len())];
        let fraction = point.map_or(&[][..], |at| &mantissa[at + 1..]);
        check(symbols, &characters, active, integer, fraction, exponent)?;
        let digits = |part: &[char]| part.iter().filter(|c| symbols.is_digit(**c)).count();
        let places = |part: &[char]| part.iter().filter(|c| **c != symbols.grouping).count();
        let mut picture = Self {
            prefix: characters[..first].iter().collect(),
            suffix: characters[end..].iter().collect(),
            factor: if characters.contains(&symbols.percent) {
                100.0
            } else if characters.contains(&symbols.per_mille) {
                1000.0
            } else {
                1.0
            },
            integer_min: digits(integer),
            scaling: digits(integer),
            fraction_min: digits(fraction),
            fraction_max: places(fraction),
            exponent_min: exponent.map_or(0, <[char]>::len),
            regular_group: None,
            integer_groups: Vec::new(),
            fraction_groups: Vec::new(),
        };
        for (at, _) in integer.iter().enumerate().filter(|(_, c)| **c == symbols.grouping) {
            picture.integer_groups.push(places(&integer[at..]));
        }
        for (at, _) in fraction.iter().enumerate().filter(|(_, c)| **c == symbols.grouping) {
            picture.fraction_groups.push(places(&fraction[..at]));
        }
        picture.regular_group = regular(&picture.integer_groups);
        picture.complete(integer.contains(&symbols.optional));
        Ok(picture)
    }

    /// Makes sure that at least one digit is written.
    fn complete(&mut self, optional_integer: bool) {
        let exponent = self.exponent_min > 0;
        if self.integer_min == 0 && self.fraction_max == 0 {
            if exponent {
                self.fraction_min = 1;
                self.fraction_max = 1;
            } else {
                self.integer_min = 1;
            }
        }
        if exponent && self.integer_min == 0 && optional_integer {
            self.integer_min = 1;
        }
        if self.integer_min == 0 && self.fraction_min == 0 {
            self.fraction_min = 1;
        }
    }
}

/// Returns the distance of separators that repeat evenly.
pub(crate) fn regular(places: &[usize]) -> Option<usize> {
    let divisor = |mut a: usize, mut b: usize| {
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    let step = places.iter().copied().reduce(divisor).filter(|step| *step > 0)?;
    (1..=places.len()).all(|count| places.contains(&(count * step))).then_some(step)
}

/// Of several problems the last one counts, as in the reference implementation.
#[expect(clippy::too_many_lines, reason = "one rule of the standard after the other")]
fn check(
    symbols: &Symbols,
    all: &[char],
    active: &[char],
    integer: &[char],
    fraction: &[char],
    exponent: Option<&[char]>,
) -> Result<()> {
    let count = |c: char| all.iter().filter(|other| **other == c).count();
    let adjacent = |a: char, b: char| all.windows(2).any(|pair| pair == [a, b]);
    let digit = |c: &char| symbols.is_digit(*c);
    let optional = |c: &char| *c == symbols.optional;
    let scaled = count(symbols.percent) + count(symbols.per_mille) > 0;
    let (group, decimal) = (symbols.grouping, symbols.decimal);
    let problems = [
        (
            count(decimal) > 1,
            "D3081",
            "The sub-picture must not contain more than one instance of the 'decimal-separator' character",
        ),
        (
            count(symbols.percent) > 1,
            "D3082",
            "The sub-picture must not contain more than one instance of the 'percent' character",
        ),
        (
            count(symbols.per_mille) > 1,
            "D3083",
            "The sub-picture must not contain more than one instance of the 'per-mille' character",
        ),
        (
            count(symbols.percent) > 0 && count(symbols.per_mille) > 0,
            "D3084",
            "The sub-picture must not contain both a 'percent' and a 'per-mille' character",
        ),
        (
            !integer.iter().chain(fraction).any(|c| digit(c) || optional(c)),
            "D3085",
            "The mantissa part of a sub-picture must contain at least one character that is either an 'optional digit character' or a member of the 'decimal digit family'",
        ),
        (
            !active.iter().all(|c| symbols.is_active(*c)),
            "D3086",
            "The sub-picture must not contain a passive character that is preceded by an active character and that is followed by another active character",
        ),
        (
            adjacent(group, decimal) || adjacent(decimal, group),
            "D3087",
            "The sub-picture must not contain a 'grouping-separator' character that appears adjacent to a 'decimal-separator' character",
        ),
        (
            count(decimal) == 0 && integer.last() == Some(&group),
            "D3088",
            "The sub-picture must not contain a 'grouping-separator' at the end of the integer part",
        ),
        (
            adjacent(group, group),
            "D3089",
            "The sub-picture must not contain two adjacent instances of the 'grouping-separator' character",
        ),
        (
            integer.iter().any(digit)
                && integer.iter().position(digit) < integer.iter().rposition(optional),
            "D3090",
            "The integer part of the sub-picture must not contain a member of the 'decimal digit family' that is followed by an instance of the 'optional digit character'",
        ),
        (
            fraction.iter().position(optional).is_some_and(|at| fraction[at..].iter().any(digit)),
            "D3091",
            "The fractional part of the sub-picture must not contain an instance of the 'optional digit character' that is followed by a member of the 'decimal digit family'",
        ),
        (
            exponent.is_some() && scaled,
            "D3092",
            "A sub-picture that contains a 'percent' or 'per-mille' character must not contain a character treated as an 'exponent-separator'",
        ),
        (
            exponent.is_some_and(|e| e.is_empty() || !e.iter().all(digit)),
            "D3093",
            "The exponent part of the sub-picture must comprise only of one or more characters that are members of the 'decimal digit family'",
        ),
    ];
    match problems.into_iter().rfind(|(is_wrong, ..)| *is_wrong) {
        Some((_, code, message)) => Err(failed(code, message)),
        None => Ok(()),
    }
}
