//! Wait states.

use compasso_ir::{Kind, Wait};
use compasso_types::Timestamp;

use super::StateCompiler;
use crate::cursor::Cursor;
use crate::fields;
use crate::report::Report;
use crate::schema::{self, Language};

/// In the order in which messages name them.
const JSONPATH: [&str; 4] = ["SecondsPath", "Seconds", "TimestampPath", "Timestamp"];
const JSONATA: [&str; 2] = ["Seconds", "Timestamp"];

/// Reads an instant.
pub(super) fn timestamp(report: &mut Report<'_>, at: &Cursor<'_>) -> Option<Timestamp> {
    let text = fields::text(report, at)?;
    let instant = text.parse().ok();
    if instant.is_none() {
        let message = "String does not match RFC3339 timestamp".to_owned();
        let hint = "write it like 2030-01-31T12:00:00Z".to_owned();
        report.schema_hint(at, message, Some(hint));
    }
    instant
}

impl StateCompiler<'_, '_> {
    /// Reads what only a Wait state has.
    pub(super) fn wait(&mut self) -> Option<Kind> {
        let names: &[&str] = match self.language {
            Language::JsonPath => &JSONPATH,
            Language::Jsonata => &JSONATA,
        };
        let at = self.at;
        let given = names.iter().filter(|name| at.node.get(name).is_some()).count();
        if given != 1 {
            if given > 1 {
                schema::exclusive(self.report, &at, names);
            } else if !self.has_misplaced(&JSONPATH) {
                schema::none_of(self.report, &at, names);
            }
            return None;
        }
        let seconds = self.integer_field(&at, ["Seconds", "SecondsPath"], fields::SECONDS);
        let timestamp = match at.field("Timestamp") {
            Some(literal) => self.field(&literal, |s, at| timestamp(s.report, at)),
            None => self.path_twin(&at, "TimestampPath"),
        };
        let wait = seconds.map(Wait::Seconds).or(timestamp.map(Wait::Timestamp));
        wait.map(Kind::Wait)
    }

    /// Returns whether one of `names` is there but of the other language.
    fn has_misplaced(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.at.node.get(name).is_some() && !self.has(name))
    }
}
