//! Searching executions: what AWS does not have.

mod known;
mod plan;
mod row;
mod waiting;

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

use compasso_query::Query;
use compasso_runtime::error_of;
use compasso_scheduler::Queued;
use compasso_store::{
    AttributeValue, Attributes, Cursor, ExecutionFilter, ExecutionHeader, Order, SearchBounds,
};
use compasso_types::limits::SEARCH_ROWS_MAX;
use compasso_types::{Arn, Json, Number, Timestamp};
use serde::{Deserialize, Serialize};

pub(crate) use self::plan::{filter, is_of_queued};
pub(crate) use self::row::LABELS;
use self::row::{ExecutionRow, FIELDS, QueuedRow};
use self::waiting::Waiting;
use crate::arns::{MACHINE, PIPELINE};
use crate::constraints::Constraints;
use crate::executions::{ExecutionItem, item, machine_of};
use crate::paging::{page_bounds, page_items};
use crate::{Caller, Error, Service, Viewer};

/// What has executions that are found.
const KINDS: [&str; 2] = [MACHINE, PIPELINE];
/// In the order of [`order`].
const SORTS: [&str; 2] = ["LATEST_FIRST", "EARLIEST_FIRST"];

/// Asks for a page of the executions that a query finds.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are explained in docs/beyond-aws.md")]
pub struct SearchExecutions {
    #[serde(default)]
    pub query: String,
    pub max_results: Option<i64>,
    pub next_token: Option<String>,
    pub sort: Option<String>,
}

/// Executions that a query found.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are explained in docs/beyond-aws.md")]
pub struct FoundPage {
    pub executions: Vec<FoundExecution>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// An execution that a query found.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are explained in docs/beyond-aws.md")]
pub struct FoundExecution {
    #[serde(flatten)]
    pub execution: ExecutionItem,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub search_attributes: BTreeMap<Arc<str>, Json>,
}

impl Service {
    /// Finds executions of all Standard state machines, and runs of all pipelines, of the caller's account
    /// and region. A page
    /// may be empty and yet be followed by another: each looks at a bounded number of executions.
    ///
    /// # Errors
    /// The request is invalid; of a query, all mistakes are told with their places.
    pub async fn search_executions(
        &self,
        caller: &Caller,
        request: SearchExecutions,
    ) -> Result<FoundPage, Error> {
        let (sort, token) = (request.sort.as_deref(), request.next_token.as_deref());
        let constraints = Constraints::default().one_of("sort", sort, &SORTS);
        page_bounds(constraints, request.max_results, token).check()?;
        let query = read(&request.query)?;
        let order = order(sort);
        let Caller { account, region } = caller;
        let pages = format!("search {account} {region} {order:?} {query}");
        let position = self.position(&pages, token).await?;
        let after = position.map(|text| Cursor::from_str(&text)).transpose();
        let after = after.map_err(|_| Error::InvalidToken)?;
        let filter = ExecutionFilter { order, ..self.plan(caller, &query).await? };
        let bounds = SearchBounds { items: page_items(request.max_results), rows: SEARCH_ROWS_MAX };
        let wanted = self.picks(caller.clone(), query.clone()).await?;
        let is_first = after.is_none();
        let page = self.runtime.search(filter, Arc::new(wanted), after, bounds).await?;
        if is_first && page.items.is_empty() && page.next.is_none() {
            let viewer = Viewer { account: Some(caller.account.clone()) };
            self.check_indexed(&viewer, &query).await?;
        }
        let next_token = match page.next {
            Some(cursor) => {
                Some(self.page_tokens().await?.seal(&pages, &cursor.to_string(), self.now()))
            }
            None => None,
        };
        let executions = page.items.into_iter().map(FoundExecution::of).collect();
        Ok(FoundPage { executions, next_token })
    }

