//! Cron: patterns of wall-clock times.
//!
//! Five fields (minute, hour, day of month, month, day of week), or six with seconds in front; words
//! such as `@daily`, `@every 90s`, and a zone in front, `TZ=Europe/Lisbon 0 2 * * *`. Start with
//! [`parse`].

mod days;
mod error;
mod field;
mod pattern;

use std::ops::Range;
use std::time::Duration;

pub use self::error::{Error, Problem};
pub use self::pattern::{DayMatch, Pattern};

use self::error::at;
use crate::{Zone, duration, limits};

/// What a cron text says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cron {
    /// The zone it names itself, if it does.
    pub zone: Option<Zone>,
    /// When it fires.
    pub beat: Beat,
}

/// When a cron fires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Beat {
    /// When the clock on the wall looks like this.
    Pattern(Pattern),
    /// Again and again after this time: `@every 90s`.
    Every(Duration),
}

/// Reads a cron text. `H` stands for a number that follows from `name`.
///
/// # Errors
/// The text is no cron, or one that never fires.
pub fn parse(text: &str, day_match: DayMatch, name: &str) -> Result<Cron, Error> {
    if text.len() > limits::CRON_BYTES_MAX {
        return Err(Error::new(Problem::TooLong, 0..text.len()));
    }
    let mut words = words(text);
    let zone = zone(&mut words)?;
    let beat = match words.as_slice() {
        [] => return Err(Error::new(Problem::Empty, 0..text.len())),
        [(word, place), rest @ ..] if word.starts_with('@') => {
            named(word, place.clone(), rest, name)?
        }
        fields => Beat::Pattern(Pattern::parse(fields, day_match, name)?),
    };
    Ok(Cron { zone, beat })
}

/// A word of the text and where it stands.
pub(crate) type Word<'a> = (&'a str, Range<usize>);

fn words(text: &str) -> Vec<Word<'_>> {
    let begin = text.as_ptr() as usize;
    text.split_ascii_whitespace()
        .map(|word| {
            let from = word.as_ptr() as usize - begin;
            (word, from..from + word.len())
        })
        .collect()
}

fn zone(words: &mut Vec<Word<'_>>) -> Result<Option<Zone>, Error> {
    let Some((word, place)) = words.first().cloned() else {
        return Ok(None);
    };
    let Some(name) = word.strip_prefix("CRON_TZ=").or_else(|| word.strip_prefix("TZ=")) else {
        return Ok(None);
    };
    words.remove(0);
    let place = place.end - name.len()..place.end;
    Zone::named(name).map(Some).map_err(|unknown| Error::new(Problem::Zone(unknown), place))
}

/// The words that stand for patterns.
const NAMED: [(&str, &str); 7] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

fn named(word: &str, place: Range<usize>, rest: &[Word<'_>], name: &str) -> Result<Beat, Error> {
    if word == "@every" {
        let [(text, place)] = rest else {
            return Err(Error::new(Problem::Period("nothing".into()), place));
        };
        let period = duration::parse(text).filter(|period| *period >= limits::PERIOD_MIN);
        let problem = || Error::new(Problem::Period((*text).to_owned()), place.clone());
        return period.map(Beat::Every).ok_or_else(problem);
    }
    if let Some((_, extra)) = rest.first() {
        return Err(Error::new(Problem::Extra(word.to_owned()), extra.clone()));
    }
    let Some((_, pattern)) = NAMED.iter().find(|(named, _)| *named == word) else {
        let names = NAMED.iter().map(|(named, _)| *named).chain(["@every"]);
        let near = compasso_types::suggestion::nearest(word, names);
        return at(Problem::Word(word.to_owned(), near), place);
    };
    Ok(Beat::Pattern(Pattern::parse(&words(pattern), DayMatch::Any, name)?))
}
