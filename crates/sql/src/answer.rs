//! What is asked of a database, and what comes of it.

use std::sync::Arc;
use std::time::Duration;

use compasso_types::{Json, Object};

/// Statements to carry out.
#[derive(Clone, Debug)]
pub struct Request {
    /// One or more statements, with a `;` between them.
    pub text: Arc<str>,
    /// The values of `:name`, by name.
    pub bind: Object,
    /// How much there may be of everything.
    pub bounds: Bounds,
}

/// How much a request may use.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Most rows.
    pub rows_max: usize,
    /// Most bytes of all rows as JSON.
    pub bytes_max: usize,
    /// Longest time, the connection included.
    pub timeout: Duration,
}

/// What came of a request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// The rows of the last statement that has some, as objects.
    pub rows: Vec<Json>,
    /// How many rows all statements together changed.
    pub affected: u64,
}

/// Why nothing came of a request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// There is no way to the database, or it broke off. Try again later.
    #[error("{0}")]
    Connection(String),
    /// It took too long.
    #[error("the statement took longer than {} ms and was ended", .0.as_millis())]
    Timeout(Duration),
    /// There are more rows, or larger ones, than the bounds allow.
    #[error("{0}")]
    TooLarge(String),
    /// The values do not fit the statements.
    #[error("{0}")]
    Bind(String),
    /// The database refused a statement.
    #[error("{message}")]
    Refused {
        /// The `SQLSTATE` of PostgreSQL, the name of the result of SQLite.
        code: String,
        /// What it says.
        message: String,
    },
}

/// Rows on their way into an answer, within bounds.
pub(crate) struct Rows {
    bounds: Bounds,
    found: Vec<Json>,
    bytes: usize,
}

impl Rows {
    pub(crate) fn new(bounds: Bounds) -> Self {
        Self { bounds, found: Vec::new(), bytes: 0 }
    }

    pub(crate) fn push(&mut self, row: Object) -> Result<(), Failure> {
        let row = Json::from(row);
        self.bytes += row.to_string().len() + 1;
        if self.bytes > self.bounds.bytes_max {
            return Err(Failure::TooLarge(format!(
                "the rows are larger than {} bytes; ask for fewer of them, or for fewer columns",
                self.bounds.bytes_max
            )));
        }
        if self.found.len() == self.bounds.rows_max {
            return Err(Failure::TooLarge(format!(
                "there are more than {} rows; ask for fewer of them with LIMIT, or allow more",
                self.bounds.rows_max
            )));
        }
        self.found.push(row);
        Ok(())
    }

    pub(crate) fn finish(self) -> Vec<Json> {
        self.found
    }
}
