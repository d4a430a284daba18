//! Which triggers are at work, and what each of them is told of.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use compasso_pipeline::tree::Assets;
use compasso_types::Timestamp;

use crate::entry::Entry;
use crate::health::{Health, Trouble};
use crate::hook::Hook;
use crate::slot::Slot;
use crate::watch::{AlertAt, Watch};

/// The triggers at work.
#[derive(Default)]
pub(crate) struct Registry {
    pipelines: BTreeMap<Arc<str>, Followed>,
    topics: BTreeMap<Topic, Vec<Arc<Slot>>>,
}

/// A pipeline whose triggers are at work.
pub(crate) struct Followed {
    pub(crate) paused: Arc<AtomicBool>,
    pub(crate) slots: BTreeMap<Arc<str>, Arc<Slot>>,
    /// Those that are switched off, with their kinds.
    pub(crate) disabled: Vec<(Arc<str>, &'static str)>,
    /// What is wrong with triggers that have no slot.
    pub(crate) unusable: BTreeMap<Arc<str>, String>,
    /// Since when this version is followed.
    pub(crate) since: Timestamp,
}

/// What a trigger is told of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Topic {
    /// Requests to a path below `/hooks`.
    Path(String),
    /// Ends of the runs of a pipeline of this name.
    Runs(Arc<str>),
    /// Ends of all runs.
    AllRuns,
    /// Updates of an asset.
    Asset(Arc<str>),
    /// All events.
    Events,
}

impl Registry {
    /// Takes a pipeline in.
    pub(crate) fn add(&mut self, arn: Arc<str>, followed: Followed) {
        for slot in followed.slots.values() {
            for topic in topics(&slot.entry) {
                self.topics.entry(topic).or_default().push(slot.clone());
            }
        }
        self.pipelines.insert(arn, followed);
    }

    /// Takes a pipeline out.
    pub(crate) fn remove(&mut self, arn: &str) -> Option<Followed> {
        let followed = self.pipelines.remove(arn)?;
        for slot in followed.slots.values() {
            for topic in topics(&slot.entry) {
                let Some(there) = self.topics.get_mut(&topic) else { continue };
                there.retain(|other| !Arc::ptr_eq(other, slot));
                if there.is_empty() {
                    self.topics.remove(&topic);
                }
            }
        }
        Some(followed)
    }

    pub(crate) fn get(&self, arn: &str) -> Option<&Followed> {
        self.pipelines.get(arn)
    }

    /// Returns the path of a webhook if another trigger listens there to the same requests.
    pub(crate) fn rival<'s>(&self, slot: &'s Arc<Slot>) -> Option<&'s str> {
        let hook = slot.entry.hook.as_ref()?;
        let is_there = self.listening_on(hook).any(|other| !Arc::ptr_eq(other, slot));
        is_there.then_some(&*hook.path)
    }

    /// Returns whether a trigger of a pipeline does its work.
    pub(crate) fn health(&self, slot: &Arc<Slot>, of: &Followed) -> Health {
        match self.rival(slot) {
            None => slot.health().clone(),
            Some(path) => {
                let why = format!("another trigger listens on /hooks{path}");
                Health::broken(why, of.since)
            }
        }
    }

    /// Returns what is wrong with all triggers, with the ARNs of their pipelines and their ids.
    pub(crate) fn troubles(&self) -> Vec<(Arc<str>, Arc<str>, Trouble)> {
        let mut troubles = Vec::new();
        for (arn, followed) in &self.pipelines {
            let at_work = followed.slots.values();
            let at_work = at_work.map(|slot| (&slot.entry.id, self.health(slot, followed)));
            let broken = followed.unusable.iter();
            let broken = broken.map(|(id, why)| (id, Health::broken(why.clone(), followed.since)));
            let all = at_work.chain(broken);
            let ill = all.filter_map(|(id, health)| Some((id, health.trouble?)));
            troubles.extend(ill.map(|(id, trouble)| (arn.clone(), id.clone(), trouble)));
        }
        troubles
    }

    /// Returns all triggers that are rules of alerts.
    pub(crate) fn alerts(&self) -> Vec<AlertAt> {
        let mut alerts = Vec::new();
        for (arn, followed) in &self.pipelines {
            for slot in followed.slots.values() {
                let Some(rule) = slot.entry.watch.as_ref().and_then(Watch::alert_rule) else {
                    continue;
                };
                let (pipeline, trigger) = (arn.clone(), slot.entry.id.clone());
                let health = self.health(slot, followed);
                let paused = slot.is_paused();
                alerts.push(AlertAt { pipeline, trigger, rule, paused, health });
            }
        }
        alerts
    }

    /// Returns the triggers that requests go to.
    pub(crate) fn hooks(&self) -> impl Iterator<Item = &Arc<Slot>> {
        let all = self.pipelines.values().flat_map(|followed| followed.slots.values());
        all.filter(|slot| slot.entry.hook.is_some())
    }

    /// Returns the triggers that listen to requests to a webhook.
    pub(crate) fn listening_on(&self, hook: &Hook) -> impl Iterator<Item = &Arc<Slot>> {
        let there = self.of(&Topic::Path(hook.path.clone())).iter();
        there.filter(|other| other.entry.hook.as_ref().is_some_and(|other| other.meets(hook)))
    }

    /// Returns the triggers that are told of a topic.
    pub(crate) fn of(&self, topic: &Topic) -> &[Arc<Slot>] {
        self.topics.get(topic).map_or(&[], Vec::as_slice)
    }
}

fn topics(entry: &Entry) -> Vec<Topic> {
    let mut topics = Vec::new();
    topics.extend(entry.hook.as_ref().map(|hook| Topic::Path(hook.path.clone())));
    topics.extend(entry.watch.as_ref().and_then(Watch::runs_of).cloned().map(Topic::Runs));
    topics.extend(entry.watch.as_ref().filter(|it| it.counts_runs()).map(|_| Topic::AllRuns));
    topics.extend(entry.event.as_ref().map(|_| Topic::Events));
    if let Some(trigger) = &entry.asset {
        add_assets(&trigger.assets, &mut topics);
    }
    topics.sort();
    topics.dedup();
    topics
}

fn add_assets(assets: &Assets, topics: &mut Vec<Topic>) {
    match assets {
        Assets::One(one) => topics.push(Topic::Asset(one.clone())),
        Assets::All(parts) | Assets::Any(parts) => {
            for part in parts {
                add_assets(part, topics);
            }
        }
    }
}
