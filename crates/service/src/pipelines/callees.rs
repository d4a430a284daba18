//! Pipelines and state machines that tasks are to run: those that are not there, and params they do not have.

use std::collections::BTreeSet;
use std::sync::Arc;

use compasso_pipeline::tree::{Call, Machine};
use compasso_pipeline::{Code, Pipeline, Problem, Span};
use compasso_types::Arn;

use super::name::arn_text;
use super::unknown::literal;
use crate::arns::{MACHINE, MachineArn};
use crate::{Caller, Error, Service};

/// Most params that a hint names.
const PARAMS_TOLD: usize = 12;

/// What tasks run, by names that are not computed, and where that is said.
#[derive(Default)]
pub(super) struct Callees {
    pipelines: Vec<(Callee, Span)>,
    machines: Vec<(Arc<str>, Span)>,
}

/// A pipeline that is to run.
struct Callee {
    /// Its name or its ARN.
    name: Arc<str>,
    /// The params that it is given, if it is its present version that takes them.
    params: Vec<Arc<str>>,
}

impl Callees {
    pub(super) fn add_pipeline(&mut self, call: &Call, span: Span) {
        let Some((name, is_present)) = callee(call) else { return };
        let params = call.with.iter().filter(|_| is_present).map(|(name, _)| name.clone());
        self.pipelines.push((Callee { name, params: params.collect() }, span));
    }

    pub(super) fn add_machine(&mut self, machine: &Machine, span: Span) {
        let Machine::Named { name, .. } = machine else { return };
        // An ARN may be one of another account, a version or an alias.
        let name = literal(Some(name)).filter(|name| !name.contains(':'));
        self.machines.extend(name.map(|name| (name, span)));
    }
}

impl Service {
    /// Returns warnings of what tasks are to run that neither the server has nor `pushed` brings.
    pub(super) async fn unknown_callees(
        &self,
        caller: &Caller,
        callees: &Callees,
        pushed: &[&Pipeline],
    ) -> Result<Vec<Problem>, Error> {
        let (mut problems, mut told) = (Vec::new(), BTreeSet::new());
        for (Callee { name, params }, span) in &callees.pipelines {
            let arn: Option<Arn> = arn_text(caller, name).parse().ok();
            if arn.is_some_and(|arn| arn.account() != &*caller.account) {
                continue;
            }
            match self.params_of(caller, name, pushed).await? {
                Some(known) => {
                    let unknown = params.iter().filter(|param| !known.contains(*param));
                    problems.extend(unknown.map(|param| no_param(name, param, &known, *span)));
                }
                None if told.insert(name) => problems.push(missing("pipeline", name, *span)),
                None => {}
            }
        }
        told.clear();
        for (name, span) in &callees.machines {
            let arn = Arn::new(&caller.region, &caller.account, MACHINE, name);
            if self.machine_if_any(&arn).await?.is_none() && told.insert(name) {
                problems.push(missing("state machine", name, *span));
            }
        }
        Ok(problems)
    }

    /// Returns the names of the params of a pipeline; `None` if there is no such pipeline.
    async fn params_of(
        &self,
        caller: &Caller,
        name: &Arc<str>,
        pushed: &[&Pipeline],
    ) -> Result<Option<Vec<Arc<str>>>, Error> {
        let names = |pipeline: &Pipeline| {
            Some(pipeline.params.iter().map(|param| param.name.clone()).collect())
        };
        let arn = arn_text(caller, name);
        let is_it = |pipeline: &&&Pipeline| arn_text(caller, &pipeline.name) == arn;
        if let Some(pipeline) = pushed.iter().find(is_it) {
            return Ok(names(pipeline));
        }
        let stored = self.stored_pipeline(&arn).await?;
        Ok(stored.and_then(|stored| names(&stored.pipeline)))
    }
}

/// Returns the name or the ARN of the pipeline that a call is of, unless it is computed, and whether its
/// present version is run.
pub(super) fn callee(call: &Call) -> Option<(Arc<str>, bool)> {
    let written = literal(Some(&call.name))?;
    let (name, is_present) = match MachineArn::of_pipeline("pipeline", &written) {
        Ok(named @ MachineArn::Machine(_)) => (named.whole().as_str().into(), true),
        Ok(named) => (named.whole().as_str().into(), false),
        Err(_) if written.starts_with("arn:") => return None,
        Err(_) => match written.split_once(':') {
            Some((name, _)) => (name.into(), false),
            None => (written.clone(), true),
        },
    };
    Some((name, is_present && call.version.is_none()))
}

fn missing(what: &str, name: &str, span: Span) -> Problem {
    Problem {
        code: Code::NotOnServer,
        span,
        message: format!("the server has no {what} '{name}'"),
        hint: Some("bring it before the first run: the task fails until then".into()),
    }
}

fn no_param(pipeline: &str, param: &str, known: &[Arc<str>], span: Span) -> Problem {
    let names: Vec<_> = known.iter().take(PARAMS_TOLD).map(|name| format!("'{name}'")).collect();
    let hint = match names.as_slice() {
        [] => "it has none".to_owned(),
        names => format!("it has {}", names.join(", ")),
    };
    Problem {
        code: Code::NotOnServer,
        span,
        message: format!("the pipeline '{pipeline}' has no param '{param}'"),
        hint: Some(hint),
    }
}
