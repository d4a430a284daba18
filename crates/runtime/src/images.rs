//! When an execution's image is written, and how it is read back.
//!
//! A small image is written with each turn: that costs less than a longer way back. A large one is
//! written once the journal since has grown as long as it, so that images together cost no more than
//! the journal does, however large the execution gets. Whoever reads an execution applies the events
//! since to its image. **Invariant:** image and events since give what the last turn left.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bytes::Bytes;
use compasso_engine::{Closed, Execution, Start};
use compasso_ir::Definition;
use compasso_store::{Execution as Row, JournalEntry, ReadError};
use tokio::task::spawn_blocking;

use crate::core::Core;
use crate::history::decode;

/// Images up to this size are written with each turn, bytes.
const EACH_TURN_BYTES_MAX: usize = 16 * 1024;

/// What is read where it is asked for, bytes of image and journal: another thread is told of it in about
/// the time that it takes.
const READ_AT_ONCE_BYTES_MAX: usize = 16 * 1024;

/// What is stored of an execution that changes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Kept {
    /// Bytes of the image.
    image: usize,
    /// Bytes of the journal since.
    tail: usize,
}

impl Kept {
    /// Describes what was read.
    pub(crate) fn of(image: &Bytes, tail: &[JournalEntry]) -> Self {
        let tail = tail.iter().map(|entry| entry.body.len()).sum();
        Self { image: image.len(), tail }
    }

    /// Returns the image to store with a turn that takes `execution` on by so many bytes of journal,
    /// and what is kept then. Without an image the stored one stays.
    pub(crate) fn after(
        self,
        execution: &Execution,
        closed: Option<&Closed>,
        journal: usize,
    ) -> (Option<Bytes>, Self) {
        // One that succeeded never goes on.
        if let Some(Closed::Succeeded { .. }) = closed {
            return (Some(Bytes::new()), Self::default());
        }
        let tail = self.tail + journal;
        if self.image > EACH_TURN_BYTES_MAX && tail < self.image {
            return (None, Self { tail, ..self });
        }
        let image = Bytes::from(execution.image_of_about(self.image + self.image / 4));
        let kept = Self { image: image.len(), tail: 0 };
        (Some(image), kept)
    }

    /// Returns about how much memory it takes: parsed JSON is a few times larger than its text.
    pub(crate) fn weight(self, input: usize) -> usize {
        1024 + 4 * (self.image + self.tail) + input
    }
}

impl Core {
    /// Reads the turns since the image of an execution was written, if that is what was written.
    pub(crate) async fn tail(&self, row: &Row) -> Result<Vec<JournalEntry>, ReadError> {
        if !row.is_image_whole {
            return Err(ReadError::Corrupt("the image is damaged".to_owned()));
        }
        if !row.has_tail {
            return Ok(Vec::new());
        }
        self.store.tail(&row.header.key).await
    }

    /// Reads the same; `None` if the execution went on meanwhile, as these turns may follow another image.
    pub(crate) async fn tail_if_still(
        &self,
        row: &Row,
    ) -> Result<Option<Vec<JournalEntry>>, ReadError> {
        let tail = self.tail(row).await?;
        if !row.has_tail {
            return Ok(Some(tail));
        }
        let now = self.store.execution(&row.header.key).await?;
        Ok(now.is_some_and(|now| now.image == row.image).then_some(tail))
    }
}

/// Reads an execution. Events that do not fit its image make it panic.
pub(crate) fn restore(
    definition: Arc<Definition>,
    start: Arc<Start>,
    image: &Bytes,
    tail: &[JournalEntry],
) -> Result<Execution, ReadError> {
    let mut execution = Execution::from_image(definition, start, image)
        .map_err(|error| ReadError::Corrupt(error.to_string()))?;
    for entry in tail {
        for event in decode(entry)? {
            execution.apply(&event);
        }
    }
    Ok(execution)
}

/// The same for whoever reads on a thread that must not be held up for long; a panic is an error.
pub(crate) async fn restore_apart(
    definition: Arc<Definition>,
    start: Arc<Start>,
    image: Bytes,
    tail: Vec<JournalEntry>,
) -> Result<Execution, ReadError> {
    let kept = Kept::of(&image, &tail);
    let restore = move || restore(definition, start, &image, &tail);
    if kept.image + kept.tail > READ_AT_ONCE_BYTES_MAX {
        let restored = spawn_blocking(restore).await;
        return restored.unwrap_or_else(|error| Err(ReadError::Corrupt(error.to_string())));
    }
    let misfit = |_| Err(ReadError::Corrupt("the events do not fit the image".to_owned()));
    catch_unwind(AssertUnwindSafe(restore)).unwrap_or_else(misfit)
}
