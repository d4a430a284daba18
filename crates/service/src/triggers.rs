//! Triggers: what starts runs of pipelines besides people and clocks.

mod alerts;
mod events;
mod starts;
mod view;

use std::collections::BTreeSet;
use std::sync::Arc;

use compasso_triggers::{Databases, KeySets, Later, Triggers};

pub(crate) use self::starts::{ended_run, run_end};
pub use alerts::{AlertList, AlertTold, AlertView, FiringAlert};
pub use compasso_triggers::{HookAnswer, HookCall, HookRequest, NoHook};
pub use events::{EventsTold, ToldDelivery, UpdateAsset};
pub use view::{DeliveryPage, DeliveryView, TriggerPage, TriggerTrouble, TriggerView};

use crate::{Error, PipelineNews, Service};

impl From<Later> for Error {
    fn from(later: Later) -> Self {
        Self::Unavailable(later.to_string())
    }
}

impl Service {
    /// Says where triggers find databases.
    pub fn find_databases(&self, databases: Arc<dyn Databases>) {
        self.triggers().find_databases(databases);
    }

    /// Says who fetches the keys that tokens of webhooks are signed with.
    pub fn fetch_keys(&self, sets: Arc<dyn KeySets>) {
        self.triggers().fetch_keys(sets);
    }

    /// Begins to follow the triggers of all pipelines.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn run_triggers(&self) -> Result<(), Error> {
        // Who listens before it reads misses nothing.
        let mut changes = self.pipeline_changes();
        self.triggers().begin(Arc::new(self.clone()));
        self.follow_all().await?;
        self.triggers().read_waiters().await?;
        self.hear_of_ends();
        let service = self.clone();
        self.runtime.spawn(async move {
            while let Ok(change) = changes.next().await {
                match change {
                    Some(change) => service.follow_change(&change.id, change.news),
                    None => {
                        if let Err(error) = service.follow_all().await {
                            tracing::error!(%error, "triggers do not follow their pipelines");
                        }
                    }
                }
            }
        });
        Ok(())
    }

    /// Tells triggers of runs that ended. Those that they miss they find by themselves, later.
    fn hear_of_ends(&self) {
        let Some(mut subscription) = self.changes().subscribe() else { return };
        let service = self.clone();
        self.runtime.spawn(async move {
            while let Some(batch) = subscription.next().await {
                let listed = batch.listed();
                let of = |run: &str| Some(run.split_once(":run:")?.1.split(':').next()?.to_owned());
                let pipelines: BTreeSet<String> = listed.iter().filter_map(|run| of(run)).collect();
                if !listed.is_empty() {
                    service.triggers().runs_ended();
                }
                for pipeline in pipelines {
                    service.triggers().run_ended(&pipeline);
                }
            }
        });
    }

    /// Finds the webhook of a path below `/hooks`; `announced` is how large the body is, if that is
    /// known.
    ///
    /// # Errors
    /// See [`NoHook`].
    pub fn hook(
        &self,
        method: &str,
        path: &str,
        announced: Option<usize>,
    ) -> Result<HookCall, NoHook> {
        self.triggers().hook(method, path, announced)
    }

    /// Answers a call of a webhook.
    ///
    /// # Errors
    /// Nothing can be stored now.
    pub async fn call_hook(
        &self,
        call: HookCall,
        request: HookRequest,
    ) -> Result<HookAnswer, Error> {
        Ok(self.triggers().call(call, request).await?)
    }

    /// Follows the present version of a pipeline.
    pub(crate) async fn follow_triggers(&self, id: &str) -> Result<(), Error> {
        if !self.triggers().has_begun() {
            return Ok(());
        }
        if let Some(stored) = self.stored_pipeline(id).await? {
            self.triggers().follow(&stored.id, &stored.pipeline, stored.paused.is_some());
        }
        Ok(())
    }

    async fn follow_all(&self) -> Result<(), Error> {
        for id in self.pipeline_ids().await? {
            self.follow_triggers(&id).await?;
        }
        Ok(())
    }

    fn follow_change(&self, id: &Arc<str>, news: PipelineNews) {
        match news {
            // Who pushed it has followed it already, before that was answered.
            PipelineNews::Pushed => {}
            PipelineNews::Deleted => self.triggers().forget(id),
            PipelineNews::Paused => self.triggers().pause(id, true),
            PipelineNews::Resumed => self.triggers().pause(id, false),
        }
    }

    pub(crate) fn triggers(&self) -> &Triggers {
        &self.inner.triggers
    }
}
