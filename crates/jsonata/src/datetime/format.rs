//! Writing dates and times.

use super::calendar::{DAY_MS, Date};
use super::integer::{Form, IntegerPicture};
use compasso_types::calendar::MONTHS;

use super::picture::{Marker, Part, Picture};
use crate::budget::Budget;
use crate::error::{Result, failed};
use crate::value::{Value, quoted};

/// Names of the days, Monday first.
pub(super) const DAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// An instant as a clock on the wall shows it.
pub(super) struct Moment {
    date: Date,
    /// Milliseconds of the day.
    time: i64,
    /// Minutes east of UTC.
    offset: i64,
}

impl Moment {
    pub(super) fn new(millis: i64, offset: i64) -> Self {
        let local = millis + offset * 60_000;
        let date = Date::from_days(local.div_euclid(DAY_MS));
        Self { date, time: local.rem_euclid(DAY_MS), offset }
    }

    /// Returns the number a component stands for; `P` is 0 in the morning.
    pub(super) fn component(&self, component: char) -> i64 {
        let hour = self.time / 3_600_000;
        match component {
            'Y' => self.date.year,
            'M' => self.date.month,
            'D' => self.date.day,
            'd' => self.date.day_of_year(),
            'F' => self.date.weekday(),
            'X' => self.date.thursday().year,
            'x' => self.date.thursday().month,
            'W' => (self.date.thursday().day_of_year() - 1) / 7 + 1,
            'w' => (self.date.thursday().day - 1) / 7 + 1,
            'H' => hour,
            'h' => (hour + 11) % 12 + 1,
            'P' => hour / 12,
            'm' => self.time / 60_000 % 60,
            's' => self.time / 1000 % 60,
            _ => self.time % 1000,
        }
    }
}

impl Picture {
    /// Writes an instant for a zone `offset` minutes east of UTC.
    pub(super) fn format(&self, millis: i64, offset: i64, budget: &Budget) -> Result<String> {
        let moment = Moment::new(millis, offset);
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(text) => out.push_str(text),
                Part::Marker(marker) => out.push_str(&marker.format(&moment, budget)?),
            }
        }
        Ok(out)
    }
}

impl Marker {
    fn format(&self, moment: &Moment, budget: &Budget) -> Result<String> {
        match self.component {
            'C' | 'E' => return Ok("ISO".into()),
            'P' => {
                let half = if moment.component('P') == 0 { "am" } else { "pm" };
                return Ok(self.names.map_or(half.to_owned(), |case| match case {
                    super::integer::Case::Upper => half.to_uppercase(),
                    _ => half.to_owned(),
                }));
            }
            'Z' | 'z' => return self.format_zone(moment.offset, budget),
            _ => {}
        }
        let mut value = moment.component(self.component);
        if let Some(case) = self.names {
            let name = match self.component {
                'M' | 'x' => MONTHS[(value - 1) as usize],
                'F' => DAYS[(value - 1) as usize],
                other => {
                    let component = quoted(&Value::string(other.to_string()));
                    let message = format!(
                        "The 'name' modifier can only be applied to months and days in the date/time picture string, not {component}"
                    );
                    return Err(failed("D3133", message));
                }
            };
            let name = case.apply(name);
            return Ok(name.chars().take(self.width_max.unwrap_or(usize::MAX)).collect());
        }
        if let Some(digits) = self.year_digits
            && digits < 18
        {
            value %= 10_i64.pow(digits as u32);
        }
        match &self.integer {
            Some(picture) => picture.format(value as f64, budget),
            None => Ok(value.to_string()),
        }
    }

    fn format_zone(&self, minutes: i64, budget: &Budget) -> Result<String> {
        if minutes == 0 && self.zulu {
            return Ok("Z".into());
        }
        let sign = if minutes < 0 { '-' } else { '+' };
        let (hours, rest) = (minutes.abs() / 60, minutes.abs() % 60);
        let together = (hours * 100 + rest) as f64;
        let zone = match &self.integer {
            Some(picture @ IntegerPicture { form: Form::Decimal(decimal), .. }) => {
                match decimal.mandatory {
                    _ if decimal.separator().is_some() => picture.format(together, budget)?,
                    1 | 2 => {
                        let hours = picture.format(hours as f64, budget)?;
                        if rest > 0 { format!("{hours}:{rest:02}") } else { hours }
                    }
                    3 | 4 => picture.format(together, budget)?,
                    _ => {
                        let message = "The timezone integer format specifier cannot have more than four digits";
                        return Err(failed("D3134", message));
                    }
                }
            }
            Some(picture) => picture.format(together, budget)?,
            None => format!("{hours:02}:{rest:02}"),
        };
        let prefix = if self.component == 'z' { "GMT" } else { "" };
        Ok(format!("{prefix}{sign}{zone}"))
    }
}
