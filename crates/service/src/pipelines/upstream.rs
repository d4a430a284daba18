//! Pipelines that start when others end: others that are not there, and circles of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use compasso_pipeline::tree::TriggerKind;
use compasso_pipeline::{Code, Pipeline, Problem, Span, located};
use compasso_types::Arn;

use super::PipelineProblem;
use crate::arns::PIPELINE;
use crate::{Caller, Service};

/// Most pipelines that a circle is looked for in.
pub(super) const LOOKED_AT_MAX: usize = 1_000;

/// Which others start a pipeline by their ends without a further condition, and where that is said.
type Upstream = Vec<(Arc<str>, Span)>;

impl Service {
    /// Returns warnings of pipelines that triggers of `text` name and the server does not have, and of those that
    /// start each other in a circle, together with what is stored.
    pub(super) fn check_upstream<'p>(
        &self,
        caller: &Caller,
        text: &str,
        pipelines: impl Iterator<Item = &'p Pipeline>,
    ) -> Vec<PipelineProblem> {
        let pushed: BTreeMap<Arc<str>, Upstream> =
            pipelines.map(|pipeline| (pipeline.name.clone(), upstream(pipeline))).collect();
        let names = |ups: &Upstream| ups.iter().map(|(name, _)| name.clone()).collect();
        let of = |name: &Arc<str>| {
            let arn = Arn::new(&caller.region, &caller.account, PIPELINE, name);
            pushed.get(name).map(names).or_else(|| self.triggers().upstream(arn.as_str()))
        };
        let mut problems = Vec::new();
        for (name, ups) in &pushed {
            for (up, span) in ups {
                let problem = match of(up) {
                    None => Some(missing(up, *span)),
                    Some(_) => way(name, up, of).map(|way| circle(name, &way, *span)),
                };
                problems.extend(problem);
            }
        }
        located(text, problems).into_iter().map(Into::into).collect()
    }
}

fn upstream(pipeline: &Pipeline) -> Upstream {
    let free = pipeline.triggers.list.iter().filter(|it| it.enabled && it.condition.is_none());
    let named = free.filter_map(|trigger| match &trigger.kind {
        TriggerKind::Pipeline(other) => Some((other.name.clone(), trigger.span)),
        _ => None,
    });
    named.collect()
}

/// Returns the pipelines from `up` back to `name`, each with the next as one `of` it.
pub(super) fn way(
    name: &Arc<str>,
    up: &Arc<str>,
    of: impl Fn(&Arc<str>) -> Option<Vec<Arc<str>>>,
) -> Option<Vec<Arc<str>>> {
    let (mut ways, mut known) = (vec![vec![up.clone()]], BTreeSet::new());
    while let Some(way) = ways.pop() {
        let last = way.last()?;
        if last == name {
            return Some(way);
        }
        if known.len() < LOOKED_AT_MAX && known.insert(last.clone()) {
            let further = of(last).unwrap_or_default().into_iter();
            ways.extend(further.map(|next| way.iter().cloned().chain([next]).collect()));
        }
    }
    None
}

fn missing(name: &str, span: Span) -> Problem {
    Problem {
        code: Code::NotOnServer,
        span,
        message: format!("the server has no pipeline '{name}'"),
        hint: Some("push it as well: nothing starts this one until then".into()),
    }
}

fn circle(name: &str, way: &[Arc<str>], span: Span) -> Problem {
    let between: Vec<_> = way.iter().rev().skip(1).map(|name| format!("'{name}'")).collect();
    let by =
        if between.is_empty() { String::new() } else { format!(", by {}", between.join(", ")) };
    Problem {
        code: Code::Circle,
        span,
        message: format!("the end of '{name}' starts '{name}' again{by}"),
        hint: Some("say in the trigger's 'if' when it is to end, or leave one trigger away".into()),
    }
}
