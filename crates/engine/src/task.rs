//! Task states: evaluating the call and offering it.

use compasso_integrations::{Written, misfits};
use compasso_ir::{Field, ResourceKind, State, Task, Value};
use compasso_types::{Json, Payload};

use crate::ScopeId;
use crate::context::Scene;
use crate::dataflow::shown;
use crate::event::EventKind;
use crate::problem::Problem;
use crate::scope::Work;
use crate::signal::is_signal;
use crate::turn::Turn;

impl Turn<'_> {
    /// Evaluates the call, anew for every attempt, and offers it. A connector starts at once; an
    /// activity task, or one with a placement, starts when somebody takes it. A mocked one ends as its mock says, and one
    /// that waits for a signal by the signal.
    pub(crate) fn schedule_task(&mut self, scope: ScopeId, state: &State, task: &Task) {
        let scene = self.scene(scope);
        let arn = &task.resource.arn;
        let is_mocked = self.execution.mocks_of(&state.name).is_some();
        let is_activity = task.resource.kind == ResourceKind::Activity && !is_mocked;
        if is_activity && !(self.has_activity)(arn) {
            let problem = scene.runtime(&format!("The activity {arn} does not exist."));
            return self.raise(scope, problem);
        }
        let scheduled = match scene.call(state, task) {
            Ok(scheduled) => scheduled,
            Err(problem) => return self.raise(scope, problem),
        };
        self.follow(scope, scheduled);
        if !is_activity && (is_mocked || task.placement.is_none()) {
            let resource = task.resource.arn.clone();
            self.follow(scope, EventKind::TaskStarted { resource, worker: None });
        }
        if is_mocked {
            return self.answer_mocked(scope, state);
        }
        if is_signal(&task.resource.kind) && self.probe.is_none() {
            return self.take_signal(scope);
        }
        let active = self.execution.active(scope);
        if let Work::Task(work) = &active.work {
            let offer = self.execution.offer(scope, active, work);
            self.effects.push(offer);
        }
    }
}

impl Scene<'_> {
    fn call(&self, state: &State, task: &Task) -> Result<EventKind, Problem> {
        let parameters = self.within_limit(state, compact(&self.arguments(state)?))?;
        self.check_parameters(task, &parameters)?;
        let input = self.effective_input(state)?;
        let credentials = match &task.credentials {
            None => None,
            Some(Value::Template(template)) => Some(self.template(template, &input)?),
            Some(Value::Query(query)) => {
                Some(self.query(query, &self.sight(&input, None), "Credentials")?)
            }
        };
        Ok(EventKind::TaskScheduled {
            resource: task.resource.arn.clone(),
            parameters,
            timeout_seconds: self.limit(task.timeout.as_ref(), "TimeoutSeconds", &input)?,
            heartbeat_seconds: self.limit(task.heartbeat.as_ref(), "HeartbeatSeconds", &input)?,
            credentials,
            placement: match &task.placement {
                Some(placement) => Some(self.placed(placement, &input)?),
                None => None,
            },
        })
    }

    /// Refuses parameters that the called service would not understand.
    fn check_parameters(&self, task: &Task, parameters: &Payload) -> Result<(), Problem> {
        if is_signal(&task.resource.kind) {
            return self.check_signal(parameters);
        }
        let ResourceKind::Service { service, action, .. } = &task.resource.kind else {
            return Ok(());
        };
        let misfits = misfits(service, action, parameters.value(), Written::Values);
        if misfits.is_empty() {
            return Ok(());
        }
        let problems: Vec<String> = misfits.into_iter().map(|misfit| misfit.message).collect();
        Err(self.runtime(&format!(
            "The Parameters '{}' could not be used to start the Task: [{}]",
            parameters.text(),
            problems.join(", ")
        )))
    }

    /// Evaluates a limit in seconds; `name` is the plain field's.
    fn limit(
        &self,
        field: Option<&Field<i64>>,
        name: &str,
        input: &Payload,
    ) -> Result<Option<u64>, Problem> {
        let (value, expression) = match field {
            None => return Ok(None),
            Some(Field::Literal(seconds)) => return Ok(Some(seconds.unsigned_abs())),
            Some(Field::Path(path)) => {
                let found = path.read(input.value(), self).map_err(|missing| {
                    self.runtime(&format!("Invalid path '{}' : {missing}", path.text()))
                })?;
                (found, None)
            }
            Some(Field::Query(query)) => {
                (self.query(query, &self.sight(input, None), name)?, Some(shown(query)))
            }
            Some(Field::Intrinsic(_)) => unreachable!("a Task has no intrinsic fields"),
        };
        let whole = match expression {
            Some(_) => value.as_number().map(|number| number.as_f64().floor() as i64),
            None => value.as_i64(),
        };
        match (whole, expression) {
            (Some(seconds), _) if seconds > 0 => Ok(Some(seconds.unsigned_abs())),
            (None, Some(expression)) => {
                Err(self.unexpected_type(name, expression, "number", &value))
            }
            (Some(_), Some(_)) => {
                Err(self
                    .query_problem(name, &format!("The {name} field must be positive: {value}")))
            }
            (_, None) => Err(self.runtime(&format!(
                "The {name}Path parameter does not reference a positive integer: {value}"
            ))),
        }
    }
}

/// A call is written compactly, whatever the caller's input looked like.
fn compact(parameters: &Payload) -> Payload {
    let value: Json = parameters.value().clone();
    value.into()
}
