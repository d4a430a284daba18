//! Copying all that one store keeps into another, whatever either of them is: so a server moves from one
//! database to another.
//!
//! A turn is written for each row of a journal, so that the other store does with it what it does with all
//! turns. Revisions begin anew; nothing that is stored speaks of them. **Invariant:** what is read from the copy
//! is what is read from the original.

use std::collections::{HashMap, HashSet, VecDeque};

use bytes::Bytes;
use compasso_types::Timestamp;
use futures::{StreamExt as _, stream};

use crate::{
    Batch, Cursor, DocumentChange, Epoch, Execution, ExecutionFilter, ExecutionHeader,
    ExecutionKey, Expected, JournalEntry, LogLine, Order, Outcome, ReadError, Revision, Store,
    Turn, Write,
};

/// Executions, documents or lines that are read at once.
const PAGE: usize = 1_000;
/// Executions that are read ahead: each takes several answers, and the next ones need not wait for them.
const AHEAD: usize = 16;
/// Most writes of a batch, and most bytes from which on it is written.
const BATCH_WRITES: usize = 256;
const BATCH_BYTES: usize = 4 << 20;

/// How much was copied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    /// Executions.
    pub executions: u64,
    /// Rows of their journals.
    pub turns: u64,
    /// Documents.
    pub documents: u64,
}

/// Not all was copied.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CopyError {
    /// There is something in the store that is copied to. Choose one that keeps nothing.
    #[error("the store that is copied to keeps something already")]
    NotEmpty,
    /// A store does not answer.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// An execution cannot be read.
    #[error("{0} cannot be copied")]
    Execution(ExecutionKey, #[source] ReadError),
    /// The copy cannot be written.
    #[error("the copy cannot be written: {0}")]
    Write(String),
}

