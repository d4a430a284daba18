//! Pass states.

use compasso_ir::Kind;

use super::StateCompiler;

impl StateCompiler<'_, '_> {
    /// Reads what only a Pass state has.
    pub(super) fn pass(&mut self) -> Option<Kind> {
        Some(Kind::Pass(self.read("Result", Self::data)))
    }
}
