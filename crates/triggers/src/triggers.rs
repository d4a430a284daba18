//! The handle the layers above hold.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use compasso_items::Stores;
use compasso_pipeline::Pipeline;
use compasso_runtime::Runtime;
use compasso_types::Timestamp;
use tokio::sync::{Mutex as AsyncMutex, Semaphore};

use crate::entry::Entry;
use crate::health::Health;
use crate::inbox::Later;
use crate::limits::{BODIES_BYTES_MAX, BODY_UNIT, PAGE};
use crate::record::{self, ASSETS, DELIVERY, Delivery, EVENT, EventNumber, KEY, SEEN};
use crate::slot::Slot;
use crate::watch::Watch;
use crate::{Starts, kinds};

/// The triggers of all pipelines; `clone` is cheap.
#[derive(Clone)]
pub struct Triggers {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) runtime: Runtime,
    starts: OnceLock<Arc<dyn Starts>>,
    pipelines: Mutex<BTreeMap<Arc<str>, Followed>>,
    last: AtomicU64,
    /// Room for the bodies of webhooks, in [`BODY_UNIT`]s.
    pub(crate) bodies: Arc<Semaphore>,
    /// Where objects are.
    pub(crate) stores: Stores,
    /// The pipelines whose runs are looked at.
    run_names: Mutex<BTreeSet<Arc<str>>>,
    /// Held while an update of an asset is taken in.
    pub(crate) updates: AsyncMutex<()>,
}

/// A pipeline whose triggers are at work.
struct Followed {
    paused: Arc<AtomicBool>,
    slots: BTreeMap<Arc<str>, Arc<Slot>>,
    /// What is wrong with triggers that have no slot.
    unusable: BTreeMap<Arc<str>, String>,
}

/// A trigger, for those who look at it.
#[derive(Clone, Debug)]
pub struct TriggerView {
    /// Its id.
    pub id: Arc<str>,
    /// What it waits for.
    pub kind: &'static str,
    /// Whether it does its work.
    pub health: Health,
    /// How many events wait for their run.
    pub pending: usize,
    /// Where requests to it go, if it takes requests.
    pub path: Option<String>,
}

impl Triggers {
    /// Makes the triggers of what `runtime` runs; nothing starts before [`Triggers::begin`].
    pub fn new(runtime: Runtime, stores: Stores) -> Self {
        let (starts, pipelines, last) = (OnceLock::new(), Mutex::default(), AtomicU64::new(0));
        let bodies = Arc::new(Semaphore::new(BODIES_BYTES_MAX / BODY_UNIT));
        Self {
            inner: Arc::new(Inner {
                runtime,
                starts,
                pipelines,
                last,
                bodies,
                stores,
                run_names: Mutex::default(),
                updates: AsyncMutex::default(),
            }),
        }
    }

    /// Says who starts runs.
    pub fn begin(&self, starts: Arc<dyn Starts>) {
        // A second time changes nothing.
        let _ = self.inner.starts.set(starts);
    }

    /// Whether it has begun.
    pub fn has_begun(&self) -> bool {
        self.inner.starts.get().is_some()
    }

    /// Follows the present version of a pipeline: its triggers begin to work, and those it had before
    /// and has no more end.
    pub fn follow(&self, arn: &Arc<str>, pipeline: &Pipeline, paused: bool) {
        let mut pipelines = self.pipelines();
        let before = pipelines.remove(arn);
        let flag = before.as_ref().map_or_else(Arc::default, |before| before.paused.clone());
        flag.store(paused, Ordering::Release);
        let mut old = before.map(|before| before.slots).unwrap_or_default();
        let mut slots = BTreeMap::new();
        let mut unusable = BTreeMap::new();
        for trigger in pipeline.triggers.list.iter().filter(|trigger| trigger.enabled) {
            if kinds::is_elsewhere(&trigger.kind) {
                continue;
            }
            let shared = old.remove(&trigger.id).map_or_else(Arc::default, |slot| {
                slot.stop();
                slot.shared.clone()
            });
            match Entry::compile(&pipeline.name, trigger) {
                Ok(entry) => {
                    let slot = Slot::new(arn, &pipeline.name, entry, shared, flag.clone());
                    slots.insert(trigger.id.clone(), Arc::new(slot));
                }
                Err(why) => {
                    unusable.insert(trigger.id.clone(), why.to_string());
                }
            }
        }
        for slot in slots.values() {
            let (triggers, slot) = (self.clone(), slot.clone());
            self.inner.runtime.spawn(async move { triggers.run(slot).await });
        }
        for gone in old.into_values() {
            gone.stop();
            let triggers = self.clone();
            self.inner.runtime.spawn(async move { triggers.drop_events(&gone).await });
        }
        pipelines.insert(arn.clone(), Followed { paused: flag, slots, unusable });
        let watched = pipelines.values().flat_map(|followed| followed.slots.values());
        let names = watched.filter_map(|slot| slot.entry.watch.as_ref()?.runs_of()).cloned();
        *self.run_names() = names.collect();
    }

