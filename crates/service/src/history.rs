//! `GetExecutionHistory`.

use compasso_engine::{Event, EventKind};
use compasso_runtime::HistoryRange;
use compasso_store::ExecutionKey;
use compasso_types::{Arn, Payload};
use serde::Deserialize;

use crate::arns::{arn_length, execution};
use crate::constraints::Constraints;
use crate::paging::{page_bounds, page_items};
use crate::{Error, Service};

/// Events read at once.
const CHUNK_EVENTS: usize = 128;
/// A page ends early when its events hold more data than this.
const PAGE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Asks for a page of a history.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct GetExecutionHistory {
    pub execution_arn: String,
    pub max_results: Option<i64>,
    pub reverse_order: Option<bool>,
    pub next_token: Option<String>,
    pub include_execution_data: Option<bool>,
}

/// A part of a history; an edge writes it in its own form.
#[derive(Clone, Debug)]
pub struct HistoryPage {
    /// The execution's region.
    pub region: String,
    /// The events.
    pub events: Vec<Event>,
    /// Whether inputs and outputs are asked for.
    pub with_data: bool,
    /// Where the next page starts.
    pub next_token: Option<String>,
}

impl Service {
    /// Reads a part of the history of an execution.
    ///
    /// # Errors
    /// There is no such Standard execution, or the token is not valid for it.
    pub async fn execution_history(
        &self,
        request: GetExecutionHistory,
    ) -> Result<HistoryPage, Error> {
        let token = request.next_token.as_deref();
        let constraints =
            arn_length(Constraints::default(), "executionArn", &request.execution_arn);
        page_bounds(constraints, request.max_results, token).check()?;
        let arn = execution("executionArn", &request.execution_arn)?;
        let reverse = request.reverse_order.unwrap_or(false);
        let listing = format!("{arn} {}", if reverse { "newest" } else { "oldest" });
        let first = match self.position(&listing, token).await? {
            Some(text) => text.parse().map_err(|_| Error::InvalidToken)?,
            None => u64::from(!reverse),
        };
        let wanted = page_items(request.max_results);
        let (events, next) = self.read_history(&arn, first, wanted, reverse).await?;
        let next_token = match next {
            Some(next) => {
                Some(self.page_tokens().await?.seal(&listing, &next.to_string(), self.now()))
            }
            None => None,
        };
        Ok(HistoryPage {
            region: arn.region().to_owned(),
            events,
            with_data: request.include_execution_data.unwrap_or(true),
            next_token,
        })
    }

    /// Reads up to `wanted` events and says which one follows, if any does.
    pub(crate) async fn read_history(
        &self,
        arn: &Arn,
        mut first: u64,
        wanted: usize,
        reverse: bool,
    ) -> Result<(Vec<Event>, Option<u64>), Error> {
        let key = ExecutionKey(arn.as_str().into());
        let missing = || Error::ExecutionDoesNotExist { arn: arn.as_str().to_owned() };
        let mut events = Vec::new();
        let mut bytes = 0;
        loop {
            // One more than wanted shows whether the page is the last.
            let limit = CHUNK_EVENTS.min(wanted + 1 - events.len());
            let range = HistoryRange { first, limit, reverse };
            let chunk = self.runtime.history(&key, range).await?.ok_or_else(missing)?;
            let is_last = chunk.len() < limit;
            for event in chunk {
                if events.len() == wanted || bytes > PAGE_BYTES_MAX {
                    return Ok((events, Some(event.id)));
                }
                bytes += data_bytes(&event.kind);
                first = if reverse { event.id - 1 } else { event.id + 1 };
                events.push(event);
            }
            if is_last || first == 0 {
                return Ok((events, None));
            }
        }
    }
}

/// Returns how much data an event carries.
fn data_bytes(kind: &EventKind) -> usize {
    data(kind).map_or(0, |payload| payload.text().len())
}

fn data(kind: &EventKind) -> Option<&Payload> {
    match kind {
        EventKind::ExecutionStarted { start } => Some(&start.input),
        EventKind::StateEntered { input, .. } => Some(input),
        EventKind::ExecutionSucceeded { output }
        | EventKind::StateExited { output, .. }
        | EventKind::TaskSubmitted { output, .. }
        | EventKind::TaskSucceeded { output, .. } => Some(output),
        EventKind::TaskScheduled { parameters, .. } => Some(parameters),
        EventKind::BranchMarked { mark, .. } | EventKind::MapIterationMarked { mark, .. } => {
            mark.output.as_ref()
        }
        EventKind::ExecutionFailed { .. }
        | EventKind::ExecutionAborted { .. }
        | EventKind::ExecutionTimedOut { .. }
        | EventKind::ExecutionRedriven { .. }
        | EventKind::EvaluationFailed { .. }
        | EventKind::TaskStarted { .. }
        | EventKind::TaskFailed { .. }
        | EventKind::TaskTimedOut { .. }
        | EventKind::TaskStateAborted
        | EventKind::CallbackArrived { .. }
        | EventKind::MockAwaited { .. }
        | EventKind::WorkflowDeleted
        | EventKind::HeartbeatReceived
        | EventKind::ItemsSourced { .. }
        | EventKind::ItemsRead { .. }
        | EventKind::SignalReceived { .. }
        | EventKind::SignalTaken { .. }
        | EventKind::WaitStarted { .. }
        | EventKind::RetryScheduled { .. }
        | EventKind::MapIterationKept { .. }
        | EventKind::ParallelStateStarted { .. }
        | EventKind::ParallelStateSucceeded
        | EventKind::ParallelStateFailed
        | EventKind::BranchSteered { .. }
        | EventKind::BranchWithdrawn { .. }
        | EventKind::CompensationAsked { .. }
        | EventKind::GraphCancelled { .. }
        | EventKind::GraphJudged { .. }
        | EventKind::AsideEntered { .. }
        | EventKind::AsideExited { .. }
        | EventKind::BranchReady { .. }
        | EventKind::BranchSkipped { .. }
        | EventKind::BranchEntered { .. }
        | EventKind::BranchExited { .. }
        | EventKind::MapStateStarted { .. }
        | EventKind::MapIterationStarted { .. }
        | EventKind::MapIterationSucceeded { .. }
        | EventKind::MapIterationFailed { .. }
        | EventKind::MapIterationAborted { .. }
        | EventKind::MapRunStarted { .. }
        | EventKind::MapRunRedriven { .. }
        | EventKind::MapRunSucceeded
        | EventKind::MapRunFailed { .. }
        | EventKind::MapRunAborted
        | EventKind::MapStateSucceeded
        | EventKind::MapStateFailed
        | EventKind::MapStateAborted => None,
    }
}
