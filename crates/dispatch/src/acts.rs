//! Actions among the steps of a script: whoever runs the script asks the server for them.
//!
//! **Invariant:** what is done is what the definition of the task says; only the parameters come
//! from its worker, which has computed them.

use std::sync::Arc;

use compasso_engine::{TaskError, TaskResult};
use compasso_ir::{IntegrationPattern, Resource, ResourceKind};
use compasso_runtime::{Job, Reporter, TaskEnd};
use compasso_types::{Json, Payload};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::dispatcher::Dispatcher;
use crate::errors::WorkerError;

/// An action that is asked for.
#[derive(Debug, Deserialize)]
pub struct Act {
    /// The place of its step, from 0.
    pub step: usize,
    /// Its parameters.
    pub arguments: Box<RawValue>,
}

/// What became of an action: an output or an error.
#[derive(Debug, Default, Serialize)]
pub struct Acted {
    /// What it gave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<Box<RawValue>>,
    /// The name of its error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Arc<str>>,
    /// What happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Arc<str>>,
    /// How long to wait before it is tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl Dispatcher {
    /// Carries out an action of a script that `lease` is about. It ends with the future.
    ///
    /// # Errors
    /// The lease is over, or its script has no such action.
    pub async fn act(
        &self,
        lease: &str,
        account: Option<&str>,
        step: usize,
        arguments: Payload,
    ) -> Result<TaskResult, WorkerError> {
        self.ready().await;
        let (job, reporter) = self.acting(lease, account)?;
        let resource = resource(&job, step).ok_or_else(|| {
            WorkerError::Invalid(format!("the script has no action at step {step}"))
        })?;
        let mut action = job;
        action.idempotency_key = format!("{}/{step}", action.idempotency_key).into();
        action.offer.resource = resource;
        action.offer.parameters = arguments;
        action.offer.placement = None;
        action.offer.submitted = None;
        Ok(match self.connect(action, reporter).await {
            TaskEnd::Finished(result) => result,
            TaskEnd::Submitted(_) | TaskEnd::Reported => {
                Err(TaskError::new("Rejected", "the action does not end by itself"))
            }
        })
    }

    fn acting(&self, lease: &str, account: Option<&str>) -> Result<(Job, Reporter), WorkerError> {
        let desk = self.lock();
        let found = desk.leases.get(lease).filter(|lease| {
            !lease.is_reported && account.is_none_or(|account| *account == *lease.account)
        });
        found.map(|lease| (lease.job.clone(), lease.reporter.clone())).ok_or(WorkerError::LeaseLost)
    }
}

impl From<TaskResult> for Acted {
    fn from(result: TaskResult) -> Self {
        match result {
            Ok(output) => {
                let output = RawValue::from_string(output.text().to_owned()).ok();
                Self { output, ..Self::default() }
            }
            Err(TaskError { error, cause, retry_after_ms }) => {
                let error = error.or_else(|| Some("Rejected".into()));
                Self { error, cause, retry_after_ms, output: None }
            }
        }
    }
}

/// Returns what an action of a script calls: `resource` of the step, `[service, action]`.
fn resource(job: &Job, step: usize) -> Option<Resource> {
    let Json::Array(steps) = job.offer.parameters.value().get("steps")? else { return None };
    let Json::Array(words) = steps.get(step)?.get("resource")? else { return None };
    let [service, action] = &words[..] else { return None };
    let (service, action) = (service.as_str()?, action.as_str()?);
    let kind = ResourceKind::Service {
        service: service.into(),
        action: action.into(),
        pattern: IntegrationPattern::RequestResponse,
    };
    Some(Resource { arn: format!("arn:aws:states:::{service}:{action}").into(), kind })
}
