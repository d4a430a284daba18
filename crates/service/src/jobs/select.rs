//! Which runs a job is about.

use std::collections::BTreeSet;
use std::sync::Arc;

use compasso_store::{ExecutionHeader, ExecutionKey, SearchBounds};
use compasso_types::Timestamp;
use compasso_types::limits::{JOB_RUNS_MAX, SEARCH_ROWS_MAX};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::record::{JobAction, PartRun};
use crate::runs::is_shown;
use crate::{Error, ListRuns, Service, Viewer, search};

/// Runs found at once.
const PAGE: usize = 1_000;

/// Those runs that a listing shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChosenRuns {
    /// Only those of this workflow, version or alias: its ARN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow: Option<String>,
    /// Only those with this status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Only those that this query finds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
    /// Only those that started at this instant or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_from: Option<String>,
    /// Only those that failed and nobody dismissed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub open: bool,
}

/// Reads by what runs are chosen. A list of them would be read as its members in their order.
pub(crate) fn filter<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<ChosenRuns>, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    if value.is_array() {
        return Err(D::Error::custom(
            "this says by what runs are found, as {\"q\": \"status = FAILED\"}; a list of runs is \
             the 'ids' of a job, the 'runs' of a dismissal",
        ));
    }
    serde_json::from_value(value).map_err(D::Error::custom)
}

impl ChosenRuns {
    /// Says whether nothing narrows down which runs it is about.
    pub(super) fn is_all(&self) -> bool {
        let Self { workflow, status, q, started_from, open } = self;
        let is_empty = q.as_deref().is_none_or(|q| q.trim().is_empty());
        is_empty && workflow.is_none() && status.is_none() && started_from.is_none() && !open
    }

    fn listing(&self) -> Result<ListRuns, Error> {
        let from = self.started_from.as_deref().map(str::parse::<Timestamp>).transpose();
        let started_from = from.map_err(|error| Error::validation(format!("startedFrom: {error}")));
        Ok(ListRuns {
            workflow: self.workflow.clone(),
            status: self.status.clone(),
            query: self.q.clone(),
            started_from: started_from?,
            open: self.open,
            ..ListRuns::default()
        })
    }
}

impl Service {
    /// Finds all runs that are chosen for an action, each once: those that wait for a place if it can do
    /// something with them, or if they alone are asked for.
    pub(super) async fn chosen_runs(
        &self,
        viewer: &Viewer,
        chosen: &ChosenRuns,
        action: JobAction,
    ) -> Result<Vec<PartRun>, Error> {
        let query = search::read(chosen.q.as_deref().unwrap_or_default())?;
        let (listing, only_queued) = chosen.listing()?.about_queued(&query);
        listing.check()?;
        let mut found = Vec::new();
        if only_queued || matches!(action, JobAction::Stop | JobAction::Cancel) {
            let bounds = SearchBounds { items: JOB_RUNS_MAX + 1, rows: usize::MAX };
            let (queued, _) = self.queued_runs(viewer, &listing, &query, bounds).await?;
            found.extend(queued.into_iter().map(|run| PartRun::queued(run.id)));
        }
        if !only_queued && found.len() <= JOB_RUNS_MAX {
            let stored = self.chosen_headers(viewer, chosen, JOB_RUNS_MAX).await?;
            let waits: BTreeSet<_> = found.iter().map(|run| run.run.clone()).collect();
            // It may have begun meanwhile.
            let others = stored.into_iter().map(PartRun::of);
            found.extend(others.filter(|run| !waits.contains(&run.run)));
        }
        if found.is_empty() {
            self.check_indexed(viewer, &query).await?;
        }
        check_count(found.len())?;
        Ok(found)
    }

    /// Finds all runs that are chosen, each once; of more than `most` a few more than these.
    pub(crate) async fn chosen_headers(
        &self,
        viewer: &Viewer,
        chosen: &ChosenRuns,
        most: usize,
    ) -> Result<Vec<ExecutionHeader>, Error> {
        let listing = chosen.listing()?;
        listing.check()?;
        let query = search::read(listing.query.as_deref().unwrap_or_default())?;
        let filter = self.runs_filter(viewer, &listing, &query).await?;
        let wanted = self.picks_of(viewer, &listing, query).await?;
        let bounds = SearchBounds { items: PAGE, rows: SEARCH_ROWS_MAX };
        let (mut found, mut known, mut after) = (Vec::new(), BTreeSet::new(), None);
        loop {
            let page = self.runtime.search(filter.clone(), wanted.clone(), after, bounds).await?;
            let fresh = page.items.into_iter().filter(|it| known.insert(it.key.0.clone()));
            found.extend(fresh);
            after = page.next;
            if after.is_none() || found.len() > most {
                return Ok(found);
            }
        }
    }

    /// Finds runs by their names, each once.
    pub(super) async fn named_runs(
        &self,
        viewer: &Viewer,
        ids: &[String],
    ) -> Result<Vec<PartRun>, Error> {
        check_count(ids.len())?;
        let (mut found, mut known) = (Vec::new(), BTreeSet::new());
        for id in ids.iter().filter(|id| known.insert(id.as_str())) {
            let row = self.runtime.store().execution(&ExecutionKey(id.as_str().into())).await?;
            let header = row.map(|row| row.header).filter(|header| is_shown(viewer, header));
            match header {
                Some(header) => found.push(PartRun::of(header)),
                None if viewer.sees(id) && self.waiting_run(id).is_some() => {
                    found.push(PartRun::queued(id.as_str().into()));
                }
                None => return Err(Error::ExecutionDoesNotExist { arn: id.clone() }),
            }
        }
        Ok(found)
    }
}

impl PartRun {
    fn of(header: ExecutionHeader) -> Self {
        let redrives = header.redriven.map_or(0, |redriven| redriven.count);
        Self { run: header.key.0, redrives, end: None }
    }

    /// A run that waits for a place.
    fn queued(run: Arc<str>) -> Self {
        Self { run, redrives: 0, end: None }
    }
}

pub(super) fn check_count(count: usize) -> Result<(), Error> {
    if count > JOB_RUNS_MAX {
        let message = format!("A job is about at most {JOB_RUNS_MAX} runs: choose fewer");
        return Err(Error::validation(message));
    }
    Ok(())
}
