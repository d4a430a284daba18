//! Lets connectors start executions through the service.

use std::sync::Arc;

use compasso_connectors::{
    ChildDescription, ChildOrder, ChildRefused, Sought, StartedChild, WhichRun, Workflows,
};
use compasso_engine::TaskError;
use compasso_service::{Error, NoLook, Service, StopExecution};
use compasso_store::ExecutionKey;
use compasso_types::Json;
use futures::FutureExt as _;
use futures::future::BoxFuture;

/// The service as connectors see it.
pub(crate) struct ServiceWorkflows(pub(crate) Service);

impl Workflows for ServiceWorkflows {
    fn start(&self, order: ChildOrder) -> BoxFuture<'_, Result<StartedChild, ChildRefused>> {
        async move {
            let child = compasso_service::ChildOrder {
                account: order.account,
                machine: order.workflow.to_string(),
                name: Some(order.name.to_string()),
                input: order.input,
                trace_header: order.trace_header,
                idempotency_key: order.token.clone(),
                parent: Some(order.token),
            };
            let started = self.0.start_child(child).await.map_err(|error| refused(&error))?;
            Ok(StartedChild {
                execution: ExecutionKey(started.execution_arn),
                started: started.start_date,
            })
        }
        .boxed()
    }

    fn closed<'a>(
        &'a self,
        execution: &'a ExecutionKey,
    ) -> BoxFuture<'a, Result<ChildDescription, ChildRefused>> {
        async move {
            let child = self.0.wait_closed(&execution.0).await.map_err(|error| refused(&error))?;
            Ok(describe(execution, child))
        }
        .boxed()
    }

    fn is_past_over<'a>(
        &'a self,
        run: &'a ExecutionKey,
        tasks: &'a [Arc<str>],
    ) -> BoxFuture<'a, Result<bool, ChildRefused>> {
        async move { self.0.is_past_over(&run.0, tasks).await.map_err(|error| refused(&error)) }
            .boxed()
    }

    fn look<'a>(
        &'a self,
        run: &'a ExecutionKey,
        sought: Sought,
    ) -> BoxFuture<'a, Result<Option<Json>, TaskError>> {
        async move {
            let unseen = |why: String| TaskError::new("Connection", why);
            match sought {
                Sought::Object(url) => {
                    let found = self.0.objects(&url).await.map_err(|why| match why {
                        NoLook::Refused(why) => TaskError::new("Rejected", why),
                        NoLook::Unavailable(why) => unseen(why),
                    })?;
                    Ok((!found.is_empty()).then(|| Json::array(found)))
                }
                Sought::Ended { pipeline, state, which } => {
                    let found = match which {
                        WhichRun::Since(at) => {
                            self.0.ended_since(&run.0, &pipeline, &state, at).await
                        }
                        WhichRun::Of(start, end) => {
                            self.0.ended_about(&run.0, &pipeline, &state, (start, end)).await
                        }
                    };
                    found.map_err(|error| match error {
                        Error::Validation { message, .. } => TaskError::new("Rejected", message),
                        other => unseen(other.to_string()),
                    })
                }
            }
        }
        .boxed()
    }

    fn stop<'a>(&'a self, execution: &'a ExecutionKey) -> BoxFuture<'a, ()> {
        async move {
            let request =
                StopExecution { execution_arn: execution.to_string(), ..StopExecution::default() };
            if let Err(error) = self.0.stop_execution(request).await {
                tracing::debug!(%execution, %error, "child was not stopped");
            }
        }
        .boxed()
    }
}

fn describe(
    execution: &ExecutionKey,
    child: compasso_service::ClosedExecution,
) -> ChildDescription {
    ChildDescription {
        execution: execution.clone(),
        workflow: child.state_machine_arn,
        version: child.state_machine_version_arn,
        alias: child.state_machine_alias_arn,
        name: child.name,
        status: child.status,
        input: child.input.unwrap_or_default(),
        output: child.output,
        error: child.error,
        cause: child.cause,
        started: child.start_date,
        stopped: child.stop_date.unwrap_or(child.start_date),
    }
}

/// Says in the words of the Step Functions API why something was refused.
pub(crate) fn refused(error: &Error) -> ChildRefused {
    let (code, status) = compasso_api::error_code(error);
    ChildRefused { code: code.to_owned(), message: error.to_string(), status }
}
