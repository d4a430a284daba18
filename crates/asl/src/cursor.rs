//! A value of the definition together with the way to it.

use std::ops::Range;

use compasso_ir::StateId;

use crate::outline::{BlockId, Outline};
use crate::source::{Member, Node, Value};

/// A value and the way to it; cheap, and the place is only written when there is a problem.
#[derive(Clone, Copy)]
pub(crate) struct Cursor<'a> {
    /// The value.
    pub(crate) node: &'a Node,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Block(&'a Outline<'a>, BlockId),
    State(&'a Outline<'a>, StateId),
    Member(&'a Cursor<'a>, &'a Member),
    Item(&'a Cursor<'a>, usize),
}

impl<'a> Cursor<'a> {
    /// Stands at a block.
    pub(crate) fn block(outline: &'a Outline<'a>, id: BlockId) -> Self {
        Self { node: outline.block(id).node, step: Step::Block(outline, id) }
    }

    /// Stands at a state.
    pub(crate) fn state(outline: &'a Outline<'a>, id: StateId) -> Self {
        Self { node: &outline.state(id).member.value, step: Step::State(outline, id) }
    }

    /// Returns the name of the member it stands at; empty elsewhere.
    pub(crate) fn name(&self) -> &'a str {
        match self.step {
            Step::Member(_, member) => &member.key,
            Step::State(outline, id) => &outline.state(id).member.key,
            Step::Block(..) | Step::Item(..) => "",
        }
    }

    /// Goes to the member `name` of an object.
    pub(crate) fn field<'b>(&'b self, name: &str) -> Option<Cursor<'b>> {
        let member = self.node.member(name)?;
        Some(Cursor { node: &member.value, step: Step::Member(self, member) })
    }

    /// Goes to each member of an object, those with a repeated name left out.
    pub(crate) fn members(&self) -> impl Iterator<Item = Cursor<'_>> {
        let members = self.node.members().iter().filter(|member| !member.repeated);
        members.map(move |member| Cursor { node: &member.value, step: Step::Member(self, member) })
    }

    /// Goes to each item of an array.
    pub(crate) fn items(&self) -> impl ExactSizeIterator<Item = Cursor<'_>> {
        let items = self.node.items().iter().enumerate();
        items.map(move |(index, node)| Cursor { node, step: Step::Item(self, index) })
    }

    pub(crate) fn is_object(&self) -> bool {
        matches!(self.node.value, Value::Object(_))
    }

    pub(crate) fn is_array(&self) -> bool {
        matches!(self.node.value, Value::Array(_))
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self.node.value, Value::Null)
    }

    /// Returns the bytes to point at: a scalar's own, of a container its name or opening mark.
    pub(crate) fn span(&self) -> Range<usize> {
        match self.node.value {
            Value::Array(_) | Value::Object(_) => self.key_span(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                self.node.bytes.clone()
            }
        }
    }

    /// Returns the bytes of its name, or of its first character if it has none.
    pub(crate) fn key_span(&self) -> Range<usize> {
        match self.step {
            Step::Member(_, member) => member.key_bytes.clone(),
            Step::State(outline, id) => outline.state(id).member.key_bytes.clone(),
            Step::Block(..) | Step::Item(..) => self.node.bytes.start..self.node.bytes.start + 1,
        }
    }

    /// Writes the place as the API names it.
    pub(crate) fn location(&self) -> String {
        let mut parts = Vec::new();
        let mut step = self.step;
        loop {
            step = match step {
                Step::Member(parent, member) => {
                    parts.push(format!("/{}", member.key));
                    parent.step
                }
                Step::Item(parent, index) => {
                    parts.push(format!("[{index}]"));
                    parent.step
                }
                Step::State(outline, id) => {
                    let state = outline.state(id);
                    parts.push(format!("/States/{}", state.member.key));
                    Step::Block(outline, state.block)
                }
                Step::Block(outline, id) => {
                    let Some((owner, part)) = outline.block(id).owner else {
                        break;
                    };
                    parts.push(part.to_string());
                    Step::State(outline, owner)
                }
            };
        }
        if parts.is_empty() {
            return "/".to_owned();
        }
        parts.reverse();
        parts.concat()
    }
}
