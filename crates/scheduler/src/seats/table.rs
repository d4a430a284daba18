//! The seats in memory: which runs are under way, and which wait. Nothing here waits.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use compasso_schedule::{Admission, Lane, Overlap};
use compasso_types::Timestamp;
use tokio::sync::oneshot;

use super::record::{Leaving, Seat, Stage, TickOf};
use super::{Candidate, Concurrency, Place, Queued};
use crate::limits::SEATS_MAX;

/// All seats.
#[derive(Default)]
pub(super) struct Table {
    lanes: HashMap<Arc<str>, Lane<Arc<str>>>,
    seats: HashMap<Arc<str>, Held>,
    /// The number of the next seat.
    number: u64,
    /// Pipelines whose runs that wait go on waiting.
    paused: HashSet<Arc<str>>,
    /// Lanes in which a run that waits may be able to begin.
    stirred: BTreeSet<Arc<str>>,
}

/// A seat in memory, which does not know how its run begins.
struct Held {
    seat: Seat,
    turn: Turn,
    /// Whether it is durable.
    is_settled: bool,
    /// Those who are told when it waits no longer.
    told: Vec<oneshot::Sender<()>>,
    /// Of a run that is over and whose work goes on: told that it goes on again.
    over: Option<oneshot::Sender<()>>,
}

/// How far the turn of a run has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// It waits for it.
    Waits,
    /// It waited, and is about to be a run that was stopped.
    Leaves,
    /// It waited, and its run is not durable yet.
    Begins,
    /// It is under way.
    Begun,
}

/// What became of a candidate.
pub(super) enum Reserved {
    /// It has a seat, or a place among those that wait.
    Kept(Box<Reserve>),
    /// It has a seat already.
    Known,
    /// It does not run.
    Skipped,
    /// There is no room.
    Dropped,
}

/// A place that was given to a candidate.
pub(super) struct Reserve {
    pub(super) run: Arc<str>,
    pub(super) seat: Seat,
    pub(super) waits: bool,
    /// The run that makes room for it.
    pub(super) stops: Option<(Arc<str>, Seat)>,
    /// The run that waited, and gives it its place.
    pub(super) replaces: Option<Arc<str>>,
}

impl Table {
    /// Gives a candidate a place, if there is one; it is to be settled or given back.
    pub(super) fn reserve(&mut self, candidate: Candidate, now: Timestamp) -> Reserved {
        let Candidate { run, pipeline, concurrency, tick, deadlines, .. } = candidate;
        if self.seats.contains_key(&run) {
            return Reserved::Known;
        }
        if self.seats.len() >= SEATS_MAX {
            return Reserved::Dropped;
        }
        let lane = self.lanes.entry(concurrency.lane.clone()).or_default();
        let (waits, stops, replaces) = match lane.admit(run.clone(), concurrency.entrance) {
            Admission::Skipped => return Reserved::Skipped,
            Admission::Dropped => return Reserved::Dropped,
            Admission::Runs { stops } => (false, stops, None),
            Admission::Waits { stops, replaces } => (true, stops, replaces),
        };
        let leaving = match concurrency.entrance.overlap {
            Overlap::TerminateOther => Leaving::Terminated,
            _ => Leaving::Cancelled,
        };
        let stops = stops.and_then(|run| {
            let held = self.seats.get_mut(&run)?;
            held.seat.leaving = Some(leaving);
            Some((run, held.seat.clone()))
        });
        let asked = lane.asked.clone().filter(|(_, waits)| waits == &run).map(|(asked, _)| asked);
        self.number += 1;
        let seat = Seat {
            lane: concurrency.lane,
            most: concurrency.entrance.most,
            pipeline,
            number: self.number,
            since: now,
            tick,
            leaving: None,
            order: None,
            is_called: false,
            deadlines: if waits { deadlines } else { Vec::new() },
            asked,
        };
        let stage = if waits { Stage::Waits } else { Stage::Begun };
        let held = Held { is_settled: false, ..Held::settled(seat.clone(), stage) };
        self.seats.insert(run.clone(), held);
        Reserved::Kept(Box::new(Reserve { run, seat, waits, stops, replaces }))
    }

