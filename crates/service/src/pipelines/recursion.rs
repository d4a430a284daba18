//! Pipelines whose tasks run each other in a circle that nothing ends.

use std::collections::BTreeMap;
use std::sync::Arc;

use compasso_ir::TriggerRule;
use compasso_pipeline::tree::{Call, Task, Tasks, Work};
use compasso_pipeline::{Code, Pipeline, Problem, Span, located};
use compasso_schedule::Overlap;
use compasso_types::Arn;

use super::PipelineProblem;
use super::callees::callee;
use super::name::arn_text;
use super::upstream::{LOOKED_AT_MAX, way};
use crate::{Caller, Error, Service};

/// The ARNs of the pipelines that each run of one runs, and where that is said.
type Calls = Vec<(Arc<str>, Span)>;

impl Service {
    /// Returns warnings of pipelines that run themselves, perhaps by way of others, each time they run.
    pub(super) async fn check_calls(
        &self,
        caller: &Caller,
        text: &str,
        pushed: &[&Pipeline],
    ) -> Result<Vec<PipelineProblem>, Error> {
        let mut known: BTreeMap<Arc<str>, Calls> = BTreeMap::new();
        for pipeline in pushed {
            let arn = arn_text(caller, &pipeline.name);
            known.insert(arn.into(), calls(caller, pipeline));
        }
        let ours: Vec<Arc<str>> = known.keys().cloned().collect();
        let mut open: Vec<Arc<str>> =
            known.values().flatten().map(|(arn, _)| arn.clone()).collect();
        while let Some(arn) = open.pop().filter(|_| known.len() < LOOKED_AT_MAX) {
            let is_own = arn.parse::<Arn>().is_ok_and(|arn| arn.account() == &*caller.account);
            if !is_own || known.contains_key(&arn) {
                continue;
            }
            let stored = self.stored_pipeline(&arn).await?;
            let further = stored.map(|stored| calls(caller, &stored.pipeline));
            let further = further.unwrap_or_default();
            open.extend(further.iter().map(|(arn, _)| arn.clone()));
            known.insert(arn, further);
        }
        let of = |arn: &Arc<str>| {
            let calls = known.get(arn)?;
            Some(calls.iter().map(|(arn, _)| arn.clone()).collect())
        };
        let mut problems = Vec::new();
        for ours in &ours {
            for (callee, span) in &known[ours] {
                problems.extend(way(ours, callee, of).map(|way| endless(&way, *span)));
            }
        }
        Ok(located(text, problems).into_iter().map(Into::into).collect())
    }
}

/// Returns what each run runs. A run of a pipeline that skips runs beyond its places ends the circle of those that
/// it waits for: it has its place as long as they run.
fn calls(caller: &Caller, pipeline: &Pipeline) -> Calls {
    let ends_circles = pipeline.concurrency.overlap == Overlap::Skip;
    calls_of(caller, &pipeline.tasks, &|call| !(ends_circles && call.waits))
}

fn calls_of(caller: &Caller, tasks: &Tasks, counts: &impl Fn(&Call) -> bool) -> Calls {
    let mut certain: BTreeMap<&str, bool> = BTreeMap::new();
    let mut found = Calls::new();
    for task in tasks.into_iter().filter(|task| is_certain(tasks, task, &mut certain)) {
        match &task.work {
            Some(Work::Pipeline(call)) if counts(call) => {
                let callee = callee(call).filter(|(_, is_present)| *is_present);
                found.extend(callee.map(|(name, _)| (arn_text(caller, &name).into(), task.span)));
            }
            Some(Work::Group(inner)) => found.extend(calls_of(caller, inner, counts)),
            _ => {}
        }
    }
    found
}

/// Says whether a task runs in each run in which nothing fails. `known` is what is known of others.
fn is_certain<'t>(tasks: &'t Tasks, task: &'t Task, known: &mut BTreeMap<&'t str, bool>) -> bool {
    if let Some(known) = known.get(&*task.id) {
        return *known;
    }
    // What needs itself runs never.
    known.insert(&task.id, false);
    let runs_after_success = !matches!(
        task.rule,
        TriggerRule::AllFailed | TriggerRule::AnyFailed | TriggerRule::AllSkipped
    );
    let is_free = task.condition.is_none() && task.fan_out.is_none() && task.cache.is_none();
    let is_certain = runs_after_success
        && is_free
        && task
            .needs
            .iter()
            .all(|need| tasks.get(&need.id).is_some_and(|needed| is_certain(tasks, needed, known)));
    known.insert(&task.id, is_certain);
    is_certain
}

fn endless(way: &[Arc<str>], span: Span) -> Problem {
    let names: Vec<_> = way.iter().filter_map(|arn| arn.rsplit(':').next()).collect();
    let (own, between) = names.split_last().expect("a way ends at the pipeline itself");
    let between: Vec<_> = between.iter().map(|name| format!("'{name}'")).collect();
    let by =
        if between.is_empty() { String::new() } else { format!(", by {}", between.join(", ")) };
    Problem {
        code: Code::RunsItself,
        span,
        message: format!("each run of '{own}' runs '{own}' again{by}: that never ends"),
        hint: Some("say in the task's 'if' when it is to end".into()),
    }
}
