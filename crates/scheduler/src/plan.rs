//! What becomes of the ticks that are due, decided without waiting.
//!
//! A [`Step`] is what one write changes: records of ticks up to the first one that runs, the schedule
//! after it, and the run. A schedule that fell behind takes one step after the other.

use std::time::Duration;

use compasso_schedule::{Admission, CatchUp, Entrance, Lateness, Overlap, Schedule, Tick};
use compasso_types::Timestamp;

use crate::limits::STEP_TICKS_MAX;
use crate::record::{Reason, Record, TickRecord, TickState};
use crate::why;

/// What one write changes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step {
    /// The schedule afterwards.
    pub(crate) record: Record,
    /// What became of ticks.
    pub(crate) ticks: Vec<TickRecord>,
    /// The tick whose run begins.
    pub(crate) start: Option<Timestamp>,
    /// The tick whose run is stopped for it.
    pub(crate) stops: Option<Timestamp>,
    /// When there is more to decide.
    pub(crate) next: Option<Timestamp>,
}

/// Decides what is due. A tick that waits for nothing goes first.
pub(crate) fn due(record: &Record, schedule: &Schedule, now: Timestamp) -> Step {
    let mut step = Step::new(record.clone());
    step.take_up();
    loop {
        let tick = schedule.next_after(step.record.cursor).filter(|_| !step.record.ended);
        let Some(tick) = tick else { return step };
        let due = schedule.due(tick.at);
        let full = step.start.is_some() || step.ticks.len() >= STEP_TICKS_MAX;
        if full || due > now {
            step.next = Some(due);
            return step;
        }
        step.take(tick, due, schedule, now);
    }
}

/// Decides what follows the end of a run.
pub(crate) fn ended(record: &Record, run: Timestamp) -> Step {
    let mut step = Step::new(record.clone());
    step.record.lane.ended(&run);
    step.take_up();
    step
}

impl Step {
    pub(crate) fn new(record: Record) -> Self {
        Self { record, ticks: Vec::new(), start: None, stops: None, next: None }
    }

    /// Takes note that the run that was to begin cannot: the next one that waits begins instead.
    pub(crate) fn fail(&mut self, why: String, now: Timestamp) {
        let detail = Some(why);
        self.give_up(|at| TickRecord { detail, ..TickRecord::new(at, TickState::Failed, now) });
    }

    /// The same for another fate.
    pub(crate) fn give_up(&mut self, fate: impl FnOnce(Timestamp) -> TickRecord) {
        let Some(at) = self.start.take() else { return };
        self.ticks.push(fate(at));
        self.record.lane.ended(&at);
        self.take_up();
    }

    /// Lets the next tick that waits begin, if it can.
    fn take_up(&mut self) {
        self.start = if self.record.can_take_up() { self.record.lane.take_up() } else { None };
    }

    fn take(&mut self, tick: Tick, due: Timestamp, schedule: &Schedule, now: Timestamp) {
        let at = tick.at;
        self.record.cursor = at;
        let newest = schedule.catch_up == CatchUp::Last && is_newest(schedule, at, now);
        let lateness = schedule.catch_up.judge(due, now, schedule.misfire_grace, newest);
        let skipped = |reason, why| TickRecord::skipped(at, reason, now).because(why);
        let record = match (lateness, self.record.paused.clone()) {
            (_, Some(pause)) => {
                self.record.remember(&pause);
                TickRecord::skipped(at, Reason::Paused, now)
            }
            (Lateness::Misfired, _) => skipped(Reason::Misfire, why::late(schedule, due, now)),
            (Lateness::Coalesced, _) => TickRecord::new(at, TickState::Coalesced, now),
            (Lateness::Runs, _) if tick.closed => {
                skipped(Reason::Calendar, why::closed(&self.record))
            }
            (Lateness::Runs, _) => return self.admit(at, schedule, now),
        };
        let last =
            record.reason != Some(Reason::Calendar) && self.ticks.len() + 1 >= STEP_TICKS_MAX;
        let through = if last { self.skip_ahead(&record, schedule, now) } else { None };
        self.ticks.push(TickRecord { through, ..record });
    }