    /// Takes note that a place is durable.
    pub(super) fn settle(&mut self, run: &Arc<str>) {
        if let Some(held) = self.seats.get_mut(run) {
            held.is_settled = true;
            self.stirred.insert(held.seat.lane.clone());
        }
    }

    /// Takes a place back that did not become durable, with all that came of it.
    pub(super) fn give_back(&mut self, reserve: &Reserve) {
        self.remove(&reserve.run);
        let lane = self.lanes.entry(reserve.seat.lane.clone()).or_default();
        lane.asked = None;
        if let Some(run) = &reserve.replaces {
            self.line_up(run);
        }
        let lane = self.lanes.entry(reserve.seat.lane.clone()).or_default();
        if let Some((run, _)) = &reserve.stops
            && let Some(held) = self.seats.get_mut(run)
        {
            held.seat.leaving = None;
            if !lane.active.contains(run) {
                lane.active.insert(0, run.clone());
            }
        }
    }

    /// Puts a run that has a seat among those that wait, where it was.
    pub(super) fn line_up(&mut self, run: &Arc<str>) {
        let Some(held) = self.seats.get_mut(run) else { return };
        held.turn = Turn::Waits;
        let (number, asked, key) =
            (held.seat.number, held.seat.asked.clone(), held.seat.lane.clone());
        let lane = self.lanes.entry(key.clone()).or_default();
        let at = lane.waiting.partition_point(|other| {
            self.seats.get(other).is_some_and(|held| held.seat.number < number)
        });
        lane.waiting.insert(at, run.clone());
        lane.asked = lane.asked.take().or_else(|| Some((asked?, run.clone())));
        self.stirred.insert(key);
    }

    /// Takes up what is stored. Returns the run that waits although another one came later for its place.
    pub(super) fn take_up(&mut self, run: Arc<str>, seat: Seat, stage: Stage) -> Option<Arc<str>> {
        self.number = self.number.max(seat.number);
        let mut replaced = None;
        let lane = self.lanes.entry(seat.lane.clone()).or_default();
        let is_before = |other: &Arc<str>| {
            self.seats.get(other).is_some_and(|held| held.seat.number < seat.number)
        };
        if stage == Stage::Waits {
            let at = lane.waiting.partition_point(is_before);
            lane.waiting.insert(at, run.clone());
            let own = seat.asked.as_ref().map(|asked| (asked.clone(), run.clone()));
            let (earlier, later) = match (lane.asked.take(), own) {
                (Some(known), Some(own)) if is_before(&known.1) => (Some(known), Some(own)),
                (Some(known), own) => (own, Some(known)),
                (None, own) => (None, own),
            };
            let of = |asked: &Option<(Arc<str>, Arc<str>)>| asked.as_ref().map(|it| it.0.clone());
            if of(&earlier) == of(&later) {
                replaced = earlier.map(|(_, waits)| waits);
            }
            lane.asked = later;
        } else if seat.leaving != Some(Leaving::Terminated) {
            lane.active.insert(lane.active.partition_point(is_before), run.clone());
        }
        self.stirred.insert(seat.lane.clone());
        self.seats.insert(run, Held::settled(seat, stage));
        replaced
    }

    /// Frees the place of a run.
    pub(super) fn remove(&mut self, run: &Arc<str>) {
        let Some(held) = self.seats.remove(run) else { return };
        tell_all(held.told);
        let key = held.seat.lane;
        let Some(lane) = self.lanes.get_mut(&key) else { return };
        lane.ended(run);
        lane.waiting.retain(|waiting| waiting != run);
        if lane.active.is_empty() && lane.waiting.is_empty() {
            self.lanes.remove(&key);
        } else {
            self.stirred.insert(key);
        }
    }