    /// Takes note that a run of a pipeline ended.
    pub fn run_ended(&self, pipeline: &str) {
        if !self.run_names().contains(pipeline) {
            return;
        }
        let watches = |slot: &Slot| {
            let watch = slot.entry.watch.as_ref();
            watch.and_then(Watch::runs_of).is_some_and(|name| **name == *pipeline)
        };
        for slot in self.slots(watches) {
            slot.shared.is_called.store(true, Ordering::Release);
            slot.shared.wake.notify_one();
        }
    }

    /// Takes note that a pipeline was paused, or goes on.
    pub fn pause(&self, arn: &str, paused: bool) {
        let pipelines = self.pipelines();
        let Some(followed) = pipelines.get(arn) else { return };
        followed.paused.store(paused, Ordering::Release);
        for slot in followed.slots.values() {
            slot.shared.wake.notify_one();
        }
    }

    /// Forgets a pipeline that was deleted, with all that is stored of its triggers.
    pub fn forget(&self, arn: &Arc<str>) {
        let Some(followed) = self.pipelines().remove(arn) else { return };
        for slot in followed.slots.values() {
            slot.stop();
        }
        let (triggers, prefix) = (self.clone(), format!("{arn}/"));
        self.inner.runtime.spawn(async move {
            for kind in [EVENT, DELIVERY, KEY, SEEN, ASSETS] {
                if let Err(error) = triggers.delete_all(kind, &prefix).await {
                    tracing::warn!(prefix, kind, %error, "old records are not deleted");
                }
            }
        });
    }

    /// Returns the triggers of a pipeline; `None` if it is not followed.
    pub fn of_pipeline(&self, arn: &str) -> Option<Vec<TriggerView>> {
        let pipelines = self.pipelines();
        let followed = pipelines.get(arn)?;
        let at_work = followed.slots.values().map(|slot| TriggerView {
            id: slot.entry.id.clone(),
            kind: kinds::name(&slot.entry.kind),
            health: slot.health().clone(),
            pending: slot.pending(),
            path: slot.entry.hook.as_ref().map(|hook| format!("/hooks{}", hook.path)),
        });
        let broken = followed.unusable.iter().map(|(id, why)| TriggerView {
            id: id.clone(),
            kind: "",
            health: Health::broken(why.clone()),
            pending: 0,
            path: None,
        });
        Some(at_work.chain(broken).collect())
    }

    /// Lists up to `limit` records of what became of a trigger's events, the newest first, those
    /// before `before`.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn deliveries(
        &self,
        arn: &str,
        trigger: &str,
        before: Option<EventNumber>,
        limit: usize,
    ) -> Result<Vec<Delivery>, Later> {
        let prefix = record::prefix(arn, trigger);
        let after = before.map(|number| record::delivery_key(&prefix, number));
        let store = self.inner.runtime.store();
        let page = store.documents(DELIVERY, &prefix, after.as_deref(), limit).await?;
        Ok(page.iter().map(record::read).collect::<Result<_, _>>()?)
    }

    /// Returns all triggers at work that `wanted` picks.
    pub(crate) fn slots(&self, wanted: impl Fn(&Slot) -> bool) -> Vec<Arc<Slot>> {
        let pipelines = self.pipelines();
        let all = pipelines.values().flat_map(|followed| followed.slots.values());
        all.filter(|slot| wanted(slot)).cloned().collect()
    }

    pub(crate) fn starts(&self) -> Result<&Arc<dyn Starts>, Later> {
        self.inner.starts.get().ok_or_else(|| Later("not ready yet".into()))
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.inner.runtime.clock().now()
    }

    /// Returns a number greater than all before, even those before a restart.
    pub(crate) fn next_number(&self) -> EventNumber {
        let least = EventNumber::first_at(self.now()).0;
        let next = |last: u64| Some(least.max(last + 1));
        let last = self.inner.last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
        EventNumber(least.max(last.expect("there is always a next one") + 1))
    }

    /// Deletes the documents of a kind whose keys begin with `prefix`.
    pub(crate) async fn delete_all(&self, kind: &'static str, prefix: &str) -> Result<(), Later> {
        self.delete_after(kind, prefix, None).await
    }

    /// Deletes those of them that come after a key.
    pub(crate) async fn delete_after(
        &self,
        kind: &'static str,
        prefix: &str,
        mut after: Option<String>,
    ) -> Result<(), Later> {
        loop {
            let store = self.inner.runtime.store();
            let page = store.documents(kind, prefix, after.as_deref(), PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.key.clone());
            let old = page.into_iter().map(|document| record::delete(kind, document.key));
            self.write(old.collect()).await?;
        }
    }

    fn run_names(&self) -> MutexGuard<'_, BTreeSet<Arc<str>>> {
        // Nothing panics under the lock.
        self.inner.run_names.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pipelines(&self) -> MutexGuard<'_, BTreeMap<Arc<str>, Followed>> {
        // Nothing panics under the lock.
        self.inner.pipelines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
