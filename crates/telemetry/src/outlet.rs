//! A queue with a task at its end that delivers what comes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tracing::warn;

/// How many things wait for an outlet at most; later ones are dropped.
const WAITING_MAX: usize = 16_384;
/// How many bytes they have at most; what would be more is dropped.
const WAITING_BYTES_MAX: usize = 64 * 1024 * 1024;
/// How many things are delivered at once.
const BATCH_MAX: usize = 256;
/// How often a delivery is tried.
const ATTEMPTS_MAX: u32 = 5;
/// Pause before a delivery is tried again; doubled each time.
const PAUSE: Duration = Duration::from_millis(200);

/// The name of a lane, if there are several.
pub(crate) type Lane = Option<Arc<str>>;

/// Something to deliver.
pub(crate) trait Parcel: Send + Sync + 'static {
    /// Returns about how much memory it holds.
    fn bytes(&self) -> usize;
}

/// Delivers batches.
pub(crate) trait Delivery: Send + 'static {
    /// What is delivered.
    type Parcel: Parcel;

    /// Returns what `parcel` may get stuck with, without holding up the parcels of other lanes.
    fn lane(_parcel: &Self::Parcel) -> Lane {
        None
    }

    /// Delivers `batch`, all of one lane, or says how far it came in the order it leaves it in; the
    /// rest is then tried again.
    fn deliver(
        &mut self,
        batch: &mut [Self::Parcel],
    ) -> impl Future<Output = Result<(), Stuck>> + Send;
}

/// A delivery that did not come to its end.
#[derive(Debug)]
pub(crate) struct Stuck {
    /// How many parcels, from the first on, were delivered.
    pub(crate) delivered: usize,
    /// What stands in the way.
    pub(crate) why: String,
}

/// Nothing of a batch was delivered.
impl From<String> for Stuck {
    fn from(why: String) -> Self {
        Self { delivered: 0, why }
    }
}

/// Where things are handed in.
pub(crate) struct Outlet<P> {
    name: &'static str,
    queue: mpsc::Sender<P>,
    /// The bytes of all that is handed in and not yet delivered or dropped.
    waiting_bytes: Arc<AtomicUsize>,
    dropped: Arc<AtomicU64>,
}

impl<P: Parcel> Outlet<P> {
    /// Starts delivering; the task ends when the outlet is dropped and everything is delivered.
    pub(crate) fn open(
        name: &'static str,
        delivery: impl Delivery<Parcel = P>,
    ) -> (Self, JoinHandle<()>) {
        let (queue, parcels) = mpsc::channel(WAITING_MAX);
        let dropped = Arc::<AtomicU64>::default();
        let waiting_bytes = Arc::<AtomicUsize>::default();
        let task =
            tokio::spawn(run(name, delivery, parcels, waiting_bytes.clone(), dropped.clone()));
        (Self { name, queue, waiting_bytes, dropped }, task)
    }

    /// Hands something in without waiting.
    pub(crate) fn put(&self, parcel: P) {
        if !self.is_taken(parcel) {
            let before = self.dropped.fetch_add(1, Ordering::Relaxed);
            if before == 0 {
                warn!(outlet = self.name, "cannot keep up; records are dropped and counted");
            }
        }
    }

    fn is_taken(&self, parcel: P) -> bool {
        let bytes = parcel.bytes();
        let waiting = self.waiting_bytes.fetch_add(bytes, Ordering::Relaxed);
        let is_taken = waiting + bytes <= WAITING_BYTES_MAX && self.queue.try_send(parcel).is_ok();
        if !is_taken {
            self.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
        }
        is_taken
    }

    /// Returns its name and how much was dropped.
    pub(crate) fn dropped(&self) -> (&'static str, u64) {
        (self.name, self.dropped.load(Ordering::Relaxed))
    }
}

async fn run<D: Delivery>(
    name: &'static str,
    delivery: D,
    mut parcels: mpsc::Receiver<D::Parcel>,
    waiting_bytes: Arc<AtomicUsize>,
    dropped: Arc<AtomicU64>,
) {
    let mut rounds = Rounds { delivery, given_up: BTreeSet::new(), goes_on: false };
    let mut batch = Vec::with_capacity(BATCH_MAX);
    while parcels.recv_many(&mut batch, BATCH_MAX).await > 0 {
        let mut lanes = BTreeMap::<Lane, Vec<D::Parcel>>::new();
        for parcel in batch.drain(..) {
            lanes.entry(D::lane(&parcel)).or_default().push(parcel);
        }
        for (lane, mut batch) in lanes {
            if let Err(Stuck { delivered, why }) = rounds.deliver(&lane, &mut batch).await {
                let records = batch.len() - delivered;
                dropped.fetch_add(records as u64, Ordering::Relaxed);
                warn!(outlet = name, records, why, "records could not be delivered");
            }
            waiting_bytes.fetch_sub(batch.iter().map(Parcel::bytes).sum(), Ordering::Relaxed);
        }
    }
}

/// Delivers lane after lane.
struct Rounds<D> {
    delivery: D,
    /// The lanes whose last delivery was given up.
    given_up: BTreeSet<Lane>,
    /// Whether a lane took everything since the last one was given up.
    goes_on: bool,
}

