//! What the store in memory holds: rows, and the orders to list them in.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use bytes::Bytes;
use compasso_types::Timestamp;

use super::documents::{Conflict, Documents};
use super::seals::Seals;
use crate::contract::{HARMED, Harm};
use crate::seal::{self, Chain, Link};
use crate::{
    Batch, Cursor, Epoch, Execution, ExecutionFilter, ExecutionHeader, ExecutionKey, JournalEntry,
    JournalPage, LogLine, Order, Outcome, Page, Part, ReadError, Removal, Revision, SearchBounds,
    Status, Turn, Write,
};

#[derive(Debug, Default)]
pub(super) struct State {
    epoch: u64,
    rows: Vec<Row>,
    by_key: HashMap<ExecutionKey, usize>,
    by_change: BTreeSet<(Timestamp, usize)>,
    due: BTreeSet<(Timestamp, usize)>,
    owing: BTreeSet<usize>,
    pub(super) documents: Documents,
    /// Rows with log lines that no commit covers yet, and how many lines a crash would leave.
    volatile: BTreeMap<usize, usize>,
}

#[derive(Debug)]
struct Row {
    execution: Execution,
    wake_at: Option<Timestamp>,
    owes: bool,
    journal: Vec<JournalEntry>,
    /// Absent while nothing is damaged.
    seals: Option<Seals>,
    /// How many rows of the journal the image holds.
    reach: usize,
    lines: Vec<LogLine>,
}

impl Row {
    fn is_image_whole(&self) -> bool {
        self.seals.as_ref().is_none_or(|seals| seals.is_of(&self.execution.image))
    }

    /// Returns the rows of the journal from one on, with their seals.
    fn sealed(&self, from: usize) -> impl Iterator<Item = (JournalEntry, Option<Link>)> {
        let link = |at| self.seals.as_ref().map(|seals| seals.link(at));
        let rows = self.journal.iter().enumerate().skip(from);
        rows.map(move |(at, entry)| (entry.clone(), link(at)))
    }
}

impl State {
    pub(super) fn raise_epoch(&mut self) -> Epoch {
        self.epoch += 1;
        Epoch(self.epoch)
    }

    pub(super) fn raise_epoch_from(&mut self, held: Epoch) -> Result<Epoch, ReadError> {
        if held == Epoch(self.epoch) { Ok(self.raise_epoch()) } else { Err(ReadError::Taken) }
    }

    pub(super) fn write(&mut self, batch: &Batch) -> Outcome {
        if batch.epoch != Epoch(self.epoch) {
            return Outcome::Fenced;
        }
        let mut conflicts = Vec::new();
        for (index, write) in batch.writes.iter().enumerate() {
            let written = match write {
                Write::Turn(turn) => self.write_turn(turn),
                Write::Documents(changes) => self.documents.change(changes),
                Write::Removal(removal) => self.remove(removal),
            };
            if written.is_err() {
                conflicts.push(index);
            }
        }
        self.volatile.clear();
        Outcome::Committed { conflicts }
    }

    fn write_turn(&mut self, turn: &Turn) -> Result<(), Conflict> {
        let found = self.by_key.get(&turn.key).copied();
        let base = found.map(|index| self.rows[index].execution.revision);
        if base != turn.base {
            return Err(Conflict);
        }
        self.documents.change(&turn.documents)?;
        let index = found.unwrap_or_else(|| self.create(turn));
        self.unlist(index);
        let row = &mut self.rows[index];
        row.execution.revision = Revision(turn.base.map_or(1, |base| base.0 + 1));
        row.execution.header.status = turn.status;
        row.execution.header.started = turn.started;
        row.execution.header.stopped = turn.stopped;
        row.execution.header.redriven = turn.redriven;
        row.execution.outcome.clone_from(&turn.outcome);
        row.wake_at = turn.wake_at.filter(|_| turn.status.is_open());
        row.owes = turn.owes && turn.status.is_open();
        if let Some(entry) = &turn.journal {
            row.seals.iter_mut().for_each(|seals| seals.append(entry));
            row.journal.push(entry.clone());
        }
        if let Some(image) = &turn.image {
            row.execution.image = image.clone();
            row.seals.iter_mut().for_each(|seals| seals.replace_image(image));
            row.reach = row.journal.len();
        }
        row.execution.has_tail = row.reach < row.journal.len();
        self.list(index);
        Ok(())
    }

