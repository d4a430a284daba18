//! What a schedule says, in plain words.

use compasso_types::calendar::MONTHS;

use crate::cron::DayMatch;
use crate::{Spec, duration};

const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
/// Most times of day that are told one by one.
const TIMES_TOLD: usize = 6;
/// Most instants of a list that are told one by one.
const INSTANTS_TOLD: usize = 3;
/// The units that periods are told in, longest first, in milliseconds.
const UNITS: [(&str, u128); 6] = [
    ("week", 7 * 86_400_000),
    ("day", 86_400_000),
    ("hour", 3_600_000),
    ("minute", 60_000),
    ("second", 1_000),
    ("millisecond", 1),
];

/// Tells when a schedule is due, in plain words: `at 02:30 every day (Europe/Lisbon)`.
pub fn describe(spec: &Spec) -> String {
    let (text, zone) = match &spec.cron {
        Some(cron) => {
            let (text, zone) = without_zone(cron);
            (cron_words(text, spec.day_match.unwrap_or_default()), zone)
        }
        None => (other_words(spec), None),
    };
    match zone.or(spec.timezone.as_deref()) {
        Some(zone) if spec.every.is_none() => format!("{text} ({zone})"),
        _ => text,
    }
}

fn other_words(spec: &Spec) -> String {
    if let Some(every) = &spec.every {
        return period_words(every);
    }
    if let Some(rule) = &spec.rrule {
        return format!("by the rule {rule}");
    }
    match spec.at.as_slice() {
        [] => "never".into(),
        times if times.len() <= INSTANTS_TOLD => format!("at {}", listed(times)),
        [first, .., last] => format!("at {} times from {first} to {last}", spec.at.len()),
        [only] => format!("at {only}"),
    }
}

/// Tells a period in the longest unit that it is a whole number of.
fn period_words(text: &str) -> String {
    let millis = duration::parse(text.trim()).map_or(0, |period| period.as_millis());
    match UNITS.iter().find(|(_, length)| millis > 0 && millis.is_multiple_of(*length)) {
        Some((unit, length)) if millis == *length => format!("every {unit}"),
        Some((unit, length)) => format!("every {} {unit}s", millis / length),
        None => format!("every {text}"),
    }
}

fn without_zone(cron: &str) -> (&str, Option<&str>) {
    let cron = cron.trim();
    let zone = cron.strip_prefix("CRON_TZ=").or_else(|| cron.strip_prefix("TZ="));
    match zone.and_then(|rest| rest.split_once(char::is_whitespace)) {
        Some((zone, rest)) => (rest.trim(), Some(zone)),
        None => (cron, None),
    }
}

fn cron_words(cron: &str, day_match: DayMatch) -> String {
    let expanded = match cron.to_ascii_lowercase().as_str() {
        "@yearly" | "@annually" => "0 0 1 1 *",
        "@monthly" => "0 0 1 * *",
        "@weekly" => "0 0 * * 0",
        "@daily" | "@midnight" => "0 0 * * *",
        "@hourly" => "0 * * * *",
        _ => cron,
    };
    if let Some(every) = expanded.strip_prefix("@every ") {
        return period_words(every);
    }
    let fields: Vec<&str> = expanded.split_whitespace().collect();
    let (second, rest) = match fields.as_slice() {
        [second, rest @ ..] if rest.len() == 5 => (*second, rest),
        rest => ("0", rest),
    };
    let [minute, hour, day, month, weekday] = rest else { return cron.to_owned() };
    let days = days(day, weekday, day_match);
    let months = match *month {
        "*" => String::new(),
        month => format!(" in {}", each(month, &|it| named(it, &MONTHS, 1), "month")),
    };
    format!("{}{days}{months}", times(second, minute, hour, day_is_told(day, weekday)))
}

fn day_is_told(day: &str, weekday: &str) -> bool {
    !is_any(day) || !is_any(weekday)
}

fn is_any(field: &str) -> bool {
    matches!(field, "*" | "?")
}

