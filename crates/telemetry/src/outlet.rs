//! A queue with a task at its end that delivers what comes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tracing::warn;

/// How many things wait for an outlet at most; later ones are dropped.
const WAITING_MAX: usize = 16_384;
/// How many things are delivered at once.
const BATCH_MAX: usize = 256;
/// How often a delivery is tried.
const ATTEMPTS_MAX: u32 = 5;
/// Pause before a delivery is tried again; doubled each time.
const PAUSE: Duration = Duration::from_millis(200);

/// Delivers batches.
pub(crate) trait Delivery: Send + 'static {
    /// What is delivered.
    type Parcel: Send + Sync + 'static;

    /// Delivers `batch`, or says how far it came; the rest is then tried again.
    fn deliver(&mut self, batch: &[Self::Parcel])
    -> impl Future<Output = Result<(), Stuck>> + Send;
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
    dropped: Arc<AtomicU64>,
}

impl<P: Send + Sync + 'static> Outlet<P> {
    /// Starts delivering; the task ends when the outlet is dropped and everything is delivered.
    pub(crate) fn open(
        name: &'static str,
        delivery: impl Delivery<Parcel = P>,
    ) -> (Self, JoinHandle<()>) {
        let (queue, parcels) = mpsc::channel(WAITING_MAX);
        let dropped = Arc::<AtomicU64>::default();
        let task = tokio::spawn(run(name, delivery, parcels, dropped.clone()));
        (Self { name, queue, dropped }, task)
    }

    /// Hands something in without waiting.
    pub(crate) fn put(&self, parcel: P) {
        if self.queue.try_send(parcel).is_err() {
            let before = self.dropped.fetch_add(1, Ordering::Relaxed);
            if before == 0 {
                warn!(outlet = self.name, "cannot keep up; records are dropped and counted");
            }
        }
    }

    /// Returns its name and how much was dropped.
    pub(crate) fn dropped(&self) -> (&'static str, u64) {
        (self.name, self.dropped.load(Ordering::Relaxed))
    }
}

async fn run<D: Delivery>(
    name: &'static str,
    mut delivery: D,
    mut parcels: mpsc::Receiver<D::Parcel>,
    dropped: Arc<AtomicU64>,
) {
    let mut batch = Vec::with_capacity(BATCH_MAX);
    while parcels.recv_many(&mut batch, BATCH_MAX).await > 0 {
        if let Err(Stuck { delivered, why }) = deliver(&mut delivery, &batch).await {
            let records = batch.len() - delivered;
            dropped.fetch_add(records as u64, Ordering::Relaxed);
            warn!(outlet = name, records, why, "records could not be delivered");
        }
        batch.clear();
    }
}

async fn deliver<D: Delivery>(delivery: &mut D, batch: &[D::Parcel]) -> Result<(), Stuck> {
    let (mut attempt, mut delivered) = (1, 0);
    loop {
        let Err(stuck) = delivery.deliver(&batch[delivered..]).await else { return Ok(()) };
        delivered += stuck.delivered;
        if attempt == ATTEMPTS_MAX {
            return Err(Stuck { delivered, why: stuck.why });
        }
        tokio::time::sleep(PAUSE * 2_u32.pow(attempt - 1)).await;
        attempt += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fails as often as it is told to, then notes what it gets.
    struct Fickle {
        failures: u32,
        got: mpsc::UnboundedSender<Vec<u32>>,
    }

    impl Delivery for Fickle {
        type Parcel = u32;

        async fn deliver(&mut self, batch: &[u32]) -> Result<(), Stuck> {
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
}
