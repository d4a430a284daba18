//! State machines: create, update, describe, delete, list.

pub(crate) mod configuration;
mod create;
mod delete;
mod describe;
mod list;
mod update;

use std::sync::Arc;

use compasso_types::Arn;

pub use self::create::{CreateStateMachine, CreatedStateMachine};
pub use self::describe::{DefinitionForExecution, DescribeStateMachine, DescribedStateMachine};
pub use self::list::{ListStateMachines, StateMachineItem, StateMachinePage};
pub use self::update::{UpdateStateMachine, UpdatedStateMachine};
use crate::definitions::{Compiled, reference};
use crate::records::Machine;
use crate::shelf::Stored;
use crate::{Error, Service};

impl Service {
    /// Returns a state machine.
    pub(crate) async fn machine(&self, arn: &Arn) -> Result<Stored<Machine>, Error> {
        self.machine_if_any(arn)
            .await?
            .ok_or_else(|| Error::StateMachineDoesNotExist { arn: arn.as_str().to_owned() })
    }

    /// Returns a state machine, if there is one.
    pub(crate) async fn machine_if_any(&self, arn: &Arn) -> Result<Option<Stored<Machine>>, Error> {
        self.inner.machines.get(&self.runtime, arn.as_str()).await
    }

    /// Returns the present revision of a state machine.
    pub(crate) async fn present_revision(
        &self,
        arn: &Arn,
        machine: &Machine,
    ) -> Result<Arc<Compiled>, Error> {
        self.compiled(&reference(arn.as_str(), &machine.revision)).await
    }
}
