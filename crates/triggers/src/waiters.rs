//! Tasks that wait for an event or for an update of an asset.
//!
//! They are told, and look at nothing: what happens looks for those who wait for it. A waiter is
//! stored before its task counts as waiting, and what it was given is stored before the task hears
//! of it and before whoever told of it is answered. So nothing that was acknowledged is lost between
//! the two, and after a crash the task is told again.

mod tell;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use compasso_pipeline::tree::EventTrigger;
use compasso_types::{Json, Timestamp};
use serde::{Deserialize, Serialize};

use crate::event::{CloudEvent, Wanted};

/// What a task waits for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Awaited {
    /// An event; all that is there must fit.
    Event {
        /// Its source.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<Arc<str>>,
        /// Its type.
        #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
        kind: Option<Arc<str>>,
        /// What it must be like, in the patterns of EventBridge.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pattern: Option<Json>,
    },
    /// An update of an asset.
    Asset {
        /// The URI of the asset.
        asset: Arc<str>,
        /// Updates then or later count.
        since: Timestamp,
    },
}

/// A task that waits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Waiter {
    /// Whose events and assets count.
    pub account: Arc<str>,
    /// The ARN of its run.
    pub run: Arc<str>,
    /// Ends the task.
    pub token: Arc<str>,
    /// When it is over in any case, as its task then is.
    pub until: Timestamp,
    /// What it waits for.
    pub awaited: Awaited,
}

/// A wait cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum NoWait {
    /// Trying again would not help.
    #[error("{0}")]
    Refused(String),
    /// It cannot be stored now.
    #[error("{0}")]
    Later(String),
}

/// All that wait, in memory.
#[derive(Default)]
pub(crate) struct Waiters {
    all: BTreeMap<Arc<str>, Known>,
    /// Who waits for which source; those that take any are under none.
    events: BTreeMap<Option<Arc<str>>, BTreeSet<Arc<str>>>,
    /// Who waits for which asset.
    assets: BTreeMap<Arc<str>, BTreeSet<Arc<str>>>,
}

struct Known {
    waiter: Waiter,
    /// Set if it waits for an event.
    wanted: Option<Wanted>,
}

impl Waiters {
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// Returns the runs that wait, and whether it is for an event.
    pub(crate) fn runs(&self) -> Vec<(Arc<str>, bool)> {
        let all = self.all.values();
        all.map(|known| (known.waiter.run.clone(), known.wanted.is_some())).collect()
    }

    /// Takes a waiter in, unless it is there.
    ///
    /// # Errors
    /// What is wrong with what it waits for.
    pub(crate) fn add(&mut self, key: &Arc<str>, waiter: Waiter) -> Result<(), String> {
        let wanted = match &waiter.awaited {
            Awaited::Event { source, kind, pattern } => {
                let (source, kind) = (source.clone(), kind.clone());
                Some(Wanted::of(&EventTrigger { source, kind, pattern: pattern.clone() })?)
            }
            Awaited::Asset { .. } => None,
        };
        self.listeners(&waiter.awaited).insert(key.clone());
        self.all.entry(key.clone()).or_insert(Known { waiter, wanted });
        Ok(())
    }

    /// Takes a waiter out.
    pub(crate) fn take(&mut self, key: &str) -> Option<Waiter> {
        let Known { waiter, .. } = self.all.remove(key)?;
        self.listeners(&waiter.awaited).remove(key);
        match &waiter.awaited {
            Awaited::Event { source, .. }
                if self.events.get(source).is_some_and(BTreeSet::is_empty) =>
            {
                self.events.remove(source);
            }
            Awaited::Asset { asset, .. }
                if self.assets.get(asset).is_some_and(BTreeSet::is_empty) =>
            {
                self.assets.remove(asset);
            }
            Awaited::Event { .. } | Awaited::Asset { .. } => {}
        }
        Some(waiter)
    }

    /// Returns those that wait for an event of an account, or of any account.
    pub(crate) fn of_event(&self, account: Option<&str>, event: &CloudEvent) -> Vec<Arc<str>> {
        let of_source = self.events.get(&Some(event.source().into()));
        let keys = of_source.into_iter().chain(self.events.get(&None)).flatten();
        let fits = |key: &&Arc<str>| {
            let Some(Known { waiter, wanted }) = self.all.get(*key) else { return false };
            account.is_none_or(|account| *waiter.account == *account)
                && wanted.as_ref().is_some_and(|wanted| wanted.takes(event))
        };
        keys.filter(fits).cloned().collect()
    }

