//! Rules of alerts as people look at them, and try them out.

use std::sync::Arc;

use compasso_store::ExecutionKey;
use compasso_triggers::{AlertAt, ToldAlert};
use compasso_types::Timestamp;
use serde::Serialize;

use super::{DeliveryView, TriggerTrouble};
use crate::dates::iso;
use crate::pipelines::whole;
use crate::{Caller, Error, Service, Viewer};

/// The rules of alerts of all pipelines.
#[derive(Clone, Debug, Serialize)]
pub struct AlertList {
    /// By pipeline and id.
    pub items: Vec<AlertView>,
}

/// A rule of alerts.
#[derive(Clone, Debug, Serialize)]
pub struct AlertView {
    /// The name of the pipeline that tells.
    pub pipeline: String,
    /// The id of its trigger.
    pub trigger: Arc<str>,
    /// `failures`, `no_success`, `trigger_unhealthy`, `worker_gone` or `queue_older_than`.
    pub rule: &'static str,
    /// Whether its pipeline is paused, so that it tells nothing.
    pub paused: bool,
    /// What holds now and was told.
    pub firing: Vec<FiringAlert>,
    /// What became of what it told last; absent until it told something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<AlertTold>,
    /// What is wrong with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<TriggerTrouble>,
}

/// Something that holds and was told.
#[derive(Clone, Debug, Serialize)]
pub struct FiringAlert {
    /// What it is about.
    pub subject: String,
    /// What was told.
    pub summary: String,
    /// Since when it is so.
    #[serde(serialize_with = "iso")]
    pub since: Timestamp,
    /// When it was told last.
    #[serde(serialize_with = "iso")]
    pub told: Timestamp,
    /// How often.
    pub times: u32,
}

/// What became of what was told.
#[derive(Clone, Debug, Serialize)]
pub struct AlertTold {
    /// The delivery.
    #[serde(flatten)]
    pub delivery: DeliveryView,
    /// How its run stands: `running`, `success`, `failed` or `cancelled`; absent if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<&'static str>,
}

impl Service {
    /// Lists the rules of alerts, with what holds of them.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn list_alerts(&self, viewer: &Viewer) -> Result<AlertList, Error> {
        let mut items = Vec::new();
        let rules = self.triggers().alerts().into_iter();
        for rule in rules.filter(|rule| viewer.sees(&rule.pipeline)) {
            items.push(self.alert_view(rule).await?);
        }
        Ok(AlertList { items })
    }

    async fn alert_view(&self, at: AlertAt) -> Result<AlertView, Error> {
        let triggers = self.triggers();
        let firing = triggers.firing(&at.pipeline, &at.trigger).await?;
        let firing = firing.into_iter().map(|(subject, told)| {
            let ToldAlert { since, at, times, summary } = told;
            FiringAlert { subject, summary, since, told: at, times }
        });
        let last = triggers.deliveries(&at.pipeline, &at.trigger, None, 1).await?.pop();
        let last = match last.map(DeliveryView::of) {
            Some(delivery) => Some(self.alert_told(delivery).await?),
            None => None,
        };
        Ok(AlertView {
            pipeline: at.pipeline.rsplit(':').next().unwrap_or_default().to_owned(),
            trigger: at.trigger,
            rule: at.rule,
            paused: at.paused,
            firing: firing.collect(),
            last,
            trouble: at.health.trouble.map(TriggerTrouble::of),
        })
    }

    async fn alert_told(&self, delivery: DeliveryView) -> Result<AlertTold, Error> {
        let state = match &delivery.run {
            None => None,
            Some(run) => {
                let found = self.runtime.describe(&ExecutionKey(run.clone())).await?;
                found.map(|run| super::ended_run(&run).map_or("running", |end| end.state))
            }
        };
        Ok(AlertTold { delivery, state })
    }

    /// Has a rule tell that it is tried out, whatever holds; durable when it returns.
    ///
    /// # Errors
    /// There is no such rule, or something cannot be stored now.
    pub async fn test_alert(
        &self,
        caller: &Caller,
        pipeline: &str,
        trigger: &str,
    ) -> Result<DeliveryView, Error> {
        let arn = whole(caller, pipeline)?;
        let told = self.triggers().test_alert(arn.as_str(), trigger).await?;
        let missing = || Error::ResourceNotFound { arn: format!("alert {trigger} of {pipeline}") };
        told.map(DeliveryView::of).ok_or_else(missing)
    }
}
