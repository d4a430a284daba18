//! Wait, Pass, Succeed and Fail: states without a world outside.

use std::sync::Arc;

use compasso_expr::jsonpath::Path;
use compasso_ir::{Dataflow, Fail, Field, State, Wait};
use compasso_types::{Json, Payload, Timestamp, limits};

use crate::context::Scene;
use crate::dataflow::shown;
use crate::graph::ROOT;
use crate::problem::Problem;
use crate::turn::Turn;
use crate::{EventKind, ScopeId};

impl Turn<'_> {
    /// Passes data on.
    pub(crate) fn pass(&mut self, scope: ScopeId, state: &State, fixed: Option<&Json>) {
        let scene = self.scene(scope);
        let result = match fixed {
            Some(value) => scene.selected_input(state).map(|_| value.clone().into()),
            None => scene.arguments(state),
        };
        self.finish_or_raise(scope, state, result);
    }

    /// Ends the block.
    pub(crate) fn succeed(&mut self, scope: ScopeId, state: &State) {
        let result = self.scene(scope).effective_input(state);
        self.finish_or_raise(scope, state, result);
    }

    /// Waits, or goes on at once if the instant is not in the future.
    pub(crate) fn wait(&mut self, scope: ScopeId, state: &State, wait: &Wait) {
        let scene = self.scene(scope);
        let until = scene.effective_input(state).and_then(|input| match wait {
            Wait::Seconds(field) => scene.wait_seconds(field, &input),
            Wait::Timestamp(field) => scene.wait_timestamp(field, &input),
        });
        match until {
            Ok(until) if until > self.now => {
                self.follow(scope, EventKind::WaitStarted { until });
                if self.execution.is_stale(scope) {
                    self.make_ready(ROOT);
                }
            }
            Ok(_) => self.wait_over(scope, state),
            Err(problem) => self.raise(scope, problem),
        }
    }

    /// Leaves a Wait state.
    pub(crate) fn wait_over(&mut self, scope: ScopeId, state: &State) {
        let result = self.scene(scope).effective_input(state);
        self.finish_or_raise(scope, state, result);
    }

    /// Ends the block with an error.
    pub(crate) fn fail(&mut self, scope: ScopeId, state: &State, fail: &Fail) {
        let scene = self.scene(scope);
        let texts = scene
            .fail_text(state, fail.error.as_ref(), "Error")
            .and_then(|error| Ok((error, scene.fail_text(state, fail.cause.as_ref(), "Cause")?)));
        match texts {
            Ok((error, cause)) => {
                let problem = Problem::of_task(&crate::TaskError::of(error, cause));
                let origin = self.execution.scope(scope).last;
                self.fail_scope(scope, origin, problem);
            }
            Err(problem) => self.raise(scope, problem),
        }
    }

    fn finish_or_raise(&mut self, scope: ScopeId, state: &State, result: Result<Payload, Problem>) {
        match result {
            Ok(result) => self.finish(scope, state, &result),
            Err(problem) => self.raise(scope, problem),
        }
    }
}

