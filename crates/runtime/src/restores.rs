//! The record of restores from backups, a document each.

use bytes::Bytes;
use compasso_engine::{Restore, Restores};
use compasso_store::{Batch, DocumentChange, Expected, Outcome, ReadError, Store, Write};

use crate::core::Core;
use crate::{Clock, Entropy, RuntimeError};

/// The kind of documents.
const KIND: &str = "restore";
/// Most restores that are remembered; nobody restores what was restored so often.
const RESTORES_MAX: usize = 1_000;

/// Notes in a store that it comes from a backup: tokens of tasks that are lost fit none of those that
/// begin from now on.
///
/// # Errors
/// The store cannot be written.
pub async fn note_restore(
    store: &dyn Store,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Result<(), RuntimeError> {
    let restore = Restore { at: clock.now(), salt: entropy.seed() };
    let body = serde_json::to_vec(&restore).expect("it is plain data");
    let change = DocumentChange {
        kind: KIND,
        key: format!("{:020}", restore.at.0),
        expected: Expected::Any,
        body: Some(Bytes::from(body)),
    };
    let epoch = store.acquire().await?;
    match store.commit(Batch { epoch, writes: vec![Write::Documents(vec![change])] }).await {
        Outcome::Committed { conflicts } if conflicts.is_empty() => Ok(()),
        Outcome::Rejected { reason } => Err(RuntimeError::Rejected(reason)),
        other => Err(RuntimeError::Unavailable(format!("{other:?}"))),
    }
}

impl Core {
    /// Reads what is noted.
    pub(crate) async fn read_restores(store: &dyn Store) -> Result<Restores, ReadError> {
        let documents = store.documents(KIND, "", None, RESTORES_MAX).await?;
        let read = documents.iter().map(|document| serde_json::from_slice(&document.body));
        let restores = read.collect::<Result<_, _>>();
        restores.map(Restores::new).map_err(|error| ReadError::Corrupt(error.to_string()))
    }
}
