//! The surroundings tests evaluate in: a context, a few variables, fixed time and randomness.

use std::cell::Cell;

use compasso_expr::Environment;
use compasso_jsonata::Host;
use compasso_types::{Json, Timestamp};

pub(crate) struct World {
    context: Json,
    variables: Json,
    random: Cell<u64>,
}

impl Default for World {
    fn default() -> Self {
        Self {
            context: json(r#"{"Execution":{"Name":"run"},"State":{"Name":"S"}}"#),
            variables: json(r#"{"order":{"id":7,"lines":[{"sku":"a"},{"sku":"b"}]},"größe":42}"#),
            random: Cell::new(1),
        }
    }
}

impl Host for World {
    fn variable(&self, name: &str) -> Option<Json> {
        self.variables.get(name).cloned()
    }

    fn now(&self) -> Timestamp {
        Timestamp(0)
    }

    fn random(&self) -> u64 {
        let next = self.random.get().wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        self.random.set(next);
        next
    }
}

impl Environment for World {
    fn context(&self) -> Json {
        self.context.clone()
    }
}

pub(crate) fn json(text: &str) -> Json {
    Json::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}
