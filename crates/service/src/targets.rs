//! What a start of an execution aims at: a state machine, or one of its versions or aliases.

use std::sync::Arc;

use compasso_runtime::DefinitionRef;
use compasso_types::Arn;

use crate::arns::{MachineArn, Qualifier, labelled};
use crate::definitions::reference;
use crate::publications::{Version, qualified};
use crate::records::Machine;
use crate::shelf::Stored;
use crate::{Error, Service};

/// A revision to run.
pub(crate) struct Target {
    /// The state machine's ARN.
    pub(crate) arn: Arn,
    pub(crate) machine: Stored<Machine>,
    pub(crate) definition: DefinitionRef,
    /// The ARN of the version it runs, if one was aimed at.
    pub(crate) version: Option<Arc<str>>,
    /// The ARN of the alias that was aimed at, if one was.
    pub(crate) alias: Option<Arc<str>>,
}

impl Service {
    /// Finds what an execution is to run. An alias of two versions draws one.
    ///
    /// # Errors
    /// It does not exist, or is being deleted.
    pub(crate) async fn target(&self, member: &str, text: &str) -> Result<Target, Error> {
        self.target_of(text, MachineArn::parse(member, text)?).await
    }

    /// The same for what an ARN, written `text`, was found to name.
    pub(crate) async fn target_of(&self, text: &str, named: MachineArn) -> Result<Target, Error> {
        let (arn, qualifier) = match named {
            MachineArn::Machine(arn) => (arn, None),
            MachineArn::Qualified { machine, qualifier } => (machine, Some(qualifier)),
            MachineArn::Labelled { .. } => return Err(labelled()),
        };
        let missing = || Error::StateMachineDoesNotExist { arn: text.to_owned() };
        let machine = self.machine_if_any(&arn).await?.ok_or_else(missing)?;
        if machine.value.deleting {
            return Err(Error::StateMachineDeleting { arn: arn.as_str().to_owned() });
        }
        let Some(qualifier) = qualifier else {
            let definition = reference(arn.as_str(), &machine.value.revision);
            return Ok(Target { arn, machine, definition, version: None, alias: None });
        };
        let (publications, _) = self.publications(&arn).await?;
        let (number, alias) = match &qualifier {
            Qualifier::Version(number) => (Some(*number), None),
            Qualifier::Alias(name) => {
                let alias = publications.alias(name).ok_or_else(missing)?;
                (alias.drawn(self.lot()), Some(qualified(arn.as_str(), name)))
            }
        };
        let version = number.and_then(|number| publications.version(number)).ok_or_else(missing)?;
        let definition = reference(arn.as_str(), &version.revision);
        let version = Some(version_arn(&arn, version));
        Ok(Target { arn, machine, definition, version, alias })
    }

    /// Draws a number below a hundred.
    fn lot(&self) -> u32 {
        // The remainder of so large a number is even to within 10⁻³⁶.
        let lot = u128::from_be_bytes(self.random()) % 100;
        u32::try_from(lot).expect("it is below a hundred")
    }
}

/// Returns the ARN of a version.
pub(crate) fn version_arn(machine: &Arn, version: &Version) -> Arc<str> {
    qualified(machine.as_str(), version.number)
}
