//! What expressions read of needs and of their instances, and these do not have.

use compasso_jsonata::Program;

use super::names::{Names, Wrong};
use crate::Code;
use crate::fields::Reader;

/// The members of a need.
const OF_NEED: [&str; 12] = [
    "state",
    "outcome",
    "output",
    "outputs",
    "error",
    "started_at",
    "ended_at",
    "attempts",
    "degraded",
    "cached",
    "artifacts",
    "instances",
];

/// The members of an instance of a need.
const OF_INSTANCE: [&str; 8] =
    ["index", "key", "state", "output", "artifacts", "error", "attempts", "degraded"];

impl Reader<'_> {
    /// Returns what is read of needs that none of them has.
    pub(super) fn no_fields(&mut self, program: &Program, names: Names<'_>) -> Vec<Wrong> {
        if self.report.is_stored() {
            return Vec::new();
        }
        let places = program.document_places().unwrap_or_default();
        let mut wrong = Vec::new();
        for place in &places {
            let names_read = place.names.iter().map(|(name, _)| name).chain(&place.of_chosen);
            let path: Vec<&str> = names_read.map(|name| &**name).collect();
            let ["needs", id, rest @ ..] = path.as_slice() else { continue };
            match rest {
                _ if !names.needs.has(id) => {}
                ["instances", field, ..] if !OF_INSTANCE.contains(field) => {
                    wrong.push(self.no_field_of_instance(field));
                }
                [field, ..] if !OF_NEED.contains(field) => wrong.push(self.no_field(id, field)),
                _ => {}
            }
        }
        wrong
    }

    fn no_field(&mut self, id: &str, field: &str) -> Wrong {
        let hint = match of_other_formats(field) {
            Some(hint) => Some(hint),
            None => self.report.nearest(field, OF_NEED.into_iter()),
        };
        let hint = hint.or_else(|| Some(format!("write 'needs.{id}.output.{field}'")));
        let message = format!("there is no '{field}' of a need");
        let written = format!("needs.{id}.{field}");
        Wrong { code: Code::UnknownName, written, message, hint }
    }

    fn no_field_of_instance(&mut self, field: &str) -> Wrong {
        let hint = match of_other_formats(field) {
            Some(hint) => Some(hint),
            None => self.report.nearest(field, OF_INSTANCE.into_iter()),
        };
        let hint = hint.or_else(|| Some(format!("an instance has {}", OF_INSTANCE.join(", "))));
        let message = format!("there is no '{field}' of an instance");
        Wrong { code: Code::UnknownName, written: field.to_owned(), message, hint }
    }
}

/// Says what is meant by names that other formats have for what became of a task.
fn of_other_formats(field: &str) -> Option<String> {
    ["conclusion", "result", "status"].contains(&field).then(|| "did you mean 'state'?".to_owned())
}
