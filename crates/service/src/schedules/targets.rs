//! How a run of a schedule's target begins.

use compasso_runtime::StartOrder;
use compasso_scheduler::{Prepared, PreparedRun, RunOrder, TargetError, Targets};
use compasso_types::{Json, Payload};
use futures::FutureExt;
use futures::future::BoxFuture;

use crate::executions::Order;
use crate::records::MachineType;
use crate::{Error, Service};

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
            match Box::pin(Service::prepare(self, order)).await? {
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
        let why = format!("{} is not stored", order.pipeline);
        async { Err(TargetError::Refused(why)) }.boxed()
    }

    fn resume<'a>(&'a self, _: &'a Json) -> BoxFuture<'a, Result<StartOrder, TargetError>> {
        async { Err(TargetError::Refused("its pipeline is not stored".into())) }.boxed()
    }

    fn run_again<'a>(&'a self, run: &'a str, _: &'a str) -> BoxFuture<'a, Result<(), TargetError>> {
        async move { Err(TargetError::Refused(format!("{run} is not stored"))) }.boxed()
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
