//! The schedules of pipelines follow what is stored of these.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::sync::Arc;
use std::time::Duration;

use compasso_pipeline::tree::{Trigger, TriggerKind};
use compasso_scheduler::{Pause, PipelineSchedule, condition};
use compasso_store::Expected;
use compasso_types::{Arn, Json, Timestamp};
use futures::{TryStreamExt as _, stream};
use serde::{Deserialize, Serialize};
use tokio::sync::{Mutex, MutexGuard, Semaphore};
use tracing::warn;

use crate::pipelines::{PipelineChanges, StoredPipeline};
use crate::records::{Machine, MachineType, Record};
use crate::shelf::{Shelf, delete, put, read_once};
use crate::{Error, Service};

/// Records read at once.
const READ_AT_ONCE: usize = 500;
/// Pipelines whose schedules follow them at once: what they store is stored together.
const AT_ONCE: usize = 64;
/// Pause before schedules that could not be stored are tried again.
const RETRY: Duration = Duration::from_secs(1);
/// Why a schedule rests that its pipeline switches off.
const DISABLED: &str = "the definition says 'enabled: false'";

/// As of which state of a pipeline its schedules are; the key is the pipeline's ARN.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Followed {
    revision: Arc<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    paused: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
    /// Whether the pipeline is found by its labels; those that earlier releases stored are not.
    #[serde(default)]
    is_labelled: bool,
}

impl Record for Followed {
    const KIND: &'static str = "pipeline-schedules";
}

/// Held, of a pipeline, by who has its schedules follow it. Others seldom share its lock.
#[derive(Debug)]
pub(crate) struct Following([Mutex<()>; AT_ONCE]);

impl Default for Following {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Mutex::default()))
    }
}

impl Following {
    async fn alone(&self, pipeline: &str) -> MutexGuard<'_, ()> {
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(pipeline);
        self.0[(hash % AT_ONCE as u64) as usize].lock().await
    }
}

impl Service {
    /// Has the schedules of all pipelines follow these, until the server stops.
    pub(super) async fn follow_pipelines(self, mut changes: PipelineChanges) {
        self.follow_until_done(None).await;
        let room = Arc::new(Semaphore::new(AT_ONCE));
        loop {
            match changes.next().await {
                Ok(Some(change)) => {
                    let Ok(permit) = room.clone().acquire_owned().await else { return };
                    let service = self.clone();
                    self.runtime.spawn(async move {
                        service.follow_until_done(Some(&change.id)).await;
                        drop(permit);
                    });
                }
                Ok(None) => self.follow_until_done(None).await,
                Err(_) => return,
            }
        }
    }

    async fn follow_until_done(&self, pipeline: Option<&Arc<str>>) {
        loop {
            let followed = match pipeline {
                Some(pipeline) => self.follow_pipeline(pipeline, false).await,
                None => self.follow_all_schedules().await,
            };
            let Err(error) = followed else { return };
            warn!(pipeline = pipeline.map(|it| &**it), %error, "schedules are put off");
            tokio::select! {
                () = self.runtime.stopping() => return,
                () = self.runtime.clock().sleep_until(self.now().after(RETRY)) => {}
            }
        }
    }

    /// Compares all pipelines with what their schedules are as of.
    async fn follow_all_schedules(&self) -> Result<(), Error> {
        let ids = self.pipeline_ids().await?.into_iter().map(Ok);
        let follow = |id: String| async move { self.follow_pipeline(&id.into(), false).await };
        stream::iter(ids).try_for_each_concurrent(AT_ONCE, follow).await?;
        let mut after: Option<String> = None;
        loop {
            let page = Shelf::<Followed>::list(&self.runtime, "", after.as_deref(), READ_AT_ONCE);
            let page = page.await?;
            let Some((last, _)) = page.last() else { return Ok(()) };
            after = Some(last.clone());
            for (id, _) in page {
                let arn = id.parse().map_err(|_| Error::Internal(format!("{id} is no ARN")))?;
                let machine = self.machine_if_any(&arn).await?;
                let is_there =
                    machine.is_some_and(|it| !it.value.deleting && is_pipeline(&it.value));
                if !is_there {
                    self.follow_pipeline(&id.into(), false).await?;
                }
            }
        }
    }

