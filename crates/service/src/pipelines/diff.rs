//! What changed from one version of a pipeline to another.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use compasso_pipeline::Pipeline;
use serde::Serialize;
use similar::TextDiff;

use super::name::arn_text;
use crate::runs::ids;
use crate::{Caller, Error, Service};

/// Lines around a change.
const CONTEXT_LINES: usize = 3;
/// Longest search for the shortest difference; after it a longer one is told.
const SEARCH_MAX: Duration = Duration::from_millis(500);

/// What changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PipelineDiff {
    /// The number of the earlier version.
    pub from: u64,
    /// The number of the later one.
    pub to: u64,
    /// The lines that differ, in the form of `diff -u`; empty if none do.
    pub text: String,
    /// The tasks that are new, those in groups as `group.task`.
    pub tasks_added: BTreeSet<Arc<str>>,
    /// The tasks that are gone.
    pub tasks_removed: BTreeSet<Arc<str>>,
}

impl Service {
    /// Compares two versions of a pipeline.
    ///
    /// # Errors
    /// There is no such pipeline or version.
    pub async fn pipeline_diff(
        &self,
        caller: &Caller,
        name: &str,
        from: u64,
        to: u64,
    ) -> Result<PipelineDiff, Error> {
        let (before, tasks_before) = self.text_and_tasks(caller, name, from).await?;
        let (after, tasks_after) = self.text_and_tasks(caller, name, to).await?;
        let labels = (format!("{name}:{from}"), format!("{name}:{to}"));
        Ok(PipelineDiff {
            from,
            to,
            text: difference(before, after, labels).await?,
            tasks_added: tasks_after.difference(&tasks_before).cloned().collect(),
            tasks_removed: tasks_before.difference(&tasks_after).cloned().collect(),
        })
    }

    async fn text_and_tasks(
        &self,
        caller: &Caller,
        name: &str,
        version: u64,
    ) -> Result<(Arc<str>, BTreeSet<Arc<str>>), Error> {
        let arn = format!("{}:{version}", arn_text(caller, name));
        let target = self.pipeline_target(caller, &arn).await?;
        let compiled = self.compiled(&target.definition).await?;
        let tasks = compiled.pipeline.as_deref().map(tasks).unwrap_or_default();
        Ok((compiled.revision.definition.clone(), tasks))
    }
}

/// Writes how two texts differ, on a thread where it may take its time.
pub(crate) async fn difference(
    before: Arc<str>,
    after: Arc<str>,
    (from, to): (String, String),
) -> Result<String, Error> {
    let compared = tokio::task::spawn_blocking(move || {
        let mut config = TextDiff::configure();
        let diff = config.timeout(SEARCH_MAX).diff_lines(&*before, &*after);
        diff.unified_diff().context_radius(CONTEXT_LINES).header(&from, &to).to_string()
    });
    compared.await.map_err(|error| Error::Unavailable(format!("not compared: {error}")))
}

fn tasks(pipeline: &Pipeline) -> BTreeSet<Arc<str>> {
    ids(pipeline).into_iter().collect()
}
