//! What a task does: exactly one thing.

use std::sync::Arc;

use super::action::not_one;
use super::{Approval, Call, Machine, Step, Tasks, Uses, Wait};
use crate::expression::Names;
use crate::fields::{Fields, Reader};
use crate::script::{Script, Shell};
use crate::source::Node;

/// What a task does.
#[derive(Clone, Debug)]
pub enum Work {
    /// Runs a script.
    Run {
        /// The script.
        script: Script,
        /// What runs it.
        shell: Shell,
    },
    /// Scripts and actions one after another in one workspace.
    Steps(Vec<Step>),
    /// Calls an action by name.
    Uses(Uses),
    /// Starts another pipeline.
    Pipeline(Call),
    /// Starts a state machine.
    Machine(Machine),
    /// Waits for a person.
    Approve(Approval),
    /// Waits for time or for something.
    Wait(Wait),
    /// Tasks with needs of their own.
    Group(Tasks),
    /// Nothing.
    Noop,
}

/// The fields that say what a task does.
const KINDS: [&str; 9] =
    ["run", "steps", "uses", "pipeline", "machine", "approve", "wait", "tasks", "noop"];

/// How groups nest.
pub(super) const GROUPS_MAX: usize = 16;

impl Work {
    /// Reads what a task does; also returns the ids of its steps.
    pub(super) fn read(
        reader: &mut Reader<'_>,
        node: &Node,
        fields: &mut Fields<'_>,
        names: Names<'_>,
        depth: usize,
    ) -> Option<(Self, Vec<Arc<str>>)> {
        let shell = fields.read(reader, "shell", Reader::shell);
        let shell = shell.unwrap_or_else(|| reader.shell.clone());
        let with = fields.take("with").map(|member| &member.value);
        let found: Vec<_> = KINDS.iter().filter_map(|kind| fields.take(kind)).collect();
        let [member] = found.as_slice() else {
            let found: Vec<&str> = found.iter().map(|member| &*member.key).collect();
            not_one(reader, node, fields, &found, &KINDS);
            return None;
        };
        let node = &member.value;
        let work = match &*member.key {
            "run" => Self::Run { script: reader.script(node, &shell, names)?, shell },
            "steps" => {
                let before = std::mem::replace(&mut reader.shell, shell);
                let steps = Step::read_all(reader, node, names);
                reader.shell = before;
                let (steps, ids) = steps?;
                return Some((Self::Steps(steps), ids));
            }
            "uses" => Self::Uses(Uses::read(reader, node, with, names)?),
            "pipeline" => Self::Pipeline(Call::read(reader, node, with, names)?),
            "machine" => Self::Machine(Machine::read(reader, node, with, names)?),
            "approve" => Self::Approve(Approval::read(reader, node, names)?),
            "wait" => Self::Wait(Wait::read(reader, node, names)?),
            "tasks" => Self::Group(Tasks::read_group(reader, node, names, depth + 1)?),
            _ => {
                reader.only_true(node)?;
                Self::Noop
            }
        };
        Some((work, Vec::new()))
    }
}