/// Tells the times of day.
fn times(second: &str, minute: &str, hour: &str, days_follow: bool) -> String {
    let numbers = |field: &str| -> Option<Vec<u32>> {
        field.split(',').map(|part| part.parse().ok()).collect()
    };
    let every_day = if days_follow { "" } else { " every day" };
    if let (Some(seconds), Some(minutes), Some(hours)) =
        (numbers(second), numbers(minute), numbers(hour))
        && seconds.len() * minutes.len() * hours.len() <= TIMES_TOLD
    {
        let mut told = Vec::new();
        for hour in &hours {
            for minute in &minutes {
                for second in &seconds {
                    let second = if *second > 0 { format!(":{second:02}") } else { String::new() };
                    told.push(format!("{hour:02}:{minute:02}{second}"));
                }
            }
        }
        return format!("at {}{every_day}", listed(&told));
    }
    let of = |field: &str, unit: &str| match (field, field.strip_prefix("*/")) {
        ("*", _) => format!("every {unit}"),
        (_, Some(step)) => format!("every {step} {unit}s"),
        _ if field.contains('H') => format!("at a {unit} that follows from the name"),
        _ => format!("at {unit} {}", each(field, &str::to_owned, unit)),
    };
    let mut told = if second == "0" { String::new() } else { of(second, "second") };
    if minute != "*" || told.is_empty() {
        let minutes = of(minute, "minute");
        told = if told.is_empty() { minutes } else { format!("{told}, {minutes}") };
    }
    if hour != "*" {
        told = format!("{told}, {}", of(hour, "hour"));
    } else if !minute.contains('*') {
        told = format!("{told} of every hour");
    }
    told
}

/// Tells the days, with a blank in front.
fn days(day: &str, weekday: &str, day_match: DayMatch) -> String {
    let of_month = (!is_any(day)).then(|| day_words(day));
    let of_week = (!is_any(weekday)).then(|| weekday_words(weekday));
    match (of_month, of_week) {
        (None, None) => String::new(),
        (Some(days), None) | (None, Some(days)) => format!(" {days}"),
        (Some(of_month), Some(of_week)) => match day_match {
            DayMatch::Any => format!(" {of_month} or {of_week}"),
            DayMatch::All => format!(" {of_month} if it is also {of_week}"),
        },
    }
}

fn day_words(field: &str) -> String {
    let one = |part: &str| match (part, part.strip_suffix('W')) {
        ("L", _) => "the last day".to_owned(),
        ("LW", _) => "the last day from Monday to Friday".to_owned(),
        (_, Some(day)) => format!("the day from Monday to Friday nearest to day {day}"),
        _ => format!("day {part}"),
    };
    match field.strip_prefix("*/") {
        Some(step) => format!("on every {step} days of the month"),
        None if field.contains('H') => "on a day that follows from the name".to_owned(),
        None => format!("on {} of the month", each(field, &one, "day")),
    }
}

fn weekday_words(field: &str) -> String {
    let name = |text: &str| named(text, &WEEKDAYS, 0);
    let one = |part: &str| {
        if let Some((day, which)) = part.split_once('#') {
            let which = match which {
                "1" => "first",
                "2" => "second",
                "3" => "third",
                "4" => "fourth",
                _ => "fifth",
            };
            return format!("the {which} {} of the month", name(day));
        }
        match part.strip_suffix('L').filter(|day| !day.is_empty()) {
            Some(day) if !day.ends_with(|c: char| c.is_ascii_alphabetic()) => {
                format!("the last {} of the month", name(day))
            }
            _ => name(part),
        }
    };
    if field.contains('H') && !field.to_ascii_uppercase().contains("THU") {
        return "on a day of the week that follows from the name".to_owned();
    }
    format!("on {}", each(field, &one, "day"))
}

