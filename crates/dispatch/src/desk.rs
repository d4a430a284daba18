//! What dispatch holds in memory, under one lock, and how news of it travel.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use compasso_engine::TaskId;
use compasso_types::Timestamp;
use tokio::sync::oneshot;

use crate::board::{Board, Ending, Id, Seat, Task, Verdict};
use crate::figures::LeaseCounts;
use crate::leases::Lease;
use crate::limits;
use crate::partings::{Parting, Unwritten};
use crate::workers::Worker;

/// The seat of the server's connectors.
pub(crate) const SERVER: Seat = Seat(0);
/// The seat of the worker that the server has built in.
pub(crate) const BUILT_IN: Seat = Seat(1);
/// What the built-in worker is called.
pub(crate) const BUILT_IN_NAME: &str = "server";

#[derive(Default)]
pub(crate) struct Desk {
    pub(crate) board: Board,
    /// How long files are kept after the end of their runs, if not as long as those.
    pub(crate) artifacts_kept: Option<Duration>,
    /// Those who wait for a verdict, and those who are out.
    pub(crate) tickets: HashMap<Id, Ticket>,
    /// The tasks on the board, by execution.
    pub(crate) of_run: HashMap<Arc<str>, BTreeSet<(TaskId, Id)>>,
    /// Those who are told when nothing of an execution is on the board any more.
    quiet: HashMap<Arc<str>, Vec<oneshot::Sender<()>>>,
    pub(crate) workers: BTreeMap<Arc<str>, Worker>,
    pub(crate) seats: HashMap<Seat, Arc<str>>,
    pub(crate) leases: HashMap<Arc<str>, Lease>,
    /// Those that workers have had since before a restart, as long as nobody waits for their ends again.
    pub(crate) returning: HashSet<Arc<str>>,
    /// Leases that were taken back while their workers may still be at work.
    pub(crate) partings: HashMap<Arc<str>, Parting>,
    /// What is to be stored of them.
    pub(crate) unwritten: Unwritten,
    /// When leases run out, and when those that part do.
    pub(crate) deadlines: BTreeSet<(Timestamp, Arc<str>)>,
    /// Pools whose size the settings give.
    pub(crate) fixed_pools: HashSet<Arc<str>>,
    /// What became of leases since the start of the server.
    pub(crate) counts: LeaseCounts,
    /// The server's own worker, if it has one.
    pub(crate) own: Option<OwnWorker>,
    /// How many turns hand over tasks that they offer together.
    gathering: u32,
    /// The tasks that were handed over meanwhile.
    arriving: Vec<(Id, Task)>,
    term: Term,
    next_id: u64,
    next_seat: u64,
}

/// The worker that the server has built in, as people see it.
pub(crate) struct OwnWorker {
    pub(crate) slots: u32,
    pub(crate) host: Arc<str>,
    pub(crate) since: Timestamp,
}

/// How long a lease is good.
struct Term(Duration);

impl Default for Term {
    fn default() -> Self {
        Self(limits::LEASE)
    }
}

/// A task on the board.
pub(crate) struct Ticket {
    pub(crate) state: Arc<str>,
    pub(crate) task: TaskId,
    pub(crate) since: Timestamp,
    /// Who was to run it.
    pub(crate) seat: Option<Seat>,
    /// From when on its breaker counts that it takes too long.
    pub(crate) late: Option<Timestamp>,
    verdict: Option<oneshot::Sender<Verdict>>,
}

impl Ticket {
    fn new(state: Arc<str>, task: TaskId, since: Timestamp) -> Self {
        Self { state, task, since, seat: None, late: None, verdict: None }
    }
}

impl Desk {
    /// Returns how long a lease is good without being renewed.
    pub(crate) fn term(&self) -> Duration {
        self.term.0
    }

    /// Says how long a lease is good from now on.
    pub(crate) fn set_term(&mut self, term: Duration) {
        self.term = Term(term);
    }

    fn next_id(&mut self) -> Id {
        self.next_id += 1;
        Id(self.next_id)
    }

    /// Makes out a ticket for a task that comes onto the board.
    pub(crate) fn expect(
        &mut self,
        run: &Arc<str>,
        state: &Arc<str>,
        task: TaskId,
        now: Timestamp,
    ) -> Id {
        let id = self.next_id();
        self.tickets.insert(id, Ticket::new(state.clone(), task, now));
        self.of_run.entry(run.clone()).or_default().insert((task, id));
        id
    }

    /// Keeps tasks together that are handed over, until [`Desk::let_in`].
    pub(crate) fn gather(&mut self) {
        self.gathering += 1;
    }

