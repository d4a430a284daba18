//! Surroundings that are known before anything is evaluated.

use std::cell::Cell;

use compasso_jsonata::Host;
use compasso_types::{Json, Timestamp, drawn};

use crate::Environment;

/// An instant, random numbers that follow from a seed, a bound on the steps that all evaluations take
/// together, and one variable at most. There is no context object.
pub struct FixedEnvironment {
    now: Timestamp,
    seed: u64,
    variable: Option<(&'static str, Json)>,
    drawn: Cell<u64>,
    steps: Cell<u64>,
}

impl FixedEnvironment {
    /// Makes surroundings without a variable.
    pub fn new(now: Timestamp, seed: u64, steps_max: u64) -> Self {
        Self { now, seed, variable: None, drawn: Cell::new(0), steps: Cell::new(steps_max) }
    }

    /// Binds `$name`.
    #[must_use]
    pub fn with_variable(self, name: &'static str, value: Json) -> Self {
        Self { variable: Some((name, value)), ..self }
    }
}

impl Host for FixedEnvironment {
    fn variable(&self, name: &str) -> Option<Json> {
        let (bound, value) = self.variable.as_ref()?;
        (*bound == name).then(|| value.clone())
    }

    fn now(&self) -> Timestamp {
        self.now
    }

    fn random(&self) -> u64 {
        let place = self.drawn.get() + 1;
        self.drawn.set(place);
        drawn(self.seed, place - 1)
    }

    fn allowance(&self) -> u64 {
        self.steps.get()
    }

    fn spend(&self, steps: u64) {
        self.steps.set(self.steps.get().saturating_sub(steps));
    }
}

impl Environment for FixedEnvironment {
    fn context(&self) -> Json {
        Json::Null
    }
}
