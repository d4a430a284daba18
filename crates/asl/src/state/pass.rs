//! Pass states.

use compasso_ir::Kind;

use super::StateCompiler;

impl StateCompiler<'_, '_> {
    /// Reads what only a Pass state has.
    pub(super) fn pass(&mut self) -> Kind {
        Kind::Pass(self.read("Result", Self::data))
    }
}
