//! A node's part in the cluster: a thread that renews its lease and takes the store when it is free.
//!
//! **Invariant:** it shares no thread and no connection with anything else, so that heavy work, long
//! commits and full queues do not cost a node its lease.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use compasso_store::{NodeIdentity, Nodes, ReadError, Recurring};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{sleep, timeout};
use tracing::{debug, error, info, warn};

use crate::duty::{ACT_FOR, Duty, LEASE, Standing};

/// How often the owner renews its lease.
const RENEW_EVERY: Duration = Duration::from_millis(750);
/// How often the others do, and look whether there is still an owner.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// How soon a renewal that failed is tried again.
const RETRY_AFTER: Duration = Duration::from_millis(100);
/// Longest wait for the next owner.
const SUCCESSOR_MAX: Duration = Duration::from_secs(1);
/// Orders that wait at most: there is one giver.
const ORDERS_MAX: usize = 4;

/// What is said of a store that is older than it was.
pub(crate) const OLD_COPY: &str = "the database is older than this node has seen it: an old copy was put \
    in its place, or commits were lost. This node takes no part any more; if that was meant, use 'compasso \
    restore --store URL' and restart all nodes";

/// The same in a list.
const OLD_COPY_SHORT: &str = "the database is older than this node has seen it";

/// Why a node is not to become the owner that was asked to stop.
const ENDING: &str = "it was asked to stop";

/// A node that takes part; `clone` is cheap.
#[derive(Clone, Debug)]
pub struct Member {
    id: Arc<str>,
    standing: watch::Receiver<Standing>,
    orders: mpsc::Sender<Order>,
}

#[derive(Debug)]
enum Order {
    /// No longer own the store; take it again after this time, if ever.
    Resign { pause: Option<Duration>, done: oneshot::Sender<()> },
    /// Take no part any more.
    Leave { done: oneshot::Sender<()> },
}

impl Member {
    /// Takes part as `me` from now on.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn begin(nodes: Arc<dyn Nodes>, me: NodeIdentity) -> io::Result<Self> {
        let (member, part) = Self::join(nodes, me);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new()
            .name("lease".to_owned())
            .spawn(move || runtime.block_on(part))?;
        Ok(member)
    }

    /// The same, but the caller carries its part out, and so can have it in virtual time.
    pub fn join(
        nodes: Arc<dyn Nodes>,
        me: NodeIdentity,
    ) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let (known, standing) = watch::channel(Standing::unknown());
        let (orders, waiting) = mpsc::channel(ORDERS_MAX);
        let id = me.id.clone();
        let keeper = Keeper {
            nodes,
            me,
            known,
            takes_from: Some(now()),
            aside: None,
            has_joined: false,
            silence: Recurring::default(),
            hindrance: Recurring::default(),
        };
        (Self { id, standing, orders }, keeper.run(waiting))
    }

    /// Returns the node's own id.
    pub fn id(&self) -> &Arc<str> {
        &self.id
    }

    /// Returns what the node knows, and later changes of it.
    pub fn standing(&self) -> watch::Receiver<Standing> {
        self.standing.clone()
    }

    /// Lets go of the store, if the node owns it, and takes it again after `pause` at the earliest;
    /// without one never.
    pub async fn resign(&self, pause: Option<Duration>) {
        self.order(|done| Order::Resign { pause, done }).await;
    }

    /// Takes no part any more, and owns nothing.
    pub async fn leave(&self) {
        self.order(|done| Order::Leave { done }).await;
    }

    /// Waits, not for long, until the other nodes know that this one is the owner no longer: they send requests
    /// to it until then. If it never was, or nobody comes after it, there is nothing to wait for.
    pub async fn succeeded(&self) {
        let mut standing = self.standing();
        if standing.borrow().let_go.is_none() {
            return;
        }
        let is_known = |known: &Standing| {
            !known.has_owner_or_heir(&self.id, now()) || known.owner_elsewhere(&self.id).is_some()
        };
        let has_come = timeout(SUCCESSOR_MAX, standing.wait_for(is_known)).await.is_ok();
        if has_come && standing.borrow().owner_elsewhere(&self.id).is_some() {
            sleep(2 * LOOK_EVERY).await;
        }
    }

    async fn order(&self, order: impl FnOnce(oneshot::Sender<()>) -> Order) {
        let (done, carried_out) = oneshot::channel();
        // Who is gone obeys as well.
        if self.orders.send(order(done)).await.is_ok() {
            let _ = carried_out.await;
        }
    }
}

struct Keeper {
    nodes: Arc<dyn Nodes>,
    me: NodeIdentity,
    known: watch::Sender<Standing>,
    /// From when on it may take the store; absent: never.
    takes_from: Option<Instant>,
    /// Why it takes no part, if it does not.
    aside: Option<String>,
    has_joined: bool,
    /// That the lease is not renewed.
    silence: Recurring,
    /// That the store cannot be taken.
    hindrance: Recurring,
}

impl Keeper {
    async fn run(mut self, mut orders: mpsc::Receiver<Order>) {
        loop {
            let pause = self.look().await;
            tokio::select! {
                biased;
                order = orders.recv() => match order {
                    Some(Order::Resign { pause, done }) => {
                        self.resign(pause).await;
                        // Who asked may have stopped waiting.
                        let _ = done.send(());
                    }
                    Some(Order::Leave { done }) => {
                        self.leave().await;
                        let _ = done.send(());
                        return;
                    }
                    None => return self.leave().await,
                },
                () = sleep(pause) => {}
            }
        }
    }

