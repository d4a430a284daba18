//! Listing pipelines.

use std::sync::Arc;

use compasso_types::Timestamp;
use serde::Serialize;

use super::paused::PausedPipeline;
use super::stored::is_pipeline;
use crate::constraints::Constraints;
use crate::dates::iso;
use crate::paging::page_items;
use crate::records::Machine;
use crate::shelf::Shelf;
use crate::{Error, Service, Viewer};

/// Most pipelines on a page.
const PIPELINES_MAX: i64 = 1_000;
/// Most characters of the name of a pipeline.
const NAME_CHARS_MAX: usize = 128;
const TOKEN_CHARS_MAX: usize = 1_024;
/// Records looked at for one page, at most so often a full page of them.
const LOOKS_MAX: usize = 10;
const LISTING: &str = "pipelines";

/// A pipeline in a listing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PipelineItem {
    /// Its ARN.
    pub id: String,
    /// Its name.
    pub name: Arc<str>,
    /// When it was pushed first.
    #[serde(serialize_with = "iso")]
    pub created: Timestamp,
    /// Set while it is paused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused: Option<PausedPipeline>,
}

/// Some pipelines.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PipelinePage {
    /// The pipelines, by their ARNs.
    pub items: Vec<PipelineItem>,
    /// Where the next page starts; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl Service {
    /// Lists pipelines, those only whose names contain `q` if it is given, in any case. A page may hold fewer than asked for and still not be the last.
    ///
    /// # Errors
    /// The token or the page size is invalid.
    pub async fn list_pipelines(
        &self,
        viewer: &Viewer,
        q: Option<&str>,
        limit: Option<i64>,
        next: Option<&str>,
    ) -> Result<PipelinePage, Error> {
        Constraints::default()
            .number_if("limit", limit, 1..=PIPELINES_MAX)
            .chars_if("q", q, 1..=NAME_CHARS_MAX)
            .chars_if("next", next, 1..=TOKEN_CHARS_MAX)
            .check()?;
        let q = q.map(str::to_lowercase).unwrap_or_default();
        let mut after = self.position(LISTING, next).await?;
        let (wanted, mut items) = (page_items(limit), Vec::new());
        for _ in 0..LOOKS_MAX {
            let left = wanted - items.len();
            let found =
                Shelf::<Machine>::list(&self.runtime, "arn:", after.as_deref(), left + 1).await?;
            let is_last = found.len() <= left;
            let looked_at = found.into_iter().take(left);
            for (id, machine) in looked_at {
                after = Some(id.clone());
                let is_meant = machine.name.to_lowercase().contains(&q);
                if is_meant && is_pipeline(&id) && viewer.sees(&id) && !machine.deleting {
                    items.push(item(id, &machine));
                }
            }
            if is_last {
                return Ok(PipelinePage { items, next: None });
            }
            if items.len() == wanted {
                break;
            }
        }
        let after = after.unwrap_or_default();
        let next = self.page_tokens().await?.seal(LISTING, &after, self.now());
        Ok(PipelinePage { items, next: Some(next) })
    }
}

fn item(id: String, machine: &Machine) -> PipelineItem {
    PipelineItem {
        id,
        name: machine.name.clone(),
        created: machine.created,
        paused: machine.paused.clone().map(PausedPipeline::from),
    }
}
