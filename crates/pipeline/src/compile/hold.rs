//! What groups, and machines that are written out, hold while they run.

use compasso_ir::{IntegrationPattern, Placement};
use compasso_types::Json;

use super::Compiler;
use super::calls::resource;
use super::value::needed_words;
use crate::Code;
use crate::expression::Value;
use crate::tree::{Task, Tasks, Work};

impl Compiler<'_, '_> {
    /// Compiles what a group or a machine holds while it runs, if it holds anything.
    pub(super) fn hold(&mut self, task: &Task, name: &str) -> Option<Box<compasso_ir::Task>> {
        if !holds_something(task) {
            return None;
        }
        if let Some(Work::Group(inside)) = &task.work {
            self.refuse_held_inside(task, inside);
        }
        let mut wants = self.shared(task, name, &Json::Null);
        wants.push(("hold", true.into()));
        if let Some(pool) = &task.placement.pool {
            wants.push(("pool", needed_words(pool, "'pool'")));
        }
        let placement = Placement {
            wants: self.query(&Json::object(wants), task.span)?,
            queue_timeout: self.span_of(task.queue_timeout.as_ref()),
            timeout: None,
            heartbeat: None,
            total_timeout: None,
        };
        Some(Box::new(compasso_ir::Task {
            resource: resource("compasso", "hold", IntegrationPattern::RequestResponse),
            timeout: None,
            heartbeat: None,
            credentials: None,
            placement: Some(Box::new(placement)),
        }))
    }

    /// Reports tasks inside of a group that would wait for what the group has.
    fn refuse_held_inside(&mut self, group: &Task, inside: &Tasks) {
        let held = &group.placement;
        for task in inside {
            let own = &task.placement;
            let same = [("mutex", &held.mutex, &own.mutex), ("pool", &held.pool, &own.pool)];
            for (field, held, own) in same {
                if let (Some(Value::Literal(held)), Some(Value::Literal(own))) = (held, own)
                    && held == own
                {
                    let message = format!(
                        "'{}' waits for the {field} {own}, which the group '{}' around it has",
                        task.id, group.id
                    );
                    let hint = format!("put '{field}' on the group or on the tasks inside");
                    self.report.hint(Code::BadValue, task.span, message, hint);
                }
            }
            if let Some(Work::Group(inner)) = &task.work {
                self.refuse_held_inside(group, inner);
            }
        }
    }
}

/// Whether a group or a machine holds something while it runs.
pub(super) fn holds_something(task: &Task) -> bool {
    task.placement.pool.is_some() || task.placement.mutex.is_some()
}
