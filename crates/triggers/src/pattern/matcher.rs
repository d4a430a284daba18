//! What one value may be.

use std::cmp::Ordering;
use std::net::IpAddr;

use compasso_types::{Json, Number};

/// Longest text with wildcards, and most wildcards in it: comparing takes their product in steps.
const WILDCARD_CHARS_MAX: usize = 1_024;

/// What a value may be.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Matcher {
    /// This very value: a text, a number, a boolean or null.
    Exactly(Json),
    /// A text like this.
    Text(TextMatcher),
    /// A number of which all of these hold.
    Numeric(Vec<(Comparison, Number)>),
    /// An address of this network.
    Cidr(IpAddr, u32),
    /// It is there, or not.
    Exists(bool),
    /// It is there, and none of these.
    AnythingBut(Vec<Matcher>),
}

/// What a text may be like.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum TextMatcher {
    Prefix(Box<str>, Case),
    Suffix(Box<str>, Case),
    Whole(Box<str>),
    Wildcard(Vec<Piece>),
}

/// Whether small and large letters are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    Matters,
    Ignored,
}

/// A piece of a text with wildcards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Any,
    Char(char),
}

/// How numbers are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Less,
    LessOrEqual,
    Equal,
    GreaterOrEqual,
    Greater,
}

const COMPARISONS: [(&str, Comparison); 5] = [
    ("<", Comparison::Less),
    ("<=", Comparison::LessOrEqual),
    ("=", Comparison::Equal),
    (">=", Comparison::GreaterOrEqual),
    (">", Comparison::Greater),
];

const FILTERS: &str = "prefix, suffix, equals-ignore-case, wildcard, anything-but, numeric, cidr or \
                       exists";

impl Matcher {
    /// Reads one alternative of a value.
    pub(super) fn parse(value: &Json, place: &str) -> Result<Self, String> {
        match value {
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {
                Ok(Self::Exactly(value.clone()))
            }
            Json::Array(_) => Err(format!("{place}: a list in a list is no value")),
            Json::Object(members) if members.len() == 1 => {
                let (name, operand) = members.first().expect("there is one");
                Self::filter(name, operand).map_err(|why| format!("{place}: {why}"))
            }
            Json::Object(_) => Err(format!("{place}: a filter is an object of one member")),
        }
    }

    fn filter(name: &str, operand: &Json) -> Result<Self, String> {
        let text = TextMatcher::parse(name, operand)?;
        if let Some(text) = text {
            return Ok(Self::Text(text));
        }
        match (name, operand) {
            ("numeric", Json::Array(items)) => Self::numeric(items),
            ("cidr", Json::String(text)) => {
                Self::cidr(text).ok_or_else(|| format!("'{text}' is no network such as 10.0.0.0/8"))
            }
            ("exists", Json::Bool(exists)) => Ok(Self::Exists(*exists)),
            ("anything-but", operand) => Self::anything_but(operand),
            ("numeric" | "cidr" | "exists", _) => {
                Err(format!("'{name}' does not take {}", operand.type_name()))
            }
            _ => Err(format!("'{name}' is no filter: write {FILTERS}")),
        }
    }

    fn numeric(items: &[Json]) -> Result<Self, String> {
        let wrong = || "'numeric' is a list such as [\">\", 0, \"<=\", 5]".to_owned();
        let pair = |pair: &[Json]| {
            let [Json::String(sign), Json::Number(number)] = pair else { return Err(wrong()) };
            let found = COMPARISONS.iter().find(|(known, _)| *known == &**sign);
            found.map(|(_, comparison)| (*comparison, *number)).ok_or_else(wrong)
        };
        let pairs = items.chunks(2).map(pair).collect::<Result<Vec<_>, _>>()?;
        if (1..=2).contains(&pairs.len()) { Ok(Self::Numeric(pairs)) } else { Err(wrong()) }
    }

    fn cidr(text: &str) -> Option<Self> {
        let (address, bits) = text.split_once('/')?;
        let address: IpAddr = address.parse().ok()?;
        let bits: u32 = bits.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        (bits <= most).then_some(Self::Cidr(address, bits))
    }

    fn anything_but(operand: &Json) -> Result<Self, String> {
        let none = || "'anything-but' names at least one value".to_owned();
        let all = match operand {
            Json::Array(items) if items.is_empty() => return Err(none()),
            Json::Array(items) => {
                let read = items.iter().map(|item| match item {
                    Json::String(_) | Json::Number(_) => Ok(Self::Exactly(item.clone())),
                    _ => Err("'anything-but' lists texts and numbers".to_owned()),
                });
                read.collect::<Result<_, _>>()?
            }
            Json::Object(members) if members.len() == 1 => {
                let (name, operand) = members.first().expect("there is one");
                let operands = match operand {
                    Json::Array(items) if items.is_empty() => return Err(none()),
                    Json::Array(items) => (**items).clone(),
                    one => vec![one.clone()],
                };
                let read =
                    operands.iter().map(|operand| match TextMatcher::parse(name, operand)? {
                        Some(text) => Ok(Self::Text(text)),
                        None => Err(format!("'anything-but' does not take '{name}'")),
                    });
                read.collect::<Result<_, String>>()?
            }
            Json::String(_) | Json::Number(_) => vec![Self::Exactly(operand.clone())],
            Json::Object(_) | Json::Null | Json::Bool(_) => return Err(none()),
        };
        Ok(Self::AnythingBut(all))
    }

