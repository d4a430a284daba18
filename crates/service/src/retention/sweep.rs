//! One sweep over everything.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::sync::Arc;

use compasso_pipeline::tree;
use compasso_store::{
    Document, DocumentChange, ExecutionFilter, ExecutionHeader, ExecutionKey, Expected, Part,
    Removal,
};
use compasso_types::Timestamp;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde::{Deserialize, Serialize};
use tracing::warn;

use super::plan::{self, Rules};
use super::{Retention, Swept};
use crate::records::{Machine, MachineType, Record};
use crate::shelf::{Change, Shelf, put, read_once};
use crate::{Error, Service};

/// Records and executions read at once.
const PAGE: usize = 100;
/// Removals and reads under way at once.
pub(super) const AT_ONCE: usize = 8;

/// How far the logs of a listing were removed; the key is the listing.
#[derive(Debug, Serialize, Deserialize)]
struct Progress {
    /// Those of executions that closed until then are gone.
    logs_until: Timestamp,
}

impl Record for Progress {
    const KIND: &'static str = "retention";
}

impl Service {
    /// Removes all that was kept long enough. What cannot be removed stays, and all else goes.
    ///
    /// # Errors
    /// It cannot be told which workflows there are.
    pub(super) async fn sweep(&self, retention: &Retention) -> Result<Swept, Error> {
        let mut swept = Swept::default();
        let mut present = BTreeSet::new();
        let mut after: Option<String> = None;
        loop {
            let page =
                Shelf::<Machine>::list(&self.runtime, "arn:", after.as_deref(), PAGE).await?;
            let Some((last, _)) = page.last() else { break };
            after = Some(last.clone());
            for (key, machine) in page {
                let Ok(arn) = key.parse() else { continue };
                let listing = machine.listing(&arn);
                if machine.deleting {
                    // It goes when somebody looks whether its executions have ended.
                    go_on(&key, self.machine_if_any(&arn).await.map(drop));
                }
                let rules = self.rules(&key, &machine, retention).await;
                present.insert(listing.clone());
                if let Some(rules) = rules {
                    go_on(&key, self.sweep_listing(&listing, rules, &mut swept).await);
                    let trials = self.sweep_trials(&key, &listing, rules.whole).await;
                    swept.documents += go_on(&key, trials);
                }
            }
        }
        self.sweep_the_rest(retention, &present, &mut swept).await;
        Ok(swept)
    }

    /// Removes what is no workflow's that is `present`.
    async fn sweep_the_rest(
        &self,
        retention: &Retention,
        present: &BTreeSet<Arc<str>>,
        swept: &mut Swept,
    ) {
        go_on("deleted workflows", self.sweep_deleted(retention, present, swept).await);
        let is_gone = |document: &Document| !present.contains(&*document.key);
        go_on("progress", self.expire(Progress::KIND, "", is_gone).await);
        go_on("map runs", self.sweep_children(swept).await);
        swept.documents += go_on("revisions", self.sweep_revisions().await);
        go_on("records", self.sweep_documents(retention, swept).await);
        go_on("terms", self.end_terms().await);
        let freed = self.inner.dispatcher.free_artifacts().await;
        swept.artifacts += go_on("artifacts", freed);
    }

    /// Returns the rules of a workflow; `None` if nobody knows what it says.
    async fn rules(&self, key: &str, machine: &Machine, retention: &Retention) -> Option<Rules> {
        if machine.kind != MachineType::Pipeline {
            return Some(Rules::of_executions(retention));
        }
        if machine.deleting {
            return Some(Rules::of_runs(retention, tree::Retention::default()));
        }
        match self.stored_pipeline(key).await {
            Ok(Some(stored)) => Some(Rules::of_runs(retention, stored.pipeline.retention)),
            Ok(None) => None,
            Err(error) => {
                warn!(pipeline = key, %error, "what its runs left stays");
                None
            }
        }
    }

    async fn sweep_listing(
        &self,
        listing: &Arc<str>,
        rules: Rules,
        swept: &mut Swept,
    ) -> Result<(), Error> {
        let now = self.now();
        if let Some(filter) = rules.old(listing, now) {
            self.remove_those(filter, |header| rules.due(header, now), swept).await?;
        }
        let progress = read_once::<Progress>(&self.runtime, listing).await?;
        let done = progress.map(|progress| progress.logs_until);
        let Some(filter) = rules.old_logs(listing, now, done) else { return Ok(()) };
        let logs_until = filter.until.unwrap_or(now);
        let before = *swept;
        self.remove_those(filter, |header| rules.due(header, now), swept).await?;
        if *swept == before {
            return Ok(());
        }
        let progress = put(listing, Expected::Any, &Progress { logs_until });
        match self.change(listing, vec![progress]).await? {
            Change::Done | Change::Overtaken => Ok(()),
        }
    }