    /// Moves the cursor past the ticks that do not run for the same reason as the one at it; returns
    /// the last of them.
    fn skip_ahead(
        &mut self,
        like: &TickRecord,
        schedule: &Schedule,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let late = match like.reason {
            Some(Reason::Paused) => Duration::ZERO,
            _ => why::patience(schedule),
        };
        let longest = (late + schedule.delay + schedule.jitter).as_millis();
        let until = now.0.saturating_sub(i64::try_from(longest).unwrap_or(i64::MAX));
        let newest = schedule.last_before(Timestamp(until))?;
        let runs_still = like.state == TickState::Coalesced;
        let last = if runs_still { schedule.last_before(newest)? } else { newest };
        if last <= self.record.cursor {
            return None;
        }
        self.record.cursor = last;
        Some(last)
    }

    fn admit(&mut self, at: Timestamp, schedule: &Schedule, now: Timestamp) {
        let promised = self.record.runs + self.record.lane.waiting.len() as u64;
        if schedule.limit.is_some_and(|limit| promised >= limit) {
            self.record.ended = true;
            self.ticks.push(TickRecord::skipped(at, Reason::Limit, now));
            return;
        }
        let (overlap, room) = (schedule.overlap, schedule.buffer);
        let entrance = Entrance { most: 1, overlap, room };
        match self.record.lane.admit(at, entrance) {
            Admission::Runs { stops } => {
                (self.start, self.stops) = (Some(at), stops);
                if overlap == Overlap::AllowAll {
                    // Nobody needs to know when it ends.
                    self.record.lane.ended(&at);
                }
            }
            Admission::Skipped => {
                let detail = why::busy(&self.record);
                let skipped = TickRecord::skipped(at, Reason::Overlap, now);
                self.ticks.push(TickRecord { detail, ..skipped });
            }
            Admission::Dropped => {
                self.ticks.push(TickRecord::new(at, TickState::Dropped, now));
            }
            Admission::Waits { stops, replaces } => {
                self.stops = self.stops.or(stops);
                let replaced = replaces
                    .map(|it| TickRecord::skipped(it, Reason::Overlap, now).because(why::REPLACED));
                self.ticks.extend(replaced);
                self.ticks.push(TickRecord::new(at, TickState::Buffered, now));
            }
        }
    }
}

/// Says if no tick after the one at `at` comes too late.
fn is_newest(schedule: &Schedule, at: Timestamp, now: Timestamp) -> bool {
    let next = schedule.next_after(at).map(|next| schedule.due(next.at));
    next.is_none_or(|next| now.since(next) <= schedule.misfire_grace)
}

#[cfg(test)]
mod tests {
    use compasso_schedule::{Lane, Spec};

    use super::*;
    use crate::{Pause, Target};

    const HOUR: i64 = 3_600_000;

