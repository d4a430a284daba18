//! Calendars: days with a name, which schedules of pipelines refer to.

use std::sync::Arc;

use compasso_schedule::{DaysSpec, ics};
use compasso_scheduler::{Calendar, CalendarError};
use compasso_types::Timestamp;
use serde::{Deserialize, Serialize};

use crate::constraints::Constraints;
use crate::dates::iso;
use crate::{Caller, Error, Service};

const TEXT_CHARS_MAX: usize = 512;

/// A calendar to be, or to be changed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PutCalendar {
    /// What people say about it.
    pub description: Option<String>,
    /// Dates: `2026-12-25`.
    pub dates: Vec<String>,
    /// Days of every week: `SAT`.
    pub weekdays: Vec<String>,
    /// Rules of iCalendar: `FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25`.
    pub rules: Vec<String>,
    /// The text of a file of iCalendar, whose days are added.
    pub ics: Option<String>,
    /// Who asks.
    pub by: Option<Arc<str>>,
}

/// A calendar.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[expect(missing_docs, reason = "as in `PutCalendar`")]
pub struct CalendarView {
    pub name: Arc<str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub dates: Vec<String>,
    pub weekdays: Vec<String>,
    pub rules: Vec<String>,
    #[serde(serialize_with = "iso")]
    pub modified: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<Arc<str>>,
}

/// The calendars of an account in a region.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Calendars {
    /// By name; their number is bounded, so they are one page.
    pub items: Vec<CalendarView>,
}

impl Service {
    /// Creates or changes a calendar of the caller. Schedules that refer to it follow from then on.
    ///
    /// # Errors
    /// Something in it cannot be used.
    pub async fn put_calendar(
        &self,
        caller: &Caller,
        name: &str,
        request: PutCalendar,
    ) -> Result<CalendarView, Error> {
        Constraints::default()
            .chars_if("description", request.description.as_deref(), 0..=TEXT_CHARS_MAX)
            .chars_if("by", request.by.as_deref(), 0..=TEXT_CHARS_MAX)
            .check()?;
        let PutCalendar { description, mut dates, weekdays, rules, ics, by } = request;
        if let Some(text) = ics {
            let days =
                ics::parse(&text).map_err(|error| Error::validation(format!("ics: {error}")));
            dates.extend(days?.dates);
            dates.sort_unstable();
            dates.dedup();
        }
        let days = DaysSpec { dates, weekdays, rules };
        let modified = self.now();
        let calendar = Calendar { name: name.into(), description, days, modified, by };
        let put = self.inner.scheduler.put_calendar(&realm(caller), &calendar).await;
        put.map_err(|error| refused(name, error))?;
        Ok(CalendarView::of(calendar))
    }

    /// Describes a calendar of the caller.
    ///
    /// # Errors
    /// There is none of this name.
    pub async fn calendar(&self, caller: &Caller, name: &str) -> Result<CalendarView, Error> {
        let found = self.inner.scheduler.calendar(&realm(caller), name).await?;
        found.map(CalendarView::of).ok_or_else(|| refused(name, CalendarError::NoCalendar))
    }

    /// Lists the calendars of the caller.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn list_calendars(&self, caller: &Caller) -> Result<Calendars, Error> {
        let found = self.inner.scheduler.list_calendars(&realm(caller)).await?;
        Ok(Calendars { items: found.into_iter().map(CalendarView::of).collect() })
    }

    /// Deletes a calendar of the caller that no schedule refers to.
    ///
    /// # Errors
    /// There is none of this name, or a schedule refers to it.
    pub async fn delete_calendar(&self, caller: &Caller, name: &str) -> Result<(), Error> {
        let deleted = self.inner.scheduler.delete_calendar(&realm(caller), &name.into()).await;
        deleted.map_err(|error| refused(name, error))
    }
}

impl CalendarView {
    fn of(calendar: Calendar) -> Self {
        let DaysSpec { dates, weekdays, rules } = calendar.days;
        Self {
            name: calendar.name,
            description: calendar.description,
            dates,
            weekdays,
            rules,
            modified: calendar.modified,
            by: calendar.by,
        }
    }
}

/// Returns what ARNs of a caller begin with.
fn realm(caller: &Caller) -> String {
    format!("arn:aws:states:{}:{}:", caller.region, caller.account)
}

fn refused(name: &str, error: CalendarError) -> Error {
    match error {
        CalendarError::NoCalendar => Error::ResourceNotFound { arn: format!("calendar {name}") },
        CalendarError::Used(_) => Error::Conflict(error.to_string()),
        CalendarError::Runtime(error) => error.into(),
        other => Error::validation(other.to_string()),
    }
}
