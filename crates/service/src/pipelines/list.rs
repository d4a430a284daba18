//! Listing pipelines.

use std::collections::BTreeMap;
use std::sync::Arc;

use compasso_query::{Field, Found, Kind, Query, Row, Schema};
use compasso_types::Timestamp;
use serde::Serialize;

use super::paused::PausedPipeline;
use super::stored::is_pipeline;
use crate::constraints::Constraints;
use crate::dates::iso;
use crate::paging::page_items;
use crate::records::Machine;
use crate::search::LABELS;
use crate::shelf::Shelf;
use crate::{Error, Service, Viewer};

/// Most pipelines on a page.
const PIPELINES_MAX: i64 = 1_000;
const QUERY_CHARS_MAX: usize = 1_024;
const TOKEN_CHARS_MAX: usize = 1_024;
/// Records looked at for one page, at most so often a full page of them.
const LOOKS_MAX: usize = 10;
const LISTING: &str = "pipelines";
/// What can be asked about pipelines.
const FIELDS: Schema = Schema {
    fields: &[Field { name: "name", kind: Kind::Text }],
    begun: &[Field { name: LABELS, kind: Kind::Text }],
};

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
    /// Its labels.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<Arc<str>, Arc<str>>,
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
    /// Lists pipelines, those only that `q` finds if it is given: whose names contain it, in any case, or whose
    /// name and labels are as it says (`labels.team = data`). A page may hold fewer than asked for and still
    /// not be the last.
    ///
    /// # Errors
    /// The token, the page size or the query is invalid.
    pub async fn list_pipelines(
        &self,
        viewer: &Viewer,
        q: Option<&str>,
        limit: Option<i64>,
        next: Option<&str>,
    ) -> Result<PipelinePage, Error> {
        Constraints::default()
            .number_if("limit", limit, 1..=PIPELINES_MAX)
            .chars_if("q", q, 1..=QUERY_CHARS_MAX)
            .chars_if("next", next, 1..=TOKEN_CHARS_MAX)
            .check()?;
        let filter = Filter::read(q.unwrap_or_default())?;
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
                let is_meant = filter.finds(&machine, self.now());
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
        labels: machine.labels.clone(),
        paused: machine.paused.clone().map(PausedPipeline::from),
    }
}

/// Which pipelines are listed.
enum Filter {
    /// Those whose names contain this, in small letters.
    Name(String),
    /// Those that a query finds.
    Query(Query),
}

impl Filter {
    /// Reads what is asked for: a query if it names a label, which no part of a name is with a sign behind it.
    fn read(q: &str) -> Result<Self, Error> {
        let is_query = q.contains(LABELS) && q.contains(|c: char| c.is_whitespace() || c == '=');
        if !is_query {
            return Ok(Self::Name(q.to_lowercase()));
        }
        let invalid = |mistakes| Error::validation(format!("Invalid query: {mistakes}"));
        Query::parse(q, &FIELDS).map(Self::Query).map_err(invalid)
    }

    fn finds(&self, machine: &Machine, now: Timestamp) -> bool {
        match self {
            Self::Name(part) => machine.name.to_lowercase().contains(part),
            Self::Query(query) => query.matches(&Labelled(machine), now),
        }
    }
}

/// A pipeline as queries see it.
struct Labelled<'a>(&'a Machine);

impl Row for Labelled<'_> {
    fn value(&self, field: &str) -> Option<Found<'_>> {
        match field.strip_prefix(LABELS) {
            Some(label) => self.0.labels.get(label).map(|value| Found::Text(value)),
            None => (field == "name").then_some(Found::Text(&self.0.name)),
        }
    }
}
