//! `expect`: what must hold of an answer, or the attempt fails.

use std::cell::Cell;

use compasso_connectors::{Parameters, quoted};
use compasso_engine::TaskError;
use compasso_expr::query::DOCUMENT_LIMITS;
use compasso_jsonata::{Host, Program};
use compasso_types::{Json, Object, Timestamp};

/// The error of an answer of which does not hold what must.
const EXPECTATION: &str = "Expectation";

/// A condition over an answer.
pub(crate) struct Expect {
    text: String,
    program: Program,
    /// What else the expression may read.
    context: Object,
}

impl Expect {
    /// Reads `expect`: an expression, or `{"$expr": …, "context": {…}}`.
    pub(crate) fn of(parameters: &Parameters<'_>) -> Result<Option<Self>, TaskError> {
        let Some(value) = parameters.get("expect") else { return Ok(None) };
        let expression = value.get("$expr").unwrap_or(value);
        let text = expression.as_str().ok_or_else(|| parameters.invalid("expect"))?.to_owned();
        let program = Program::compile(&text).map_err(|error| {
            parameters.refuse(format_args!("The field 'expect' is no expression: {error}"))
        })?;
        let context = value.get("context").and_then(Json::as_object);
        let context = context.map(|context| (**context).clone()).unwrap_or_default();
        Ok(Some(Self { text, program, context }))
    }

    /// Checks an answer whose members the expression reads by their names.
    ///
    /// # Errors
    /// `Expectation`: it does not hold, or it cannot be evaluated.
    pub(crate) async fn check<const N: usize>(
        self,
        now: Timestamp,
        answer: [(&'static str, Json); N],
    ) -> Result<(), TaskError> {
        // It may take the time of millions of steps.
        let checked = tokio::task::spawn_blocking(move || self.checked(now, answer)).await;
        checked.unwrap_or_else(|_| Err(failed("expect could not be evaluated")))
    }

    fn checked<const N: usize>(
        self,
        now: Timestamp,
        answer: [(&'static str, Json); N],
    ) -> Result<(), TaskError> {
        let mut document = self.context;
        for (name, value) in answer {
            document.insert(name.into(), value);
        }
        let document = Json::from(document);
        let moment = Moment { now, drawn: Cell::default() };
        match self.program.evaluate_over(&document, &moment, &DOCUMENT_LIMITS) {
            Ok(Some(Json::Bool(true))) => Ok(()),
            Ok(Some(Json::Bool(false)) | None) => Err(failed(&format!("not so: {}", self.text))),
            Ok(Some(other)) => {
                let shown = other.to_string();
                let shown = quoted(&shown);
                Err(failed(&format!("neither true nor false: {} is {shown}", self.text)))
            }
            Err(error) => Err(failed(&format!("{error}: {}", self.text))),
        }
    }
}

fn failed(cause: &str) -> TaskError {
    TaskError::new(EXPECTATION, cause)
}

/// The surroundings of one evaluation.
struct Moment {
    now: Timestamp,
    drawn: Cell<u64>,
}

impl Host for Moment {
    fn variable(&self, _: &str) -> Option<Json> {
        None
    }

    fn now(&self) -> Timestamp {
        self.now
    }

    fn random(&self) -> u64 {
        let drawn = getrandom::u64().unwrap_or_else(|_| self.drawn.get().wrapping_add(1));
        self.drawn.set(drawn);
        drawn
    }
}
