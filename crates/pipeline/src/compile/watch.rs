//! Looking for something again and again.
//!
//! Such a wait is a loop of states in the task's own block: a look, a Choice, a Wait that is longer
//! each time, and the look again. So a wait that lasts days is a row with a wake-up time, and holds
//! no worker.

use std::time::Duration;

use compasso_expr::query::Query;
use compasso_ir::{
    Catcher, Choice, Condition, Dataflow, ErrorPattern, Field, IntegrationPattern, Kind, Resource,
    ResultPath, Rule, StateId, Value, Wait,
};
use compasso_types::Json;

use super::Compiler;
use super::states::flow;
use super::wait::{LATE, LIMIT, own_resource, seconds};
use crate::expression::{Expression, Setting};
use crate::script::{Script, Shell};
use crate::tree::{self, Retry, RunSought, Task, Uses, WaitFor};

/// The first pause between two looks, and the longest.
const PAUSE: Duration = Duration::from_secs(30);
const PAUSE_MAX: Duration = Duration::from_secs(300);
/// Limit of one look.
const LOOK: Duration = Duration::from_secs(60);
/// Limit of a script that looks, unless its task has one.
const SCRIPT_LIMIT: Duration = Duration::from_secs(60);
/// What looks for files, objects and runs.
const SENSOR: &str = "sensor";
/// Errors of an action that only say that the time has not come.
const NOT_YET: [&str; 4] = ["Expectation", "Connection", "Timeout", "Http*"];

/// Every answer is what is waited for.
const ANSWERED: (&str, &str) = ("{% true %}", "");
/// Rows are.
const ROWS: (&str, &str) = ("{% $count(result.rows) > 0 %}", "the query gave no rows");

/// Errors of a look that say that it should be tried again.
const UNSEEN: [&str; 3] = ["Connection", "Lost", "Timeout"];
/// What a script ends with that has not found it, and the exit code that says it never will.
const NO: [&str; 2] = ["Exit", "Timeout"];
const NEVER: &str = "Exit.78";

/// What a time looks like, as a pattern of expressions.
const A_TIME: &str = r"/^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?(T([01][0-9]|2[0-4])(:[0-5][0-9]){2}(\.[0-9]+)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?$/";

/// How a loop of looks goes on; both are expressions.
#[derive(Clone, Copy)]
struct Watch<'e> {
    /// Whether it was found.
    found: &'e str,
    /// When the next look is, in milliseconds.
    next_look: &'e str,
}

impl Compiler<'_, '_> {
    /// Compiles a wait for something that is looked for outside.
    pub(super) fn sensor(&mut self, task: &Task, wait: &tree::Wait, name: &str) -> Option<StateId> {
        let sought = match &wait.what {
            WaitFor::File(path) => ("file", path.template()),
            WaitFor::Object(url) => ("object", url.template()),
            WaitFor::Pipeline(run) => ("ended", ended(run)),
            WaitFor::Http(uses) => return self.ask(task, wait, uses, ANSWERED, name),
            WaitFor::Sql(uses) => {
                // Without words about them, rows are waited for.
                let sought = if uses.expect.is_none() { ROWS } else { ANSWERED };
                return self.ask(task, wait, uses, sought, name);
            }
            WaitFor::Run { script, shell } => {
                return self.ask_script(task, wait, (script, shell), name);
            }
            WaitFor::Duration(_)
            | WaitFor::Until(_)
            | WaitFor::Signal(_)
            | WaitFor::Asset(_)
            | WaitFor::Event(_) => return None,
        };
        let resource = own_resource(SENSOR, IntegrationPattern::RequestResponse);
        let said = "{% result.said ? result.said : '' %}";
        let looked = ("{% result.found %}", "{% result.value %}", said);
        let look = self.look(wait, resource, &Json::object([sought]), looked, name)?;
        self.not_yet(wait, look, &UNSEEN)?;
        self.watch(task, wait, look, PLAIN, name)
    }

    /// Compiles a wait for the answer of an action. `sought`: whether an answer is what is waited for, and
    /// what is said of one that is not.
    fn ask(
        &mut self,
        task: &Task,
        wait: &tree::Wait,
        uses: &Uses,
        sought: (&str, &str),
        name: &str,
    ) -> Option<StateId> {
        let called = self.called(uses)?;
        let looked = (sought.0, "{% result %}", sought.1);
        let look = self.look(wait, called.resource, &called.arguments, looked, name)?;
        self.not_yet(wait, look, &NOT_YET)?;
        self.watch(task, wait, look, PLAIN, name)
    }

