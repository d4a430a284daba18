//! How a run of a schedule's target begins.

use std::sync::Arc;

use compasso_runtime::StartOrder;
use compasso_scheduler::{
    Deadline, Prepared, PreparedRun, Resumed, RunAgain, RunOrder, TargetError, Targets, TickOf,
    Unstarted,
};
use compasso_types::{Arn, Json, Payload};
use futures::FutureExt;
use futures::future::BoxFuture;

use crate::executions::Order;
use crate::pipelines::{Interval, RunKind, StartPipeline};
use crate::records::MachineType;
use crate::{Caller, Error, Service};

impl Targets for Service {
    fn prepare<'a>(
        &'a self,
        machine: &'a str,
        name: &'a str,
        input: Payload,
    ) -> BoxFuture<'a, Result<Prepared, TargetError>> {
        async move {
            let most = self.inner.quotas.payload_bytes_max;
            if input.text().len() > most {
                return Err(TargetError::Refused(format!("input: it is longer than {most} bytes")));
            }
            let (trace_header, parent) = (None, None);
            let order = Order { machine, name, input, trace_header, parent };
            // Boxed: a definition may be compiled on the way.
            let (kind, mut order) = Box::pin(Service::prepare(self, order)).await?;
            // No schedule takes the places of another one.
            order.caller = Some(order.start.workflow.clone());
            match (kind, order) {
                (MachineType::Standard | MachineType::Pipeline, order) => {
                    self.check_room_for_execution().await?;
                    Ok(Prepared::Standard(order))
                }
                (MachineType::Express, order) => Ok(Prepared::Express(order)),
            }
        }
        .boxed()
    }

    fn prepare_run(&self, order: RunOrder) -> BoxFuture<'_, Result<PreparedRun, TargetError>> {
        async move {
            let arn: Arn = order
                .pipeline
                .parse()
                .map_err(|error| TargetError::Refused(format!("{}: {error}", order.pipeline)))?;
            let caller = Caller { account: arn.account().into(), region: arn.region().into() };
            let (tick, is_backfill) = (order.tick.clone(), order.backfill.is_some());
            let request = request_of(order);
            let ready = Box::pin(self.prepare_pipeline(&caller, request, Some(tick))).await?;
            self.check_room_for_execution().await?;
            let is_seated = !is_backfill && !ready.is_express;
            let candidate = is_seated.then_some(ready.candidate);
            Ok(PreparedRun { order: ready.order, candidate })
        }
        .boxed()
    }

    fn resume<'a>(
        &'a self,
        run: &'a Arc<str>,
        order: &'a Json,
        told: &'a [u32],
    ) -> BoxFuture<'a, Result<Resumed, TargetError>> {
        async move {
            if let Some(open) = self.going_on(run, order)? {
                let opened = open.map(|opened| opened.map_err(TargetError::from));
                return Ok(Resumed::GoesOn(opened.boxed()));
            }
            Ok(Resumed::Start(Box::new(self.resume_run(order, told).await?)))
        }
        .boxed()
    }

    fn unbegun<'a>(
        &'a self,
        run: &'a Arc<str>,
        order: &'a Json,
    ) -> BoxFuture<'a, Result<Option<StartOrder>, TargetError>> {
        async move {
            if self.going_on(run, order)?.is_some() {
                return Ok(None);
            }
            Ok(Some(self.order_of_waiting(order, Json::clone).await?))
        }
        .boxed()
    }

    fn deadlines<'a>(
        &'a self,
        order: &'a RunOrder,
    ) -> BoxFuture<'a, Result<Vec<Deadline>, TargetError>> {
        async move { Ok(self.deadlines_of_tick(order, &request_of(order.clone())).await?) }.boxed()
    }

    fn missed<'a>(
        &'a self,
        run: &'a Unstarted<'a>,
        deadline: u32,
    ) -> BoxFuture<'a, Result<bool, TargetError>> {
        async move {
            let request = match run {
                Unstarted::Waiting(_) => None,
                Unstarted::Tick(order) => Some(request_of((*order).clone())),
            };
            match self.tell_missed(run, request, deadline).await.map_err(TargetError::from) {
                // Nobody can be told then, and the run goes on as it may.
                Err(TargetError::Refused(why)) => {
                    tracing::warn!(why, deadline, "a missed deadline cannot be told");
                    Ok(false)
                }
                told => told,
            }
        }
        .boxed()
    }

    fn ended(&self, tick: TickOf) -> BoxFuture<'_, Result<(), TargetError>> {
        async move {
            let ended = self.pause_after_failures(&tick).await;
            match ended.map_err(TargetError::from) {
                Err(TargetError::Refused(why)) => {
                    tracing::warn!(schedule = %tick.schedule, why, "failed runs are not counted");
                    Ok(())
                }
                told => told,
            }
        }
        .boxed()
    }

    fn quiet<'a>(&'a self, run: &'a Arc<str>) -> BoxFuture<'a, ()> {
        async move { self.dispatcher().quiet(run).await }.boxed()
    }

    fn run_again<'a>(
        &'a self,
        run: &'a Arc<str>,
        again: &'a RunAgain,
    ) -> BoxFuture<'a, Result<(), TargetError>> {
        async move { Ok(self.run_backfilled_again(run, again).await?) }.boxed()
    }
}

/// Says what starts as the run of a tick.
fn request_of(order: RunOrder) -> StartPipeline {
    let RunOrder { pipeline, name, tick, trigger_id, trigger, params, told, .. } = order;
    let of_version = |number: u64| format!("{pipeline}:{number}");
    let version = order.backfill.as_ref().and_then(|backfill| backfill.version).map(of_version);
    let trigger = match &order.backfill {
        None => trigger,
        Some(backfill) => {
            let members = trigger.as_object().into_iter().flat_map(|members| members.iter());
            let members = members.map(|(name, value)| (name.clone(), value.clone()));
            let of_backfill = [
                ("backfill".into(), Json::from(backfill.id.clone())),
                ("emit_assets".into(), Json::Bool(backfill.emit_assets)),
            ];
            Json::object(members.chain(of_backfill).collect::<Vec<_>>())
        }
    };
    let interval = Interval { start: order.interval.start, end: order.interval.end };
    StartPipeline {
        name: Some(name),
        kind: if order.backfill.is_some() { RunKind::Backfill } else { RunKind::Scheduled },
        trigger_id: Some(trigger_id),
        trigger,
        params,
        scheduled_at: Some(tick.at),
        interval: Some(interval),
        date: Some(order.date),
        partition: order.partition,
        told,
        // A backfill waits for the ends of its runs, so they are kept.
        durably: order.backfill.is_some(),
        ..StartPipeline::of(version.unwrap_or_else(|| pipeline.to_string()))
    }
}

impl From<Error> for TargetError {
    fn from(error: Error) -> Self {
        match error {
            // There is room again when other executions have closed.
            Error::Unavailable(_) | Error::Throttled | Error::ExecutionLimitExceeded(_) => {
                Self::Unavailable(error.to_string())
            }
            _ => Self::Refused(error.to_string()),
        }
    }
}
