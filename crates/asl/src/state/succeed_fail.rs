//! Succeed and Fail states.

use std::sync::Arc;

use compasso_ir::{Fail, Field, Kind};

use super::StateCompiler;
use crate::cursor::Cursor;
use crate::schema::Language;
use crate::{fields, looks_computed};

/// The functions `ErrorPath` and `CausePath` may call: those that give a string.
const TEXT_FUNCTIONS: [&str; 7] = [
    "States.Format",
    "States.JsonToString",
    "States.ArrayGetItem",
    "States.Base64Encode",
    "States.Base64Decode",
    "States.Hash",
    "States.UUID",
];

impl StateCompiler<'_, '_> {
    /// Notes the end of the block.
    pub(super) fn succeed(&mut self) -> Kind {
        self.flow.ends(self.id);
        Kind::Succeed
    }

    /// Reads what only a Fail state has.
    pub(super) fn fail(&mut self) -> Kind {
        self.flow.ends(self.id);
        let error = self.text_field(["Error", "ErrorPath"]);
        let cause = self.text_field(["Cause", "CausePath"]);
        Kind::Fail(Box::new(Fail { error, cause }))
    }

    fn text_field(&mut self, [plain, path]: [&str; 2]) -> Option<Field<Arc<str>>> {
        let at = self.at;
        self.exclusive(&at, &[plain, path]);
        if let Some(plain) = at.field(plain) {
            return self.field(&plain, |s, at| {
                if s.language == Language::JsonPath {
                    looks_computed::warn_of_text(s.report, at);
                }
                fields::text(s.report, at)
            });
        }
        self.read(path, Self::path_or_call)
    }

    /// Reads a Reference Path or a call of a function that gives a string.
    fn path_or_call(&mut self, at: &Cursor<'_>) -> Option<Field<Arc<str>>> {
        if !at.node.as_str().is_some_and(|text| text.starts_with("States.")) {
            return self.reference_path(at).map(Field::Path);
        }
        let call = self.intrinsic(at)?;
        if !TEXT_FUNCTIONS.contains(&call.name()) {
            let message = format!(
                "The function '{}' is not supported in the field '{}'",
                call.name(),
                at.name()
            );
            let hint = format!("use one of [{}]", TEXT_FUNCTIONS.join(", "));
            self.report.schema_hint(at, message, Some(hint));
            return None;
        }
        Some(Field::Intrinsic(call))
    }
}
