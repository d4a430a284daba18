//! The handle the layers above hold.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use compasso_items::Stores;
use compasso_pipeline::Pipeline;
use compasso_runtime::{Bond, Runtime};
use compasso_types::Timestamp;
use tokio::sync::{Mutex as AsyncMutex, Semaphore};

use crate::entry::Entry;
use crate::health::Health;
use crate::hook::{FetchedSets, Hook, KeySets};
use crate::inbox::Later;
use crate::limits::{BODIES_BYTES_MAX, BODY_UNIT};
use crate::record::{self, DELIVERY, Delivery, EventNumber};
use crate::registry::{Followed, Registry, Topic};
use crate::slot::Slot;
use crate::waiters::Waiters;
use crate::watch::Databases;
use crate::{Starts, kinds};

/// The triggers of all pipelines; `clone` is cheap.
#[derive(Clone)]
pub struct Triggers {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) runtime: Runtime,
    starts: Bond<Arc<dyn Starts>>,
    databases: Bond<Arc<dyn Databases>>,
    /// Fetches the keys that tokens of webhooks are signed with.
    pub(crate) fetch_keys: Bond<Arc<dyn KeySets>>,
    pub(crate) key_sets: FetchedSets,
    registry: Mutex<Registry>,
    last: AtomicU64,
    /// Room for the bodies of webhooks, in [`BODY_UNIT`]s.
    pub(crate) bodies: Arc<Semaphore>,
    /// Where objects are.
    pub(crate) stores: Stores,
    /// Held while an update of an asset is taken in.
    pub(crate) updates: AsyncMutex<()>,
    /// Tasks that wait.
    pub(crate) waiters: Mutex<Waiters>,
}

