//! Whether instances of tasks that people name are there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use compasso_engine::Chosen;
use compasso_types::suggestion::nearest;

use super::{ListInstances, Viewer};
use crate::{Error, Service};

/// Instances that are looked at together; those of the first page may be named.
const PAGE: i64 = 1_000;
/// Most pages of instances that are looked at.
const PAGES_MAX: usize = 100;
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
        let mut wanted = BTreeMap::<String, BTreeSet<Arc<str>>>::new();
        for (task, key) in chosen.iter().flat_map(Chosen::instances) {
            wanted.entry(task).or_default().insert(key.clone());
        }
        for (task, keys) in wanted {
            self.check_keys_of(viewer, run, &task, keys).await?;
        }
        Ok(())
    }

    /// Refuses keys of instances of one task. What begins behind very many others is taken on trust: the engine
    /// looks again.
    async fn check_keys_of(
        &self,
        viewer: &Viewer,
        run: &str,
        task: &str,
        mut missing: BTreeSet<Arc<str>>,
    ) -> Result<(), Error> {
        let (mut first, mut next) = (Vec::new(), None);
        for _ in 0..PAGES_MAX {
            let (run, task) = (run.to_owned(), task.into());
            let asked =
                ListInstances { run, task, limit: Some(PAGE), next, ..ListInstances::default() };
            let page = self.task_instances(viewer, asked).await?;
            for instance in &page.items {
                missing.remove(&instance.key);
            }
            if first.is_empty() {
                first = page.items.into_iter().map(|instance| instance.key).collect();
            }
            next = page.next;
            if missing.is_empty() || next.is_none() {
                break;
            }
        }
        match missing.first() {
            Some(key) if next.is_none() && !first.is_empty() => {
                Err(Error::validation(unknown(task, key, &first)))
            }
            _ => Ok(()),
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
