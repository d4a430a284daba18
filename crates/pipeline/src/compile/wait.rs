//! Waiting for time, and for what tells of itself: signals, events, updates of assets. What is
//! looked for is in `watch`.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use compasso_expr::query::Query;
use compasso_ir::{
    Catcher, ErrorPattern, Fail, Field, IntegrationPattern, Kind, Resource, ResultPath, StateId,
    Wait,
};
use compasso_schedule::Zone;
use compasso_types::Json;

use super::Compiler;
use super::calls::resource;
use super::states::flow;
use crate::Code;
use crate::expression::{Expression, Setting};
use crate::source::Span;
use crate::tree::{self, OnTimeout, Task, TriggerKind, WaitFor, WaitUntil};
use crate::units::Time;

/// How long a wait for something lasts that has no limit of its own.
pub(super) const LIMIT: Duration = Duration::from_secs(7 * 86_400);
/// What a wait fails with that took too long.
pub(super) const LATE: &str = "The wait took too long.";
/// What takes signals.
const SIGNAL: &str = "signal";
/// What is told of events and updates of assets.
const AWAITED: (&str, IntegrationPattern) = ("await", IntegrationPattern::WaitForTaskToken);

impl Compiler<'_, '_> {
    /// Compiles a wait; the state that says what it is about is called `name`.
    pub(super) fn wait(&mut self, task: &Task, wait: &tree::Wait, name: &str) -> Option<StateId> {
        if wait.is_for_time() && (wait.timeout.is_some() || wait.every.is_some()) {
            self.unsupported(wait.span, "'timeout' or 'every' of a wait for time");
        }
        match &wait.what {
            WaitFor::Duration(Setting::Literal(duration)) => {
                let ms = duration.as_millis();
                self.wait_until(task, &format!("$fromMillis($millis() + {ms})"), name)
            }
            WaitFor::Duration(Setting::Expression(expression)) => {
                let ms = format!("1000 * {}", seconds(expression));
                self.wait_until(task, &format!("$fromMillis($millis() + {ms})"), name)
            }
            WaitFor::Until(WaitUntil::Time(time)) => {
                let until = self.instant(*time, wait.span)?;
                self.wait_until(task, &Json::from(until).to_string(), name)
            }
            WaitFor::Until(WaitUntil::Expression(expression)) => {
                self.until_holds(task, wait, expression, name)
            }
            WaitFor::Signal(signal) => {
                let arguments = Json::object([("Name", signal.template())]);
                let signalled = (SIGNAL, IntegrationPattern::RequestResponse);
                self.told(task, wait, signalled, &arguments, name)
            }
            WaitFor::Asset(asset) => {
                // An update counts that is newer than the beginning of what the run is about.
                let since = Json::from("{% run.interval.start %}");
                let arguments =
                    [("asset", asset.template()), ("since", since), ("limit", limit(wait))];
                self.told(task, wait, AWAITED, &Json::object(arguments), name)
            }
            WaitFor::Event(event) => {
                let parts =
                    [("source", &event.source), ("type", &event.kind), ("pattern", &event.pattern)];
                let parts = parts
                    .into_iter()
                    .filter_map(|(name, it)| Some((name, it.as_ref()?.template())));
                let arguments = [("event", Json::object(parts)), ("limit", limit(wait))];
                self.told(task, wait, AWAITED, &Json::object(arguments), name)
            }
            WaitFor::File(_)
            | WaitFor::Object(_)
            | WaitFor::Http(_)
            | WaitFor::Sql(_)
            | WaitFor::Run { .. }
            | WaitFor::Pipeline(_) => self.sensor(task, wait, name),
        }
    }

    /// Waits until the instant that an expression gives.
    fn wait_until(&mut self, task: &Task, instant: &str, name: &str) -> Option<StateId> {
        let until = self.text(instant, task.span)?;
        let output = self.outputs(task, &Json::Null)?;
        let kind = Kind::Wait(Wait::Timestamp(Field::Query(until)));
        Some(self.states.add(name, kind, flow(None, Some(output), None)))
    }

