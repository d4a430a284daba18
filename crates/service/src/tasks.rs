//! Tasks of remote workers: poll, report, beat.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use compasso_engine::TaskError;
use compasso_types::Payload;
use compasso_types::limits::{ACTIVITY_POLL_MAX, ACTIVITY_POLLS_MAX, TASK_TOKEN_CHARS_MAX};
use serde::{Deserialize, Serialize};

use crate::arns::{activity, arn_length, name_length};
use crate::constraints::Constraints;
use crate::executions::{error_bounds, text_if};
use crate::{Error, Service, json_text};

/// Asks for a task of an activity.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct ActivityPoll {
    pub activity_arn: String,
    pub worker_name: Option<String>,
}

/// What `GetActivityTask` answers; empty if there was no task in time.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct OfferedTask {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "text_if")]
    pub input: Option<Payload>,
}

/// Reports a result.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct TaskSuccess {
    pub task_token: String,
    pub output: String,
}

/// Reports an error.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct TaskFailure {
    pub task_token: String,
    pub error: Option<Arc<str>>,
    pub cause: Option<Arc<str>>,
}

/// Reports that the worker is alive.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct TaskHeartbeat {
    pub task_token: String,
}

impl Service {
    /// Waits for a task of an activity, for a minute at most.
    ///
    /// # Errors
    /// There is no such activity, or too many workers wait for it already.
    pub async fn poll_activity(&self, request: ActivityPoll) -> Result<OfferedTask, Error> {
        let worker = request.worker_name;
        let constraints = arn_length(Constraints::default(), "activityArn", &request.activity_arn);
        name_length(constraints, "workerName", worker.as_deref()).check()?;
        let arn = activity("activityArn", &request.activity_arn)?;
        self.activity(&arn).await?;
        let _poll = Poll::begin(&self.inner.polls, arn.as_str())?;
        let worker = worker.map(Into::into);
        let task = self.runtime.poll_activity(arn.as_str(), worker, ACTIVITY_POLL_MAX).await?;
        Ok(task.map_or_else(OfferedTask::default, |task| OfferedTask {
            task_token: Some(task.token),
            input: Some(task.input),
        }))
    }

    /// Ends a task with a result.
    ///
    /// # Errors
    /// The output is no JSON, or the token names no task that is under way.
    pub async fn task_succeeded(&self, request: TaskSuccess) -> Result<(), Error> {
        token_length(&request.task_token)
            .sensitive("output", request.output.len(), 0..=self.inner.quotas.payload_bytes_max)
            .check()?;
        let output = json_text::parse(request.output).map_err(Error::InvalidOutput)?;
        Ok(self.runtime.report(&request.task_token, Ok(output)).await?)
    }

    /// Ends a task with an error.
    ///
    /// # Errors
    /// The token names no task that is under way.
    pub async fn task_failed(&self, request: TaskFailure) -> Result<(), Error> {
        let TaskFailure { task_token, error, cause } = request;
        error_bounds(token_length(&task_token), error.as_deref(), cause.as_deref()).check()?;
        Ok(self.runtime.report(&task_token, Err(TaskError::of(error, cause))).await?)
    }

    /// Keeps a task alive.
    ///
    /// # Errors
    /// The token names no task that is under way.
    pub async fn task_beat(&self, request: TaskHeartbeat) -> Result<(), Error> {
        token_length(&request.task_token).check()?;
        Ok(self.runtime.heartbeat(&request.task_token).await?)
    }
}

/// A long poll under way; counted until it is dropped.
struct Poll<'a> {
    polls: &'a Mutex<HashMap<Arc<str>, usize>>,
    activity: Arc<str>,
}

impl<'a> Poll<'a> {
    fn begin(polls: &'a Mutex<HashMap<Arc<str>, usize>>, activity: &str) -> Result<Self, Error> {
        let activity: Arc<str> = activity.into();
        let mut counts = polls.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(activity.clone()).or_default();
        if *count >= ACTIVITY_POLLS_MAX {
            return Err(Error::ActivityWorkerLimitExceeded { arn: activity.to_string() });
        }
        *count += 1;
        Ok(Self { polls, activity })
    }
}

impl Drop for Poll<'_> {
    fn drop(&mut self) {
        let mut counts = self.polls.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(count) = counts.get_mut(&self.activity) else {
            return;
        };
        *count -= 1;
        if *count == 0 {
            counts.remove(&self.activity);
        }
    }
}

fn token_length(token: &str) -> Constraints {
    let length = token.chars().count();
    Constraints::default().sensitive("taskToken", length, 1..=TASK_TOKEN_CHARS_MAX)
}