    fn remove(&mut self, removal: &Removal) -> Result<(), Conflict> {
        let found = self.by_key.get(&removal.key).copied().ok_or(Conflict)?;
        let Execution { header, revision, .. } = &self.rows[found].execution;
        if *revision != removal.base || header.status.is_open() {
            return Err(Conflict);
        }
        self.documents.change(&removal.documents)?;
        self.volatile.remove(&found);
        let row = &mut self.rows[found];
        row.lines = Vec::new();
        if removal.part == Part::Whole {
            // Its place stays, because others are known by theirs.
            row.journal = Vec::new();
            (row.execution.image, row.execution.outcome) = (Bytes::new(), None);
            self.unlist(found);
            self.by_key.remove(&removal.key);
        }
        Ok(())
    }

    fn create(&mut self, turn: &Turn) -> usize {
        let index = self.rows.len();
        self.by_key.insert(turn.key.clone(), index);
        self.rows.push(Row {
            execution: Execution {
                header: ExecutionHeader {
                    key: turn.key.clone(),
                    workflow: turn.workflow.clone(),
                    version: turn.version.clone(),
                    alias: turn.alias.clone(),
                    status: turn.status,
                    started: turn.started,
                    stopped: turn.stopped,
                    redriven: turn.redriven,
                    attributes: turn.attributes.clone(),
                    failure: None,
                },
                revision: Revision(1),
                start: turn.start.clone().unwrap_or_default(),
                image: Bytes::new(),
                is_image_whole: true,
                has_tail: false,
                outcome: None,
            },
            wake_at: None,
            owes: false,
            journal: Vec::new(),
            seals: None,
            reach: 0,
            lines: Vec::new(),
        });
        index
    }

    fn unlist(&mut self, index: usize) {
        self.by_change.remove(&(self.rows[index].execution.header.changed(), index));
        if let Some(at) = self.rows[index].wake_at {
            self.due.remove(&(at, index));
        }
        self.owing.remove(&index);
    }

    fn list(&mut self, index: usize) {
        let row = &self.rows[index];
        self.by_change.insert((row.execution.header.changed(), index));
        if let Some(at) = row.wake_at {
            self.due.insert((at, index));
        }
        if row.owes {
            self.owing.insert(index);
        }
    }

    fn row(&self, key: &ExecutionKey) -> Option<&Row> {
        self.by_key.get(key).map(|&index| &self.rows[index])
    }

    pub(super) fn execution(&self, key: &ExecutionKey) -> Option<Execution> {
        self.row(key)
            .map(|row| Execution { is_image_whole: row.is_image_whole(), ..row.execution.clone() })
    }

    pub(super) fn executions(
        &self,
        filter: &ExecutionFilter,
        wanted: &dyn Fn(&ExecutionHeader) -> bool,
        after: Option<Cursor>,
        bounds: SearchBounds,
    ) -> Page<ExecutionHeader> {
        let behind = after.map(|cursor| (cursor.changed, position(cursor)));
        let behind = behind.map_or(Bound::Unbounded, Bound::Excluded);
        let rows: Box<dyn Iterator<Item = _>> = match filter.order {
            Order::LatestFirst => Box::new(self.by_change.range((Bound::Unbounded, behind)).rev()),
            Order::EarliestFirst => Box::new(self.by_change.range((behind, Bound::Unbounded))),
        };
        let mut rows = rows.filter_map(|&(changed, index)| {
            let Execution { header, outcome, .. } = &self.rows[index].execution;
            let has_failed = header.stopped.is_some() && header.status != Status::Succeeded;
            let failure = outcome.clone().filter(|_| filter.with_failures && has_failed);
            let shown = || ExecutionHeader { failure, ..header.clone() };
            filter.fits(header).then(|| (Cursor { changed, row: index as u64 }, shown()))
        });
        page(&mut rows, wanted, bounds)
    }

    pub(super) fn open_executions(&self) -> u64 {
        let open = |row: &&Row| row.execution.header.status.is_open();
        self.rows.iter().filter(open).count() as u64
    }