    /// Makes the schedules of a pipeline those that it says now.
    pub(crate) async fn follow_pipeline(&self, id: &Arc<str>, catch_up: bool) -> Result<(), Error> {
        let _alone = self.inner.following.alone(id).await;
        let scheduler = &self.inner.scheduler;
        let known = read_once::<Followed>(&self.runtime, id).await?;
        let refused = |error: compasso_scheduler::ChangeError| super::refused(id, error);
        let arn = id.parse().map_err(|_| Error::Internal(format!("{id} is no ARN")))?;
        let machine = self.machine_if_any(&arn).await?.map(|stored| stored.value);
        let Some(machine) = machine.filter(|it| !it.deleting && is_pipeline(it)) else {
            scheduler.put_pipeline(id, Vec::new(), self.now(), false).await.map_err(refused)?;
            for place in scheduler.waiting_runs(id).0 {
                scheduler.withdraw(&place.run, None, "its pipeline was deleted").await?;
            }
            scheduler.hold_waiting(id, false);
            self.hold_tasks(id, None);
            if known.is_some() {
                self.write_alone(delete::<Followed>(id)).await?;
            }
            return Ok(());
        };
        scheduler.hold_waiting(id, machine.paused.is_some());
        self.hold_tasks(id, machine.paused.as_ref());
        let paused = machine.paused.as_ref();
        let present = Followed {
            revision: machine.revision.clone(),
            paused: paused.map(|paused| paused.at),
            until: paused.and_then(|paused| paused.until),
            is_labelled: true,
        };
        if known.as_ref() == Some(&present) {
            return Ok(());
        }
        let Some(stored) = self.stored_pipeline(id).await? else { return Ok(()) };
        self.label(&arn).await?;
        if known.is_none_or(|known| Followed { is_labelled: true, ..known } != present) {
            let schedules = stored.schedules();
            scheduler
                .put_pipeline(id, schedules, stored.written, catch_up)
                .await
                .map_err(refused)?;
        }
        self.write_alone(put(id, Expected::Any, &present)).await
    }

    /// Has a pipeline found by its labels, which earlier releases did not store beside its text.
    async fn label(&self, arn: &Arn) -> Result<(), Error> {
        let Some(found) = self.machine_if_any(arn).await? else { return Ok(()) };
        let compiled = self.present_revision(arn, &found.value).await?;
        let Some(pipeline) = &compiled.pipeline else { return Ok(()) };
        let labels: BTreeMap<_, _> = pipeline.labels.iter().cloned().collect();
        if found.value.labels == labels {
            return Ok(());
        }
        let machine = Machine { labels, ..Machine::clone(&found.value) };
        // What is pushed meanwhile has its own.
        let change = put(arn.as_str(), Expected::Revision(found.revision), &machine);
        self.change(arn.as_str(), vec![change]).await.map(drop)
    }

    async fn write_alone(&self, change: compasso_store::DocumentChange) -> Result<(), Error> {
        crate::shelf::interpret(self.runtime.write(vec![change]).await).map(drop)
    }
}

fn is_pipeline(machine: &Machine) -> bool {
    machine.kind == MachineType::Pipeline
}

impl StoredPipeline {
    /// Returns its schedules.
    fn schedules(&self) -> Vec<PipelineSchedule> {
        let paused = self.paused.as_ref().map(|paused| Pause {
            since: paused.at,
            by: paused.by.clone(),
            reason: paused.reason.as_deref().map(str::to_owned),
            until: paused.until,
        });
        let of = |trigger: &Trigger| {
            let TriggerKind::Schedule(schedule) = &trigger.kind else { return None };
            let disabled = || Pause {
                since: self.written,
                by: None,
                reason: Some(DISABLED.into()),
                until: None,
            };
            Some(PipelineSchedule {
                id: trigger.id.clone(),
                spec: schedule.spec(),
                condition: trigger.condition.as_ref().map(|it| condition(&it.text)),
                params: params_of(trigger),
                paused: if trigger.enabled { paused.clone() } else { Some(disabled()) },
            })
        };
        self.pipeline.triggers.list.iter().filter_map(of).collect()
    }
}

fn params_of(trigger: &Trigger) -> Option<Json> {
    let members = trigger.params.iter().map(|(name, value)| (name.clone(), value.template()));
    (!trigger.params.is_empty()).then(|| Json::object(members.collect::<Vec<_>>()))
}
