//! The end of what is kept of map runs: their records go with the execution whose they are, in one
//! write, and their children after it.

use bytes::Bytes;
use compasso_runtime::RuntimeError;
use compasso_store::{DocumentChange, Expected, ReadError};

use crate::record::{self, OF_EXECUTION, OPEN, RUN};
use crate::{MapRuns, limits};

/// The kind of the documents that say whose children are still there; the key is the run's ARN.
const REMOVED: &str = "map-run-removed";

impl MapRuns {
    /// Returns what changes when an execution is removed: its map runs are gone then, and listed by
    /// [`MapRuns::removed`].
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn removal(&self, execution: &str) -> Result<Vec<DocumentChange>, RuntimeError> {
        let prefix = record::prefix(execution);
        let (mut changes, mut after) = (Vec::new(), None::<String>);
        loop {
            let store = self.runtime().store();
            let page =
                store.documents(OF_EXECUTION, &prefix, after.as_deref(), limits::PAGE_ROWS).await?;
            let Some(last) = page.last() else { return Ok(changes) };
            after = Some(last.key.clone());
            for document in page {
                let arn: String = serde_json::from_slice(&document.body)
                    .map_err(|error| ReadError::Corrupt(error.to_string()))?;
                changes.push(change(OF_EXECUTION, document.key, None));
                changes.extend([RUN, OPEN].map(|kind| change(kind, arn.clone(), None)));
                changes.push(change(REMOVED, arn, Some(Bytes::from_static(b"{}"))));
            }
        }
    }

    /// Lists up to `limit` map runs whose executions were removed and whose children may be there.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn removed(&self, limit: usize) -> Result<Vec<String>, RuntimeError> {
        let store = self.runtime().store();
        let found = store.documents(REMOVED, "", None, limit).await?;
        Ok(found.into_iter().map(|document| document.key).collect())
    }

    /// Returns what changes when the children of a removed map run are gone.
    pub fn forgotten(&self, arn: &str) -> DocumentChange {
        change(REMOVED, arn.to_owned(), None)
    }
}

/// Says whether a listing is that of the children of a map run.
pub fn is_run(listing: &str) -> bool {
    listing.split(':').nth(5) == Some("mapRun")
}

fn change(kind: &'static str, key: String, body: Option<Bytes>) -> DocumentChange {
    DocumentChange { kind, key, expected: Expected::Any, body }
}
