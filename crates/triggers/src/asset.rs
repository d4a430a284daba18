//! Assets: what tasks write, and others wait for.
//!
//! An update is taken in once: it is stored under the id that its sender gives it, with a number; a
//! trigger keeps the numbers of updates that it took.

mod due;

use std::collections::VecDeque;
use std::sync::Arc;

use compasso_store::{Document, Expected};
use compasso_types::{Arn, Json, Timestamp};
use serde::{Deserialize, Serialize};

use self::due::due;
use crate::Triggers;
use crate::inbox::{Arrival, Later};
use crate::limits::{KEY_MEMORY, UPDATES_KNOWN, UPDATES_MAX};
use crate::record::{self, ASSETS, EventNumber, LATEST, UPDATE};
use crate::registry::Topic;
use crate::slot::Slot;

/// An update of an asset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AssetUpdate {
    /// The URI of the asset.
    pub asset: Arc<str>,
    /// The part of it that was updated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition: Option<Arc<str>>,
    /// The ARN of the run that updated it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<Arc<str>>,
    /// What is told about it.
    #[serde(default)]
    pub metadata: Json,
}

/// An update that a trigger has taken and not used yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Pending {
    pub(crate) number: EventNumber,
    #[serde(flatten)]
    pub(crate) update: AssetUpdate,
}

/// An update that is known by the id that its sender gave it.
#[derive(Serialize, Deserialize)]
struct Known {
    #[serde(flatten)]
    pending: Pending,
    /// Whether all that were there have been told of it. An earlier release did not say so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_told: bool,
}

/// What a trigger knows of assets.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct AssetState {
    pending: Vec<Pending>,
    /// The updates it took last.
    taken: VecDeque<EventNumber>,
}

/// Says whether an update of an asset was told so long ago that nobody tells it again: before `old`,
/// and longer ago than keys are remembered.
pub fn is_stale(document: &Document, now: Timestamp, old: Option<Timestamp>) -> bool {
    let Ok(Pending { number, .. }) = record::read::<Pending>(document) else { return false };
    let at = number.at();
    old.is_some_and(|old| at <= old) && at.after(KEY_MEMORY) <= now
}

impl Triggers {
    /// Takes in an update of an asset of an account; durable when it returns. `id` is the same when
    /// the same update is told again.
    ///
    /// # Errors
    /// Something cannot be stored now; tell it again.
    pub async fn update_asset(
        &self,
        account: &str,
        id: &str,
        update: &AssetUpdate,
    ) -> Result<(), Later> {
        let (triggers, account, id) = (self.clone(), account.to_owned(), id.to_owned());
        let update = update.clone();
        self.to_its_end(async move { triggers.take_in_update(&account, &id, &update).await }).await
    }

    async fn take_in_update(
        &self,
        account: &str,
        id: &str,
        update: &AssetUpdate,
    ) -> Result<(), Later> {
        // One after the other, so that each trigger sees them in the order of their numbers.
        let _turn = self.inner.updates.lock().await;
        let key = record::remembered_key(&format!("{account}/"), id);
        let Some(pending) = self.note_update(account, &key, update).await? else { return Ok(()) };
        self.tell_of_update(account, &pending).await?;
        let is_of = |slot: &Arc<Slot>| {
            slot.pipeline.parse::<Arn>().is_ok_and(|arn| arn.account() == account)
        };
        for slot in self.listeners(&Topic::Asset(update.asset.clone())).into_iter().filter(is_of) {
            self.take_update(&slot, pending.clone()).await?;
        }
        // Told again after this, it is news to nobody, also not to a trigger that came later.
        let told = Known { pending, is_told: true };
        self.write(vec![record::put(UPDATE, key, Expected::Any, &told)]).await?;
        Ok(())
    }

