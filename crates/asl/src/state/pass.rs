//! Pass states.

use compasso_ir::Kind;

use super::StateCompiler;
use crate::looks_computed;

impl StateCompiler<'_, '_> {
    /// Reads what only a Pass state has.
    pub(super) fn pass(&mut self) -> Kind {
        Kind::Pass(self.read("Result", |s, at| {
            let result = s.data(at)?;
            looks_computed::warn_of_result(s.report, at);
            Some(result)
        }))
    }
}
