//! What all parts of the runtime share, and how a message finds its turn.

use std::sync::{Arc, OnceLock};

use compasso_engine::{Input, Restores};
use compasso_store::{ExecutionKey, ReadError, Store};
use compasso_types::Timestamp;
use futures::future::pending;
use tokio::sync::{Notify, Semaphore, oneshot};
use tracing::{error, warn};

use crate::activities::Activities;
use crate::admission::Admission;
use crate::backlog::Backlog;
use crate::bond::Bond;
use crate::clock::SteadyClock;
use crate::commit::Commits;
use crate::express::{Ended, Expresses};
use crate::logs::Logs;
use crate::message::{Ask, Done, Gauge, Message, Refusal, Reply};
use crate::outage::Outage;
use crate::refusals::Refusals;
use crate::running::Tasks;
use crate::slots::{Act, Known, Open, Slots, Stored};
use crate::threads::Ready;
use crate::timers::Timers;
use crate::transitions::Transitions;
use crate::turn::Decide;
use crate::watched::Watched;
use crate::{
    Definitions, Entropy, MapRunner, News, Observer, RuntimeError, Settings, StartRecord,
    TaskRunner, TurnMarks, limits,
};

pub(crate) struct Core {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: SteadyClock,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) decide: Decide,
    pub(crate) restores: Restores,
    pub(crate) transitions: Transitions,
    pub(crate) admission: Admission,
    pub(crate) traces: bool,
    pub(crate) marks: Option<Arc<dyn TurnMarks>>,
    pub(crate) slots: Slots,
    pub(crate) ready: Ready,
    pub(crate) commits: Commits,
    pub(crate) timers: Timers,
    pub(crate) tasks: Tasks,
    /// Told when there is room for tasks that wait in the store alone.
    pub(crate) room: Arc<Notify>,
    pub(crate) activities: Arc<Activities>,
    pub(crate) expresses: Expresses,
    pub(crate) express_ends: Ended,
    pub(crate) logs: Logs,
    pub(crate) outage: Outage,
    pub(crate) refusals: Refusals,
    pub(crate) gauge: Arc<Gauge>,
    pub(crate) surroundings: Bond<Arc<Surroundings>>,
    pub(crate) observer: OnceLock<Arc<dyn Observer>>,
    pub(crate) tokio: tokio::runtime::Handle,
    loads: Semaphore,
    life: Watched<Life>,
    /// Whether nobody is to wait for tasks any more.
    polls_over: Watched<bool>,
}

/// What the layers above bring.
pub(crate) struct Surroundings {
    pub(crate) definitions: Arc<dyn Definitions>,
    pub(crate) runner: Arc<dyn TaskRunner>,
    pub(crate) map_runs: Arc<dyn MapRunner>,
    /// From when on workers could reach this process.
    pub(crate) began: Timestamp,
}

/// How far the runtime is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    Open,
    Stopping,
    /// Another process took the store over.
    Fenced,
    /// The store must be opened again.
    Broken,
    /// Commits cannot go on because of a mistake of ours.
    Failed,
}

impl Life {
    /// Returns why it ended, if nobody asked it to.
    fn failure(self) -> Option<&'static str> {
        match self {
            Self::Open | Self::Stopping => None,
            Self::Fenced => Some("another process took over"),
            Self::Broken => Some("the store must be opened again"),
            Self::Failed => Some("an internal error; see the log"),
        }
    }
}

