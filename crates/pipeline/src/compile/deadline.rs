//! Deadlines: timers beside the run that are dropped when what they are about has ended.

use compasso_ir::{Aside, Choice, Field, Kind, Occasion, StateId, Wait};
use compasso_types::Json;

use super::Compiler;
use super::beside::{aside, numbered, places};
use super::states::flow;
use super::watch::rule;
use crate::Code;
use crate::source::Span;
use crate::tree::{Deadline, DeadlineFrom, Due, Retry, Task, Tasks};

/// What a run fails with that missed a deadline with `fail`.
const MISSED: &str = "DeadlineMissed";
/// How what is done at a deadline is tried again.
const RETRIES: u32 = 5;

/// What a deadline is called in front of its number.
const DEADLINE: &str = "(deadline";
/// What ends the name of what has the run fail at one.
const FAIL: &str = " (fail)";

/// Returns whether what runs beside a run has that fail at a deadline, by its name.
pub fn fails_at_deadline(aside: &str) -> bool {
    aside.ends_with(FAIL) && aside.contains(DEADLINE)
}

impl Compiler<'_, '_> {
    /// Compiles the deadlines of the pipeline.
    pub(super) fn deadlines_of_pipeline(&mut self) -> Option<Vec<Aside>> {
        let pipeline = self.pipeline;
        let task = Task::bare(&pipeline.name, pipeline.span);
        let (asides, read) =
            self.reading(|compiler| compiler.deadlines(&task, &pipeline.deadlines, "", true));
        let ids = (0..).zip(&pipeline.tasks).filter(|(_, task)| read.has(&task.id));
        let reads: Vec<u32> = ids.map(|(at, _)| at).collect();
        if !reads.is_empty() {
            self.refuse_needs(pipeline.span);
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
        let bare = Task::bare(&task.id, task.span);
        let (asides, read) = self.reading(|compiler| {
            compiler.deadlines(&bare, &task.deadlines, &format!("{name} "), false)
        });
        if !places(task, tasks, &read).is_empty() {
            self.refuse_needs(task.span);
        }
        asides
    }

    /// Reports that a deadline reads other tasks: at its time they may be anything.
    fn refuse_needs(&mut self, span: Span) {
        let message = "a deadline reads 'needs', whose tasks may not have ended by then";
        let hint = "read 'params', 'run', 'vars' or 'task', or tell of a task in its own hooks";
        self.report.hint(Code::NotSupported, span, message, hint);
    }

    fn deadlines(
        &mut self,
        task: &Task,
        deadlines: &[Deadline],
        name: &str,
        is_of_run: bool,
    ) -> Option<Vec<Aside>> {
        let mut asides = Vec::new();
        for (number, (name, deadline)) in
            (1..).zip(numbered(&format!("{name}{DEADLINE}"), deadlines))
        {
            let due = match deadline.due {
                Due::After(after, from) => {
                    let after = after.as_millis();
                    format!("$fromMillis($toMillis({}) + {after})", moment(from))
                }
                Due::At(time) => format!("$lookup(deadlines.at, \"{time}\")"),
            };
            if deadline.fails {
                let name = format!("{name}{FAIL}");
                let cause = "The run missed a deadline.";
                let fail = self.fail(&name, MISSED, cause);
                let start = self.timer(&name, &due, fail, task.span)?;
                let timer = aside(&name, Occasion::Opened, start, Vec::new());
                asides.push(Aside { is_timer: true, gives_up: true, ..timer });
            }
            for (place, (name, action)) in
                (1..).zip(numbered(&format!("{name} (do"), &deadline.actions))
            {
                let retry = Retry { max: RETRIES, ..Retry::default() };
                let Some(body) = self.beside(task, action, retry, &name) else { continue };
                let mut start = self.timer(&name, &due, body, task.span)?;
                if is_of_run && deadline.is_known_early() {
                    self.missed.push((format!("{number}.{place}"), body));
                    start = self.unless_told(&name, number, start, task.span)?;
                }
                let timer = aside(&name, Occasion::Opened, start, Vec::new());
                asides.push(Aside { is_timer: true, ..timer });
            }
        }
        Some(asides)
    }

    /// Goes on to `next` unless what a deadline says was done before the run began.
    fn unless_told(
        &mut self,
        name: &str,
        number: u32,
        next: StateId,
        span: Span,
    ) -> Option<StateId> {
        let nothing = self.query(&Json::Null, span)?;
        let end = Kind::Pass(None);
        let end = self.states.add(&format!("{name} (told)"), end, flow(None, Some(nothing), None));
        let told = self.text(&format!("{number} in deadlines.told"), span)?;
        let input = self.query(&Json::from("{% input %}"), span)?;
        let rules = vec![rule(told, end)];
        let choice = Kind::Choice(Choice { rules, default: Some(next) });
        Some(self.states.add(
            &format!("{name} (if not told)"),
            choice,
            flow(None, Some(input), None),
        ))
    }

    /// Adds the state that does what a deadline says instead of the run at `run`, if the input of the
    /// execution names one: that of a run which has not begun.
    pub(super) fn or_missed(&mut self, run: StateId) -> Option<StateId> {
        let missed = std::mem::take(&mut self.missed);
        if missed.is_empty() {
            return Some(run);
        }
        let span = self.pipeline.span;
        let mut rules = Vec::with_capacity(missed.len());
        for (which, body) in missed {
            rules.push(rule(self.text(&format!("deadlines.tell = \"{which}\""), span)?, body));
        }
        let nothing = self.query(&Json::Null, span)?;
        let choice = Kind::Choice(Choice { rules, default: Some(run) });
        Some(self.states.add("(deadline of a run to be)", choice, flow(None, Some(nothing), None)))
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

/// Returns the expression of the moment that a deadline counts from; where a run was not scheduled,
/// when it was asked for.
fn moment(from: DeadlineFrom) -> &'static str {
    match from {
        DeadlineFrom::Scheduled => {
            "$exists(run.scheduled_at) ? run.scheduled_at : $exists(run.queued_at) ? run.queued_at : \
             run.started_at"
        }
        DeadlineFrom::IntervalEnd => {
            "$exists(run.interval.end) ? run.interval.end : run.started_at"
        }
        DeadlineFrom::Queued => "$exists(run.queued_at) ? run.queued_at : run.started_at",
        DeadlineFrom::Started => "run.started_at",
    }
}
