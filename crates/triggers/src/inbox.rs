//! How events come in: judged, and durable before anybody is told so.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use compasso_store::{DocumentChange, Expected, Outcome, ReadError, Revision};
use compasso_types::{Json, Timestamp};

use crate::Triggers;
use crate::entry::Judgement;
use crate::expression::Scene;
use crate::limits::KEY_MEMORY;
use crate::record::{self, DELIVERY, Delivery, EVENT, Event, EventNumber, Fate, KEY, Remembered};
use crate::slot::{Slot, Waiting};

/// How often events are judged again when others with the same keys came at the same time.
const ATTEMPTS_MAX: usize = 16;

/// An event as its source has it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Arrival {
    /// What expressions see as `trigger`.
    pub(crate) trigger: Json,
    /// The key that its source gives it, if the trigger has no other.
    pub(crate) known_by: Option<String>,
    /// What is made of it, if that is known without the trigger's expressions.
    pub(crate) judged: Option<Judgement>,
}

/// What was to be stored cannot be now.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Later(pub(crate) String);

impl From<ReadError> for Later {
    fn from(error: ReadError) -> Self {
        Self(error.to_string())
    }
}

/// What is made of one event.
struct Verdict {
    delivery: Delivery,
    changes: Vec<DocumentChange>,
    waiting: Option<Waiting>,
}

impl Triggers {
    /// Takes events in, together with other changes that belong to them; durable when it returns.
    /// Those that are ready are left to the caller (see [`Triggers::carry_out`]).
    pub(crate) async fn accept(
        &self,
        slot: &Slot,
        arrivals: &[Arrival],
        changes: &[DocumentChange],
    ) -> Result<Vec<Delivery>, Later> {
        let numbers: Vec<EventNumber> = arrivals.iter().map(|_| self.next_number()).collect();
        let taken = self.take_in(slot, arrivals, &numbers, changes).await;
        let verdicts = taken.inspect_err(|_| {
            for number in &numbers {
                slot.settle(*number);
            }
            // Nobody knows whether they are stored.
            slot.shared.is_stale.store(true, Ordering::Release);
            slot.shared.wake.notify_one();
        })?;
        for Verdict { delivery, waiting, .. } in &verdicts {
            match waiting {
                Some(waiting) => slot.wait(delivery.number, *waiting),
                None => slot.settle(delivery.number),
            }
        }
        if verdicts.iter().any(|it| it.waiting.is_some_and(|how| how != Waiting::InHand)) {
            slot.shared.wake.notify_one();
        }
        self.prune_in_time(slot, verdicts.len());
        Ok(verdicts.into_iter().map(|verdict| verdict.delivery).collect())
    }

    async fn take_in(
        &self,
        slot: &Slot,
        arrivals: &[Arrival],
        numbers: &[EventNumber],
        changes: &[DocumentChange],
    ) -> Result<Vec<Verdict>, Later> {
        for _ in 0..ATTEMPTS_MAX {
            let mut verdicts = Vec::with_capacity(arrivals.len());
            let mut known = BTreeSet::new();
            for (arrival, number) in arrivals.iter().zip(numbers) {
                verdicts.push(self.judge(slot, arrival, *number, &mut known).await?);
            }
            let events = verdicts.iter().flat_map(|verdict| verdict.changes.iter());
            if self.write(events.chain(changes).cloned().collect()).await? {
                return Ok(verdicts);
            }
        }
        Err(Later("many events with the same keys came at once".into()))
    }

    async fn judge(
        &self,
        slot: &Slot,
        arrival: &Arrival,
        number: EventNumber,
        known: &mut BTreeSet<Arc<str>>,
    ) -> Result<Verdict, Later> {
        let judgement = arrival.judged.clone().unwrap_or_else(|| {
            let scene = Scene::new(number, &arrival.trigger, []);
            slot.entry.judge(&scene, arrival.known_by.as_deref())
        });
        let (fate, why) = match judgement {
            Judgement::Wanted { key } => {
                return self.judge_wanted(slot, &arrival.trigger, (number, key), known).await;
            }
            Judgement::Filtered(why) => (Fate::Filtered, why),
            Judgement::Failed(why) => (Fate::Failed, why),
        };
        self.concluded(slot, Delivery::new(number, fate).because(why), &arrival.trigger)
    }

    /// Judges an event that the trigger is about: whether it is news, and whether it can start anything.
    async fn judge_wanted(
        &self,
        slot: &Slot,
        trigger: &Json,
        (number, key): (EventNumber, Option<Arc<str>>),
        known: &mut BTreeSet<Arc<str>>,
    ) -> Result<Verdict, Later> {
        let delivery = |fate| Delivery { key: key.clone(), ..Delivery::new(number, fate) };
        let found = match &key {
            Some(key) if known.contains(key) => {
                return self.concluded(slot, delivery(Fate::Duplicate), trigger);
            }
            Some(key) => self.remembered(slot, key).await?,
            None => None,
        };
        if let Some((remembered, _)) = &found
            && remembered.since.after(KEY_MEMORY) > number.at()
        {
            let run = remembered.run.as_ref().map(|run| record::run_arn(&slot.pipeline, run));
            return self.concluded(slot, Delivery { run, ..delivery(Fate::Duplicate) }, trigger);
        }
        if slot.is_paused() && !slot.entry.holds {
            return self.concluded(slot, delivery(Fate::Paused), trigger);
        }
        let trigger = match self.without_secrets(slot, trigger)? {
            Ok(trigger) => trigger,
            Err(why) => {
                return Ok(slot.concluded(delivery(Fate::Failed).because(why), None));
            }
        };
        if !slot.enter(number) {
            let why = format!("{} events wait already", slot.pending());
            return Ok(slot.concluded(delivery(Fate::Dropped).because(why), Some(trigger)));
        }
        known.extend(key.clone());
        Ok(slot.taken(trigger, number, key, found))
    }

