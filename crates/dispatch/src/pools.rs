//! Pools: named numbers of slots, shared by all pipelines.

use std::sync::Arc;

use bytes::Bytes;
use compasso_runtime::RuntimeError;
use compasso_store::{DocumentChange, Expected, Outcome, ReadError};
use serde::{Deserialize, Serialize};

use crate::dispatcher::Dispatcher;
use crate::limits;

/// The kind of documents that are pools; the key is the name.
const KIND: &str = "pool";
/// Their format.
const FORMAT: u32 = 1;

/// A pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PoolView {
    /// Its name.
    pub name: Arc<str>,
    /// How many slots it has.
    pub size: u32,
    /// How many of them tasks hold.
    pub used: u32,
    /// Whether the settings give its size.
    pub fixed: bool,
}

/// A pool cannot be changed.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PoolError {
    /// Change the settings.
    #[error("the size of the pool '{0}' is in the server's settings: change it there")]
    Fixed(String),
    /// Give it another name.
    #[error("the name of a pool has 1 to {} letters, digits and - _ . : /", limits::NAME_CHARS_MAX)]
    Name,
    /// Wait until its tasks have ended, or stop them.
    #[error(
        "the pool '{name}' is used (slots held: {used}): delete it when their tasks have ended"
    )]
    Used {
        /// The pool.
        name: String,
        /// How many slots are held.
        used: u32,
    },
    /// Delete some.
    #[error("there are {} pools, which is the most", limits::POOLS_MAX)]
    TooMany,
    /// Try again later.
    #[error("unavailable: {0}")]
    Unavailable(String),
}

#[derive(Serialize, Deserialize)]
struct Record {
    v: u32,
    size: u32,
}

impl Dispatcher {
    /// Reads the pools that are stored; those of the settings win.
    ///
    /// # Errors
    /// The store does not answer, or holds something else.
    pub async fn read_pools(&self) -> Result<(), RuntimeError> {
        let documents = self.runtime().store().documents(KIND, "", None, limits::POOLS_MAX).await?;
        for document in documents {
            let record: Record = serde_json::from_slice(&document.body)
                .map_err(|error| ReadError::Corrupt(format!("pool {}: {error}", document.key)))?;
            if record.v != FORMAT {
                let why = format!("pool {} has the unknown format {}", document.key, record.v);
                return Err(ReadError::Corrupt(why).into());
            }
            let now = self.now();
            let mut desk = self.lock();
            let name: Arc<str> = document.key.into();
            if !desk.fixed_pools.contains(&name) {
                desk.board.resize(&name, Some(record.size), now);
            }
        }
        Ok(())
    }

    /// Lists the pools.
    pub fn pools(&self) -> Vec<PoolView> {
        let desk = self.lock();
        let view = |(name, size, used)| {
            let fixed = desk.fixed_pools.contains(&name);
            PoolView { name, size, used, fixed }
        };
        desk.board.pools().into_iter().map(view).collect()
    }

    /// Makes a pool, or gives it another size; without a size it goes, unless tasks hold slots of it.
    /// Durable when it returns.
    ///
    /// # Errors
    /// See [`PoolError`].
    pub async fn set_pool(&self, name: &str, size: Option<u32>) -> Result<(), PoolError> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.:/".contains(c);
        let fits = !name.is_empty() && name.len() <= limits::NAME_CHARS_MAX;
        if !fits || !name.chars().all(allowed) {
            return Err(PoolError::Name);
        }
        {
            let desk = self.lock();
            if desk.fixed_pools.contains(name) {
                return Err(PoolError::Fixed(name.into()));
            }
            let pools = desk.board.pools();
            let used = pools.iter().find(|(other, ..)| **other == *name).map_or(0, |pool| pool.2);
            if size.is_none() && used > 0 {
                return Err(PoolError::Used { name: name.into(), used });
            }
            let is_new = !pools.iter().any(|(other, ..)| **other == *name);
            if size.is_some() && is_new && pools.len() >= limits::POOLS_MAX {
                return Err(PoolError::TooMany);
            }
        }
        let body = size.map(|size| -> Bytes {
            serde_json::to_vec(&Record { v: FORMAT, size }).expect("a record is JSON").into()
        });
        let change = DocumentChange { kind: KIND, key: name.into(), expected: Expected::Any, body };
        match self.runtime().write(vec![change]).await {
            Outcome::Committed { .. } => {}
            Outcome::Rejected { reason } | Outcome::Unknown { reason } => {
                return Err(PoolError::Unavailable(reason));
            }
            Outcome::Fenced => {
                return Err(PoolError::Unavailable("another process took over".into()));
            }
        }
        let now = self.now();
        let mut desk = self.lock();
        desk.board.resize(&name.into(), size, now);
        desk.announce();
        drop(desk);
        self.touch();
        Ok(())
    }
}
