//! The board: which tasks wait, what for, and which are out. Pure: time comes as an argument.
//!
//! Tasks that want the same stand in one [`class::Class`], in order, and only its first one is ever
//! looked at. A class waits at *one* gate that holds its first task back, and is looked at again
//! when that gate lets somebody pass. So what an event costs depends on how many classes wait at
//! its gate, not on how many tasks wait on the board. **Invariants:** all that a task wants is taken
//! at once or not at all; what is taken belongs to a task that is out, and is given back when that
//! leaves; nobody waits whom every gate would let pass.

mod blocks;
mod breaker;
mod class;
mod endings;
mod gates;
mod lanes;
#[cfg(test)]
mod laws;
mod rate;
mod waits;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use compasso_types::Timestamp;

pub use self::blocks::Block;
pub use self::breaker::BreakerView;
pub(crate) use self::breaker::Ending;
use self::class::{Class, ClassId, ClassKey};
pub(crate) use self::class::{Order, Task};
use self::endings::Endings;
use self::gates::{Gate, Gates, Step};
use self::lanes::Lanes;
pub use self::lanes::QueueView;
pub(crate) use self::lanes::{Ability, Lane, Need, Seat};
use self::waits::Waits;
pub use self::waits::{HourOfWaits, TaskWaits};

/// A task on the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Id(pub(crate) u64);

/// What became of a task that waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It has all it wants: it is to run there.
    Run(Seat),
    /// Its breaker is open, until then at least.
    Open(Timestamp),
}

/// All tasks that wait or are out.
#[derive(Default)]
pub(crate) struct Board {
    /// Those that wait, and their class.
    waiting: BTreeMap<Id, (Task, ClassId)>,
    /// Those that are out.
    out: BTreeMap<Id, Out>,
    endings: Endings,
    classes: BTreeMap<ClassId, Class>,
    class_ids: BTreeMap<ClassKey, ClassId>,
    next_class: u64,
    /// The classes that wait at each gate, by their first task.
    parked: BTreeMap<Gate, BTreeSet<(Order, ClassId)>>,
    /// When gates open by themselves.
    timers: BTreeSet<(Timestamp, Gate)>,
    gates: Gates,
    lanes: Lanes,
    verdicts: Vec<(Id, Verdict)>,
    waits: Waits,
}

struct Out {
    task: Task,
    seat: Option<Seat>,
    /// Whether its breaker knows how it ended.
    is_concluded: bool,
}

impl Board {
    /// Lets tasks run from now on: all that were out before are there again.
    pub(crate) fn open(&mut self, now: Timestamp) {
        self.gates.open = true;
        self.wake(&Gate::Closed, now);
    }

    /// Lets no task out while the machine is short of something, which the text says.
    pub(crate) fn set_shortage(&mut self, shortage: Option<Arc<str>>, now: Timestamp) {
        self.gates.shortage = shortage;
        if self.gates.shortage.is_none() {
            self.wake(&Gate::Shortage, now);
        }
    }

    /// Puts a task onto the board: into its line, unless what it comes after still goes on.
    pub(crate) fn enter(&mut self, id: Id, task: Task, now: Timestamp) {
        match self.endings.before(&task) {
            Some(work) => {
                self.lanes.count_waiting(&task, 1);
                self.endings.hold(id, task, work);
            }
            None => self.line_up(id, task, now),
        }
    }

    /// Puts a task into its line, or fails it at once if its breaker is open.
    fn line_up(&mut self, id: Id, task: Task, now: Timestamp) {
        if let Some(until) = self.gates.open_breaker(&task, now) {
            self.verdicts.push((id, Verdict::Open(until)));
            return;
        }
        let key = ClassKey::of(&task);
        let class = *self.class_ids.entry(key.clone()).or_insert_with(|| {
            self.next_class += 1;
            let class = ClassId(self.next_class);
            self.classes.insert(class, Class::new(key));
            class
        });
        self.lanes.count_waiting(&task, 1);
        let order = task.order.clone();
        self.waiting.insert(id, (task, class));
        let line = self.classes.get_mut(&class).expect("the class was found or made");
        line.tasks.insert((order, id));
        let is_first = line.tasks.first().is_some_and(|(_, first)| *first == id);
        if is_first {
            self.unpark(class);
            self.advance(class, None, now);
        }
    }

    /// Puts a task onto the board that was out before this process began.
    pub(crate) fn restore(&mut self, id: Id, task: Task, seat: Option<Seat>, now: Timestamp) {
        self.gates.take(id, &task, now);
        self.lanes.take(&task, seat);
        self.out.insert(id, Out { task, seat, is_concluded: false });
    }

