//! Calendars: days with a name, which schedules of the same account and region refer to.

use std::sync::{Arc, PoisonError};

use compasso_runtime::RuntimeError;
use compasso_schedule::{Calendars, DaysSpec};
use compasso_store::{DocumentChange, Expected};
use compasso_types::Timestamp;
use serde::{Deserialize, Serialize};
use tracing::error;

use crate::Scheduler;
use crate::limits::{CALENDARS_MAX, NAME_CHARS_MAX, PAGE};
use crate::record as records;

/// The kind of documents that are calendars; the key is the ARN.
const CALENDAR: &str = "calendar";
/// The type of calendars in ARNs.
const TYPE: &str = "calendar:";

/// A calendar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    /// Its name.
    pub name: Arc<str>,
    /// What people say about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Its days.
    pub days: DaysSpec,
    /// When it was changed last.
    pub modified: Timestamp,
    /// Who changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Arc<str>>,
}

/// A calendar was not changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CalendarError {
    /// Something in it cannot be used.
    #[error("{}", .0.join("; "))]
    Invalid(Vec<String>),
    /// There is none of this name.
    #[error("there is no calendar of this name")]
    NoCalendar,
    /// Schedules refer to it: their ARNs.
    #[error("schedules refer to it: {}", .0.join(", "))]
    Used(Vec<String>),
    /// See [`RuntimeError`].
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
}

/// Returns what the ARNs of an account and region begin with.
fn realm(arn: &str) -> &str {
    let end = arn.match_indices(':').nth(4).map_or(arn.len(), |(at, _)| at + 1);
    &arn[..end]
}

impl Scheduler {
    /// Reads all calendars.
    pub(crate) async fn read_calendars(&self) -> Result<(), RuntimeError> {
        let mut after: Option<String> = None;
        loop {
            let store = self.inner.runtime.store();
            let page = store.documents(CALENDAR, "", after.as_deref(), PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.key.clone());
            for document in page {
                let days = records::read::<Calendar>(&document).map(|it| (it.name, it.days));
                match days.map(|(name, days)| (name, days.compile())) {
                    Ok((name, Ok(days))) => self.know(realm(&document.key), &name, Some(days)),
                    Ok((_, Err(problems))) => {
                        error!(calendar = document.key, ?problems, "calendar is set aside");
                    }
                    Err(error) => error!(calendar = document.key, %error, "calendar is set aside"),
                }
            }
        }
    }

    /// Returns the calendars that the resource of an ARN can refer to.
    pub(crate) fn calendars(&self, arn: &str) -> Arc<Calendars> {
        // Nothing panics under the lock.
        let all = self.inner.calendars.read().unwrap_or_else(PoisonError::into_inner);
        all.get(realm(arn)).cloned().unwrap_or_default()
    }

    fn know(&self, realm: &str, name: &Arc<str>, days: Option<compasso_schedule::Days>) {
        let mut all = self.inner.calendars.write().unwrap_or_else(PoisonError::into_inner);
        let calendars = Arc::make_mut(all.entry(realm.into()).or_default());
        match days {
            Some(days) => drop(calendars.insert(name.clone(), days)),
            None => drop(calendars.remove(name)),
        }
    }

    /// Creates or changes a calendar; `realm` is what ARNs of its account and region begin with. The
    /// schedules that refer to it follow from now on.
    ///
    /// # Errors
    /// See [`CalendarError`].
    pub async fn put_calendar(
        &self,
        realm: &str,
        calendar: &Calendar,
    ) -> Result<(), CalendarError> {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let name = &calendar.name;
        if !(1..=NAME_CHARS_MAX).contains(&name.len()) || !name.chars().all(fits) {
            let way_out = format!("write 1 to {NAME_CHARS_MAX} letters, digits, '-', '_' and '.'");
            return Err(CalendarError::Invalid(vec![format!("'{name}' is no name; {way_out}")]));
        }
        let days = calendar.days.compile().map_err(CalendarError::Invalid)?;
        let known = self.calendars(realm);
        if !known.contains_key(name) && known.len() >= CALENDARS_MAX {
            let problem = format!("there are {CALENDARS_MAX} calendars already");
            return Err(CalendarError::Invalid(vec![problem]));
        }
        self.write_all(vec![change(realm, name, Some(calendar))]).await?;
        self.know(realm, name, Some(days));
        self.follow_calendar(realm, name).await;
        Ok(())
    }

    /// Deletes a calendar that no schedule refers to.
    ///
    /// # Errors
    /// See [`CalendarError`].
    pub async fn delete_calendar(&self, realm: &str, name: &Arc<str>) -> Result<(), CalendarError> {
        if self.calendar(realm, name).await?.is_none() {
            return Err(CalendarError::NoCalendar);
        }
        let used = self.users_of(realm, name).await;
        if !used.is_empty() {
            let shown = used.iter().take(USERS_SHOWN).map(ToString::to_string);
            return Err(CalendarError::Used(shown.collect()));
        }
        self.write_all(vec![change(realm, name, None)]).await?;
        self.know(realm, name, None);
        Ok(())
    }

    /// Describes a calendar.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn calendar(
        &self,
        realm: &str,
        name: &str,
    ) -> Result<Option<Calendar>, RuntimeError> {
        let key = format!("{realm}{TYPE}{name}");
        let found = self.inner.runtime.store().document(CALENDAR, &key).await?;
        Ok(found.as_ref().map(records::read).transpose()?)
    }

    /// Lists the calendars of an account and region by name; their number is bounded.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn list_calendars(&self, realm: &str) -> Result<Vec<Calendar>, RuntimeError> {
        let prefix = format!("{realm}{TYPE}");
        let store = self.inner.runtime.store();
        let page = store.documents(CALENDAR, &prefix, None, CALENDARS_MAX).await?;
        Ok(page.iter().map(records::read).collect::<Result<_, _>>()?)
    }

    /// Returns the ARNs of the schedules that refer to a calendar.
    async fn users_of(&self, realm: &str, name: &str) -> Vec<Arc<str>> {
        let mut users = Vec::new();
        for arn in self.inner.slots.arns(realm) {
            let Some(described) = self.describe(&arn).await else { continue };
            let calendar = described.record.spec.calendar.and_then(|calendar| calendar.name);
            if calendar.as_deref() == Some(name) {
                users.push(arn);
            }
        }
        users
    }

    /// Has the schedules that refer to a calendar know its days.
    async fn follow_calendar(&self, realm: &str, name: &str) {
        for arn in self.users_of(realm, name).await {
            let Some(slot) = self.inner.slots.get(&arn) else { continue };
            let mut held = slot.lock().await;
            let Some(entry) = held.as_mut() else { continue };
            match self.entry(&arn, entry.record.clone(), entry.revision) {
                Ok(changed) => *entry = changed,
                Err(error) => error!(schedule = %arn, %error, "schedule keeps its days"),
            }
            self.inner.alarms.set(&arn, Some(self.now()));
        }
    }
}

/// Schedules told of a calendar that cannot go.
const USERS_SHOWN: usize = 10;

fn change(realm: &str, name: &str, calendar: Option<&Calendar>) -> DocumentChange {
    let (key, body) = (format!("{realm}{TYPE}{name}"), calendar.map(records::write));
    DocumentChange { kind: CALENDAR, key, expected: Expected::Any, body }
}
