//! What came before, once more: the run that it would start now.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use compasso_store::Expected;
use compasso_types::Json;

use crate::inbox::Later;
use crate::limits::{PAYLOAD_BYTES_MAX, PAYLOADS_KEPT};
use crate::record::{
    self, DELIVERY, Delivery, EVENT, Event, EventNumber, Fate, PAYLOAD, Payload, Replay,
};
use crate::slot::{Slot, Waiting};
use crate::{StartError, Triggers, group};

/// A delivery is not replayed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoReplay {
    /// There is no such delivery.
    #[error("there is no delivery {0}")]
    Unknown(EventNumber),
    /// It would start nothing, or what came is not known any more.
    #[error("{0}")]
    Refused(String),
    /// Try again later.
    #[error(transparent)]
    Later(#[from] Later),
}

impl Triggers {
    /// Starts a run of what came with a delivery, as the trigger is now: what it says of events must
    /// hold, but for the key, which starts nothing twice otherwise. It is a delivery of its own. Asked
    /// again with the same `name`, its run is the same.
    ///
    /// # Errors
    /// See [`NoReplay`].
    pub async fn replay(
        &self,
        arn: &str,
        trigger: &str,
        replay: Replay,
        name: Option<&str>,
    ) -> Result<Delivery, NoReplay> {
        let slot = self.at_work(arn, trigger)?;
        let (stored, sealed) = self.came(&slot, replay.of).await?;
        let came = self.with_secrets(&slot, &stored, &sealed)?.map_err(NoReplay::Refused)?;
        let number = self.next_number();
        if let Some(why) = slot.entry.misfit(number, &came) {
            return refused(format!("it would start nothing now: {why}"));
        }
        let came = match self.without_secrets(&slot, &came)? {
            Ok(came) if slot.entry.group.is_some() => group::joined(vec![came]),
            Ok(came) => came,
            Err(why) => return refused(why),
        };
        if !slot.enter(number) {
            return refused(format!("{} events wait already; try again later", slot.pending()));
        }
        let (triggers, event) = (self.clone(), slot.replayed((number, name), came, replay));
        Ok(self.to_its_end(async move { triggers.again(&slot, number, event).await }).await?)
    }

    /// Stores a replay and starts its run; one that cannot start now waits.
    async fn again(
        &self,
        slot: &Arc<Slot>,
        number: EventNumber,
        event: Event,
    ) -> Result<Delivery, Later> {
        let waiting =
            Delivery { replay: event.replay.clone(), ..Delivery::new(number, Fate::Waiting) };
        let (event_at, told_at) =
            (record::event_key(&slot.prefix, number), record::delivery_key(&slot.prefix, number));
        let changes = vec![
            record::put(EVENT, event_at, Expected::Absent, &event),
            record::put(DELIVERY, told_at, Expected::Any, &waiting),
        ];
        self.write(changes).await.inspect_err(|_| {
            slot.settle(number);
            // Nobody knows whether it is stored.
            slot.shared.is_stale.store(true, Ordering::Release);
            slot.shared.wake.notify_one();
        })?;
        slot.wait(number, Waiting::InHand);
        self.prune_in_time(slot, 1);
        Ok(match self.settle(slot, number).await {
            Ok(settled) => settled.unwrap_or(waiting),
            Err(later) => {
                slot.put_off(number, &later);
                waiting
            }
        })
    }

    /// Returns a trigger that works.
    fn at_work(&self, arn: &str, trigger: &str) -> Result<Arc<Slot>, NoReplay> {
        let registry = self.registry();
        let followed = registry.get(arn);
        let slot = followed.and_then(|followed| followed.slots.get(trigger));
        let is_off = followed.is_some_and(|it| it.disabled.iter().any(|(id, _)| **id == *trigger));
        match slot {
            Some(slot) if slot.is_paused() => {
                refused(format!("the pipeline '{}' is paused", slot.pipeline_name))
            }
            Some(slot) => Ok(slot.clone()),
            None if is_off => refused(format!("the trigger '{trigger}' is switched off")),
            None => refused(format!("the trigger '{trigger}' is gone, or cannot work")),
        }
    }

    /// Returns what came with a delivery, and which members of it were sealed.
    async fn came(
        &self,
        slot: &Slot,
        number: EventNumber,
    ) -> Result<(Json, Vec<Vec<Arc<str>>>), NoReplay> {
        let store = self.inner.runtime.store();
        let key = record::delivery_key(&slot.prefix, number);
        let found = store.document(DELIVERY, &key).await.map_err(Later::from)?;
        let delivery = found.as_ref().map(record::read::<Delivery>).transpose();
        let delivery = delivery.map_err(Later::from)?.ok_or(NoReplay::Unknown(number))?;
        let came = match (delivery.fate, &delivery.run) {
            (Fate::Waiting | Fate::Held, _) => refused("it still waits for its run".into()),
            (Fate::Run, Some(run)) => {
                let given = self.starts()?.given(run).await.map_err(later)?;
                let given = given.map(|given| group::member(&given, delivery.place));
                given.map_or_else(|| refused(RUN_GONE.into()), Ok)
            }
            _ => {
                let kept = store.document(PAYLOAD, &key).await.map_err(Later::from)?;
                let kept = kept.as_ref().map(record::read::<Payload>).transpose();
                let kept = kept.map_err(Later::from)?.map(|kept| kept.trigger);
                kept.map_or_else(|| refused(not_kept()), Ok)
            }
        };
        Ok((came?, delivery.sealed))
    }
}

impl Slot {
    /// Makes an event that is to start a run although the same came before.
    fn replayed(
        &self,
        (number, name): (EventNumber, Option<&str>),
        trigger: Json,
        replay: Replay,
    ) -> Event {
        let (pipeline, id) = (&*self.pipeline, &*self.entry.id);
        let run = match name {
            Some(name) => {
                record::run_name(id, &[pipeline, id, "replay of", &replay.of.to_string(), name])
            }
            None => record::run_name(id, &[pipeline, id, "replay", &number.0.to_string()]),
        };
        let (key, members, joins_held) = (None, Vec::new(), false);
        let sealed = self.entry.secret_members.clone();
        Event { trigger, run, key, members, joins_held, replay: Some(replay), sealed }
    }
}

const RUN_GONE: &str = "its run is gone, and what came went with it";

/// Says why nothing of what came is there.
fn not_kept() -> String {
    format!(
        "what came is not kept: that is so for the newest {PAYLOADS_KEPT} deliveries, up to {} KiB each, since \
         there are replays; of updates of assets that became one, it is kept with the last",
        PAYLOAD_BYTES_MAX / 1024
    )
}

fn refused<T>(why: String) -> Result<T, NoReplay> {
    Err(NoReplay::Refused(why))
}

#[expect(clippy::needless_pass_by_value, reason = "errors are mapped with it")]
fn later(error: StartError) -> NoReplay {
    NoReplay::Later(Later(error.to_string()))
}
