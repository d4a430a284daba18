//! The connections that read.

pub(crate) mod documents;
pub(crate) mod executions;
pub(crate) mod gather;
pub(crate) mod journal;
mod large;
pub(crate) mod listings;
pub(crate) mod logs;
pub(crate) mod strays;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use compasso_sql::PostgresServer;
use compasso_store::{Answer, ReadError};
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::runtime::Handle;

use crate::Options;
use crate::link::{Link, Live, NoLink};
use crate::value::ReadFailure;

/// Longest wait for an answer; the server gives up before. Then the connection is given up.
const READ_MAX: Duration = Duration::from_secs(90);

/// The connections that read, taken in turn; each carries many reads at once.
pub(crate) struct Readers {
    links: Vec<Arc<Link>>,
    next: AtomicUsize,
    /// Longest wait for an answer.
    patience: Duration,
    runtime: Handle,
}

impl Readers {
    pub(crate) fn new(server: &PostgresServer, options: &Options, runtime: Handle) -> Self {
        let link = || Arc::new(Link::new(server.clone(), options.relaxed));
        let links: Vec<_> = (0..options.readers.max(1)).map(|_| link()).collect();
        for link in &links {
            let link = link.clone();
            // Whoever reads first does not wait for it. One that fails is made again when it is needed.
            runtime.spawn(async move { drop(link.live().await) });
        }
        Self { links, next: AtomicUsize::new(0), patience: READ_MAX, runtime }
    }

    /// Reads over one connection, however long that takes.
    pub(crate) fn over(link: Link, runtime: Handle) -> Self {
        let patience = Duration::MAX;
        Self { links: vec![Arc::new(link)], next: AtomicUsize::new(0), patience, runtime }
    }

    /// Reads over one of the connections, whoever waits for the answer.
    pub(crate) fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(Arc<Live>) -> BoxFuture<'static, Result<T, ReadFailure>> + Send + 'static,
    ) -> Answer<'static, T> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        let link = self.links[turn % self.links.len()].clone();
        let patience = self.patience;
        let task = self.runtime.spawn(async move {
            let live = link.live().await?;
            let Ok(answer) = tokio::time::timeout(patience, read(live.clone())).await else {
                link.drop_this(&live).await;
                return Err(NoLink::Silent.into());
            };
            answer
        });
        async move {
            let answer = task.await;
            let answer =
                answer.map_err(|_| ReadError::Unavailable("a reader has failed".to_owned()))?;
            Ok(answer?)
        }
        .boxed()
    }
}
