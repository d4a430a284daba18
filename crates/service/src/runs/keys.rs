//! Whether instances of tasks that people name are there.

use std::sync::Arc;

use compasso_engine::Chosen;
use compasso_types::suggestion::nearest;

use super::{ListInstances, Viewer};
use crate::{Error, Service};

/// Instances that are looked at together.
const PAGE: i64 = 1_000;
/// Most keys that a message names.
const NAMED_MAX: usize = 5;

impl Service {
    /// Refuses keys of instances that have not begun in a run although others of their task have.
    pub(super) async fn check_keys(
        &self,
        viewer: &Viewer,
        run: &str,
        chosen: &[Chosen],
    ) -> Result<(), Error> {
        for (task, key) in chosen.iter().flat_map(Chosen::instances) {
            let keys = self.keys(viewer, run, &task, key).await?;
            if !keys.is_empty() && !keys.contains(key) {
                return Err(Error::validation(unknown(&task, key, &keys)));
            }
        }
        Ok(())
    }

    /// Returns the keys of the instances of a task that have begun, those before `wanted` and itself,
    /// or all.
    async fn keys(
        &self,
        viewer: &Viewer,
        run: &str,
        task: &str,
        wanted: &Arc<str>,
    ) -> Result<Vec<Arc<str>>, Error> {
        let (mut keys, mut next) = (Vec::new(), None);
        loop {
            let (run, task) = (run.to_owned(), task.into());
            let asked =
                ListInstances { run, task, limit: Some(PAGE), next, ..ListInstances::default() };
            let page = self.task_instances(viewer, asked).await?;
            keys.extend(page.items.into_iter().map(|instance| instance.key));
            next = page.next;
            if next.is_none() || keys.contains(wanted) {
                return Ok(keys);
            }
        }
    }
}

/// Says that an instance is not there, and which ones are.
fn unknown(task: &str, key: &str, keys: &[Arc<str>]) -> String {
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
