//! Which role each action needs, and as what it stands in the audit log.
//!
//! Starts leave no record: who started a run of a pipeline is kept with the run, and a start is to cost
//! one write. The same holds for what workers do, and for events and signals of programs.

use compasso_service::{Act, Role};
use serde_json::Value;

use crate::errors::Failure;
use crate::identity::Identity;

/// What holds for an action or a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    /// Roles of which one is needed; none: nobody is asked.
    pub(crate) needs: &'static [Role],
    /// Its name in the audit log, if it stands there.
    pub(crate) action: Option<&'static str>,
    /// The members of the request that the log tells: never secret ones.
    pub(crate) told: &'static [&'static str],
}

pub(crate) const ANYBODY: &[Role] = &[];
pub(crate) const VIEW: &[Role] = &[Role::Viewer];
pub(crate) const OPERATE: &[Role] = &[Role::Operator];
pub(crate) const WRITE: &[Role] = &[Role::Author];
pub(crate) const ADMINISTER: &[Role] = &[Role::Admin];
pub(crate) const WORK: &[Role] = &[Role::Worker];
/// What tasks left is fetched by people and by workers.
pub(crate) const FETCH: &[Role] = &[Role::Viewer, Role::Worker];
/// Ends of tasks are told by workers, and by people for them; so is that a worker takes no more.
pub(crate) const REPORT: &[Role] = &[Role::Operator, Role::Worker];

impl Rule {
    /// Makes a rule of what is not in the log.
    pub(crate) const fn quiet(needs: &'static [Role]) -> Self {
        Self { needs, action: None, told: &[] }
    }

    /// Makes a rule of what is in the log.
    pub(crate) const fn told(
        needs: &'static [Role],
        action: &'static str,
        told: &'static [&'static str],
    ) -> Self {
        Self { needs, action: Some(action), told }
    }

    /// Lets somebody do it.
    ///
    /// # Errors
    /// Their role does not do: the message says which one would.
    pub(crate) fn permit(&self, who: &Identity, what: &str) -> Result<(), Failure> {
        let may = |needed: &Role| who.role.covers(*needed);
        if self.needs.is_empty() || self.needs.iter().any(may) {
            return Ok(());
        }
        let needed: Vec<_> = self.needs.iter().map(|role| format!("'{}'", role.name())).collect();
        Err(Failure::access_denied(format!(
            "{what} needs the role {}; '{}' has the role '{}'",
            needed.join(" or "),
            who.name,
            who.role.name()
        )))
    }
}

impl Rule {
    /// Tells the audit log what may be told of a request with this body.
    pub(crate) fn tell(&self, body: &[u8]) {
        let Ok(Value::Object(mut members)) = serde_json::from_slice(body) else { return };
        for name in self.told {
            match members.remove(*name) {
                None | Some(Value::Null) => {}
                Some(value) => Act::detail(name, value),
            }
        }
    }
}

/// Returns the rule of an action of the Step Functions API.
pub(crate) fn of_step_functions(action: &str) -> Option<Rule> {
    Some(match action {
        "StartExecution" | "StartSyncExecution" => Rule::quiet(OPERATE),
        "GetActivityTask" | "SendTaskSuccess" | "SendTaskFailure" | "SendTaskHeartbeat" => {
            Rule::quiet(REPORT)
        }
        "StopExecution" => Rule::told(OPERATE, "run.stop", &["error", "cause"]),
        "RedriveExecution" => Rule::told(OPERATE, "run.redrive", &[]),
        "UpdateMapRun" => Rule::told(
            OPERATE,
            "map-run.update",
            &["maxConcurrency", "toleratedFailurePercentage", "toleratedFailureCount"],
        ),
        "CreateStateMachine" => Rule::told(WRITE, "workflow.create", &["type", "publish"]),
        "UpdateStateMachine" => Rule::told(WRITE, "workflow.update", &["publish"]),
        "DeleteStateMachine" => Rule::told(WRITE, "workflow.delete", &[]),
        "PublishStateMachineVersion" => Rule::told(WRITE, "version.publish", &["description"]),
        "DeleteStateMachineVersion" => Rule::told(WRITE, "version.delete", &[]),
        "CreateStateMachineAlias" => Rule::told(WRITE, "alias.create", &["routingConfiguration"]),
        "UpdateStateMachineAlias" => Rule::told(WRITE, "alias.update", &["routingConfiguration"]),
        "DeleteStateMachineAlias" => Rule::told(WRITE, "alias.delete", &[]),
        "CreateActivity" => Rule::told(WRITE, "activity.create", &[]),
        "DeleteActivity" => Rule::told(WRITE, "activity.delete", &[]),
        "TagResource" => Rule::told(WRITE, "tags.set", &["tags"]),
        "UntagResource" => Rule::told(WRITE, "tags.remove", &["tagKeys"]),
        // It carries out the task of the state.
        "TestState" => Rule::quiet(WRITE),
        "DescribeExecution"
        | "GetExecutionHistory"
        | "ListExecutions"
        | "DescribeMapRun"
        | "ListMapRuns"
        | "DescribeStateMachine"
        | "DescribeStateMachineForExecution"
        | "ListStateMachines"
        | "ListStateMachineVersions"
        | "DescribeStateMachineAlias"
        | "ListStateMachineAliases"
        | "ValidateStateMachineDefinition"
        | "DescribeActivity"
        | "ListActivities"
        | "ListTagsForResource" => Rule::quiet(VIEW),
        _ => return None,
    })
}

