//! Whether what is stored of executions makes sense: images, journals and ends fit each other.
//!
//! **Invariant:** nothing is changed, and nothing begins.

use std::sync::Arc;

use compasso_engine::{Closed, Event, Execution, Status as Engine};
use compasso_store::{
    Execution as Row, ExecutionFilter, ExecutionKey, JournalEntry, Order, Status,
};
use futures::{StreamExt as _, stream};
use tokio::task::spawn_blocking;

use crate::history::decode;
use crate::images::restore_apart;
use crate::records::{OutcomeRecord, status_of};
use crate::{Definitions, Runtime, RuntimeError, StartRecord, limits};

/// Executions that are looked at together: each takes several answers of the store, which it need not give one by one.
const AHEAD: usize = 64;

/// Something is wrong with an execution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The execution.
    pub execution: ExecutionKey,
    /// What is wrong.
    pub what: String,
}

impl Runtime {
    /// Looks at all executions of the store, which nobody changes meanwhile, and tells what is wrong
    /// with them; returns how many there are. A runtime that has not begun will do.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn verify(
        &self,
        definitions: &dyn Definitions,
        mut tell: impl FnMut(Flaw),
    ) -> Result<u64, RuntimeError> {
        let mut count = 0;
        let mut after = None;
        loop {
            let filter = ExecutionFilter { order: Order::EarliestFirst, ..Default::default() };
            let page = self.executions(filter, after, limits::RECOVERY_PAGE).await?;
            let mut looked = stream::iter(page.items)
                .map(|header| async move {
                    (self.verify_one(&header.key, definitions).await, header.key)
                })
                .buffered(AHEAD);
            while let Some((verified, execution)) = looked.next().await {
                count += 1;
                if let Err(what) = verified {
                    tell(Flaw { execution, what });
                }
            }
            after = page.next;
            if after.is_none() {
                return Ok(count);
            }
        }
    }

    async fn verify_one(
        &self,
        key: &ExecutionKey,
        definitions: &dyn Definitions,
    ) -> Result<(), String> {
        let row = self.core.store.execution(key).await.map_err(|error| error.to_string())?;
        let row = row.ok_or("it is listed and not there")?;
        let record = StartRecord::read(&row.start).map_err(|error| format!("start: {error}"))?;
        let definition = definitions.load(&record.definition).await.map_err(|e| e.to_string())?;
        if record.is_express_child() {
            return self.verify_express_child(&row).await;
        }
        let rebuilt = Execution::remembering(definition.clone());
        let mut replayed = self.replay(key, rebuilt).await?;
        replayed.forget();
        if row.header.status == Status::Quarantined {
            return Ok(());
        }
        same_end(&row, &replayed)?;
        if row.image.is_empty() {
            let needs_none = matches!(replayed.status(), Engine::Closed(_));
            return if needs_none { Ok(()) } else { Err("it is open and has no image".into()) };
        }
        let tail = self.core.tail(&row).await.map_err(|error| format!("journal: {error}"))?;
        let image = restore_apart(definition, Arc::new((*record.start).clone()), row.image, tail);
        let mut image = image.await.map_err(|error| format!("image: {error}"))?;
        if image.image() == replayed.image() {
            return Ok(());
        }
        image.forget_looks();
        replayed.forget_looks();
        if image.image() == replayed.image() {
            Ok(())
        } else {
            Err("its image is not what its journal comes to".into())
        }
    }

    /// Looks at a child of a map run that ran in memory: how it ended is all that is kept of it.
    async fn verify_express_child(&self, row: &Row) -> Result<(), String> {
        let journal = self.core.store.journal(&row.header.key, 1, 1).await;
        let journal = journal.map_err(|error| format!("journal: {error}"))?;
        if !journal.is_empty() || !row.image.is_empty() {
            return Err("it is Express and has a journal or an image".into());
        }
        let outcome = row.outcome.as_ref().ok_or("it is Express and has no outcome")?;
        let outcome = OutcomeRecord::read(outcome).map_err(|error| format!("outcome: {error}"))?;
        let (said, is) = (row.header.status, status_of(Some(&outcome.end)));
        if said != is {
            return Err(format!("it is listed as {said:?} and its outcome says {is:?}"));
        }
        if row.header.stopped.is_none() || outcome.last_event != 0 {
            return Err("its outcome is none of an Express execution".into());
        }
        Ok(())
    }

    /// Goes through the whole journal of an execution.
    async fn replay(&self, key: &ExecutionKey, mut state: Execution) -> Result<Execution, String> {
        let mut next = 1;
        loop {
            let page = self.core.store.journal(key, next, limits::REPLAY_EVENTS).await;
            let page = page.map_err(|error| format!("journal: {error}"))?;
            let shown: u32 = page.iter().map(|row| row.events).sum();
            let applied = spawn_blocking(move || apply(state, &page, next)).await;
            let fitting =
                applied.map_err(|_| format!("event {next} or one after it does not fit"))?;
            (state, next) = fitting?;
            if (shown as usize) < limits::REPLAY_EVENTS {
                return Ok(state);
            }
        }
    }
}

/// Applies the events of a page, the first of which has the number `next`; returns the number of the
/// one after it. Events that do not fit each other make it panic.
fn apply(
    mut state: Execution,
    page: &[JournalEntry],
    mut next: u64,
) -> Result<(Execution, u64), String> {
    for row in page {
        let events = decode(row).map_err(|error| format!("journal, event {next}: {error}"))?;
        for event in &events {
            next = following(next, event)?;
            state.apply(event);
        }
        if row.first_event + u64::from(row.events) != next {
            return Err(format!("journal, event {next}: the row counts its events wrongly"));
        }
    }
    Ok((state, next))
}

/// Returns the number after an event's; those that history does not show have none.
fn following(next: u64, event: &Event) -> Result<u64, String> {
    match event.id {
        0 => Ok(next),
        id if id == next => Ok(next + 1),
        id => Err(format!("journal: event {next} is missing, {id} follows")),
    }
}

/// Demands that an execution ended as its row says.
fn same_end(row: &Row, replayed: &Execution) -> Result<(), String> {
    let closed: Option<&Closed> = match replayed.status() {
        Engine::Running => None,
        Engine::Closed(closed) => Some(closed),
    };
    let (said, is) = (row.header.status, status_of(closed));
    if said != is {
        return Err(format!("it is listed as {said:?} and its journal says {is:?}"));
    }
    let Some(outcome) = row.outcome.as_ref().filter(|_| closed.is_some()) else { return Ok(()) };
    let outcome = OutcomeRecord::read(outcome).map_err(|error| format!("outcome: {error}"))?;
    if Some(&outcome.end) != closed || outcome.last_event != replayed.last_event() {
        return Err("its outcome is not what its journal comes to".into());
    }
    Ok(())
}
