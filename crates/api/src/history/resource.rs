//! What a task's resource says about its events.

/// Which events a task has, and how they name what is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family<'a> {
    /// `Activity…`; the ARN.
    Activity(&'a str),
    /// `LambdaFunction…`; the ARN.
    Lambda(&'a str),
    /// `Task…`; `resourceType` and `resource`.
    Service { service: &'a str, action: &'a str },
}

impl<'a> Family<'a> {
    /// Reads a resource's ARN.
    pub(super) fn of(arn: &'a str) -> Self {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        match parts[..] {
            [_, _, "states", _, _, rest] if rest.starts_with("activity:") => Self::Activity(arn),
            [_, _, "states", _, _, rest] => Self::service(rest),
            [_, _, "lambda", ..] => Self::Lambda(arn),
            _ => Self::service(arn),
        }
    }

    /// Splits `aws-sdk:dynamodb:putItem` before its last part; `.sync:2` belongs to that part.
    fn service(rest: &'a str) -> Self {
        let is_sync_2 = rest.ends_with(".sync:2");
        let body = if is_sync_2 { &rest[..rest.len() - ":2".len()] } else { rest };
        match body.rfind(':') {
            Some(at) => Self::Service { service: &rest[..at], action: &rest[at + 1..] },
            None => Self::Service { service: "", action: rest },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(arn: &str, service: &str, action: &str) {
        assert_eq!(Family::of(arn), Family::Service { service, action }, "{arn}");
    }

    #[test]
    fn service_resources_are_split_before_the_action() {
        check(
            "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "sqs",
            "sendMessage.waitForTaskToken",
        );
        check("arn:aws:states:::aws-sdk:dynamodb:putItem", "aws-sdk:dynamodb", "putItem");
        check("arn:aws:states:::states:startExecution.sync:2", "states", "startExecution.sync:2");
        check("arn:aws:states:::lambda:invoke", "lambda", "invoke");
        check("arn:aws:states:::compasso:process", "compasso", "process");
    }

    #[test]
    fn activities_and_functions_have_families_of_their_own() {
        let activity = "arn:aws:states:eu-west-1:123456789012:activity:Work";
        assert_eq!(Family::of(activity), Family::Activity(activity));
        let function = "arn:aws:lambda:eu-west-1:123456789012:function:f:$LATEST";
        assert_eq!(Family::of(function), Family::Lambda(function));
    }
}