    /// Lets the tasks in that were handed over together, the most urgent first: a worker that waits takes
    /// what it sees first. Those that others have handed over by then come in as well: nobody waits for all.
    pub(crate) fn let_in(&mut self, now: Timestamp) {
        self.gathering = self.gathering.saturating_sub(1);
        let mut arriving = std::mem::take(&mut self.arriving);
        arriving.sort_by(|(_, one), (_, other)| one.order.cmp(&other.order));
        for (id, task) in arriving {
            self.board.enter(id, task, now);
        }
        self.announce();
    }

    /// Puts a task onto the board, or lets it wait for those that come with it.
    pub(crate) fn arrive(&mut self, id: Id, task: Task, now: Timestamp) {
        if self.gathering > 0 {
            self.arriving.push((id, task));
            return;
        }
        self.board.enter(id, task, now);
        self.announce();
    }

    pub(crate) fn next_seat(&mut self) -> Seat {
        self.next_seat += 1;
        Seat(BUILT_IN.0 + self.next_seat)
    }

    /// Returns what a task is told once it may run, or may not.
    pub(crate) fn await_verdict(&mut self, id: Id) -> oneshot::Receiver<Verdict> {
        let (sender, receiver) = oneshot::channel();
        if let Some(ticket) = self.tickets.get_mut(&id) {
            ticket.verdict = Some(sender);
        }
        receiver
    }

    /// Tells tasks what became of them. To be called after every change of the board.
    pub(crate) fn announce(&mut self) {
        for (id, verdict) in self.board.take_verdicts() {
            let Some(ticket) = self.tickets.get_mut(&id) else { continue };
            if let Some(waits) = ticket.verdict.take() {
                // Who is gone takes itself off the board.
                let _ = waits.send(verdict);
            }
            if let Verdict::Run(seat) = verdict {
                ticket.seat = Some(seat);
                self.assign(seat, id);
            }
        }
    }

    /// Notes that a task is on its way to a worker.
    fn assign(&mut self, seat: Seat, id: Id) {
        if let Some(worker) = self.at(seat) {
            worker.assigned.insert(id);
        }
    }

    /// Takes a task off the board, and tells those who may run now.
    pub(crate) fn leave(&mut self, id: Id, run: &Arc<str>, ending: Ending, now: Timestamp) {
        self.forget(id, run);
        self.arriving.retain(|(arriving, _)| *arriving != id);
        self.board.leave(id, ending, now);
        self.announce();
    }

    /// Takes a task off the list of those that are on the board.
    fn forget(&mut self, id: Id, run: &Arc<str>) {
        let Some(Ticket { task, seat, .. }) = self.tickets.remove(&id) else { return };
        if let Some(worker) = seat.and_then(|seat| self.at(seat)) {
            worker.assigned.remove(&id);
        }
        if let Some(of_run) = self.of_run.get_mut(run) {
            of_run.remove(&(task, id));
            if of_run.is_empty() {
                self.of_run.remove(run);
                for tell in self.quiet.remove(run).into_iter().flatten() {
                    // Nobody may be left to hear it.
                    let _ = tell.send(());
                }
            }
        }
    }

    /// Takes note that an attempt is not wanted any more, though it may go on for a while.
    pub(crate) fn give_up(&mut self, run: &Arc<str>, task: TaskId, now: Timestamp) {
        let all = (task, Id(0))..=(task, Id(u64::MAX));
        let Some(of_run) = self.of_run.get(run) else { return };
        for (_, id) in of_run.range(all) {
            let late = self.tickets.get(id).and_then(|ticket| ticket.late);
            self.board.conclude(*id, Ending::of_dropped(late, now), now);
            self.board.give_up(*id);
        }
        self.announce();
    }

    /// Returns what is told when nothing of an execution is on the board any more; `None` if nothing is.
    pub(crate) fn quiet(&mut self, run: &Arc<str>) -> Option<oneshot::Receiver<()>> {
        self.of_run.get(run)?;
        let (tell, told) = oneshot::channel();
        self.quiet.entry(run.clone()).or_default().push(tell);
        Some(told)
    }

    /// Returns the seats of remote workers that give no sign of life.
    pub(crate) fn gone(&self, now: Timestamp) -> BTreeSet<Seat> {
        let gone = self.workers.values().filter(|worker| worker.is_gone(now, self.term()));
        gone.map(|worker| worker.seat).collect()
    }

    fn at(&mut self, seat: Seat) -> Option<&mut Worker> {
        self.seats.get(&seat).and_then(|name| self.workers.get_mut(name))
    }

    /// Returns when time brings something.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        let lease = self.deadlines.first().map(|(at, _)| *at);
        [self.board.next_due(), lease].into_iter().flatten().min()
    }
}
