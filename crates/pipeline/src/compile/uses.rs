//! Actions: what `uses` names becomes a resource and its parameters.

use std::sync::Arc;

use compasso_integrations::actions::{self, Action};
use compasso_integrations::{Misfit, Written, misfits};
use compasso_ir::{IntegrationPattern, Resource, ResourceKind};
use compasso_types::Json;

use super::Compiler;
use super::attempts::{Call, Gives};
use super::calls::handler_call;
use super::value::{context, of};
use crate::Code;
use crate::expression::{Expression, Value};
use crate::source::Span;
use crate::tree::Uses;

/// What `expect` reads of the answer itself.
const ANSWER: [&str; 4] = ["status", "headers", "body", "rows"];
/// The input that makes an action end by token, and its value.
pub(super) const WAIT: (&str, &str) = ("wait", "callback");

impl Compiler<'_, '_> {
    /// Compiles a call of an action, and checks the names of its inputs.
    pub(super) fn called(&mut self, uses: &Uses) -> Option<Call> {
        if let Some(call) = handler_call(uses) {
            return Some(call);
        }
        let Some(action) = actions::find(&uses.action) else {
            self.refuse_action(uses);
            return None;
        };
        let mut by_token = false;
        let (mut arguments, mut checked): (Vec<(Arc<str>, Json)>, Vec<_>) = Default::default();
        for (name, value) in &uses.with {
            if &**name == WAIT.0 && action.ends_by_token() {
                by_token = self.waits_for_token(uses, value);
                continue;
            }
            let parameter: Arc<str> = action.parameter(name).into();
            // A secret is a text that nobody knows yet.
            checked.push((parameter.clone(), value.json(&mut |_| Json::from("{% secrets %}"))));
            arguments.push((parameter, value.template()));
        }
        if &*action.action == "call" {
            // The same for all attempts, unlike the one that a job has of its own.
            arguments.push(("idempotency_key".into(), of(&["task", "idempotency_key"])));
        }
        if let Some(expect) = &uses.expect {
            arguments.push(("expect".into(), with_context(expect)));
            checked.push(("expect".into(), Json::Null));
        }
        let arguments = Json::object(arguments);
        self.check_inputs(uses, &action, &Json::object(checked));
        let pattern = if by_token {
            IntegrationPattern::WaitForTaskToken
        } else {
            IntegrationPattern::RequestResponse
        };
        let resource = Resource {
            arn: action.arn(by_token).into(),
            kind: ResourceKind::Service {
                service: action.service.into(),
                action: action.action.into(),
                pattern,
            },
        };
        Some(Call { resource, arguments, gives: Gives::Result })
    }

    fn refuse_action(&mut self, uses: &Uses) {
        let name = &*uses.action;
        if actions::is_planned(name) || name.starts_with("./") || name.contains('@') {
            self.unsupported(uses.span, &format!("the action '{name}'"));
            return;
        }
        let hint = self.report.nearest(name, actions::names());
        let message = format!("there is no action '{name}'");
        self.report.hinted(Code::UnknownAction, uses.span, message, hint);
    }

    fn waits_for_token(&mut self, uses: &Uses, value: &Value) -> bool {
        if matches!(value, Value::Literal(Json::String(word)) if &**word == WAIT.1) {
            return true;
        }
        let message = format!("'{}' of an action can only be '{}'", WAIT.0, WAIT.1);
        self.report.add(Code::BadValue, place(uses, WAIT.0), message);
        false
    }

    fn check_inputs(&mut self, uses: &Uses, action: &Action, arguments: &Json) {
        let name = &uses.action;
        for Misfit { pointer, message, known } in
            misfits(&action.service, &action.action, arguments, Written::Jsonata)
        {
            let mut steps = pointer.split('/').skip(1);
            let input = steps.next().map(|step| action.input(step));
            let span = input.map_or(uses.span, |input| place(uses, input));
            match input {
                None => self.report.add(Code::MissingField, span, in_our_words(action, &message)),
                Some(input) if steps.next().is_none() && !known.is_empty() => {
                    let known = known.iter().map(|known| action.input(known));
                    let hint = self.report.nearest(input, known);
                    let message = format!("'{input}' is no input of the action '{name}'");
                    self.report.hinted(Code::UnknownField, span, message, hint);
                }
                Some(_) => {
                    let last = pointer.rsplit('/').next().unwrap_or_default();
                    let hint = self.report.nearest(last, known.iter().map(String::as_str));
                    self.report.hinted(Code::BadValue, span, message, hint);
                }
            }
        }
    }
}

/// Returns an expression that the action evaluates when it has its answer, with all else that
/// the expression reads: `{"$expr": …, "context": {…}}`.
fn with_context(expression: &Expression) -> Json {
    let known = context(&expression.program.document_reads(), &ANSWER);
    let text = Json::from(&*expression.text);
    Json::object([("$expr", text), ("context", Json::object(known))])
}

/// Says what is missing by the name that it has in pipelines.
fn in_our_words(action: &Action, message: &str) -> String {
    let mut words = message.split('\'');
    match (words.next(), words.next()) {
        (Some(_), Some(parameter)) => format!("'{}' is missing", action.input(parameter)),
        _ => message.to_owned(),
    }
}

fn place(uses: &Uses, input: &str) -> Span {
    uses.places.iter().find(|(name, _)| &**name == input).map_or(uses.span, |(_, span)| *span)
}