/// Copies all of `from`, which nobody changes meanwhile, into `to`, which keeps nothing; tells how far it is, and which
/// executions are damaged: nothing of them is copied.
///
/// # Errors
/// See [`CopyError`]; what is in `to` then is of no use.
pub async fn copy(
    from: &dyn Store,
    to: &dyn Store,
    mut on_progress: impl FnMut(Copied),
    mut on_damage: impl FnMut(ExecutionKey, ReadError),
) -> Result<Copied, CopyError> {
    let epoch = to.acquire().await?;
    let first = to.executions(ExecutionFilter::default(), None, 1).await?;
    if !first.items.is_empty() || !to.document_kinds().await?.is_empty() {
        return Err(CopyError::NotEmpty);
    }
    let mut copy = Copy {
        from,
        to,
        epoch,
        writes: Vec::new(),
        lines: Vec::new(),
        bytes: 0,
        copied: Copied::default(),
    };
    let open = Open::of(from).await?;
    let mut after = None;
    loop {
        let filter = ExecutionFilter { order: Order::EarliestFirst, ..Default::default() };
        let page = from.executions(filter, after, PAGE).await?;
        let mut read =
            stream::iter(page.items).map(|header| Original::read(from, header)).buffered(AHEAD);
        while let Some(original) = read.next().await {
            match original {
                Ok(original) => copy.execution(original, &open).await?,
                Err(CopyError::Execution(key, error @ ReadError::Corrupt(_))) => {
                    on_damage(key, error);
                }
                Err(error) => return Err(error),
            }
        }
        on_progress(copy.copied);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    // Lines are durable with the commit after theirs: that of the documents.
    copy.flush().await?;
    copy.documents().await?;
    copy.flush().await?;
    on_progress(copy.copied);
    Ok(copy.copied)
}

/// What open executions wait for and owe.
struct Open {
    wake_at: HashMap<ExecutionKey, Timestamp>,
    owing: HashSet<ExecutionKey>,
}

impl Open {
    async fn of(store: &dyn Store) -> Result<Self, ReadError> {
        let due = store.due(Timestamp(i64::MIN), Timestamp(i64::MAX), usize::MAX).await?;
        let wake_at = due.into_iter().map(|(at, key)| (key, at)).collect();
        let mut owing = HashSet::new();
        let mut after: Option<Cursor> = None;
        loop {
            let page = store.owing(after, PAGE).await?;
            owing.extend(page.items);
            after = page.next;
            if after.is_none() {
                return Ok(Self { wake_at, owing });
            }
        }
    }
}

/// What is read of an execution ahead.
struct Original {
    execution: Execution,
    /// How many turns came after its image.
    tail: usize,
    /// The first rows of its journal, and the first lines of its log with their numbers.
    journal: Vec<JournalEntry>,
    log: Vec<(u64, LogLine)>,
}

impl Original {
    async fn read(from: &dyn Store, header: ExecutionHeader) -> Result<Self, CopyError> {
        let key = header.key;
        let told = |error| CopyError::Execution(key.clone(), error);
        let execution = from.execution(&key).await.map_err(told)?;
        let gone = || ReadError::Corrupt("it is listed and not there".to_owned());
        let execution = execution.ok_or_else(gone).map_err(told)?;
        if !execution.is_image_whole {
            return Err(told(ReadError::Corrupt("its image is damaged".to_owned())));
        }
        let tail = if execution.has_tail { from.tail(&key).await.map_err(told)?.len() } else { 0 };
        let journal = from.journal(&key, 1, PAGE).await.map_err(told)?;
        let log = from.log(&key, 0, PAGE).await.map_err(told)?;
        look_behind(from, &key, &journal, &log).await.map_err(told)?;
        Ok(Self { execution, tail, journal, log })
    }
}

/// Reads what comes after the first pages of an execution, so that nothing is written of one that is damaged there.
async fn look_behind(
    from: &dyn Store,
    key: &ExecutionKey,
    journal: &[JournalEntry],
    log: &[(u64, LogLine)],
) -> Result<(), ReadError> {
    let (mut shown, mut next) = (events(journal), 1);
    while shown >= PAGE as u64 {
        next += shown;
        shown = events(&from.journal(key, next, PAGE).await?);
    }
    let mut last = (log.len() >= PAGE).then(|| log.last()).flatten().map(|(number, _)| *number);
    while let Some(number) = last {
        last = from.log(key, number, PAGE).await?.last().map(|(number, _)| *number);
    }
    Ok(())
}

fn events(page: &[JournalEntry]) -> u64 {
    page.iter().map(|row| u64::from(row.events)).sum()
}

struct Copy<'a> {
    from: &'a dyn Store,
    to: &'a dyn Store,
    epoch: Epoch,
    writes: Vec<Write>,
    /// Lines of executions among those of the writes, or written before.
    lines: Vec<(ExecutionKey, Vec<LogLine>)>,
    /// Of both together.
    bytes: usize,
    copied: Copied,
}

/// The turns of an execution, of which the next one is made after `made` others.
struct Turns {
    execution: Execution,
    wake_at: Option<Timestamp>,
    owes: bool,
    made: u64,
}

impl Turns {
    fn next(&mut self, journal: Option<JournalEntry>, with_image: bool) -> Turn {
        let Execution { header, start, image, outcome, .. } = &self.execution;
        let is_first = self.made == 0;
        let turn = Turn {
            key: header.key.clone(),
            base: (!is_first).then_some(Revision(self.made)),
            workflow: header.workflow.clone(),
            version: header.version.clone(),
            alias: header.alias.clone(),
            status: header.status,
            started: header.started,
            stopped: header.stopped,
            redriven: header.redriven,
            wake_at: self.wake_at,
            owes: self.owes,
            start: is_first.then(|| start.clone()),
            image: with_image.then(|| image.clone()),
            outcome: outcome.clone(),
            journal,
            documents: Vec::new(),
            attributes: header.attributes.clone(),
        };
        self.made += 1;
        turn
    }
}