/// A trigger, for those who look at it.
#[derive(Clone, Debug)]
pub struct TriggerView {
    /// Its id.
    pub id: Arc<str>,
    /// What it waits for.
    pub kind: &'static str,
    /// Whether it is on; of one that is not, nothing else is known.
    pub enabled: bool,
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
        let last = AtomicU64::new(0);
        let bodies = Arc::new(Semaphore::new(BODIES_BYTES_MAX / BODY_UNIT));
        Self {
            inner: Arc::new(Inner {
                runtime,
                starts: Bond::default(),
                databases: Bond::default(),
                fetch_keys: Bond::default(),
                key_sets: FetchedSets::default(),
                registry: Mutex::default(),
                last,
                bodies,
                stores,
                updates: AsyncMutex::default(),
                waiters: Mutex::default(),
            }),
        }
    }

    /// Says who starts runs.
    pub fn begin(&self, starts: Arc<dyn Starts>) {
        // A second time changes nothing.
        self.inner.starts.tie(starts);
    }

    /// Says where databases are.
    pub fn find_databases(&self, databases: Arc<dyn Databases>) {
        // A second time changes nothing.
        self.inner.databases.tie(databases);
    }

    /// Returns whether there is a database of this name.
    pub fn knows_database(&self, connection: &str) -> bool {
        self.databases().is_ok_and(|databases| databases.database(connection).is_ok())
    }

    /// Returns whether files of this directory may be read as items.
    pub fn may_read(&self, directory: &str) -> bool {
        self.inner.stores.allows(Path::new(directory))
    }

    /// Says who fetches keys.
    pub fn fetch_keys(&self, sets: Arc<dyn KeySets>) {
        // A second time changes nothing.
        self.inner.fetch_keys.tie(sets);
    }

    /// Lets all go that was named, when nothing runs any more.
    pub fn cut(&self) {
        self.inner.starts.cut();
        self.inner.databases.cut();
        self.inner.fetch_keys.cut();
    }

    /// Whether it has begun.
    pub fn has_begun(&self) -> bool {
        self.inner.starts.get().is_some()
    }

    /// Follows the present version of a pipeline: its triggers begin to work, and those it had before
    /// and has no more end.
    pub fn follow(&self, arn: &Arc<str>, pipeline: &Pipeline, paused: bool) {
        let mut registry = self.registry();
        let before = registry.remove(arn);
        let flag = before.as_ref().map_or_else(Arc::default, |before| before.paused.clone());
        flag.store(paused, Ordering::Release);
        let mut old = before.map(|before| before.slots).unwrap_or_default();
        let mut slots = BTreeMap::new();
        let mut unusable = BTreeMap::new();
        let mut disabled = Vec::new();
        let ours = pipeline.triggers.list.iter().filter(|it| !kinds::is_elsewhere(&it.kind));
        for trigger in ours {
            if !trigger.enabled {
                disabled.push((trigger.id.clone(), kinds::name(&trigger.kind)));
                continue;
            }
            let before = old.remove(&trigger.id);
            let shared = before.as_ref().map_or_else(Arc::default, |slot| {
                slot.stop();
                slot.shared.clone()
            });
            match Entry::compile(&pipeline.name, trigger) {
                Ok(entry) => {
                    let slot = Slot::new(arn, &pipeline.name, entry, shared, flag.clone());
                    if let Some(before) = &before {
                        slot.follow(before);
                    }
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
        let since = self.now();
        registry.add(arn.clone(), Followed { paused: flag, slots, disabled, unusable, since });
    }

    /// Returns the path of a webhook of a pipeline on which another one listens to the same requests,
    /// and the ARN of that one.
    pub fn taken_path(&self, arn: &str, pipeline: &Pipeline) -> Option<(String, Arc<str>)> {
        let registry = self.registry();
        let mut hooks = Hook::all_of(pipeline).filter_map(|(_, hook)| {
            let other = registry.listening_on(&hook).find(|slot| *slot.pipeline != *arn)?;
            Some((hook.path.clone(), other.pipeline.clone()))
        });
        hooks.next()
    }

    /// Returns the names of the pipelines whose ends start a pipeline, whatever else is so; `None` if it is not
    /// followed.
    pub fn upstream(&self, arn: &str) -> Option<Vec<Arc<str>>> {
        let registry = self.registry();
        let entries = registry.get(arn)?.slots.values().map(|slot| &slot.entry);
        Some(entries.filter_map(|entry| entry.upstream().cloned()).collect())
    }

    /// Takes note that a run of a pipeline ended.
    pub fn run_ended(&self, pipeline: &str) {
        self.hurry(&Topic::Runs(pipeline.into()));
    }

    /// Takes note that runs ended, whatever they are of.
    pub fn runs_ended(&self) {
        self.hurry(&Topic::AllRuns);
    }

    fn hurry(&self, topic: &Topic) {
        for slot in self.listeners(topic) {
            slot.shared.is_called.store(true, Ordering::Release);
            slot.shared.wake.notify_one();
        }
    }

    /// Takes note that a pipeline was paused, or goes on.
    pub fn pause(&self, arn: &str, paused: bool) {
        let registry = self.registry();
        let Some(followed) = registry.get(arn) else { return };
        followed.paused.store(paused, Ordering::Release);
        for slot in followed.slots.values() {
            slot.shared.wake.notify_one();
        }
    }

    /// Returns the triggers of a pipeline; `None` if it is not followed.
    pub fn of_pipeline(&self, arn: &str) -> Option<Vec<TriggerView>> {
        let registry = self.registry();
        let followed = registry.get(arn)?;
        let at_work = followed.slots.values().map(|slot| TriggerView {
            id: slot.entry.id.clone(),
            kind: kinds::name(&slot.entry.kind),
            enabled: true,
            health: registry.health(slot, followed),
            pending: slot.pending(),
            path: slot.entry.hook.as_ref().map(|hook| format!("/hooks{}", hook.path)),
        });
        let broken = followed.unusable.iter().map(|(id, why)| TriggerView {
            id: id.clone(),
            kind: "",
            enabled: true,
            health: Health::broken(why.clone(), followed.since),
            pending: 0,
            path: None,
        });
        let disabled = followed.disabled.iter().map(|(id, kind)| TriggerView {
            id: id.clone(),
            kind,
            enabled: false,
            health: Health::default(),
            pending: 0,
            path: None,
        });
        Some(at_work.chain(broken).chain(disabled).collect())
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

    /// Returns the triggers that are told of a topic.
    pub(crate) fn listeners(&self, topic: &Topic) -> Vec<Arc<Slot>> {
        self.registry().of(topic).to_vec()
    }

    pub(crate) fn starts(&self) -> Result<Arc<dyn Starts>, Later> {
        self.inner.starts.get().ok_or_else(|| Later("not ready yet".into()))
    }

    pub(crate) fn databases(&self) -> Result<Arc<dyn Databases>, Later> {
        self.inner.databases.get().ok_or_else(|| Later("this server knows no databases".into()))
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

    pub(crate) fn registry(&self) -> MutexGuard<'_, Registry> {
        // Nothing panics under the lock.
        self.inner.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
