//! Parallel states.

use compasso_ir::{Block, Fork, Kind};

use super::StateCompiler;
use crate::{fields, schema};

impl StateCompiler<'_, '_> {
    /// Reads what only a Parallel state has; the branches themselves are checked as blocks.
    pub(super) fn parallel(&mut self) -> Option<Kind> {
        let at = self.at;
        schema::require(self.report, &at, &["Branches"]);
        let branches = at.field("Branches")?;
        fields::non_empty_array(self.report, &branches)?;
        for branch in branches.items() {
            fields::object(self.report, &branch);
        }
        let blocks = &self.outline.state(self.id).blocks;
        let starts = blocks.iter().map(|id| self.start(*id));
        Some(Kind::Fork(Fork::together(starts.collect::<Option<Vec<_>>>()?)))
    }

    /// Returns a block inside the state; `None` if its start was refused.
    pub(super) fn start(&self, block: crate::outline::BlockId) -> Option<Block> {
        self.starts.get(block.index()).copied()?.map(|start| Block { start })
    }
}
