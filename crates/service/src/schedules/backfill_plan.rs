//! What backfills would do.

use compasso_scheduler::{BackfillOrder, Planned, PlannedFate};
use compasso_types::Timestamp;
use serde::Serialize;

use super::backfills::{CreateBackfill, refused};
use crate::dates::iso;
use crate::executions::status_name;
use crate::{Caller, Error, Service};

/// What a backfill would do.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlannedBackfill {
    /// The first of its ticks, in its order.
    pub items: Vec<PlannedTick>,
    /// How many there are.
    pub total: usize,
    /// Which ticks come first: those of a pipeline that looks back always come in their order.
    pub order: BackfillOrder,
    /// How many runs would be under way at once.
    pub max_active: usize,
}

/// What would become of a tick.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlannedTick {
    /// The tick.
    #[serde(serialize_with = "iso")]
    pub at: Timestamp,
    /// The part of the data that it stands for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partition: Option<String>,
    /// The name of its run.
    pub run: String,
    /// What would happen.
    pub fate: PlannedFate,
    /// How the run is that there is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<&'static str>,
    /// Why its run could not begin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl Service {
    /// Says what a backfill of a pipeline would do.
    ///
    /// # Errors
    /// As of [`Service::create_backfill`].
    pub async fn plan_backfill(
        &self,
        caller: &Caller,
        name: &str,
        request: CreateBackfill,
    ) -> Result<PlannedBackfill, Error> {
        let new = self.new_backfill(caller, name, request).await?;
        let (order, max_active) = (new.order, new.max_active);
        let planned = self.inner.scheduler.plan_backfill(new).await;
        let (items, total) = planned.map_err(refused)?;
        let items = items.into_iter().map(PlannedTick::of).collect();
        Ok(PlannedBackfill { items, total, order, max_active })
    }
}

impl PlannedTick {
    fn of(planned: Planned) -> Self {
        let Planned { at, partition, run, fate, present, why } = planned;
        Self { at, partition, run, fate, status: present.map(status_name), why }
    }
}