    /// Removes what executions left whose workflow is gone. Children of map runs go with what began
    /// them.
    async fn sweep_deleted(
        &self,
        retention: &Retention,
        present: &BTreeSet<Arc<str>>,
        swept: &mut Swept,
    ) -> Result<(), Error> {
        let now = self.now();
        let Some(filter) = plan::old_of_all(retention, now) else { return Ok(()) };
        let is_left = |header: &ExecutionHeader| {
            !present.contains(&header.workflow) && !compasso_mapruns::is_run(&header.workflow)
        };
        let due = |header: &ExecutionHeader| is_left(header).then_some(Part::Whole);
        self.remove_those(filter, due, swept).await
    }

    /// Removes the children of map runs whose executions are gone.
    async fn sweep_children(&self, swept: &mut Swept) -> Result<(), Error> {
        for run in self.map_runs.removed(PAGE).await? {
            let workflow = Some(run.as_str().into());
            let of_run = ExecutionFilter { workflow, ..ExecutionFilter::default() };
            self.remove_those(of_run.clone(), |_| Some(Part::Whole), swept).await?;
            let left = self.runtime.executions(of_run, None, 1).await?;
            if left.items.is_empty() {
                self.change(&run, vec![self.map_runs.forgotten(&run)]).await?;
            }
        }
        Ok(())
    }

    /// Removes those executions of a listing that `due` picks.
    async fn remove_those(
        &self,
        filter: ExecutionFilter,
        due: impl Fn(&ExecutionHeader) -> Option<Part>,
        swept: &mut Swept,
    ) -> Result<(), Error> {
        let mut after = None;
        loop {
            let page = self.runtime.executions(filter.clone(), after, PAGE).await?;
            let picked = page.items.iter().filter_map(|header| {
                let part = due(header).filter(|_| !header.status.is_open())?;
                Some((header.key.clone(), part))
            });
            let removals: Vec<(ExecutionKey, Part)> = picked.collect();
            let removals = removals.into_iter().map(|(key, part)| self.remove_readable(key, part));
            let removed: Vec<Option<Part>> =
                stream::iter(removals).buffer_unordered(AT_ONCE).try_collect().await?;
            for part in removed.into_iter().flatten() {
                match part {
                    Part::Whole => swept.executions += 1,
                    Part::Log => swept.logs += 1,
                }
            }
            if page.next.is_none() {
                return Ok(());
            }
            after = page.next;
        }
    }

    /// Does the same as [`Service::remove_part`], but leaves what cannot be read.
    async fn remove_readable(&self, key: ExecutionKey, part: Part) -> Result<Option<Part>, Error> {
        match self.remove_part(key.clone(), part).await {
            Err(Error::Internal(why)) => {
                warn!(execution = %key.0, why, "it cannot be read and stays");
                Ok(None)
            }
            removed => removed,
        }
    }

    /// Removes what is kept of a closed execution; says what went.
    pub(crate) async fn remove_part(
        &self,
        key: ExecutionKey,
        part: Part,
    ) -> Result<Option<Part>, Error> {
        let store = self.runtime.store();
        if part == Part::Log && store.log(&key, 0, 1).await?.is_empty() {
            return Ok(None);
        }
        // Its end is still to be told to those who wait for the seat.
        if self.inner.scheduler.is_seated(&key.0).await? {
            return Ok(None);
        }
        let Some(found) = store.execution(&key).await? else { return Ok(None) };
        let documents: Vec<DocumentChange> = match part {
            Part::Whole => {
                let of_map_runs = self.map_runs.removal(&key.0).await?;
                [of_map_runs, self.inner.dispatcher.removal(&key.0).await?].concat()
            }
            Part::Log => Vec::new(),
        };
        let removal = Removal { key, base: found.revision, part, documents };
        Ok(self.runtime.remove(removal).await?.then_some(part))
    }
}

/// Returns what was done; if nothing could be, says so, and the sweep goes on.
fn go_on<T: Default>(what: &str, done: Result<T, impl Display>) -> T {
    done.unwrap_or_else(|error| {
        warn!(what, %error, "what is old there stays for now");
        T::default()
    })
}
