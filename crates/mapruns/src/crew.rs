//! The children of a run under way: started as room allows, counted as they end.

use std::collections::BTreeMap;

use compasso_engine::TaskError;
use compasso_items::Stores;
use futures::StreamExt as _;
use futures::future::BoxFuture;
use futures::stream::{self, FuturesUnordered};
use tokio::sync::mpsc;
use tracing::warn;

use crate::census;
use crate::children::Child;
use crate::drive::Offered;
use crate::launch::{Ended, Launches, Room};
use crate::limits;
use crate::progress::Total;
use crate::run::{Run, children_at_once};

const EXCEEDED: &str = "States.ExceedToleratedFailureThreshold";
const EXCEEDED_CAUSE: &str = "The specified tolerated failure threshold was exceeded";

/// How the children of a run came to an end.
pub(crate) enum Finish {
    /// All of them ended.
    Complete,
    /// The run fails; those that ran were stopped.
    Failed(TaskError),
    /// Nobody waits for the run any more; those that ran were stopped.
    Cancelled,
}

/// The children under way.
pub(crate) struct Crew<'a> {
    run: &'a Run,
    launches: &'a Launches,
    stores: &'a Stores,
    /// A child that waits until there is room for its input; one at most.
    entering: FuturesUnordered<BoxFuture<'a, (Child, Room<'a>)>>,
    running: FuturesUnordered<BoxFuture<'a, Ended>>,
    /// The count of all items, once it has begun.
    census: FuturesUnordered<BoxFuture<'a, ()>>,
    /// Items of those that run, by their places.
    items: BTreeMap<u64, u64>,
    children: Total,
    is_exhausted: bool,
    is_counted: bool,
    stored: u64,
}

impl<'a> Crew<'a> {
    pub(crate) fn new(run: &'a Run, launches: &'a Launches, stores: &'a Stores) -> Self {
        let durable = run.tally().durable();
        Self {
            run,
            launches,
            stores,
            entering: FuturesUnordered::new(),
            running: FuturesUnordered::new(),
            census: FuturesUnordered::new(),
            items: BTreeMap::new(),
            children: Total { items: durable.items.ended(), children: durable.executions.ended() },
            is_exhausted: false,
            is_counted: false,
            stored: durable.children,
        }
    }

    pub(crate) async fn work(&mut self, offered: &mut mpsc::Receiver<Offered>) -> Finish {
        let mut settings = self.run.settings();
        self.is_counted = census::foresee(self.run);
        loop {
            let at_once = children_at_once(&settings.borrow_and_update());
            let has_room = self.running.len() < at_once;
            if self.is_exhausted && self.entering.is_empty() && self.running.is_empty() {
                return Finish::Complete;
            }
            if !has_room {
                self.begin_census();
            }
            let takes = has_room && self.entering.is_empty() && !self.is_exhausted;
            tokio::select! {
                biased;
                () = self.run.cancelled() => {
                    self.stop_all().await;
                    return Finish::Cancelled;
                }
                Some(ended) = self.running.next() => self.ended(&ended).await,
                Some((child, room)) = self.entering.next(), if has_room => self.begin(child, room),
                Some(next) = offered.recv(), if takes => {
                    if let Err(error) = self.take(next) {
                        self.stop_all().await;
                        return Finish::Failed(error);
                    }
                }
                Some(()) = self.census.next() => {}
                // The sender lives as long as the run.
                _ = settings.changed() => {}
            }
            let exceeded = self.run.tally().exceeds(&settings.borrow());
            if exceeded {
                self.stop_all().await;
                return Finish::Failed(TaskError::new(EXCEEDED, EXCEEDED_CAUSE));
            }
        }
    }

    /// Has all items counted, now that the source is ahead of the children.
    fn begin_census(&mut self) {
        if !self.is_counted && !self.is_exhausted {
            self.census.push(Box::pin(census::take(self.run, self.stores)));
        }
        self.is_counted = true;
    }

    fn take(&mut self, offered: Offered) -> Result<(), TaskError> {
        match offered {
            Offered::Child(child) => {
                let launches = self.launches;
                let entering = async move {
                    let room = launches.room(&child).await;
                    (child, room)
                };
                self.entering.push(Box::pin(entering));
            }
            Offered::End(end) => {
                self.is_exhausted = true;
                end?;
                self.run.tally().set_total(self.children);
            }
        }
        Ok(())
    }

    fn begin(&mut self, child: Child, room: Room<'a>) {
        self.children.items += child.items;
        self.children.children += 1;
        self.items.insert(child.index, child.items);
        self.run.tally().started(child.index, child.items);
        let (run, launches) = (self.run, self.launches);
        self.running.push(Box::pin(async move { launches.run(run, child, room).await }));
    }

    async fn ended(&mut self, ended: &Ended) {
        let Ended { index, items, end } = *ended;
        self.items.remove(&index);
        let durable = {
            let mut tally = self.run.tally();
            match end {
                Some(end) => tally.ended(index, items, end),
                None => tally.withdrawn(items),
            }
            tally.durable()
        };
        if durable.children - self.stored >= limits::CHILDREN_PER_CHECKPOINT {
            self.stored = durable.children;
            // A restart looks at more rows without it, and loses nothing.
            if let Err(error) = self.run.store(|record| record.progress = durable).await {
                warn!(map_run = %self.run.job.offer.run.arn, %error, "progress was not stored");
            }
        }
    }

    /// Stops the children that run, and counts them. One may begin just after it was told to stop,
    /// so they are told until all have ended.
    async fn stop_all(&mut self) {
        self.run.take_no_more();
        self.entering.clear();
        self.census.clear();
        while !self.running.is_empty() {
            let (run, running) = (self.run, self.items.keys().copied().collect::<Vec<_>>());
            let orders = running.into_iter().map(|index| stop(run, index));
            let stops = stream::iter(orders).buffer_unordered(limits::STOPS_AT_ONCE_MAX);
            stops.collect::<()>().await;
            let pause = tokio::time::sleep(limits::RETRY_FIRST);
            tokio::pin!(pause);
            loop {
                tokio::select! {
                    biased;
                    Some(ended) = self.running.next() => self.ended(&ended).await,
                    () = &mut pause => break,
                    else => break,
                }
            }
        }
    }
}

async fn stop(run: &Run, index: u64) {
    let key = run.child_key(index);
    if let Err(error) = run.runtime.stop(&key, None, None).await {
        tracing::debug!(execution = %key, %error, "child was not stopped");
    }
}
