//! Intrinsic functions (`States.Format('…', $.x)`).

use compasso_types::Json;

use crate::{CompileError, Environment, Failure};

/// A compiled call.
#[derive(Clone, Debug)]
pub struct Intrinsic {}

impl Intrinsic {
    /// Compiles a call; nested calls go at most ten levels deep.
    pub fn parse(_text: &str) -> Result<Self, CompileError> {
        Err(CompileError {
            pointer: String::new(),
            message: String::new(),
            offset: Some(0),
        })
    }

    /// Evaluates the call; `field` names the field in causes.
    pub fn evaluate(
        &self,
        _data: &Json,
        _environment: &dyn Environment,
        _field: &str,
    ) -> Result<Json, Failure> {
        unimplemented!()
    }

    /// Returns the name of the outermost function, such as `States.Format`.
    pub fn name(&self) -> &str {
        unimplemented!()
    }

    /// Returns the names of the variables read, each once, sorted.
    pub fn variables(&self) -> Vec<String> {
        unimplemented!()
    }
}