    /// Returns a schedule of every hour since midnight that says more in JSON.
    fn hourly(more: &str) -> (Record, Schedule) {
        let spec: Spec = serde_json::from_str(&format!(r#"{{"every": "1h"{more}}}"#)).unwrap();
        let schedule = spec.compile("hourly").unwrap();
        let record = Record {
            name: "hourly".into(),
            description: None,
            target: Target::StateMachine("m".into()),
            input: None,
            condition: None,
            spec,
            created: Timestamp(0),
            modified: Timestamp(0),
            paused: None,
            pauses: Vec::new(),
            cursor: Timestamp(0),
            lane: Lane::default(),
            stopping: Vec::new(),
            runs: 0,
            ticks: 0,
            ended: false,
        };
        (record, schedule)
    }

    /// Takes steps until nothing is due at `hours`, each run being over at once unless it `lasts`;
    /// tells what became of ticks, by hour.
    fn steps(of: &(Record, Schedule), hours: i64, lasts: bool) -> (Vec<String>, Record) {
        let (mut record, schedule) = of.clone();
        let now = Timestamp(hours * HOUR + 61_000);
        let mut told = Vec::new();
        loop {
            let step = due(&record, &schedule, now);
            told.extend(step.ticks.iter().map(|tick| {
                let reason = tick.reason.map(|reason| format!(" {reason:?}")).unwrap_or_default();
                let through = tick.through.map(|at| format!("-{}", at.0 / HOUR));
                let hour = tick.at.0 / HOUR;
                format!("{hour}{} {:?}{reason}", through.unwrap_or_default(), tick.state)
            }));
            record = step.record;
            if let Some(at) = step.start {
                told.push(format!("{} starts", at.0 / HOUR));
                record.runs += 1;
                if !lasts {
                    record.lane.ended(&at);
                }
            }
            if step.next.is_none_or(|next| next > now) && (lasts || !record.lane.can_take_up()) {
                return (told, record);
            }
        }
    }

    #[test]
    fn a_tick_that_does_not_run_says_why() {
        let why = |(record, schedule): &(Record, Schedule), hours| {
            let step = due(record, schedule, Timestamp(hours * HOUR + 61_000));
            step.record.explain(step.ticks[0].clone()).detail.unwrap_or_default()
        };
        let mut of = hourly("");
        let late = "handled 3661s after it was due, and runs within 60s";
        assert_eq!(why(&of, 2), late);
        let closed = hourly(
            r#", "misfireGrace": "2m", "calendar": {"mode": "exclude", "dates": ["1970-01-01"]}"#,
        );
        assert_eq!(why(&closed, 1), "the schedule's calendar closes the day");
        let mut busy = hourly(r#", "misfireGrace": "2m""#);
        busy.0.lane.active.push(Timestamp(0));
        assert_eq!(why(&busy, 1), "the run of 1970-01-01T00:00:00.000Z is under way");
        let (by, reason) = (Some("ana".into()), Some("audit".into()));
        of.0.paused = Some(Pause { since: Timestamp(0), by, reason, until: Some(Timestamp(HOUR)) });
        let pause = "since 1970-01-01T00:00:00.000Z by ana, until 1970-01-01T01:00:00.000Z: audit";
        assert_eq!(why(&of, 1), pause);
    }

    fn told(more: &str, hours: i64) -> Vec<String> {
        steps(&hourly(more), hours, false).0
    }

    #[test]
    fn missed_ticks_are_skipped_unless_they_are_to_be_caught_up() {
        let grace = r#", "misfireGrace": "70s""#;
        assert_eq!(told("", 2), ["1 Skipped Misfire", "2 Skipped Misfire"]);
        assert_eq!(told(grace, 2), ["1 Skipped Misfire", "2 starts"]);
        let last = r#", "catchup": "last""#;
        assert_eq!(told(last, 3), ["1 Coalesced", "2 Coalesced", "3 starts"]);
        let all = r#", "catchup": "all""#;
        assert_eq!(told(all, 3), ["1 starts", "2 starts", "3 starts"]);
        let young = r#", "catchup": "90m""#;
        assert_eq!(told(young, 3), ["1 Skipped Misfire", "2 starts", "3 starts"]);
    }

    #[test]
    fn of_very_many_missed_ticks_the_last_record_stands_for_the_rest() {
        let none = told("", 100_000);
        assert_eq!(none.len(), 256);
        assert_eq!(none[254..], ["255 Skipped Misfire", "256-100000 Skipped Misfire"]);
        let last = told(r#", "catchup": "last""#, 100_000);
        assert_eq!(last.len(), 257);
        assert_eq!(last[255..], ["256-99999 Coalesced", "100000 starts"]);
        let young = told(r#", "catchup": "90m""#, 100_000);
        assert_eq!(young[255..], ["256-99998 Skipped Misfire", "99999 starts", "100000 starts"]);
    }

    #[test]
    fn a_paused_schedule_records_its_ticks_and_runs_none() {
        let (record, schedule) = hourly(r#", "catchup": "all""#);
        let paused = Some(Pause { since: Timestamp(0), by: None, reason: None, until: None });
        let (told, _) = steps(&(Record { paused, ..record }, schedule), 2, false);
        assert_eq!(told, ["1 Skipped Paused", "2 Skipped Paused"]);
    }

    #[test]
    fn why_a_schedule_was_paused_is_kept_once_for_all_ticks_of_the_pause() {
        let (mut record, schedule) = hourly("");
        let mut ticks = Vec::new();
        for (since, why) in [(0, "audit"), (300, "move")] {
            let (by, reason) = (None, Some(why.to_owned()));
            record.paused = Some(Pause { since: Timestamp(since * HOUR), by, reason, until: None });
            let step = due(&record, &schedule, Timestamp((since + 299) * HOUR));
            assert!(step.ticks.iter().all(|tick| tick.detail.is_none()));
            ticks.extend(step.ticks);
            record = step.record;
        }
        assert_eq!(record.pauses.len(), 2);
        let why = |tick: &TickRecord| record.explain(tick.clone()).detail.unwrap_or_default();
        assert_eq!(why(&ticks[0]), "since 1970-01-01T00:00:00.000Z: audit");
        assert_eq!(why(ticks.last().unwrap()), "since 1970-01-13T12:00:00.000Z: move");
    }

    #[test]
    fn days_that_a_calendar_closes_leave_a_record() {
        let closed =
            r#", "catchup": "all", "calendar": {"mode": "exclude", "dates": ["1970-01-01"]}"#;
        let found = told(closed, 25);
        assert_eq!(found[22..], ["23 Skipped Calendar", "24 starts", "25 starts"]);
    }

    #[test]
    fn after_as_many_runs_as_it_may_make_a_schedule_ends() {
        let (told, record) = steps(&hourly(r#", "catchup": "all", "limit": 2"#), 9, false);
        assert_eq!(told, ["1 starts", "2 starts", "3 Skipped Limit"]);
        assert!(record.ended);
    }

    #[test]
    fn ticks_wait_for_the_end_of_a_run_and_then_begin_in_order() {
        let (told, record) = steps(&hourly(r#", "catchup": "all""#), 3, true);
        assert_eq!(told, ["1 starts", "2 Buffered", "3 Buffered"]);
        let step = ended(&record, Timestamp(HOUR));
        assert_eq!(step.start, Some(Timestamp(2 * HOUR)));
        assert_eq!(step.record.lane.waiting, [Timestamp(3 * HOUR)]);
    }

    #[test]
    fn ticks_that_wait_stay_as_long_as_their_schedule_rests() {
        let (_, record) = steps(&hourly(r#", "catchup": "all""#), 3, true);
        let paused =
            Some(Pause { since: Timestamp(3 * HOUR), by: None, reason: None, until: None });
        let step = ended(&Record { paused, ..record }, Timestamp(HOUR));
        assert_eq!((step.start, step.record.lane.waiting.len()), (None, 2));
        let resumed = (Record { paused: None, ..step.record }, hourly(r#", "catchup": "all""#).1);
        assert_eq!(steps(&resumed, 3, false).0, ["2 starts", "3 starts"]);
    }

    #[test]
    fn ticks_that_wait_for_nothing_begin_before_those_that_are_due() {
        let (_, mut record) = steps(&hourly(r#", "catchup": "all""#), 3, true);
        record.lane.active.clear();
        let found = steps(&(record, hourly(r#", "catchup": "all""#).1), 4, false).0;
        assert_eq!(found, ["2 starts", "3 starts", "4 starts"]);
    }

    #[test]
    fn a_run_that_cannot_begin_makes_room_for_the_next() {
        let (_, record) = steps(&hourly(r#", "catchup": "all""#), 3, true);
        let mut step = ended(&record, Timestamp(HOUR));
        step.fail("no such state machine".into(), Timestamp(0));
        assert_eq!(step.ticks[0].state, TickState::Failed);
        assert_eq!(step.start, Some(Timestamp(3 * HOUR)));
    }

    #[test]
    fn a_clock_that_is_set_back_repeats_nothing_and_loses_nothing() {
        let (record, schedule) = hourly("");
        let step = due(&record, &schedule, Timestamp(HOUR));
        assert_eq!(step.start, Some(Timestamp(HOUR)));
        let back = due(&step.record, &schedule, Timestamp(HOUR / 2));
        assert_eq!((back.start, back.next), (None, Some(Timestamp(2 * HOUR))));
        let again = due(&back.record, &schedule, Timestamp(HOUR));
        assert_eq!((again.start, again.ticks.len()), (None, 0));
    }

    #[test]
    fn a_clock_that_is_set_forward_leaves_a_record_of_every_tick() {
        let (record, schedule) = hourly(r#", "overlap": "allow_all""#);
        let (told, _) = steps(&(record, schedule), 3, false);
        assert_eq!(told, ["1 Skipped Misfire", "2 Skipped Misfire", "3 Skipped Misfire"]);
    }
}
