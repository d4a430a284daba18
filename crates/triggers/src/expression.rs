//! Expressions of triggers, evaluated over the event that came.

use compasso_expr::FixedEnvironment;
use compasso_expr::query::Query;
use compasso_types::Json;

use crate::limits::STEPS_MAX;
use crate::record::EventNumber;

/// What the expressions of one event are evaluated over. They take [`STEPS_MAX`] steps together.
pub(crate) struct Scene {
    document: Json,
    surroundings: FixedEnvironment,
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
        // The same random numbers for the same event.
        let surroundings = FixedEnvironment::new(number.at(), number.0, STEPS_MAX);
        Self { document, surroundings }
    }

    /// Evaluates; `None` if it returned nothing.
    ///
    /// # Errors
    /// Why it failed.
    pub(crate) fn value(&self, query: &Query, location: &str) -> Result<Option<Json>, String> {
        query
            .evaluate(&self.document, &self.surroundings, location)
            .map_err(|failure| failure.to_string())
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
