//! Limits that an operator can set.

use std::sync::atomic::Ordering;

use compasso_types::limits::{EXECUTION_EVENTS_MAX, PAYLOAD_BYTES_MAX};

use crate::records::{Activity, Machine, Record};
use crate::{Error, Service};

/// Limits of what there can be, and of the executions that start from now on. By default payloads
/// have Amazon's, histories may be longer, and there can be any number of everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quotas {
    /// Largest input, output or result, bytes.
    pub payload_bytes_max: usize,
    /// Most events of a Standard execution.
    pub events_max: u64,
    /// Most open Standard executions.
    pub open_executions_max: Option<u64>,
    /// Most state machines.
    pub state_machines_max: Option<u64>,
    /// Most activities.
    pub activities_max: Option<u64>,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            payload_bytes_max: PAYLOAD_BYTES_MAX,
            events_max: EXECUTION_EVENTS_MAX,
            open_executions_max: None,
            state_machines_max: None,
            activities_max: None,
        }
    }
}

impl Service {
    /// Counts an execution that is about to open.
    ///
    /// The store is asked only when there could be too many: closed executions leave the count when
    /// it is taken again.
    ///
    /// # Errors
    /// There is no room for it.
    pub(crate) async fn check_room_for_execution(&self) -> Result<(), Error> {
        let Some(max) = self.inner.quotas.open_executions_max else { return Ok(()) };
        let counted = &self.inner.open_executions;
        if counted.fetch_add(1, Ordering::Relaxed) < max {
            return Ok(());
        }
        let open = self.runtime.store().open_executions().await?;
        if open >= max {
            counted.store(max, Ordering::Relaxed);
            return Err(Error::ExecutionLimitExceeded(open));
        }
        counted.store(open + 1, Ordering::Relaxed);
        Ok(())
    }

    /// Says whether there can be one more state machine.
    pub(crate) async fn check_room_for_machine(&self) -> Result<(), Error> {
        let max = self.inner.quotas.state_machines_max;
        self.check_room::<Machine>(max, Error::StateMachineLimitExceeded).await
    }

    /// Says whether there can be one more activity.
    pub(crate) async fn check_room_for_activity(&self) -> Result<(), Error> {
        let max = self.inner.quotas.activities_max;
        self.check_room::<Activity>(max, Error::ActivityLimitExceeded).await
    }

    async fn check_room<R: Record>(
        &self,
        max: Option<u64>,
        exceeded: impl Fn(u64) -> Error,
    ) -> Result<(), Error> {
        let Some(max) = max else { return Ok(()) };
        let there_are = self.runtime.store().document_count(R::KIND).await?;
        if there_are < max { Ok(()) } else { Err(exceeded(there_are)) }
    }
}
