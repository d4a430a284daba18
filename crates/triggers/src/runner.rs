//! What a trigger does by itself: events that were put off, groups, and looking outside.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use compasso_store::Expected;
use compasso_types::{Json, Timestamp};
use tracing::{info, warn};

use crate::Triggers;
use crate::asset;
use crate::group::{self, Due};
use crate::inbox::Later;
use crate::limits::{
    DELIVERIES_KEPT, GROUP_BYTES_MAX, GROUP_MAX, KEY_MEMORY, PAGE, PAYLOADS_KEPT, PAYLOADS_PAGE,
    PRUNE_EVERY,
};
use crate::record::{
    self, DELIVERY, Delivery, EVENT, Event, EventNumber, Fate, KEY, Member, PAYLOAD, Remembered,
};
use crate::slot::{Progress, Slot, Waiting};

impl Triggers {
    /// Does the work of a trigger until its pipeline changes or the runtime stops.
    pub(crate) async fn run(&self, slot: Arc<Slot>) {
        let runtime = &self.inner.runtime;
        while !slot.is_stopped() {
            let next = self.turn(&slot).await;
            let clock = runtime.clock();
            let rest = async {
                match next {
                    Some(next) => clock.sleep_until(next).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = rest => {}
                () = slot.shared.wake.notified() => {}
                () = runtime.stopping() => return,
            }
        }
        // What woke this one may have been meant for the one that follows it.
        slot.shared.wake.notify_one();
    }

    /// Does what is due; returns when to look again.
    async fn turn(&self, slot: &Arc<Slot>) -> Option<Timestamp> {
        let mut progress = slot.shared.gate.lock().await;
        if slot.is_stopped() {
            return None;
        }
        slot.renew(&mut progress.sight);
        let now = self.now();
        let retry = slot.health().trouble.as_ref().and_then(|trouble| trouble.next);
        if retry.is_some_and(|retry| retry > now) {
            return retry;
        }
        let worked = self.work(slot, &mut progress).await;
        match worked {
            Ok((next, Some(secret))) => {
                if slot.has_secret() {
                    let (pipeline, trigger) = (&slot.pipeline, &slot.entry.id);
                    warn!(%pipeline, %trigger, %secret, "trigger is unhealthy: there is no such secret");
                }
                slot.health().lacks(&secret, self.now());
                next
            }
            Ok((next, None)) => {
                let was_ill = slot.health().trouble.is_some();
                slot.health().is_well(self.now());
                if was_ill {
                    info!(pipeline = %slot.pipeline, trigger = %slot.entry.id, "trigger is well");
                }
                next
            }
            Err(error) => {
                let (pipeline, trigger) = (&slot.pipeline, &slot.entry.id);
                warn!(%pipeline, %trigger, %error, "trigger is unhealthy");
                Some(slot.health().is_ill(error.to_string(), self.now()))
            }
        }
    }

    /// Does what is due; returns when to look again, and the secret that requests need if it is not there.
    async fn work(
        &self,
        slot: &Arc<Slot>,
        progress: &mut Progress,
    ) -> Result<(Option<Timestamp>, Option<Arc<str>>), Later> {
        let is_stale = slot.shared.is_stale.swap(false, Ordering::AcqRel);
        if is_stale || !progress.is_loaded {
            progress.is_loaded = false;
            self.load(slot).await?;
            progress.is_loaded = true;
        }
        let complete = self.make_groups(slot).await?;
        self.carry_on(slot).await?;
        if slot.shared.is_called.swap(false, Ordering::AcqRel) {
            progress.sight.hurry();
        }
        let look = self.look(slot, &mut progress.sight).await?;
        Ok((complete.into_iter().chain(look).min(), self.missing_secret(slot).await?))
    }

    /// Reads which events wait.
    async fn load(&self, slot: &Slot) -> Result<(), Later> {
        let mut after: Option<String> = None;
        loop {
            let store = self.inner.runtime.store();
            let page = store.documents(EVENT, &slot.prefix, after.as_deref(), PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.key.clone());
            for document in page {
                let event: Event = record::read(&document)?;
                let number = document.key.strip_prefix(&slot.prefix);
                let number = number.and_then(|digits| digits.parse::<EventNumber>().ok());
                let number = number.ok_or_else(|| Later(format!("{} is no key", document.key)))?;
                let joins_held = event.joins_held && slot.entry.coalesces_held();
                let is_whole = !event.members.is_empty() || event.replay.is_some();
                let is_single = joins_held || (slot.entry.group.is_some() && !is_whole);
                let how = if is_single { Waiting::Single } else { Waiting::Ready };
                slot.wait_if_new(number, how);
            }
        }
    }

    /// Makes events of those that belong together; returns when the next group is complete.
    async fn make_groups(&self, slot: &Slot) -> Result<Option<Timestamp>, Later> {
        let Some(group) = slot.entry.group else {
            if slot.entry.coalesces_held() {
                self.join_held(slot).await?;
                return Ok(None);
            }
            // A version before this one may have made groups.
            slot.ungroup();
            return Ok(None);
        };
        while !slot.is_paused() && !slot.is_stopped() {
            let singles = slot.those(Waiting::Single, usize::MAX);
            match group::due(group, &singles, self.now()) {
                Due::Never => break,
                Due::At(at) => return Ok(Some(at)),
                Due::Now(most) => self.join(slot, &singles[..most]).await?,
            }
        }
        Ok(None)
    }

    /// Makes one event of the updates of assets that came while the pipeline was paused, or one of each
    /// partition.
    async fn join_held(&self, slot: &Slot) -> Result<(), Later> {
        let by_partition = slot.entry.asset.as_ref().is_some_and(|asset| asset.same_partition);
        while !slot.is_paused() && !slot.is_stopped() {
            let held = slot.those(Waiting::Single, GROUP_MAX);
            if held.is_empty() {
                break;
            }
            let parts =
                if by_partition { self.partitions_of(slot, held).await? } else { vec![held] };
            for part in parts {
                if slot.is_paused() || slot.is_stopped() {
                    break;
                }
                self.join(slot, &part).await?;
            }
        }
        Ok(())
    }

    /// Returns events by their partitions: that of the first one first.
    async fn partitions_of(
        &self,
        slot: &Slot,
        held: Vec<EventNumber>,
    ) -> Result<Vec<Vec<EventNumber>>, Later> {
        let store = self.inner.runtime.store();
        let mut parts = BTreeMap::<Option<String>, Vec<EventNumber>>::new();
        for number in held {
            let found = store.document(EVENT, &record::event_key(&slot.prefix, number)).await?;
            let event: Option<Event> = found.map(|it| record::read(&it)).transpose()?;
            let partition = event.as_ref().and_then(|event| event.trigger.get("partition"));
            parts.entry(partition.map(Json::to_string)).or_default().push(number);
        }
        let mut parts: Vec<_> = parts.into_values().collect();
        parts.sort();
        Ok(parts)
    }

    /// Makes one event of several, or of as many as fit: from then on, it is the one that waits.
    async fn join(&self, slot: &Slot, singles: &[EventNumber]) -> Result<(), Later> {
        let store = self.inner.runtime.store();
        let (mut values, mut members, mut changes) = (Vec::new(), Vec::new(), Vec::new());
        let (mut bytes, mut joined, mut sealed) = (0, Vec::new(), Vec::new());
        for number in singles {
            let key = record::event_key(&slot.prefix, *number);
            let found = store.document(EVENT, &key).await?;
            bytes += found.as_ref().map_or(0, |document| document.body.len());
            if bytes > GROUP_BYTES_MAX && !members.is_empty() {
                break;
            }
            joined.push(*number);
            let Some(document) = found else { continue };
            let event: Event = record::read(&document)?;
            values.push(event.trigger);
            // They were sealed alike, unless the pipeline was pushed in between.
            sealed = event.sealed;
            members.push(Member { number: *number, key: event.key });
            changes.push(record::delete(EVENT, key));
        }
        let number = self.next_number();
        if let Some(last) = members.last() {
            let parts = [&*slot.pipeline, &*slot.entry.id, "group", &last.number.0.to_string()];
            let run = record::run_name(&slot.entry.id, &parts);
            let trigger = if slot.entry.coalesces_held() {
                asset::joined(&values)
            } else {
                group::joined(values)
            };
            let (key, joins_held, replay) = (None, false, None);
            let event = Event { trigger, run, key, members, joins_held, replay, sealed };
            let key = record::event_key(&slot.prefix, number);
            changes.push(record::put(EVENT, key, Expected::Absent, &event));
            if !self.write(changes).await? {
                return Err(Later("another event has its number".into()));
            }
            slot.wait(number, Waiting::Ready);
        }
        for number in joined {
            slot.settle(number);
        }
        Ok(())
    }

    /// Records that the events of a trigger that is gone start nothing.
    pub(crate) async fn drop_events(&self, slot: &Arc<Slot>) {
        let dropped = async {
            let mut progress = slot.shared.gate.lock().await;
            if !progress.is_loaded {
                self.load(slot).await?;
                progress.is_loaded = true;
            }
            for how in [Waiting::Single, Waiting::Ready] {
                for number in slot.those(how, usize::MAX) {
                    let why = "the trigger is gone";
                    let key = record::event_key(&slot.prefix, number);
                    let found = self.inner.runtime.store().document(EVENT, &key).await?;
                    let event: Option<Event> = found.map(|it| record::read(&it)).transpose()?;
                    let sealed = event.as_ref().map(|it| it.sealed.clone()).unwrap_or_default();
                    let delivery = Delivery::new(number, Fate::Dropped).because(why);
                    let delivery = Delivery { sealed, ..delivery };
                    let at = record::delivery_key(&slot.prefix, number);
                    let told = record::put(DELIVERY, at, Expected::Any, &delivery);
                    let kept = event.and_then(|it| record::keep(&slot.prefix, number, it.trigger));
                    let changes = [record::delete(EVENT, key), told].into_iter().chain(kept);
                    self.write(changes.collect()).await?;
                    slot.settle(number);
                }
            }
            Ok::<_, Later>(())
        };
        if let Err(error) = dropped.await {
            warn!(pipeline = %slot.pipeline, trigger = %slot.entry.id, %error, "events stay");
        }
    }

    /// Deletes old records from time to time.
    pub(crate) fn prune_in_time(&self, slot: &Slot, written: usize) {
        let written = written as u64;
        let before = slot.shared.written.fetch_add(written, Ordering::Relaxed);
        if before / PRUNE_EVERY == (before + written) / PRUNE_EVERY {
            return;
        }
        let (triggers, prefix) = (self.clone(), slot.prefix.clone());
        self.inner.runtime.spawn(async move {
            if let Err(error) = triggers.prune(&prefix).await {
                warn!(prefix, %error, "old records are not deleted");
            }
        });
    }

    /// Deletes the documents of a kind that come after a key, so many at once.
    async fn delete_after(
        &self,
        (kind, prefix): (&'static str, &str),
        mut after: String,
        page: usize,
    ) -> Result<(), Later> {
        loop {
            let store = self.inner.runtime.store();
            let page = store.documents(kind, prefix, Some(&after), page).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after.clone_from(&last.key);
            let old = page.into_iter().map(|document| record::delete(kind, document.key));
            self.write(old.collect()).await?;
        }
    }

    async fn prune(&self, prefix: &str) -> Result<(), Later> {
        let store = self.inner.runtime.store();
        let kept = store.documents(DELIVERY, prefix, None, DELIVERIES_KEPT).await?;
        if let Some(last) = kept.get(PAYLOADS_KEPT - 1) {
            self.delete_after((PAYLOAD, prefix), last.key.clone(), PAYLOADS_PAGE).await?;
        }
        if let Some(last) = kept.last().filter(|_| kept.len() == DELIVERIES_KEPT) {
            self.delete_after((DELIVERY, prefix), last.key.clone(), PAGE).await?;
        }
        let mut after: Option<String> = None;
        loop {
            let page = store.documents(KEY, prefix, after.as_deref(), PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.key.clone());
            let is_old = |since: Timestamp| since.after(KEY_MEMORY) <= self.now();
            let mut old = Vec::new();
            for document in &page {
                let remembered: Remembered = record::read(document)?;
                if is_old(remembered.since) {
                    old.push(record::delete(KEY, document.key.clone()));
                }
            }
            self.write(old).await?;
        }
    }
}
