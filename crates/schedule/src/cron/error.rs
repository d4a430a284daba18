//! What can be wrong with a cron text, and where.

use std::ops::Range;

use crate::UnknownZone;

/// A cron text that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct Error {
    /// What is wrong.
    pub problem: Problem,
    /// The bytes of the text that are.
    pub place: Range<usize>,
}

/// What is wrong with a cron text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// There is nothing in it.
    #[error("a cron is empty; write five fields, such as '0 2 * * *', or a word such as '@daily'")]
    Empty,
    /// There is too much in it.
    #[error("a cron is longer than {} bytes", crate::limits::CRON_BYTES_MAX)]
    TooLong,
    /// Not five or six fields.
    #[error(
        "a cron has {0} fields; write five (minute, hour, day of month, month, day of week) or six \
         with seconds first"
    )]
    Fields(usize),
    /// What stands there is no part of the field.
    #[error(
        "'{part}' is no {field}; write {range}, '*', a list 'a,b', a range 'a-b' or a step '*/n'"
    )]
    Part {
        /// What stands there.
        part: String,
        /// The field's name.
        field: &'static str,
        /// What numbers and names it takes.
        range: &'static str,
    },
    /// A number is out of bounds.
    #[error("{number} is no {field}; write {range}")]
    Number {
        /// The number.
        number: u64,
        /// The field's name.
        field: &'static str,
        /// What numbers and names it takes.
        range: &'static str,
    },
    /// A range ends before it begins.
    #[error("the range '{0}' ends before it begins; write two, such as '22-23,0-5'")]
    Backwards(String),
    /// A step that is no step.
    #[error("'{0}' is no step; write a number from 1 on, such as '*/15'")]
    Step(String),
    /// A word after `@` that is unknown.
    #[error("'{0}' is unknown{hint}", hint = .1.as_deref().map(|near| format!("; {near}")).unwrap_or_default())]
    Word(String, Option<String>),
    /// Something follows a word that stands for the whole.
    #[error("nothing can follow '{0}'")]
    Extra(String),
    /// `@every` without a time.
    #[error("'@every' needs a time of at least a second, such as '@every 90s', and has {0}")]
    Period(String),
    /// The zone is unknown.
    #[error(transparent)]
    Zone(UnknownZone),
    /// No day is like this.
    #[error(
        "this cron never fires: no year has such a day; February has 29 at most, and April, June, \
         September and November have 30"
    )]
    Never,
}

impl Error {
    pub(super) fn new(problem: Problem, place: Range<usize>) -> Self {
        Self { problem, place }
    }

    /// Says if the cron is well written, but no day is like it.
    pub fn never_fires(&self) -> bool {
        matches!(self.problem, Problem::Never)
    }

    /// Says if the zone it names is unknown.
    pub fn unknown_zone(&self) -> Option<&UnknownZone> {
        match &self.problem {
            Problem::Zone(unknown) => Some(unknown),
            _ => None,
        }
    }
}

pub(super) fn at<T>(problem: Problem, place: Range<usize>) -> Result<T, Error> {
    Err(Error::new(problem, place))
}
