//! The way of one node to the store, on which everything takes time and may be lost.
//!
//! Commits arrive in the order in which they were sent; a take-over may overtake them. A node that is
//! frozen sends and hears nothing until it thaws, but what it had sent arrives; to and from one that is
//! cut off nothing arrives, and it finds out after a while.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use compasso_store::{
    Answer, Batch, Cursor, Document, Epoch, Execution, ExecutionFilter, ExecutionHeader,
    ExecutionKey, JournalEntry, LogLine, Outcome, Page, ReadError, SearchBounds, Store, Wanted,
    Write,
};
use compasso_types::Timestamp;
use futures::FutureExt as _;
use futures::future::{BoxFuture, ready};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep, sleep_until};
use tracing::debug;

use crate::Mutant;
use crate::database::Database;
use crate::dice::Dice;

/// How long a node waits for an answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long a message is under way at most, on a good day.
const TRAVEL_MAX: Duration = Duration::from_millis(8);
/// The same for the slow ones.
const SLOW_MAX: Duration = Duration::from_millis(900);

/// How it is with a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    Up,
    Frozen,
    Cut,
    Dead,
}

/// How often what happens to a message, in cases of a thousand.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Weather {
    pub(crate) slow: u16,
    pub(crate) request_lost: u16,
    pub(crate) answer_lost: u16,
    pub(crate) refused: u16,
}

/// What becomes of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Arrives,
    RequestLost,
    AnswerLost,
    Refused,
}

pub(crate) struct Link {
    database: Arc<Database>,
    condition: watch::Sender<Condition>,
    weather: Mutex<Weather>,
    dice: Mutex<Dice>,
    /// Tells the node from others in the trace.
    name: u64,
    sent: mpsc::UnboundedSender<Sent>,
}

/// A commit under way.
struct Sent {
    batch: Batch,
    arrives: Instant,
    /// Whether the node was frozen when it was to be sent.
    stuck: bool,
    fate: Fate,
    answer: oneshot::Sender<Outcome>,
}

impl Link {
    pub(crate) fn new(
        name: u64,
        database: Arc<Database>,
        weather: Weather,
        dice: Dice,
    ) -> Arc<Self> {
        let (sent, arriving) = mpsc::unbounded_channel();
        let condition = watch::Sender::new(Condition::Up);
        let (weather, dice) = (Mutex::new(weather), Mutex::new(dice));
        let link = Self { database, condition, weather, dice, name, sent };
        let link = Arc::new(link);
        tokio::spawn(carry(link.database.clone(), link.condition.subscribe(), name, arriving));
        link
    }

    pub(crate) fn set(&self, condition: Condition) {
        self.condition.send_if_modified(|now| {
            let changes = *now != Condition::Dead && *now != condition;
            if changes {
                debug!(node = self.name, ?condition, "is now");
                *now = condition;
            }
            changes
        });
    }

    pub(crate) fn condition(&self) -> Condition {
        *self.condition.borrow()
    }

    /// Lets no message be lost from now on.
    pub(crate) fn calm(&self) {
        *self.weather.lock().unwrap_or_else(PoisonError::into_inner) = Weather::default();
    }

