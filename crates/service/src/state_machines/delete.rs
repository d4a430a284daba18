//! `DeleteStateMachine`.

use crate::arns::MachineArn;
use crate::records::Machine;
use crate::shelf::{CHANGE_ATTEMPTS_MAX, Change, delete};
use crate::{DescribeStateMachine, Error, Service};

impl Service {
    /// Deletes a state machine; deleting one that does not exist succeeds.
    ///
    /// Its executions run to their end and stay readable: they hold on to their revisions.
    ///
    /// # Errors
    /// The ARN is invalid or names only a part of a state machine.
    pub async fn delete_state_machine(&self, request: DescribeStateMachine) -> Result<(), Error> {
        let arn = match MachineArn::parse("stateMachineArn", &request.state_machine_arn)? {
            // Versions and aliases do not exist, which is what deleting them asks for.
            MachineArn::Qualified(_) => return Ok(()),
            other => other.machine()?,
        };
        for _ in 0..CHANGE_ATTEMPTS_MAX {
            let changes = vec![delete::<Machine>(arn.as_str())];
            match self.inner.machines.change(&self.runtime, arn.as_str(), changes).await? {
                Change::Done => return Ok(()),
                Change::Overtaken => {}
            }
        }
        Err(Error::Conflict { arn: arn.as_str().to_owned() })
    }
}
