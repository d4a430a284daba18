//! Triggers that must look outside: files, objects, rows, runs of other pipelines.
//!
//! What was found is taken in together with a note that it was seen, in one write: whatever happens,
//! it is either found again or stored.

mod alerts;
mod files;
mod objects;
mod passed;
mod rows;
mod runs;
mod seen;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use compasso_pipeline::tree::{Trigger, TriggerKind};
use compasso_store::{DocumentChange, Expected};
use compasso_types::{Json, Timestamp};
use serde::{Deserialize, Serialize};

use self::alerts::Alerts;
pub use self::alerts::{AlertAt, ToldAlert};
use self::files::Files;
pub use self::objects::NoLook;
use self::objects::Objects;
pub use self::rows::Databases;
use self::rows::Rows;
use self::runs::Runs;
pub use self::runs::{INTERVAL, interval_value};
use self::seen::Seen;
use crate::Triggers;
use crate::entry::Unusable;
use crate::inbox::{Arrival, Later};
use crate::limits::{PAGE, RETRY, TAKEN_MAX};
use crate::record::{self, SEEN};
use crate::slot::Slot;

/// How long one look may take, if the trigger does not say.
const TIMEOUT: Duration = Duration::from_secs(60);

/// What a trigger looks at.
#[derive(Debug)]
pub(crate) struct Watch {
    what: What,
    every: Duration,
    timeout: Duration,
}

#[derive(Debug)]
enum What {
    Alerts(Alerts),
    Files(Files),
    Objects(Objects),
    Rows(Rows),
    Runs(Runs),
}

/// How far a watch is.
#[derive(Debug, Default)]
pub(crate) struct Sight {
    /// What was seen; `None` until it was read from the store.
    seen: Option<Seen>,
    /// Files that may still be written, with how they look and since when.
    unsettled: BTreeMap<String, (String, Timestamp)>,
    alerts: alerts::Memory,
    /// When to look next.
    next: Option<Timestamp>,
    /// When to look next at the earliest, even if asked to.
    rested: Option<Timestamp>,
}

/// What a look found.
#[derive(Debug, Default)]
struct Found {
    /// What is new, with what is to be remembered of it.
    news: Vec<News>,
    /// What is to be remembered of things that are no news; `None`: nothing any more.
    notes: Vec<(String, Option<String>)>,
    /// When to look again, if sooner than usual.
    sooner: Option<Timestamp>,
    /// Whether there is more to be found at once.
    more: bool,
}

/// A thing that is new.
#[derive(Clone, Debug, PartialEq)]
struct News {
    name: String,
    /// How it looks now; `None` if it is gone.
    look: Option<String>,
    arrival: Arrival,
}

/// What is stored of a thing that was seen.
#[derive(Serialize, Deserialize)]
struct Note {
    name: String,
    look: String,
}

impl Watch {
    /// Reads what a trigger says; `None` if it looks at nothing.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn of(trigger: &Trigger) -> Result<Option<Self>, Unusable> {
        let timeout = trigger.poll_timeout.unwrap_or(TIMEOUT);
        let (what, every) = match &trigger.kind {
            TriggerKind::Alert(alert) => {
                let alerts = Alerts::of(alert)?;
                let every = alerts.every();
                (What::Alerts(alerts), every)
            }
            TriggerKind::File(file) => {
                let files = Files::of(file)?;
                (What::Files(files), file.poll.unwrap_or(files::EVERY))
            }
            TriggerKind::Object(object) => {
                let objects = Objects::of(object)?;
                (What::Objects(objects), object.poll.unwrap_or(objects::EVERY))
            }
            TriggerKind::Sql(sql) => (What::Rows(Rows::of(sql)?), sql.every),
            TriggerKind::Pipeline(pipeline) => {
                let is_alone = trigger.debounce.is_none() && trigger.batch.is_none();
                (What::Runs(Runs::of(pipeline, is_alone)?), runs::EVERY)
            }
            TriggerKind::Schedule(_)
            | TriggerKind::Webhook(_)
            | TriggerKind::Queue(_)
            | TriggerKind::Asset(_)
            | TriggerKind::Event(_)
            | TriggerKind::Git(_) => return Ok(None),
        };
        Ok(Some(Self { what, every: every.max(RETRY), timeout }))
    }

    /// Returns the name of the pipeline whose runs it looks at.
    pub(crate) fn runs_of(&self) -> Option<&Arc<str>> {
        match &self.what {
            What::Runs(runs) => Some(&runs.name),
            What::Alerts(_) | What::Files(_) | What::Objects(_) | What::Rows(_) => None,
        }
    }

    /// Returns the rule of alerts, if it is one.
    pub(crate) fn alert_rule(&self) -> Option<&'static str> {
        match &self.what {
            What::Alerts(alerts) => Some(alerts.kind()),
            What::Files(_) | What::Objects(_) | What::Rows(_) | What::Runs(_) => None,
        }
    }

    /// Returns how long one look may take.
    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    fn rest(&self) -> Duration {
        match &self.what {
            What::Alerts(alerts) => alerts.rest(),
            What::Files(_) | What::Objects(_) | What::Rows(_) | What::Runs(_) => Duration::ZERO,
        }
    }

    /// Says whether it counts runs, whatever they are of.
    pub(crate) fn counts_runs(&self) -> bool {
        matches!(&self.what, What::Alerts(alerts) if alerts.counts_runs())
    }
}

