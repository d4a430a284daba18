//! `compasso:approve`: asks people, and ends by token when they have decided.

use std::sync::Arc;

use compasso_connectors::Parameters;
use compasso_engine::{TaskError, TaskResult};
use compasso_runtime::Job;
use compasso_store::ExecutionKey;
use compasso_types::{Json, Payload};
use futures::future::BoxFuture;

/// Keeps what people are asked until they decide.
pub trait Approvals: Send + Sync + 'static {
    /// Asks; durable when it returns. Asking again with the same key changes nothing: a task is
    /// delivered again after a crash.
    fn ask(&self, question: Question) -> BoxFuture<'_, Result<(), String>>;
}

/// What people are asked.
#[derive(Clone, Debug)]
pub struct Question {
    /// Tells it from others of the run; equal for all deliveries of one attempt.
    pub key: Arc<str>,
    /// The run whose task asks.
    pub run: ExecutionKey,
    /// Ends the task.
    pub token: Arc<str>,
    /// Where the task stands in its run, as what is told of it has it; absent: it asks by itself.
    pub place: Option<Arc<str>>,
    /// `task`, `by`, `count`, `message` and `form`, as the pipeline has them.
    pub asked: Json,
}

/// Asks.
pub(crate) async fn run(
    approvals: Option<&dyn Approvals>,
    parameters: &Parameters<'_>,
    job: &Job,
) -> TaskResult {
    let Some(approvals) = approvals else {
        return Err(TaskError::new("Rejected", "There is nobody here who could be asked"));
    };
    let mut asked = parameters.members().clone();
    let place = asked.shift_remove("place");
    if let Some(task) = asked.get_mut("task") {
        *task = task_of(job).into();
    }
    let question = Question {
        key: job.idempotency_key.clone(),
        run: job.execution.clone(),
        token: job.token.clone(),
        place: place.as_ref().and_then(Json::as_str).map(Arc::from),
        asked: Json::from(asked),
    };
    match approvals.ask(question).await {
        Ok(()) => Ok(Payload::default()),
        Err(cause) => Err(TaskError::new("Connection", cause)),
    }
}

/// Returns which task asks, with the groups around it and the keys of their instances: `deploy[eu].go`.
fn task_of(job: &Job) -> &str {
    let state = &*job.offer.state;
    let suffix = state.find(" (").map_or("", |at| &state[at..]);
    let named = job.offer.instance.as_deref().unwrap_or(state);
    named.strip_suffix(suffix).unwrap_or(named)
}
