//! Values of JSONata states: JSON in which strings `{% … %}` are computed.

use compasso_jsonata::Limits;
use compasso_types::Json;

use crate::{CompileError, Environment, Failure};

/// What one evaluation of an expression may use (Amazon: one second; ours are counted, so that the
/// same expression ends the same way on every machine).
pub const LIMITS: Limits = Limits {
    steps_max: 5_000_000,
    depth_max: 500,
    bytes_max: 64 * 1024 * 1024,
};

/// A compiled value: literal parts and expressions.
#[derive(Clone, Debug)]
pub struct Query {}

impl Query {
    /// Compiles `value`, finding expressions at any depth. All problems are returned.
    pub fn compile(_value: &Json) -> Result<Self, Vec<CompileError>> {
        unimplemented!()
    }

    /// Evaluates with `$states` = `states`. `location` is the field's name (`Output`, `Assign/x`);
    /// failures name the place below it (`Output/result`).
    pub fn evaluate(
        &self,
        _states: &Json,
        _environment: &dyn Environment,
        _location: &str,
    ) -> Result<Json, Failure> {
        unimplemented!()
    }

    /// Returns the value if no part of it is an expression.
    pub fn literal(&self) -> Option<&Json> {
        unimplemented!()
    }

    /// Returns the names of the variables read, each once, sorted.
    pub fn variables(&self) -> Vec<String> {
        unimplemented!()
    }

    /// Returns the members of `$states` read, each once, sorted.
    pub fn states_members(&self) -> Vec<String> {
        unimplemented!()
    }
}
