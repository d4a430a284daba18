//! Compiled expressions.

use std::sync::Arc;

use compasso_types::{Json, Timestamp};

use crate::analysis;
use crate::error::{EvaluationError, SyntaxError};
use crate::evaluator::{Data, Evaluator};
use crate::functions;
use crate::parser::{self, Tree};
use crate::reads::{self, Place, Reads};

/// What an expression may ask its surroundings for.
pub trait Host {
    /// Returns the value bound to `$name`, or `None` if there is none.
    fn variable(&self, name: &str) -> Option<Json>;
    /// Returns the instant `$now` and `$millis` see.
    fn now(&self) -> Timestamp;
    /// Returns the next 64 random bits; the sequence is decided by the host's seed.
    fn random(&self) -> u64;
    /// Returns whether an evaluation over a document may compute numbers that JSON has no room for; they are then
    /// texts in its result.
    fn keeps_infinity(&self) -> bool {
        false
    }
    /// Returns how many steps this and all later evaluations may take together.
    fn allowance(&self) -> u64 {
        u64::MAX
    }
    /// Is told how many steps an evaluation took, whether it succeeded or not.
    fn spend(&self, _steps: u64) {}
}

/// How much one evaluation may use.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Steps: one per evaluated node, and one per item a builtin touches.
    pub steps_max: u64,
    /// Nesting of evaluated nodes that have parts, and of calls.
    pub depth_max: usize,
    /// Bytes of values made by the evaluation, shared parts counted once when made.
    pub bytes_max: usize,
    /// Items of a list that is made at once.
    pub items_max: usize,
}

/// A compiled expression; `Send + Sync`, cheap to clone.
#[derive(Clone, Debug)]
pub struct Program {
    tree: Arc<Tree>,
}

impl Program {
    /// Compiles `text`.
    ///
    /// # Errors
    /// The text is not an expression, or is longer or deeper than the compiler's limits.
    pub fn compile(text: &str) -> Result<Self, SyntaxError> {
        Ok(Self { tree: Arc::new(parser::parse(text)?) })
    }

    /// Evaluates with `$states` bound to `states`; `None` means the expression returned nothing.
    ///
    /// # Errors
    /// See [`EvaluationError`].
    pub fn evaluate(
        &self,
        states: &Json,
        host: &dyn Host,
        limits: &Limits,
    ) -> Result<Option<Json>, EvaluationError> {
        self.run(Data::States(states), host, limits)
    }

    /// Evaluates over `document`: names that no step comes before, `$` and `$$` read it. `None`
    /// means the expression returned nothing.
    ///
    /// # Errors
    /// See [`EvaluationError`].
    pub fn evaluate_over(
        &self,
        document: &Json,
        host: &dyn Host,
        limits: &Limits,
    ) -> Result<Option<Json>, EvaluationError> {
        self.run(Data::Document(document), host, limits)
    }

    fn run(
        &self,
        data: Data<'_>,
        host: &dyn Host,
        limits: &Limits,
    ) -> Result<Option<Json>, EvaluationError> {
        let steps_max = limits.steps_max.min(host.allowance());
        let limits = Limits { steps_max, ..*limits };
        let evaluator = Evaluator::new(&self.tree, data, host, &limits);
        let result = evaluator.run();
        host.spend(match result {
            Err(EvaluationError::Timeout) => steps_max,
            _ => steps_max - evaluator.steps_left(),
        });
        result
    }

    /// Returns the names of the free variables read, `states` excepted, each once, sorted.
    pub fn variables(&self) -> Vec<String> {
        analysis::variables(&self.tree)
    }

    /// Returns the names of the free variables that nothing binds over a document, `states` excepted, each once,
    /// sorted.
    pub fn unbound_over_document(&self) -> Vec<String> {
        let mut names = self.variables();
        names.retain(|name| functions::find_over_document(name).is_none());
        names
    }

    /// Returns whether it names one of the functions that there are over a document only.
    pub fn needs_document(&self) -> bool {
        self.variables().iter().any(|name| functions::find_over_document(name).is_some())
    }

    /// Returns the names of all functions that there are over a document.
    pub fn functions_over_document() -> impl Iterator<Item = &'static str> {
        functions::names_over_document()
    }

    /// Returns the members of `$states` read (`input`, `result`, …), each once, sorted.
    pub fn states_members(&self) -> Vec<String> {
        analysis::states_members(&self.tree)
    }

    /// Returns what reads the context where there is no document, with the offset of its first
    /// place: a bare `$` or `$$` or an unqualified name at top level, which Step Functions refuses.
    pub fn absent_references(&self) -> Vec<(String, usize)> {
        analysis::absent_references(&self.tree)
    }

    /// Returns what an evaluation over a document may read of it.
    pub fn document_reads(&self) -> Reads {
        reads::of(&self.tree)
    }

    /// Returns the places where an evaluation over a document reads it, in no order; `None` if it
    /// may read what no place names.
    pub fn document_places(&self) -> Option<Vec<Place>> {
        reads::places(&self.tree)
    }

    /// Returns the members of the document, by the names of their paths, that an evaluation compares with texts
    /// which are written out.
    pub fn compared_texts(&self) -> Vec<(Vec<Arc<str>>, Arc<str>)> {
        analysis::compared_texts(&self.tree)
    }

    /// Returns the names of all variables, those that the expression itself binds among them;
    /// functions of the library excepted.
    pub fn all_variables(&self) -> impl Iterator<Item = &Arc<str>> {
        let own = self.tree.names.0.iter().filter(|variable| variable.builtin.is_none());
        own.map(|variable| &variable.text)
    }
}
