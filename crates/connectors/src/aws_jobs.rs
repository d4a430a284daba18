//! Jobs of AWS services that a task waits for (`.sync`): submitted once, asked about until they end,
//! and cancelled when nobody waits for them any more.
//!
//! What differs from service to service stands in `kinds`.

mod ecs;
mod kinds;
mod table;

use compasso_aws::{AwsClient, Failure};
use compasso_engine::{TaskError, TaskResult};
use compasso_integrations::Call;
use compasso_ir::{IntegrationPattern, ResourceKind};
use compasso_runtime::{Job, Reporter};
use compasso_types::{Json, Payload};
use tokio::runtime::Handle;
use tokio::time::sleep;

use self::kinds::{JobKind, Verdict};
use crate::aws_service::{caller, task_error};
use crate::polling::{Pauses, Troubles};
use crate::template::{Sources, fill};

/// Has `submit` make the call of a task; with `.sync`, waits for the end of the job that it submits,
/// whose last description is the result.
pub(crate) async fn run(
    client: &AwsClient,
    job: &Job,
    reporter: &Reporter,
    submit: impl Future<Output = TaskResult>,
) -> TaskResult {
    let ResourceKind::Service { service, action, pattern } = &job.offer.resource.kind else {
        return submit.await;
    };
    match pattern {
        IntegrationPattern::RequestResponse | IntegrationPattern::WaitForTaskToken => {
            return submit.await;
        }
        IntegrationPattern::Sync | IntegrationPattern::Sync2 => {}
    }
    let Some(kind) = JobKind::of(service, action) else {
        let cause = format!("The resource {} cannot be waited for", job.offer.resource.arn);
        return Err(TaskError::new("States.Runtime", cause));
    };
    let submission = match &job.offer.submitted {
        Some(submission) => submission.clone(),
        None => submit.await?,
    };
    let watch = Watch { client: client.clone(), kind, job: job.clone(), submission };
    let mut guard = CancelWhenDropped { watch: Some(watch.clone()), reporter };
    if job.offer.submitted.is_none() {
        reporter.submitted(watch.submission.clone()).await;
    }
    let result = watch.until_the_end().await;
    guard.watch = None;
    result
}

/// A job that was submitted.
#[derive(Clone)]
struct Watch {
    client: AwsClient,
    kind: &'static JobKind,
    job: Job,
    submission: Payload,
}

/// Cancels a job that nobody waits for any more; a server that ends still wants its jobs.
struct CancelWhenDropped<'a> {
    watch: Option<Watch>,
    reporter: &'a Reporter,
}

impl Drop for CancelWhenDropped<'_> {
    fn drop(&mut self) {
        if let (Some(watch), Ok(runtime)) = (self.watch.take(), Handle::try_current())
            && !self.reporter.is_shutting_down()
        {
            runtime.spawn(async move { watch.cancel().await });
        }
    }
}

impl Watch {
    async fn until_the_end(&self) -> TaskResult {
        let (mut pauses, mut troubles) = (Pauses::new(), Troubles::default());
        let mut last = None;
        loop {
            sleep(pauses.next()).await;
            let (error, is_refusal) = match self.ask(self.kind.describe, self.kind.reference).await
            {
                Ok(answer) => match self.kind.judge(&answer, self.submission.value()) {
                    Verdict::Running(description) => {
                        last = Some(description);
                        troubles = Troubles::default();
                        continue;
                    }
                    Verdict::Succeeded(description) => return Ok(Payload::from(description)),
                    Verdict::Failed(description) => return Err(job_failed(&description)),
                    Verdict::Unknown => (job_failed(&answer), true),
                },
                Err(failure) if self.kind.ends_by_going && is_not_found(&failure) => {
                    return Ok(last.map_or_else(|| self.submission.clone(), Payload::from));
                }
                Err(failure) => {
                    let is_refusal = is_refusal(&failure);
                    (task_error(failure, &self.job), is_refusal)
                }
            };
            if troubles.is_too_much(is_refusal) {
                return Err(error);
            }
        }
    }

    async fn cancel(&self) {
        let Some((operation, reference)) = self.kind.cancel else { return };
        if self.ask(operation, reference).await.is_err() {
            let (arn, execution) = (&self.job.offer.resource.arn, &self.job.execution);
            tracing::warn!(%arn, %execution, "a job that nobody waits for was not cancelled");
        }
    }

    async fn ask(&self, operation: &str, reference: &str) -> Result<Json, Failure> {
        let call = Call::of_operation(self.kind.service, operation);
        let call = call.expect("a test finds every operation of the table in its model");
        let sources = [self.submission.value(), self.job.offer.parameters.value()];
        let parameters = fill(reference, &Sources(sources));
        let caller = caller(&self.job, &self.job.idempotency_key);
        Ok(self.client.call(&call, &parameters, caller).await?.output)
    }
}

/// Says that a job failed: with its description, as AWS does.
fn job_failed(description: &Json) -> TaskError {
    TaskError::new("States.TaskFailed", description.to_string())
}

fn is_not_found(failure: &Failure) -> bool {
    matches!(failure, Failure::Error { error, .. } if error.contains("NotFound"))
}

/// Returns whether a service understood the question and refused it, other than because it is asked
/// too often.
fn is_refusal(failure: &Failure) -> bool {
    let Failure::Error { error, cause } = failure else { return false };
    let is_throttled = ["Throttl", "TooManyRequests", "LimitExceeded", "RequestLimit"]
        .into_iter()
        .any(|word| error.contains(word) || cause.contains(word));
    !is_throttled && cause.contains("Status Code: 4")
}
