//! Calls of other pipelines, of state machines, and of what remote workers have registered.

use std::sync::Arc;

use compasso_ir::{IntegrationPattern, Resource, ResourceKind};
use compasso_types::Json;

use super::Compiler;
use super::attempts::{Call, Gives};
use crate::expression::Value;
use crate::source::Span;
use crate::tree::{self, Machine, Uses};

impl Compiler<'_, '_> {
    /// Compiles a start of a state machine.
    pub(super) fn machine_call(&mut self, machine: &Machine, span: Span) -> Option<Call> {
        let Machine::Named { name, with } = machine else {
            self.unsupported(span, "a state machine inside of an action");
            return None;
        };
        let arguments = [("StateMachineArn", name.template()), ("Input", members(with))];
        Some(Call {
            resource: resource("states", "startExecution", IntegrationPattern::Sync2),
            arguments: Json::object(arguments),
            gives: Gives::Machine,
        })
    }
}

/// Compiles `uses: worker:NAME`; `None` if it names something else.
pub(super) fn handler_call(uses: &Uses) -> Option<Call> {
    let name = uses.handler()?;
    let arguments = [("handler", Json::from(name)), ("input", members(&uses.with))];
    Some(Call {
        resource: resource("compasso", "handler", IntegrationPattern::RequestResponse),
        arguments: Json::object(arguments),
        gives: Gives::Result,
    })
}

/// Returns the call that stands in for the work of a task.
pub(super) fn mock_call() -> Call {
    Call {
        resource: resource("compasso", "mock", IntegrationPattern::RequestResponse),
        arguments: Json::Null,
        gives: Gives::Result,
    }
}

/// Compiles a start of another pipeline.
pub(super) fn pipeline_call(call: &tree::Call) -> Call {
    let mut arguments = vec![("pipeline", call.name.template()), ("params", members(&call.with))];
    arguments.extend(call.version.clone().map(|version| ("version", version)));
    let pattern =
        if call.waits { IntegrationPattern::Sync } else { IntegrationPattern::RequestResponse };
    Call {
        resource: resource("compasso", "pipeline", pattern),
        arguments: Json::object(arguments),
        gives: Gives::Result,
    }
}

/// Returns a map of values with their expressions as strings `{% … %}`.
pub(super) fn members(values: &[(Arc<str>, Value)]) -> Json {
    let members = values.iter().map(|(name, value)| (name.clone(), value.template()));
    Json::object(members.collect::<Vec<_>>())
}

/// Returns the resource `arn:aws:states:::SERVICE:ACTION`.
pub(super) fn resource(service: &str, action: &str, pattern: IntegrationPattern) -> Resource {
    Resource {
        arn: format!("arn:aws:states:::{service}:{action}{}", pattern.suffix()).into(),
        kind: ResourceKind::Service { service: service.into(), action: action.into(), pattern },
    }
}
