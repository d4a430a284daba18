//! State machines: create, update, describe, delete, list.

pub(crate) mod configuration;
mod create;
mod delete;
mod describe;
mod list;
mod settings;
mod update;

use std::sync::Arc;

use compasso_engine::RULES;
use compasso_types::Arn;

pub use self::create::{CreateStateMachine, CreatedStateMachine};
pub use self::describe::{DefinitionForExecution, DescribeStateMachine, DescribedStateMachine};
pub use self::list::{ListStateMachines, StateMachineItem, StateMachinePage};
pub use self::settings::{SetLogging, SetWorkflow};
pub use self::update::{UpdateStateMachine, UpdatedStateMachine};
use crate::definitions::{Compiled, reference};
use crate::records::{Machine, MachineType};
use crate::shelf::Stored;
use crate::{Error, Service};

impl Machine {
    /// Returns the name of the listing of its executions: ARNs alone name one state machine after
    /// the other.
    pub(crate) fn listing(&self, arn: &Arn) -> Arc<str> {
        match &self.incarnation {
            Some(incarnation) => format!("{arn}#{incarnation}").into(),
            None => arn.as_str().into(),
        }
    }

    /// Returns the rules of graphs that its executions go by from now on: state machines have no graphs.
    pub(crate) fn rules(&self) -> u32 {
        if self.kind == MachineType::Pipeline { RULES } else { 0 }
    }
}

impl Service {
    /// Returns a state machine.
    pub(crate) async fn machine(&self, arn: &Arn) -> Result<Stored<Machine>, Error> {
        self.machine_if_any(arn)
            .await?
            .ok_or_else(|| Error::StateMachineDoesNotExist { arn: arn.as_str().to_owned() })
    }

    /// Returns a state machine, if there is one. One that was to go when its executions have ended
    /// goes now if they have.
    pub(crate) async fn machine_if_any(&self, arn: &Arn) -> Result<Option<Stored<Machine>>, Error> {
        let found = self.inner.machines.get(&self.runtime, arn.as_str()).await?;
        match found {
            Some(machine)
                if machine.value.deleting && !self.is_busy(arn, &machine.value).await? =>
            {
                self.remove(arn).await?;
                Ok(None)
            }
            other => Ok(other),
        }
    }

    /// Returns a state machine that is not being deleted.
    pub(crate) async fn lasting_machine(&self, arn: &Arn) -> Result<Stored<Machine>, Error> {
        let machine = self.machine(arn).await?;
        if machine.value.deleting {
            return Err(Error::StateMachineDeleting { arn: arn.as_str().to_owned() });
        }
        Ok(machine)
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
