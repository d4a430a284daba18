//! Why instances of a task, or iterations of a Map state, failed: those that failed alike together.

use std::collections::HashMap;
use std::sync::Arc;

use compasso_engine::EventId;
use compasso_store::ExecutionKey;
use serde::Serialize;

use super::{Beginning, INSTANCES_MAX, InstanceView, ListInstances};
use crate::arns::execution;
use crate::runs::Viewer;
use crate::runs::failures::fingerprint;
use crate::{Error, Service};

/// Most failed instances that are looked at.
const READ_MAX: usize = 10_000;
/// Of instances that begin later in a run nobody is told.
const EVENTS_MAX: EventId = 200_000;
/// Bytes that a group takes in memory beside its cause.
const GROUP_BYTES: usize = 1_024;
/// Most groups that are told of.
const GROUPS_MAX: usize = 50;
/// Instances that are told of each group.
const KEYS_SHOWN: usize = 5;

/// Why instances failed.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InstanceFailures {
    /// Those that failed alike together, the most frequent first.
    pub items: Vec<InstanceFailure>,
    /// Whether there are more than were looked at, so that the counts are too low.
    pub is_partial: bool,
}

/// Instances that failed in the same way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InstanceFailure {
    /// Of iterations, the state that they failed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<Arc<str>>,
    /// The error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Arc<str>>,
    /// What the error of the first one says about itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Arc<str>>,
    /// How many there are.
    pub count: usize,
    /// The keys of the first ones.
    pub keys: Vec<Arc<str>>,
    /// Their names in the run, as [`InstanceView`] has them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<Arc<str>>,
}

impl Service {
    /// Groups the instances of a task of a pipeline's run, or the iterations of a Map state, that
    /// failed, as far as the first events of the run tell. They are read again when something happened.
    ///
    /// # Errors
    /// As [`Self::task_instances`].
    pub async fn instance_failures(
        &self,
        viewer: &Viewer,
        run: &str,
        task: &str,
    ) -> Result<Arc<InstanceFailures>, Error> {
        viewer.check("DescribeExecution", run)?;
        let description = self.description(&execution("id", run)?).await?;
        let last_event = self.runtime.last_event(&ExecutionKey(run.into())).await?.unwrap_or(0);
        // Another run may have had the same name.
        let key = format!("{run}#{}#{last_event}#{task}", description.started.0);
        let generation = match self.inner.instance_failures.get(&key) {
            Ok(failures) => return Ok(failures),
            Err(generation) => generation,
        };
        let failures = Arc::new(self.read_instance_failures(viewer, run, task).await?);
        let bytes = failures.items.iter().map(InstanceFailure::bytes).sum();
        self.inner.instance_failures.add(generation, &key, failures.clone(), bytes);
        Ok(failures)
    }

    async fn read_instance_failures(
        &self,
        viewer: &Viewer,
        run: &str,
        task: &str,
    ) -> Result<InstanceFailures, Error> {
        let (mut groups, mut places) = (Vec::<InstanceFailure>::new(), HashMap::new());
        let (mut next, mut read) = (None, 0);
        loop {
            let wanted = ListInstances {
                run: run.to_owned(),
                task: task.into(),
                state: Some("failed".to_owned()),
                limit: Some(INSTANCES_MAX),
                next,
                ..ListInstances::default()
            };
            let page = self.task_instances(viewer, wanted).await?;
            read += page.items.len();
            for view in page.items {
                let cause = fingerprint(view.cause.as_deref().unwrap_or_default());
                let print = (view.step.clone(), view.error.clone(), cause);
                let place = *places.entry(print).or_insert(groups.len());
                match groups.get_mut(place) {
                    Some(group) => group.add(view),
                    None => groups.push(InstanceFailure::of(view)),
                }
            }
            next = page.next;
            let begins = next.as_ref().map(|next| next.parse::<Beginning>()).transpose()?;
            if begins.is_none_or(|it| it.event > EVENTS_MAX) || read >= READ_MAX {
                break;
            }
        }
        groups.sort_by_key(|group| std::cmp::Reverse(group.count));
        let is_partial = next.is_some() || groups.len() > GROUPS_MAX;
        groups.truncate(GROUPS_MAX);
        Ok(InstanceFailures { items: groups, is_partial })
    }
}

impl InstanceFailure {
    fn of(view: InstanceView) -> Self {
        let InstanceView { step, error, cause, key, name, .. } = view;
        Self { step, error, cause, count: 1, keys: vec![key], names: name.into_iter().collect() }
    }

    /// About how much room it takes in memory.
    fn bytes(&self) -> usize {
        GROUP_BYTES + self.cause.as_ref().map_or(0, |cause| cause.len())
    }

    fn add(&mut self, view: InstanceView) {
        self.count += 1;
        if self.keys.len() < KEYS_SHOWN {
            self.keys.push(view.key);
            self.names.extend(view.name);
        }
    }
}
