//! Actions: what hooks, compensations and fallbacks do.

use std::sync::Arc;
use std::time::Duration;

use compasso_types::Json;

use super::{Fallback, OutputFrom, Retry, Uses};
use crate::expression::{Expression, Names, Setting, Value};
use crate::fields::{Fields, Reader};
use crate::script::{Script, Shell};
use crate::source::{self, Node, Span};
use crate::{Code, near};

/// An action.
#[derive(Clone, Debug)]
pub struct Action {
    /// Where it stands.
    pub span: Span,
    /// Its id.
    pub id: Option<Arc<str>>,
    /// For people.
    pub name: Option<Arc<str>>,
    /// What it does.
    pub kind: ActionKind,
    /// When it is done at all.
    pub condition: Option<Expression>,
    /// Its environment.
    pub env: Vec<(Arc<str>, Value)>,
    /// How it is tried again.
    pub retry: Option<Retry>,
    /// Limit of one attempt.
    pub timeout: Option<Setting<Duration>>,
    /// How the output of a script is read.
    pub output: OutputFrom,
    /// What is used when all attempts failed.
    pub fallback: Option<Fallback>,
}

/// What an action does.
#[derive(Clone, Debug)]
pub enum ActionKind {
    /// Runs a script.
    Run {
        /// The script.
        script: Script,
        /// What runs it.
        shell: Shell,
    },
    /// Calls an action by name.
    Uses(Uses),
    /// Starts another pipeline.
    Pipeline(Call),
    /// Starts a state machine.
    Machine(Machine),
}

/// A start of another pipeline.
#[derive(Clone, Debug)]
pub struct Call {
    /// Its name.
    pub name: Value,
    /// Its version, if not the present one.
    pub version: Option<Json>,
    /// Whether its end is waited for.
    pub waits: bool,
    /// Its params.
    pub with: Vec<(Arc<str>, Value)>,
}

/// A start of a state machine.
#[derive(Clone, Debug)]
pub enum Machine {
    /// One that is stored, by name or ARN.
    Named {
        /// Its name or ARN.
        name: Value,
        /// Its input.
        with: Vec<(Arc<str>, Value)>,
    },
    /// One that is written here, in the Amazon States Language.
    Inline {
        /// The definition.
        definition: Json,
        /// Its input.
        with: Vec<(Arc<str>, Value)>,
    },
}

/// The fields that say what an action does.
const KINDS: [&str; 4] = ["run", "uses", "pipeline", "machine"];

impl Action {
    /// Reads an action.
    pub(super) fn read(reader: &mut Reader<'_>, node: &Node, names: Names<'_>) -> Option<Self> {
        let mut fields = reader.fields(node)?;
        let action = Self::read_fields(reader, node, &mut fields, names);
        fields.finish(reader);
        action
    }

    /// Reads an action from the fields of a map that may have others.
    pub(super) fn read_fields(
        reader: &mut Reader<'_>,
        node: &Node,
        fields: &mut Fields<'_>,
        names: Names<'_>,
    ) -> Option<Self> {
        let kind = ActionKind::read(reader, node, fields, names);
        let id = fields.read(reader, "id", Reader::id);
        let name = fields.read(reader, "name", Reader::prose);
        let condition = fields.read(reader, "if", |r, n| r.condition(n, names));
        let env = fields.read(reader, "env", |r, n| r.env(n, names)).unwrap_or_default();
        let retry = fields.read(reader, "retry", Retry::read);
        let timeout = fields.read(reader, "timeout", |r, n| r.duration_setting(n, names));
        let output = fields.read(reader, "output", OutputFrom::read).unwrap_or_default();
        let fallback = fields.read(reader, "fallback", |r, n| Fallback::read(r, n, names));
        Some(Self {
            span: node.mark(),
            id,
            name,
            kind: kind?,
            condition,
            env,
            retry,
            timeout,
            output,
            fallback,
        })
    }
}

