//! How those who wait are kept, and told.

use std::sync::{Arc, MutexGuard, PoisonError};

use compasso_runtime::ReportError;
use compasso_store::Expected;
use compasso_types::{Json, Payload, Timestamp};
use serde::{Deserialize, Serialize};
use tracing::{debug, warn};

use super::{Awaited, NoWait, Waiter, Waiters};
use crate::Triggers;
use crate::asset::{Pending, shown};
use crate::event::CloudEvent;
use crate::inbox::Later;
use crate::limits::{PAGE, RETRY, RETRY_MAX, WAITERS_MAX, WAITERS_SWEPT};
use crate::record::{self, LATEST, WAITER};

/// What is stored of a waiter.
#[derive(Serialize, Deserialize)]
struct Kept {
    #[serde(flatten)]
    waiter: Waiter,
    /// What it was given, once there is something, until its task has heard of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    found: Option<Json>,
}

impl Triggers {
    /// Returns the runs of tasks that wait, and whether it is for an event; otherwise it is for an asset.
    pub fn waiting_runs(&self) -> Vec<(Arc<str>, bool)> {
        self.waiters().runs()
    }

    /// Keeps a task that waits until what it waits for happens; durable when it returns. `key` tells
    /// it from others of its run; the same one again changes nothing.
    ///
    /// # Errors
    /// See [`NoWait`].
    pub async fn keep_waiter(&self, key: &str, waiter: Waiter) -> Result<(), NoWait> {
        if self.waiters().len() >= WAITERS_MAX {
            let why = format!("{WAITERS_MAX} tasks wait for events and assets already");
            return Err(NoWait::Refused(why));
        }
        // Nobody tells of an update between the look at the last one and the wait.
        let _turn = self.inner.updates.lock().await;
        let key: Arc<str> = record::remembered_key(
            &format!("{}/", waiter.account),
            &format!("{}\n{key}", waiter.run),
        )
        .into();
        self.waiters().add(&key, waiter.clone()).map_err(NoWait::Refused)?;
        let kept = Kept { waiter, found: None };
        let put = record::put(WAITER, key.to_string(), Expected::Absent, &kept);
        let later = |later: Later| NoWait::Later(later.to_string());
        match self.write(vec![put]).await {
            Ok(true) => {}
            // It was kept before. If it has been given something, its task is told of that.
            Ok(false) => return Ok(()),
            Err(why) => {
                self.waiters().take(&key);
                return Err(later(why));
            }
        }
        self.look_back(&key, &kept.waiter).await.map_err(later)?;
        self.sweep_in_time();
        Ok(())
    }

