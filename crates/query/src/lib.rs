//! The language that executions are searched with: `status = FAILED and started > now-24h`.
//!
//! [`Query::parse`] reads a text by a [`Schema`], which says what fields there are and of what
//! kind, and reports every mistake with its place. A query is written back by `Display` so that it
//! reads the same: the text is one view of it, what a program shows of it another.
//! [`Query::matches`] says whether a row is found. **Invariant:** nothing here knows what is
//! searched, or what time it is. Start with [`Query`].
//!
//! ```text
//! query      = [ either ]
//! either     = all { "or" all }
//! all        = one { "and" one }
//! one        = "not" one | "(" either ")" | test
//! test       = field ( "exists" | comparison value | "in" "(" value { "," value } ")"
//!                    | "contains" value | "starts" "with" value )
//! comparison = "=" | "!=" | "<" | "<=" | ">" | ">="
//! value      = word | "quoted text"
//! ```

mod check;
mod duration;
mod lexer;
mod limits;
mod matches;
mod mistake;
mod parser;
mod print;
mod query;
mod schema;
mod time;

pub use duration::Duration;
pub use limits::{QUERY_BYTES_MAX, QUERY_DEPTH_MAX};
pub use matches::{Found, Row};
pub use mistake::{Mistake, Mistakes};
pub use query::{Comparison, Condition, Query, Test, Value};
pub use schema::{Field, Kind, Schema};
pub use time::Time;