/// Tells a list of values, ranges and steps.
fn each(field: &str, one: &dyn Fn(&str) -> String, unit: &str) -> String {
    let part = |part: &str| {
        let (range, step) = part.split_once('/').map_or((part, None), |(it, by)| (it, Some(by)));
        let told = match range.split_once('-') {
            Some((from, to)) => format!("{} to {}", one(from), one(to)),
            None if range == "*" => format!("any {unit}"),
            None => one(range),
        };
        match step {
            Some(step) => format!("{told} by {step}"),
            None => told,
        }
    };
    listed(&field.split(',').map(part).collect::<Vec<_>>())
}

/// Returns the name of a number, or of the first letters of it.
fn named(text: &str, names: &[&str], first: usize) -> String {
    let by_number = text.parse().ok().and_then(|number: usize| {
        let index = number.checked_sub(first)?;
        names.get(index % names.len().max(1)).copied()
    });
    let starts = |name: &&&str| {
        text.len() >= 3 && name.to_ascii_uppercase().starts_with(&text.to_ascii_uppercase())
    };
    let found = by_number.or_else(|| names.iter().find(starts).copied());
    found.map_or_else(|| text.to_owned(), str::to_owned)
}

/// Joins texts: `a, b and c`.
fn listed<T: AsRef<str>>(texts: &[T]) -> String {
    match texts {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", first.join(", "), last.as_ref())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cron(text: &str) -> String {
        describe(&Spec { cron: Some(text.into()), ..Spec::default() })
    }

    #[test]
    fn crons_are_told_in_plain_words() {
        for (text, words) in [
            ("30 2 * * *", "at 02:30 every day"),
            ("0 9,18 * * MON-FRI", "at 09:00 and 18:00 on Monday to Friday"),
            ("*/15 * * * *", "every 15 minutes"),
            ("5 * * * *", "at minute 5 of every hour"),
            ("0 0 L * *", "at 00:00 on the last day of the month"),
            ("0 9 13 * 5", "at 09:00 on day 13 of the month or on Friday"),
            ("0 9 * * 5#2", "at 09:00 on the second Friday of the month"),
            ("0 9 * * 5L", "at 09:00 on the last Friday of the month"),
            ("0 6 1 1,7 *", "at 06:00 on day 1 of the month in January and July"),
            ("*/10 8-17 * * *", "every 10 minutes, at hour 8 to 17"),
            ("H 2 * * *", "at a minute that follows from the name, at hour 2"),
            ("15 0 0 * * *", "at 00:00:15 every day"),
            (
                "0 0 15W * *",
                "at 00:00 on the day from Monday to Friday nearest to day 15 of the month",
            ),
            ("@daily", "at 00:00 every day"),
            ("@every 90s", "every 90 seconds"),
            ("@every 1h", "every hour"),
            ("TZ=Europe/Lisbon 0 3 * * *", "at 03:00 every day (Europe/Lisbon)"),
            ("0 12 * * THU", "at 12:00 on Thursday"),
            ("0 12 * * 7", "at 12:00 on Sunday"),
        ] {
            assert_eq!(cron(text), words, "{text}");
        }
    }

    #[test]
    fn periods_are_told_in_whole_units() {
        for (text, words) in [
            ("3600s", "every hour"),
            ("90m", "every 90 minutes"),
            ("PT2H", "every 2 hours"),
            ("1h30m15s", "every 5415 seconds"),
            ("24h", "every day"),
            ("7d", "every week"),
            ("1", "every second"),
            ("1500ms", "every 1500 milliseconds"),
            ("soon", "every soon"),
        ] {
            let spec = Spec { every: Some(text.into()), ..Spec::default() };
            assert_eq!(describe(&spec), words, "{text}");
        }
    }

    #[test]
    fn other_schedules_are_told_as_they_are_written() {
        let at = ["2026-01-01", "2026-02-01"].map(str::to_owned).to_vec();
        let spec = Spec { at, timezone: Some("Europe/Lisbon".into()), ..Spec::default() };
        assert_eq!(describe(&spec), "at 2026-01-01 and 2026-02-01 (Europe/Lisbon)");
    }
}
