//! Pools with fewer slots than a task wants.

use std::collections::BTreeMap;
use std::sync::Arc;

use compasso_dispatch::PoolView;
use compasso_pipeline::tree::{Tasks, Work};
use compasso_pipeline::{Code, Pipeline, Problem};

use super::unknown::literal;

/// Returns warnings of tasks that want more slots than a pool has, by a name that is not computed.
pub(super) fn too_small(pipelines: &[&Pipeline], pools: &[PoolView]) -> Vec<Problem> {
    let pools: BTreeMap<&str, &PoolView> = pools.iter().map(|pool| (&*pool.name, pool)).collect();
    let mut problems = Vec::new();
    for pipeline in pipelines {
        add(&mut problems, pipeline, &pipeline.tasks, &pools);
    }
    problems
}

fn add(
    problems: &mut Vec<Problem>,
    pipeline: &Pipeline,
    tasks: &Tasks,
    pools: &BTreeMap<&str, &PoolView>,
) {
    for task in tasks {
        let name: Option<Arc<str>> = literal(task.pool(pipeline));
        let pool = name.and_then(|name| pools.get(&*name));
        let span = task.placement.slots_span;
        let wants = task.placement.slots;
        if let (Some(pool), Some(span)) = (pool.filter(|pool| wants > pool.size), span) {
            let PoolView { name, size, fixed, .. } = pool;
            let hint = if *fixed {
                "make it larger in the server's settings: the task waits until then".to_owned()
            } else {
                format!("the task waits until it is larger: compasso pools set {name} {wants}")
            };
            problems.push(Problem {
                code: Code::NotOnServer,
                span,
                message: format!(
                    "the task wants {wants} slots of the pool '{name}', which has {size}"
                ),
                hint: Some(hint),
            });
        }
        if let Some(Work::Group(inner)) = &task.work {
            add(problems, pipeline, inner, pools);
        }
    }
}