impl ActionKind {
    /// Reads what an action or step does: exactly one of the kinds.
    pub(super) fn read(
        reader: &mut Reader<'_>,
        node: &Node,
        fields: &mut Fields<'_>,
        names: Names<'_>,
    ) -> Option<Self> {
        let shell = fields.read(reader, "shell", Reader::shell);
        let shell = shell.unwrap_or_else(|| reader.shell.clone());
        let with = fields.take("with").map(|member| &member.value);
        let run = fields.take("run").map(|member| &member.value);
        let uses = fields.take("uses").map(|member| &member.value);
        let pipeline = fields.take("pipeline").map(|member| &member.value);
        let machine = fields.take("machine").map(|member| &member.value);
        let found: Vec<&str> = KINDS.into_iter().filter(|name| node.get(name).is_some()).collect();
        if found.len() != 1 {
            not_one(reader, node, fields, &found, &KINDS);
            return None;
        }
        match (run, uses, pipeline, machine) {
            (Some(run), ..) => {
                let script = reader.script(run, &shell, names)?;
                Some(Self::Run { script, shell })
            }
            (_, Some(uses), ..) => Uses::read(reader, uses, with, names).map(Self::Uses),
            (_, _, Some(pipeline), _) => {
                Call::read(reader, pipeline, with, names).map(Self::Pipeline)
            }
            (.., machine) => Machine::read(reader, machine?, with, names).map(Self::Machine),
        }
    }
}

/// Reports a map that has none or several of the fields that say what it does.
pub(super) fn not_one(
    reader: &mut Reader<'_>,
    node: &Node,
    fields: &mut Fields<'_>,
    found: &[&str],
    kinds: &[&str],
) {
    if found.is_empty()
        && let Some(action) = fields.take_action()
    {
        let message = format!("'{}' is an action, and no field", action.key);
        let hint = near::action_hint(&action.key);
        reader.report.hint(Code::NotOneAction, action.key_span, message, hint);
        return;
    }
    let (message, hint) = match found {
        [] => ("this does nothing".to_owned(), format!("add one of: {}", kinds.join(", "))),
        found => (
            format!("this does several things at once: {}", found.join(", ")),
            if found == ["uses", "wait"] && waits_for_callback(node) {
                "write 'wait: callback' in 'with'".to_owned()
            } else {
                "keep one of them; a second one is a task of its own".to_owned()
            },
        ),
    };
    let second = node.members().iter().filter(|member| found.contains(&&*member.key)).nth(1);
    let span = second.map_or(node.mark(), |member| member.key_span);
    reader.report.hint(Code::NotOneAction, span, message, hint);
}

fn waits_for_callback(node: &Node) -> bool {
    let wait = node.members().iter().find(|member| &*member.key == "wait");
    wait.is_some_and(|wait| wait.value.as_str() == Some("callback"))
}

/// Reads `with`.
fn inputs(
    reader: &mut Reader<'_>,
    with: Option<&Node>,
    names: Names<'_>,
) -> Vec<(Arc<str>, Value)> {
    with.and_then(|with| reader.values(with, names.and_secrets())).unwrap_or_default()
}

impl Call {
    pub(super) fn read(
        reader: &mut Reader<'_>,
        node: &Node,
        with: Option<&Node>,
        names: Names<'_>,
    ) -> Option<Self> {
        let with = inputs(reader, with, names);
        if matches!(node.value, source::Value::Text(..)) {
            let name = reader.text_value(node, names)?;
            return Some(Self { name, version: None, waits: true, with });
        }
        let mut fields = reader.fields(node)?;
        let name = fields.require(reader, "name", |r, n| r.text_value(n, names));
        let version = fields.take("version").map(|member| member.value.to_json());
        let waits = fields.read(reader, "wait", Reader::boolean).unwrap_or(true);
        fields.finish(reader);
        Some(Self { name: name?, version, waits, with })
    }
}

impl Machine {
    pub(super) fn read(
        reader: &mut Reader<'_>,
        node: &Node,
        with: Option<&Node>,
        names: Names<'_>,
    ) -> Option<Self> {
        let with = inputs(reader, with, names);
        match node.value {
            source::Value::Text(..) => {
                let name = reader.text_value(node, names)?;
                Some(Self::Named { name, with })
            }
            source::Value::Map(_) => {
                let definition = node.to_json();
                check_definition(reader, node, &definition);
                Some(Self::Inline { definition, with })
            }
            _ => reader.expected(node, "the name of a state machine or a definition"),
        }
    }
}

/// Reports what is wrong with a definition in the Amazon States Language.
fn check_definition(reader: &mut Reader<'_>, node: &Node, definition: &Json) {
    let text = definition.to_string();
    let analysis = compasso_asl::compile(&text, compasso_ir::ExecutionType::Standard);
    if analysis.is_valid() {
        return;
    }
    let is_error =
        |found: &&compasso_asl::Diagnostic| found.severity == compasso_asl::Severity::Error;
    for found in analysis.diagnostics.iter().filter(is_error) {
        let place = found.location.as_deref().unwrap_or("/");
        let message = format!("the state machine: {} (at {place})", found.message);
        reader.report.hinted(Code::BadValue, node.mark(), message, found.suggestion.clone());
    }
}
