//! Outputs that nobody may see: expressions hand them on, and do not look into them.

use std::collections::BTreeSet;

use compasso_jsonata::Part;

use crate::Code;
use crate::report::Report;
use crate::tree::{Need, Task, Tasks, Work};

/// The tasks of a group whose outputs are hidden, or hold something that is.
pub(super) struct Hidden<'t> {
    ids: BTreeSet<&'t str>,
}

impl<'t> Hidden<'t> {
    /// Finds them: those that are sensitive, groups of such, and those that pass on what is hidden.
    pub(super) fn of(tasks: &'t Tasks) -> Self {
        let mut found = Self { ids: BTreeSet::new() };
        loop {
            let known = found.ids.len();
            for task in tasks {
                if found.hides(task) {
                    found.ids.insert(&task.id);
                }
            }
            // Most tasks stand after those that they need, so few rounds are made.
            if found.ids.len() == known {
                return found;
            }
        }
    }

    fn hides(&self, task: &Task) -> bool {
        let passes_on = || {
            let reads = task.outputs.as_ref().map(crate::Value::reads).unwrap_or_default();
            match reads.of("needs") {
                Some(Part::Members(ids)) => ids.iter().any(|id| self.ids.contains(&**id)),
                Some(Part::Whole) => task.needs.iter().any(|need| self.ids.contains(&*need.id)),
                None => false,
            }
        };
        let has_hidden = || match &task.work {
            Some(Work::Group(inner)) => !Hidden::of(inner).ids.is_empty(),
            _ => false,
        };
        task.sensitive || self.ids.contains(&*task.id) || passes_on() || has_hidden()
    }

    /// Reports `looks` into what is hidden.
    pub(super) fn check(&self, report: &mut Report<'_>, looks: &[Need]) {
        for look in looks.iter().filter(|look| self.ids.contains(&*look.id)) {
            let id = &look.id;
            let message =
                format!("the output of '{id}' is hidden, and no expression looks into it");
            let hint = format!(
                "hand it on as '${{{{ needs.{id}.output.NAME }}}}' in 'env', 'with' or 'outputs', or \
                 ask '$exists(needs.{id}.output.NAME)'"
            );
            report.hint(Code::MisplacedSecret, look.span, message, hint);
        }
    }
}

/// Reports tasks that look into outputs that are hidden.
pub(super) fn check(report: &mut Report<'_>, tasks: &Tasks) {
    let hidden = Hidden::of(tasks);
    if hidden.ids.is_empty() {
        return;
    }
    for task in tasks {
        hidden.check(report, &task.output_looks);
    }
}