    /// Numbers an update; the same one has the same number. `None` if all that were there have been told
    /// of it.
    async fn note_update(
        &self,
        account: &str,
        key: &str,
        update: &AssetUpdate,
    ) -> Result<Option<Pending>, Later> {
        let found = self.inner.runtime.store().document(UPDATE, key).await?;
        if let Some(document) = found {
            let Known { pending, is_told } = record::read(&document)?;
            let update = update.clone();
            return Ok((!is_told).then_some(Pending { update, ..pending }));
        }
        let pending = Pending { number: self.next_number(), update: update.clone() };
        let latest = record::remembered_key(&format!("{account}/"), &update.asset);
        let noted = Known { pending: pending.clone(), is_told: false };
        let changes = vec![
            record::put(UPDATE, key.to_owned(), Expected::Absent, &noted),
            record::put(LATEST, latest, Expected::Any, &pending),
        ];
        if self.write(changes).await? {
            Ok(Some(pending))
        } else {
            Err(Later("the same update is told twice at once".into()))
        }
    }

    async fn take_update(&self, slot: &Arc<Slot>, pending: Pending) -> Result<(), Later> {
        let Some(trigger) = &slot.entry.asset else { return Ok(()) };
        let mut progress = slot.shared.gate.lock().await;
        let mut state = match progress.assets.take() {
            Some(state) => state,
            None => self.read_assets(slot).await?,
        };
        if !state.take(pending) {
            progress.assets = Some(state);
            return Ok(());
        }
        let groups = due(trigger, &mut state.pending);
        let arrivals: Vec<_> = groups.iter().map(|group| arrival(group)).collect();
        let change = record::put(ASSETS, slot.prefix.clone(), Expected::Any, &state);
        let accepted = self.accept(slot, &arrivals, &[change]).await?;
        progress.assets = Some(state);
        drop(progress);
        self.carry_out(slot, accepted).await;
        Ok(())
    }

    async fn read_assets(&self, slot: &Slot) -> Result<AssetState, Later> {
        let found = self.inner.runtime.store().document(ASSETS, &slot.prefix).await?;
        Ok(found.map(|document| record::read(&document)).transpose()?.unwrap_or_default())
    }
}

impl AssetState {
    /// Whether all it took came before another event.
    pub(crate) fn is_before(&self, cut: EventNumber) -> bool {
        self.taken.back().is_none_or(|last| *last < cut)
    }

    /// Takes an update; false if it was taken before.
    fn take(&mut self, pending: Pending) -> bool {
        if self.taken.contains(&pending.number) {
            return false;
        }
        self.taken.push_back(pending.number);
        if self.taken.len() > UPDATES_KNOWN {
            self.taken.pop_front();
        }
        self.pending.push(pending);
        if self.pending.len() > UPDATES_MAX {
            // The oldest: what matters is that there is a newer one.
            self.pending.remove(0);
        }
        true
    }
}

/// Returns what expressions see of an update.
pub(crate) fn shown(pending: &Pending) -> Json {
    let Pending { number, update } = pending;
    let text = |value: &Option<Arc<str>>| value.as_deref().map(Json::from);
    let members = [
        ("asset", Some(Json::from(&*update.asset))),
        ("partition", text(&update.partition)),
        ("at", Some(Json::from(Timestamp::to_string(&number.at())))),
        ("run", text(&update.run)),
        ("metadata", Some(update.metadata.clone()).filter(|it| *it != Json::Null)),
    ];
    Json::object(members.into_iter().filter_map(|(name, value)| Some((name, value?))))
}

/// Makes one of what several runs would have seen of updates.
pub(crate) fn joined(triggers: &[Json]) -> Json {
    let of_each = triggers.iter().filter_map(|trigger| trigger.get("events")?.as_array());
    let updates = Json::array(of_each.flat_map(|updates| updates.iter().cloned()));
    let partition = triggers.last().and_then(|last| last.get("partition").cloned());
    let members = [("events", Some(updates)), ("partition", partition)];
    Json::object(members.into_iter().filter_map(|(name, it)| Some((name, it?))))
}

/// Makes an event of updates that belong together.
fn arrival(group: &[Pending]) -> Arrival {
    let partition = group.last().and_then(|last| last.update.partition.as_deref());
    let members = [
        ("events", Some(Json::array(group.iter().map(shown)))),
        ("partition", partition.map(Json::from)),
    ];
    let numbers: Vec<_> = group.iter().map(|pending| pending.number.to_string()).collect();
    Arrival {
        trigger: Json::object(members.into_iter().filter_map(|(name, it)| Some((name, it?)))),
        known_by: Some(numbers.join(",")),
        judged: None,
    }
}