impl Sight {
    /// Demands a look as soon as it may be.
    pub(crate) fn hurry(&mut self) {
        self.next = self.rested;
    }

    /// Demands a look at once, at things that are others than before or are looked at otherwise. What was
    /// seen stays.
    pub(crate) fn renew(&mut self) {
        *self = Self { seen: self.seen.take(), ..Self::default() };
    }
}

impl Triggers {
    /// Looks outside if it is time to; returns when to look next.
    pub(crate) async fn look(
        &self,
        slot: &Arc<Slot>,
        sight: &mut Sight,
    ) -> Result<Option<Timestamp>, Later> {
        let Some(watch) = &slot.entry.watch else { return Ok(None) };
        // What is kept while the pipeline is paused stays outside; what nobody would be told of is not taken for told.
        if slot.is_paused() && (slot.entry.holds || watch.alert_rule().is_some()) {
            return Ok(None);
        }
        let now = self.now();
        if let Some(next) = sight.next.filter(|next| *next > now) {
            return Ok(Some(next));
        }
        if slot.room() == 0 {
            return Ok(Some(now.after(RETRY)));
        }
        if sight.seen.is_none() {
            sight.seen = Some(self.read_seen(slot).await?);
        }
        let look = tokio::time::timeout(watch.timeout, self.find(slot, watch, sight)).await;
        let seconds = watch.timeout.as_secs();
        let too_slow = || Later(format!("looking took more than {seconds} s, and was given up"));
        let found = look.map_err(|_| too_slow())??;
        let is_full = self.take(slot, sight, found.news, found.notes).await?;
        let usual = match (is_full, found.more) {
            (true, _) => self.now().after(RETRY),
            (false, true) => self.now(),
            (false, false) => self.now().after(watch.every),
        };
        sight.rested = Some(self.now().after(watch.rest()));
        sight.next = Some(found.sooner.map_or(usual, |sooner| sooner.min(usual)));
        Ok(sight.next)
    }

    async fn find(&self, slot: &Slot, watch: &Watch, sight: &mut Sight) -> Result<Found, Later> {
        let Sight { seen, unsettled, alerts: memory, .. } = sight;
        let seen = seen.as_ref().expect("it was read before");
        match &watch.what {
            What::Alerts(alerts) => self.find_alerts(slot, alerts, seen, memory).await,
            What::Files(files) => files.find(seen, unsettled, self.now(), watch.timeout).await,
            What::Objects(objects) => objects.find(&self.inner.stores, seen).await,
            What::Rows(rows) => {
                let databases = self.databases()?;
                rows.find(&*databases, seen, watch.timeout).await
            }
            What::Runs(runs) => self.find_runs(slot, runs, seen).await,
        }
    }

    /// Takes in what was found; true if there was not room for all of it.
    async fn take(
        &self,
        slot: &Arc<Slot>,
        sight: &mut Sight,
        news: Vec<News>,
        notes: Vec<(String, Option<String>)>,
    ) -> Result<bool, Later> {
        for part in notes.chunks(TAKEN_MAX) {
            let changes = part.iter().map(|(name, look)| slot.note(name, look.as_deref()));
            self.write(changes.collect()).await?;
            sight.remember(part.iter().cloned());
        }
        for part in news.chunks(TAKEN_MAX) {
            let fitting = part.len().min(slot.room());
            let part = &part[..fitting];
            if part.is_empty() {
                return Ok(true);
            }
            let changes: Vec<_> =
                part.iter().map(|news| slot.note(&news.name, news.look.as_deref())).collect();
            let arrivals: Vec<_> = part.iter().map(|news| news.arrival.clone()).collect();
            let accepted = self.accept(slot, &arrivals, &changes).await?;
            sight.remember(part.iter().map(|news| (news.name.clone(), news.look.clone())));
            self.carry_out(slot, accepted).await;
        }
        Ok(false)
    }

    async fn read_seen(&self, slot: &Slot) -> Result<Seen, Later> {
        let mut seen = Seen::default();
        let mut after: Option<String> = None;
        loop {
            let store = self.inner.runtime.store();
            let page = store.documents(SEEN, &slot.prefix, after.as_deref(), PAGE).await?;
            let Some(last) = page.last() else { return Ok(seen) };
            after = Some(last.key.clone());
            for document in page {
                let Note { name, look } = record::read(&document)?;
                seen.insert(name, look);
            }
        }
    }
}

impl Sight {
    /// Takes note of what was stored.
    fn remember(&mut self, notes: impl IntoIterator<Item = (String, Option<String>)>) {
        let seen = self.seen.as_mut().expect("it was read before");
        for (name, look) in notes {
            match look {
                Some(look) => seen.insert(name, look),
                None => seen.remove(&name),
            };
        }
    }
}

impl Slot {
    /// Orders that it be remembered how a thing looks, or that it is gone.
    fn note(&self, name: &str, look: Option<&str>) -> DocumentChange {
        let key = record::remembered_key(&self.prefix, name);
        match look {
            Some(look) => {
                let note = Note { name: name.to_owned(), look: look.to_owned() };
                record::put(SEEN, key, Expected::Any, &note)
            }
            None => record::delete(SEEN, key),
        }
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Makes news of a thing.
fn news(name: &str, look: Option<String>, key: String, kind: &'static str, value: Json) -> News {
    let arrival =
        Arrival { trigger: Json::object([(kind, value)]), known_by: Some(key), judged: None };
    News { name: name.to_owned(), look, arrival }
}
