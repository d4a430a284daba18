//! Actions: what `uses` names becomes a resource and its parameters.

use std::sync::Arc;

use compasso_integrations::actions::{self, Action};
use compasso_integrations::{Misfit, Written, misfits};
use compasso_ir::{IntegrationPattern, Resource, ResourceKind};
use compasso_jsonata::{Part, Program};
use compasso_types::Json;

use super::Compiler;
use crate::Code;
use crate::expression::{Expression, Value};
use crate::source::Span;
use crate::tree::Uses;

/// What `expect` reads of the answer itself.
const ANSWER: [&str; 4] = ["status", "headers", "body", "rows"];
/// What an expression may read that reads its document as a whole.
const DOCUMENT: [&str; 9] =
    ["params", "vars", "env", "run", "trigger", "task", "item", "index", "matrix"];
/// The input that makes an action end by token, and its value.
const WAIT: (&str, &str) = ("wait", "callback");

/// A call of an action.
pub(super) struct Called {
    pub(super) resource: Resource,
    /// The parameters, with their expressions as strings `{% … %}`.
    pub(super) arguments: Json,
}

impl Compiler<'_, '_> {
    /// Compiles a call of an action, and checks the names of its inputs.
    pub(super) fn called(&mut self, uses: &Uses) -> Option<Called> {
        let Some(action) = actions::find(&uses.action) else {
            self.refuse_action(uses);
            return None;
        };
        let mut by_token = false;
        let mut arguments: Vec<(Arc<str>, Json)> = Vec::new();
        for (name, value) in &uses.with {
            if &**name == WAIT.0 && action.ends_by_token() {
                by_token = self.waits_for_token(uses, value);
                continue;
            }
            arguments.push((action.parameter(name).into(), self.json(value, uses.span)));
        }
        if &*action.action == "call" {
            // The same for all attempts, unlike the one that a job has of its own.
            arguments.push(("idempotency_key".into(), of(&["task", "idempotency_key"])));
        }
        if let Some(expect) = &uses.expect {
            arguments.push(("expect".into(), with_context(expect)));
        }
        let arguments = Json::object(arguments);
        self.check_inputs(uses, &action, &arguments);
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
        Some(Called { resource, arguments })
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
    let reads = Program::compile(&expression.text).map(|program| program.document_reads());
    let mut context: Vec<(Arc<str>, Json)> = Vec::new();
    if let Ok(reads) = &reads {
        let all = DOCUMENT.into_iter().filter(|_| reads.whole()).map(Arc::from);
        let read = reads.members().map(|(name, _)| name.clone());
        let mut names: Vec<Arc<str>> = all.chain(read).collect();
        names.sort();
        names.dedup();
        for name in names.into_iter().filter(|name| !ANSWER.contains(&&**name)) {
            let value = match reads.of(&name) {
                Some(Part::Members(members)) if &*name == "needs" => {
                    Json::object(members.iter().map(|id| (id.clone(), of(&["needs", id]))))
                }
                _ => of(&[&name]),
            };
            context.push((name, value));
        }
    }
    let text = Json::from(&*expression.text);
    Json::object([("$expr", text), ("context", Json::object(context))])
}

/// Returns the expression of a path.
fn of(path: &[&str]) -> Json {
    let steps: Vec<String> = path.iter().map(|step| format!("`{step}`")).collect();
    Json::from(format!("{{% {} %}}", steps.join(".")))
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
