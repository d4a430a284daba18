//! Schedules: the times at which a pipeline starts.

mod spec;

use std::sync::Arc;
use std::time::Duration;

use compasso_schedule::cron::{self, Beat, DayMatch};
use compasso_schedule::{
    CalendarMode, CatchUp, Dst, Fold, Gap, Grain, Overlap, Recurrence, Timing, Zone,
};
use compasso_types::Timestamp;

use crate::Code;
use crate::expression::Origin;
use crate::fields::{Fields, Reader};
use crate::source::{self, Node, Span};
use crate::units::{Time, parse_duration};

/// A schedule.
#[derive(Clone, Debug)]
pub struct ScheduleTrigger {
    /// The times themselves.
    pub ticks: Ticks,
    /// The zone of its wall clock; the cron may name one, too.
    pub timezone: Option<Arc<str>>,
    /// No tick before it.
    pub start: Option<Time>,
    /// No tick from it on.
    pub end: Option<Time>,
    /// How many runs there are at most.
    pub limit: Option<u32>,
    /// What becomes of ticks that were missed.
    pub catchup: CatchUp,
    /// How late a tick may be handled.
    pub misfire_grace: Option<Duration>,
    /// Up to how much later a run starts.
    pub jitter: Option<Duration>,
    /// How much later a run starts.
    pub delay: Option<Duration>,
    /// What becomes of times that do not exist or come twice when clocks change.
    pub dst: Dst,
    /// Whether both day fields of a cron must match, or either.
    pub day_match: DayMatch,
    /// Days that are left out or alone are used.
    pub calendar: Option<Calendar>,
    /// What becomes of a tick while a run of the schedule goes on.
    pub overlap: Option<Overlap>,
    /// The grain of `run.partition`.
    pub partition: Partition,
}

/// The times of a schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ticks {
    /// Those that fit a cron text.
    Cron(Arc<str>),
    /// One after another at the same distance, counted from `anchor` or from `offset` after 1970.
    Every {
        /// The distance.
        every: Duration,
        /// A tick.
        anchor: Option<Time>,
        /// Moves all ticks.
        offset: Option<Duration>,
    },
    /// Those of a recurrence rule of iCalendar.
    Rule(Arc<str>),
    /// These.
    At(Vec<Time>),
}

/// Days that are left out or alone are used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// Its name on the server.
    pub name: Arc<str>,
    /// How it is used.
    pub mode: CalendarMode,
}

/// The grain of a partition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Partition {
    /// As the distance of ticks says.
    #[default]
    ByTicks,
    /// This one.
    Grain(Grain),
    /// There are no partitions.
    None,
}

pub(super) const OVERLAPS: [(&str, Overlap); 6] = [
    ("skip", Overlap::Skip),
    ("buffer_one", Overlap::BufferOne),
    ("buffer_all", Overlap::BufferAll),
    ("cancel_other", Overlap::CancelOther),
    ("terminate_other", Overlap::TerminateOther),
    ("allow_all", Overlap::AllowAll),
];

const GAPS: [(&str, Gap); 2] = [("shift", Gap::Shift), ("skip", Gap::Skip)];
const FOLDS: [(&str, Fold); 3] =
    [("first", Fold::First), ("last", Fold::Last), ("both", Fold::Both)];
const DAYS: [(&str, DayMatch); 2] = [("any", DayMatch::Any), ("all", DayMatch::All)];
const MODES: [(&str, CalendarMode); 4] = [
    ("only", CalendarMode::Only),
    ("exclude", CalendarMode::Exclude),
    ("next", CalendarMode::Next),
    ("previous", CalendarMode::Previous),
];
const PARTITIONS: [(&str, Partition); 5] = [
    ("hour", Partition::Grain(Grain::Hour)),
    ("day", Partition::Grain(Grain::Day)),
    ("week", Partition::Grain(Grain::Week)),
    ("month", Partition::Grain(Grain::Month)),
    ("none", Partition::None),
];

/// The fields of which a schedule has one.
const TICKS: [&str; 4] = ["cron", "every", "rrule", "at"];

/// From when on it is looked whether a tick comes twice.
const RULES_KNOWN: Timestamp = Timestamp(1_767_225_600_000);

impl ScheduleTrigger {
    pub(super) fn read(reader: &mut Reader<'_>, fields: &mut Fields<'_>) -> Option<Self> {
        let cron_node = fields.peek("cron").map(|member| &member.value);
        let dst_span = fields.peek("dst").map_or(fields.span, |member| member.value.mark());
        let ticks = Ticks::read(reader, fields);
        let zone_node = fields.peek("timezone").map(|member| &member.value);
        let schedule = Self {
            timezone: fields.read(reader, "timezone", Reader::text),
            start: fields.read(reader, "start", time),
            end: fields.read(reader, "end", time),
            limit: fields.read(reader, "limit", Reader::positive),
            catchup: fields.read(reader, "catchup", catch_up).unwrap_or_default(),
            misfire_grace: fields.read(reader, "misfire_grace", Reader::duration),
            jitter: fields.read(reader, "jitter", Reader::duration),
            delay: fields.read(reader, "delay", Reader::duration),
            dst: fields.read(reader, "dst", clock_changes).unwrap_or_default(),
            day_match: fields
                .read(reader, "day_match", |r, n| r.word(n, &DAYS))
                .unwrap_or_default(),
            calendar: fields.read(reader, "calendar", Calendar::read),
            overlap: fields.read(reader, "overlap", |r, n| r.word(n, &OVERLAPS)),
            partition: fields
                .read(reader, "partition", |r, n| r.word(n, &PARTITIONS))
                .unwrap_or_default(),
            ticks: ticks?,
        };
        let zone = schedule.timezone.as_ref().zip(zone_node);
        let zone = zone.and_then(|(name, node)| read_zone(reader, name, node));
        if let Some(node) = cron_node {
            schedule.check_cron(reader, node, zone, dst_span);
        }
        schedule.check(reader, fields);
        Some(schedule)
    }