    /// Whether a value, or that there is none, is as it should be.
    pub(super) fn takes(&self, value: Option<&Json>) -> bool {
        let Some(value) = value else { return *self == Self::Exists(false) };
        match self {
            Self::Exactly(Json::Number(number)) => {
                value.as_number().is_some_and(|it| compare(it, *number) == Some(Ordering::Equal))
            }
            Self::Exactly(expected) => value == expected,
            Self::Text(text) => value.as_str().is_some_and(|it| text.takes(it)),
            Self::Numeric(all) => value.as_number().is_some_and(|it| {
                all.iter().all(|(comparison, number)| {
                    compare(it, *number).is_some_and(|order| comparison.takes(order))
                })
            }),
            Self::Cidr(network, bits) => {
                let address = value.as_str().and_then(|text| text.parse().ok());
                address.is_some_and(|address| is_within(address, *network, *bits))
            }
            Self::Exists(exists) => *exists,
            Self::AnythingBut(all) => !all.iter().any(|one| one.takes(Some(value))),
        }
    }
}

impl TextMatcher {
    /// Reads a filter of texts; `None` if the name is not one of them.
    fn parse(name: &str, operand: &Json) -> Result<Option<Self>, String> {
        let folded = operand
            .get("equals-ignore-case")
            .filter(|_| operand.as_object().is_some_and(|it| it.len() == 1));
        let case = if folded.is_some() { Case::Ignored } else { Case::Matters };
        let text = folded.unwrap_or(operand).as_str();
        let is_known = matches!(name, "prefix" | "suffix" | "equals-ignore-case" | "wildcard");
        if !is_known {
            return Ok(None);
        }
        let text = text.ok_or_else(|| format!("'{name}' takes a text"))?;
        match (name, case) {
            ("prefix", case) => Ok(Some(Self::Prefix(text.into(), case))),
            ("suffix", case) => Ok(Some(Self::Suffix(text.into(), case))),
            ("equals-ignore-case", Case::Matters) => Ok(Some(Self::Whole(text.into()))),
            ("wildcard", Case::Matters) => Ok(Some(Self::Wildcard(pieces(text)?))),
            _ => Err(format!("'{name}' takes a text")),
        }
    }

    fn takes(&self, text: &str) -> bool {
        match self {
            Self::Prefix(prefix, Case::Matters) => text.starts_with(&**prefix),
            Self::Suffix(suffix, Case::Matters) => text.ends_with(&**suffix),
            Self::Prefix(prefix, Case::Ignored) => folded(text).starts_with(&folded(prefix)),
            Self::Suffix(suffix, Case::Ignored) => folded(text).ends_with(&folded(suffix)),
            Self::Whole(whole) => folded(text) == folded(whole),
            Self::Wildcard(pieces) => matches(pieces, text),
        }
    }
}

impl Comparison {
    fn takes(self, order: Ordering) -> bool {
        match self {
            Self::Less => order == Ordering::Less,
            Self::LessOrEqual => order != Ordering::Greater,
            Self::Equal => order == Ordering::Equal,
            Self::GreaterOrEqual => order != Ordering::Less,
            Self::Greater => order == Ordering::Greater,
        }
    }
}

fn compare(left: Number, right: Number) -> Option<Ordering> {
    left.as_f64().partial_cmp(&right.as_f64())
}

fn folded(text: &str) -> String {
    text.to_lowercase()
}

/// Reads a text with wildcards: `\*` stands for itself.
fn pieces(text: &str) -> Result<Vec<Piece>, String> {
    if text.chars().count() > WILDCARD_CHARS_MAX {
        return Err(format!("a text with wildcards has {WILDCARD_CHARS_MAX} characters at most"));
    }
    let mut chars = text.chars();
    let mut pieces = Vec::new();
    while let Some(c) = chars.next() {
        match c {
            '*' if pieces.last() == Some(&Piece::Any) => {}
            '*' => pieces.push(Piece::Any),
            '\\' => match chars.next() {
                Some(escaped @ ('*' | '\\')) => pieces.push(Piece::Char(escaped)),
                _ => return Err("after '\\' stands '*' or '\\'".into()),
            },
            other => pieces.push(Piece::Char(other)),
        }
    }
    Ok(pieces)
}

/// Compares in steps of the product of both lengths at most: only the last wildcard is tried again.
fn matches(pieces: &[Piece], text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut piece) = (0, 0);
    let mut again: Option<(usize, usize)> = None;
    while at < text.len() {
        match pieces.get(piece) {
            Some(Piece::Any) => {
                again = Some((piece + 1, at));
                piece += 1;
            }
            Some(Piece::Char(c)) if *c == text[at] => (at, piece) = (at + 1, piece + 1),
            _ => {
                let Some((after, from)) = again else { return false };
                again = Some((after, from + 1));
                (at, piece) = (from + 1, after);
            }
        }
    }
    pieces[piece..].iter().all(|rest| *rest == Piece::Any)
}

fn is_within(address: IpAddr, network: IpAddr, bits: u32) -> bool {
    match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            let shift = 32 - bits;
            let part = |address: u32| address.checked_shr(shift).unwrap_or(0);
            part(address.to_bits()) == part(network.to_bits())
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => {
            let shift = 128 - bits;
            let part = |address: u128| address.checked_shr(shift).unwrap_or(0);
            part(address.to_bits()) == part(network.to_bits())
        }
        _ => false,
    }
}
