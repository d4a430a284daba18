//! Tasks of runs, by their paths and by the names that tell them apart in the instances of groups.

use std::sync::Arc;

/// A task, by its path and by its name, which has the keys of the instances that it is in:
/// `group[key].task`.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) path: Arc<str>,
    pub(super) name: Arc<str>,
}

impl Named {
    /// A task in no group, or one that is looked at as if it were in none.
    pub(super) fn outermost(id: &Arc<str>) -> Self {
        Self { path: id.clone(), name: id.clone() }
    }

    /// Returns a task in the group, by its path there.
    pub(super) fn inside(&self, branch: &str) -> Self {
        let Self { path, name } = self;
        Self { path: format!("{path}.{branch}").into(), name: format!("{name}.{branch}").into() }
    }

    /// Returns its instance of a key.
    pub(super) fn instance(&self, key: &str) -> Self {
        let Self { path, name } = self;
        Self { path: path.clone(), name: format!("{name}[{key}]").into() }
    }

    /// Says whether it is in no instance: there is one of its path.
    pub(super) fn is_one(&self) -> bool {
        self.path == self.name
    }
}
