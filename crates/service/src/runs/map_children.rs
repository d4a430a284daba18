//! Map runs as people look at them: how many of their items are where, and the runs of each.

use std::str::FromStr as _;
use std::sync::Arc;

use compasso_runtime::Description;
use compasso_store::ExecutionKey;
use compasso_types::{Arn, Payload, Timestamp};
use serde::Serialize;

use super::Viewer;
use crate::dates::{iso, iso_if};
use crate::map_runs::map_run_arn;
use crate::{Error, ExecutionItem, ListExecutions, MapRunCounts, Service};

/// Longer inputs are cut, characters: what is shown tells one item from another.
const INPUT_CHARS_MAX: usize = 200;

/// A map run.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MapRunView {
    /// Its ARN.
    pub id: Arc<str>,
    /// The ARN of the run whose Map state it is of.
    pub run: Arc<str>,
    /// `RUNNING`, `SUCCEEDED`, `FAILED` or `ABORTED`.
    pub status: &'static str,
    /// When it started.
    #[serde(serialize_with = "iso")]
    pub started: Timestamp,
    /// When it closed.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "iso_if")]
    pub stopped: Option<Timestamp>,
    /// How many children run at once; 0: as many as may.
    pub max_concurrency: u64,
    /// Whether a child has several items.
    pub is_batched: bool,
    /// How many items are where.
    pub items: MapRunCounts,
    /// How many children are where.
    pub runs: MapRunCounts,
}

/// Asks for children of a map run.
#[derive(Clone, Debug, Default)]
pub struct ListMapChildren {
    /// The ARN of the map run.
    pub map_run: String,
    /// Only those with this status.
    pub status: Option<String>,
    /// Most on the page.
    pub limit: Option<i64>,
    /// Where an earlier page said that the next one starts.
    pub next: Option<String>,
}

/// A child of a map run.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MapChild {
    /// Its ARN.
    pub id: Arc<str>,
    /// Its place in the map run, from 0 on; older children do not know theirs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<u64>,
    /// The beginning of its input, as JSON text.
    pub input: String,
    /// `RUNNING`, `SUCCEEDED`, `FAILED`, `TIMED_OUT`, `ABORTED` or `PENDING_REDRIVE`.
    pub status: &'static str,
    /// When it started.
    #[serde(serialize_with = "iso")]
    pub started: Timestamp,
    /// When it closed.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "iso_if")]
    pub stopped: Option<Timestamp>,
    /// How many items it has.
    pub items: u64,
    /// The error it closed with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Arc<str>>,
    /// What the error says about itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Arc<str>>,
    /// Whether it is an Express execution, which has no page.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_express: bool,
}

/// Some children of a map run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MapChildPage {
    /// The children, the latest change first.
    pub items: Vec<MapChild>,
    /// Where the next page starts; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl Service {
    /// Shows a map run.
    ///
    /// # Errors
    /// There is no such map run, or it belongs to another account.
    pub async fn map_run_view(&self, viewer: &Viewer, id: &str) -> Result<MapRunView, Error> {
        viewer.check("DescribeMapRun", id)?;
        let run = self.map_run(map_run_arn(id)?.as_str()).await?;
        Ok(MapRunView {
            id: run.map_run_arn,
            run: run.execution_arn,
            status: run.status.name(),
            started: run.start_date,
            stopped: run.stop_date,
            max_concurrency: run.max_concurrency,
            is_batched: run.is_batched,
            items: run.item_counts.into(),
            runs: run.execution_counts.into(),
        })
    }

    /// Lists children of a map run, the latest change first. Of Express children, only those are there
    /// that are under way, and those that did not succeed.
    ///
    /// # Errors
    /// There is no such map run, it belongs to another account, or what is asked for makes no sense.
    pub async fn map_children(
        &self,
        viewer: &Viewer,
        wanted: ListMapChildren,
    ) -> Result<MapChildPage, Error> {
        viewer.check("ListExecutions", &wanted.map_run)?;
        let page = self
            .list_executions(ListExecutions {
                map_run_arn: Some(wanted.map_run),
                status_filter: wanted.status,
                max_results: wanted.limit,
                next_token: wanted.next,
                ..ListExecutions::default()
            })
            .await?;
        let mut items = Vec::with_capacity(page.executions.len());
        for item in page.executions {
            items.push(self.map_child(item).await?);
        }
        Ok(MapChildPage { items, next: page.next_token })
    }

    /// Adds to a listed child what its record says of it.
    async fn map_child(&self, item: ExecutionItem) -> Result<MapChild, Error> {
        let key = ExecutionKey(item.execution_arn.clone());
        let description = self.runtime.describe(&key).await?;
        let place = description.as_ref().and_then(|it| it.record.map_run.as_ref());
        let index = place.and_then(|place| place.index);
        let input = description.as_ref().map(|it| beginning(it.input())).unwrap_or_default();
        let (error, cause) = match &description {
            Some(description) => self.why_closed(description).await?,
            None => (None, None),
        };
        let arn = Arn::from_str(&item.execution_arn).ok();
        Ok(MapChild {
            index,
            input,
            status: item.status,
            started: item.start_date,
            stopped: item.stop_date,
            items: item.item_count.unwrap_or(1),
            error,
            cause,
            is_express: arn.is_some_and(|arn| arn.kind() == "express"),
            id: item.execution_arn,
        })
    }

    /// Returns the error that an execution closed with, and what it says about itself.
    async fn why_closed(
        &self,
        description: &Description,
    ) -> Result<(Option<Arc<str>>, Option<Arc<str>>), Error> {
        let described = self.describe(description, false).await?;
        Ok((described.error, described.cause))
    }
}

fn beginning(input: &Payload) -> String {
    input.shown().chars().take(INPUT_CHARS_MAX).collect()
}