    /// Has a run that waits not begin: it is to be removed, or lined up again. `None` if it does not wait.
    pub(super) fn withdraw(&mut self, run: &Arc<str>) -> Option<()> {
        let held =
            self.seats.get_mut(run).filter(|held| held.turn == Turn::Waits && held.is_settled)?;
        held.turn = Turn::Leaves;
        let key = held.seat.lane.clone();
        if let Some(lane) = self.lanes.get_mut(&key) {
            lane.waiting.retain(|waiting| waiting != run);
        }
        self.stirred.insert(key);
        Some(())
    }

    /// Says whether a run has a place that is not durable yet.
    pub(super) fn is_settling(&self, run: &str) -> bool {
        self.seats.get(run).is_some_and(|held| !held.is_settled)
    }

    /// Returns a run that waited and begins now.
    pub(super) fn next(&mut self) -> Option<Arc<str>> {
        while let Some(key) = self.stirred.first().cloned() {
            if let Some(run) = self.next_in(&key) {
                return Some(run);
            }
            self.stirred.remove(&key);
        }
        None
    }

    fn next_in(&mut self, key: &Arc<str>) -> Option<Arc<str>> {
        let lane = self.lanes.get_mut(key)?;
        let at = lane.waiting.iter().position(|run| {
            self.seats.get(run).is_some_and(|held| !self.paused.contains(&held.seat.pipeline))
        })?;
        let held = self.seats.get_mut(lane.waiting.get(at)?)?;
        if !held.is_settled || lane.active.len() >= held.seat.most {
            return None;
        }
        held.turn = Turn::Begins;
        let run = lane.waiting.remove(at)?;
        lane.active.push(run.clone());
        Some(run)
    }

    /// Takes note that a run that waited is under way.
    pub(super) fn begun(&mut self, run: &Arc<str>) {
        if let Some(held) = self.seats.get_mut(run) {
            held.turn = Turn::Begun;
            tell_all(std::mem::take(&mut held.told));
        }
    }

    /// Says whether the runs of a pipeline that wait go on waiting.
    pub(super) fn pause(&mut self, pipeline: &Arc<str>, is_paused: bool) {
        if is_paused {
            self.paused.insert(pipeline.clone());
        } else if self.paused.remove(pipeline) {
            let of = |held: &&Held| held.turn == Turn::Waits && held.seat.pipeline == *pipeline;
            let lanes: Vec<_> =
                self.seats.values().filter(of).map(|held| held.seat.lane.clone()).collect();
            self.stirred.extend(lanes);
        }
    }

    /// Returns what is told when a run that waits is under way, or waits no longer; `None` if it
    /// does not wait.
    pub(super) fn left(&mut self, run: &str) -> Option<oneshot::Receiver<()>> {
        let held = self.seats.get_mut(run)?;
        if held.turn == Turn::Begun {
            return None;
        }
        let (tell, told) = oneshot::channel();
        held.told.push(tell);
        Some(told)
    }

    /// Returns what is told when a run has no seat any more; `None` if it has none.
    pub(super) fn freed(&mut self, run: &str) -> Option<oneshot::Receiver<()>> {
        let held = self.seats.get_mut(run)?;
        let (tell, told) = oneshot::channel();
        held.told.push(tell);
        Some(told)
    }

    /// Takes note that a run is over and keeps its seat as long as its work goes on. Returns what is told
    /// if it goes on again; `None` if it has no seat.
    pub(super) fn over(&mut self, run: &str) -> Option<oneshot::Receiver<()>> {
        let held = self.seats.get_mut(run)?;
        let (tell, told) = oneshot::channel();
        held.over = Some(tell);
        Some(told)
    }