impl Copy<'_> {
    async fn execution(&mut self, original: Original, open: &Open) -> Result<(), CopyError> {
        let Original { execution, tail, journal, log } = original;
        let key = execution.header.key.clone();
        let (wake_at, owes) = (open.wake_at.get(&key).copied(), open.owing.contains(&key));
        self.turns(Turns { execution, wake_at, owes, made: 0 }, tail, journal).await?;
        self.log(&key, log).await?;
        self.copied.executions += 1;
        Ok(())
    }

    /// Writes the turns of an execution, whose journal begins with `page`. The image comes with the turn that it
    /// was written with: after it come so many as its `tail` has.
    async fn turns(
        &mut self,
        mut turns: Turns,
        tail: usize,
        mut page: Vec<JournalEntry>,
    ) -> Result<(), CopyError> {
        let key = turns.execution.header.key.clone();
        let mut held = VecDeque::new();
        let mut next = 1;
        loop {
            let shown = events(&page);
            next += shown;
            self.copied.turns += page.len() as u64;
            held.extend(page);
            while held.len() > tail + 1 {
                let turn = turns.next(held.pop_front(), false);
                self.write(turn).await?;
            }
            if shown < PAGE as u64 {
                break;
            }
            let read = self.from.journal(&key, next, PAGE).await;
            page = read.map_err(|error| CopyError::Execution(key.clone(), error))?;
        }
        let with_image = if held.len() > tail { held.pop_front() } else { None };
        let turn = turns.next(with_image, true);
        self.write(turn).await?;
        for row in held {
            let turn = turns.next(Some(row), false);
            self.write(turn).await?;
        }
        Ok(())
    }

    async fn write(&mut self, turn: Turn) -> Result<(), CopyError> {
        let bodies = [&turn.start, &turn.image, &turn.outcome];
        self.bytes += bodies.into_iter().flatten().map(Bytes::len).sum::<usize>();
        self.bytes += turn.journal.as_ref().map_or(0, |entry| entry.body.len());
        self.push(Write::Turn(Box::new(turn))).await
    }

    async fn push(&mut self, write: Write) -> Result<(), CopyError> {
        self.writes.push(write);
        if self.writes.len() >= BATCH_WRITES || self.bytes >= BATCH_BYTES {
            self.flush().await?;
        }
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), CopyError> {
        self.bytes = 0;
        let writes = std::mem::take(&mut self.writes);
        match self.to.commit(Batch { epoch: self.epoch, writes }).await {
            Outcome::Committed { conflicts } if conflicts.is_empty() => {}
            Outcome::Committed { .. } => return Err(CopyError::NotEmpty),
            Outcome::Fenced => return Err(ReadError::Taken.into()),
            Outcome::Rejected { reason } | Outcome::Unknown { reason } => {
                return Err(CopyError::Write(reason));
            }
        }
        // Lines are of executions that are there.
        for (key, lines) in std::mem::take(&mut self.lines) {
            self.to.append_log(&key, lines).await?;
        }
        Ok(())
    }

    /// Keeps the lines of an execution, whose log begins with `page`.
    async fn log(
        &mut self,
        key: &ExecutionKey,
        mut page: Vec<(u64, LogLine)>,
    ) -> Result<(), CopyError> {
        while let Some((last, _)) = page.last() {
            let after = *last;
            let lines: Vec<_> = page.into_iter().map(|(_, line)| line).collect();
            self.bytes += lines.iter().map(|line| line.text.len()).sum::<usize>();
            self.lines.push((key.clone(), lines));
            if self.bytes >= BATCH_BYTES {
                self.flush().await?;
            }
            page = self.from.log(key, after, PAGE).await?;
        }
        Ok(())
    }

    async fn documents(&mut self) -> Result<(), CopyError> {
        for kind in self.from.document_kinds().await? {
            // There are few kinds, and whoever copies a store does nothing else.
            let kind: &'static str = kind.leak();
            let mut after: Option<String> = None;
            loop {
                let page = self.from.documents(kind, "", after.as_deref(), PAGE).await?;
                let Some(last) = page.last() else { break };
                after = Some(last.key.clone());
                for document in page {
                    self.copied.documents += 1;
                    self.bytes += document.body.len();
                    let (key, body) = (document.key, Some(document.body));
                    let change = DocumentChange { kind, key, expected: Expected::Absent, body };
                    self.push(Write::Documents(vec![change])).await?;
                }
            }
        }
        Ok(())
    }
}
