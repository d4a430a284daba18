//! A schedule as people write it.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use compasso_types::Timestamp;
use serde::{Deserialize, Serialize};

use crate::cron::{self, Beat, DayMatch};
use crate::rrule::Rule;
use crate::timing::{Recurrence, Timing};
use crate::{
    Calendar, CalendarMode, Calendars, CatchUp, Days, DaysSpec, Dst, Grain, Overlap, Schedule,
    Zone, duration, limits,
};

/// How late a run may begin if it is not said.
const MISFIRE_GRACE: &str = "60s";

/// What a schedule says. Times are RFC 3339, or a date: midnight in the zone; durations are
/// [`duration::parse`]'s.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[expect(missing_docs, reason = "docs/schedules.md has them")]
pub struct Spec {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cron: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub every: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rrule: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub at: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anchor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub catchup: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub misfire_grace: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jitter: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dst: Option<Dst>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day_match: Option<DayMatch>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calendar: Option<CalendarSpec>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overlap: Option<Overlap>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buffer: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partition: Option<Grain>,
}

/// The days of a calendar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "docs/schedules.md has them")]
pub struct CalendarSpec {
    pub mode: CalendarMode,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dates: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weekdays: Vec<String>,
}

/// Where a schedule belongs.
#[derive(Clone, Copy, Debug)]
pub struct Within<'a> {
    /// Its name, from which jitter follows.
    pub name: &'a str,
    /// The name from which `H` follows.
    pub hashed: &'a str,
    /// The calendars that there are; `None` leaves out one that is named.
    pub calendars: Option<&'a Calendars>,
}

/// One member that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{member}: {reason}")]
pub struct Invalid {
    /// The member.
    pub member: &'static str,
    /// What is wrong, and a way out.
    pub reason: String,
    /// The bytes of its text that are wrong, if it is not all of it.
    pub place: Option<Range<usize>>,
}

impl Spec {
    /// Returns what it means. `name` is the schedule's: `H` and jitter follow from it. Calendars
    /// that it names are left out.
    ///
    /// # Errors
    /// All members that cannot be used.
    pub fn compile(&self, name: &str) -> Result<Schedule, Vec<Invalid>> {
        self.compile_within(&Within { name, hashed: name, calendars: None })
    }

    /// Returns what it means where it belongs.
    ///
    /// # Errors
    /// All members that cannot be used.
    pub fn compile_within(&self, within: &Within<'_>) -> Result<Schedule, Vec<Invalid>> {
        let mut reader = Reader::default();
        let compiled = reader.schedule(self, within);
        match compiled {
            Some(schedule) if reader.problems.is_empty() => Ok(schedule),
            _ => Err(reader.problems),
        }
    }
}

/// Reads members and collects what is wrong with them.
#[derive(Default)]
struct Reader {
    problems: Vec<Invalid>,
}

impl Reader {
    fn schedule(&mut self, spec: &Spec, within: &Within<'_>) -> Option<Schedule> {
        let zone = spec.timezone.as_deref().and_then(|zone| self.zone(zone));
        let day_match = spec.day_match.unwrap_or_default();
        let cron = spec.cron.as_deref().and_then(|text| self.cron(text, day_match, within.hashed));
        let zone = self.one_zone(zone, cron.as_ref().and_then(|cron| cron.zone.clone()));
        let recurrence = self.recurrence(spec, cron, &zone);
        let catch_up = self.catch_up(spec.catchup.as_deref());
        let start = self.time("start", spec.start.as_deref(), &zone);
        let end = self.time("end", spec.end.as_deref(), &zone);
        if let (Some(start), Some(end)) = (start, end)
            && start >= end
        {
            self.refuse("end", "it is not after 'start'");
        }
        let overlap = if catch_up.wants_all() { Overlap::BufferAll } else { Overlap::Skip };
        let grace = spec.misfire_grace.as_deref().unwrap_or(MISFIRE_GRACE);
        let misfire_grace = self.duration("misfireGrace", Some(grace));
        let delay = self.duration("delay", spec.delay.as_deref());
        let jitter = self.duration("jitter", spec.jitter.as_deref());
        let calendar = spec.calendar.as_ref().and_then(|it| self.calendar(it, within));
        let timing = Timing { recurrence: recurrence?, zone, dst: spec.dst.unwrap_or_default() };
        Some(Schedule {
            name: within.name.to_owned(),
            timing,
            calendar,
            start,
            end,
            limit: spec.limit,
            delay: delay.unwrap_or_default(),
            jitter: jitter.unwrap_or_default(),
            misfire_grace: misfire_grace.unwrap_or_default(),
            catch_up,
            overlap: spec.overlap.unwrap_or(overlap),
            buffer: spec.buffer.unwrap_or(limits::WAITING_MAX),
            partition: spec.partition,
        })
    }

    fn cron(&mut self, text: &str, day_match: DayMatch, name: &str) -> Option<cron::Cron> {
        match cron::parse(text, day_match, name) {
            Ok(cron) => Some(cron),
            Err(error) => {
                let (reason, place) = (error.to_string(), Some(error.place));
                self.problems.push(Invalid { member: "cron", reason, place });
                None
            }
        }
    }

    fn zone(&mut self, name: &str) -> Option<Zone> {
        match Zone::named(name) {
            Ok(zone) => Some(zone),
            Err(unknown) => {
                self.refuse("timezone", &unknown.to_string());
                None
            }
        }
    }

    fn one_zone(&mut self, said: Option<Zone>, in_cron: Option<Zone>) -> Zone {
        match (said, in_cron) {
            (Some(said), Some(in_cron)) if said != in_cron => {
                self.refuse("timezone", &format!("the cron names another zone, '{in_cron}'"));
                said
            }
            (Some(zone), _) | (None, Some(zone)) => zone,
            (None, None) => Zone::utc(),
        }
    }