    fn weather(&self) -> Weather {
        *self.weather.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the node is dead.
    pub(crate) async fn died(&self) {
        // The sender lives as long as this.
        let _ = self.condition.subscribe().wait_for(|now| *now == Condition::Dead).await;
    }

    fn throw<T>(&self, throw: impl FnOnce(&mut Dice) -> T) -> T {
        throw(&mut self.dice.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn travel(&self) -> Duration {
        let slow = self.weather().slow;
        self.throw(|dice| {
            let most = if dice.says(slow) { SLOW_MAX } else { TRAVEL_MAX };
            dice.up_to(most)
        })
    }

    fn fate(&self) -> Fate {
        let weather = self.weather();
        self.throw(|dice| {
            if dice.says(weather.request_lost) {
                Fate::RequestLost
            } else if dice.says(weather.answer_lost) {
                Fate::AnswerLost
            } else if dice.says(weather.refused) {
                Fate::Refused
            } else {
                Fate::Arrives
            }
        })
    }

    /// Takes a message from one side to the other.
    async fn pass(&self) -> Result<(), ReadError> {
        thawed(&mut self.condition.subscribe()).await;
        sleep(self.travel()).await;
        match self.condition() {
            Condition::Up | Condition::Frozen => Ok(()),
            Condition::Cut | Condition::Dead => {
                sleep(PATIENCE).await;
                Err(ReadError::Unavailable("no answer".into()))
            }
        }
    }

    fn read<'a, T: Send + 'a>(
        &'a self,
        ask: impl Future<Output = Result<T, ReadError>> + Send + 'a,
    ) -> Answer<'a, T> {
        async move {
            self.pass().await?;
            let answer = ask.await;
            self.pass().await?;
            answer
        }
        .boxed()
    }
}

/// Waits as long as a node is frozen.
async fn thawed(condition: &mut watch::Receiver<Condition>) {
    // The sender may be gone: the node is, then.
    let _ = condition.wait_for(|now| *now != Condition::Frozen).await;
}

/// Takes the commits of a node to the store, one after another.
async fn carry(
    database: Arc<Database>,
    mut condition: watch::Receiver<Condition>,
    node: u64,
    mut arriving: mpsc::UnboundedReceiver<Sent>,
) {
    while let Some(Sent { batch, arrives, stuck, fate, answer }) = arriving.recv().await {
        if stuck {
            thawed(&mut condition).await;
        }
        sleep_until(arrives).await;
        let written = described(&batch);
        let is_cut = *condition.borrow() == Condition::Cut;
        let outcome = match fate {
            _ if is_cut => None,
            Fate::RequestLost => None,
            Fate::Refused => Some(Outcome::Rejected { reason: "full".into() }),
            Fate::Arrives => Some(database.commit(batch).await),
            Fate::AnswerLost => {
                database.commit(batch).await;
                None
            }
        };
        debug!(node, written, ?fate, is_cut, ?outcome, "committed");
        tokio::spawn(tell(condition.clone(), outcome, answer));
    }
}

/// Names what a batch writes, for the trace.
fn described(batch: &Batch) -> String {
    let mut text = format!("{:?}", batch.epoch);
    for write in &batch.writes {
        if let Write::Turn(turn) = write {
            let _ = write!(text, " {} over {:?}", turn.key, turn.base);
        }
    }
    text
}

/// Brings an answer back, or none.
async fn tell(
    mut condition: watch::Receiver<Condition>,
    outcome: Option<Outcome>,
    answer: oneshot::Sender<Outcome>,
) {
    thawed(&mut condition).await;
    let is_up = *condition.borrow() == Condition::Up;
    let outcome = match outcome {
        Some(outcome) if is_up => outcome,
        _ => {
            sleep(PATIENCE).await;
            Outcome::Unknown { reason: "no answer".into() }
        }
    };
    // Whoever asked may be gone.
    let _ = answer.send(outcome);
}

impl Store for Link {
    fn acquire(&self) -> Answer<'_, Epoch> {
        debug!(node = self.name, "acquires");
        self.read(self.database.acquire())
    }

    fn reacquire(&self, held: Epoch) -> Answer<'_, Epoch> {
        debug!(node = self.name, ?held, "reacquires");
        self.read(self.database.reacquire(held))
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Outcome> {
        let mutant = self.database.mutant();
        if mutant == Some(Mutant::UnlockedFence) && !self.database.is_latest(batch.epoch) {
            return ready(Outcome::Fenced).boxed();
        }
        let early = Outcome::Committed { conflicts: Vec::new() };
        let (answer, told) = oneshot::channel();
        let condition = self.condition();
        if condition == Condition::Dead {
            return std::future::pending().boxed();
        }
        let stuck = condition == Condition::Frozen;
        let arrives = Instant::now() + self.travel();
        let sent = Sent { batch, arrives, stuck, fate: self.fate(), answer };
        // The carrier lives as long as this.
        let _ = self.sent.send(sent);
        if mutant == Some(Mutant::AnswerBeforeCommit) {
            return ready(early).boxed();
        }
        async move {
            let unknown = Outcome::Unknown { reason: "the carrier is gone".into() };
            match told.await.unwrap_or(unknown) {
                Outcome::Unknown { reason } if mutant == Some(Mutant::UnknownIsRefused) => {
                    Outcome::Rejected { reason }
                }
                outcome => outcome,
            }
        }
        .boxed()
    }

    fn execution(&self, key: &ExecutionKey) -> Answer<'_, Option<Execution>> {
        let key = key.clone();
        self.read(async move { self.database.store.execution(&key).await })
    }

