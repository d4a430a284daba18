//! Names, and ARNs of what requests are about.

use std::fmt;

use compasso_types::Arn;
use compasso_types::limits::NAME_CHARS_MAX;

use crate::constraints::Constraints;
use crate::{Error, Reason};

/// Longest ARN in a request, characters.
const ARN_CHARS_MAX: usize = 256;
/// Longest ARN of a version or a map run in a request, characters.
pub(crate) const LONG_ARN_CHARS_MAX: usize = 2_000;

/// The type of state machines in ARNs.
pub(crate) const MACHINE: &str = "stateMachine";
/// The type of pipelines in ARNs.
pub(crate) const PIPELINE: &str = "pipeline";
/// The type of the executions of state machines in ARNs.
pub(crate) const EXECUTION: &str = "execution";
/// The type of the executions of pipelines in ARNs.
pub(crate) const RUN: &str = "run";

/// What a state machine ARN names.
pub(crate) enum MachineArn {
    /// The state machine itself.
    Machine(Arn),
    /// One of its versions or aliases.
    Qualified {
        /// The state machine.
        machine: Arn,
        /// Which of them.
        qualifier: Qualifier,
    },
    /// The block of one of its distributed maps.
    Labelled {
        /// The state machine.
        machine: Arn,
        /// The map's label.
        label: String,
    },
}

/// What follows the name of a state machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Qualifier {
    /// The number of a version.
    Version(u64),
    /// The name of an alias.
    Alias(String),
}

impl MachineArn {
    /// Reads the member `member` of a request.
    pub(crate) fn parse(member: &str, text: &str) -> Result<Self, Error> {
        Constraints::default().chars(member, text, 1..=ARN_CHARS_MAX).check()?;
        Self::read(text)
    }

    /// The same for operations on whatever has executions: pipelines as well.
    pub(crate) fn of_workflow(member: &str, text: &str) -> Result<Self, Error> {
        Constraints::default().chars(member, text, 1..=ARN_CHARS_MAX).check()?;
        Self::read_kind(text, &[MACHINE, PIPELINE])
    }

    /// The same for operations on pipelines.
    pub(crate) fn of_pipeline(member: &str, text: &str) -> Result<Self, Error> {
        Constraints::default().chars(member, text, 1..=ARN_CHARS_MAX).check()?;
        Self::read_kind(text, &[PIPELINE])
    }

    /// Reads a text whose length was checked.
    fn read(text: &str) -> Result<Self, Error> {
        Self::read_kind(text, &[MACHINE])
    }

    fn read_kind(text: &str, kinds: &[&str]) -> Result<Self, Error> {
        let arn = read(text)?;
        if !kinds.contains(&arn.kind()) {
            return Err(wrong_kind(&arn));
        }
        let invalid = || Error::InvalidArn(format!("Invalid ARN prefix: {text}"));
        // Names of neither have a slash.
        if let (whole, Some(label)) = split_label(text) {
            let machine = whole.parse().map_err(|_| invalid())?;
            return Ok(Self::Labelled { machine, label: label.to_owned() });
        }
        let Some((name, qualifier)) = arn.rest().split_once(':') else {
            return Ok(Self::Machine(arn));
        };
        let machine = text[..text.len() - qualifier.len() - 1].parse();
        if name.is_empty() || qualifier.is_empty() || qualifier.contains(':') {
            return Err(invalid());
        }
        let qualifier = Qualifier::parse(qualifier);
        Ok(Self::Qualified { machine: machine.map_err(|_| invalid())?, qualifier })
    }

    /// Returns the ARN of the whole of which it may be a part.
    pub(crate) fn whole(&self) -> &Arn {
        match self {
            Self::Machine(whole)
            | Self::Qualified { machine: whole, .. }
            | Self::Labelled { machine: whole, .. } => whole,
        }
    }

    /// Returns the ARN of a state machine, for operations that versions and aliases do not have.
    pub(crate) fn machine(self) -> Result<Arn, Error> {
        match self {
            Self::Machine(arn) => Ok(arn),
            Self::Qualified { machine, qualifier } => {
                Err(Error::StateMachineDoesNotExist { arn: format!("{machine}:{qualifier}") })
            }
            Self::Labelled { .. } => Err(labelled()),
        }
    }
}

impl Qualifier {
    fn parse(text: &str) -> Self {
        match text.parse::<u64>() {
            Ok(number) if number.to_string() == text => Self::Version(number),
            _ => Self::Alias(text.to_owned()),
        }
    }
}

impl fmt::Display for Qualifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(number) => number.fmt(f),
            Self::Alias(name) => f.write_str(name),
        }
    }
}

/// Reads the ARN of a version, whose length was checked: the state machine and the number.
pub(crate) fn version(text: &str) -> Result<(Arn, u64), Error> {
    match MachineArn::read(text)? {
        MachineArn::Qualified { machine, qualifier: Qualifier::Version(number) } => {
            Ok((machine, number))
        }
        MachineArn::Labelled { .. } => Err(labelled()),
        MachineArn::Machine(_) | MachineArn::Qualified { .. } => Err(not_qualified()),
    }
}

/// Reads the ARN of an alias: the state machine and the name.
pub(crate) fn alias(member: &str, text: &str) -> Result<(Arn, String), Error> {
    match MachineArn::parse(member, text)? {
        MachineArn::Qualified { machine, qualifier } => Ok((machine, qualifier.to_string())),
        MachineArn::Labelled { .. } => Err(labelled()),
        MachineArn::Machine(_) => Err(not_qualified()),
    }
}

/// Refuses the ARN of the block of a distributed map.
pub(crate) fn labelled() -> Error {
    Error::Validation {
        message: "This operation does not support labelled state machine ARNs".into(),
        reason: Some(Reason::ApiDoesNotSupportLabeledArns),
    }
}

