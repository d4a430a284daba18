//! Reading histories out of journal rows.

use compasso_engine::Event;
use compasso_store::{ExecutionKey, JournalEntry, ReadError};

use crate::core::Core;
use crate::records::OutcomeRecord;
use crate::slots::Known;
use crate::{HistoryRange, RuntimeError};

impl Core {
    /// Reads shown events; `None` if there is no such execution.
    pub(crate) async fn history(
        &self,
        key: &ExecutionKey,
        range: HistoryRange,
    ) -> Result<Option<Vec<Event>>, RuntimeError> {
        let limit = range.limit.max(1) as u64;
        if !range.reverse {
            let first = range.first.max(1);
            let events = self.between(key, first, first.saturating_add(limit - 1)).await?;
            if events.is_empty() && self.last_event(key).await?.is_none() {
                return Ok(None);
            }
            return Ok(Some(events));
        }
        let Some(end) = self.last_event(key).await? else {
            return Ok(None);
        };
        let last = if range.first == 0 { end } else { range.first.min(end) };
        // Numbers have no gaps, so the page's other end is known without reading.
        let mut events = self.between(key, last.saturating_sub(limit - 1).max(1), last).await?;
        events.reverse();
        Ok(Some(events))
    }

    /// Reads the shown events with numbers from `first` to `last`.
    async fn between(
        &self,
        key: &ExecutionKey,
        first: u64,
        last: u64,
    ) -> Result<Vec<Event>, ReadError> {
        let mut events: Vec<Event> = Vec::new();
        let mut next = first;
        while next <= last {
            let wanted = usize::try_from(last - next + 1).unwrap_or(usize::MAX);
            let rows = self.store.journal(key, next, wanted).await?;
            for row in &rows {
                let shown = decode(row)?.into_iter();
                events.extend(shown.filter(|event| (next..=last).contains(&event.id)));
            }
            match events.last() {
                Some(event) if event.id >= next => next = event.id + 1,
                _ => break,
            }
        }
        Ok(events)
    }

    /// Returns the number of an execution's last event; `None` if there is no such execution.
    pub(crate) async fn last_event(&self, key: &ExecutionKey) -> Result<Option<u64>, ReadError> {
        if let Some(Known::Live(live)) = self.slots.lock(key).known(key) {
            return Ok(Some(live.execution.last_event()));
        }
        let Some(row) = self.store.execution(key).await? else {
            return Ok(None);
        };
        match &row.outcome {
            Some(outcome) => Ok(Some(OutcomeRecord::read(outcome)?.last_event)),
            None => self.search_last(key).await.map(Some),
        }
    }

    /// Finds the last event of an open execution by doubling and halving: few short reads, however
    /// long the history.
    pub(crate) async fn search_last(&self, key: &ExecutionKey) -> Result<u64, ReadError> {
        let (mut there, mut beyond) = (0_u64, None);
        let mut probe = 64;
        loop {
            match self.last_of_row(key, probe).await? {
                // The history may have grown past what was not there a moment ago.
                Some(last) => {
                    there = last;
                    beyond = beyond.filter(|beyond| *beyond > last);
                }
                None => beyond = Some(probe),
            }
            probe = match beyond {
                None => there.saturating_mul(2),
                Some(beyond) if beyond - there <= 1 => return Ok(there),
                Some(beyond) => there + (beyond - there) / 2,
            };
        }
    }

    /// Returns the last event number of the row that holds `event`; of a damaged row, which is there, it
    /// knows no other.
    async fn last_of_row(&self, key: &ExecutionKey, event: u64) -> Result<Option<u64>, ReadError> {
        let rows = match self.store.journal(key, event, 1).await {
            Err(ReadError::Corrupt(_)) => return Ok(Some(event)),
            rows => rows?,
        };
        let last = |row: &JournalEntry| (row.first_event + u64::from(row.events)).saturating_sub(1);
        Ok(rows.iter().map(last).max().filter(|last| *last >= event))
    }
}

/// Unpacks the events of a turn.
pub(crate) fn decode(row: &JournalEntry) -> Result<Vec<Event>, ReadError> {
    serde_json::from_slice(&row.body).map_err(|error| ReadError::Corrupt(error.to_string()))
}