impl Core {
    pub(crate) fn new(
        store: Arc<dyn Store>,
        clock: SteadyClock,
        entropy: Arc<dyn Entropy>,
        settings: &Settings,
        (decide, restores): (Decide, Restores),
    ) -> Self {
        let room = Arc::<Notify>::default();
        let (max, told) = (settings.waiting_tasks_max, room.clone());
        let backlog = move || Backlog::new(max, told.clone());
        Self {
            tasks: Tasks::new(settings.running_tasks_max, backlog(), backlog()),
            activities: Arc::new(Activities::new(backlog)),
            room,
            store,
            clock,
            entropy,
            decide,
            restores,
            transitions: Transitions::new(settings.transitions),
            admission: Admission::new(settings.starts_max),
            traces: settings.traces,
            marks: settings.marks.clone(),
            slots: Slots::new(settings.cached_executions_max),
            ready: Ready::default(),
            commits: Commits::default(),
            timers: Timers::default(),
            expresses: Expresses::default(),
            express_ends: Ended::default(),
            logs: Logs::default(),
            outage: Outage::default(),
            refusals: Refusals::default(),
            gauge: Arc::default(),
            surroundings: Bond::default(),
            observer: OnceLock::new(),
            tokio: tokio::runtime::Handle::current(),
            loads: Semaphore::new(limits::LOADS_MAX),
            life: Watched::new(Life::Open),
            polls_over: Watched::new(false),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Tells whoever listens what happened.
    pub(crate) fn tell_observer(&self, news: &News) {
        if let Some(observer) = self.observer.get() {
            observer.turned(news);
        }
    }

    /// Says why nothing can be done, if so.
    pub(crate) fn check_open(&self) -> Result<Arc<Surroundings>, RuntimeError> {
        let unavailable = |why: &str| Err(RuntimeError::Unavailable(why.into()));
        let life = self.life.get();
        if life != Life::Open {
            return unavailable(life.failure().unwrap_or("shutting down"));
        }
        self.surroundings.get().map_or_else(|| unavailable("not ready yet"), Ok)
    }

    /// Takes no more messages.
    pub(crate) fn stop(&self, life: Life) {
        self.life.change(|now| (now == Life::Open).then_some(life));
    }

    /// Stops if the store answers nothing more until it is opened again, or belongs to another process.
    pub(crate) fn notice(&self, error: &ReadError) {
        let life = match error {
            ReadError::Broken(_) => Life::Broken,
            ReadError::Taken => Life::Fenced,
            _ => return,
        };
        if !self.is_stopped() {
            error!(%error, "the runtime stops");
            self.stop(life);
        }
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.life.get() != Life::Open
    }

    /// Waits until [`Core::stop`].
    pub(crate) async fn stopped(&self) {
        self.life.wait_for(|life| life != Life::Open).await;
    }

    /// Lets nobody wait for tasks any more.
    pub(crate) fn end_polls(&self) {
        self.polls_over.change(|over| (!over).then_some(true));
    }

    /// Waits until nobody is to wait for tasks any more.
    pub(crate) async fn polls_ended(&self) {
        tokio::select! {
            biased;
            () = self.stopped() => {}
            _ = self.polls_over.wait_for(|over| over) => {}
        }
    }

    /// Waits until the runtime stops by itself; returns why.
    pub(crate) async fn failed(&self) -> &'static str {
        let life = self.life.wait_for(|life| life.failure().is_some()).await;
        life.failure().expect("that was waited for")
    }

    /// Sends a message nobody waits for.
    pub(crate) fn tell(self: &Arc<Self>, key: &ExecutionKey, ask: Ask) {
        if !self.is_stopped() {
            self.send(key, ask, None);
        }
    }

    /// Sends a message and waits until its effect is durable.
    pub(crate) async fn ask(
        self: &Arc<Self>,
        key: &ExecutionKey,
        ask: Ask,
    ) -> Result<Done, Refusal> {
        self.check_open()?;
        let (reply, answer) = oneshot::channel();
        self.send(key, ask, Some(reply));
        match answer.await {
            Ok(answer) => answer,
            Err(_) => Err(RuntimeError::Unavailable("shutting down".into()).into()),
        }
    }

    fn send(self: &Arc<Self>, key: &ExecutionKey, ask: Ask, reply: Option<Reply>) {
        let act = self.slots.push(key, self.gauge.message(ask, reply));
        self.act(key, act);
    }

    /// Does what a slot asked for.
    pub(crate) fn act(self: &Arc<Self>, key: &ExecutionKey, act: Act) {
        match act {
            Act::Nothing => {}
            Act::Turn => self.ready.push(key.clone()),
            Act::Load => {
                let (core, key) = (self.clone(), key.clone());
                self.tokio.spawn(async move { core.read_in(&key).await });
            }
        }
    }

    /// Keeps messages that nobody may lose until the store takes writes again, and answers the
    /// others.
    pub(crate) fn put_off(
        self: &Arc<Self>,
        key: &ExecutionKey,
        messages: Vec<Message>,
        error: &RuntimeError,
    ) {
        let (asked, told): (Vec<_>, Vec<_>) =
            messages.into_iter().partition(|message| message.reply.is_some());
        let pause = self.slots.lock(key).defer(key, told);
        if let Some(pause) = pause {
            if self.outage.begins(self.now()) {
                warn!(execution = %key, %error, "work is put off, that of others as well while this lasts");
            }
            self.timers.pin(key, self.now().after(pause));
        }
        for message in asked {
            message.answer(Err(error.clone().into()));
        }
    }

    async fn read_in(self: &Arc<Self>, key: &ExecutionKey) {
        let _permit = self.loads.acquire().await;
        let known = match self.read(key).await {
            Ok(known) => known,
            Err(RuntimeError::Read(ReadError::Corrupt(why))) => {
                let messages = self.slots.lock(key).take_inbox(key);
                self.set_aside(key, messages, &why).await;
                return;
            }
            Err(error) => {
                if let RuntimeError::Read(error) = &error {
                    self.notice(error);
                }
                let messages = self.slots.lock(key).take_inbox(key);
                self.put_off(key, messages, &error);
                Known::Unread
            }
        };
        let act = self.slots.settle(key, known);
        self.act(key, act);
    }

    /// Tells whether an activity exists; blocks while it is looked up, so only turns may ask.
    pub(crate) fn has_activity(&self, arn: &str) -> bool {
        // A turn that cannot ask keeps its task waiting, which a worker can still end.
        self.check_open().map_or(true, |layers| {
            futures::executor::block_on(layers.definitions.has_activity(arn))
        })
    }

    async fn read(&self, key: &ExecutionKey) -> Result<Known, RuntimeError> {
        let Some(row) = self.store.execution(key).await? else {
            return Ok(Known::Absent);
        };
        if !row.header.status.is_open() {
            return Ok(Known::Stored(Arc::new(Stored { row, open: None })));
        }
        let record = Arc::new(StartRecord::read(&row.start)?);
        record.check_rules()?;
        let definition = self.check_open()?.definitions.load(&record.definition).await?;
        let tail = self.tail(&row).await?;
        let open = Some(Open { record, definition, tail });
        Ok(Known::Stored(Arc::new(Stored { row, open })))
    }

    /// Gives an execution an input until it takes it, durably, or refuses it; returns whether it
    /// took it.
    pub(crate) async fn insist(self: &Arc<Self>, key: &ExecutionKey, input: &Input) -> bool {
        loop {
            match self.ask(key, Ask::Input(input.clone())).await {
                Ok(_) => return true,
                Err(Refusal::Runtime(RuntimeError::Unavailable(_))) if self.is_stopped() => {
                    // Whoever waits is dropped, and the work is offered again after the restart.
                    pending::<()>().await;
                }
                Err(Refusal::Runtime(
                    RuntimeError::Rejected(_)
                    | RuntimeError::Unavailable(_)
                    | RuntimeError::Overloaded
                    | RuntimeError::Read(_),
                )) => self.clock.sleep(limits::RETRY_FIRST).await,
                Err(_) => return false,
            }
        }
    }
}
