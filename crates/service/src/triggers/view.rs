//! Triggers as people look at them.

use std::sync::Arc;

use compasso_triggers::{Delivery, EventNumber, Health, NoReplay, Replay, Trouble};
use compasso_types::{Timestamp, suggestion};
use serde::Serialize;

use crate::constraints::Constraints;
use crate::dates::{iso, iso_if};
use crate::pipelines::whole;
use crate::{Caller, Error, Service};

/// Most deliveries on a page, and how many there are if nobody says.
const DELIVERIES_MAX: i64 = 1_000;
const DELIVERIES_DEFAULT: i64 = 100;
/// Most characters of what tells two requests for the same replay.
const ASKED_AS_CHARS_MAX: usize = 255;
/// Most triggers that are named where another one is not there.
const KNOWN_TOLD: usize = 12;

/// The triggers of a pipeline.
#[derive(Clone, Debug, Serialize)]
pub struct TriggerPage {
    /// Those that are on, then those that are broken, then those that are switched off, by their ids.
    pub items: Vec<TriggerView>,
}

/// A trigger.
#[derive(Clone, Debug, Serialize)]
pub struct TriggerView {
    /// Its id.
    pub id: Arc<str>,
    /// What it waits for.
    pub kind: &'static str,
    /// Whether it is on (`enabled`); one that is not is neither healthy nor ill.
    pub enabled: bool,
    /// Whether it does its work.
    pub healthy: bool,
    /// What is wrong with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<TriggerTrouble>,
    /// When it looked outside last, and found all well.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "iso_if")]
    pub looked: Option<Timestamp>,
    /// How many events wait for their run.
    pub pending: usize,
    /// Where requests to it go, if it takes requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

/// What is wrong with a trigger.
#[derive(Clone, Debug, Serialize)]
pub struct TriggerTrouble {
    /// The last error.
    pub error: String,
    /// Since when.
    #[serde(serialize_with = "iso")]
    pub since: Timestamp,
    /// How often it was tried in vain.
    pub failures: u32,
    /// When it is tried again.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "iso_if")]
    pub next: Option<Timestamp>,
}

/// Some deliveries.
#[derive(Clone, Debug, Serialize)]
pub struct DeliveryPage {
    /// The deliveries, the newest first.
    pub items: Vec<DeliveryView>,
    /// Where the next page starts; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// What became of an event.
#[derive(Clone, Debug, Serialize)]
pub struct DeliveryView {
    /// Its number.
    pub id: String,
    /// When it came.
    #[serde(serialize_with = "iso")]
    pub at: Timestamp,
    /// What became of it.
    pub fate: &'static str,
    /// The ARN of its run, or of the run that the first event of the same key started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<Arc<str>>,
    /// Its key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<Arc<str>>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The number of the delivery that it repeats (`replayOf`), if somebody asked for that.
    #[serde(rename = "replayOf", skip_serializing_if = "Option::is_none")]
    pub replay_of: Option<String>,
    /// Who asked, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<Arc<str>>,
}

impl Service {
    /// Lists the triggers of a pipeline that react to what happens outside.
    ///
    /// # Errors
    /// There is no such pipeline.
    pub fn list_triggers(&self, caller: &Caller, name: &str) -> Result<TriggerPage, Error> {
        let arn = whole(caller, name)?;
        let found = self.triggers().of_pipeline(arn.as_str());
        let missing = || Error::PipelineDoesNotExist { name: name.to_owned() };
        let items = found.ok_or_else(missing)?.into_iter().map(TriggerView::of).collect();
        Ok(TriggerPage { items })
    }

    /// Lists what became of a trigger's events.
    ///
    /// # Errors
    /// There is no such pipeline or trigger, the page is invalid, or the store does not answer.
    pub async fn list_deliveries(
        &self,
        caller: &Caller,
        name: &str,
        trigger: &str,
        limit: Option<i64>,
        next: Option<&str>,
    ) -> Result<DeliveryPage, Error> {
        Constraints::default().number_if("limit", limit, 1..=DELIVERIES_MAX).check()?;
        let arn = whole(caller, name)?;
        let before = next.map(str::parse::<EventNumber>).transpose();
        let before = before.map_err(|_| Error::validation("next is no place in this list"))?;
        let limit = usize::try_from(limit.unwrap_or(DELIVERIES_DEFAULT)).unwrap_or(1);
        let triggers = self.triggers();
        let mut found = triggers.deliveries(arn.as_str(), trigger, before, limit + 1).await?;
        // What became of the events of a trigger that is gone stays readable.
        if found.is_empty() && before.is_none() {
            self.check_trigger(caller, name, trigger)?;
        }
        let has_more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| has_more).map(|last| last.number.to_string());
        Ok(DeliveryPage { items: found.into_iter().map(DeliveryView::of).collect(), next })
    }