    /// Tells its breaker how a task ended that keeps what it has until it leaves.
    pub(crate) fn conclude(&mut self, id: Id, ending: Ending, now: Timestamp) {
        let Some(out) = self.out.get_mut(&id) else { return };
        if std::mem::replace(&mut out.is_concluded, true) || out.task.wants.breaker.is_none() {
            return;
        }
        let task = out.task.clone();
        let was_open = self.gates.open_breaker(&task, now).is_some();
        self.gates.tell_breaker(id, &task, ending, now);
        if !was_open && self.gates.open_breaker(&task, now).is_some() {
            self.fail_waiting(&task, now);
        }
    }

    /// Takes a task off the board, and gives back what it had.
    pub(crate) fn leave(&mut self, id: Id, ending: Ending, now: Timestamp) {
        if let Some((task, class)) = self.waiting.remove(&id) {
            return self.withdraw(id, &task, class, now);
        }
        if let Some(task) = self.endings.withdraw(id) {
            return self.lanes.count_waiting(&task, -1);
        }
        self.conclude(id, ending, now);
        let Some(Out { task, seat, .. }) = self.out.remove(&id) else { return };
        self.gates.give_back(id, &task);
        self.lanes.give_back(&task, seat);
        for gate in Gate::of_task(&task) {
            self.wake(&gate, now);
        }
        if let Some(seat) = seat {
            self.serve(seat, now);
        }
        for (follower, task) in self.endings.over(id, &task) {
            self.lanes.count_waiting(&task, -1);
            self.enter(follower, task, now);
        }
    }

    /// Lets tasks pass that time lets pass.
    pub(crate) fn tick(&mut self, now: Timestamp) {
        while let Some((at, _)) = self.timers.first()
            && *at <= now
        {
            let (_, gate) = self.timers.pop_first().expect("there is a first one");
            self.wake(&gate, now);
        }
    }

