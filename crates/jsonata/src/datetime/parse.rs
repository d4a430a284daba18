//! Reading dates and times.

use regex::RegexBuilder;

use super::calendar::{DAY_MS, Date};
use compasso_types::calendar::MONTHS;

use super::format::{DAYS, Moment};
use super::integer::{Form, IntegerPicture};
use super::picture::{Marker, Part, Picture};
use crate::error::{Result, failed};

/// The components that were read, with their values.
type Components = Vec<(char, f64)>;

impl Picture {
    /// Reads an instant; `None` if the text does not match. What the picture leaves out before its
    /// largest component is taken from `now`.
    pub(super) fn read(&self, text: &str, now: i64) -> Result<Option<i64>> {
        let mut pattern = String::from("^");
        for part in &self.parts {
            match part {
                Part::Literal(text) => pattern.push_str(&regex::escape(text)),
                Part::Marker(marker) => {
                    pattern.push('(');
                    pattern.push_str(&marker.pattern()?);
                    pattern.push(')');
                }
            }
        }
        pattern.push('$');
        let compiled =
            RegexBuilder::new(&pattern).case_insensitive(true).size_limit(1 << 20).build();
        let Ok(compiled) = compiled else {
            return Err(failed("D3136", "The date/time picture string is too complex to parse by"));
        };
        let Some(captures) = compiled.captures(text) else {
            return Ok(None);
        };
        let markers = self.parts.iter().filter_map(|part| match part {
            Part::Marker(marker) => Some(marker),
            Part::Literal(_) => None,
        });
        let mut components = Components::new();
        for (index, marker) in markers.enumerate() {
            let text = captures.get(index + 1).map_or("", |group| group.as_str());
            match marker.read(text)? {
                Some(value) => components.push((marker.component, value)),
                None => return Ok(None),
            }
        }
        if components.is_empty() { Ok(None) } else { assemble(&components, now) }
    }
}

impl Marker {
    fn pattern(&self) -> Result<String> {
        Ok(match (self.component, &self.integer) {
            ('Z' | 'z', integer) => {
                let prefix = if self.component == 'z' { "GMT" } else { "" };
                let separator = match integer {
                    Some(IntegerPicture { form: Form::Decimal(decimal), .. }) => {
                        decimal.separator()
                    }
                    _ => None,
                };
                let digits = match separator {
                    Some(separator) => {
                        format!("[0-9]+{}[0-9]+", regex::escape(&separator.to_string()))
                    }
                    None => "[0-9]+".into(),
                };
                let zulu = if self.zulu { "|Z" } else { "" };
                format!("{prefix}[-+]{digits}{zulu}")
            }
            (_, Some(picture)) => picture.pattern()?,
            (_, None) => "[a-zA-Z]+".into(),
        })
    }

    fn read(&self, text: &str) -> Result<Option<f64>> {
        if matches!(self.component, 'Z' | 'z') {
            return Ok(Some(zone_minutes(
                text.trim_start_matches(|c: char| c.is_ascii_alphabetic()),
            )));
        }
        if let Some(picture) = &self.integer {
            return picture.read(text);
        }
        let position = |names: &[&str], first: f64| {
            let width = self.width_max.unwrap_or(usize::MAX);
            let place = names.iter().position(|name| {
                let shortened: String = name.chars().take(width).collect();
                shortened.eq_ignore_ascii_case(text)
            });
            place.map(|place| place as f64 + first)
        };
        Ok(match self.component {
            'M' | 'x' => position(&MONTHS, 1.0),
            'F' => position(&DAYS, 1.0),
            'P' => position(&["am", "pm"], 0.0),
            _ => Some(0.0),
        })
    }
}

fn zone_minutes(text: &str) -> f64 {
    let negative = text.starts_with('-');
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let number: i64 = digits.parse().unwrap_or(0);
    // One or two digits are hours.
    let minutes = if digits.len() <= 2 { number * 60 } else { number / 100 * 60 + number % 100 };
    if negative { -(minutes as f64) } else { minutes as f64 }
}

fn incomplete() -> crate::EvaluationError {
    let message =
        "The date/time picture string is missing specifiers required to parse the timestamp";
    failed("D3136", message)
}

fn assemble(components: &Components, now: i64) -> Result<Option<i64>> {
    let has = |name: char| given(components, name).is_some();
    let by_day_of_year = has('d') && !has('M') && !has('D');
    if (has('X') || has('W') || has('w')) && !has('D') {
        return Err(incomplete());
    }
    let twelve_hours = has('h') || has('P');
    let values = complete(components, by_day_of_year, twelve_hours, now)?;
    let value = |name: char| given(&values, name).unwrap_or(0.0) as i64;
    // JavaScript takes years below 100 for years of the twentieth century.
    let year = match value('Y') {
        year @ 0..100 => 1900 + year,
        year => year.min(400_000),
    };
    let date = if by_day_of_year {
        Date { year, month: 1, day: value('d').clamp(0, 100_000) }
    } else {
        let month = value('M').clamp(0, 100_000);
        Date { year, month, day: value('D').clamp(0, 100_000) }
    };
    let hour = if twelve_hours { value('h') % 12 + 12 * value('P').min(1) } else { value('H') };
    let clock = [hour, value('m'), value('s'), value('f')].map(|part| part.clamp(0, 1 << 40));
    let millis = ((clock[0] * 60 + clock[1]) * 60 + clock[2]) * 1000 + clock[3];
    let zone = given(components, 'Z').or(given(components, 'z')).unwrap_or(0.0) as i64;
    Ok(Some(date.days() * DAY_MS + millis - zone.clamp(-100_000, 100_000) * 60_000))
}

fn given(components: &Components, name: char) -> Option<f64> {
    components.iter().rev().find(|(component, _)| *component == name).map(|(_, value)| *value)
}

/// Fills in what was not read: larger components from `now`, smaller ones with their first value.
fn complete(
    components: &Components,
    by_day_of_year: bool,
    twelve_hours: bool,
    now: i64,
) -> Result<Components> {
    let order = match (by_day_of_year, twelve_hours) {
        (true, true) => "YdPhmsf",
        (true, false) => "YdHmsf",
        (false, true) => "YMDPhmsf",
        (false, false) => "YMDHmsf",
    };
    let today = Moment::new(now, 0);
    let (mut started, mut ended) = (false, false);
    let mut values = Components::new();
    for name in order.chars() {
        let value = match given(components, name) {
            Some(value) if !ended => {
                started = true;
                value
            }
            Some(_) => return Err(incomplete()),
            None if started => {
                ended = true;
                if "MDd".contains(name) { 1.0 } else { 0.0 }
            }
            None => today.component(name) as f64,
        };
        values.push((name, value));
    }
    Ok(values)
}
