//! The choice of a connector by the task's resource.

use std::sync::Arc;

use compasso_aws::{AwsClient, http_client};
use compasso_engine::{TaskError, TaskResult};
use compasso_integrations::Call;
use compasso_ir::{IntegrationPattern, ResourceKind};
use compasso_runtime::{Job, Reporter, TaskEnd, TaskRunner};
use compasso_types::Payload;
use futures::future::BoxFuture;
use reqwest::{Client, StatusCode};

use crate::connections::NoConnections;
use crate::http_invoke::HttpInvoke;
use crate::lambda::Lambda;
use crate::{
    AccessTokens, Caller, Connections, ConnectorsConfig, Workflows, apigateway, aws_jobs,
    aws_service, bedrock, compasso_http, eks, emr, harness, process, sensor, states,
};

/// All connectors; `clone` is cheap.
#[derive(Clone)]
pub struct Connectors {
    config: Arc<ConnectorsConfig>,
    workflows: Arc<dyn Workflows>,
    connections: Arc<dyn Connections>,
    tokens: AccessTokens,
    client: Client,
    aws: AwsClient,
}

impl Connectors {
    /// Makes the connectors ready.
    ///
    /// # Errors
    /// The machine's TLS settings cannot be used.
    pub fn new(
        config: ConnectorsConfig,
        workflows: Arc<dyn Workflows>,
    ) -> Result<Self, reqwest::Error> {
        let client = http_client()?;
        let aws = AwsClient::new(config.aws.clone(), config.endpoint.as_deref(), client.clone());
        Ok(Self {
            config: Arc::new(config),
            workflows,
            connections: Arc::new(NoConnections),
            tokens: AccessTokens::new()?,
            client,
            aws,
        })
    }

    /// Lets HTTP tasks use the connections that are kept, and their tokens.
    pub fn with_connections(
        mut self,
        connections: Arc<dyn Connections>,
        tokens: AccessTokens,
    ) -> Self {
        self.connections = connections;
        self.tokens = tokens;
        self
    }

    /// Returns what HTTP calls are made with.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Returns who starts and watches executions for tasks.
    pub fn workflows(&self) -> &dyn Workflows {
        &*self.workflows
    }

    /// Returns the settings.
    pub fn config(&self) -> &ConnectorsConfig {
        &self.config
    }

    /// Finds the connection that the task of `job` names by its ARN or its name.
    ///
    /// # Errors
    /// There is none, or it cannot be used.
    pub async fn caller(&self, job: &Job, named: &str) -> Result<Caller, TaskError> {
        Caller::find(&self.config, &*self.connections, &self.tokens, job, named).await
    }

    /// Returns the name of the database that the connection `named` is about: one of the settings.
    ///
    /// # Errors
    /// There is no such connection, or it is not about a database.
    pub fn database(&self, named: &str) -> Result<String, TaskError> {
        let found = self.config.connections.get(named).and_then(|found| found.sql.as_ref());
        let Some(found) = found else {
            let cause = format!(
                "There is no database '{named}'; name it in the configuration as \
                 [connections.{named}] sql = …"
            );
            return Err(TaskError::new("Connection", cause));
        };
        found.reveal().map_err(|why| TaskError::new("Connection", why))
    }

    /// Hears of an answer to a call that is no success.
    pub async fn refused(&self, caller: &Caller, status: StatusCode) {
        caller.refused(&self.tokens, status).await;
    }

    async fn call(self, job: Job, reporter: Reporter) -> TaskResult {
        use IntegrationPattern::{RequestResponse, WaitForTaskToken};

        let Self { config, workflows, connections, tokens, client, aws } = self;
        match &job.offer.resource.kind {
            ResourceKind::LambdaFunction => {
                Lambda { config, client, aws }.invoke_resource(&job, reporter).await
            }
            ResourceKind::Service { service, action, pattern } => {
                match (&**service, &**action, *pattern) {
                    ("lambda", "invoke", RequestResponse | WaitForTaskToken) => {
                        Lambda { config, client, aws }.invoke_service(&job, reporter).await
                    }
                    ("states", "startExecution", pattern) => {
                        states::start_execution(workflows, &aws, pattern, job, reporter).await
                    }
                    ("http", "invoke", RequestResponse) => {
                        let connections = &*connections;
                        let (config, tokens, client) = (&config, &tokens, &client);
                        HttpInvoke { config, connections, tokens, client }
                            .run(&job, &reporter)
                            .await
                    }
                    ("compasso", "http", RequestResponse | WaitForTaskToken) => {
                        compasso_http::run(&client, &job).await
                    }
                    ("compasso", "process", RequestResponse | WaitForTaskToken) => {
                        process::run(config, job, reporter).await
                    }
                    ("compasso", "sensor", RequestResponse) => sensor::run(&*workflows, &job).await,
                    // The engine offers it in a test of the one state only.
                    ("compasso", "signal", RequestResponse) => Err(no_signal(&job)),
                    ("apigateway", "invoke", RequestResponse | WaitForTaskToken) => {
                        apigateway::run(&aws, &client, &job).await
                    }
                    ("bedrock", "invokeModel", RequestResponse | WaitForTaskToken) => {
                        bedrock::invoke_model(&aws, &job).await
                    }
                    ("bedrockagentcore", "invokeHarness", RequestResponse) => {
                        harness::invoke(&aws, &job).await
                    }
                    ("eks", "call", RequestResponse | WaitForTaskToken) => {
                        eks::call(&aws, &job).await
                    }
                    ("eks", "runJob", pattern) => {
                        eks::run_job(&aws, pattern, &job, &reporter).await
                    }
                    (emr::SERVICE, action, _) => {
                        let submit = emr::run(&aws, action, &job);
                        aws_jobs::run(&aws, &job, &reporter, submit).await
                    }
                    (service, action, _) => match Call::of(service, action) {
                        Some(call) => {
                            let submit = aws_service::run(&aws, &call, &job);
                            aws_jobs::run(&aws, &job, &reporter, submit).await
                        }
                        None => Err(unsupported(&job)),
                    },
                }
            }
            ResourceKind::Activity => Err(unsupported(&job)),
        }
    }
}

impl TaskRunner for Connectors {
    fn run(&self, job: Job, reporter: Reporter) -> BoxFuture<'static, TaskEnd> {
        let connectors = self.clone();
        Box::pin(async move {
            let by_token = ends_by_token(&job);
            if by_token && job.offer.submitted.is_some() {
                // An earlier delivery did the work; only its end by token is missing.
                return TaskEnd::Submitted(Payload::default());
            }
            match connectors.call(job, reporter).await {
                Ok(output) if by_token => TaskEnd::Submitted(output),
                result => TaskEnd::Finished(result),
            }
        })
    }
}

fn ends_by_token(job: &Job) -> bool {
    match &job.offer.resource.kind {
        ResourceKind::Service { pattern, .. } => *pattern == IntegrationPattern::WaitForTaskToken,
        ResourceKind::Activity | ResourceKind::LambdaFunction => false,
    }
}

fn no_signal(job: &Job) -> TaskError {
    let state = &job.offer.state;
    let cause =
        format!("No signal comes to the state '{state}' in a test; give it a mocked result");
    TaskError::new("States.TaskFailed", cause)
}

fn unsupported(job: &Job) -> TaskError {
    let cause =
        format!("The resource {} comes with a later release of Compasso", job.offer.resource.arn);
    TaskError::new("States.TaskFailed", cause)
}
