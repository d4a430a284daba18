//! Runs that failed in the same way, together.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use compasso_engine::Closed;
use compasso_store::{ExecutionHeader, ExecutionKey};
use futures::{StreamExt as _, stream};
use serde::Serialize;
use tracing::warn;

use super::dismissals::Dismissed;
use super::step_list::failed_step;
use super::{RunItem, StepItem, Viewer};
use crate::{Error, Service};

/// Most failed runs that are looked at.
const READ_MAX: usize = 1_000;
/// Runs read at once.
const AT_ONCE: usize = 16;
/// Most groups that are told of.
const GROUPS_MAX: usize = 20;
/// How many characters of a cause tell failures apart.
const CAUSE_CHARS: usize = 200;
/// Of runs with more events nobody looks for the step that failed.
const EVENTS_MAX: u64 = 2_000;
/// Bytes that a failure takes in memory beside its texts.
const FAILURE_BYTES: usize = 256;

/// Runs that failed in the same way.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FailureGroup {
    /// The latest one.
    pub run: RunItem,
    /// The step that they failed for, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<FailedStep>,
    /// The error they ended with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Arc<str>>,
    /// What the error of the latest one says about itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Arc<str>>,
    /// The ARNs of all of them, the latest first.
    pub ids: Vec<Arc<str>>,
    /// The names of their workflows.
    pub workflows: BTreeSet<String>,
}

/// A step that runs failed for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct FailedStep {
    /// The name of the state; of a task its id.
    pub name: Arc<str>,
    /// `failed` or `timed_out`.
    pub state: &'static str,
}

/// Why a run failed, as far as it can be read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Failure {
    pub(super) step: Option<FailedStep>,
    pub(super) error: Option<Arc<str>>,
    pub(super) cause: Option<Arc<str>>,
}

impl Service {
    /// Groups those of some runs that failed and nobody dismissed; those that go on again are none of them.
    pub(super) async fn failure_groups(
        &self,
        viewer: &Viewer,
        headers: &[ExecutionHeader],
        dismissed: &Dismissed,
    ) -> Result<Vec<FailureGroup>, Error> {
        let is_open = |it: &&ExecutionHeader| dismissed.leaves_open(it);
        let mut failed: Vec<_> = headers.iter().filter(is_open).cloned().collect();
        failed.sort_by_key(|header| std::cmp::Reverse(header.changed()));
        failed.truncate(READ_MAX);
        let reads = failed.into_iter().map(|header| self.failed(viewer, header));
        let mut found = stream::iter(reads).buffered(AT_ONCE);
        let (mut groups, mut places) = (Vec::<FailureGroup>::new(), HashMap::new());
        while let Some(read) = found.next().await {
            let Some((run, failure)) = read? else { continue };
            let cause = fingerprint(failure.cause.as_deref().unwrap_or_default());
            let print = (failure.step.clone(), failure.error.clone(), cause);
            let place = *places.entry(print).or_insert(groups.len());
            match groups.get_mut(place) {
                Some(group) => group.add(run),
                None => groups.push(FailureGroup::of(run, failure)),
            }
        }
        groups.truncate(GROUPS_MAX);
        Ok(groups)
    }

    /// Says why a run failed; nothing if it goes on again or is gone. That is read once, and what cannot be
    /// read leaves a gap.
    pub(super) async fn failed(
        &self,
        viewer: &Viewer,
        header: ExecutionHeader,
    ) -> Result<Option<(RunItem, Failure)>, Error> {
        // It may fail again, and another run may have had the same name.
        let key = format!("{}#{}#{}", header.key.0, header.started.0, header.changed().0);
        let run = RunItem::of(header);
        let generation = match self.inner.failures.get(&key) {
            Ok(failure) => return Ok(Some((run, failure))),
            Err(generation) => generation,
        };
        let failure = match self.failure(viewer, &run).await {
            Err(Error::Internal(why)) => {
                warn!(run = %run.id, why, "it cannot be read why it failed");
                Failure::default()
            }
            read => match read? {
                Some(failure) => failure,
                None => return Ok(None),
            },
        };
        self.inner.failures.add(generation, &key, failure.clone(), failure.bytes());
        Ok(Some((run, failure)))
    }

    async fn failure(&self, viewer: &Viewer, run: &RunItem) -> Result<Option<Failure>, Error> {
        let found = self.runtime.describe(&ExecutionKey(run.id.clone())).await?;
        let (error, cause) = match found.and_then(|found| found.closed) {
            Some(Closed::Failed { error, cause }) => (error, cause),
            Some(Closed::TimedOut) => (Some("States.Timeout".into()), None),
            Some(Closed::Succeeded { .. } | Closed::Aborted { .. }) | None => return Ok(None),
        };
        let steps = self.steps_of(viewer, run, EVENTS_MAX).await?;
        let step = steps.and_then(|steps| failed_step(&steps).map(FailedStep::of));
        Ok(Some(Failure { step, error, cause }))
    }
}

impl FailedStep {
    fn of(item: &StepItem) -> Self {
        Self { name: item.step.clone(), state: item.state }
    }
}

impl Failure {
    /// About how much room it takes in memory.
    fn bytes(&self) -> usize {
        let step = self.step.as_ref().map(|step| &step.name);
        let texts = [step, self.error.as_ref(), self.cause.as_ref()];
        FAILURE_BYTES + texts.into_iter().flatten().map(|text| text.len()).sum::<usize>()
    }
}

impl FailureGroup {
    fn of(run: RunItem, Failure { step, error, cause }: Failure) -> Self {
        let workflows = BTreeSet::from([run.workflow_name.clone()]);
        Self { ids: vec![run.id.clone()], run, step, error, cause, workflows }
    }

    fn add(&mut self, run: RunItem) {
        self.ids.push(run.id);
        self.workflows.insert(run.workflow_name);
    }
}

/// Says if a word is the status of an HTTP answer that is an error: that one tells failures apart.
fn is_status(word: &str) -> bool {
    word.len() == 3 && word.starts_with(['4', '5']) && word.bytes().all(|it| it.is_ascii_digit())
}

/// Returns what a cause has in common with others like it: without the numbers and ids in it.
pub(super) fn fingerprint(cause: &str) -> String {
    let is_word = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    let mut print = String::new();
    let mut word = String::new();
    for c in cause.chars().take(CAUSE_CHARS).chain([' ']) {
        if is_word(c) {
            word.push(c);
            continue;
        }
        let is_id = word.contains(|c: char| c.is_ascii_digit()) && !is_status(&word);
        print.push_str(if is_id { "#" } else { &word });
        word.clear();
        print.push(c);
    }
    print
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_ids_tell_no_failures_apart() {
        let one = fingerprint("HTTP 503 from inventory-svc after 3 attempts (request 01J9-ab3f)");
        let two = fingerprint("HTTP 503 from inventory-svc after 11 attempts (request 77aa-00)");
        assert_eq!(one, two);
        assert_ne!(one, fingerprint("HTTP 502 from inventory-svc after 3 attempts (request 1)"));
    }
}
