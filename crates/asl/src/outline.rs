//! The skeleton of a definition: its blocks and states, found before anything is checked.
//!
//! States get their ids here: document order, the states of nested blocks right behind the state
//! that holds them. The walk keeps its own stack, so nesting costs no machine stack, and takes
//! only what looks right; what does not is reported by the checks that come after.

use std::collections::HashMap;
use std::fmt;

use compasso_ir::StateId;

use crate::schema::Language;
use crate::source::{Member, Node};
use crate::state::StateKind;

/// The place of a block in [`Outline::blocks`]; the machine itself is the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct BlockId(u32);

impl BlockId {
    /// The outermost block.
    pub(crate) const MACHINE: Self = Self(0);

    /// Returns its place among all blocks.
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// All blocks and states of a definition.
#[derive(Debug, Default)]
pub(crate) struct Outline<'s> {
    blocks: Vec<BlockOutline<'s>>,
    states: Vec<StateOutline<'s>>,
}

/// A block of states.
#[derive(Debug)]
pub(crate) struct BlockOutline<'s> {
    pub(crate) node: &'s Node,
    /// The state that holds it and the place there; `None` for the machine.
    pub(crate) owner: Option<(StateId, Part)>,
    /// Its own states, in document order.
    pub(crate) states: Vec<StateId>,
    /// The same, by name.
    pub(crate) names: HashMap<&'s str, StateId>,
    /// The language of its states unless they say otherwise.
    pub(crate) language: Language,
}

/// A state.
#[derive(Debug)]
pub(crate) struct StateOutline<'s> {
    pub(crate) member: &'s Member,
    pub(crate) block: BlockId,
    /// `None` if `Type` is missing or unknown.
    pub(crate) kind: Option<StateKind>,
    pub(crate) language: Language,
    /// The blocks inside, in document order.
    pub(crate) blocks: Vec<BlockId>,
}

/// Where in a state a block stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// An item of `Branches`.
    Branch(usize),
    /// `ItemProcessor`.
    ItemProcessor,
    /// `Iterator`, its old name.
    Iterator,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Branch(index) => write!(f, "/Branches[{index}]"),
            Self::ItemProcessor => f.write_str("/ItemProcessor"),
            Self::Iterator => f.write_str("/Iterator"),
        }
    }
}

enum Visit<'s> {
    Block(Option<(StateId, Part)>, &'s Node),
    State(BlockId, &'s Member),
}

impl<'s> Outline<'s> {
    /// Walks the definition at `root`.
    pub(crate) fn new(root: &'s Node) -> Self {
        let mut outline = Self::default();
        let mut pending = vec![Visit::Block(None, root)];
        while let Some(visit) = pending.pop() {
            let before = pending.len();
            match visit {
                Visit::Block(owner, node) => outline.enter_block(owner, node, &mut pending),
                Visit::State(block, member) => outline.enter_state(block, member, &mut pending),
            }
            pending[before..].reverse();
        }
        outline
    }

    /// Returns the block `id`.
    pub(crate) fn block(&self, id: BlockId) -> &BlockOutline<'s> {
        &self.blocks[id.0 as usize]
    }

    /// Returns the state `id`.
    pub(crate) fn state(&self, id: StateId) -> &StateOutline<'s> {
        &self.states[id.0 as usize]
    }

    /// Returns the ids of all blocks, outer ones first.
    pub(crate) fn block_ids(&self) -> impl Iterator<Item = BlockId> + use<> {
        (0..self.blocks.len() as u32).map(BlockId)
    }

    /// Returns the ids of all states in document order.
    pub(crate) fn state_ids(&self) -> impl Iterator<Item = StateId> + use<> {
        (0..self.states.len() as u32).map(StateId)
    }

    /// Returns the blocks whose variables states of `block` see: itself and the ones around it, up
    /// to the processor of a distributed Map, whose children run on their own.
    pub(crate) fn visible_from(&self, block: BlockId) -> impl Iterator<Item = BlockId> {
        std::iter::successors(Some(block), |inner| {
            let inner = self.block(*inner);
            let (owner, _) = inner.owner.filter(|_| !is_distributed(inner.node))?;
            Some(self.state(owner).block)
        })
    }

    fn enter_block(
        &mut self,
        owner: Option<(StateId, Part)>,
        node: &'s Node,
        pending: &mut Vec<Visit<'s>>,
    ) {
        let id = BlockId(self.blocks.len() as u32);
        let inherited = match owner {
            Some((state, _)) => {
                let around = self.state(state).block;
                self.states[state.0 as usize].blocks.push(id);
                self.block(around).language
            }
            None => Language::JsonPath,
        };
        let language = language_of(node).unwrap_or(inherited);
        self.blocks.push(BlockOutline {
            node,
            owner,
            states: Vec::new(),
            names: HashMap::new(),
            language,
        });
        let states = node.get("States").map_or(&[][..], Node::members);
        let distinct = states.iter().filter(|member| !member.repeated);
        pending.extend(distinct.map(|member| Visit::State(id, member)));
    }

    fn enter_state(&mut self, block: BlockId, member: &'s Member, pending: &mut Vec<Visit<'s>>) {
        let id = StateId(self.states.len() as u32);
        let node = &member.value;
        let kind = node.get("Type").and_then(Node::as_str).and_then(StateKind::named);
        let around = &mut self.blocks[block.0 as usize];
        let language = language_of(node).unwrap_or(around.language);
        around.states.push(id);
        around.names.insert(&member.key, id);
        self.states.push(StateOutline { member, block, kind, language, blocks: Vec::new() });
        match kind {
            Some(StateKind::Parallel) => {
                let branches = node.get("Branches").map_or(&[][..], Node::items).iter();
                let objects = branches.enumerate().filter(|(_, branch)| branch.is_object());
                let parts = objects.map(|(index, branch)| (Part::Branch(index), branch));
                pending.extend(parts.map(|(part, branch)| Visit::Block(Some((id, part)), branch)));
            }
            Some(StateKind::Map) => {
                let processor = processor_of(node);
                pending.extend(processor.map(|(part, node)| Visit::Block(Some((id, part)), node)));
            }
            _ => {}
        }
    }
}

/// Returns the block a Map runs for each item.
fn processor_of(map: &Node) -> Option<(Part, &Node)> {
    [(Part::ItemProcessor, "ItemProcessor"), (Part::Iterator, "Iterator")]
        .into_iter()
        .filter_map(|(part, name)| Some((part, map.get(name)?)))
        .find(|(_, node)| node.is_object())
}

/// Returns whether `processor` is one of a distributed Map.
pub(crate) fn is_distributed(processor: &Node) -> bool {
    let mode = processor.get("ProcessorConfig").and_then(|config| config.get("Mode"));
    mode.and_then(Node::as_str) == Some("DISTRIBUTED")
}

/// Returns the language `QueryLanguage` means: whatever is not exactly JSONPath counts as JSONata.
fn language_of(node: &Node) -> Option<Language> {
    let named = node.get("QueryLanguage")?.as_str();
    let is_jsonpath = named == Some(Language::JsonPath.name());
    Some(if is_jsonpath { Language::JsonPath } else { Language::Jsonata })
}
