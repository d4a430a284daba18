//! Waiting for the run before: `depends_on_past`.
//!
//! The task's block begins with a loop of states, as a wait does: a look, a Choice, a Wait that is
//! longer each time. What it looks for is told by who knows the schedules.

use std::time::Duration;

use compasso_ir::{
    Choice, Condition, Field, IntegrationPattern, Kind, PAST_BEGIN, PAST_OVER, PAST_PAUSE, Rule,
    StateId, Wait,
};
use compasso_types::Json;

use super::Compiler;
use super::states::flow;
use super::wait::own_resource;
use crate::tree::{Past, Task, Tasks};

/// The first pause between two looks, and the longest.
const PAUSE: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_secs(60);
/// Limit of one look, in seconds.
const LOOK_SECONDS: i64 = 60;
/// What looks.
const SENSOR: &str = "sensor";

/// What the names of the states end with that wait for the run before.
const LOOK: &str = " (past look)";
const SEEN: &str = " (past seen)";
const PAUSED: &str = " (past pause)";

/// Returns whether a state is one of those that wait for the run before, by its name.
pub fn is_of_past(state: &str) -> bool {
    [PAST_BEGIN, LOOK, SEEN, PAUSED].iter().any(|end| state.ends_with(end))
}

impl Compiler<'_, '_> {
    /// Has what begins at `start` wait for the run before, if its task does; returns where that
    /// begins.
    pub(super) fn after_the_past(
        &mut self,
        task: &Task,
        tasks: &Tasks,
        start: StateId,
        name: &str,
    ) -> Option<StateId> {
        let follows = |other: &&Task| other.needs.iter().any(|need| need.id == task.id);
        let downstream = match task.past {
            Past::Free => return Some(start),
            // A test has one run alone.
            _ if self.mocked.is_some() => return Some(start),
            Past::Itself => Vec::new(),
            Past::Downstream => tasks.iter().filter(follows).collect(),
        };
        // The run before has had as many instances of a group as there are names.
        let path = name.replace("[]", "");
        let group = path.strip_suffix(&*task.id).unwrap_or_default();
        let sought = std::iter::once(task).chain(downstream);
        let sought = Json::array(sought.map(|task| Json::from(format!("{group}{}", task.id))));
        let pause = Json::object([(PAST_PAUSE, Json::from(PAUSE.as_millis() as i64))]);
        let begin = self.pass(&format!("{name}{PAST_BEGIN}"), &pause, task.span)?;
        let look = self.look_back(task, sought, name)?;
        let pause = self.look_again(task, name)?;
        let found = Rule {
            condition: Condition::Query(self.text(PAST_OVER, task.span)?),
            next: start,
            assign: None,
            output: None,
        };
        let choice = Kind::Choice(Choice { rules: vec![found], default: Some(pause) });
        let nothing = Some(self.query(&Json::Null, task.span)?);
        let name = format!("{name}{SEEN}");
        let choice = self.states.add(&name, choice, flow(None, nothing, None));
        for (from, to) in [(begin, look), (look, choice), (pause, look)] {
            self.states.get(from).next = Some(to);
        }
        Some(begin)
    }

    fn look_back(&mut self, task: &Task, sought: Json, name: &str) -> Option<StateId> {
        let arguments = Some(self.query(&Json::object([("past", sought)]), task.span)?);
        let nothing = Some(self.query(&Json::Null, task.span)?);
        let seen = Json::object([(PAST_OVER, Json::from("{% result.found %}"))]);
        let assign = Some(self.query(&seen, task.span)?);
        let work = compasso_ir::Task {
            resource: own_resource(SENSOR, IntegrationPattern::RequestResponse),
            timeout: Some(Field::Literal(LOOK_SECONDS)),
            heartbeat: None,
            credentials: None,
            placement: None,
        };
        let name = format!("{name}{LOOK}");
        Some(self.states.add(&name, Kind::Task(Box::new(work)), flow(arguments, nothing, assign)))
    }

    fn look_again(&mut self, task: &Task, name: &str) -> Option<StateId> {
        let until = format!("$fromMillis($millis() + {PAST_PAUSE})");
        let until = self.text(&until, task.span)?;
        let longer = format!("{{% $min([{PAST_PAUSE} * 2, {}]) %}}", PAUSE_MAX.as_millis());
        let longer = Json::object([(PAST_PAUSE, Json::from(longer))]);
        let assign = Some(self.query(&longer, task.span)?);
        let nothing = Some(self.query(&Json::Null, task.span)?);
        let wait = Kind::Wait(Wait::Timestamp(Field::Query(until)));
        Some(self.states.add(&format!("{name}{PAUSED}"), wait, flow(None, nothing, assign)))
    }
}
