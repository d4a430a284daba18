//! The way of one node to the store, on which everything takes time and may be lost.
//!
//! Commits arrive in the order in which they were sent; a take-over may overtake them. A node that is
//! frozen sends and hears nothing until it thaws, but what it had sent arrives; to and from one that is
//! cut off nothing arrives, and it finds out after a while.

mod nodes;

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use compasso_runtime::Watched;
use compasso_store::memory::MemoryStore;
use compasso_store::{
    Answer, Batch, Cursor, Epoch, ExecutionKey, Outcome, Page, ReadError, Store, Write,
};
use compasso_types::Timestamp;
use futures::FutureExt as _;
use futures::future::{BoxFuture, pending, ready};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep, sleep_until};
use tracing::{Level, debug, enabled};

use crate::Mutant;
use crate::database::Database;
use crate::dice::Dice;
use crate::lanes::Lanes;

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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
    /// Only these of its transactions end, and the answer is lost.
    PartArrives(Lanes),
    Refused,
}

pub(crate) struct Link {
    database: Arc<Database>,
    condition: Arc<Watched<Condition>>,
    weather: Mutex<Weather>,
    dice: Mutex<Dice>,
    /// Tells the node from others in the trace.
    name: u64,
    /// Its id and how far its clock is ahead, if it has leases.
    lease: Option<(Arc<str>, Duration)>,
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
    /// Makes the link of a node. `ahead` is how far the clock is of one that has leases.
    pub(crate) fn new(
        (name, ahead): (u64, Option<Duration>),
        database: Arc<Database>,
        weather: Weather,
        dice: Dice,
    ) -> Arc<Self> {
        let (sent, arriving) = mpsc::unbounded_channel();
        let condition = Arc::new(Watched::new(Condition::Up));
        let (weather, dice) = (Mutex::new(weather), Mutex::new(dice));
        let lease = ahead.map(|ahead| (name.to_string().into(), ahead));
        let link = Self { database, condition, weather, dice, name, lease, sent };
        let link = Arc::new(link);
        tokio::spawn(carry(link.database.clone(), link.condition.clone(), name, arriving));
        link
    }

    pub(crate) fn name(&self) -> u64 {
        self.name
    }

    /// Says whether its node has the store: no other one has taken it over since.
    pub(crate) fn has_store(&self) -> bool {
        self.database.is_taken_by(self.name)
    }

    pub(crate) fn set(&self, condition: Condition) {
        let is_changed = self
            .condition
            .change(|now| (now != Condition::Dead && now != condition).then_some(condition));
        if is_changed {
            debug!(node = self.name, ?condition, "is now");
        }
    }

    pub(crate) fn condition(&self) -> Condition {
        self.condition.get()
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
        self.condition.wait_for(|now| now == Condition::Dead).await;
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
                Lanes::drawn(dice).map_or(Fate::AnswerLost, Fate::PartArrives)
            } else if dice.says(weather.refused) {
                Fate::Refused
            } else {
                Fate::Arrives
            }
        })
    }

    /// Asks the store something about nodes; question or answer may be lost.
    fn ask_of_nodes<'a, T: Send + 'a>(
        &'a self,
        ask: impl Future<Output = Result<T, ReadError>> + Send + 'a,
    ) -> Answer<'a, T> {
        let fate = self.fate();
        async move {
            if fate == Fate::RequestLost {
                sleep(PATIENCE).await;
                return Err(silent());
            }
            let answer = self.read(ask).await;
            if matches!(fate, Fate::AnswerLost | Fate::PartArrives(_)) {
                sleep(PATIENCE).await;
                return Err(silent());
            }
            answer
        }
        .boxed()
    }

    fn ahead(&self) -> Duration {
        self.lease.as_ref().map_or(Duration::ZERO, |(_, ahead)| *ahead)
    }

    /// Takes a message from one side to the other.
    async fn pass(&self) -> Result<(), ReadError> {
        thawed(&self.condition).await;
        sleep(self.travel()).await;
        match self.condition() {
            Condition::Up | Condition::Frozen => Ok(()),
            Condition::Cut => {
                sleep(PATIENCE).await;
                Err(silent())
            }
            // Nobody is there who would find out.
            Condition::Dead => pending().await,
        }
    }

    /// Asks the store something: the question travels, and the answer.
    fn ask<'a, T: Send + 'a>(
        &'a self,
        ask: impl FnOnce(&'a MemoryStore) -> Answer<'a, T> + Send + 'a,
    ) -> Answer<'a, T> {
        self.read(async move { ask(&self.database.store).await })
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

fn silent() -> ReadError {
    ReadError::Unavailable("no answer".into())
}

/// Waits as long as a node is frozen.
async fn thawed(condition: &Watched<Condition>) {
    condition.wait_for(|now| now != Condition::Frozen).await;
}

/// Takes the commits of a node to the store, one after another.
async fn carry(
    database: Arc<Database>,
    condition: Arc<Watched<Condition>>,
    node: u64,
    mut arriving: mpsc::UnboundedReceiver<Sent>,
) {
    while let Some(Sent { batch, arrives, stuck, fate, answer }) = arriving.recv().await {
        if stuck {
            thawed(&condition).await;
        }
        sleep_until(arrives).await;
        let written = enabled!(Level::DEBUG).then(|| described(&batch));
        let is_cut = condition.get() == Condition::Cut;
        let outcome = match fate {
            _ if is_cut => None,
            Fate::RequestLost => None,
            Fate::Refused => Some(Outcome::Rejected { reason: "full".into() }),
            Fate::Arrives => Some(database.commit(batch).await),
            Fate::AnswerLost => {
                database.commit(batch).await;
                None
            }
            Fate::PartArrives(lanes) => {
                database.commit(lanes.part_of(batch)).await;
                None
            }
        };
        debug!(node, ?written, ?fate, is_cut, ?outcome, "committed");
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
    condition: Arc<Watched<Condition>>,
    outcome: Option<Outcome>,
    answer: oneshot::Sender<Outcome>,
) {
    thawed(&condition).await;
    let is_up = condition.get() == Condition::Up;
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
        let node = self.lease.as_ref().map(|(id, _)| &**id);
        self.read(self.database.acquire(self.name, node))
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
            return pending().boxed();
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

    fn due(
        &self,
        after: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Answer<'_, Vec<(Timestamp, ExecutionKey)>> {
        if self.database.mutant() == Some(Mutant::TimersForgotten) {
            return ready(Ok(Vec::new())).boxed();
        }
        self.ask(move |store| store.due(after, until, limit))
    }

    fn owing(&self, after: Option<Cursor>, limit: usize) -> Answer<'_, Page<ExecutionKey>> {
        if self.database.mutant() == Some(Mutant::TasksForgotten) {
            return ready(Ok(Page { items: Vec::new(), next: None })).boxed();
        }
        self.ask(move |store| store.owing(after, limit))
    }

    compasso_testkit::forward!(ask: execution executions open_executions search journal tail pack
        document documents document_kinds document_count append_log log log_end);
}
