//! `ListMapRuns`.

use std::sync::Arc;

use compasso_mapruns::MapRunDescription;
use compasso_types::Timestamp;
use serde::{Deserialize, Serialize};

use crate::arns::{execution, labelled_machine};
use crate::constraints::Constraints;
use crate::dates::{seconds, seconds_if};
use crate::paging::{ask_for, page_bounds, page_items};
use crate::{Error, Service};

/// Asks for a page of an execution's map runs.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct ListMapRuns {
    pub execution_arn: String,
    pub max_results: Option<i64>,
    pub next_token: Option<String>,
}

/// What `ListMapRuns` answers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct MapRunPage {
    pub map_runs: Vec<MapRunItem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// A map run in a listing.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct MapRunItem {
    pub execution_arn: Arc<str>,
    pub map_run_arn: Arc<str>,
    pub state_machine_arn: String,
    #[serde(serialize_with = "seconds")]
    pub start_date: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "seconds_if")]
    pub stop_date: Option<Timestamp>,
}

impl Service {
    /// Lists the map runs of an execution, the newest first.
    ///
    /// # Errors
    /// There is no such Standard execution, or the token is not valid for it.
    pub async fn list_map_runs(&self, request: ListMapRuns) -> Result<MapRunPage, Error> {
        let token = request.next_token.as_deref();
        page_bounds(Constraints::default(), request.max_results, token).check()?;
        let arn = execution("executionArn", &request.execution_arn)?;
        self.description(&arn).await?;
        let listing = format!("{arn} map runs");
        let after = self.position(&listing, token).await?;
        let items = page_items(request.max_results);
        let found =
            self.map_runs.of_execution(arn.as_str(), after.as_deref(), ask_for(items)).await?;
        let next_token = match (found.len() > items, found.get(items - 1)) {
            (true, Some((place, _))) => {
                Some(self.page_tokens().await?.seal(&listing, place, self.now()))
            }
            _ => None,
        };
        let map_runs = found.into_iter().take(items).map(|(_, run)| item(run)).collect();
        Ok(MapRunPage { map_runs, next_token })
    }
}

fn item(run: MapRunDescription) -> MapRunItem {
    MapRunItem {
        execution_arn: run.execution_arn,
        state_machine_arn: labelled_machine(&run.map_run_arn),
        map_run_arn: run.map_run_arn,
        start_date: run.start_date,
        stop_date: run.stop_date,
    }
}
