//! SQL databases as tasks and triggers see them: SQLite files and PostgreSQL.
//!
//! [`run`] carries out the statements of a [`Request`] in a database that a [`Target`] names, and
//! gives the rows of the last statement that has some. Values are bound by name (`:day`) and never
//! become part of the text. **Invariant:** rows, bytes and time are bounded; whoever drops the future
//! of a request ends its statement in the database as well.

mod answer;
mod postgres;
mod sqlite;
mod statements;
mod target;

pub use answer::{Answer, Bounds, Failure, Request};
pub use postgres::{Server as PostgresServer, described, is_passing};
pub use target::{Places, Target, TargetRefused};

/// Carries out the statements of a request: one on its own, several in one transaction.
///
/// # Errors
/// See [`Failure`].
pub async fn run(target: &Target, request: Request) -> Result<Answer, Failure> {
    let timeout = request.bounds.timeout;
    let answer = async {
        match target {
            Target::Sqlite(file) => sqlite::run(file, request).await,
            Target::Postgres(server) => postgres::run(server, request).await,
        }
    };
    tokio::time::timeout(timeout, answer).await.unwrap_or(Err(Failure::Timeout(timeout)))
}
