//! What the runtime asks of the layer that carries out map runs, and what it does for it.

use std::sync::Arc;

use bytes::Bytes;
use compasso_engine::{Closed, Execution, MapRunOffer, TaskError, TaskId};
use compasso_store::{Attributes, DocumentChange, ExecutionKey, Outcome, Turn, Write};
use compasso_types::Timestamp;
use tokio::sync::oneshot;

use crate::commit::Item;
use crate::core::Core;
use crate::images::restore_apart;
use crate::message::NewExecution;
use crate::records::{OutcomeRecord, status_of};
use crate::{
    DefinitionRef, Description, ExpressEnd, HistoryLog, RuntimeError, StartRecord, express, limits,
    quarantine,
};

/// Carries out the map runs of distributed Map states.
pub trait MapRunner: Send + Sync + 'static {
    /// Returns what is stored in the same instant as the event that starts a map run.
    fn opening(&self, job: &MapRunJob) -> Vec<DocumentChange>;

    /// Begins a map run, or goes on with one that a restart interrupted; nothing happens if it is
    /// under way. Does not wait: its end comes as [`crate::Runtime::map_run_ended`].
    fn start(&self, job: MapRunJob);

    /// Gives up the map run of an attempt of a Map state, and its children with it. Does not wait.
    fn cancel(&self, execution: &ExecutionKey, task: TaskId);

    /// Takes up after a restart what no execution waits for any more. Does not wait.
    fn recover(&self);
}

/// A map run to carry out.
#[derive(Clone, Debug)]
pub struct MapRunJob {
    /// The execution whose Map state it is.
    pub execution: ExecutionKey,
    /// What is asked.
    pub offer: MapRunOffer,
    /// The definition of the execution.
    pub definition: DefinitionRef,
    /// The execution's trace header.
    pub trace_header: Option<Arc<str>>,
    /// Where the history of the execution is logged, if it is.
    pub log: Option<HistoryLog>,
}

impl MapRunJob {
    pub(crate) fn new(key: &ExecutionKey, record: &StartRecord, offer: MapRunOffer) -> Self {
        Self {
            execution: key.clone(),
            offer,
            definition: record.definition.clone(),
            trace_header: record.trace_header.clone(),
            log: record.log.clone(),
        }
    }
}

impl Core {
    /// Says whether an execution is open and waits for something, by what is durable.
    pub(crate) async fn waits_for(
        &self,
        key: &ExecutionKey,
        waits: impl Fn(&Execution) -> bool,
    ) -> Result<bool, RuntimeError> {
        let definitions = self.check_open()?.definitions.clone();
        for _ in 0..limits::IMAGE_READS_MAX {
            let Some(row) = self.store.execution(key).await? else { return Ok(false) };
            if !row.header.status.is_open() {
                return Ok(false);
            }
            let record = StartRecord::read(&row.start)?;
            let definition = definitions.load(&record.definition).await?;
            let Some(tail) = self.tail_if_still(&row).await? else { continue };
            let execution = restore_apart(definition, record.start, row.image, tail).await;
            // What is set aside may be mended and go on.
            return Ok(execution.map_or(true, |execution| waits(&execution)));
        }
        Err(RuntimeError::Overloaded)
    }

    /// Runs an Express child of a map run; what it began with and how it ended is durable when this
    /// returns.
    pub(crate) async fn run_express_child(
        self: &Arc<Self>,
        new: NewExecution,
    ) -> Result<Description, RuntimeError> {
        let (record, listing) = (new.record.clone(), new.listing.clone());
        let earlier = self.store.execution(&ExecutionKey(record.start.id.clone())).await?;
        // One that runs once more was redriven with its run.
        let redrives = earlier
            .as_ref()
            .map_or(0, |row| row.header.redriven.map_or(0, |redriven| redriven.count) + 1);
        let began = self.now();
        let end = match self.run_express(new, redrives).await {
            Err(RuntimeError::Quarantined(_)) => self.given_up(began),
            end => end?,
        };
        let redriven = express::redriven(redrives, end.started);
        let turn = Turn {
            key: ExecutionKey(record.start.id.clone()),
            base: earlier.as_ref().map(|row| row.revision),
            workflow: listing,
            version: None,
            alias: None,
            status: status_of(Some(&end.closed)),
            started: end.started,
            stopped: Some(end.stopped),
            wake_at: None,
            owes: false,
            redriven,
            start: earlier.is_none().then(|| record.write()),
            image: Some(Bytes::new()),
            // Its history is not kept.
            outcome: Some(OutcomeRecord::new(&end.closed, 0).write()),
            journal: None,
            documents: Vec::new(),
            attributes: Attributes::new(),
        };
        self.keep(turn).await?;
        Ok(Description {
            record: StartRecord::clone(&record),
            started: end.started,
            stopped: Some(end.stopped),
            closed: Some(end.closed),
            last_event: None,
            redriven,
            quarantined: false,
        })
    }

    /// Returns how an Express execution ended that the engine could not carry on with.
    fn given_up(&self, began: Timestamp) -> ExpressEnd {
        let TaskError { error, cause, .. } = quarantine::failure();
        let stopped = self.now().max(began);
        ExpressEnd { started: began, stopped, closed: Closed::Failed { error, cause } }
    }

    /// Stores an execution that has closed, unless it is stored already.
    async fn keep(&self, turn: Turn) -> Result<(), RuntimeError> {
        loop {
            let (answer, outcome) = oneshot::channel();
            self.commits.push(Item::Apart { write: Write::Turn(Box::new(turn.clone())), answer });
            match outcome.await {
                // A conflict says that an earlier try, which had no clear answer, has landed.
                Ok(Outcome::Committed { .. }) => return Ok(()),
                Ok(Outcome::Rejected { .. } | Outcome::Unknown { .. }) if !self.is_stopped() => {
                    self.clock.sleep(limits::RETRY_FIRST).await;
                }
                Ok(_) | Err(_) => return Err(RuntimeError::Unavailable("shutting down".into())),
            }
        }
    }
}