    /// Returns those that wait for an update of an asset of an account at an instant.
    pub(crate) fn of_asset(&self, account: &str, asset: &str, at: Timestamp) -> Vec<Arc<str>> {
        let fits = |key: &&Arc<str>| {
            let known = self.all.get(*key).map(|known| &known.waiter);
            known.is_some_and(|waiter| *waiter.account == *account && waiter.awaited.is_since(at))
        };
        self.assets.get(asset).into_iter().flatten().filter(fits).cloned().collect()
    }

    /// Takes out those whose time is over.
    pub(crate) fn take_old(&mut self, now: Timestamp) -> Vec<Arc<str>> {
        let old = self.all.iter().filter(|(_, known)| known.waiter.until <= now);
        let old: Vec<_> = old.map(|(key, _)| key.clone()).collect();
        for key in &old {
            self.take(key);
        }
        old
    }

    fn listeners(&mut self, awaited: &Awaited) -> &mut BTreeSet<Arc<str>> {
        match awaited {
            Awaited::Event { source, .. } => self.events.entry(source.clone()).or_default(),
            Awaited::Asset { asset, .. } => self.assets.entry(asset.clone()).or_default(),
        }
    }
}

impl Awaited {
    /// Whether it waits for updates of an asset at an instant.
    fn is_since(&self, at: Timestamp) -> bool {
        matches!(self, Self::Asset { since, .. } if *since <= at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiter(account: &str, awaited: Awaited) -> Waiter {
        let (run, token) = ("run".into(), "token".into());
        Waiter { account: account.into(), run, token, until: Timestamp(100), awaited }
    }

    fn event(source: Option<&str>, pattern: Option<&str>) -> Awaited {
        let pattern = pattern.map(|text| Json::parse(text).unwrap());
        Awaited::Event { source: source.map(Into::into), kind: None, pattern }
    }

    fn told(text: &str) -> CloudEvent {
        CloudEvent::read_all(&Json::parse(text).unwrap(), Timestamp(0)).unwrap().remove(0)
    }

    fn texts(keys: &[Arc<str>]) -> String {
        keys.join(" ")
    }

    #[test]
    fn an_event_finds_those_who_wait_for_it_and_no_others() {
        let mut waiters = Waiters::default();
        let mut add = |key: &str, account: &str, awaited| {
            waiters.add(&key.into(), waiter(account, awaited)).unwrap();
        };
        add("any", "1", event(None, Some(r#"{"type":["paid"]}"#)));
        add("shop", "1", event(Some("shop"), None));
        add("seven", "1", event(Some("shop"), Some(r#"{"data":{"id":[7]}}"#)));
        add("other", "2", event(Some("shop"), None));
        let paid = told(r#"{"source":"shop","type":"paid","data":{"id":7}}"#);
        assert_eq!(texts(&waiters.of_event(Some("1"), &paid)), "seven shop any");
        assert_eq!(texts(&waiters.of_event(None, &paid)), "other seven shop any");
        let sent = told(r#"{"source":"shop","type":"sent","data":{"id":8}}"#);
        assert_eq!(texts(&waiters.of_event(Some("1"), &sent)), "shop");
        assert!(waiters.take("shop").is_some() && waiters.take("shop").is_none());
        assert_eq!(texts(&waiters.of_event(Some("1"), &sent)), "");
    }

    #[test]
    fn updates_count_from_the_instant_that_a_waiter_names() {
        let mut waiters = Waiters::default();
        let awaited = Awaited::Asset { asset: "a".into(), since: Timestamp(5) };
        waiters.add(&"w".into(), waiter("1", awaited)).unwrap();
        let found = |account, asset, at| waiters.of_asset(account, asset, Timestamp(at)).len();
        assert_eq!((found("1", "a", 4), found("1", "a", 5)), (0, 1));
        assert_eq!((found("2", "a", 5), found("1", "b", 5)), (0, 0));
    }

    #[test]
    fn those_whose_time_is_over_go() {
        let mut waiters = Waiters::default();
        waiters.add(&"w".into(), waiter("1", event(Some("s"), None))).unwrap();
        assert!(waiters.take_old(Timestamp(99)).is_empty());
        assert_eq!(texts(&waiters.take_old(Timestamp(100))), "w");
        assert_eq!((waiters.len(), waiters.events.len()), (0, 0));
    }

    #[test]
    fn a_pattern_that_is_none_is_refused() {
        let wrong = event(None, Some(r#"{"data":1}"#));
        assert!(Waiters::default().add(&"w".into(), waiter("1", wrong)).is_err());
    }
}