impl<D: Delivery> Rounds<D> {
    /// Delivers what one lane gets. A lane that was given up while others go on is tried only once,
    /// so that it does not hold them up again and again.
    async fn deliver(&mut self, lane: &Lane, batch: &mut [D::Parcel]) -> Result<(), Stuck> {
        let is_known_bad = self.goes_on && self.given_up.contains(lane);
        let attempts_max = if is_known_bad { 1 } else { ATTEMPTS_MAX };
        let (mut attempt, mut delivered) = (1, 0);
        loop {
            let Err(stuck) = self.delivery.deliver(&mut batch[delivered..]).await else {
                self.given_up.remove(lane);
                self.goes_on = true;
                return Ok(());
            };
            delivered += stuck.delivered;
            if attempt == attempts_max {
                self.given_up.insert(lane.clone());
                self.goes_on = is_known_bad;
                return Err(Stuck { delivered, why: stuck.why });
            }
            tokio::time::sleep(PAUSE * 2_u32.pow(attempt - 1)).await;
            attempt += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Parcel for u32 {
        fn bytes(&self) -> usize {
            WAITING_BYTES_MAX / 1024
        }
    }

    /// Fails as often as it is told to, then notes what it gets.
    struct Fickle {
        failures: u32,
        got: mpsc::UnboundedSender<Vec<u32>>,
    }

    impl Delivery for Fickle {
        type Parcel = u32;

        async fn deliver(&mut self, batch: &mut [u32]) -> Result<(), Stuck> {
            if self.failures > 0 {
                self.failures -= 1;
                self.got.send(batch[..1].to_vec()).unwrap();
                return Err(Stuck { delivered: 1, why: "no more now".into() });
            }
            self.got.send(batch.to_vec()).unwrap();
            Ok(())
        }
    }

    async fn delivered(failures: u32) -> (Vec<u32>, u64) {
        let (got, mut all) = mpsc::unbounded_channel();
        let (outlet, task) = Outlet::open("test", Fickle { failures, got });
        (0..8).for_each(|n| outlet.put(n));
        let dropped = outlet.dropped.clone();
        drop(outlet);
        task.await.unwrap();
        let mut found = Vec::new();
        while let Some(batch) = all.recv().await {
            found.extend(batch);
        }
        (found, dropped.load(Ordering::Relaxed))
    }

    #[tokio::test(start_paused = true)]
    async fn a_delivery_that_got_stuck_goes_on_where_it_was() {
        assert_eq!(delivered(ATTEMPTS_MAX - 1).await, ((0..8).collect(), 0));
    }

    #[tokio::test(start_paused = true)]
    async fn what_cannot_be_delivered_is_counted_and_let_go() {
        assert_eq!(delivered(ATTEMPTS_MAX).await, ((0..5).collect(), 3));
    }

    /// Never takes odd numbers, and notes all attempts.
    struct Even(mpsc::UnboundedSender<Vec<u32>>);

    impl Delivery for Even {
        type Parcel = u32;

        fn lane(parcel: &u32) -> Lane {
            Some(if parcel.is_multiple_of(2) { "even" } else { "odd" }.into())
        }

        async fn deliver(&mut self, batch: &mut [u32]) -> Result<(), Stuck> {
            self.0.send(batch.to_vec()).unwrap();
            if batch[0] % 2 == 1 { Err("odd".to_owned().into()) } else { Ok(()) }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_lane_that_is_stuck_does_not_hold_up_others() {
        let (sender, mut attempts) = mpsc::unbounded_channel();
        let (outlet, task) = Outlet::open("test", Even(sender));
        let dropped = outlet.dropped.clone();
        let each = u32::try_from(BATCH_MAX).unwrap();
        (0..3 * each).for_each(|n| outlet.put(n));
        drop(outlet);
        task.await.unwrap();
        let (mut even, mut odd) = (Vec::new(), 0);
        while let Some(batch) = attempts.recv().await {
            if batch[0] % 2 == 0 { even.extend(batch) } else { odd += 1 }
        }
        assert_eq!(even, (0..3 * each).step_by(2).collect::<Vec<_>>());
        assert_eq!(odd, ATTEMPTS_MAX + 2, "only the first batch is tried again");
        assert_eq!(dropped.load(Ordering::Relaxed), u64::from(3 * each / 2));
    }

    #[tokio::test(start_paused = true)]
    async fn what_waits_is_bounded_in_bytes_until_it_is_delivered() {
        let (got, mut all) = mpsc::unbounded_channel();
        let (outlet, _task) = Outlet::open("test", Fickle { failures: 0, got });
        (0..1025).for_each(|n| outlet.put(n));
        assert_eq!(outlet.dropped().1, 1);
        let mut delivered = 0;
        while delivered < 1024 {
            delivered += all.recv().await.unwrap().len();
        }
        tokio::task::yield_now().await;
        (0..1024).for_each(|n| outlet.put(n));
        assert_eq!(outlet.dropped().1, 1);
    }
}