    /// Reports a cron that is none or never fires, and one that comes twice on some day.
    fn check_cron(&self, reader: &mut Reader<'_>, node: &Node, zone: Option<Zone>, dst_span: Span) {
        let (Ticks::Cron(text), Some(origin)) = (&self.ticks, Origin::of(node)) else { return };
        let cron = match cron::parse(text, self.day_match, &reader.pipeline) {
            Ok(cron) => cron,
            Err(error) => {
                let code = match (error.never_fires(), error.unknown_zone()) {
                    (true, _) => Code::NeverFires,
                    (false, Some(_)) => Code::UnknownZone,
                    (false, None) => Code::BadValue,
                };
                let span = reader.report.inside(origin.scalar, origin.value, error.place.start);
                reader.report.add(code, span, error.to_string());
                return;
            }
        };
        let Beat::Pattern(pattern) = cron.beat else { return };
        let zone = zone.or(cron.zone).unwrap_or_else(Zone::utc);
        let timing = Timing { recurrence: Recurrence::Cron(pattern), zone, dst: self.dst };
        if let Some(at) = timing.next_doubled(RULES_KNOWN) {
            let message = format!(
                "with 'overlap: both' the schedule runs twice when clocks are set back, as on {at}"
            );
            let once = "use 'overlap: first', so that it runs once a day";
            let hint = if self.partition == Partition::ByTicks {
                format!("{once}, or add 'partition: day', so that no run has an hour for it")
            } else {
                once.to_owned()
            };
            reader.report.hint(Code::RunsTwice, dst_span, message, hint);
        }
    }
}

fn read_zone(reader: &mut Reader<'_>, name: &str, node: &Node) -> Option<Zone> {
    match Zone::named(name) {
        Ok(zone) => Some(zone),
        Err(unknown) => {
            let message = format!("there is no time zone '{}'", unknown.name);
            reader.report.hinted(Code::UnknownZone, node.span, message, unknown.suggestion);
            None
        }
    }
}

impl Ticks {
    fn read(reader: &mut Reader<'_>, fields: &mut Fields<'_>) -> Option<Self> {
        let found = TICKS.into_iter().filter(|name| fields.peek(name).is_some()).count();
        let cron = fields.read(reader, "cron", Reader::text);
        let every = fields.read(reader, "every", positive_duration);
        let anchor = fields.read(reader, "anchor", time);
        let offset = fields.read(reader, "offset", Reader::duration);
        let rule = fields.read(reader, "rrule", Reader::text);
        let at = fields.read(reader, "at", |r, n| r.list(n, time));
        if found != 1 {
            let message = match found {
                0 => "the schedule has no times",
                _ => "the schedule has several kinds of times",
            };
            let hint = "write one of: cron, every, rrule, at";
            reader.report.hint(Code::BadValue, fields.span, message, hint);
            return None;
        }
        let cron = cron.map(Self::Cron);
        let every = every.map(|every| Self::Every { every, anchor, offset });
        let rule = rule.map(Self::Rule);
        cron.or(every).or(rule).or(at.map(Self::At))
    }
}

impl Calendar {
    fn read(reader: &mut Reader<'_>, node: &Node) -> Option<Self> {
        let mut fields = reader.fields_like(node, "{name: …, mode: exclude}")?;
        let name = fields.require(reader, "name", Reader::text);
        let mode = fields.read(reader, "mode", |r, n| r.word(n, &MODES));
        fields.finish(reader);
        Some(Self { name: name?, mode: mode.unwrap_or(CalendarMode::Only) })
    }
}

fn clock_changes(reader: &mut Reader<'_>, node: &Node) -> Option<Dst> {
    let mut fields = reader.fields(node)?;
    let gap = fields.read(reader, "gap", |r, n| r.word(n, &GAPS)).unwrap_or_default();
    let overlap = fields.read(reader, "overlap", |r, n| r.word(n, &FOLDS)).unwrap_or_default();
    fields.finish(reader);
    Some(Dst { gap, overlap })
}

fn catch_up(reader: &mut Reader<'_>, node: &Node) -> Option<CatchUp> {
    if let source::Value::Bool(all) = node.value {
        let hint = if all { "write 'all', or 'last' for one run" } else { "write 'none'" };
        return reader.refuse(node, "this must be a string, and is a boolean", hint);
    }
    let text = reader.text(node)?;
    match &*text {
        "none" => Some(CatchUp::None),
        "last" => Some(CatchUp::Last),
        "all" => Some(CatchUp::All),
        text => parse_duration(text).map(CatchUp::Within).or_else(|| {
            let hint = "write none, last, all or a duration such as '6h'";
            reader.refuse(node, "this is no way to catch up", hint)
        }),
    }
}

fn time(reader: &mut Reader<'_>, node: &Node) -> Option<Time> {
    let text = reader.text(node)?;
    Time::parse(&text).or_else(|| {
        let hint = "write a date, '2026-01-01', or an instant, '2026-01-01T05:00:00Z'";
        reader.refuse(node, "this is no time", hint)
    })
}

fn positive_duration(reader: &mut Reader<'_>, node: &Node) -> Option<Duration> {
    let duration = reader.duration(node)?;
    if duration.is_zero() {
        return reader.refuse(node, "there is no time between two ticks", "write '1m', say");
    }
    Some(duration)
}
