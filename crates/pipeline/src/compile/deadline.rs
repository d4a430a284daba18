//! Deadlines: timers beside the run that are dropped when what they are about has ended.

use compasso_ir::{Aside, Field, Kind, Occasion, StateId, Wait};
use compasso_types::Json;

use super::Compiler;
use super::beside::{aside, bare_task, numbered, places};
use super::states::flow;
use crate::source::Span;
use crate::tree::{Deadline, DeadlineFrom, Due, Retry, Task, Tasks};

/// What a run fails with that missed a deadline with `fail`.
const MISSED: &str = "DeadlineMissed";
/// How what is done at a deadline is tried again.
const RETRIES: u32 = 5;

impl Compiler<'_, '_> {
    /// Compiles the deadlines of the pipeline.
    pub(super) fn deadlines_of_pipeline(&mut self) -> Option<Vec<Aside>> {
        let pipeline = self.pipeline;
        let task = bare_task(&pipeline.name, pipeline.span);
        let (asides, read) =
            self.reading(|compiler| compiler.deadlines(&task, &pipeline.deadlines, ""));
        let ids = (0..).zip(&pipeline.tasks).filter(|(_, task)| read.has(&task.id));
        let reads: Vec<u32> = ids.map(|(at, _)| at).collect();
        if !reads.is_empty() {
            self.unsupported(pipeline.span, "'needs' in a deadline");
        }
        asides
    }

    /// Compiles the deadlines of a task.
    pub(super) fn deadlines_of_task(
        &mut self,
        task: &Task,
        tasks: &Tasks,
        name: &str,
    ) -> Option<Vec<Aside>> {
        let bare = bare_task(&task.id, task.span);
        let (asides, read) = self
            .reading(|compiler| compiler.deadlines(&bare, &task.deadlines, &format!("{name} ")));
        if !places(task, tasks, &read).is_empty() {
            self.unsupported(task.span, "'needs' in a deadline");
        }
        asides
    }

    fn deadlines(&mut self, task: &Task, deadlines: &[Deadline], name: &str) -> Option<Vec<Aside>> {
        let mut asides = Vec::new();
        for (name, deadline) in numbered(&format!("{name}(deadline"), deadlines) {
            let Due::After(after, from) = deadline.due else {
                self.unsupported(task.span, "'at' of a deadline");
                continue;
            };
            let due = format!("$fromMillis($toMillis({}) + {})", moment(from), after.as_millis());
            if deadline.fails {
                let name = format!("{name} (fail)");
                let cause = "The run missed a deadline.";
                let fail = self.fail(&name, MISSED, cause);
                let start = self.timer(&name, &due, fail, task.span)?;
                let timer = aside(&name, Occasion::Opened, start, Vec::new());
                asides.push(Aside { is_timer: true, gives_up: true, ..timer });
            }
            for (name, action) in numbered(&format!("{name} (do"), &deadline.actions) {
                let retry = Retry { max: RETRIES, ..Retry::default() };
                let body = self.beside(task, action, retry, &name)?;
                let start = self.timer(&name, &due, body, task.span)?;
                let timer = aside(&name, Occasion::Opened, start, Vec::new());
                asides.push(Aside { is_timer: true, ..timer });
            }
        }
        Some(asides)
    }

    /// Adds the state that waits in front of `next`.
    fn timer(&mut self, name: &str, due: &str, next: StateId, span: Span) -> Option<StateId> {
        let wait = Kind::Wait(Wait::Timestamp(Field::Query(self.text(due, span)?)));
        let output = self.query(&Json::from("{% input %}"), span)?;
        let id = self.states.add(&format!("{name} (due)"), wait, flow(None, Some(output), None));
        self.states.get(id).next = Some(next);
        Some(id)
    }
}

/// Returns the expression of the moment that a deadline counts from; where a run has none, its
/// start.
fn moment(from: DeadlineFrom) -> &'static str {
    match from {
        DeadlineFrom::Scheduled => "$exists(run.scheduled_at) ? run.scheduled_at : run.started_at",
        DeadlineFrom::IntervalEnd => {
            "$exists(run.interval.end) ? run.interval.end : run.started_at"
        }
        DeadlineFrom::Queued => "$exists(run.queued_at) ? run.queued_at : run.started_at",
        DeadlineFrom::Started => "run.started_at",
    }
}
