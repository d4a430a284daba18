//! Events and updates of assets that are told to the server.

use std::sync::Arc;

use compasso_triggers::{AssetUpdate, CloudEvent};
use compasso_types::Json;
use serde::{Deserialize, Serialize};

use super::DeliveryView;
use crate::constraints::Constraints;
use crate::{Caller, Error, Service, Viewer};

/// Longest URI of an asset, partition or id, characters.
const NAME_CHARS_MAX: usize = 1_024;

/// What became of events.
#[derive(Clone, Debug, Serialize)]
pub struct EventsTold {
    /// For each event, what became of it at each trigger that waits for such events.
    pub items: Vec<Vec<ToldDelivery>>,
    /// For each event, the ARNs of the runs whose tasks waited for it.
    pub waited: Vec<Vec<Arc<str>>>,
}

/// What became of an event at a trigger.
#[derive(Clone, Debug, Serialize)]
pub struct ToldDelivery {
    /// The ARN of the pipeline.
    pub pipeline: Arc<str>,
    /// The id of the trigger.
    pub trigger: Arc<str>,
    /// What became of it.
    #[serde(flatten)]
    pub delivery: DeliveryView,
}

/// An update of an asset.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpdateAsset {
    /// The URI of the asset.
    pub asset: Arc<str>,
    /// The part of it that was updated.
    pub partition: Option<Arc<str>>,
    /// The ARN of the run that updated it.
    pub run: Option<Arc<str>>,
    /// What is told about it.
    #[serde(default)]
    pub metadata: Json,
    /// The same when the same update is told again.
    pub id: Option<String>,
}

impl Service {
    /// Tells triggers, and tasks that wait, of events; durable when it returns.
    ///
    /// # Errors
    /// They are no events, or something cannot be stored now.
    pub async fn tell_events(&self, viewer: &Viewer, events: &Json) -> Result<EventsTold, Error> {
        let events = CloudEvent::read_all(events, self.now()).map_err(Error::validation)?;
        let (mut items, mut waited) = (Vec::new(), Vec::new());
        for event in &events {
            let told = self.triggers().tell(viewer.account.as_deref(), event).await?;
            waited.push(told.waited);
            let told = told.deliveries.into_iter().map(|told| ToldDelivery {
                pipeline: told.pipeline,
                trigger: told.trigger,
                delivery: DeliveryView::of(told.delivery),
            });
            items.push(told.collect());
        }
        Ok(EventsTold { items, waited })
    }

    /// Tells triggers of an update of an asset; durable when it returns. Telling one again under
    /// the same id changes nothing.
    ///
    /// # Errors
    /// It is invalid, or something cannot be stored now.
    pub async fn update_asset(&self, caller: &Caller, update: UpdateAsset) -> Result<(), Error> {
        let most = 1..=NAME_CHARS_MAX;
        Constraints::default()
            .chars("asset", &update.asset, most.clone())
            .chars_if("partition", update.partition.as_deref(), most.clone())
            .chars_if("run", update.run.as_deref(), most.clone())
            .chars_if("id", update.id.as_deref(), most)
            .check()?;
        let id = update.id.unwrap_or_else(|| self.new_id());
        let UpdateAsset { asset, partition, run, metadata, .. } = update;
        let update = AssetUpdate { asset, partition, run, metadata };
        Ok(self.triggers().update_asset(&caller.account, &id, &update).await?)
    }
}