    /// Compiles a wait for a script that ends well. It takes the place of a worker only while it
    /// runs.
    fn ask_script(
        &mut self,
        task: &Task,
        wait: &tree::Wait,
        (script, shell): (&Script, &Shell),
        name: &str,
    ) -> Option<StateId> {
        let call = self.script(task, script, shell, &[], &task.output);
        let limit = self.span_of(task.timeout.as_ref()).unwrap_or(Field::Literal(SCRIPT_LIMIT));
        let once = Retry { max: 0, ..Retry::default() };
        let look = self.plain_call(task, call, Some(limit), &once, name, wait.span)?;
        let seen = [("wait_found", true.into()), ("result", "{% result.output %}".into())];
        let assign = self.query(&Json::object(seen), wait.span)?;
        let nothing = self.query(&Json::Null, wait.span)?;
        if let Dataflow::Jsonata(flow) = &mut self.states.get(look).data {
            (flow.output, flow.assign) = (Some(nothing), Some(assign));
        }
        let cause = "The script says that the wait is in vain.";
        let never = Catcher {
            errors: vec![ErrorPattern::Like(NEVER.into())],
            next: self.fail(&format!("{name} (never)"), NEVER, cause),
            result_path: ResultPath::Replace,
            output: None,
            assign: None,
        };
        self.states.get(look).catch.push(never);
        self.not_yet(wait, look, &NO)?;
        self.watch(task, wait, look, PLAIN, name)
    }

    /// Has some errors of a look mean that the time has not come; [`Compiler::watch`] says where it
    /// then goes on.
    fn not_yet(&mut self, wait: &tree::Wait, look: StateId, errors: &[&str]) -> Option<()> {
        let nothing = self.query(&Json::Null, wait.span)?;
        let said = "{% error.cause ? error.name & ': ' & error.cause : error.name %}";
        let not_found = Json::object([("wait_found", false.into()), ("wait_said", said.into())]);
        let not_yet = Catcher {
            errors: errors.iter().map(|error| ErrorPattern::Like((*error).into())).collect(),
            next: look,
            result_path: ResultPath::Replace,
            output: Some(nothing),
            assign: Some(Value::Query(self.query(&not_found, wait.span)?)),
        };
        self.states.get(look).catch.push(not_yet);
        Some(())
    }

    /// Adds the task called `name` that looks once. `looked`: what it makes of the result of the
    /// task, whether it was found and what it is.
    fn look(
        &mut self,
        wait: &tree::Wait,
        resource: Resource,
        arguments: &Json,
        looked: (&str, &str, &str),
        name: &str,
    ) -> Option<StateId> {
        let placement = if self.may_hide(arguments) {
            Some(Box::new(self.look_placement(arguments, LOOK, wait.span)?))
        } else {
            None
        };
        let arguments = self.query(arguments, wait.span)?;
        let assigned = [
            ("wait_found", looked.0.into()),
            ("result", looked.1.into()),
            ("wait_said", looked.2.into()),
        ];
        let assign = self.query(&Json::object(assigned), wait.span)?;
        let nothing = self.query(&Json::Null, wait.span)?;
        let work = compasso_ir::Task {
            resource,
            // One with a placement has its limit there.
            timeout: placement.is_none().then_some(Field::Literal(LOOK.as_secs().cast_signed())),
            heartbeat: None,
            credentials: None,
            placement,
        };
        let flow = flow(Some(arguments), Some(nothing), Some(assign));
        Some(self.states.add(name, Kind::Task(Box::new(work)), flow))
    }

    /// Waits until an expression holds, or until the time that it gives.
    pub(super) fn until_holds(
        &mut self,
        task: &Task,
        wait: &tree::Wait,
        expression: &Expression,
        name: &str,
    ) -> Option<StateId> {
        let text = &expression.text;
        // A time that was given stays: one that is reckoned from the present would never come.
        let once = format!(
            "{{% $type(wait_found) = \"string\" ? wait_found : ($w := ({text}); $type($w) = \"string\" \
             and $not($contains($w, {A_TIME})) ? $error(\"'\" & $w & \"' is no time, such as \
             '2026-01-31T06:00:00Z', and no condition.\") : $w) %}}"
        );
        let assigned = Json::object([("wait_found", Json::from(once))]);
        let assign = Some(self.query(&assigned, expression.span)?);
        let nothing = Some(self.query(&Json::Null, expression.span)?);
        let look = self.states.add(name, Kind::Pass(None), flow(None, nothing, assign));
        let is_time = "$type(wait_found) = \"string\"";
        let time = "$toMillis(wait_found)";
        let found = format!("{is_time} ? {time} <= $millis() : $boolean(wait_found)");
        let pause = format!("{is_time} ? {time} : $millis() + wait_pause");
        self.watch(task, wait, look, Watch { found: &found, next_look: &pause }, name)
    }