    /// Refuses a trigger that a pipeline does not have, and names the one that was probably meant.
    fn check_trigger(&self, caller: &Caller, name: &str, trigger: &str) -> Result<(), Error> {
        let known = self.list_triggers(caller, name)?.items;
        if known.iter().any(|known| *known.id == *trigger) {
            return Ok(());
        }
        let nearest = suggestion::nearest(trigger, known.iter().map(|known| &*known.id));
        let hint = nearest.map_or_else(|| there_is(&known), |hint| format!("; {hint}"));
        Err(Error::NoSuchPart(format!("{name} has no trigger '{trigger}'{hint}")))
    }
}

impl Service {
    /// Starts a run of what came with a delivery, as the trigger is now. Asked again with the same
    /// `asked_as`, its run is the same.
    ///
    /// # Errors
    /// There is no such pipeline, trigger or delivery, what came is not known any more, or it would start
    /// nothing now.
    pub async fn replay_delivery(
        &self,
        caller: &Caller,
        name: &str,
        (trigger, delivery): (&str, &str),
        by: Option<Arc<str>>,
        asked_as: Option<&str>,
    ) -> Result<DeliveryView, Error> {
        Constraints::default()
            .chars_if("Idempotency-Key", asked_as, 1..=ASKED_AS_CHARS_MAX)
            .check()?;
        let arn = whole(caller, name)?;
        let triggers = self.triggers();
        if triggers.of_pipeline(arn.as_str()).is_none() {
            return Err(Error::PipelineDoesNotExist { name: name.to_owned() });
        }
        let of = delivery.parse::<EventNumber>();
        let of = of.map_err(|_| Error::validation("a delivery has a hexadecimal number"))?;
        // Of a trigger that is gone there may be deliveries; one that never was has none.
        if triggers.deliveries(arn.as_str(), trigger, None, 1).await?.is_empty() {
            self.check_trigger(caller, name, trigger)?;
        }
        let replay = Replay { of, by };
        let delivery = triggers.replay(arn.as_str(), trigger, replay, asked_as).await;
        match delivery {
            Ok(delivery) => Ok(DeliveryView::of(delivery)),
            Err(NoReplay::Later(later)) => Err(later.into()),
            Err(NoReplay::Unknown(of)) => {
                Err(Error::ResourceNotFound { arn: format!("delivery {of} of {name}/{trigger}") })
            }
            Err(other) => Err(Error::Conflict(format!("It is not replayed: {other}"))),
        }
    }
}

fn there_is(known: &[TriggerView]) -> String {
    let named = known.iter().take(KNOWN_TOLD).map(|known| format!("'{}'", known.id));
    let named: Vec<_> = named.collect();
    if named.is_empty() { String::new() } else { format!("; there is {}", named.join(", ")) }
}

impl TriggerView {
    fn of(view: compasso_triggers::TriggerView) -> Self {
        let Health { trouble, looked, .. } = view.health;
        Self {
            id: view.id,
            kind: view.kind,
            enabled: view.enabled,
            healthy: trouble.is_none(),
            trouble: trouble.map(TriggerTrouble::of),
            looked,
            pending: view.pending,
            path: view.path,
        }
    }
}

impl TriggerTrouble {
    pub(super) fn of(trouble: Trouble) -> Self {
        let Trouble { error, since, failures, next } = trouble;
        Self { error, since, failures, next }
    }
}

impl DeliveryView {
    pub(super) fn of(delivery: Delivery) -> Self {
        let (of, by) = delivery.replay.map_or((None, None), |it| (Some(it.of), it.by));
        Self {
            id: delivery.number.to_string(),
            at: delivery.number.at(),
            fate: delivery.fate.name(),
            run: delivery.run,
            key: delivery.key,
            reason: delivery.reason,
            replay_of: of.map(|of| of.to_string()),
            by,
        }
    }
}