    /// Waits until the task `action` is ended from outside: by a signal, or by its token.
    fn told(
        &mut self,
        task: &Task,
        wait: &tree::Wait,
        (action, pattern): (&str, IntegrationPattern),
        arguments: &Json,
        name: &str,
    ) -> Option<StateId> {
        if wait.every.is_some() {
            let message =
                "'every' is for waits that look again and again; this one is told at once";
            self.report.hint(Code::BadValue, wait.span, message, "leave it out");
        }
        if self.has_secrets(arguments) {
            let message = "what a wait is told of is matched in the open";
            self.report.hint(Code::MisplacedSecret, wait.span, message, "leave the secret out");
        }
        let arguments = self.query(arguments, wait.span)?;
        let output = self.outputs(task, &Json::from("{% result %}"))?;
        let timeout = match &wait.timeout {
            None => Field::Literal(LIMIT.as_secs() as i64),
            Some(Setting::Literal(limit)) => {
                Field::Literal(i64::try_from(limit.as_millis().div_ceil(1_000)).unwrap_or(i64::MAX))
            }
            Some(Setting::Expression(limit)) => {
                Field::Query(self.text(&seconds(limit), limit.span)?)
            }
        };
        let work = compasso_ir::Task {
            resource: own_resource(action, pattern),
            timeout: Some(timeout),
            heartbeat: None,
            credentials: None,
            placement: None,
        };
        let flow = flow(Some(arguments), Some(output), None);
        let id = self.states.add(name, Kind::Task(Box::new(work)), flow);
        if wait.on_timeout != OnTimeout::Fail {
            let late = self.late(task, wait, name, Field::Literal(LATE.into()))?;
            let caught = Catcher {
                errors: vec![ErrorPattern::Like("Timeout".into())],
                next: late,
                result_path: ResultPath::Replace,
                output: Some(self.query(&Json::Null, wait.span)?),
                assign: None,
            };
            self.states.get(id).catch.push(caught);
        }
        Some(id)
    }

    /// Adds the state that ends a wait that took too long, for which it says why.
    pub(super) fn late(
        &mut self,
        task: &Task,
        wait: &tree::Wait,
        name: &str,
        cause: Field<Arc<str>>,
    ) -> Option<StateId> {
        let name = format!("{name} (late)");
        Some(match wait.on_timeout {
            OnTimeout::Fail => self.fail_for(&name, "Timeout", cause),
            OnTimeout::Skip => self.fail_for(&name, "Skipped", cause),
            OnTimeout::Success => {
                let output = self.outputs(task, &Json::Null)?;
                self.states.add(&name, Kind::Pass(None), flow(None, Some(output), None))
            }
        })
    }

    /// Adds a state that ends its block with an error.
    pub(super) fn fail(&mut self, name: &str, error: &str, cause: &str) -> StateId {
        self.fail_for(name, error, Field::Literal(cause.into()))
    }

    fn fail_for(&mut self, name: &str, error: &str, cause: Field<Arc<str>>) -> StateId {
        let fail = Fail { error: Some(Field::Literal(error.into())), cause: Some(cause) };
        self.states.add(name, Kind::Fail(Box::new(fail)), flow(None, None, None))
    }

    /// Adds a state that assigns variables.
    pub(super) fn pass(&mut self, name: &str, assigned: &Json, span: Span) -> Option<StateId> {
        let assign = Some(self.query(assigned, span)?);
        let output = Some(self.query(&Json::Null, span)?);
        Some(self.states.add(name, Kind::Pass(None), flow(None, output, assign)))
    }

    /// Compiles an expression that is made here.
    pub(super) fn text(&mut self, expression: &str, span: Span) -> Option<Query> {
        self.query(&Json::from(format!("{{% {expression} %}}")), span)
    }

    /// Returns the instant of a time; of a date, its midnight in the zone of the schedules.
    fn instant(&mut self, time: Time, span: Span) -> Option<String> {
        let date = match time {
            Time::At(at) => return Some(at.to_string()),
            Time::Date(date) => date,
        };
        let schedules =
            self.pipeline.triggers.list.iter().filter_map(|trigger| match &trigger.kind {
                TriggerKind::Schedule(schedule) => {
                    Some(schedule.timezone.as_deref().unwrap_or("UTC"))
                }
                _ => None,
            });
        let zones: BTreeSet<&str> = schedules.collect();
        if zones.len() > 1 {
            let what = "a wait for a date in a pipeline with schedules in several time zones";
            self.unsupported(span, what);
            return None;
        }
        let zone = zones.first().copied().unwrap_or("UTC");
        Some(Zone::named(zone).ok()?.midnight(date).to_string())
    }
}

/// Returns how long a wait lasts at most, in seconds, for whoever keeps it.
fn limit(wait: &tree::Wait) -> Json {
    match &wait.timeout {
        None => Json::from(LIMIT.as_secs() as i64),
        Some(Setting::Literal(limit)) => Json::from(limit.as_secs_f64()),
        Some(Setting::Expression(limit)) => Json::from(format!("{{% {} %}}", seconds(limit))),
    }
}

/// Returns a resource of Compasso's own.
pub(super) fn own_resource(action: &str, pattern: IntegrationPattern) -> Resource {
    resource("compasso", action, pattern)
}

/// Returns the expression for the seconds of a computed duration: a number, or a text such as
/// `1h30m`.
pub(super) fn seconds(expression: &Expression) -> String {
    let whole = r"/^ *([0-9]+(\.[0-9]+)?(ms|[smhdw]) *)+$|^P[0-9TDHMSW.]+$/";
    let wrong = r#"$error("'" & $d & "' is no duration, such as '30s', '5m' or '1h30m'.")"#;
    format!(
        "($d := ({}); $type($d) != \"string\" ? $d : $contains($d, {whole}) ? $duration($d) / 1000 \
         : {wrong})",
        expression.text
    )
}
