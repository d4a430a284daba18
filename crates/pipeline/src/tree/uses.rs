//! Actions by name: what `uses` says, with inputs that are held against what the action takes.

use std::sync::Arc;

use compasso_integrations::actions::{self, Action};
use compasso_integrations::inputs::{self, Fault};
use compasso_integrations::{Misfit, Written, misfits};
use compasso_types::Json;

use crate::Code;
use crate::expression::{Expression, Name, Names, Value};
use crate::fields::Reader;
use crate::report::Report;
use crate::source::{Node, Span};

/// An action by name with its inputs.
#[derive(Clone, Debug)]
pub struct Uses {
    /// Such as `http`, `aws-sdk:sqs:sendMessage`, `./actions/foo`, `name@1`.
    pub action: Arc<str>,
    /// Where that stands.
    pub span: Span,
    /// Its inputs.
    pub with: Vec<(Arc<str>, Value)>,
    /// Where each member of `with` stands, by its name.
    pub places: Vec<(Arc<str>, Span)>,
    /// What must hold of the answer.
    pub expect: Option<Expression>,
}

/// Actions whose answer `with.expect` is about.
const EXPECTING: [&str; 2] = ["http", "sql"];
/// The input that makes an action end by token, and its only value.
pub(crate) const CALLBACK_INPUT: &str = "wait";
const CALLBACK: &str = "callback";
/// What the name of a handler of remote workers begins with.
const WORKER: &str = "worker:";
/// Most inputs of an action that are all told of.
const INPUTS_TOLD: usize = 12;
/// Stands for a value that is not known before it is used.
const UNKNOWN: &str = "{% … %}";

impl Uses {
    /// Reads a call of the action that `node` names.
    pub(super) fn read(
        reader: &mut Reader<'_>,
        node: &Node,
        with: Option<&Node>,
        names: Names<'_>,
    ) -> Option<Self> {
        let action = reader.text(node)?;
        Self::call(reader, action, node.mark(), with, names)
    }

    /// Reads the inputs of `action`, which stands at `span`, and checks both.
    pub(super) fn call(
        reader: &mut Reader<'_>,
        action: Arc<str>,
        span: Span,
        with: Option<&Node>,
        names: Names<'_>,
    ) -> Option<Self> {
        let members = match with {
            Some(with) => reader.members(with)?,
            None => &[],
        };
        let mut uses = Self { action, span, with: Vec::new(), places: Vec::new(), expect: None };
        let mut known = Vec::new();
        for member in members {
            let key = &member.key;
            uses.places.push((key.clone(), member.key_span));
            if &**key == "expect" && EXPECTING.contains(&&*uses.action) {
                uses.expect = reader.bare(&member.value, names.and(Name::Answer));
                known.push((key, Json::from(UNKNOWN)));
                continue;
            }
            let value = reader.value(&member.value, names.and_secrets());
            let unknown = || Json::from(UNKNOWN);
            known.push((
                key,
                value.as_ref().map_or_else(unknown, |value| value.json(&mut |_| unknown())),
            ));
            uses.with.extend(value.map(|value| (key.clone(), value)));
        }
        uses.check(&mut reader.report, known);
        Some(uses)
    }

    /// Returns the name of the handler of remote workers that it calls, if it calls one.
    pub(crate) fn handler(&self) -> Option<&str> {
        self.action.strip_prefix(WORKER)
    }

    /// Returns whether it asks to be ended from outside.
    pub fn ends_by_token(&self) -> bool {
        self.with.iter().any(|(name, value)| &**name == CALLBACK_INPUT && is_callback(value))
    }

