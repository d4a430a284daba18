//! Actions: what `uses` of a pipeline names, and the resources they are tasks of.

use crate::models::{self, Operation};

/// What `aws-sdk:SERVICE:action` begins with.
const SDK: &str = "aws-sdk:";
/// The service of our own actions.
const OWN: &str = "compasso";

/// An action, found by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// As in `arn:aws:states:::SERVICE:action`.
    pub service: String,
    /// As in `arn:aws:states:::service:ACTION`.
    pub action: String,
    /// How inputs are called as parameters of the resource, where they are called otherwise.
    renamed: &'static [(&'static str, &'static str)],
}

/// The names of actions with their resources; those of one line are one action.
#[rustfmt::skip]
const NAMED: &[(&[&str], &str, &str)] = &[
    (&["asset/emit", "asset-emit"], OWN, "asset-emit"),
    (&["email"], OWN, "email"),
    (&["fail"], OWN, "fail"),
    (&["http"], OWN, "call"),
    (&["lambda"], "lambda", "invoke"),
    (&["log"], OWN, "log"),
    (&["notify"], OWN, "notify"),
    (&["pagerduty"], OWN, "pagerduty"),
    (&["s3/copy", "s3-copy"], OWN, "s3-copy"),
    (&["slack"], OWN, "slack"),
    (&["sql"], OWN, "sql"),
    (&["transform"], OWN, "transform"),
];

/// Actions that the format of pipelines knows and that are not there yet.
const PLANNED: [&str; 7] =
    ["docker", "github/status", "grpc", "junit", "k8s/job", "queue/publish", "ssh"];

/// The inputs of `lambda`.
const OF_LAMBDA: &[(&str, &str)] = &[
    ("function", "FunctionName"),
    ("payload", "Payload"),
    ("type", "InvocationType"),
    ("qualifier", "Qualifier"),
    ("context", "ClientContext"),
    ("log", "LogType"),
];

/// Returns the action `name`, such as `http` or `aws-sdk:sqs:sendMessage`.
pub fn find(name: &str) -> Option<Action> {
    if let Some((service, action)) = name.strip_prefix(SDK).and_then(|name| name.split_once(':')) {
        let service = format!("{SDK}{service}");
        crate::patterns(&service, action)?;
        return Some(Action { service, action: action.to_owned(), renamed: &[] });
    }
    let (_, service, action) = NAMED.iter().find(|(names, ..)| names.contains(&name))?;
    let renamed = if *service == "lambda" { OF_LAMBDA } else { &[] };
    Some(Action { service: (*service).to_owned(), action: (*action).to_owned(), renamed })
}

/// Returns whether the format knows the action, and only this version does not have it.
pub fn is_planned(name: &str) -> bool {
    PLANNED.contains(&name)
}

/// Returns the names of all actions but those of AWS's services.
pub fn names() -> impl Iterator<Item = &'static str> {
    NAMED.iter().flat_map(|(names, ..)| names.iter().copied())
}

/// Returns the names of actions that may have been meant by `name`, which is none: of the service of AWS that it
/// names, of all its services, or of what is not AWS's.
pub fn candidates(name: &str) -> Vec<String> {
    let Some((service, action)) = name.strip_prefix(SDK).and_then(|name| name.split_once(':'))
    else {
        return names().map(str::to_owned).collect();
    };
    match models::find(service) {
        Some(known) => {
            let actions = known.answering().map(Operation::action);
            actions.map(|action| format!("{SDK}{service}:{action}")).collect()
        }
        None => models::names().map(|service| format!("{SDK}{service}:{action}")).collect(),
    }
}

impl Action {
    /// Returns the ARN of its tasks, that of those that end by token if `by_token`.
    pub fn arn(&self, by_token: bool) -> String {
        let pattern = if by_token { ".waitForTaskToken" } else { "" };
        format!("arn:aws:states:::{}:{}{pattern}", self.service, self.action)
    }

    /// Returns how the resource calls the input `name`.
    pub fn parameter<'a>(&self, name: &'a str) -> &'a str {
        self.renamed.iter().find(|(input, _)| *input == name).map_or(name, |(_, sent)| sent)
    }

    /// Returns the input that the resource calls `parameter`.
    pub fn input<'a>(&self, parameter: &'a str) -> &'a str {
        self.renamed
            .iter()
            .find(|(_, sent)| *sent == parameter)
            .map_or(parameter, |(input, _)| input)
    }

    /// Returns whether its tasks can end by token.
    pub fn ends_by_token(&self) -> bool {
        crate::patterns(&self.service, &self.action).is_some_and(|patterns| patterns.token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_is_a_task_that_can_be_called() {
        for name in names() {
            let action = find(name).unwrap();
            assert!(crate::patterns(&action.service, &action.action).is_some(), "{name}");
        }
        assert_eq!(
            find("http").unwrap().arn(true),
            "arn:aws:states:::compasso:call.waitForTaskToken"
        );
        assert_eq!(
            find("aws-sdk:sqs:sendMessage").unwrap().arn(false),
            "arn:aws:states:::aws-sdk:sqs:sendMessage"
        );
        for unknown in ["nonsense", "aws-sdk:sqs:nonsense", "aws-sdk:sqs", "compasso:call", ""] {
            assert_eq!(find(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn inputs_are_renamed_to_the_parameters_of_the_resource() {
        let lambda = find("lambda").unwrap();
        assert_eq!(
            (lambda.parameter("function"), lambda.input("FunctionName")),
            ("FunctionName", "function")
        );
        assert_eq!(lambda.parameter("other"), "other");
        for (_, sent) in OF_LAMBDA {
            let own = crate::misfits(
                "lambda",
                "invoke",
                &compasso_types::Json::object([("FunctionName", "f".into()), (*sent, "x".into())]),
                crate::Written::Values,
            );
            assert_eq!(own, [], "{sent}");
        }
    }
}
