//! The weekly look at all that is kept of executions: what a disk has lost is noticed before it is needed.
//!
//! Every row of every journal and every image is read, which compares their seals, a few executions at a time.
//! How far it is outlasts a restart. **Invariant:** nothing of an execution is changed; an open one that is
//! damaged is set aside once it is to go on.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use compasso_store::{Cursor, ExecutionFilter, ExecutionKey, Expected, Order, ReadError};
use compasso_types::Timestamp;
use serde::{Deserialize, Serialize};
use tracing::{error, info, warn};

use crate::records::Record;
use crate::shelf::{Change, put, read_once};
use crate::{Error, Service};

/// From the end of one look to the next.
const EVERY: Duration = Duration::from_secs(7 * 86_400);
/// From the start of a server to the first look.
const FIRST: Duration = Duration::from_secs(600);
/// The pause after [`PAGE`] executions, and after a look that failed.
const PAUSE: Duration = Duration::from_millis(250);
const AGAIN: Duration = Duration::from_secs(60);
/// Executions between two pauses.
const PAGE: usize = 50;
/// Events that are read at once.
const EVENTS: usize = 1_000;
/// The key of the progress.
const KEY: &str = "executions";

/// How far it is.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Progress {
    /// Where it goes on; nothing between two looks.
    cursor: Option<String>,
    /// When the last whole look ended.
    ended: Option<Timestamp>,
    /// How many were damaged, in this look or the last whole one.
    damaged: u64,
}

impl Record for Progress {
    const KIND: &'static str = "scrub";
}

/// What was seen since the start of the server.
#[derive(Debug, Default)]
pub(crate) struct Scrubbed {
    executions: AtomicU64,
    damaged: AtomicU64,
}

impl Service {
    /// Looks at all executions every week, until the runtime stops.
    pub fn run_scrub(&self) {
        let service = self.clone();
        self.runtime.spawn(async move {
            loop {
                let next = match service.next_scrub().await {
                    Ok(next) => next,
                    Err(error) => {
                        warn!(%error, "what is kept cannot be looked at for now");
                        service.now().after(AGAIN)
                    }
                };
                tokio::select! {
                    () = service.runtime.clock().sleep_until(next) => {}
                    () = service.runtime.stopping() => return,
                }
                if let Err(error) = service.scrub_page().await {
                    warn!(%error, "what is kept cannot be looked at for now");
                    tokio::select! {
                        () = service.runtime.clock().sleep_until(service.now().after(AGAIN)) => {}
                        () = service.runtime.stopping() => return,
                    }
                }
            }
        });
    }

    /// Returns when the next few executions are looked at.
    async fn next_scrub(&self) -> Result<Timestamp, Error> {
        let Progress { cursor, ended, damaged } = self.scrub_progress().await?;
        self.inner.scrubbed.damaged.store(damaged, Ordering::Relaxed);
        let now = self.now();
        Ok(match (cursor, ended) {
            (Some(_), _) => now.after(PAUSE),
            (None, Some(ended)) => now.after(PAUSE).max(ended.after(EVERY)),
            (None, None) => now.after(FIRST),
        })
    }

    async fn scrub_progress(&self) -> Result<Progress, Error> {
        Ok(read_once::<Progress>(&self.runtime, KEY).await?.unwrap_or_default())
    }

    /// Looks at a few executions, and notes how far it is.
    async fn scrub_page(&self) -> Result<(), Error> {
        let before = self.scrub_progress().await?;
        let cursor: Option<Cursor> = before.cursor.as_deref().and_then(|text| text.parse().ok());
        let filter = ExecutionFilter { order: Order::EarliestFirst, ..ExecutionFilter::default() };
        let page = self.runtime.executions(filter, cursor, PAGE).await?;
        let mut damaged = if cursor.is_some() { before.damaged } else { 0 };
        for header in &page.items {
            if let Some(what) = self.damage(&header.key).await? {
                error!(execution = %header.key, what, "what is kept of an execution is damaged");
                damaged += 1;
            }
        }
        let seen = page.items.len() as u64;
        self.inner.scrubbed.executions.fetch_add(seen, Ordering::Relaxed);
        let is_over = page.next.is_none();
        let ended = if is_over { Some(self.now()) } else { before.ended };
        if is_over {
            info!(damaged, "all that is kept of executions was looked at");
        }
        let cursor = page.next.map(|cursor| cursor.to_string());
        let progress = put(KEY, Expected::Any, &Progress { cursor, ended, damaged });
        match self.change(KEY, vec![progress]).await? {
            Change::Done | Change::Overtaken => Ok(()),
        }
    }

    /// Says what is damaged of an execution, if anything is.
    async fn damage(&self, key: &ExecutionKey) -> Result<Option<String>, Error> {
        let store = self.runtime.store();
        match store.execution(key).await {
            Ok(Some(execution)) if !execution.is_image_whole => {
                return Ok(Some("its image".to_owned()));
            }
            Ok(_) => {}
            Err(ReadError::Corrupt(what)) => return Ok(Some(what)),
            Err(error) => return Err(error.into()),
        }
        let mut next = 1;
        loop {
            let page = match store.journal(key, next, EVENTS).await {
                Ok(page) => page,
                Err(ReadError::Corrupt(what)) => return Ok(Some(what)),
                Err(error) => return Err(error.into()),
            };
            let events: u64 = page.iter().map(|row| u64::from(row.events)).sum();
            next += events;
            if events < EVENTS as u64 {
                return Ok(None);
            }
        }
    }

    /// Writes what was seen, in the text form of Prometheus.
    pub fn scrub_metrics(&self) -> String {
        let Scrubbed { executions, damaged } = &self.inner.scrubbed;
        let (executions, damaged) =
            (executions.load(Ordering::Relaxed), damaged.load(Ordering::Relaxed));
        format!(
            "# HELP {SEEN} Executions that were looked at for damage since the start of the server.\n\
             # TYPE {SEEN} counter\n{SEEN} {executions}\n\
             # HELP {DAMAGED} Executions found damaged in the present look at all of them, or the last.\n\
             # TYPE {DAMAGED} gauge\n{DAMAGED} {damaged}\n"
        )
    }
}

const SEEN: &str = "compasso_scrubbed_total";
const DAMAGED: &str = "compasso_damaged_executions";
