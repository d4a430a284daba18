//! JSONata 2.0.6: compile once, evaluate with limits that hold.
//!
//! **Invariant:** evaluation is pure. Time and randomness come from the [`Host`]; work, depth and
//! memory are counted, so the same expression over the same data ends the same way everywhere.

use compasso_types::{Json, Timestamp};

/// What an expression may ask its surroundings for.
pub trait Host {
    /// Returns the value bound to `$name`, or `None` if there is none.
    fn variable(&self, name: &str) -> Option<Json>;
    /// Returns the instant `$now` and `$millis` see.
    fn now(&self) -> Timestamp;
    /// Returns the next 64 random bits; the sequence is decided by the host's seed.
    fn random(&self) -> u64;
}

/// How much one evaluation may use.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Steps: one per evaluated node, and one per item a builtin touches.
    pub steps_max: u64,
    /// Nesting of calls and expressions.
    pub depth_max: usize,
    /// Bytes of values made by the evaluation, shared parts counted once when made.
    pub bytes_max: usize,
}

/// A compiled expression; `Send + Sync`, cheap to clone.
#[derive(Clone, Debug)]
pub struct Program {}

/// The text is not a JSONata expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct SyntaxError {
    /// JSONata's error code, such as `S0201`.
    pub code: &'static str,
    /// What is wrong, as the reference implementation words it.
    pub message: String,
    /// Offset in the text, in bytes.
    pub position: usize,
}

/// An evaluation that gave no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluationError {
    /// The expression failed; `code` and `message` are the reference implementation's.
    #[error("{code}: {message}")]
    Failed {
        /// JSONata's error code, such as `T1006`.
        code: &'static str,
        /// What is wrong, as the reference implementation words it.
        message: String,
    },
    /// The result is a function, which JSON cannot hold.
    #[error("unsupported result type")]
    UnsupportedResult,
    /// More steps than [`Limits::steps_max`].
    #[error("Expression evaluation timeout")]
    Timeout,
    /// More bytes than [`Limits::bytes_max`].
    #[error("Expression evaluation memory limit exceeded")]
    Memory,
    /// Deeper than [`Limits::depth_max`].
    #[error("Stack overflow error")]
    Depth,
}

impl Program {
    /// Compiles `text`.
    ///
    /// # Errors
    /// The text is not an expression, or is longer or deeper than the compiler's limits.
    pub fn compile(_text: &str) -> Result<Self, SyntaxError> {
        unimplemented!()
    }

    /// Evaluates with `$states` bound to `states`; `None` means the expression returned nothing.
    ///
    /// # Errors
    /// See [`EvaluationError`].
    pub fn evaluate(
        &self,
        _states: &Json,
        _host: &dyn Host,
        _limits: &Limits,
    ) -> Result<Option<Json>, EvaluationError> {
        unimplemented!()
    }

    /// Returns the names of the free variables read, `states` excepted, each once, sorted.
    pub fn variables(&self) -> Vec<String> {
        unimplemented!()
    }

    /// Returns the members of `$states` read (`input`, `result`, …), each once, sorted.
    pub fn states_members(&self) -> Vec<String> {
        unimplemented!()
    }

    /// Returns the offset of the first read of the context without a document: a bare `$` or `$$`
    /// or an unqualified name at top level, which Step Functions refuses.
    pub fn reads_absent_context(&self) -> Option<usize> {
        unimplemented!()
    }
}