    /// Reports an action that is not there, and inputs that it does not take; `known` is what is
    /// known of them.
    fn check(&self, report: &mut Report<'_>, known: Vec<(&Arc<str>, Json)>) {
        let Some(action) = actions::find(&self.action) else {
            self.check_name(report);
            return;
        };
        let mut parameters = Vec::new();
        for (name, value) in known {
            if &**name == CALLBACK_INPUT && action.ends_by_token() {
                self.check_wait(report);
            } else {
                parameters.push((action.parameter(name).to_owned(), value));
            }
        }
        let parameters = Json::object(parameters);
        let written = Written::Jsonata;
        for misfit in misfits(&action.service, &action.action, &parameters, written) {
            self.report(report, &action, misfit);
        }
        // What was stored runs as it did.
        if let (false, Some(inputs)) = (report.is_stored(), parameters.as_object()) {
            for fault in inputs::faults(&action.service, &action.action, inputs, written) {
                self.report_fault(report, &fault);
            }
        }
    }

    /// Reports an input that is written out and that the action could not take.
    fn report_fault(&self, report: &mut Report<'_>, fault: &Fault) {
        match fault.input {
            Some(input) => {
                let message = format!("'{input}' {}", fault.message);
                report.add(Code::BadValue, self.place(input), message);
            }
            None => report.add(Code::BadValue, self.span, &*fault.message),
        }
    }

    fn check_name(&self, report: &mut Report<'_>) {
        let name = &*self.action;
        if self.handler() == Some("") && !report.is_stored() {
            let message = "'worker:' names no handler";
            report.hint(Code::BadValue, self.span, message, "write 'worker:NAME'");
            return;
        }
        if self.handler().is_some() || is_of_the_format(name) {
            return;
        }
        let candidates = actions::candidates(name);
        let hint = report.nearest(name, candidates.iter().map(String::as_str));
        let message = format!("there is no action '{name}'");
        report.hinted(Code::UnknownAction, self.span, message, hint);
    }

    fn check_wait(&self, report: &mut Report<'_>) {
        let value = self.with.iter().find(|(name, _)| &**name == CALLBACK_INPUT);
        if value.is_some_and(|(_, value)| !is_callback(value)) {
            let message = format!("'{CALLBACK_INPUT}' of an action can only be '{CALLBACK}'");
            report.add(Code::BadValue, self.place(CALLBACK_INPUT), message);
        }
    }

    fn report(&self, report: &mut Report<'_>, action: &Action, misfit: Misfit) {
        let Misfit { pointer, message, known } = misfit;
        let mut steps = pointer.split('/').skip(1);
        let Some(input) = steps.next().map(|step| action.input(step)) else {
            report.add(Code::MissingField, self.span, in_our_words(action, &message));
            return;
        };
        let span = self.place(input);
        if steps.next().is_none() && !known.is_empty() {
            let names = || known.iter().map(|known| action.input(known));
            let hint = report.nearest(input, names());
            let is_short = known.len() <= INPUTS_TOLD;
            let all = || format!("it takes {}", names().collect::<Vec<_>>().join(", "));
            let hint = hint.or_else(|| is_short.then(all));
            let message = format!("'{input}' is no input of the action '{}'", self.action);
            report.hinted(Code::UnknownField, span, message, hint);
        } else {
            let last = pointer.rsplit('/').next().unwrap_or_default();
            let hint = report.nearest(last, known.iter().map(String::as_str));
            report.hinted(Code::BadValue, span, message, hint);
        }
    }

    fn place(&self, input: &str) -> Span {
        self.places.iter().find(|(name, _)| &**name == input).map_or(self.span, |(_, span)| *span)
    }
}

/// Returns whether the format knows a name as that of an action that this version does not run.
pub(crate) fn is_of_the_format(name: &str) -> bool {
    actions::is_planned(name) || name.starts_with("./") || name.contains('@')
}

fn is_callback(value: &Value) -> bool {
    matches!(value, Value::Literal(Json::String(word)) if &**word == CALLBACK)
}

/// Says what is missing by the name that it has in pipelines.
fn in_our_words(action: &Action, message: &str) -> String {
    let mut words = message.split('\'');
    match (words.next(), words.next()) {
        (Some(_), Some(parameter)) => format!("'{}' is missing", action.input(parameter)),
        _ => message.to_owned(),
    }
}
