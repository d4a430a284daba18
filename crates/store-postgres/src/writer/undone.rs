//! What becomes of a transaction that comes to nothing.

use compasso_store::ReadError;
use tokio_postgres::error::SqlState;

use crate::link::Error;

/// A transaction that came to nothing.
#[derive(Debug)]
pub(super) enum Undone {
    /// Another owner took over, or the database is older than what was acknowledged.
    Fenced,
    /// It was certainly not written.
    Surely(String),
    /// The same, as others were in its way: it may be written when it is tried again.
    Retry(String),
    /// It may have been written.
    Perhaps(String),
}

impl From<Error> for Undone {
    fn from(error: Error) -> Self {
        let reason = compasso_sql::described(&error);
        match error.code() {
            Some(&SqlState::T_R_STATEMENT_COMPLETION_UNKNOWN) => Self::Perhaps(reason),
            // Statements are sent together: the refusal of a later one may be read before that of the first.
            Some(
                &SqlState::T_R_SERIALIZATION_FAILURE
                | &SqlState::T_R_DEADLOCK_DETECTED
                | &SqlState::IN_FAILED_SQL_TRANSACTION,
            ) => Self::Retry(reason),
            _ => Self::Surely(reason),
        }
    }
}

impl From<Undone> for ReadError {
    fn from(undone: Undone) -> Self {
        match undone {
            Undone::Fenced => Self::Taken,
            Undone::Surely(reason) | Undone::Retry(reason) | Undone::Perhaps(reason) => {
                Self::Unavailable(reason)
            }
        }
    }
}

impl Undone {
    /// What is to be said if the end of a transaction fails: others than those in whose way somebody was may have
    /// been written.
    pub(super) fn at_end(error: Error) -> Self {
        match Self::from(error) {
            Self::Surely(reason) => Self::Perhaps(reason),
            known => known,
        }
    }

    pub(super) fn is_doubtful(&self) -> bool {
        matches!(self, Self::Perhaps(_))
    }
}

#[cfg(test)]
mod tests {
    use compasso_sql::PostgresServer;
    use compasso_testkit::postgres::Cluster;
    use futures::join;

    use super::*;

    #[tokio::test]
    async fn what_is_refused_for_the_sake_of_an_earlier_statement_is_tried_again_like_that() {
        let Some(cluster) = Cluster::start() else { return };
        let client = PostgresServer::parse(&cluster.database()).unwrap().connect().await.unwrap();
        let refuse = "DO $$ BEGIN RAISE serialization_failure; END $$";
        client.batch_execute("BEGIN").await.unwrap();
        let (first, behind) = join!(client.batch_execute(refuse), client.batch_execute("SELECT 1"));
        for (refused, code) in [(first, "40001"), (behind, "25P02")] {
            let refused = refused.unwrap_err();
            assert_eq!(refused.code().map(SqlState::code), Some(code));
            assert!(matches!(Undone::from(refused), Undone::Retry(_)), "{code}");
        }
    }
}
