//! Intrinsic functions (`States.Format('…', $.x)`).
//!
//! [`parser`] reads a call, [`function`] knows names and argument counts, and one module per group
//! computes: [`arrays`], [`encoding`], [`math`], [`text`].

mod arrays;
mod encoding;
mod function;
mod math;
mod parser;
mod text;

use std::collections::BTreeSet;
use std::sync::Arc;

use compasso_types::Json;

use crate::allowance::Allowance;
use crate::jsonpath::Path;
use crate::{CompileError, Environment, Failure};
use function::Function;

/// Deepest nesting of calls.
const NESTING_MAX: usize = 10;
/// Most characters of a text that is hashed, encoded or decoded.
const TEXT_CHARS_MAX: usize = 10_000;
/// Most bytes of the text of one call.
const CALL_BYTES_MAX: usize = 64 * 1024;
/// Most bytes of a formatted text.
const FORMATTED_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Most items of a range.
const RANGE_ITEMS_MAX: usize = 1_000;

/// A compiled call; `clone` is cheap.
#[derive(Clone, Debug)]
pub struct Intrinsic {
    text: Arc<str>,
    call: Arc<Call>,
}

#[derive(Debug)]
struct Call {
    function: Function,
    arguments: Vec<Argument>,
}

#[derive(Debug)]
enum Argument {
    Literal(Json),
    /// A quoted text, and where in it `{}` stands without a backslash.
    Text {
        value: Json,
        placeholders: Vec<usize>,
    },
    Path(Path),
    Call(Call),
}

/// An argument's value.
struct Value<'c> {
    json: Json,
    /// Where `{}` stands, if the argument is a quoted text.
    placeholders: Option<&'c [usize]>,
}

/// What a call is evaluated in.
struct Scope<'s> {
    data: &'s Json,
    environment: &'s dyn Environment,
    allowance: &'s Allowance,
}

/// Why a call gave no value.
enum Failed {
    /// A path among the arguments leads nowhere.
    Missing(Path),
    /// A function cannot take its arguments.
    Refused(String),
}

impl Intrinsic {
    /// Compiles a call; nested calls go at most ten levels deep.
    pub fn parse(text: &str) -> Result<Self, CompileError> {
        let call = parser::parse(text)?;
        Ok(Self { text: text.into(), call: Arc::new(call) })
    }

    /// Evaluates the call.
    ///
    /// # Errors
    /// [`Failure::NotInInput`] if a path leads nowhere, [`Failure::Intrinsic`] if a function cannot
    /// take its arguments.
    pub fn evaluate(&self, data: &Json, environment: &dyn Environment) -> Result<Json, Failure> {
        self.evaluate_within(data, environment, &Allowance::default())
    }

    pub(crate) fn evaluate_within(
        &self,
        data: &Json,
        environment: &dyn Environment,
        allowance: &Allowance,
    ) -> Result<Json, Failure> {
        let cause = |reason: &str| {
            format!("The function '{}' had the following error: {reason}", self.text)
        };
        self.call.evaluate(&Scope { data, environment, allowance }).map_err(|failed| match failed {
            Failed::Missing(path) => Failure::NotInInput(cause(&format!(
                "The JsonPath argument for the field '{path}' could not be found in the input"
            ))),
            Failed::Refused(reason) => Failure::Intrinsic(cause(&reason)),
        })
    }

    /// Returns the text it was made from.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the name of the outermost function, such as `States.Format`.
    pub fn name(&self) -> &str {
        self.call.function.name()
    }

    /// Returns every path in it, nested calls included, in order.
    pub fn paths(&self) -> Vec<&Path> {
        let mut paths = Vec::new();
        self.call.collect_paths(&mut paths);
        paths
    }

    /// Returns the names of the variables read, each once, sorted.
    pub fn variables(&self) -> Vec<String> {
        let names: BTreeSet<&str> = self.paths().into_iter().filter_map(Path::variable).collect();
        names.into_iter().map(str::to_owned).collect()
    }
}

impl Call {
    fn evaluate(&self, scope: &Scope<'_>) -> Result<Json, Failed> {
        let values = self.arguments.iter().map(|argument| argument.evaluate(scope));
        let values = values.collect::<Result<Vec<_>, _>>()?;
        let result = self.function.apply(&values, scope.environment);
        let paid = result.and_then(|result| scope.allowance.pay(&result).map(|()| result));
        let name = self.function.name();
        paid.map_err(|reason| Failed::Refused(format!("{name}: {reason}")))
    }

    fn collect_paths<'c>(&'c self, paths: &mut Vec<&'c Path>) {
        for argument in &self.arguments {
            match argument {
                Argument::Path(path) => paths.push(path),
                Argument::Call(call) => call.collect_paths(paths),
                Argument::Literal(_) | Argument::Text { .. } => {}
            }
        }
    }
}

impl Argument {
    fn evaluate(&self, scope: &Scope<'_>) -> Result<Value<'_>, Failed> {
        let json = match self {
            Self::Literal(value) => value.clone(),
            Self::Text { value, placeholders } => {
                return Ok(Value { json: value.clone(), placeholders: Some(placeholders) });
            }
            Self::Path(path) => {
                let value = path.read(scope.data, scope.environment);
                let value = value.map_err(|_| Failed::Missing(path.clone()))?;
                if path.makes_values() {
                    scope.allowance.pay(&value).map_err(Failed::Refused)?;
                }
                value
            }
            Self::Call(call) => call.evaluate(scope)?,
        };
        Ok(Value { json, placeholders: None })
    }
}
