//! The steps of a task: scripts and actions one after another on one worker.

use std::sync::Arc;
use std::time::Duration;

use super::{ActionKind, OutputFrom, Retry};
use crate::Code;
use crate::expression::{Expression, Names, Setting, Value};
use crate::fields::Reader;
use crate::source::{self, Node, Span};

/// A step.
#[derive(Clone, Debug)]
pub struct Step {
    /// Where it stands.
    pub span: Span,
    /// Its id, under which later steps see it.
    pub id: Option<Arc<str>>,
    /// For people.
    pub name: Option<Arc<str>>,
    /// When it is done, given how the steps before it ended.
    pub when: StepWhen,
    /// When it is done at all.
    pub condition: Option<Expression>,
    /// What it does.
    pub kind: ActionKind,
    /// Its environment.
    pub env: Vec<(Arc<str>, Value)>,
    /// Where it runs.
    pub dir: Option<Value>,
    /// How it is tried again.
    pub retry: Option<Retry>,
    /// Limit of one attempt.
    pub timeout: Option<Setting<Duration>>,
    /// How its output is read.
    pub output: OutputFrom,
    /// Whether the task goes on when it fails.
    pub continues: bool,
}

/// When a step is done, given how the steps before it ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StepWhen {
    /// When none failed.
    #[default]
    Success,
    /// However they ended.
    Always,
    /// When one failed.
    Failure,
}

impl Step {
    /// Reads the steps of a task; also returns their ids.
    pub(super) fn read_all(
        reader: &mut Reader<'_>,
        node: &Node,
        names: Names<'_>,
    ) -> Option<(Vec<Self>, Vec<Arc<str>>)> {
        let items = reader.items(node)?;
        if items.is_empty() {
            return reader.refuse(node, "there is no step", "add a step");
        }
        let (mut steps, mut ids) = (Vec::new(), Vec::new());
        for item in items {
            if matches!(item.value, source::Value::List(_)) {
                let hint = "steps run one after another; what runs side by side are tasks";
                reader.refuse::<()>(item, "a step is a map, and this is a list", hint);
                continue;
            }
            let step = Self::read(reader, item, names.and_steps(&ids));
            if let Some(id) = step.as_ref().and_then(|step| step.id.clone()) {
                if ids.contains(&id) {
                    let span = item.get("id").map_or(item.mark(), |id| id.span);
                    let message = format!("another step has the id '{id}'");
                    reader.report.hint(Code::BadId, span, message, "rename one of them");
                }
                ids.push(id);
            }
            steps.extend(step);
        }
        Some((steps, ids))
    }

    fn read(reader: &mut Reader<'_>, node: &Node, names: Names<'_>) -> Option<Self> {
        let words = [
            ("success", StepWhen::Success),
            ("always", StepWhen::Always),
            ("failure", StepWhen::Failure),
        ];
        let mut fields = reader.fields(node)?;
        let kind = ActionKind::read(reader, node, &mut fields, names);
        let id = fields.read(reader, "id", Reader::id);
        let name = fields.read(reader, "name", Reader::prose);
        let when = fields.read(reader, "when", |r, n| r.word(n, &words)).unwrap_or_default();
        let condition = fields.read(reader, "if", |r, n| r.condition(n, names));
        let env = fields.read(reader, "env", |r, n| r.env(n, names)).unwrap_or_default();
        let dir = fields.read(reader, "dir", |r, n| r.text_value(n, names));
        let retry = fields.read(reader, "retry", Retry::read);
        let timeout = fields.read(reader, "timeout", |r, n| r.duration_setting(n, names));
        let output = fields.read(reader, "output", OutputFrom::read).unwrap_or_default();
        let continues = fields.read(reader, "continue_on_error", Reader::boolean).unwrap_or(false);
        fields.finish(reader);
        Some(Self {
            span: node.mark(),
            id,
            name,
            when,
            condition,
            kind: kind?,
            env,
            dir,
            retry,
            timeout,
            output,
            continues,
        })
    }
}
