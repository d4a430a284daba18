//! One attempt at a task, as the executor is told of it.

use std::any::Any;

use compasso_types::Json;

/// What stays taken until the last process of an attempt and its directory are gone: a seat, a
/// permit.
pub type Held = Box<dyn Any + Send + Sync>;

/// What is to be done.
pub struct Work {
    /// The work order: see [`crate::WorkOrder`].
    pub order: Json,
    /// Whose it is.
    pub attempt: Attempt,
    /// Let go when all is over, which may be later than the end of the future when it was dropped.
    pub held: Option<Held>,
}

/// Which attempt it is, and what its script is told.
#[derive(Clone, Debug, Default)]
pub struct Attempt {
    /// The run's id.
    pub run: String,
    /// The pipeline's name.
    pub pipeline: String,
    /// The task's id.
    pub task: String,
    /// The key of the instance, if the task is one of several.
    pub key: Option<String>,
    /// Which attempt, from 1.
    pub attempt: u32,
    /// Equal for all attempts.
    pub idempotency_key: String,
    /// Where it stands in a trace, as W3C writes it.
    pub traceparent: Option<String>,
    /// Where the server is reached.
    pub url: Option<String>,
    /// What proves to the server that a call comes from this attempt.
    pub token: Option<String>,
    /// Values that logs must not show.
    pub masks: Vec<String>,
    /// Largest output, bytes.
    pub output_bytes_max: usize,
}

impl Attempt {
    /// Returns the variables that tell a script about itself.
    pub(crate) fn variables(&self) -> Vec<(&'static str, String)> {
        let Self {
            run,
            pipeline,
            task,
            key,
            attempt,
            idempotency_key,
            traceparent,
            url,
            token,
            ..
        } = self;
        let mut variables = vec![
            ("CI", "true".to_owned()),
            ("COMPASSO_RUN_ID", run.clone()),
            ("COMPASSO_PIPELINE", pipeline.clone()),
            ("COMPASSO_TASK", task.clone()),
            ("COMPASSO_ATTEMPT", attempt.to_string()),
            ("COMPASSO_IDEMPOTENCY_KEY", idempotency_key.clone()),
        ];
        let optional = [
            ("COMPASSO_KEY", key),
            ("COMPASSO_URL", url),
            ("COMPASSO_TOKEN", token),
            ("TRACEPARENT", traceparent),
        ];
        let given = |(name, value): (_, &Option<String>)| Some((name, value.clone()?));
        variables.extend(optional.into_iter().filter_map(given));
        variables
    }
}