fn not_qualified() -> Error {
    Error::InvalidArn("Resource type not valid in this context: stateMachine".into())
}

/// Reads the ARN of a Standard execution or of a pipeline's run.
pub(crate) fn execution(member: &str, text: &str) -> Result<Arn, Error> {
    let arn = parse(member, text)?;
    if ![EXECUTION, RUN].contains(&arn.kind()) {
        return Err(wrong_kind(&arn));
    }
    if arn.parts().count() != 2 {
        return Err(Error::InvalidArn(format!("Invalid ARN prefix: {text}")));
    }
    Ok(arn)
}

/// Reads the ARN of a Standard execution, or of an Express one that a map run started.
pub(crate) fn execution_or_child(member: &str, text: &str) -> Result<Arn, Error> {
    match parse(member, text)? {
        arn if arn.kind() == "express" && arn.rest().contains('/') => Ok(arn),
        _ => execution(member, text),
    }
}

/// Reads the ARN of a map run.
pub(crate) fn map_run(member: &str, text: &str) -> Result<Arn, Error> {
    Constraints::default().chars(member, text, 1..=LONG_ARN_CHARS_MAX).check()?;
    let arn = read(text)?;
    if arn.kind() != "mapRun" {
        return Err(wrong_kind(&arn));
    }
    Ok(arn)
}

/// Splits the ARN of a state machine and the label of one of its maps, if there is one.
pub(crate) fn split_label(workflow: &str) -> (&str, Option<&str>) {
    // Names of state machines have no slash.
    workflow.split_once('/').map_or((workflow, None), |(machine, label)| (machine, Some(label)))
}

/// Returns the labelled ARN of the state machine of a map run.
pub(crate) fn labelled_machine(map_run: &str) -> String {
    let without_id = map_run.rsplit_once(':').map_or(map_run, |(before, _)| before);
    without_id.replacen(":mapRun:", ":stateMachine:", 1)
}

/// Reads the ARN of an activity.
pub(crate) fn activity(member: &str, text: &str) -> Result<Arn, Error> {
    let arn = parse(member, text)?;
    if arn.kind() != "activity" {
        return Err(wrong_kind(&arn));
    }
    Ok(arn)
}

/// Reads an ARN of this service.
pub(crate) fn parse(member: &str, text: &str) -> Result<Arn, Error> {
    Constraints::default().chars(member, text, 1..=ARN_CHARS_MAX).check()?;
    read(text)
}

fn read(text: &str) -> Result<Arn, Error> {
    text.parse()
        .map_err(|error: compasso_types::arn::ArnError| Error::InvalidArn(error.to_string()))
}

/// Demands the look of a role's ARN: roles are not resolved.
pub(crate) fn check_role(text: &str) -> Result<(), Error> {
    if text.starts_with("arn:") && text.split(':').count() >= 6 {
        return Ok(());
    }
    Err(Error::InvalidArn(format!("Invalid ARN prefix: {text}")))
}

/// Demands a name of allowed characters.
pub(crate) fn check_name(name: &str) -> Result<(), Error> {
    if name.chars().any(is_banned) { Err(Error::InvalidName(name.to_owned())) } else { Ok(()) }
}

/// Demands that an execution or a run may have a name.
pub(crate) fn check_execution_name(name: &str) -> Result<(), Error> {
    check_name(name).map_err(|_| Error::InvalidExecutionName(name.to_owned()))
}

/// Adds the bounds every name has.
pub(crate) fn name_length(
    constraints: Constraints,
    member: &str,
    name: Option<&str>,
) -> Constraints {
    constraints.chars_if(member, name, 1..=NAME_CHARS_MAX)
}

/// Adds the bounds every ARN has.
pub(crate) fn arn_length(constraints: Constraints, member: &str, arn: &str) -> Constraints {
    constraints.chars(member, arn, 1..=ARN_CHARS_MAX)
}

/// Like [`arn_length`], if there is an ARN.
pub(crate) fn arn_length_if(
    constraints: Constraints,
    member: &str,
    arn: Option<&str>,
) -> Constraints {
    constraints.chars_if(member, arn, 1..=ARN_CHARS_MAX)
}

fn wrong_kind(arn: &Arn) -> Error {
    Error::InvalidArn(format!("Resource type not valid in this context: {}", arn.kind()))
}

fn is_banned(character: char) -> bool {
    character.is_whitespace()
        || character.is_control()
        || matches!(
            character,
            '<' | '>'
                | '{'
                | '}'
                | '['
                | ']'
                | '?'
                | '*'
                | '"'
                | '#'
                | '%'
                | '\\'
                | '^'
                | '|'
                | '~'
                | '`'
                | '$'
                | '&'
                | ','
                | ';'
                | ':'
                | '/'
                | '\u{fffe}'
                | '\u{ffff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_no_blanks_brackets_or_specials() {
        for name in ["a", "A-b_c.9", "größe", "a'b(c)+d=e@f!"] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        for name in ["a b", "a/b", "a:b", "<", "a\u{7f}", "a\u{85}", "*", "a\n"] {
            assert_eq!(check_name(name), Err(Error::InvalidName(name.into())), "{name}");
        }
    }

    #[test]
    fn arns_of_other_kinds_are_refused() {
        let express = "arn:aws:states:eu-west-1:123456789012:express:M:n:u";
        assert_eq!(
            execution("executionArn", express).unwrap_err().to_string(),
            "Invalid Arn: 'Resource type not valid in this context: express'"
        );
        assert_eq!(
            execution("executionArn", "nonsense").unwrap_err().to_string(),
            "Invalid Arn: 'Invalid ARN prefix: nonsense'"
        );
    }
}