impl Scene<'_> {
    fn wait_seconds(&self, field: &Field<i64>, input: &Payload) -> Result<Timestamp, Problem> {
        // After a redrive the state waits anew.
        let redriven = self.execution.redriven().map(|redrive| redrive.at);
        let entered = self.active().entered.max(redriven.unwrap_or_default());
        let seconds = match field {
            Field::Literal(seconds) => *seconds,
            Field::Path(path) => self.seconds_at(path, input)?,
            Field::Query(query) => {
                let value = self.query(query, &self.sight(input, None), "Seconds")?;
                self.seconds_of(&value, "Seconds", shown(query))?
            }
            Field::Intrinsic(_) => unreachable!("a Wait has no intrinsic fields"),
        };
        Ok(entered.after_seconds(seconds.clamp(0, limits::SECONDS_MAX).unsigned_abs()))
    }

    fn seconds_at(&self, path: &Path, input: &Payload) -> Result<i64, Problem> {
        let text = path.text();
        let Ok(value) = path.read(input.value(), self) else {
            let cause =
                format!("The SecondsPath parameter does not reference an input value: {text}");
            return Err(self.runtime(&cause));
        };
        match value.as_i64() {
            Some(seconds) if seconds >= 0 => Ok(seconds),
            Some(seconds) => Err(self.runtime(&format!(
                "The SecondsPath parameter references a negative value: {text} == {seconds}"
            ))),
            None => Err(self.runtime(&format!(
                "The SecondsPath parameter cannot be parsed as a long value: {text} == {value}"
            ))),
        }
    }

    /// Reads a JSONata result as whole seconds.
    fn seconds_of(&self, value: &Json, field: &str, expression: &str) -> Result<i64, Problem> {
        match value.as_number() {
            Some(number) if number.as_f64() >= 0.0 => Ok(number.as_f64() as i64),
            Some(_) => Err(self
                .query_problem(field, &format!("The {field} field cannot be negative: {value}"))),
            None => Err(self.unexpected_type(field, expression, "number", value)),
        }
    }

    /// Makes the error of an expression that gave a value of the wrong type.
    pub(crate) fn unexpected_type(
        &self,
        field: &str,
        expression: &str,
        expected: &str,
        value: &Json,
    ) -> Problem {
        let was = value.type_name();
        self.query_problem(
            field,
            &format!(
                "The JSONata expression '{expression}' specified for the field '{field}' returned \
                 an unexpected result type. Expected '{expected}', but was '{was}' for value: {value}"
            ),
        )
    }

    fn wait_timestamp(
        &self,
        field: &Field<Timestamp>,
        input: &Payload,
    ) -> Result<Timestamp, Problem> {
        match field {
            Field::Literal(instant) => Ok(*instant),
            Field::Path(path) => self.timestamp_at(path, input),
            Field::Query(query) => {
                let value = self.query(query, &self.sight(input, None), "Timestamp")?;
                let Some(text) = value.as_str() else {
                    let expression = shown(query);
                    return Err(self.unexpected_type("Timestamp", expression, "string", &value));
                };
                text.parse().map_err(|_| {
                    self.query_problem(
                        "Timestamp",
                        &format!(
                            "The Timestamp field cannot be parsed as an ISO-8601 extended offset \
                             date-time format string: {text}"
                        ),
                    )
                })
            }
            Field::Intrinsic(_) => unreachable!("a Wait has no intrinsic fields"),
        }
    }

    fn timestamp_at(&self, path: &Path, input: &Payload) -> Result<Timestamp, Problem> {
        let text = path.text();
        let Ok(value) = path.read(input.value(), self) else {
            let cause =
                format!("The TimestampPath parameter does not reference an input value: {text}");
            return Err(self.runtime(&cause));
        };
        let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        value.as_str().and_then(|text| text.parse().ok()).ok_or_else(|| {
            self.runtime(&format!(
                "The TimestampPath parameter does not reference a valid ISO-8601 extended offset \
                 date-time format string: {text} == {shown}"
            ))
        })
    }

    /// Evaluates `Error` or `Cause` of a Fail state; `field` is the plain name.
    fn fail_text(
        &self,
        state: &State,
        text: Option<&Field<Arc<str>>>,
        field: &str,
    ) -> Result<Option<Arc<str>>, Problem> {
        let input = &self.active().input;
        let path_field = format!("{field}Path");
        let value = match text {
            None => return Ok(None),
            Some(Field::Literal(text)) => return Ok(Some(text.clone())),
            Some(Field::Path(path)) => path.read(input.value(), self).map_err(|_| {
                self.runtime(&format!(
                    "The JSONPath '{}' specified for the field '{path_field}' could not be found \
                     in the input '{}'",
                    path.text(),
                    input.text(),
                ))
            })?,
            Some(Field::Intrinsic(call)) => call
                .evaluate(input.value(), self)
                .map_err(|failure| self.problem_over(&failure, input))?,
            Some(Field::Query(query)) => self.query(query, &self.sight(input, None), field)?,
        };
        match (value, &state.data, text) {
            (Json::String(text), ..) => Ok(Some(text)),
            (value, Dataflow::Jsonata(_), Some(Field::Query(query))) => {
                Err(self.unexpected_type(field, shown(query), "string", &value))
            }
            (value, ..) => Err(self.runtime(&format!(
                "The value of the field '{path_field}' must be a string but was: {value}"
            ))),
        }
    }
}
