//! Lets actions start runs of pipelines, and tell of assets, through the service.

use compasso_actions::{
    Approvals, AssetUpdate, Assets, Question, RunOrder, Runs, StartedRun, Wait, WaitFor, Waits,
};
use compasso_connectors::{ChildRefused, StartedChild};
use compasso_engine::TaskError;
use compasso_service::{
    AskApproval, Awaited, Caller, NoWait, RunKind, Service, StartPipeline, StopExecution,
    UpdateAsset,
};
use compasso_store::ExecutionKey;
use futures::FutureExt as _;
use futures::future::BoxFuture;

use crate::workflows::refused;

/// The service as actions see it.
pub(crate) struct ServiceRuns {
    pub(crate) service: Service,
}

impl Runs for ServiceRuns {
    fn start(&self, order: RunOrder) -> BoxFuture<'_, Result<StartedRun, ChildRefused>> {
        async move {
            let caller = Caller { account: order.account, region: order.region };
            let request = StartPipeline {
                name: Some(order.name),
                kind: RunKind::Child,
                params: order.params,
                parent: Some(order.parent),
                parent_waits: order.waits,
                ..StartPipeline::of(order.pipeline)
            };
            let started = self.service.start_pipeline(&caller, request).await;
            let started = started.map_err(|error| refused(&error))?;
            let child =
                StartedChild { execution: ExecutionKey(started.id), started: started.started };
            Ok(StartedRun { child, name: started.name, version: started.version })
        }
        .boxed()
    }

    fn cancel<'a>(&'a self, run: &'a ExecutionKey) -> BoxFuture<'a, ()> {
        async move {
            let cause = "the task that waited for it is over";
            let request = StopExecution {
                execution_arn: run.to_string(),
                error: Some("Cancelled".into()),
                cause: Some(cause.into()),
                by: None,
            };
            if let Err(error) = self.service.cancel_execution(request).await {
                tracing::debug!(%run, %error, "a run was not cancelled");
            }
        }
        .boxed()
    }
}

impl Assets for ServiceRuns {
    fn update(&self, update: AssetUpdate) -> BoxFuture<'_, Result<(), ChildRefused>> {
        async move {
            let caller = Caller { account: update.account, region: update.region };
            let update = UpdateAsset {
                asset: update.uri,
                partition: update.partition,
                run: Some(update.run.0),
                metadata: update.metadata,
                id: Some(update.id.to_string()),
            };
            self.service.update_asset(&caller, update).await.map_err(|error| refused(&error))
        }
        .boxed()
    }
}

impl Waits for ServiceRuns {
    fn keep(&self, wait: Wait) -> BoxFuture<'_, Result<(), TaskError>> {
        async move {
            let awaited = match wait.what {
                WaitFor::Event { source, kind, pattern } => {
                    Awaited::Event { source, kind, pattern }
                }
                WaitFor::Asset(asset, since) => Awaited::Asset { asset, since },
            };
            let whose = (&wait.run.0, &*wait.key, &wait.token);
            let kept = self.service.keep_waiter(whose, wait.limit, awaited).await;
            kept.map_err(|why| match why {
                NoWait::Refused(why) => TaskError::new("Rejected", why),
                NoWait::Later(why) => TaskError::new("Connection", why),
            })
        }
        .boxed()
    }
}

impl Approvals for ServiceRuns {
    fn ask(&self, question: Question) -> BoxFuture<'_, Result<(), String>> {
        async move {
            let Question { key, run, token, place, asked } = question;
            let ask = AskApproval { key, run: run.0, token, place, asked };
            self.service.ask_approval(ask).await.map_err(|error| error.to_string())
        }
        .boxed()
    }
}
