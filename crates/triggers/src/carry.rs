//! From an event that waits to its run.
//!
//! The event is stored with the name of its run, so that after a crash between the start and the
//! record of it the same run is started again, which changes nothing.

use std::sync::Arc;

use compasso_store::{DocumentChange, Expected};
use futures::StreamExt;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use crate::expression::Scene;
use crate::group;
use crate::inbox::{Arrival, Later};
use crate::limits::STARTS_MAX;
use crate::record::{
    self, DELIVERY, Delivery, EVENT, Event, EventNumber, Fate, KEY, Member, Remembered,
};
use crate::slot::{Slot, Waiting};
use crate::{About, Start, StartError, Triggers};

impl Triggers {
    /// Takes events in and starts their runs. That goes on to its end even if nobody waits for the
    /// answer any more; `place` is given back then.
    pub(crate) async fn receive(
        &self,
        slot: &Arc<Slot>,
        arrivals: Vec<Arrival>,
        place: Option<OwnedSemaphorePermit>,
    ) -> Result<Vec<Delivery>, Later> {
        let (triggers, slot) = (self.clone(), slot.clone());
        self.to_its_end(async move {
            let accepted = triggers.accept(&slot, &arrivals, &[]).await;
            let received = match accepted {
                Ok(accepted) => Ok(triggers.carry_out(&slot, accepted).await),
                Err(later) => Err(later),
            };
            drop(place);
            received
        })
        .await
    }

    /// Waits for work, which goes on to its end if the one who waits is dropped.
    pub(crate) async fn to_its_end<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Later>> + Send + 'static,
    ) -> Result<T, Later> {
        let (tell, told) = oneshot::channel();
        self.inner.runtime.spawn(async move {
            // It is nothing if nobody waits any more.
            let _ = tell.send(work.await);
        });
        told.await.map_err(|_| Later("shutting down".into()))?
    }

    /// Starts the runs of those events that were left in hand; what cannot start now waits.
    pub(crate) async fn carry_out(
        &self,
        slot: &Arc<Slot>,
        deliveries: Vec<Delivery>,
    ) -> Vec<Delivery> {
        let work = deliveries.into_iter().map(|delivery| async move {
            if delivery.fate != Fate::Waiting || slot.entry.group.is_some() {
                return delivery;
            }
            match self.settle(slot, delivery.number).await {
                Ok(Some(settled)) => settled,
                Ok(None) => delivery,
                Err(later) => {
                    slot.put_off(delivery.number, &later);
                    delivery
                }
            }
        });
        futures::stream::iter(work).buffered(STARTS_MAX).collect().await
    }

    /// Starts the runs of events that were put off.
    pub(crate) async fn carry_on(&self, slot: &Arc<Slot>) -> Result<(), Later> {
        while !slot.is_paused() && !slot.is_stopped() {
            let ready = slot.those(Waiting::Ready, STARTS_MAX);
            if ready.is_empty() {
                return Ok(());
            }
            let work = ready.into_iter().map(|number| self.settle(slot, number));
            let ends: Vec<_> = futures::stream::iter(work).buffered(STARTS_MAX).collect().await;
            for end in ends {
                end?;
            }
        }
        Ok(())
    }

    /// Starts the run of an event and records it; `None` if the event waits no more.
    pub(crate) async fn settle(
        &self,
        slot: &Slot,
        number: EventNumber,
    ) -> Result<Option<Delivery>, Later> {
        let key = record::event_key(&slot.prefix, number);
        let Some(document) = self.inner.runtime.store().document(EVENT, &key).await? else {
            slot.settle(number);
            return Ok(None);
        };
        let event: Event = record::read(&document)?;
        let params = {
            let scene = Scene::new(number, &event.trigger, []);
            slot.entry.params(&scene)
        };
        let started = match params {
            Ok(params) => {
                let start = Start {
                    pipeline: slot.pipeline.clone(),
                    name: event.run.clone(),
                    trigger_id: slot.entry.id.clone(),
                    trigger: event.trigger.clone(),
                    params,
                    about: if slot.entry.keeps_time() { About::of(&event.trigger) } else { None },
                    replay: event.replay.clone(),
                };
                self.starts()?.start(start).await
            }
            Err(why) => Err(StartError::Refused(why)),
        };
        let delivery = match started {
            Ok(()) => {
                let run = Some(record::run_arn(&slot.pipeline, &event.run));
                Delivery { run, ..Delivery::new(number, Fate::Run) }
            }
            Err(StartError::Refused(why)) => Delivery::new(number, Fate::Failed).because(why),
            Err(StartError::NoRoom(why)) => Delivery::new(number, Fate::Dropped).because(why),
            Err(StartError::Unavailable(why)) => return Err(Later(why)),
        };
        let (key, replay) = (event.key.clone(), event.replay.clone());
        let delivery = Delivery { key, replay, sealed: event.sealed.clone(), ..delivery };
        self.write(conclusion(slot, &event, &delivery)).await?;
        slot.settle(number);
        Ok(Some(delivery))
    }
}