    /// Returns when [`Board::tick`] has something to do.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.timers.first().map(|(at, _)| *at)
    }

    /// Returns what became of tasks since the last call.
    pub(crate) fn take_verdicts(&mut self) -> Vec<(Id, Verdict)> {
        std::mem::take(&mut self.verdicts)
    }

    /// Changes the size of a pool, or takes it away.
    pub(crate) fn resize(&mut self, pool: &Arc<str>, size: Option<u32>, now: Timestamp) {
        self.gates.resize(pool, size);
        self.wake(&Gate::PoolSize(pool.clone()), now);
        self.wake(&Gate::Pool(pool.clone()), now);
    }

    /// Returns the pools: their sizes and how many slots are used.
    pub(crate) fn pools(&self) -> Vec<(Arc<str>, u32, u32)> {
        self.gates.pools()
    }

    /// Holds the tasks of a pipeline back, or of all, or lets them go again.
    pub(crate) fn hold(&mut self, pipeline: Option<&Arc<str>>, held: bool, now: Timestamp) {
        self.gates.hold(pipeline, held);
        if !held {
            self.wake(&Gate::Held(pipeline.cloned()), now);
        }
    }

    /// Returns the breakers that have something to tell.
    pub(crate) fn breakers(&self, now: Timestamp) -> Vec<BreakerView> {
        self.gates.breakers(now)
    }

    /// Closes a breaker; returns whether there is one.
    pub(crate) fn reset_breaker(&mut self, name: &str) -> bool {
        self.gates.reset_breaker(name)
    }

    /// Lets a worker in, or changes what it can do.
    pub(crate) fn admit(&mut self, seat: Seat, ability: Ability) {
        self.lanes.admit(seat, ability);
    }

    /// Takes no more of a worker's free places into account, for ever.
    pub(crate) fn dismiss(&mut self, seat: Seat) {
        self.lanes.dismiss(seat);
    }

    /// Says how many tasks a worker takes now.
    pub(crate) fn credit(&mut self, seat: Seat, places: i64, now: Timestamp) {
        self.lanes.credit(seat, places);
        self.serve(seat, now);
    }

    /// Returns how full the queues are. Workers that are `gone` do not count.
    pub(crate) fn queues(&self, gone: &BTreeSet<Seat>) -> Vec<QueueView> {
        let mut oldest = BTreeMap::new();
        let waiting = self.waiting.values().map(|(task, _)| task);
        for task in waiting.chain(self.endings.held()) {
            let since = oldest.entry(&task.lane).or_insert(task.since);
            *since = task.since.min(*since);
        }
        self.lanes.queues(gone, &|lane| oldest.get(lane).copied())
    }

    /// Returns how long the tasks of an account waited in the last day, or those of all.
    pub(crate) fn waits(&self, account: Option<&str>, now: Timestamp) -> Option<TaskWaits> {
        self.waits.told(account, now)
    }

    /// Returns the same hour by hour.
    pub(crate) fn waits_by_hour(&self, account: Option<&str>, now: Timestamp) -> Vec<HourOfWaits> {
        self.waits.by_hour(account, now)
    }

    fn withdraw(&mut self, id: Id, task: &Task, class: ClassId, now: Timestamp) {
        self.lanes.count_waiting(task, -1);
        let line = self.classes.get_mut(&class).expect("a task that waits has a class");
        let was_first = line.tasks.first().is_some_and(|(_, first)| *first == id);
        line.tasks.remove(&(task.order.clone(), id));
        if !was_first {
            return;
        }
        let gate = self.unpark(class);
        self.repark(class, gate.clone());
        if let Some(gate) = gate {
            // It may have been in front of others that need less.
            self.wake(&gate, now);
        }
    }

    /// Fails the tasks that wait with the breaker of `task`, which has opened.
    fn fail_waiting(&mut self, task: &Task, now: Timestamp) {
        let breaker = task.wants.breaker.as_ref().map(|wish| &wish.name);
        let same = self.classes.iter().filter(|(_, line)| line.key.breaker.as_ref() == breaker);
        let classes: Vec<_> = same.map(|(class, _)| *class).collect();
        let mut left = BTreeSet::new();
        for class in classes {
            left.extend(self.unpark(class));
            self.advance(class, None, now);
        }
        // They may have been in front of others that need less.
        for gate in left {
            self.wake(&gate, now);
        }
    }

    /// Looks at the classes that wait at a gate, in order, until it lets nobody pass.
    fn wake(&mut self, gate: &Gate, now: Timestamp) {
        while let Some((_, class)) = self.parked.get(gate).and_then(|line| line.first()) {
            let class = *class;
            self.unpark(class);
            if self.advance(class, Some(gate), now) {
                break;
            }
        }
    }

    /// Gives a worker tasks as long as it takes some.
    fn serve(&mut self, seat: Seat, now: Timestamp) {
        while self.lanes.places(seat) > 0 {
            let lines = self.lanes.served_by(seat).filter_map(|lane| {
                let gate = Gate::Lane(lane);
                let first = self.parked.get(&gate)?.first()?.clone();
                Some((first, gate))
            });
            let Some(((_, class), gate)) = lines.min() else { return };
            self.unpark(class);
            if self.advance(class, Some(&gate), now) {
                return;
            }
        }
    }

    /// Looks at the first task of a class that waits nowhere; returns whether it is `gate` itself
    /// that holds it back.
    fn advance(&mut self, class: ClassId, gate: Option<&Gate>, now: Timestamp) -> bool {
        loop {
            let line = &self.classes[&class];
            let Some((_, id)) = line.tasks.first().cloned() else {
                self.repark(class, None);
                return false;
            };
            let task = &self.waiting[&id].0;
            let step = self.gates.step(task, &self.lanes, &self.parked, now);
            match step {
                Step::Wait(at) => {
                    if let (Gate::Rate(_), Some(due)) = (&at, self.gates.rate_due(task, now)) {
                        self.timers.insert((due, at.clone()));
                    }
                    let is_same = gate == Some(&at);
                    self.repark(class, Some(at));
                    return is_same;
                }
                Step::Fail(until) => {
                    self.take_first(class, id);
                    self.verdicts.push((id, Verdict::Open(until)));
                }
                Step::Run(seat) => {
                    let task = self.take_first(class, id);
                    self.waits.note(&task.lane.account, task.since, now);
                    self.gates.take(id, &task, now);
                    self.lanes.take(&task, Some(seat));
                    self.out.insert(id, Out { task, seat: Some(seat), is_concluded: false });
                    self.verdicts.push((id, Verdict::Run(seat)));
                }
            }
            if let Some(gate) = gate {
                // Others at the gate may come before its next task.
                self.repark(class, Some(gate.clone()));
                return false;
            }
        }
    }

    fn take_first(&mut self, class: ClassId, id: Id) -> Task {
        let (task, _) = self.waiting.remove(&id).expect("the first of a line waits");
        self.lanes.count_waiting(&task, -1);
        self.classes.get_mut(&class).expect("it has a first task").tasks.pop_first();
        task
    }

    /// Lets a class wait at a gate; one without tasks goes.
    fn repark(&mut self, class: ClassId, gate: Option<Gate>) {
        let Some(line) = self.classes.get_mut(&class) else { return };
        match (line.tasks.first(), gate) {
            (Some((order, _)), Some(gate)) => {
                let place = (order.clone(), class);
                line.parked = Some((gate.clone(), place.0.clone()));
                self.parked.entry(gate).or_default().insert(place);
            }
            (Some(_), None) => unreachable!("a class with tasks waits at a gate"),
            (None, _) => {
                let line = self.classes.remove(&class).expect("it was found");
                self.class_ids.remove(&line.key);
            }
        }
    }

    /// Takes a class away from its gate, and returns that.
    fn unpark(&mut self, class: ClassId) -> Option<Gate> {
        let (gate, order) = self.classes.get_mut(&class)?.parked.take()?;
        if let Some(line) = self.parked.get_mut(&gate) {
            line.remove(&(order, class));
            if line.is_empty() {
                self.parked.remove(&gate);
            }
        }
        Some(gate)
    }
}