    /// Goes round from `look` until what it looks for is found, and returns where that begins.
    fn watch(
        &mut self,
        task: &Task,
        wait: &tree::Wait,
        look: StateId,
        watch: Watch<'_>,
        name: &str,
    ) -> Option<StateId> {
        let span = wait.span;
        let Watch { found, next_look } = watch;
        let limit = match &wait.timeout {
            None => LIMIT.as_millis().to_string(),
            Some(Setting::Literal(limit)) => limit.as_millis().to_string(),
            Some(Setting::Expression(limit)) => format!("1000 * {}", seconds(limit)),
        };
        let every = wait.every.unwrap_or(PAUSE).max(Duration::from_millis(1));
        let longest = every.max(PAUSE_MAX).as_millis();
        let begin = [
            ("wait_until", Json::from(format!("{{% $millis() + {limit} %}}"))),
            ("wait_pause", Json::from(every.as_millis() as i64)),
            ("wait_found", false.into()),
            ("wait_said", "".into()),
        ];
        let begin = self.pass(&format!("{name} (since)"), &Json::object(begin), span)?;
        let output = self.outputs(task, &Json::from("{% result %}"))?;
        let end = self.states.add(
            &format!("{name} (found)"),
            Kind::Pass(None),
            flow(None, Some(output), None),
        );
        let said = format!("\"{LATE}\" & (wait_said ? \" The last look: \" & wait_said : \"\")");
        let said = Field::Query(self.text(&said, span)?);
        let late = self.late(task, wait, name, said)?;
        let next_look = format!("$fromMillis($min([{next_look}, wait_until]))");
        let pause = Kind::Wait(Wait::Timestamp(Field::Query(self.text(&next_look, span)?)));
        let longer = format!("{{% $min([wait_pause * 2, {longest}]) %}}");
        let longer = self.query(&Json::object([("wait_pause", Json::from(longer))]), span)?;
        let nothing = self.query(&Json::Null, span)?;
        let pause = self.states.add(
            &format!("{name} (pause)"),
            pause,
            flow(None, Some(nothing.clone()), Some(longer)),
        );
        let rules = vec![
            rule(self.text(found, span)?, end),
            rule(self.text("$millis() >= wait_until", span)?, late),
        ];
        let choice = Kind::Choice(Choice { rules, default: Some(pause) });
        let choice =
            self.states.add(&format!("{name} (look)"), choice, flow(None, Some(nothing), None));
        for (from, to) in [(begin, look), (look, choice), (pause, look)] {
            self.states.get(from).next = Some(to);
        }
        for not_yet in self.states.get(look).catch.iter_mut().filter(|it| it.next == look) {
            not_yet.next = choice;
        }
        Some(begin)
    }
}

/// Whether it was found is known, and nothing says when to look again.
const PLAIN: Watch<'static> = Watch { found: "wait_found", next_look: "$millis() + wait_pause" };

/// Says which ends of runs count: those of the interval, or those since the beginning of what the
/// run that waits is about.
fn ended(run: &RunSought) -> Json {
    let which = match run.interval {
        None => ("since", Json::from("{% run.interval.start %}")),
        Some(by) => {
            let moved = |end: &str| {
                let text = format!("{{% $fromMillis($toMillis(run.interval.{end}) + {by}) %}}");
                Json::from(text)
            };
            ("interval", Json::object([("start", moved("start")), ("end", moved("end"))]))
        }
    };
    Json::object([("name", run.name.template()), ("state", run.state.into()), which])
}

/// Returns the rule of a Choice without anything of its own.
pub(super) fn rule(condition: Query, next: StateId) -> Rule {
    Rule { condition: Condition::Query(condition), next, assign: None, output: None }
}

#[cfg(test)]
mod tests {
    use compasso_jsonata::{Host, Limits, Program, read_iso};
    use compasso_types::{Json, Timestamp};

    use super::*;

    struct Nobody;

    impl Host for Nobody {
        fn variable(&self, _name: &str) -> Option<Json> {
            None
        }

        fn now(&self) -> Timestamp {
            Timestamp(0)
        }

        fn random(&self) -> u64 {
            0
        }
    }

    #[test]
    fn a_time_is_what_can_be_read_as_one() {
        let limits =
            Limits { steps_max: 10_000, depth_max: 100, bytes_max: 1_000_000, items_max: 100 };
        for text in [
            "2026",
            "2026-02",
            "2026-13",
            "2026-01-31",
            "2026-01-32",
            "2026-01-31T24:00:00Z",
            "2026-01-31T25:00:00Z",
            "2026-01-31T06:00Z",
            "2026-01-31T06:00:00",
            "2026-01T06:00:00Z",
            "2026-01-31T06:00:00.5+01:00",
            "2026-01-31T06:00:00-0330",
            "2026-01-31T06:00:60Z",
            "2026-01-31T06:00:00+01",
            "2026-01-31 06:00:00",
            "tomorrow",
            "",
        ] {
            let program = Program::compile(&format!("$contains('{text}', {A_TIME})")).unwrap();
            let found = program.evaluate_over(&Json::empty_object(), &Nobody, &limits).unwrap();
            assert_eq!(found, Some(Json::Bool(read_iso(text).is_some())), "{text}");
        }
    }
}
