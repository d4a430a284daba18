//! Pipelines as plain definitions in the Amazon States Language, with JSONata.
//!
//! What the language has no words for is refused by name and place: needs that are not series and
//! parallels, rules, places that tasks share. The definition takes the params as its input and
//! gives the outputs of the pipeline; where a task fails, the run fails, and what ran beside it is
//! ended at once.
//!
//! `shape` takes the graph apart, `block` makes states of that, `task` those of a task, and
//! `expressions` what they compute. Outputs of tasks become variables.

mod block;
mod expressions;
mod refused;
mod retry;
mod shape;
mod task;
mod work;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use compasso_ir::ExecutionType;
use compasso_types::{Json, Object};

use crate::expression::Value;
use crate::report::Report;
use crate::source::Span;
use crate::tree::{Param, Pipeline};
use crate::{Code, Diagnostic, Severity};
use block::{Block, Wanted};
use expressions::{Sight, computed};

/// Variables that no task's output is called.
const TAKEN: [&str; 5] = ["params", "vars", "env", "states", "value"];

/// Returns a pipeline of the file `text`, which has no errors, as a definition in the Amazon States
/// Language.
///
/// # Errors
/// All that the language cannot say.
pub fn plain_asl(text: &str, pipeline: &Pipeline) -> Result<Json, Vec<Diagnostic>> {
    let mut plain = Plain {
        report: Report::new(text),
        pipeline,
        variables: BTreeMap::new(),
        reads: BTreeSet::new(),
    };
    plain.refuse_of_pipeline();
    let machine = plain.machine();
    if let Some(machine) = machine.filter(|_| plain.report.errors() == 0) {
        plain.validate(&machine);
        if plain.report.errors() == 0 {
            return Ok(machine);
        }
    }
    Err(plain.report.finish(&[]))
}

/// What is being written.
struct Plain<'p, 's> {
    report: Report<'s>,
    pipeline: &'p Pipeline,
    /// The variables of tasks, by their paths and by how many blocks up from the task they are.
    variables: BTreeMap<(String, usize), Arc<str>>,
    /// The variables that are read somewhere.
    reads: BTreeSet<String>,
}

impl<'p> Plain<'p, '_> {
    /// Reports something that the language cannot say; there is nothing to go on with.
    fn refuse<T>(&mut self, span: Span, what: &str) -> Option<T> {
        self.report.add(Code::NotInAsl, span, format!("plain ASL cannot say {what}"));
        None
    }

    fn machine(&mut self) -> Option<Json> {
        let pipeline = self.pipeline;
        let wanted = pipeline.outputs.as_ref().map_or(Wanted::Nothing, Wanted::Value);
        let block = self.graph(&pipeline.tasks, "", wanted)?;
        let block = self.with_variables(block)?;
        let mut machine = Object::new();
        let told = [&pipeline.title, &pipeline.description].into_iter().flatten().next();
        machine.extend(told.map(|told| ("Comment".into(), Json::String(told.clone()))));
        machine.insert("QueryLanguage".into(), "JSONata".into());
        if let Some(limit) = pipeline.timeout {
            machine.insert("TimeoutSeconds".into(), Json::from(limit.as_secs().cast_signed()));
        }
        machine.extend(block.members());
        Some(Json::from(machine))
    }

    /// Puts the states in front that make variables of params, constants and the environment.
    fn with_variables(&mut self, mut block: Block) -> Option<Block> {
        let (pipeline, sight) = (self.pipeline, Sight::default());
        if self.reads.contains("env") {
            let env = self.texts(&pipeline.env, &sight, pipeline.span)?;
            block.begin("(env)", "env", env);
        }
        if self.reads.contains("vars") {
            block = self.with_constants(block)?;
        }
        if self.reads.contains("params") {
            let defaults = pipeline.params.iter().filter_map(|param| match &param.default {
                Some(Value::Literal(default)) => Some((param.name.clone(), default.clone())),
                _ => None,
            });
            let defaults = Json::object(defaults.collect::<Vec<_>>());
            let params = computed(&format!("$merge([{defaults}, $states.input])"));
            block.begin("(params)", "params", params);
        }
        Some(block)
    }

    /// Puts the states in front that compute `vars`: one, or one each if they build on one another.
    fn with_constants(&mut self, mut block: Block) -> Option<Block> {
        let (pipeline, sight) = (self.pipeline, Sight::default());
        let reads = |name: &str| {
            let reading = |(_, value): &&(Arc<str>, Value)| value.reads().of(name).is_some();
            pipeline.vars.iter().find(reading)
        };
        if reads("env").is_some() {
            return self.refuse(pipeline.span, "'vars' that read 'env'");
        }
        if reads("vars").is_none() {
            let vars = self.members(&pipeline.vars, &sight, pipeline.span)?;
            block.begin("(vars)", "vars", vars);
            return Some(block);
        }
        for (at, (name, value)) in pipeline.vars.iter().enumerate().rev() {
            let value = Value::Map(vec![(name.clone(), value.clone())]);
            let own = self.text(&value, &sight, pipeline.span)?;
            let all = if at == 0 { own } else { format!("$merge([$vars, {own}])") };
            block.begin(&format!("(vars.{name})"), "vars", computed(&all));
        }
        Some(block)
    }

    fn param(&self, name: &str) -> Option<&'p Param> {
        self.pipeline.params.iter().find(|param| &*param.name == name)
    }

    /// Returns the variable that has the output of the task at `path`, so many blocks up: no block
    /// may assign what one around it assigns.
    fn variable(&mut self, path: &str, level: usize) -> Arc<str> {
        let key = (path.to_owned(), level);
        if let Some(known) = self.variables.get(&key) {
            return known.clone();
        }
        let mut name = path.replace('.', "_");
        if !name.starts_with(|first: char| first.is_ascii_alphabetic()) {
            name.insert_str(0, "task");
        }
        if level > 0 {
            name.extend(["_", &level.to_string()]);
        }
        while TAKEN.contains(&&*name) || self.variables.values().any(|taken| **taken == *name) {
            name.push('_');
        }
        let name: Arc<str> = name.into();
        self.variables.insert(key, name.clone());
        name
    }

    /// Reports what the language itself refuses in what was written.
    fn validate(&mut self, machine: &Json) {
        let analysis = compasso_asl::compile(&machine.to_string(), ExecutionType::Standard);
        for found in analysis.diagnostics {
            if found.severity == Severity::Error {
                let place = found.location.as_deref().unwrap_or("/");
                let what = format!("this: {} (at {place})", found.message);
                self.refuse::<()>(self.pipeline.span, &what);
            }
        }
    }
}
