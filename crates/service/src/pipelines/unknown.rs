//! What a pipeline names that the server does not know: not wrong, as it may still be set before the
//! first run.

use std::collections::BTreeSet;
use std::sync::Arc;

use compasso_pipeline::tree::{Tasks, Work};
use compasso_pipeline::{Code, Pipeline, Problem, Span, Value, located};
use compasso_types::Json;

use super::PipelineProblem;
use crate::{Error, Service};

impl Service {
    /// Returns warnings of secrets and pools that pipelines of `text` name and nobody has set.
    ///
    /// # Errors
    /// The store does not answer.
    pub(super) async fn unknown_names(
        &self,
        account: &str,
        text: &str,
        pipelines: impl Iterator<Item = &Pipeline>,
    ) -> Result<Vec<PipelineProblem>, Error> {
        let (mut secrets, mut pools) = (Vec::new(), Vec::new());
        for pipeline in pipelines {
            let named = pipeline.secrets.iter().map(|secret| (secret.name.clone(), secret.span));
            secrets.extend(named);
            pools
                .extend(literal(pipeline.defaults.pool.as_ref()).map(|pool| (pool, pipeline.span)));
            pools_of(&pipeline.tasks, &mut pools);
        }
        let mut problems = Vec::new();
        if !secrets.is_empty() {
            let known = self.list_secrets(account).await?.items;
            let known: BTreeSet<Arc<str>> = known.into_iter().map(|secret| secret.name).collect();
            problems.extend(unknown(secrets, &known, "secret", "compasso secrets set NAME < FILE"));
        }
        if !pools.is_empty() {
            let known = self.dispatcher().pools().into_iter().map(|pool| pool.name).collect();
            problems.extend(unknown(pools, &known, "pool", "compasso pools set NAME SIZE"));
        }
        Ok(located(text, problems).into_iter().map(Into::into).collect())
    }
}

/// Returns a warning for each name that is not known, where it first stands.
fn unknown(
    named: Vec<(Arc<str>, Span)>,
    known: &BTreeSet<Arc<str>>,
    what: &str,
    command: &str,
) -> Vec<Problem> {
    let mut told = BTreeSet::new();
    let new =
        named.into_iter().filter(|(name, _)| !known.contains(name) && told.insert(name.clone()));
    new.map(|(name, span)| Problem {
        code: Code::NotOnServer,
        span,
        message: format!("the server has no {what} '{name}'"),
        hint: Some(format!("set it before the first run: {}", command.replace("NAME", &name))),
    })
    .collect()
}

fn pools_of(tasks: &Tasks, pools: &mut Vec<(Arc<str>, Span)>) {
    for task in tasks {
        pools.extend(literal(task.placement.pool.as_ref()).map(|pool| (pool, task.span)));
        if let Some(Work::Group(inner)) = &task.work {
            pools_of(inner, pools);
        }
    }
}

/// Returns a name that is not computed.
fn literal(value: Option<&Value>) -> Option<Arc<str>> {
    match value {
        Some(Value::Literal(Json::String(name))) => Some(name.clone()),
        _ => None,
    }
}
