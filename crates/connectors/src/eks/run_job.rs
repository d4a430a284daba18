//! `eks:runJob`: a Kubernetes Job; with `.sync`, until it is complete.

use compasso_aws::AwsClient;
use compasso_engine::{TaskError, TaskResult};
use compasso_ir::IntegrationPattern;
use compasso_runtime::{Job, Reporter};
use compasso_types::{Json, Payload};
use reqwest::Method;
use tokio::runtime::Handle;
use tokio::time::sleep;

use super::kubernetes::Kubernetes;
use super::logs;
use crate::parameters::Parameters;
use crate::polling::{Pauses, Troubles};

const DEFAULT_NAMESPACE: &str = "default";

/// Creates the Job; with `.sync`, waits for its end and returns `{logs, status}`.
pub(crate) async fn run_job(
    aws: &AwsClient,
    pattern: IntegrationPattern,
    job: &Job,
    reporter: &Reporter,
) -> TaskResult {
    let parameters = Parameters::of(&job.offer.parameters)?;
    let kubernetes = Kubernetes::of(aws, &parameters, job)?;
    let namespace = parameters.text("Namespace")?.unwrap_or(DEFAULT_NAMESPACE).to_owned();
    let jobs = format!("/apis/batch/v1/namespaces/{namespace}/jobs");
    let submission = if let Some(submission) = &job.offer.submitted {
        submission.clone()
    } else {
        parameters.object("Job")?.ok_or_else(|| parameters.required("Job"))?;
        let manifest = parameters.get("Job").map(Json::to_string);
        let answer = kubernetes.call(Method::POST, &jobs, &[], manifest).await?;
        Payload::from(answer.result(answer.body_value()))
    };
    if !matches!(pattern, IntegrationPattern::Sync | IntegrationPattern::Sync2) {
        return Ok(submission);
    }
    let name = name(&submission)?;
    let running = RunningJob { kubernetes, path: format!("{jobs}/{name}") };
    let mut guard = DeleteWhenDropped { running: Some(running), reporter };
    if job.offer.submitted.is_none() {
        reporter.submitted(submission.clone()).await;
    }
    let ended = match &guard.running {
        Some(running) => running.until_the_end().await,
        None => unreachable!("it was put there a moment ago"),
    };
    let running = guard.running.take();
    let (ended, running) = (ended?, running.expect("nobody else takes it"));
    let logs = match parameters.object("LogOptions")? {
        Some(options) => {
            logs::read(&running.kubernetes, &namespace, name, options, &parameters).await?
        }
        None => None,
    };
    result(&ended, logs)
}

/// A Job that was created.
struct RunningJob {
    kubernetes: Kubernetes,
    path: String,
}

/// Deletes a Job that nobody waits for any more; a server that ends still wants its jobs.
struct DeleteWhenDropped<'a> {
    running: Option<RunningJob>,
    reporter: &'a Reporter,
}

impl Drop for DeleteWhenDropped<'_> {
    fn drop(&mut self) {
        if let (Some(running), Ok(runtime)) = (self.running.take(), Handle::try_current())
            && !self.reporter.is_shutting_down()
        {
            runtime.spawn(async move { running.delete().await });
        }
    }
}

/// A Job that is over.
struct EndedJob {
    status: Json,
    is_complete: bool,
}

impl RunningJob {
    async fn until_the_end(&self) -> Result<EndedJob, TaskError> {
        let (mut pauses, mut troubles) = (Pauses::new(), Troubles::default());
        loop {
            sleep(pauses.next()).await;
            match self.kubernetes.object(Method::GET, &self.path, &[], None).await {
                Ok(job) => {
                    troubles = Troubles::default();
                    if let Some(ended) = ended(&job) {
                        return Ok(ended);
                    }
                }
                Err(error) => {
                    let is_refusal =
                        error.error.as_deref().is_some_and(|name| name.starts_with("EKS.4"));
                    if troubles.is_too_much(is_refusal) {
                        return Err(error);
                    }
                }
            }
        }
    }

    async fn delete(&self) {
        let query = [("propagationPolicy".to_owned(), "Background".to_owned())];
        if self.kubernetes.call(Method::DELETE, &self.path, &query, None).await.is_err() {
            tracing::warn!(path = self.path, "Kubernetes Job not deleted");
        }
    }
}

fn name(submission: &Payload) -> Result<&str, TaskError> {
    let job = submission.value().get("ResponseBody");
    job.and_then(|job| job.get("metadata")?.get("name")?.as_str()).ok_or_else(|| {
        TaskError::new("States.TaskFailed", "The cluster's answer does not name the Job")
    })
}

/// Returns how a Job ended, if one of its conditions says that it has.
fn ended(job: &Json) -> Option<EndedJob> {
    let status = job.get("status")?;
    let holds = |kind: &str| {
        let conditions = status.get("conditions").and_then(Json::as_array);
        conditions.is_some_and(|conditions| {
            conditions.iter().any(|condition| {
                let text = |name: &str| condition.get(name).and_then(Json::as_str);
                text("type") == Some(kind) && text("status") == Some("True")
            })
        })
    };
    let is_complete = holds("Complete");
    (is_complete || holds("Failed")).then(|| EndedJob { status: status.clone(), is_complete })
}

fn result(ended: &EndedJob, logs: Option<Json>) -> TaskResult {
    let logs = logs.map(|logs| ("logs", logs));
    let members = logs.into_iter().chain([("status", ended.status.clone())]);
    let result = Json::object(members);
    if ended.is_complete {
        return Ok(Payload::from(result));
    }
    Err(TaskError::new("States.TaskFailed", result.to_string()))
}