    fn recurrence(
        &mut self,
        spec: &Spec,
        cron: Option<cron::Cron>,
        zone: &Zone,
    ) -> Option<Recurrence> {
        let said =
            [spec.cron.is_some(), spec.every.is_some(), spec.rrule.is_some(), !spec.at.is_empty()];
        if said.into_iter().filter(|said| *said).count() != 1 {
            self.refuse("cron", "write exactly one of 'cron', 'every', 'rrule' and 'at'");
            return None;
        }
        let counted =
            spec.every.is_some() || matches!(cron, Some(cron::Cron { beat: Beat::Every(_), .. }));
        if !counted && (spec.anchor.is_some() || spec.offset.is_some()) {
            self.refuse("anchor", "'anchor' and 'offset' belong to 'every'");
        }
        if let Some(cron::Cron { beat: Beat::Pattern(pattern), .. }) = cron {
            return Some(Recurrence::Cron(pattern));
        }
        if let Some(text) = &spec.rrule {
            return self.rule(text, spec.start.as_deref(), zone);
        }
        if !spec.at.is_empty() {
            return self.list(&spec.at, zone);
        }
        let period = match (cron.map(|cron| cron.beat), spec.every.as_deref()) {
            (Some(Beat::Every(period)), _) => period,
            (_, every) => self.duration("every", every)?,
        };
        if period < limits::PERIOD_MIN {
            self.refuse("every", "it is shorter than a second");
            return None;
        }
        let anchor = self.time("anchor", spec.anchor.as_deref(), zone).unwrap_or_default();
        let offset = self.duration("offset", spec.offset.as_deref()).unwrap_or_default();
        Some(Recurrence::Every { period, anchor: anchor.after(offset) })
    }

    fn rule(&mut self, text: &str, start: Option<&str>, zone: &Zone) -> Option<Recurrence> {
        let Some(start) = start else {
            self.refuse("start", "a rule counts from 'start', and there is none");
            return None;
        };
        // What is wrong with it is told elsewhere.
        let begin = zone.local(zone.time(start)?);
        if text.len() > limits::CRON_BYTES_MAX {
            self.refuse("rrule", &format!("it is longer than {} bytes", limits::CRON_BYTES_MAX));
            return None;
        }
        match Rule::parse(text, begin, zone) {
            Ok(rule) => Some(Recurrence::Rule(rule)),
            Err(error) => {
                let (reason, place) = (error.to_string(), Some(error.place));
                self.problems.push(Invalid { member: "rrule", reason, place });
                None
            }
        }
    }

    fn list(&mut self, texts: &[String], zone: &Zone) -> Option<Recurrence> {
        if texts.len() > limits::TIMES_MAX {
            self.refuse("at", &format!("it has more than {} times", limits::TIMES_MAX));
            return None;
        }
        let times: BTreeSet<_> =
            texts.iter().filter_map(|text| self.time("at", Some(text), zone)).collect();
        Some(Recurrence::At(times.into_iter().collect()))
    }

    fn catch_up(&mut self, text: Option<&str>) -> CatchUp {
        match text {
            None | Some("none") => CatchUp::None,
            Some("last") => CatchUp::Last,
            Some("all") => CatchUp::All,
            Some(text) => duration::parse(text).map_or_else(
                || {
                    let way_out = "write 'none', 'last', 'all' or a duration such as '6h'";
                    self.refuse("catchup", way_out);
                    CatchUp::None
                },
                CatchUp::Within,
            ),
        }
    }

    fn calendar(&mut self, spec: &CalendarSpec, within: &Within<'_>) -> Option<Calendar> {
        let days = match (&spec.name, within.calendars) {
            // Nobody knows here which there are.
            (Some(_), None) => return None,
            (Some(name), Some(calendars)) => self.named(spec, name, calendars)?,
            (None, _) => {
                let (dates, weekdays) = (spec.dates.clone(), spec.weekdays.clone());
                let days = DaysSpec { dates, weekdays, ..DaysSpec::default() }.compile();
                days.unwrap_or_else(|problems| {
                    for problem in problems {
                        self.refuse("calendar", &problem);
                    }
                    Days::default()
                })
            }
        };
        if spec.mode != CalendarMode::Only && days.has_all() {
            self.refuse("calendar", "no day of the week is left");
        }
        Some(Calendar { days, mode: spec.mode })
    }

    fn named(&mut self, spec: &CalendarSpec, name: &str, all: &Calendars) -> Option<Days> {
        if !spec.dates.is_empty() || !spec.weekdays.is_empty() {
            self.refuse("calendar", "it has a name or days, not both");
        }
        let found = all.get(name);
        if found.is_none() {
            let way_out = "create it with 'compasso calendars put'";
            self.refuse("calendar", &format!("there is no calendar '{name}'; {way_out}"));
        }
        found.cloned()
    }

    fn time(&mut self, member: &'static str, text: Option<&str>, zone: &Zone) -> Option<Timestamp> {
        let text = text?;
        let found = zone.time(text);
        if found.is_none() {
            let way_out = "write RFC 3339, such as 2026-01-31T02:00:00Z, or a date";
            self.refuse(member, &format!("'{text}' is no time; {way_out}"));
        }
        found
    }

    fn duration(&mut self, member: &'static str, text: Option<&str>) -> Option<Duration> {
        let text = text?;
        let found = duration::parse(text);
        if found.is_none() {
            self.refuse(member, &format!("'{text}' is no duration; write 90s, 1h30m or PT1H30M"));
        }
        found
    }

    fn refuse(&mut self, member: &'static str, reason: &str) {
        self.problems.push(Invalid { member, reason: reason.to_owned(), place: None });
    }
}