    /// Renews the lease and does what is due then; returns when to do it again.
    async fn look(&mut self) -> Duration {
        let renewed = self.renew().await;
        if renewed.is_ok() && self.silence.is_over() {
            info!("the lease of this node is renewed again");
        }
        let standing = self.known.borrow().clone();
        if standing.is_ahead && standing.roll.owner.as_ref() == Some(&self.me.id) {
            // Its good lease would keep all others from what it does not touch.
            self.resign(None).await;
        }
        if let Some(why) = self.aside.as_deref().filter(|_| !standing.is_known_aside(&self.me.id)) {
            self.stand_aside(why).await;
        }
        match standing.duty(&self.me.id, now()) {
            Duty::End => {
                warn!(node = &*self.me.id, "this node is the owner no longer");
                self.known.send_modify(|known| known.owns = false);
            }
            Duty::Take if self.takes_from.is_some_and(|from| from <= now()) => {
                self.take().await;
                // That may have taken a good part of the lease.
                return RETRY_AFTER;
            }
            Duty::Take | Duty::StandBy | Duty::Act | Duty::Pause => {}
        }
        match renewed {
            Err(error) => {
                if let Some(times) = self.silence.comes(now()) {
                    warn!(%error, times, "the lease of this node is not renewed");
                }
                RETRY_AFTER
            }
            Ok(()) if self.known.borrow().owns => RENEW_EVERY,
            Ok(()) => LOOK_EVERY,
        }
    }

    /// Renews the lease. An owner does not wait for an answer until its time is over.
    async fn renew(&mut self) -> Result<(), ReadError> {
        let asked = now();
        // What is acknowledged from here on, the answer need not show.
        let acknowledged = self.nodes.acknowledged();
        let standing = self.known.borrow().clone();
        let left = ACT_FOR.checked_sub(standing.age(asked)).filter(|_| standing.owns);
        let renewed = async {
            if !self.has_joined {
                self.nodes.join(&self.me).await?;
                self.has_joined = true;
            }
            self.nodes.renew(&self.me, LEASE).await
        };
        let renewed = timeout(left.unwrap_or(LEASE), renewed).await;
        let silent = || ReadError::Unavailable("the database does not answer".to_owned());
        let roll = Arc::new(renewed.map_err(|_| silent())??);
        let is_older = roll.is_older_than(&standing.roll) || roll.commits < acknowledged;
        if is_older && !standing.is_ahead {
            let (seen, found) = (standing.roll.commits.max(acknowledged), roll.commits);
            error!(seen, found, "{OLD_COPY}");
            self.aside = Some(OLD_COPY_SHORT.to_owned());
        }
        self.known.send_modify(|known| {
            known.is_ahead |= is_older;
            known.roll = roll;
            known.asked = Some(asked);
            known.answered = Some(now());
        });
        Ok(())
    }

    async fn take(&mut self) {
        let taken = self.nodes.take(&self.me.id).await;
        let hindrance = taken.as_ref().err().map(|error| error.to_string().into());
        self.known.send_if_modified(|known| {
            let is_news = known.hindrance != hindrance;
            known.hindrance = hindrance;
            is_news
        });
        match taken {
            Ok(Some(epoch)) => {
                self.hindrance.is_over();
                info!(node = &*self.me.id, epoch = epoch.0, "this node is the owner");
                self.known.send_modify(|known| {
                    let roll = Arc::make_mut(&mut known.roll);
                    roll.epoch = epoch;
                    roll.owner = Some(self.me.id.clone());
                    known.owns = true;
                });
            }
            // Another one was faster.
            Ok(None) => {}
            Err(ReadError::Newer(why)) => {
                error!(
                    why,
                    "this node is never the owner again: restart it with the later release"
                );
                self.takes_from = None;
                self.aside = Some(why);
            }
            Err(error) => {
                if let Some(times) = self.hindrance.comes(now()) {
                    warn!(%error, times, "the store cannot be taken over; it is tried again");
                }
            }
        }
    }

    async fn resign(&mut self, pause: Option<Duration>) {
        self.takes_from = pause.filter(|_| self.aside.is_none()).map(|pause| now() + pause);
        if let Err(error) = self.nodes.hand_over(&self.me.id).await {
            warn!(%error, "the store is not handed over; others take it when the lease has run out");
        }
        self.known.send_modify(|known| {
            let roll = Arc::make_mut(&mut known.roll);
            roll.owner = roll.owner.take().filter(|owner| *owner != self.me.id);
            known.let_go = if known.owns { Some(now()) } else { known.let_go };
            known.owns = false;
        });
        if pause.is_none() && self.aside.is_none() {
            // Those that end as well need not wait for this one to take over.
            self.aside = Some(ENDING.to_owned());
            self.stand_aside(ENDING).await;
        }
    }

    /// Has all know that this node takes no part. What fails is tried again with the next renewal.
    async fn stand_aside(&self, why: &str) {
        if let Err(error) = self.nodes.stand_aside(&self.me.id, why).await {
            debug!(%error, "the other nodes do not know yet that this one takes no part");
        }
    }

    async fn leave(&mut self) {
        self.resign(None).await;
        if let Err(error) = self.nodes.leave(&self.me.id).await {
            warn!(%error, "this node leaves without a word");
        }
    }
}

/// Returns the present instant, by a clock that tests may turn.
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}
