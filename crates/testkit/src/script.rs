//! What the world outside does in a case.
//!
//! One line each: `State: [after 5s] ok {"x":1}`, `State: fail Error cause words`,
//! `State: defer 30s Error cause words` (which asks to be tried again then),
//! `State: kept {…}` and
//! `State: refuse Error cause words` (both without a start), `State: submitted {…}`, `State: started worker`, `State: beat`, `State: silence`,
//! `at 10s stop Error cause words`, `at 10s redrive`, `at 10s rerun failed` (or `from a b`, `only a.b[key]`, `all`;
//! `with {…}` after it is the new input), `at 10s signal name[#id] {…}`, and `at 10s hold task`
//! (`release`, `skip`; without a task of all), `start held`, `start unbegun` (to be stopped), `start by rules 1` (those
//! of graphs of an earlier release), `at 10s mark task success {…}` (`remark` of a closed run), `at 10s compensate`. A state's lines are used up in order, one attempt after the
//! other; an attempt ends with `ok`, `fail` or `silence`.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use compasso_engine::{
    Chosen, Mark, MarkState, Mocks, RerunOrder, Selection, Signal, Steer, SteerOrder, TaskError,
    TaskResult,
};
use compasso_types::Payload;

/// What the outside does.
#[derive(Clone, Debug, Default)]
pub struct Script {
    pub(crate) states: BTreeMap<String, VecDeque<Step>>,
    pub(crate) orders: Vec<(Duration, Order)>,
    pub(crate) mocks: Option<Arc<Mocks>>,
    /// Whether all tasks are held from the beginning on.
    pub(crate) is_held: bool,
    /// Whether it is stopped before anything of it begins.
    pub(crate) is_unbegun: bool,
    /// The rules of graphs that it goes by, if they are not those of now.
    pub(crate) rules: Option<u32>,
}

/// One line about a state.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// Counted from the step before, or from the offer.
    pub(crate) after: Duration,
    pub(crate) action: Action,
}

/// What somebody asks of the execution.
#[derive(Clone, Debug)]
pub(crate) enum Order {
    Stop(TaskError),
    Cancel(TaskError),
    Redrive,
    Compensate,
    Rerun(Box<RerunOrder>),
    Delete,
    Signal(Signal),
    Steer(Steer),
    Mark(Mark),
}

/// What happens to a task.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    End(TaskResult),
    /// It ends before anybody takes it, such as with what was kept of an earlier result.
    Unstarted(TaskResult),
    Submitted(Payload),
    Started(Option<Arc<str>>),
    Beat,
    Silence,
}

/// A line of a script is not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptError {
    line: String,
    why: &'static str,
}

impl std::fmt::Display for ScriptError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.why, self.line)
    }
}

impl Script {
    /// Reads a script.
    ///
    /// # Errors
    /// A line is not understood.
    pub fn parse(text: &str) -> Result<Self, ScriptError> {
        let mut script = Self::default();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            script.read_line(line).map_err(|why| ScriptError { line: line.to_owned(), why })?;
        }
        Ok(script)
    }

    /// Adds what stands in for tasks.
    pub fn with_mocks(self, mocks: Option<Mocks>) -> Self {
        Self { mocks: mocks.map(Arc::new), ..self }
    }

    fn read_line(&mut self, line: &str) -> Result<(), &'static str> {
        match line {
            "start held" => self.is_held = true,
            "start unbegun" => self.is_unbegun = true,
            _ => match line.strip_prefix("start by rules ") {
                Some(rules) => {
                    self.rules = Some(rules.parse().map_err(|_| "expected a number of rules")?);
                }
                None => return self.read_order(line),
            },
        }
        Ok(())
    }

    fn read_order(&mut self, line: &str) -> Result<(), &'static str> {
        if let Some(rest) = line.strip_prefix("at ") {
            let (after, rest) = rest.split_once(' ').ok_or("expected a time and an order")?;
            let order = match rest.split_once(' ').unwrap_or((rest, "")) {
                ("stop", reason) => Order::Stop(error(reason)),
                ("cancel", reason) => Order::Cancel(error(reason)),
                ("redrive", "") => Order::Redrive,
                ("compensate", "") => Order::Compensate,
                ("rerun", rest) => Order::Rerun(Box::new(rerun(rest)?)),
                ("delete", "") => Order::Delete,
                ("signal", rest) => Order::Signal(signal(rest)?),
                ("hold", task) => steer(task, SteerOrder::Hold),
                ("release", task) => steer(task, SteerOrder::Release),
                ("mark", rest) => Order::Mark(mark(rest)?),
                ("remark", rest) => Order::Rerun(Box::new(RerunOrder {
                    selection: Selection::Marks(
                        rest.split(" and ").map(mark).collect::<Result<_, _>>()?,
                    ),
                    input: None,
                    by: Some("ana".into()),
                })),
                ("skip", task) => steer(task, SteerOrder::Skip),
                _ => return Err("this does not happen at a time"),
            };
            self.orders.push((duration(after)?, order));
            return Ok(());
        }
        let (state, rest) = line.split_once(": ").ok_or("expected `State: …`")?;
        let (after, rest) = match rest.strip_prefix("after ") {
            Some(rest) => {
                let (after, rest) = rest.split_once(' ').ok_or("expected something after it")?;
                (duration(after)?, rest)
            }
            None => (Duration::ZERO, rest),
        };
        let step = Step { after, action: action(rest)? };
        self.states.entry(state.to_owned()).or_default().push_back(step);
        Ok(())
    }
}

