//! A roll in memory, on which leases last until a test says otherwise.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use compasso_store::{Answer, Epoch, Node, NodeIdentity, Nodes, ReadError, Roll};
use compasso_types::Timestamp;
use futures::FutureExt;
use futures::future::ready;

pub(crate) struct Register(Mutex<Inner>);

struct Inner {
    roll: Roll,
    is_away: bool,
    acknowledged: u64,
    /// Why nobody can take the store, if so.
    hindrance: Option<String>,
}

impl Register {
    pub(crate) fn new() -> Arc<Self> {
        let roll =
            Roll { now: Timestamp(0), epoch: Epoch(0), commits: 0, owner: None, nodes: Vec::new() };
        Arc::new(Self(Mutex::new(Inner { roll, is_away: false, acknowledged: 0, hindrance: None })))
    }

    /// Has the store answer nobody, or everybody again.
    pub(crate) fn set_away(&self, is_away: bool) {
        self.lock().is_away = is_away;
    }

    /// Names the owner, whoever was it before.
    pub(crate) fn enthrone(&self, id: &str) {
        let mut inner = self.lock();
        inner.roll.owner = Some(id.into());
        inner.roll.epoch.0 += 1;
    }

    /// Goes back to an old copy, in which the owner is the same.
    pub(crate) fn restore(&self, epoch: u64) {
        self.lock().roll.epoch = Epoch(epoch);
    }

    /// Has the nodes have acknowledged a commit, whether the store shows it or not.
    pub(crate) fn acknowledge(&self, commits: u64) {
        self.lock().acknowledged = commits;
    }

    /// Has nobody take the store, or everybody again.
    pub(crate) fn hinder(&self, why: Option<&str>) {
        self.lock().hindrance = why.map(str::to_owned);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap()
    }

    fn ask<T: Send + 'static>(&self, ask: impl FnOnce(&mut Roll) -> T) -> Answer<'static, T> {
        let mut inner = self.lock();
        let answer = if inner.is_away {
            Err(ReadError::Unavailable("away".into()))
        } else {
            Ok(ask(&mut inner.roll))
        };
        ready(answer).boxed()
    }
}

impl Nodes for Register {
    fn join<'a>(&'a self, _: &'a NodeIdentity) -> Answer<'a, ()> {
        self.ask(|_| ())
    }

    fn renew<'a>(&'a self, node: &'a NodeIdentity, lease: Duration) -> Answer<'a, Roll> {
        self.ask(|roll| {
            let known = roll.nodes.iter().find(|other| other.identity.id == node.id);
            let aside = known.and_then(|known| known.aside.clone());
            roll.nodes.retain(|other| other.identity.id != node.id);
            let (identity, age) = (node.clone(), Duration::ZERO);
            roll.nodes.push(Node { identity, age, lease: Some(lease), aside });
            roll.clone()
        })
    }

    fn acknowledged(&self) -> u64 {
        self.lock().acknowledged
    }

    fn take<'a>(&'a self, id: &'a str) -> Answer<'a, Option<Epoch>> {
        if let Some(why) = self.lock().hindrance.clone() {
            return ready(Err(ReadError::Unavailable(why))).boxed();
        }
        self.ask(|roll| {
            let is_taken = roll.live_owner().is_some_and(|owner| &*owner.identity.id != id);
            (!is_taken).then(|| {
                roll.owner = Some(id.into());
                roll.epoch.0 += 1;
                roll.epoch
            })
        })
    }

    fn hand_over<'a>(&'a self, id: &'a str) -> Answer<'a, ()> {
        self.ask(|roll| roll.owner = roll.owner.take().filter(|owner| &**owner != id))
    }

    fn stand_aside<'a>(&'a self, id: &'a str, why: &'a str) -> Answer<'a, ()> {
        self.ask(|roll| {
            let node = roll.nodes.iter_mut().find(|node| &*node.identity.id == id);
            node.unwrap().aside = Some(why.into());
        })
    }

    fn leave<'a>(&'a self, id: &'a str) -> Answer<'a, ()> {
        self.ask(|roll| roll.nodes.retain(|node| &*node.identity.id != id))
    }

    fn agree<'a>(&'a self, _: &'a str, value: &'a str) -> Answer<'a, String> {
        let value = value.to_owned();
        self.ask(|_| value)
    }
}