    /// Makes what is stored of an event that starts nothing, without its secrets.
    fn concluded(&self, slot: &Slot, delivery: Delivery, trigger: &Json) -> Result<Verdict, Later> {
        let kept = self.without_secrets(slot, trigger)?.ok();
        Ok(slot.concluded(delivery, kept))
    }

    /// Returns what is remembered of a key.
    async fn remembered(
        &self,
        slot: &Slot,
        key: &str,
    ) -> Result<Option<(Remembered, Revision)>, Later> {
        let store = self.inner.runtime.store();
        let found = store.document(KEY, &record::remembered_key(&slot.prefix, key)).await?;
        found.map(|document| Ok((record::read(&document)?, document.revision))).transpose()
    }

    /// Writes documents; false if one of them changed meanwhile.
    pub(crate) async fn write(&self, changes: Vec<DocumentChange>) -> Result<bool, Later> {
        if changes.is_empty() {
            return Ok(true);
        }
        match self.inner.runtime.write(changes).await {
            Outcome::Committed { conflicts } => Ok(conflicts.is_empty()),
            Outcome::Rejected { reason } | Outcome::Unknown { reason } => Err(Later(reason)),
            Outcome::Fenced => Err(Later("another process took over".into())),
        }
    }
}

impl Slot {
    /// Makes what is stored of an event that starts nothing: what came is kept with it, for a replay.
    fn concluded(&self, delivery: Delivery, came: Option<Json>) -> Verdict {
        let key = record::delivery_key(&self.prefix, delivery.number);
        let sealed = self.entry.secret_members.clone();
        let delivery = Delivery { sealed, ..delivery };
        let kept = came.and_then(|came| record::keep(&self.prefix, delivery.number, came));
        let told = record::put(DELIVERY, key, Expected::Any, &delivery);
        let changes = [told].into_iter().chain(kept).collect();
        Verdict { delivery, changes, waiting: None }
    }

    /// Makes what is stored of an event that is to start a run.
    fn taken(
        &self,
        trigger: Json,
        number: EventNumber,
        key: Option<Arc<str>>,
        found: Option<(Remembered, Revision)>,
    ) -> Verdict {
        let now = number.at();
        let run = self.run_name(number, key.as_deref(), found.as_ref().map(|(old, _)| old.since));
        let is_held = self.is_paused();
        let joins_held = is_held && self.entry.coalesces_held();
        let (members, of_event) = (Vec::new(), key.clone());
        let (run_of_event, replay) = (run.clone(), None);
        let sealed = self.entry.secret_members.clone();
        let event = Event {
            trigger,
            run: run_of_event,
            key: of_event,
            members,
            joins_held,
            replay,
            sealed,
        };
        let event_key = record::event_key(&self.prefix, number);
        let mut changes = vec![record::put(EVENT, event_key, Expected::Absent, &event)];
        let is_single = self.entry.group.is_some() || joins_held;
        if let Some(key) = &key {
            let expected =
                found.map_or(Expected::Absent, |(_, revision)| Expected::Revision(revision));
            let remembered = Remembered { since: now, run: (!is_single).then(|| run.clone()) };
            let at = record::remembered_key(&self.prefix, key);
            changes.push(record::put(KEY, at, expected, &remembered));
        }
        let (fate, waiting) = match (is_held, is_single) {
            (true, true) => (Fate::Held, Waiting::Single),
            (true, false) => (Fate::Held, Waiting::Ready),
            (false, true) => (Fate::Waiting, Waiting::Single),
            (false, false) => (Fate::Waiting, Waiting::InHand),
        };
        let delivery = Delivery { key, ..Delivery::new(number, fate) };
        if waiting != Waiting::InHand {
            let at = record::delivery_key(&self.prefix, number);
            changes.push(record::put(DELIVERY, at, Expected::Any, &delivery));
        }
        Verdict { delivery, changes, waiting: Some(waiting) }
    }

    /// Names the run of an event: the same for the same key, until that is forgotten.
    fn run_name(
        &self,
        number: EventNumber,
        key: Option<&str>,
        forgotten: Option<Timestamp>,
    ) -> Arc<str> {
        let (pipeline, id) = (&*self.pipeline, &*self.entry.id);
        match key {
            Some(key) => {
                let since = forgotten.map_or(String::new(), |since| since.0.to_string());
                record::run_name(id, &[pipeline, id, "key", key, &since])
            }
            None => record::run_name(id, &[pipeline, id, "number", &number.0.to_string()]),
        }
    }
}