fn action(text: &str) -> Result<Action, &'static str> {
    let (verb, rest) = text.split_once(' ').unwrap_or((text, ""));
    match verb {
        "ok" => Ok(Action::End(Ok(payload(rest)?))),
        "fail" => Ok(Action::End(Err(error(rest)))),
        "kept" => Ok(Action::Unstarted(Ok(payload(rest)?))),
        "refuse" => Ok(Action::Unstarted(Err(error(rest)))),
        "defer" => {
            let (wait, rest) = rest.split_once(' ').ok_or("expected a time and an error")?;
            Ok(Action::End(Err(error(rest).retried_after(duration(wait)?))))
        }
        "submitted" => Ok(Action::Submitted(payload(rest)?)),
        "started" => Ok(Action::Started((!rest.is_empty()).then(|| rest.into()))),
        "beat" => Ok(Action::Beat),
        "silence" => Ok(Action::Silence),
        _ => Err("expected ok, fail, defer, kept, refuse, submitted, started, beat or silence"),
    }
}

fn signal(text: &str) -> Result<Signal, &'static str> {
    let (name, value) = text.split_once(' ').unwrap_or((text, "null"));
    let (name, id) = name.split_once('#').unwrap_or((name, ""));
    let id = (!id.is_empty()).then(|| id.into());
    Ok(Signal { name: name.into(), payload: payload(value)?, id })
}

fn steer(task: &str, order: SteerOrder) -> Order {
    Order::Steer(Steer { task: task.into(), order, by: Some("ana".into()) })
}

/// Reads `task success`, `task success {…}`, `task failed` or `task skipped`.
fn mark(text: &str) -> Result<Mark, &'static str> {
    let (task, rest) = text.split_once(' ').ok_or("expected a task and a state")?;
    let (state, output) = rest.split_once(' ').unwrap_or((rest, ""));
    let state = match state {
        "success" => MarkState::Success,
        "failed" => MarkState::Failed,
        "skipped" => MarkState::Skipped,
        _ => return Err("expected success, failed or skipped"),
    };
    let output = if output.is_empty() { None } else { Some(payload(output)?) };
    Ok(Mark { task: task.into(), state, output, reason: None, by: Some("ana".into()) })
}

/// Reads `failed`, `from a b`, `only a.b[key]` or `all`, and `with JSON` after that.
fn rerun(text: &str) -> Result<RerunOrder, &'static str> {
    let (text, input) = match text.split_once(" with ") {
        Some((text, input)) => (text, Some(payload(input)?)),
        None => (text, None),
    };
    let (word, tasks) = text.split_once(' ').unwrap_or((text, ""));
    let tasks = tasks.split_whitespace().map(Chosen::parse).collect();
    let selection = match word {
        "failed" => Selection::Failed,
        "from" => Selection::From(tasks),
        "only" => Selection::Only(tasks),
        "all" => Selection::All,
        _ => return Err("expected failed, from, only or all"),
    };
    Ok(RerunOrder { selection, input, by: None })
}

fn payload(text: &str) -> Result<Payload, &'static str> {
    Payload::parse(text).map_err(|_| "expected JSON")
}

fn error(text: &str) -> TaskError {
    let text = text.trim();
    let (error, cause) = text.split_once(' ').unwrap_or((text, ""));
    let some = |text: &str| (!text.is_empty()).then(|| text.into());
    TaskError::of(some(error), some(cause))
}

fn duration(text: &str) -> Result<Duration, &'static str> {
    let (number, scale) = match text.strip_suffix("ms") {
        Some(number) => (number, 1),
        None => (text.strip_suffix('s').ok_or("a time ends in s or ms")?, 1000),
    };
    let number: u64 = number.parse().map_err(|_| "a time is a whole number of s or ms")?;
    Ok(Duration::from_millis(number * scale))
}
