//! The days of a calendar.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};

use crate::rrule::Rule;
use crate::wall::Wall;
use crate::{Zone, limits};

/// Some days.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Days {
    /// Days by their date.
    pub dates: BTreeSet<Date>,
    /// Days of every week.
    pub weekdays: Vec<Weekday>,
}

/// Days as people write them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DaysSpec {
    /// Dates: `2026-12-25`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dates: Vec<String>,
    /// Days of every week: `SAT`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub weekdays: Vec<String>,
    /// Rules of iCalendar: `FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
}

/// Days that a server knows by the names of calendars.
pub type Calendars = BTreeMap<Arc<str>, Days>;

/// The first and the last day that rules give.
const RULES_BEGIN: Date = Date::constant(2000, 1, 1);
const RULES_END: Date = Date::constant(2099, 12, 31);

impl Days {
    /// Says if a day is one of them.
    pub fn has(&self, date: Date) -> bool {
        self.dates.contains(&date) || self.weekdays.contains(&date.weekday())
    }

    /// Says if every day of a week is one of them.
    pub(crate) fn has_all(&self) -> bool {
        let week = RULES_BEGIN.series(jiff::Span::new().days(1)).take(7);
        week.filter(|date| self.weekdays.contains(&date.weekday())).count() == 7
    }
}

impl DaysSpec {
    /// Returns the days. Rules begin with the year 2000 and end with 2099.
    ///
    /// # Errors
    /// All that cannot be used.
    pub fn compile(&self) -> Result<Days, Vec<String>> {
        let mut problems = Vec::new();
        let mut days = Days::default();
        for text in self.dates.iter().take(limits::CALENDAR_DAYS_MAX) {
            match text.parse() {
                Ok(date) => drop(days.dates.insert(date)),
                Err(_) => problems.push(format!("'{text}' is no date like 2026-12-25")),
            }
        }
        for text in self.weekdays.iter().take(limits::CALENDAR_DAYS_MAX) {
            match weekday(text) {
                Some(weekday) => days.weekdays.push(weekday),
                None => problems.push(format!("'{text}' is no day of MON to SUN")),
            }
        }
        for text in self.rules.iter().take(limits::CALENDAR_RULES_MAX) {
            match rule_days(text, RULES_BEGIN) {
                Ok(found) => days.dates.extend(found),
                Err(problem) => problems.push(format!("'{text}': {problem}")),
            }
        }
        let most = limits::CALENDAR_DAYS_MAX;
        if self.dates.len().max(self.weekdays.len()).max(days.dates.len()) > most {
            problems.push(format!("it has more than {most} dates"));
        }
        if self.rules.len() > limits::CALENDAR_RULES_MAX {
            problems.push(format!("it has more than {} rules", limits::CALENDAR_RULES_MAX));
        }
        if problems.is_empty() { Ok(days) } else { Err(problems) }
    }
}

/// Returns the days that a rule gives from a day on, until 2099; one more than there may be tells
/// that there are more.
pub(crate) fn rule_days(text: &str, begin: Date) -> Result<BTreeSet<Date>, String> {
    if text.len() > limits::CRON_BYTES_MAX {
        return Err(format!("it is longer than {} bytes", limits::CRON_BYTES_MAX));
    }
    let begin = begin.at(0, 0, 0, 0);
    let rule = Rule::parse(text, begin, &Zone::utc()).map_err(|error| error.to_string())?;
    let (mut dates, mut from) = (BTreeSet::new(), Wall::of(begin));
    while let Some(found) = rule.next(from) {
        let date = found.date_time().date();
        if date > RULES_END || dates.len() > limits::CALENDAR_DAYS_MAX {
            break;
        }
        dates.insert(date);
        from = Wall(found.0 + 1);
    }
    Ok(dates)
}

fn weekday(text: &str) -> Option<Weekday> {
    const NAMES: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
    let index = NAMES.iter().position(|name| name.eq_ignore_ascii_case(text))?;
    Weekday::from_sunday_zero_offset(index as i8).ok()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn rules_give_days_of_a_century() {
        let rules = vec!["FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25".to_owned()];
        let days = DaysSpec { rules, ..DaysSpec::default() }.compile().unwrap();
        assert_eq!(days.dates.len(), 100);
        assert!(days.has(date(2026, 12, 25)) && !days.has(date(2026, 12, 26)));
    }

    #[test]
    fn all_that_cannot_be_used_is_told_at_once() {
        let some = |texts: &[&str]| texts.iter().map(ToString::to_string).collect();
        let spec = DaysSpec {
            dates: some(&["2026-02-30"]),
            weekdays: some(&["SOMEDAY"]),
            rules: some(&["FREQ=NEVER", "FREQ=DAILY"]),
        };
        let problems = spec.compile().unwrap_err();
        assert_eq!(problems.len(), 4, "{problems:?}");
        assert!(problems[3].contains("more than 10000 dates"), "{problems:?}");
    }
}
