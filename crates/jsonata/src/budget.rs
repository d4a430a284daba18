//! Counting what an evaluation uses.
//!
//! **Invariant:** counts depend on the expression and its data alone, never on time or the machine.

use std::cell::Cell;

use crate::Limits;
use crate::error::{EvaluationError, Result};

/// Text bytes that cost one step.
const TEXT_BYTES_PER_STEP: usize = 256;
/// Bytes of one value in an array.
pub(crate) const ITEM_BYTES: usize = 24;
/// Bytes of one member of an object, its key excepted.
pub(crate) const MEMBER_BYTES: usize = 64;

/// What is left of the limits.
#[derive(Debug)]
pub(crate) struct Budget {
    steps: Cell<u64>,
    bytes: Cell<usize>,
    frames: Cell<usize>,
    calls: Cell<usize>,
    items_max: usize,
}

/// A level of nesting, left when dropped.
pub(crate) struct Level<'b>(&'b Cell<usize>);

impl Drop for Level<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

impl Budget {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            steps: Cell::new(limits.steps_max),
            bytes: Cell::new(limits.bytes_max),
            frames: Cell::new(limits.depth_max),
            calls: Cell::new(limits.depth_max),
            items_max: limits.items_max,
        }
    }

    /// Takes `count` steps.
    pub(crate) fn steps(&self, count: usize) -> Result<()> {
        let left = self.steps.get().checked_sub(count as u64).ok_or(EvaluationError::Timeout)?;
        self.steps.set(left);
        Ok(())
    }

    /// Returns how many steps are left.
    pub(crate) fn steps_left(&self) -> u64 {
        self.steps.get()
    }

    /// Takes the steps of reading `length` bytes of text.
    pub(crate) fn read_text(&self, length: usize) -> Result<()> {
        self.steps(1 + length / TEXT_BYTES_PER_STEP)
    }

    /// Takes `count` bytes, before they are allocated.
    pub(crate) fn bytes(&self, count: usize) -> Result<()> {
        let left = self.bytes.get().checked_sub(count).ok_or(EvaluationError::Memory)?;
        self.bytes.set(left);
        Ok(())
    }

    /// Takes the memory and the steps of making an array of `count` items.
    pub(crate) fn items(&self, count: usize) -> Result<()> {
        if count > self.items_max {
            return Err(EvaluationError::Memory);
        }
        self.bytes(count.saturating_mul(ITEM_BYTES).saturating_add(ITEM_BYTES))?;
        self.steps(count)
    }

    /// Takes the memory and the steps of making a text of `length` bytes.
    pub(crate) fn make_text(&self, length: usize) -> Result<()> {
        self.bytes(length.saturating_add(ITEM_BYTES))?;
        self.read_text(length)
    }

    /// Enters the evaluation of a node.
    pub(crate) fn frame(&self) -> Result<Level<'_>> {
        enter(&self.frames)
    }

    /// Enters the call of a function.
    pub(crate) fn call(&self) -> Result<Level<'_>> {
        enter(&self.calls)
    }
}

fn enter(cell: &Cell<usize>) -> Result<Level<'_>> {
    cell.set(cell.get().checked_sub(1).ok_or(EvaluationError::Depth)?);
    Ok(Level(cell))
}