    /// Reads those who wait, and tells those that a crash kept from hearing.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn read_waiters(&self) -> Result<(), Later> {
        let mut after: Option<String> = None;
        loop {
            let store = self.inner.runtime.store();
            let page = store.documents(WAITER, "", after.as_deref(), PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.key.clone());
            for document in page {
                let key: Arc<str> = document.key.as_str().into();
                match record::read::<Kept>(&document)? {
                    Kept { waiter, found: Some(found) } => self.hand_over(key, waiter, found),
                    Kept { waiter, found: None } => {
                        if let Err(why) = self.waiters().add(&key, waiter.clone()) {
                            warn!(%key, why, "a task waits for what cannot be read");
                            continue;
                        }
                        self.look_back(&key, &waiter).await?;
                    }
                }
            }
        }
        self.sweep().await
    }

    /// Gives an event to those who wait for it, and returns the ARNs of their runs; what they are given
    /// is durable when it returns.
    pub(crate) async fn tell_waiters(
        &self,
        account: Option<&str>,
        event: &CloudEvent,
    ) -> Result<Vec<Arc<str>>, Later> {
        let keys = self.waiters().of_event(account, event);
        let mut runs = Vec::with_capacity(keys.len());
        for key in keys {
            runs.extend(self.give(&key, event.shown()).await?);
        }
        Ok(runs)
    }

    /// Gives an update of an asset to those who wait for it; what they are given is durable when it
    /// returns.
    pub(crate) async fn tell_of_update(
        &self,
        account: &str,
        pending: &Pending,
    ) -> Result<(), Later> {
        let keys = self.waiters().of_asset(account, &pending.update.asset, pending.number.at());
        for key in keys {
            self.give(&key, &shown(pending)).await?;
        }
        Ok(())
    }

    /// Gives one that waits for an asset the last update, if that is new enough.
    async fn look_back(&self, key: &Arc<str>, waiter: &Waiter) -> Result<(), Later> {
        let Awaited::Asset { asset, .. } = &waiter.awaited else { return Ok(()) };
        let of = record::remembered_key(&format!("{}/", waiter.account), asset);
        let Some(found) = self.inner.runtime.store().document(LATEST, &of).await? else {
            return Ok(());
        };
        let latest: Pending = record::read(&found)?;
        if waiter.awaited.is_since(latest.number.at()) {
            self.give(key, &shown(&latest)).await?;
        }
        Ok(())
    }

    /// Returns the ARN of its run, unless it has something already.
    async fn give(&self, key: &Arc<str>, found: &Json) -> Result<Option<Arc<str>>, Later> {
        // Whoever takes it out is the one that gives it something.
        let Some(waiter) = self.waiters().take(key) else { return Ok(None) };
        let run = waiter.run.clone();
        let kept = Kept { waiter: waiter.clone(), found: Some(found.clone()) };
        let put = record::put(WAITER, key.to_string(), Expected::Any, &kept);
        if let Err(later) = self.write(vec![put]).await {
            // Nobody knows whether it is stored; what it is given again is what counts.
            let back = self.waiters().add(key, waiter);
            back.expect("what it waits for was read before");
            return Err(later);
        }
        self.hand_over(key.clone(), waiter, found.clone());
        Ok(Some(run))
    }

    /// Ends the task of a waiter with what it was given, however often that takes.
    fn hand_over(&self, key: Arc<str>, waiter: Waiter, found: Json) {
        let triggers = self.clone();
        self.inner.runtime.spawn(async move {
            let (runtime, mut pause) = (&triggers.inner.runtime, RETRY);
            let found = Payload::from(found);
            while let Err(error) = runtime.report(&waiter.token, Ok(found.clone())).await {
                // Whoever waited does not wait any more.
                let over = [ReportError::InvalidToken, ReportError::NoTask, ReportError::TaskOver];
                if over
                    .iter()
                    .any(|it| std::mem::discriminant(it) == std::mem::discriminant(&error))
                {
                    debug!(run = %waiter.run, "a task that waited is over");
                    break;
                }
                warn!(run = %waiter.run, %error, "a task that waits has not heard yet");
                tokio::select! {
                    () = runtime.stopping() => return,
                    () = runtime.clock().sleep_until(triggers.now().after(pause)) => {}
                }
                pause = (pause * 2).min(RETRY_MAX);
            }
            if let Err(error) = triggers.write(vec![record::delete(WAITER, key.to_string())]).await
            {
                warn!(%key, %error, "a wait that is over stays stored");
            }
        });
    }

    /// Deletes from time to time what is stored of waiters whose time is over.
    fn sweep_in_time(&self) {
        if !self.waiters().len().is_multiple_of(WAITERS_SWEPT) {
            return;
        }
        let triggers = self.clone();
        self.inner.runtime.spawn(async move {
            if let Err(error) = triggers.sweep().await {
                warn!(%error, "waits that are over stay stored");
            }
        });
    }

    async fn sweep(&self) -> Result<(), Later> {
        let now: Timestamp = self.now();
        let old = self.waiters().take_old(now);
        for part in old.chunks(PAGE) {
            let gone = part.iter().map(|key| record::delete(WAITER, key.to_string()));
            self.write(gone.collect()).await?;
        }
        Ok(())
    }

    fn waiters(&self) -> MutexGuard<'_, Waiters> {
        // Nothing panics under the lock.
        self.inner.waiters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
