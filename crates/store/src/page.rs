//! A page of a journal, as it is put together from rows.

use crate::JournalEntry;
use crate::pack::Row;
use crate::seal::{Broken, Chain};

/// Takes rows, oldest first, from the one that holds an event until they hold enough events.
#[derive(Debug)]
pub struct JournalPage {
    first_event: u64,
    wanted: usize,
    chain: Chain,
    entries: Vec<JournalEntry>,
    held: usize,
}

impl JournalPage {
    /// See [`crate::Store::journal`].
    pub fn new(first_event: u64, events: usize) -> Self {
        let chain = Chain::from_event(first_event);
        Self { first_event, wanted: events.max(1), chain, entries: Vec::new(), held: 0 }
    }

    /// Takes the next row, unless the page is full or begins behind it.
    ///
    /// # Errors
    /// The row is damaged, or not the next one.
    pub fn take(&mut self, (row, link): Row) -> Result<(), Broken> {
        let ends_before = row.first_event < self.first_event
            && row.first_event + u64::from(row.events) <= self.first_event;
        if self.is_full() || ends_before {
            return Ok(());
        }
        self.chain.check(&row, link)?;
        self.held += row.events as usize;
        self.entries.push(row);
        Ok(())
    }

    /// Says whether no further row is taken.
    pub fn is_full(&self) -> bool {
        self.held >= self.wanted
    }

    /// Returns the rows.
    pub fn into_entries(self) -> Vec<JournalEntry> {
        self.entries
    }
}