    pub(super) fn journal(
        &self,
        key: &ExecutionKey,
        first_event: u64,
        events: usize,
    ) -> Result<Vec<JournalEntry>, ReadError> {
        let Some(row) = self.row(key) else { return Ok(Vec::new()) };
        let start = row.journal.partition_point(|entry| entry.first_event < first_event);
        let mut page = JournalPage::new(first_event, events);
        // The row before may reach beyond.
        for sealed in row.sealed(start.saturating_sub(1)) {
            if page.is_full() {
                break;
            }
            page.take(sealed)?;
        }
        Ok(page.into_entries())
    }

    pub(super) fn tail(&self, key: &ExecutionKey) -> Result<Vec<JournalEntry>, ReadError> {
        let Some(row) = self.row(key) else { return Ok(Vec::new()) };
        let mut chain = Chain::from_anywhere();
        let tail = seal::checked(&mut chain, row.sealed(row.reach))?;
        chain.end(row.seals.as_ref().map(Seals::head))?;
        Ok(tail)
    }

    /// Damages what is kept of an execution.
    pub(super) fn harm(&mut self, key: &ExecutionKey, harm: Harm) {
        let Some(index) = self.by_key.get(key) else { return };
        let row = &mut self.rows[*index];
        let seals = row.seals.get_or_insert_with(|| Seals::of(&row.journal, &row.execution.image));
        match harm {
            Harm::Image => row.execution.image = HARMED.clone(),
            Harm::Row(at) => row.journal[at].body = HARMED.clone(),
            Harm::Loss(at) => {
                row.journal.remove(at);
                seals.lose(at);
            }
        }
    }

    pub(super) fn due(
        &self,
        (after, until): (Timestamp, Timestamp),
        limit: usize,
    ) -> Vec<(Timestamp, ExecutionKey)> {
        if after >= until {
            return Vec::new();
        }
        let from = Bound::Excluded((after, usize::MAX));
        let due = self.due.range((from, Bound::Included((until, usize::MAX)))).take(limit);
        due.map(|&(at, index)| (at, self.rows[index].execution.header.key.clone())).collect()
    }

    pub(super) fn owing(&self, after: Option<Cursor>, limit: usize) -> Page<ExecutionKey> {
        let from = after.map_or(Bound::Unbounded, |cursor| Bound::Excluded(position(cursor)));
        let rows = self.owing.range((from, Bound::Unbounded));
        let mut rows = rows.map(|&index| {
            let cursor = Cursor { changed: Timestamp(0), row: index as u64 };
            (cursor, self.rows[index].execution.header.key.clone())
        });
        page(&mut rows, |_| true, SearchBounds { items: limit, rows: usize::MAX })
    }

    pub(super) fn append_log(&mut self, key: &ExecutionKey, lines: Vec<LogLine>) {
        if let Some(&index) = self.by_key.get(key) {
            let row = &mut self.rows[index];
            self.volatile.entry(index).or_insert(row.lines.len());
            row.lines.extend(lines);
        }
    }

    pub(super) fn lose_volatile_lines(&mut self) {
        for (index, durable) in std::mem::take(&mut self.volatile) {
            self.rows[index].lines.truncate(durable);
        }
    }

    pub(super) fn log(&self, key: &ExecutionKey, after: u64, limit: usize) -> Vec<(u64, LogLine)> {
        let lines = self.row(key).map_or(&[][..], |row| &row.lines);
        let skip = usize::try_from(after).unwrap_or(usize::MAX);
        (1..).zip(lines).skip(skip).take(limit).map(|(n, line)| (n, line.clone())).collect()
    }

    pub(super) fn log_end(&self, key: &ExecutionKey) -> u64 {
        self.row(key).map_or(0, |row| row.lines.len() as u64)
    }
}

fn position(cursor: Cursor) -> usize {
    usize::try_from(cursor.row).unwrap_or(usize::MAX)
}

/// Takes a page of the rows that are wanted, each with the cursor that goes on behind it.
fn page<T>(
    rows: &mut impl Iterator<Item = (Cursor, T)>,
    wanted: impl Fn(&T) -> bool,
    bounds: SearchBounds,
) -> Page<T> {
    let mut items = Vec::new();
    let mut last = None;
    for (seen, (cursor, item)) in rows.enumerate() {
        if items.len() == bounds.items || seen == bounds.rows {
            return Page { items, next: last };
        }
        last = Some(cursor);
        items.extend(wanted(&item).then_some(item));
    }
    Page { items, next: None }
}