    /// Gives a run that is over its seat again, unless nothing of its work goes on or others wait for
    /// the seat; returns whether it has it.
    pub(super) fn go_on(&mut self, run: &str) -> bool {
        let Some(held) = self.seats.get_mut(run) else { return false };
        let others = self.lanes.get(&held.seat.lane).is_some_and(|lane| !lane.waiting.is_empty());
        // What is stored of one that was asked to leave would have it leave again.
        if others || held.seat.leaving.is_some() {
            return false;
        }
        let tell = held.over.take();
        // Who follows it may have seen the end of its work just now, and asks before the seat is free.
        tell.map(|tell| tell.send(())).is_some()
    }

    /// Takes note that the seat of a run that is over is about to be free; false if it goes on again.
    pub(super) fn leaves(&mut self, run: &str) -> bool {
        self.seats.get_mut(run).is_none_or(|held| held.over.take().is_some())
    }

    /// Returns the tick that a run is of, if it is of one.
    pub(super) fn tick(&self, run: &str) -> Option<TickOf> {
        self.seats.get(run)?.seat.tick.clone()
    }

    /// Returns the runs that have all places of a lane in which another one would wait for an end.
    pub(super) fn in_the_way(&self, concurrency: &Concurrency) -> Option<Vec<Arc<str>>> {
        let lane = self.lanes.get(&concurrency.lane)?;
        let would_wait = match concurrency.entrance.overlap {
            Overlap::BufferOne | Overlap::BufferAll => true,
            Overlap::Skip | Overlap::CancelOther | Overlap::TerminateOther | Overlap::AllowAll => {
                false
            }
        };
        let is_full = lane.active.len() >= concurrency.entrance.most;
        (would_wait && is_full).then(|| lane.active.clone())
    }

    /// Says where among those that wait a run is.
    pub(super) fn place(&self, run: &str) -> Option<Place> {
        let held = self.seats.get(run).filter(|held| held.turn == Turn::Waits)?;
        let lane = self.lanes.get(&held.seat.lane)?;
        let before = lane.waiting.iter().position(|waiting| **waiting == *run)?;
        Some(Place {
            run: run.into(),
            position: before + 1,
            since: held.seat.since,
            waits_for: lane.active.clone(),
            is_paused: self.paused.contains(&held.seat.pipeline),
        })
    }

    /// Returns all runs that wait.
    pub(super) fn queued(&self) -> Vec<Queued> {
        let waiting =
            self.seats.iter().filter(|(_, held)| held.turn == Turn::Waits && held.is_settled);
        let queued = waiting.map(|(run, Held { seat, .. })| Queued {
            run: run.clone(),
            pipeline: seat.pipeline.clone(),
            since: seat.since,
        });
        queued.collect()
    }

    /// Returns the runs of a pipeline that wait, in their order, and how many are under way.
    pub(super) fn of(&self, pipeline: &str) -> (Vec<Arc<str>>, usize) {
        let of = |held: &&Held| *held.seat.pipeline == *pipeline;
        let active = self.seats.values().filter(of).filter(|held| held.turn != Turn::Waits).count();
        let mut waiting: Vec<_> = self
            .seats
            .iter()
            .filter(|(_, held)| held.turn == Turn::Waits && of(held))
            .map(|(run, held)| (held.seat.number, run.clone()))
            .collect();
        waiting.sort_unstable();
        (waiting.into_iter().map(|(_, run)| run).collect(), active)
    }
}

fn tell_all(told: Vec<oneshot::Sender<()>>) {
    for tell in told {
        // Nobody may be left to hear it.
        let _ = tell.send(());
    }
}

impl Held {
    fn settled(seat: Seat, stage: Stage) -> Self {
        let turn = match stage {
            Stage::Waits => Turn::Waits,
            Stage::Begins => Turn::Begins,
            Stage::Begun => Turn::Begun,
        };
        Self { seat, turn, is_settled: true, told: Vec::new(), over: None }
    }
}

#[cfg(test)]
mod tests;
