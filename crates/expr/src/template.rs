//! Payload templates of JSONPath states: JSON in which `"key.$"` members are computed.

use compasso_types::Json;

use crate::{CompileError, Environment, Failure};

/// A compiled payload template.
#[derive(Clone, Debug)]
pub struct Template {}

impl Template {
    /// Compiles `value`. All problems are returned, in document order.
    pub fn compile(_value: &Json) -> Result<Self, Vec<CompileError>> {
        unimplemented!()
    }

    /// Evaluates with `$` = `data`.
    pub fn evaluate(
        &self,
        _data: &Json,
        _environment: &dyn Environment,
    ) -> Result<Json, Failure> {
        unimplemented!()
    }

    /// Returns the names of the variables read, each once, sorted.
    pub fn variables(&self) -> Vec<String> {
        unimplemented!()
    }
}
