//! What the children of a distributed Map run: a part of a definition's text.

use compasso_ir::StateId;

use crate::outline::{BlockId, Outline};
use crate::source;

/// A part of a definition that child executions run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChildDefinition {
    /// The `ItemProcessor`, as it is written.
    pub text: String,
    /// The names of its states, those of nested blocks included.
    pub states: Vec<String>,
}

/// Returns what the children of the distributed Map state `map` of the definition `text` run.
pub fn children_of(text: &str, map: &str) -> Option<ChildDefinition> {
    let root = source::parse(text).ok()?;
    let outline = Outline::new(&root);
    let owner = outline.state_ids().find(|id| *outline.state(*id).member.key == *map)?;
    let block = *outline.state(owner).blocks.first()?;
    let inside = outline.state_ids().filter(|id| is_inside(&outline, *id, block));
    Some(ChildDefinition {
        text: text[outline.block(block).node.bytes.clone()].to_owned(),
        states: inside.map(|id| outline.state(id).member.key.to_string()).collect(),
    })
}

fn is_inside(outline: &Outline<'_>, state: StateId, block: BlockId) -> bool {
    let around = |inner: &BlockId| {
        let (owner, _) = outline.block(*inner).owner?;
        Some(outline.state(owner).block)
    };
    std::iter::successors(Some(outline.state(state).block), around).any(|around| around == block)
}