/// Returns the rule of an action of the EventBridge API.
pub(crate) fn of_event_bridge(action: &str) -> Option<Rule> {
    const TOLD: &[&str] = &["AuthorizationType", "Description"];
    Some(match action {
        "CreateConnection" => Rule::told(WRITE, "connection.create", TOLD),
        "UpdateConnection" => Rule::told(WRITE, "connection.update", TOLD),
        "DeleteConnection" => Rule::told(WRITE, "connection.delete", &[]),
        "DeauthorizeConnection" => Rule::told(WRITE, "connection.deauthorize", &[]),
        "DescribeConnection" | "ListConnections" => Rule::quiet(VIEW),
        _ => return None,
    })
}

/// Returns the rule of an action that AWS does not have.
pub(crate) fn of_compasso(action: &str) -> Option<Rule> {
    Some(match action {
        "CopyExecution" => Rule::told(OPERATE, "run.copy", &["stateName", "name"]),
        "SignalExecution" => Rule::quiet(OPERATE),
        "PutSearchAttributes" => Rule::told(WRITE, "search-attributes.set", &["searchAttributes"]),
        "CreateSchedule" => Rule::told(WRITE, "schedule.create", &["spec"]),
        "UpdateSchedule" => Rule::told(WRITE, "schedule.update", &["spec"]),
        "DeleteSchedule" => Rule::told(WRITE, "schedule.delete", &[]),
        "PauseSchedule" => Rule::told(OPERATE, "schedule.pause", &["reason", "until"]),
        "ResumeSchedule" => Rule::told(OPERATE, "schedule.resume", &[]),
        "SearchExecutions"
        | "GetSearchAttributes"
        | "DescribeSchedule"
        | "ListSchedules"
        | "ListTicks" => Rule::quiet(VIEW),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Returns the names that the arms of matches begin with.
    fn actions(text: &str) -> BTreeSet<String> {
        let code = text.split("#[cfg(test)]").next().unwrap();
        let lines = code.lines().map(str::trim);
        let names = lines.filter(|line| line.contains("\" =>") || line.starts_with("| \""));
        let names = names.flat_map(|line| {
            line.split("=>").next().unwrap().split('"').skip(1).step_by(2).map(str::to_owned)
        });
        names.filter(|name| name.starts_with(|c: char| c.is_ascii_uppercase())).collect()
    }

    #[test]
    fn every_action_has_a_rule() {
        let own = actions(include_str!("own_actions.rs"));
        let schedules = crate::schedule_actions::NAMES.map(str::to_owned);
        let step_functions = actions(include_str!("actions.rs"));
        assert!(step_functions.len() >= 37, "{step_functions:?}");
        let rules = step_functions
            .into_iter()
            .map(|name| (of_step_functions(&name), name))
            .chain(
                actions(include_str!("connection_actions.rs"))
                    .into_iter()
                    .map(|name| (of_event_bridge(&name), name)),
            )
            .chain(own.into_iter().chain(schedules).map(|name| (of_compasso(&name), name)));
        for (rule, name) in rules {
            assert!(rule.is_some_and(|it| !it.needs.is_empty()), "{name} has no rule");
        }
        assert_eq!(of_step_functions("DropEverything"), None);
    }

    #[test]
    fn a_refusal_says_which_role_is_needed() {
        let viewer = Identity { role: Role::Viewer, ..Identity::nobody() };
        let refused = of_step_functions("StopExecution").unwrap().permit(&viewer, "StopExecution");
        let message = refused.unwrap_err().message;
        assert_eq!(
            message,
            "StopExecution needs the role 'operator'; 'anonymous' has the role 'viewer'"
        );
        let refused = of_step_functions("GetActivityTask").unwrap().permit(&viewer, "It");
        let message = refused.unwrap_err().message;
        assert!(message.contains("needs the role 'operator' or 'worker'"), "{message}");
    }
}
