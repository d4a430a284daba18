//! How a run of a schedule's target begins.

use compasso_scheduler::{Prepared, Target, TargetError, Targets};
use compasso_types::Payload;
use futures::FutureExt;
use futures::future::BoxFuture;

use crate::executions::Order;
use crate::records::MachineType;
use crate::{Error, Service};

impl Targets for Service {
    fn prepare<'a>(
        &'a self,
        target: &'a Target,
        name: &'a str,
        input: Payload,
    ) -> BoxFuture<'a, Result<Prepared, TargetError>> {
        async move {
            let Target::StateMachine(machine) = target;
            let most = self.inner.quotas.payload_bytes_max;
            if input.text().len() > most {
                return Err(TargetError::Refused(format!("input: it is longer than {most} bytes")));
            }
            let (trace_header, parent) = (None, None);
            let order = Order { machine, name, input, trace_header, parent };
            // Boxed: a definition may be compiled on the way.
            match Box::pin(Service::prepare(self, order)).await {
                Ok((MachineType::Standard, order)) => Ok(Prepared::Standard(order)),
                Ok((MachineType::Express, order)) => Ok(Prepared::Express(order)),
                Err(error @ (Error::Unavailable(_) | Error::Throttled)) => {
                    Err(TargetError::Unavailable(error.to_string()))
                }
                Err(error) => Err(TargetError::Refused(error.to_string())),
            }
        }
        .boxed()
    }
}
