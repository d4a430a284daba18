//! What runs beside tasks: a block that reads what it is given like a task does.

use compasso_ir::{Aside, Block, Choice, Condition, Kind, Occasion, Rule, StateId};
use compasso_types::Json;

use super::Compiler;
use super::states::flow;
use super::value::Read;
use crate::expression::{LINKS, link_mark};
use crate::source::Span;
use crate::tree::{Action, Hooks, Retry, Task, Tasks, Work};

/// What a block beside tasks makes of its input, so that expressions read it by its usual name.
const GIVEN: [(&str, &str); 6] = [
    ("task", "{% input.task %}"),
    ("needs", "{% input.needs %}"),
    ("item", "{% input.item %}"),
    ("index", "{% input.index %}"),
    ("matrix", "{% input.matrix %}"),
    ("run", "{% $exists(input.run) ? $merge([run, input.run]) : run %}"),
];

/// How a hook is tried again that does not say.
const HOOK_RETRIES: u32 = 5;

impl Compiler<'_, '_> {
    /// Does `work`, and returns the needs that its expressions read as well.
    pub(super) fn reading<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> (T, Read) {
        let outer = std::mem::take(&mut self.read);
        let done = work(self);
        let read = std::mem::replace(&mut self.read, outer);
        self.read.extend(&read);
        (done, read)
    }

    /// Adds the state that makes variables of what a block is given.
    pub(super) fn given(&mut self, name: &str, span: Span) -> Option<StateId> {
        let mut assigned = GIVEN.map(|(name, value)| (name, Json::from(value))).to_vec();
        assigned.extend(self.asks.then(|| ("approval", approval())));
        self.pass(&format!("{name} (given)"), &Json::object(assigned), span)
    }

    /// Compiles a block that does an action. `retry` is how it is tried again if it does not say.
    pub(super) fn beside(
        &mut self,
        task: &Task,
        action: &Action,
        retry: Retry,
        name: &str,
    ) -> Option<StateId> {
        let given = self.given(name, action.span)?;
        let mut plain = action.clone();
        plain.condition = None;
        plain.retry = plain.retry.or(Some(retry));
        let body = self.action(task, &plain, name)?;
        let start = match &action.condition {
            None => body.start,
            Some(condition) => {
                let condition = Condition::Query(self.expression(condition)?);
                let nothing = self.query(&Json::Null, action.span)?;
                let end = self.states.add(
                    &format!("{name} (not)"),
                    Kind::Pass(None),
                    flow(None, Some(nothing.clone()), None),
                );
                let rule = Rule { condition, next: body.start, assign: None, output: None };
                let choice = Kind::Choice(Choice { rules: vec![rule], default: Some(end) });
                let flow = flow(None, Some(nothing), None);
                self.states.add(&format!("{name} (if)"), choice, flow)
            }
        };
        self.states.get(given).next = Some(start);
        Some(given)
    }

    /// Compiles the hooks of a task, with the defaults and those of the pipeline that are about
    /// any task.
    pub(super) fn hooks_of_task(&mut self, task: &Task, tasks: &Tasks, name: &str) -> Vec<Aside> {
        let mut asides = Vec::new();
        let defaults = self.pipeline.defaults.hooks.as_ref();
        let has_one = task.fan_out.is_none();
        for (on, word, own) in occasions(&task.hooks) {
            let is_asked = has_one && matches!(task.work, Some(Work::Approve(_)));
            self.asks = is_asked && on == Occasion::Started;
            let default = defaults.and_then(|hooks| {
                occasions(hooks).into_iter().find(|(known, ..)| *known == on).map(|found| found.2)
            });
            let actions = if own.is_empty() { default.unwrap_or_default() } else { own };
            for (name, action) in numbered(&format!("{name} ({word}"), actions) {
                let (body, read) = self.reading(|compiler| {
                    compiler.beside(&Task::bare(&task.id, task.span), action, of_hook(), &name)
                });
                let reads = places(task, tasks, &read);
                // Without a body a problem was told; more of them may come.
                asides.extend(body.map(|body| aside(&name, on, body, reads)));
            }
        }
        self.asks = false;
        asides.extend(self.about_any_task.iter().cloned());
        asides
    }

    /// Compiles the hooks of the pipeline: those of its runs, and those about any task.
    pub(super) fn hooks_of_pipeline(&mut self) -> Vec<Aside> {
        let pipeline = self.pipeline;
        let mut asides = Vec::new();
        for (on, word, actions) in occasions(&pipeline.hooks) {
            let is_about_any = matches!(on, Occasion::Retried | Occasion::Skipped);
            for (name, action) in numbered(&format!("({word}"), actions) {
                let task = Task::bare(&pipeline.name, action.span);
                let (body, read) =
                    self.reading(|compiler| compiler.beside(&task, action, of_hook(), &name));
                let reads: Vec<u32> = (0..)
                    .zip(&pipeline.tasks)
                    .filter(|(_, task)| read.has(&task.id))
                    .map(|(at, _)| at)
                    .collect();
                if is_about_any && !reads.is_empty() {
                    let what = format!("'needs' in '{word}' of a pipeline");
                    self.unsupported(action.span, &what);
                }
                let Some(body) = body else { continue };
                let aside = aside(&name, on, body, reads);
                if is_about_any {
                    self.about_any_task.push(Aside { reads: Vec::new(), ..aside });
                } else {
                    asides.push(aside);
                }
            }
        }
        asides
    }
}

/// Returns what expressions read as `approval`: what stands for its links until they are sent.
fn approval() -> Json {
    let links = LINKS.map(|which| (which, Json::from(link_mark(which))));
    Json::object([("links", Json::object(links))])
}

/// Makes an aside that is told of an occasion.
pub(super) fn aside(name: &str, on: Occasion, start: StateId, reads: Vec<u32>) -> Aside {
    let body = Block { start };
    let name = name.into();
    Aside {
        name,
        on,
        body,
        reads,
        of_instances: false,
        of_done: false,
        is_timer: false,
        gives_up: false,
    }
}

/// Returns the places of the needs of a task that are read.
pub(super) fn places(task: &Task, tasks: &Tasks, read: &Read) -> Vec<u32> {
    let needs = task.needs.iter().filter(|need| read.has(&need.id));
    needs.filter_map(|need| tasks.position(&need.id)).map(|place| place as u32).collect()
}

/// Names several things of one kind.
pub(super) fn numbered<'a, T>(
    name: &str,
    things: &'a [T],
) -> impl Iterator<Item = (String, &'a T)> + use<'a, T> {
    let name = name.to_owned();
    (1..).zip(things).map(move |(number, thing)| match number {
        1 => (format!("{name})"), thing),
        number => (format!("{name} {number})"), thing),
    })
}

fn occasions(hooks: &Hooks) -> [(Occasion, &'static str, &[Action]); 7] {
    [
        (Occasion::Started, "on_start", &hooks.on_start),
        (Occasion::Succeeded, "on_success", &hooks.on_success),
        (Occasion::Failed, "on_failure", &hooks.on_failure),
        (Occasion::Retried, "on_retry", &hooks.on_retry),
        (Occasion::Skipped, "on_skip", &hooks.on_skip),
        (Occasion::Cancelled, "on_cancel", &hooks.on_cancel),
        (Occasion::Ended, "on_finish", &hooks.on_finish),
    ]
}

/// Returns how what is told is told again.
pub(super) fn of_hook() -> Retry {
    Retry { max: HOOK_RETRIES, ..Retry::default() }
}
