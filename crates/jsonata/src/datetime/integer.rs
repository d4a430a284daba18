//! Integers by a picture such as `#,##0` or `Ww;o`.

use super::words;
use crate::budget::Budget;
use crate::error::{Result, failed};
use crate::functions::regular;
use crate::value::{Value, number_text, quoted};

/// First digits of the families of decimal digits.
const DIGIT_FAMILIES: [u32; 37] = [
    0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66,
    0xde6, 0xe50, 0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90,
    0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10,
];

/// How letters are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    Lower,
    Upper,
    Title,
}

/// How an integer is written.
#[derive(Clone, Debug)]
pub(super) struct IntegerPicture {
    pub(super) form: Form,
    pub(super) ordinal: bool,
}

/// The kinds of notation.
#[derive(Clone, Debug)]
pub(super) enum Form {
    Letters(Case),
    Roman(Case),
    Words(Case),
    Decimal(Decimal),
    /// Another sequence, which is not supported; kept for the message.
    Sequence(String),
}

/// Decimal digits.
#[derive(Clone, Debug)]
pub(super) struct Decimal {
    zero: u32,
    pub(super) mandatory: usize,
    pub(super) optional: usize,
    regular: Option<(usize, char)>,
    separators: Vec<(usize, char)>,
    /// How many digits are read, where nothing separates them from the next ones.
    pub(super) read_width: Option<usize>,
}

impl Decimal {
    pub(super) fn separator(&self) -> Option<char> {
        self.regular.map(|(_, separator)| separator)
    }
}

impl Case {
    /// Returns `text`, given in lower or title case, in this case.
    pub(super) fn apply(self, text: &str) -> String {
        match self {
            Self::Lower => text.to_lowercase(),
            Self::Upper => text.to_uppercase(),
            Self::Title => text.to_owned(),
        }
    }
}

impl IntegerPicture {
    pub(super) fn parse(text: &str) -> Result<Self> {
        let (primary, modifier) = text.rsplit_once(';').unwrap_or((text, ""));
        let form = match primary {
            "A" => Form::Letters(Case::Upper),
            "a" => Form::Letters(Case::Lower),
            "I" => Form::Roman(Case::Upper),
            "i" => Form::Roman(Case::Lower),
            "W" => Form::Words(Case::Upper),
            "Ww" => Form::Words(Case::Title),
            "w" => Form::Words(Case::Lower),
            _ => parse_decimal(primary)?,
        };
        Ok(Self { form, ordinal: modifier.starts_with('o') })
    }

    /// Writes a whole number.
    pub(super) fn format(&self, number: f64, budget: &Budget) -> Result<String> {
        let (sign, value) = if number < 0.0 { ("-", -number) } else { ("", number) };
        let text = match &self.form {
            Form::Letters(case) => case.apply(&words::write_letters(value as u64)),
            Form::Roman(case) => {
                let value = value as u64;
                budget.make_text((value / 1000) as usize + 16)?;
                case.apply(&words::write_roman(value))
            }
            Form::Words(case) => case.apply(&words::write(value, self.ordinal)),
            Form::Decimal(decimal) => self.format_decimal(decimal, value),
            Form::Sequence(token) => return Err(unsupported(token)),
        };
        budget.make_text(text.len())?;
        Ok(format!("{sign}{text}"))
    }

    fn format_decimal(&self, decimal: &Decimal, value: f64) -> String {
        let digits = number_text(value);
        let missing = decimal.mandatory.saturating_sub(digits.len());
        let digits: Vec<char> = std::iter::repeat_n('0', missing).chain(digits.chars()).collect();
        let mut out = String::new();
        for (at, c) in digits.iter().enumerate() {
            let behind = digits.len() - at;
            let separator = match decimal.regular {
                Some((size, separator)) => behind.is_multiple_of(size).then_some(separator),
                None => decimal.separators.iter().find(|(p, _)| *p == behind).map(|(_, c)| *c),
            };
            if at > 0 {
                out.extend(separator);
            }
            let digit = c.to_digit(10).and_then(|digit| char::from_u32(decimal.zero + digit));
            out.push(digit.unwrap_or(*c));
        }
        if self.ordinal {
            let count = digits.len();
            let teen = count > 1 && digits[count - 2] == '1';
            out.push_str(match digits.last() {
                Some('1') if !teen => "st",
                Some('2') if !teen => "nd",
                Some('3') if !teen => "rd",
                _ => "th",
            });
        }
        out
    }

