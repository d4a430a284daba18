//! Executions as the store sees them.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use bytes::Bytes;
use compasso_types::Timestamp;

use crate::{AttributeValue, Attributes, Revision};

/// Names an execution for ever: its ARN.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExecutionKey(pub Arc<str>);

impl fmt::Display for ExecutionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How far an execution is. The numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Status {
    /// Open.
    Running = 0,
    /// Closed well.
    Succeeded = 1,
    /// Closed with an error.
    Failed = 2,
    /// Closed by its time limit.
    TimedOut = 3,
    /// Closed by somebody.
    Aborted = 4,
    /// Open, but set aside because the engine could not carry on with it.
    Quarantined = 5,
}

impl Status {
    /// Returns the status that is stored as `number`, if there is one.
    pub const fn stored(number: i64) -> Option<Self> {
        Some(match number {
            0 => Self::Running,
            1 => Self::Succeeded,
            2 => Self::Failed,
            3 => Self::TimedOut,
            4 => Self::Aborted,
            5 => Self::Quarantined,
            _ => return None,
        })
    }

    /// Says whether the execution may go on.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Running | Self::Quarantined)
    }
}

/// An execution in a listing.
#[derive(Clone, Debug, PartialEq)]
pub struct ExecutionHeader {
    /// Its key.
    pub key: ExecutionKey,
    /// Its workflow.
    pub workflow: Arc<str>,
    /// The version it was started by.
    pub version: Option<Arc<str>>,
    /// The alias it was started by.
    pub alias: Option<Arc<str>>,
    /// Its status.
    pub status: Status,
    /// When it started.
    pub started: Timestamp,
    /// When it closed.
    pub stopped: Option<Timestamp>,
    /// How it was redriven, if it was.
    pub redriven: Option<Redriven>,
    /// What it is searched by.
    pub attributes: Attributes,
    /// How it ended, if it has closed and did not succeed, see [`crate::Turn::outcome`]; only where
    /// [`ExecutionFilter::with_failures`] asks for it.
    pub failure: Option<Bytes>,
}

impl ExecutionHeader {
    /// Returns when it closed, or when an open one was started or redriven.
    pub fn changed(&self) -> Timestamp {
        self.stopped.or(self.redriven.map(|redriven| redriven.at)).unwrap_or(self.started)
    }
}

/// That a closed execution was opened again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Redriven {
    /// How often.
    pub count: u32,
    /// When last.
    pub at: Timestamp,
}

/// An execution.
#[derive(Clone, Debug, PartialEq)]
pub struct Execution {
    /// What listings show.
    pub header: ExecutionHeader,
    /// How often it was written.
    pub revision: Revision,
    /// See [`crate::Turn::start`].
    pub start: Bytes,
    /// See [`crate::Turn::image`].
    pub image: Bytes,
    /// Whether the image is what was written.
    pub is_image_whole: bool,
    /// Whether there are turns that the image does not hold: see [`crate::Store::tail`].
    pub has_tail: bool,
    /// See [`crate::Turn::outcome`].
    pub outcome: Option<Bytes>,
}

/// Which executions a listing shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExecutionFilter {
    /// Only those of this workflow.
    pub workflow: Option<Arc<str>>,
    /// Only those started by this version.
    pub version: Option<Arc<str>>,
    /// Only those started by this alias.
    pub alias: Option<Arc<str>>,
    /// Only those with this status.
    pub status: Option<Status>,
    /// Only those that are searched by this name and have this value there.
    pub attribute: Option<(Arc<str>, AttributeValue)>,
    /// Only those that changed then or later.
    pub since: Option<Timestamp>,
    /// Only those that changed then or earlier.
    pub until: Option<Timestamp>,
    /// Whether it is told how those ended that did not succeed.
    pub with_failures: bool,
    /// In which order.
    pub order: Order,
}

impl ExecutionFilter {
    /// Says whether it shows an execution.
    pub fn fits(&self, header: &ExecutionHeader) -> bool {
        let changed = header.changed();
        self.workflow.as_ref().is_none_or(|workflow| *workflow == header.workflow)
            && (self.version.is_none() || self.version == header.version)
            && (self.alias.is_none() || self.alias == header.alias)
            && self.status.is_none_or(|status| status == header.status)
            && self.since.is_none_or(|since| since <= changed)
            && self.until.is_none_or(|until| changed <= until)
            && self.attribute.as_ref().is_none_or(|(name, value)| {
                header.attributes.get(name).is_some_and(|found| found == value)
            })
    }

    /// Returns the part of it that one index of a database can hold; a search looks at its rows one by
    /// one for the rest, and so counts them.
    #[must_use]
    pub fn indexed(&self) -> Self {
        let mut indexed = self.clone();
        if self.attribute.is_some() {
            (indexed.alias, indexed.version, indexed.workflow) = (None, None, None);
            indexed.status = None;
        } else if self.alias.is_some() {
            (indexed.version, indexed.workflow, indexed.status) = (None, None, None);
        } else if self.version.is_some() {
            (indexed.workflow, indexed.status) = (None, None);
        } else if self.status == Some(Status::Succeeded) {
            indexed.status = None;
        }
        indexed
    }
}

/// The order of a listing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// What changed last comes first.
    #[default]
    LatestFirst,
    /// What changed last comes last.
    EarliestFirst,
}

/// Where a listing goes on: behind the last row it showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// When that row last changed; 0 in a listing that does not go by time.
    pub changed: Timestamp,
    /// The number of that row.
    pub row: u64,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.changed.0, self.row)
    }
}

impl FromStr for Cursor {
    type Err = NoCursor;

    fn from_str(text: &str) -> Result<Self, NoCursor> {
        let (changed, row) = text.split_once(':').ok_or(NoCursor)?;
        let changed = changed.parse().map(Timestamp).map_err(|_| NoCursor)?;
        Ok(Self { changed, row: row.parse().map_err(|_| NoCursor)? })
    }
}

/// A text is no cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor of a listing")]
pub struct NoCursor;

/// A part of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the next page starts; `None` at the end.
    pub next: Option<Cursor>,
}
