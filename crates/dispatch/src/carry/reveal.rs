//! What a job is given that nobody else may see: secrets, and links of approvals.

use std::sync::Arc;

use compasso_engine::TaskError;
use compasso_ir::ResourceKind;
use compasso_runtime::Job;
use compasso_types::{Payload, sealed};

use crate::dispatcher::Dispatcher;
use crate::place::account_of;
use crate::secrets::{self, Asked, NoSecrets, Secrets};
use crate::wants::Wants;

/// The action that starts a run of another pipeline, which keeps what it is given sealed.
const STARTS_RUN: &str = "pipeline";
/// Actions that keep what they are given where people see it.
const KEEPING: [&str; 2] = ["startExecution", "asset-emit"];

impl Dispatcher {
    /// Puts secrets into the parameters of a job, and links of the approval that it is told of; returns
    /// also what no log may show.
    pub(super) async fn reveal(
        &self,
        job: &Job,
        wants: &Wants,
    ) -> Result<(Payload, Vec<String>), TaskError> {
        let (parameters, mut masks) = self.reveal_secrets(job, wants).await?;
        if !wants.links {
            return Ok((parameters, masks));
        }
        let action = match &job.offer.resource.kind {
            ResourceKind::Service { action, .. } => &**action,
            _ => "",
        };
        if action == STARTS_RUN || KEEPING.contains(&action) {
            let cause =
                format!("'{action}' keeps what it is given, and shows links of an approval");
            return Err(TaskError::new("Rejected", cause));
        }
        let task = wants.task.as_ref().and_then(|task| task.idempotency_key.as_deref());
        let (run, place) = (&*job.execution.0, task.unwrap_or_default());
        let asked = Asked { run, place, action, parameters: parameters.value() };
        let links = self.secrets().links(asked).await;
        let links = links.map_err(|cause| TaskError::new("Connection", cause))?;
        masks.extend(links.iter().map(|(_, link)| link.clone()));
        Ok((Payload::from(secrets::put_in_links(parameters.value(), &links)), masks))
    }

    /// Puts secrets into the parameters of a job. One that keeps what it is given gets them sealed.
    async fn reveal_secrets(
        &self,
        job: &Job,
        wants: &Wants,
    ) -> Result<(Payload, Vec<String>), TaskError> {
        let (secrets, account) = (self.secrets(), account_of(&job.execution.0));
        let parameters = &job.offer.parameters;
        let ResourceKind::Service { action, .. } = &job.offer.resource.kind else {
            return secrets::reveal(&*secrets, &account, parameters, &wants.secrets).await;
        };
        match &**action {
            STARTS_RUN => {
                let given = secrets::hand_on(&*secrets, &account, parameters, &wants.secrets);
                Ok((given.await?, Vec::new()))
            }
            action if KEEPING.contains(&action) && sealed::holds(parameters.value()) => {
                let cause =
                    format!("'{action}' keeps what it is given, and it is given what is secret");
                Err(TaskError::new("Rejected", cause))
            }
            _ => secrets::reveal(&*secrets, &account, parameters, &wants.secrets).await,
        }
    }

    pub(super) fn secrets(&self) -> Arc<dyn Secrets> {
        self.inner.secrets.get().unwrap_or_else(|| Arc::new(NoSecrets))
    }
}
