//! The choice of an action by the task's resource.

use std::sync::Arc;

use compasso_connectors::{Connectors, Parameters};
use compasso_engine::{TaskError, TaskResult};
use compasso_integrations::{Written, inputs};
use compasso_ir::{IntegrationPattern, ResourceKind};
use compasso_items::Stores;
use compasso_runtime::{Job, Reporter, TaskEnd, TaskRunner};
use compasso_sql::Target;
use compasso_types::Payload;
use futures::FutureExt as _;
use futures::future::BoxFuture;

use crate::read_items::Streams;

use crate::{
    ActionsConfig, Approvals, Assets, Runs, Waits, approve, asset_emit, call, email, fail, log,
    notify, pagerduty, pipeline, read_items, s3_copy, slack, sql, transform, waiting,
};

/// All actions, in front of the connectors; `clone` is cheap.
#[derive(Clone)]
pub struct Actions {
    connectors: Connectors,
    config: Arc<ActionsConfig>,
    stores: Stores,
    runs: Arc<dyn Runs>,
    assets: Arc<dyn Assets>,
    approvals: Option<Arc<dyn Approvals>>,
    waits: Option<Arc<dyn Waits>>,
    streams: Arc<Streams>,
}

/// The actions of this crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Approve,
    AssetEmit,
    Await,
    Call,
    Email,
    Fail,
    Log,
    Notify,
    PagerDuty,
    Pipeline,
    ReadItems,
    S3Copy,
    Slack,
    Sql,
    Transform,
}

impl Action {
    /// Returns the action that a job asks for, if it is one of ours, and whether it ends by token.
    fn of(job: &Job) -> Option<(Self, bool)> {
        let ResourceKind::Service { service, action, pattern } = &job.offer.resource.kind else {
            return None;
        };
        let found = match (&**service, &**action) {
            ("compasso", "approve") => Self::Approve,
            ("compasso", "asset-emit") => Self::AssetEmit,
            ("compasso", "await") => Self::Await,
            ("compasso", "call") => Self::Call,
            ("compasso", "email") => Self::Email,
            ("compasso", "fail") => Self::Fail,
            ("compasso", "log") => Self::Log,
            ("compasso", "notify") => Self::Notify,
            ("compasso", "pagerduty") => Self::PagerDuty,
            ("compasso", "pipeline") => Self::Pipeline,
            ("compasso", "read-items") => Self::ReadItems,
            ("compasso", "s3-copy") => Self::S3Copy,
            ("compasso", "slack") => Self::Slack,
            ("compasso", "sql") => Self::Sql,
            ("compasso", "transform") => Self::Transform,
            _ => return None,
        };
        Some((found, *pattern == IntegrationPattern::WaitForTaskToken))
    }
}

impl Actions {
    /// Puts the actions in front of `connectors`.
    pub fn new(
        connectors: Connectors,
        config: ActionsConfig,
        stores: Stores,
        runs: Arc<dyn Runs>,
        assets: Arc<dyn Assets>,
    ) -> Self {
        let (config, approvals, waits) = (Arc::new(config), None, None);
        let streams = Arc::default();
        Self { connectors, config, stores, runs, assets, approvals, waits, streams }
    }

    /// Lets tasks ask people.
    pub fn with_approvals(self, approvals: Arc<dyn Approvals>) -> Self {
        Self { approvals: Some(approvals), ..self }
    }

    /// Lets tasks wait for events and for updates of assets.
    pub fn with_waits(self, waits: Arc<dyn Waits>) -> Self {
        Self { waits: Some(waits), ..self }
    }

    /// Returns the database of a connection, or one that is written out.
    ///
    /// # Errors
    /// There is none, or it is where none may be.
    pub fn database(&self, connection: &str) -> Result<Target, String> {
        let found = sql::target(&self.connectors, &self.config, connection);
        found.map_err(|error| error.cause.as_deref().unwrap_or_default().to_owned())
    }

    async fn act(&self, action: Action, job: &Job, reporter: &Reporter) -> TaskResult {
        let parameters = Parameters::of(&job.offer.parameters)?;
        check(&parameters, job)?;
        let Self { connectors, config, stores, runs, assets, approvals, waits, streams } = self;
        match action {
            Action::Approve => approve::run(approvals.as_deref(), &parameters, job).await,
            Action::AssetEmit => asset_emit::run(&**assets, &parameters, job).await,
            Action::Await => waiting::run(waits.as_deref(), &parameters, job).await,
            Action::Call => call::run(connectors, &parameters, job).await,
            Action::Email => email::run(config, &parameters, job).await,
            Action::Fail => fail::run(&parameters),
            Action::Log => log::run(&parameters, reporter),
            Action::Notify => notify::run(connectors, config, &parameters, job).await,
            Action::PagerDuty => pagerduty::run(connectors, config, &parameters, job).await,
            Action::Pipeline => {
                pipeline::run(connectors, runs.clone(), &parameters, job, reporter).await
            }
            Action::ReadItems => read_items::run(streams, stores, &parameters, job).await,
            Action::S3Copy => s3_copy::run(stores, &parameters).await,
            Action::Slack => slack::run(connectors, config, &parameters, job).await,
            Action::Sql => sql::run(connectors, config, &parameters, job).await,
            Action::Transform => Ok(transform::run(&parameters)),
        }
    }
}

/// Refuses inputs that the action could not take.
fn check(parameters: &Parameters<'_>, job: &Job) -> Result<(), TaskError> {
    let ResourceKind::Service { service, action, .. } = &job.offer.resource.kind else {
        return Ok(());
    };
    let faults = inputs::faults(service, action, parameters.members(), Written::Values);
    if faults.is_empty() {
        return Ok(());
    }
    let told: Vec<String> = faults.iter().map(inputs::Fault::of_parameters).collect();
    Err(parameters.refuse(told.join(", ")))
}

impl TaskRunner for Actions {
    fn run(&self, job: Job, reporter: Reporter) -> BoxFuture<'static, TaskEnd> {
        let Some((action, by_token)) = Action::of(&job) else {
            return self.connectors.run(job, reporter);
        };
        let actions = self.clone();
        async move {
            if by_token && job.offer.submitted.is_some() {
                // An earlier delivery did the work; only its end by token is missing.
                return TaskEnd::Submitted(Payload::default());
            }
            match actions.act(action, &job, &reporter).await {
                Ok(output) if by_token => TaskEnd::Submitted(output),
                result => TaskEnd::Finished(result),
            }
        }
        .boxed()
    }
}