impl Slot {
    /// Leaves an event to the runner of its trigger.
    pub(crate) fn put_off(&self, number: EventNumber, why: &Later) {
        tracing::debug!(pipeline = %self.pipeline, trigger = %self.entry.id, %why, "event waits");
        self.wait(number, Waiting::Ready);
        self.shared.wake.notify_one();
    }
}

/// Returns what is written when it is known what became of an event. One without a run leaves no key
/// behind: sent again, it is tried again; what came is kept for that.
fn conclusion(slot: &Slot, event: &Event, delivery: &Delivery) -> Vec<DocumentChange> {
    let itself = Member { number: delivery.number, key: event.key.clone() };
    let mut changes = vec![record::delete(EVENT, record::event_key(&slot.prefix, delivery.number))];
    let is_group = !event.members.is_empty();
    let of_all = if event.members.is_empty() { vec![itself] } else { event.members.clone() };
    let last = of_all.len() - 1;
    for (place, Member { number, key }) in of_all.into_iter().enumerate() {
        if let Some(key) = &key {
            let at = record::remembered_key(&slot.prefix, key);
            if delivery.fate != Fate::Run {
                changes.push(record::delete(KEY, at));
            } else if is_group {
                // Only now it is known which run it is.
                let remembered = Remembered { since: number.at(), run: Some(event.run.clone()) };
                changes.push(record::put(KEY, at, Expected::Any, &remembered));
            }
        }
        // Of updates that became one it is not known which part is whose: the last one has all of it.
        let has_part = !slot.entry.coalesces_held();
        let is_kept = delivery.fate != Fate::Run && (has_part || place == last);
        let place = (is_group && has_part).then_some(place);
        if is_kept {
            let came = group::member(&event.trigger, place);
            changes.extend(record::keep(&slot.prefix, number, came));
        }
        let told = Delivery { number, key, place, ..delivery.clone() };
        let at = record::delivery_key(&slot.prefix, number);
        changes.push(record::put(DELIVERY, at, Expected::Any, &told));
    }
    changes
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use compasso_types::Json;

    use super::*;
    use crate::entry::Entry;
    use crate::record::PAYLOAD;

    fn slot(trigger: &str) -> Slot {
        let text = format!("pipeline: p\non: {{{trigger}}}\ntasks: {{t: {{noop: true}}}}\n");
        let parsed = compasso_pipeline::parse(&text);
        let entry = Entry::compile("p", &parsed.pipelines[0].triggers.list[0]).unwrap();
        let paused = Arc::<AtomicBool>::default();
        Slot::new(&"arn:p".into(), &"p".into(), entry, Arc::default(), paused)
    }

    /// Returns the sizes of what is kept of a hundred events that became one, which starts no run.
    fn kept(trigger: &str) -> Vec<usize> {
        let members: Vec<_> =
            (1..=100).map(|number| Member { number: EventNumber(number), key: None }).collect();
        let came = |member: &Member| {
            Json::object([("n", Json::from(i64::try_from(member.number.0).unwrap()))])
        };
        let event = Event {
            trigger: group::joined(members.iter().map(came).collect()),
            run: "r".into(),
            key: None,
            members,
            joins_held: true,
            replay: None,
            sealed: Vec::new(),
        };
        let refused = Delivery::new(EventNumber(100), Fate::Failed);
        let changes = conclusion(&slot(trigger), &event, &refused);
        let told = changes.iter().filter(|change| change.kind == DELIVERY).count();
        assert_eq!(told, 100, "each is told of");
        let kept = changes.iter().filter(|change| change.kind == PAYLOAD);
        kept.map(|change| change.body.as_ref().unwrap().len()).collect()
    }

    #[test]
    fn of_updates_that_became_one_the_whole_is_kept_once() {
        let whole = kept("asset: {any: [a]}");
        assert_eq!(whole.len(), 1);
        let parts = kept("event: {type: t, batch: {max: 100}}");
        assert_eq!(parts.len(), 100);
        assert!(parts.iter().all(|part| *part < whole[0] / 10), "each keeps its own part");
    }
}
