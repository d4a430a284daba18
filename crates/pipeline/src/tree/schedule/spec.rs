//! What a schedule of a pipeline comes to: the form that is stored and run.

use std::time::Duration;

use compasso_schedule::cron::DayMatch;
use compasso_schedule::{CalendarSpec, CatchUp, Dst, Grain, Invalid, Schedule, Spec};
use compasso_types::Timestamp;

use super::{Partition, ScheduleTrigger, Ticks};
use crate::Code;
use crate::fields::{Fields, Reader};
use crate::units::Time;

/// Longest id of a schedule, characters: with the instant of a tick it names a run.
const ID_CHARS_MAX: usize = 56;

impl ScheduleTrigger {
    /// Returns the schedule in the form that is stored and run.
    pub fn spec(&self) -> Spec {
        let mut spec = Spec {
            timezone: self.timezone.as_deref().map(str::to_owned),
            start: self.start.map(written),
            end: self.end.map(written),
            limit: self.limit.map(u64::from),
            catchup: match self.catchup {
                CatchUp::None => None,
                CatchUp::Last => Some("last".into()),
                CatchUp::All => Some("all".into()),
                CatchUp::Within(age) => Some(spelled(age)),
            },
            misfire_grace: self.misfire_grace.map(spelled),
            jitter: self.jitter.map(spelled),
            delay: self.delay.map(spelled),
            dst: (self.dst != Dst::default()).then_some(self.dst),
            day_match: (self.day_match != DayMatch::default()).then_some(self.day_match),
            calendar: self.calendar.as_ref().map(|calendar| CalendarSpec {
                mode: calendar.mode,
                name: Some(calendar.name.clone()),
                dates: Vec::new(),
                weekdays: Vec::new(),
            }),
            overlap: self.overlap,
            partition: match self.partition {
                Partition::ByTicks => None,
                Partition::Grain(grain) => Some(grain),
                Partition::None => Some(Grain::None),
            },
            ..Spec::default()
        };
        match &self.ticks {
            Ticks::Cron(text) => spec.cron = Some(text.to_string()),
            Ticks::Rule(text) => spec.rrule = Some(text.to_string()),
            Ticks::At(times) => spec.at = times.iter().copied().map(written).collect(),
            Ticks::Every { every, anchor, offset } => {
                spec.every = Some(spelled(*every));
                spec.anchor = anchor.map(written);
                spec.offset = offset.map(spelled);
            }
        }
        spec
    }

    /// Reports what contradicts itself, or is more than there may be.
    pub(super) fn check(&self, reader: &mut Reader<'_>, fields: &Fields<'_>) {
        if let Some(id) = fields.peek("id").and_then(|member| member.value.as_str())
            && id.len() > ID_CHARS_MAX
        {
            let message = format!("the id of a schedule has at most {ID_CHARS_MAX} characters");
            reader.report.add(Code::BadId, fields.span, message);
        }
        let invalid = match self.spec().compile("") {
            Ok(schedule) => return check_bounds(reader, fields, &schedule),
            Err(invalid) => invalid,
        };
        for Invalid { member, reason, .. } in invalid {
            let name = if member == "misfireGrace" { "misfire_grace" } else { member };
            // Both are reported with their place inside the text.
            if !["cron", "timezone"].contains(&name) {
                let span = fields.peek(name).map_or(fields.span, |member| member.value.mark());
                reader.report.add(Code::BadValue, span, reason);
            }
        }
    }
}

/// Reports bounds that leave no tick, as far as no clock is needed to know.
fn check_bounds(reader: &mut Reader<'_>, fields: &Fields<'_>, schedule: &Schedule) {
    let first =
        || schedule.next_after(schedule.start.map_or(Timestamp(0), |at| Timestamp(at.0 - 1)));
    if schedule.end.is_some() && !reader.report.is_stored() && first().is_none() {
        let span = fields.peek("end").map_or(fields.span, |member| member.value.mark());
        let message = "the schedule never fires: it has no tick before its 'end'";
        reader.report.add(Code::NeverFires, span, message);
    }
}

fn spelled(duration: Duration) -> String {
    match duration.as_millis() {
        millis if millis % 1_000 == 0 => format!("{}s", millis / 1_000),
        millis => format!("{millis}ms"),
    }
}

fn written(time: Time) -> String {
    match time {
        Time::At(at) => at.to_string(),
        Time::Date(date) => date.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use crate::parse;
    use crate::tree::TriggerKind;

    fn pipeline(schedule: &str) -> String {
        format!("pipeline: p\non: {{schedule: {schedule}}}\ntasks: {{t: {{run: 'true'}}}}\n")
    }

    fn spec(schedule: &str) -> String {
        let parsed = parse(&pipeline(schedule));
        assert!(!parsed.has_errors(), "{:?}", parsed.diagnostics);
        let TriggerKind::Schedule(schedule) = &parsed.pipelines[0].triggers.list[0].kind else {
            panic!("it is a schedule")
        };
        serde_json::to_string(&schedule.spec()).unwrap()
    }

    #[test]
    fn schedules_come_to_what_is_stored() {
        assert_eq!(
            spec("{cron: '0 3 * * *', timezone: Europe/Lisbon, start: 2026-01-01, catchup: 6h}"),
            r#"{"cron":"0 3 * * *","timezone":"Europe/Lisbon","start":"2026-01-01","catchup":"21600s"}"#
        );
        assert_eq!(
            spec("{every: 90s, offset: 1s, overlap: skip, partition: none, calendar: {name: c}}"),
            r#"{"every":"90s","offset":"1s","calendar":{"mode":"only","name":"c"},"overlap":"skip","partition":"none"}"#
        );
    }

    #[test]
    fn what_contradicts_itself_is_refused_where_it_stands() {
        let refused = |schedule: &str| {
            let found = parse(&pipeline(schedule)).diagnostics;
            found.iter().map(|it| format!("{} {}", it.code.name(), it.message)).collect::<Vec<_>>()
        };
        let both = "{cron: '0 3 * * *', start: 2026-01-02, end: 2026-01-01}";
        assert_eq!(refused(both), ["E017 it is not after 'start'"]);
        assert_eq!(refused("{rrule: 'FREQ=DAILY'}").len(), 1);
        assert_eq!(refused("{every: 10ms}").len(), 1);
        let long = format!("{{every: 1h, id: {}}}", "x".repeat(57));
        assert_eq!(refused(&long), ["E007 the id of a schedule has at most 56 characters"]);
    }
}