    /// Narrows the search down to what an index holds.
    async fn plan(&self, caller: &Caller, query: &Query) -> Result<ExecutionFilter, Error> {
        let filter = filter(query, self.now());
        let Some(name) = plan::workflow(query) else { return Ok(filter) };
        let Caller { account, region } = caller;
        let mut listings = Vec::new();
        for kind in KINDS {
            let Ok(arn) =
                Arn::from_str(&format!("arn:aws:states:{region}:{account}:{kind}:{name}"))
            else {
                continue;
            };
            let machine = self.inner.machines.get(&self.runtime, arn.as_str()).await?;
            listings.extend(machine.map(|machine| machine.value.listing(&arn)));
        }
        // A state machine and a pipeline may have the same name.
        let workflow = if listings.len() == 1 { listings.pop() } else { None };
        Ok(ExecutionFilter { workflow, ..filter })
    }

    /// Returns what picks the executions of `caller` that `query` finds.
    async fn picks(
        &self,
        caller: Caller,
        query: Query,
    ) -> Result<impl Fn(&ExecutionHeader) -> bool + Send + Sync + use<>, Error> {
        let sight = self.sight(query).await?;
        Ok(move |header: &ExecutionHeader| {
            let arn: Option<Arn> = machine_of(&header.workflow).parse().ok();
            let is_theirs = arn.is_some_and(|arn| {
                KINDS.contains(&arn.kind())
                    && (arn.account(), arn.region()) == (&*caller.account, &*caller.region)
            });
            is_theirs && sight.finds(header)
        })
    }

    /// Returns a query with what it needs to know beside the executions themselves.
    pub(crate) async fn sight(&self, query: Query) -> Result<Sight, Error> {
        let waiting = if query.fields().contains(&waiting::FIELD) {
            self.known_waits().await?
        } else {
            Waiting::default()
        };
        Ok(Sight { query, waiting, now: self.now() })
    }
}

/// Reads a query; all its mistakes are told with their places.
pub(crate) fn read(text: &str) -> Result<Query, Error> {
    Query::parse(text, &FIELDS)
        .map_err(|mistakes| Error::validation(format!("Invalid query: {mistakes}")))
}

/// A query, and what there is at the instant at which it is asked.
pub(crate) struct Sight {
    query: Query,
    waiting: Waiting,
    now: Timestamp,
}

impl Sight {
    /// Says whether the query finds an execution.
    pub(crate) fn finds(&self, header: &ExecutionHeader) -> bool {
        let Self { query, waiting, now } = self;
        let error = error_of(header);
        query.matches(&ExecutionRow { header, now: *now, waiting, error }, *now)
    }
}

/// Says whether a query finds a run that waits for a place and has these labels.
pub(crate) fn finds_queued(query: &Query, queued: &Queued, labels: &Json, now: Timestamp) -> bool {
    query.matches(&QueuedRow { labels, queued, now }, now)
}

/// Says whether a query asks for labels.
pub(crate) fn asks_for_labels(query: &Query) -> bool {
    query.fields().iter().any(|field| field.starts_with(LABELS))
}

impl FoundExecution {
    fn of(header: ExecutionHeader) -> Self {
        Self { search_attributes: attribute_values(&header.attributes), execution: item(header) }
    }
}

/// Returns what an execution is searched by, as answers show it.
pub(crate) fn attribute_values(attributes: &Attributes) -> BTreeMap<Arc<str>, Json> {
    let json = |value: &AttributeValue| match value {
        AttributeValue::Text(text) => text.clone().into(),
        AttributeValue::Number(number) => {
            Number::from_f64(*number).map_or(Json::Null, Json::Number)
        }
        AttributeValue::Bool(value) => Json::Bool(*value),
    };
    attributes.iter().map(|(name, value)| (name.clone(), json(value))).collect()
}

fn order(sort: Option<&str>) -> Order {
    if sort == Some(SORTS[1]) { Order::EarliestFirst } else { Order::LatestFirst }
}
