//! Names, and ARNs of what requests are about.

use compasso_types::Arn;
use compasso_types::limits::NAME_CHARS_MAX;

use crate::constraints::Constraints;
use crate::{Error, Reason};

/// Longest ARN in a request, characters.
const ARN_CHARS_MAX: usize = 256;

/// What a state machine ARN names.
pub(crate) enum MachineArn {
    /// The state machine itself.
    Machine(Arn),
    /// One of its versions or aliases.
    Qualified(Arn),
    /// The block of one of its distributed maps.
    Labelled(Arn),
}

impl MachineArn {
    /// Reads the member `member` of a request.
    pub(crate) fn parse(member: &str, text: &str) -> Result<Self, Error> {
        let arn = parse(member, text)?;
        if arn.kind() != "stateMachine" {
            return Err(wrong_kind(&arn));
        }
        Ok(if arn.rest().contains('/') {
            Self::Labelled(arn)
        } else if arn.rest().contains(':') {
            Self::Qualified(arn)
        } else {
            Self::Machine(arn)
        })
    }

    /// Returns the ARN of a state machine; versions and aliases do not exist.
    pub(crate) fn machine(self) -> Result<Arn, Error> {
        match self {
            Self::Machine(arn) => Ok(arn),
            Self::Qualified(arn) => {
                Err(Error::StateMachineDoesNotExist { arn: arn.as_str().to_owned() })
            }
            Self::Labelled(_) => Err(Error::Validation {
                message: "This operation does not support labelled state machine ARNs".into(),
                reason: Some(Reason::ApiDoesNotSupportLabeledArns),
            }),
        }
    }
}

/// Reads the ARN of a Standard execution.
pub(crate) fn execution(member: &str, text: &str) -> Result<Arn, Error> {
    let arn = parse(member, text)?;
    if arn.kind() != "execution" {
        return Err(wrong_kind(&arn));
    }
    if arn.parts().count() != 2 {
        return Err(Error::InvalidArn(format!("Invalid ARN prefix: {text}")));
    }
    Ok(arn)
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