    fn executions(
        &self,
        filter: ExecutionFilter,
        after: Option<Cursor>,
        limit: usize,
    ) -> Answer<'_, Page<ExecutionHeader>> {
        self.read(async move { self.database.store.executions(filter, after, limit).await })
    }

    fn open_executions(&self) -> Answer<'_, u64> {
        self.read(async move { self.database.store.open_executions().await })
    }

    fn search(
        &self,
        filter: ExecutionFilter,
        wanted: Wanted,
        after: Option<Cursor>,
        bounds: SearchBounds,
    ) -> Answer<'_, Page<ExecutionHeader>> {
        self.read(async move { self.database.store.search(filter, wanted, after, bounds).await })
    }

    fn journal(
        &self,
        key: &ExecutionKey,
        first_event: u64,
        events: usize,
    ) -> Answer<'_, Vec<JournalEntry>> {
        let key = key.clone();
        self.read(async move { self.database.store.journal(&key, first_event, events).await })
    }

    fn tail(&self, key: &ExecutionKey) -> Answer<'_, Vec<JournalEntry>> {
        let key = key.clone();
        self.read(async move { self.database.store.tail(&key).await })
    }

    fn due(&self, until: Timestamp, limit: usize) -> Answer<'_, Vec<(Timestamp, ExecutionKey)>> {
        if self.database.mutant() == Some(Mutant::TimersForgotten) {
            return ready(Ok(Vec::new())).boxed();
        }
        self.read(async move { self.database.store.due(until, limit).await })
    }

    fn owing(&self, after: Option<Cursor>, limit: usize) -> Answer<'_, Page<ExecutionKey>> {
        if self.database.mutant() == Some(Mutant::TasksForgotten) {
            return ready(Ok(Page { items: Vec::new(), next: None })).boxed();
        }
        self.read(async move { self.database.store.owing(after, limit).await })
    }

    fn document(&self, kind: &'static str, key: &str) -> Answer<'_, Option<Document>> {
        let key = key.to_owned();
        self.read(async move { self.database.store.document(kind, &key).await })
    }

    fn documents(
        &self,
        kind: &'static str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Answer<'_, Vec<Document>> {
        let (prefix, after) = (prefix.to_owned(), after.map(str::to_owned));
        self.read(async move {
            self.database.store.documents(kind, &prefix, after.as_deref(), limit).await
        })
    }

    fn document_count(&self, kind: &'static str) -> Answer<'_, u64> {
        self.read(async move { self.database.store.document_count(kind).await })
    }

    fn append_log(&self, key: &ExecutionKey, lines: Vec<LogLine>) -> Answer<'_, ()> {
        let key = key.clone();
        self.read(async move { self.database.store.append_log(&key, lines).await })
    }

    fn log(&self, key: &ExecutionKey, after: u64, limit: usize) -> Answer<'_, Vec<(u64, LogLine)>> {
        let key = key.clone();
        self.read(async move { self.database.store.log(&key, after, limit).await })
    }
}
