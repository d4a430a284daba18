//! Expressions of triggers, evaluated over the event that came.

use std::cell::Cell;

use compasso_expr::Environment;
use compasso_expr::query::Query;
use compasso_jsonata::Host;
use compasso_types::{Json, Timestamp};

use crate::limits::STEPS_MAX;
use crate::record::EventNumber;

/// What the expressions of one event are evaluated over. They take [`STEPS_MAX`] steps together.
pub(crate) struct Scene {
    document: Json,
    at: Timestamp,
    seed: u64,
    drawn: Cell<u64>,
    steps: Cell<u64>,
}

impl Scene {
    /// Makes what expressions see of an event: `trigger` and the members of `more`.
    pub(crate) fn new<'a>(
        number: EventNumber,
        trigger: &Json,
        more: impl IntoIterator<Item = (&'a str, Json)>,
    ) -> Self {
        let trigger = [("trigger", trigger.clone())];
        let document = Json::object(trigger.into_iter().chain(more));
        let (drawn, steps) = (Cell::new(0), Cell::new(STEPS_MAX));
        Self { document, at: number.at(), seed: number.0, drawn, steps }
    }

    /// Evaluates; `None` if it returned nothing.
    ///
    /// # Errors
    /// Why it failed.
    pub(crate) fn value(&self, query: &Query, location: &str) -> Result<Option<Json>, String> {
        query.evaluate(&self.document, self, location).map_err(|failure| failure.to_string())
    }

    /// Evaluates a condition: nothing is false.
    ///
    /// # Errors
    /// It failed, or is no boolean.
    pub(crate) fn holds(&self, query: &Query, location: &str) -> Result<bool, String> {
        match self.value(query, location)? {
            None => Ok(false),
            Some(Json::Bool(holds)) => Ok(holds),
            Some(other) => Err(format!("{location}: {} is no boolean", other.type_name())),
        }
    }

    /// Evaluates a text: strings as they are, nothing as none.
    ///
    /// # Errors
    /// Why it failed.
    pub(crate) fn text(&self, query: &Query, location: &str) -> Result<Option<String>, String> {
        Ok(self.value(query, location)?.and_then(|value| match value {
            Json::Null => None,
            Json::String(text) => Some(text.to_string()),
            other => Some(other.to_string()),
        }))
    }
}

impl Host for Scene {
    fn variable(&self, _name: &str) -> Option<Json> {
        None
    }

    fn now(&self) -> Timestamp {
        self.at
    }

    /// The same numbers for the same event.
    fn random(&self) -> u64 {
        let drawn = self.drawn.get() + 1;
        self.drawn.set(drawn);
        // SplitMix64.
        let mut bits = self.seed.wrapping_add(drawn.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    fn allowance(&self) -> u64 {
        self.steps.get()
    }

    fn spend(&self, steps: u64) {
        self.steps.set(self.steps.get().saturating_sub(steps));
    }
}

impl Environment for Scene {
    fn context(&self) -> Json {
        Json::Null
    }
}
