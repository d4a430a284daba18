//! Work that is done again and again until something holds.

use std::time::Duration;

use compasso_ir::{Choice, Condition, Dataflow, Fail, Field, Kind, Rule, StateId, Wait};
use compasso_types::Json;

use super::Compiler;
use super::attempts::Body;
use super::states::flow;
use crate::source::Span;
use crate::tree::{OnExhausted, Repeat, Task};

/// What a task fails with whose rounds or time are used up.
const EXHAUSTED: &str = "RepeatExhausted";
/// Counts a round that ends.
pub(super) const COUNTED: &str = "{% rounds + 1 %}";

impl Compiler<'_, '_> {
    /// Makes a loop of `body`, if the task has `repeat`. The block then has the variables `rounds`,
    /// how often the work was done, and `rounds_end`, in milliseconds, after which it is not done
    /// again.
    pub(super) fn repeated(&mut self, task: &Task, body: Body, name: &str) -> Option<StateId> {
        self.allow(task, &body, name)?;
        let Some(repeat) = &task.repeat else { return Some(body.start) };
        let begin = self.begin_rounds(repeat, task.span, name)?;
        let end = format!("{name} (end)");
        let end = self.states.add(&end, Kind::Pass(None), flow(None, None, None));
        let mut rules = Vec::new();
        if let Some(until) = &repeat.until {
            rules.push(self.rule(&format!("({}) ? true : false", until.text), end, task.span)?);
        }
        if let Some(condition) = &repeat.condition {
            rules.push(self.rule(
                &format!("({}) ? false : true", condition.text),
                end,
                task.span,
            )?);
        }
        if let Some(exhausted) = exhausted(repeat) {
            let next = match repeat.on_exhausted {
                OnExhausted::Success => end,
                OnExhausted::Fail => self.exhausted(name, task.span)?,
            };
            rules.push(self.rule(&exhausted, next, task.span)?);
        }
        let again = match repeat.every.filter(|every| !every.is_zero()) {
            Some(every) => self.pause(every, body.start, name, task.span)?,
            None => body.start,
        };
        let choice = Kind::Choice(Choice { rules, default: Some(again) });
        let choice = self.states.add(&format!("{name} (until)"), choice, flow(None, None, None));
        let counted = self.query(&Json::object([("rounds", Json::from(COUNTED))]), task.span)?;
        for last in body.last {
            let state = self.states.get(last);
            state.next = Some(choice);
            // What assigns something counts rounds beside it.
            if let Dataflow::Jsonata(flow) = &mut state.data {
                flow.assign.get_or_insert_with(|| counted.clone());
            }
        }
        self.states.get(begin).next = Some(body.start);
        Some(begin)
    }

    fn begin_rounds(&mut self, repeat: &Repeat, span: Span, name: &str) -> Option<StateId> {
        let mut assigned = vec![("rounds", Json::from(0_i64))];
        if let Some(period) = repeat.period {
            let end = format!("{{% $millis() + {} %}}", period.as_millis());
            assigned.push(("rounds_end", Json::from(end)));
        }
        let assign = Some(self.query(&Json::object(assigned), span)?);
        let output = Some(self.query(&Json::Null, span)?);
        let name = format!("{name} (rounds)");
        Some(self.states.add(&name, Kind::Pass(None), flow(None, output, assign)))
    }

    fn rule(&mut self, condition: &str, next: StateId, span: Span) -> Option<Rule> {
        let condition = self.query(&Json::from(format!("{{% {condition} %}}")), span)?;
        Some(Rule { condition: Condition::Query(condition), next, assign: None, output: None })
    }

    fn exhausted(&mut self, name: &str, span: Span) -> Option<StateId> {
        let cause = "{% 'It did not come true in ' & rounds & (rounds = 1 ? ' run.' : ' runs.') %}";
        let fail = Fail {
            error: Some(Field::Literal(EXHAUSTED.into())),
            cause: Some(Field::Query(self.query(&Json::from(cause), span)?)),
        };
        let name = format!("{name} (exhausted)");
        Some(self.states.add(&name, Kind::Fail(Box::new(fail)), flow(None, None, None)))
    }

    fn pause(&mut self, every: Duration, next: StateId, name: &str, span: Span) -> Option<StateId> {
        let until = format!("{{% $fromMillis($millis() + {}) %}}", every.as_millis());
        let until = self.query(&Json::from(until), span)?;
        let wait = Kind::Wait(Wait::Timestamp(Field::Query(until)));
        let id = self.states.add(&format!("{name} (pause)"), wait, flow(None, None, None));
        self.states.get(id).next = Some(next);
        Some(id)
    }
}

/// Returns the expression that holds when rounds or time are used up.
fn exhausted(repeat: &Repeat) -> Option<String> {
    let every = repeat.every.unwrap_or_default().as_millis();
    let rounds = repeat.max.map(|max| format!("rounds >= {max}"));
    let time = repeat.period.map(|_| format!("$millis() + {every} > rounds_end"));
    match (rounds, time) {
        (Some(rounds), Some(time)) => Some(format!("{rounds} or {time}")),
        (rounds, time) => rounds.or(time),
    }
}