    /// Reads a number written this way.
    pub(super) fn read(&self, text: &str) -> Result<Option<f64>> {
        Ok(match &self.form {
            Form::Letters(_) => words::read_letters(&text.to_lowercase()),
            Form::Roman(_) => words::read_roman(&text.to_lowercase()),
            Form::Words(_) => words::read(&text.to_lowercase()),
            Form::Decimal(decimal) => {
                let end = text.len().saturating_sub(if self.ordinal { 2 } else { 0 });
                let digits: String = text
                    .get(..end)
                    .unwrap_or(text)
                    .chars()
                    .filter_map(|c| {
                        let separates = decimal.regular.is_some_and(|(_, s)| s == c)
                            || decimal.separators.iter().any(|(_, s)| *s == c);
                        (!separates).then(|| {
                            let digit = (c as u32).wrapping_sub(decimal.zero);
                            char::from_digit(digit, 10).filter(|_| digit < 10).unwrap_or(c)
                        })
                    })
                    .collect();
                digits.parse::<u64>().ok().map(|number| number as f64)
            }
            Form::Sequence(token) => return Err(unsupported(token)),
        })
    }

    /// Returns a regular expression of the texts written this way.
    pub(super) fn pattern(&self) -> Result<String> {
        Ok(match &self.form {
            Form::Letters(_) => "[A-Za-z]+".into(),
            Form::Roman(_) => "[MDCLXVI]+".into(),
            Form::Words(_) => {
                let words: Vec<String> = words::values().map(|(word, _)| word).collect();
                format!("(?:{}|and|[\\-, ])+", words.join("|"))
            }
            Form::Decimal(decimal) => {
                let digits = match decimal.read_width {
                    Some(width) => format!("[0-9]{{{width}}}"),
                    None => "[0-9]+".into(),
                };
                format!("{digits}{}", if self.ordinal { "(?:th|st|nd|rd)" } else { "" })
            }
            Form::Sequence(token) => return Err(unsupported(token)),
        })
    }
}

fn unsupported(token: &str) -> crate::EvaluationError {
    let token = quoted(&Value::string(token));
    failed(
        "D3130",
        format!(
            "Formatting or parsing an integer as a sequence starting with {token} is not supported by this implementation"
        ),
    )
}

fn parse_decimal(primary: &str) -> Result<Form> {
    let mut zero = None;
    let (mut mandatory, mut optional) = (0, 0);
    let mut separators: Vec<(usize, char)> = Vec::new();
    for c in primary.chars().rev() {
        let code = c as u32;
        if let Some(family) =
            DIGIT_FAMILIES.iter().find(|first| (**first..**first + 10).contains(&code))
        {
            if *zero.get_or_insert(*family) != *family {
                let message =
                    "In a decimal digit pattern, all digits must be from the same decimal group";
                return Err(failed("D3131", message));
            }
            mandatory += 1;
        } else if c == '#' {
            optional += 1;
        } else {
            separators.push((mandatory + optional, c));
        }
    }
    let Some(zero) = zero else {
        return Ok(Form::Sequence(primary.to_owned()));
    };
    let places: Vec<usize> = separators.iter().map(|(place, _)| *place).collect();
    let same = separators.windows(2).all(|pair| pair[0].1 == pair[1].1);
    let regular = regular(&places).filter(|_| same).map(|step| (step, separators[0].1));
    Ok(Form::Decimal(Decimal { zero, mandatory, optional, regular, separators, read_width: None }))
}
