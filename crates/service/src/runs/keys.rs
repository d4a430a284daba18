//! Whether instances of tasks that people name are there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use compasso_engine::Chosen;
use compasso_pipeline::Pipeline;
use compasso_types::suggestion::nearest;

use super::tasks::find;
use super::{ListInstances, Viewer};
use crate::{Error, Service};

/// Instances that are looked at together; those of the first page may be named.
const PAGE: i64 = 1_000;
/// Most pages of instances that are looked at.
const PAGES_MAX: usize = 100;
/// Most keys that a message names.
pub(super) const NAMED_MAX: usize = 5;

impl Service {
    /// Refuses keys of tasks that have no instances, and of instances that have not begun in a run.
    pub(super) async fn check_keys(
        &self,
        viewer: &Viewer,
        run: &str,
        pipeline: &Pipeline,
        chosen: &[Chosen],
    ) -> Result<(), Error> {
        let wrong = self.wrong_keys(viewer, run, pipeline, chosen).await?;
        wrong.into_values().next().map_or(Ok(()), |why| Err(Error::validation(why)))
    }

    /// Says what is wrong with the keys of what is chosen, by its places.
    pub(super) async fn wrong_keys(
        &self,
        viewer: &Viewer,
        run: &str,
        pipeline: &Pipeline,
        chosen: &[Chosen],
    ) -> Result<BTreeMap<usize, String>, Error> {
        let mut wrong = BTreeMap::new();
        let mut wanted = BTreeMap::<String, BTreeMap<Arc<str>, Vec<usize>>>::new();
        for (place, chosen) in chosen.iter().enumerate() {
            for (task, key) in chosen.instances() {
                if !has_instances(pipeline, &task.task()) {
                    let is_first = wrong.len() < NAMED_MAX && !wrong.contains_key(&place);
                    let said =
                        self.has_none(viewer, run, pipeline, (chosen, &task), is_first).await?;
                    wrong.entry(place).or_insert(said);
                    continue;
                }
                let keys = wanted.entry(task.to_string()).or_default();
                keys.entry(key.clone()).or_default().push(place);
            }
        }
        // Groups come before the tasks in them.
        for (task, mut keys) in wanted {
            keys.retain(|_, places| places.iter().any(|place| !wrong.contains_key(place)));
            if keys.is_empty() {
                continue;
            }
            let (missing, first) =
                self.missing_keys(viewer, run, &task, keys.keys().cloned().collect()).await?;
            for key in missing {
                for place in &keys[&key] {
                    wrong.entry(*place).or_insert_with(|| unknown(&task, &key, &first));
                }
            }
        }
        Ok(wrong)
    }

    /// Says of a task that it has no instances, and, if `looks`, which name with its key was probably meant: an
    /// instance of a group around it that has the key.
    async fn has_none(
        &self,
        viewer: &Viewer,
        run: &str,
        pipeline: &Pipeline,
        (chosen, task): (&Chosen, &Chosen),
        looks: bool,
    ) -> Result<String, Error> {
        let said = format!("the task '{task}' has no instances of its own");
        let last = task.path.len() - 1;
        let group = (0..last).rev().filter(|_| looks).find(|place| {
            let is_free = chosen.key_at(*place).is_none();
            is_free && has_instances(pipeline, &chosen.path[..=*place].join("."))
        });
        let (Some(group), Some(key)) = (group, chosen.key_at(last)) else {
            return Ok(format!("{said}: name it without a key"));
        };
        let around = chosen.up_to(group).to_string();
        let (missing, first) =
            self.missing_keys(viewer, run, &around, [key.clone()].into()).await?;
        if let Some(key) = missing.first() {
            return Ok(format!("{said}, and {}", unknown(&around, key, &first)));
        }
        let mut meant = chosen.clone();
        meant.keys.insert(group, key.clone());
        meant.keys.remove(&last);
        meant.key = meant.key.filter(|_| last + 1 < chosen.path.len());
        Ok(format!("{said}; did you mean '{meant}'?"))
    }

    /// Returns the keys of instances of one task that have not begun, and keys of some that have. What
    /// begins behind very many others is taken on trust: the engine looks again.
    async fn missing_keys(
        &self,
        viewer: &Viewer,
        run: &str,
        task: &str,
        mut missing: BTreeSet<Arc<str>>,
    ) -> Result<(BTreeSet<Arc<str>>, Vec<Arc<str>>), Error> {
        let (mut first, mut next) = (Vec::new(), None);
        for _ in 0..PAGES_MAX {
            let (run, task) = (run.to_owned(), task.into());
            let asked =
                ListInstances { run, task, limit: Some(PAGE), next, ..ListInstances::default() };
            let page = self.instances_of(viewer, asked).await?;
            for instance in &page.items {
                missing.remove(&instance.key);
            }
            if first.is_empty() {
                first = page.items.into_iter().map(|instance| instance.key).collect();
            }
            next = page.next;
            if missing.is_empty() || next.is_none() {
                return Ok((missing, first));
            }
        }
        Ok((BTreeSet::new(), first))
    }
}

/// Returns whether a task has instances of its own.
pub(super) fn has_instances(pipeline: &Pipeline, path: &str) -> bool {
    find(&pipeline.tasks, path).is_some_and(|task| task.fan_out.is_some())
}

/// Returns whether a group around a task has instances.
pub(super) fn is_in_instances(pipeline: &Pipeline, path: &str) -> bool {
    path.match_indices('.').any(|(end, _)| has_instances(pipeline, &path[..end]))
}

/// Says that an instance is not there, and which ones are.
fn unknown(task: &str, key: &str, keys: &[Arc<str>]) -> String {
    if keys.is_empty() {
        return format!("no instance of the task '{task}' has begun: name it without a key");
    }
    let hint = nearest(key, keys.iter().map(|key| &**key)).unwrap_or_else(|| {
        let first: Vec<_> = keys.iter().take(NAMED_MAX).map(|key| format!("'{key}'")).collect();
        let more = if keys.len() > NAMED_MAX { ", …" } else { "" };
        format!("there are {}{more}", first.join(", "))
    });
    format!("no instance of the task '{task}' has the key '{key}'; {hint}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_near_is_named_or_the_first_ones() {
        let keys: Vec<Arc<str>> = ["north", "south", "a", "b", "c", "d"].map(Arc::from).to_vec();
        let said = unknown("area", "nroth", &keys);
        assert_eq!(
            said,
            "no instance of the task 'area' has the key 'nroth'; did you mean 'north'?"
        );
        let said = unknown("area", "elsewhere", &keys);
        assert!(said.ends_with("there are 'north', 'south', 'a', 'b', 'c', …"), "{said}");
    }
}
