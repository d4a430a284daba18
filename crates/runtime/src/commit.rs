//! The commit loop: whatever became ready while a commit was under way forms the next one.
//!
//! **Invariant:** answers and orders of a turn leave only after the store said that the turn is
//! durable, or after it was read back from the store.

mod complete;
mod queue;

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Instant;

use bytes::Bytes;
use compasso_store::{
    Batch, Epoch, Execution as Row, Outcome, ReadError, Recurring, Revision, Turn, Write,
};
use futures::future::try_join_all;
use futures::{FutureExt, poll};
use tracing::{error, warn};

pub(crate) use self::queue::{Commits, Item};
use crate::core::{Core, Life};
use crate::limits;
use crate::outage::Over;
use crate::turn::Turned;

/// Another process took over, or the runtime ends while the store does not answer.
struct Lost;

/// What the store says about a turn whose commit had no clear answer.
enum Landed {
    Yes,
    No,
    Other,
}

struct Committer {
    core: Arc<Core>,
    epoch: Epoch,
    /// That the store does not answer.
    silence: Mutex<Recurring>,
}

/// Commits until the queue is closed and empty, or the store belongs to somebody else. Whatever
/// ends it, nobody waits for it in vain.
pub(crate) async fn run(core: Arc<Core>, epoch: Epoch) {
    if AssertUnwindSafe(commit_all(&core, epoch)).catch_unwind().await.is_err() {
        error!("the commit loop panicked; the runtime stops");
        core.stop(Life::Failed);
        core.abandon();
    }
}

async fn commit_all(core: &Arc<Core>, epoch: Epoch) {
    let mut committer = Committer { core: core.clone(), epoch, silence: Mutex::default() };
    let mut durable: Option<(Vec<Item>, Vec<usize>)> = None;
    loop {
        let items = core.commits.take();
        if items.is_empty() {
            if let Some((items, conflicts)) = durable.take() {
                core.finish(items, &conflicts);
            } else if core.commits.is_closed() {
                return;
            } else {
                core.commits.arrived().await;
            }
            continue;
        }
        // What the last commit made durable is carried out while the store writes the next.
        let outcome = committer.commit(&items, &mut durable).await;
        if let Outcome::Committed { conflicts } = outcome {
            durable = Some((items, conflicts));
        } else if matches!(committer.handle(items, outcome).await, Err(Lost)) {
            core.abandon();
            return;
        }
    }
}

impl Committer {
    async fn commit(
        &self,
        items: &[Item],
        durable: &mut Option<(Vec<Item>, Vec<usize>)>,
    ) -> Outcome {
        let batch = Batch { epoch: self.epoch, writes: items.iter().map(Item::write).collect() };
        let lines = self.core.logs.hand_over(self.core.store.as_ref());
        let begun = Instant::now();
        let mut commit = self.core.store.commit(batch);
        let early = poll!(&mut commit);
        if let Some((items, conflicts)) = durable.take() {
            self.core.finish(items, &conflicts);
        }
        let outcome = match early {
            Poll::Ready(outcome) => outcome,
            Poll::Pending => commit.await,
        };
        self.core.commits.count(begun.elapsed());
        if let Outcome::Committed { .. } = outcome
            && let Some(Over { put_off, took }) = self.core.outage.ends(self.core.now())
        {
            warn!(put_off, seconds = took.as_secs(), "the store takes work again that was put off");
        }
        if matches!(outcome, Outcome::Committed { .. }) {
            // Told above, if work was put off.
            self.silence().is_over();
            if items.iter().any(Item::changes_something) {
                self.core.refusals.taken();
            }
        }
        lines.settle(&self.core).await;
        outcome
    }

    /// Deals with a batch until each of its items has an outcome. A batch the store refuses is
    /// halved until the guilty item stands alone.
    async fn handle(&mut self, items: Vec<Item>, outcome: Outcome) -> Result<(), Lost> {
        let mut parts = vec![(items, outcome)];
        while let Some((mut items, outcome)) = parts.pop() {
            match outcome {
                Outcome::Committed { conflicts } => self.core.finish(items, &conflicts),
                Outcome::Fenced => return Err(self.fenced()),
                Outcome::Unknown { reason } => {
                    warn!(reason, "a commit had no clear answer; taking the store over again");
                    self.resolve(items).await?;
                }
                Outcome::Rejected { .. } if items.len() > 1 => {
                    let tail = items.split_off(items.len() / 2);
                    for half in [items, tail] {
                        let outcome = self.commit(&half, &mut None).await;
                        parts.push((half, outcome));
                    }
                }
                Outcome::Rejected { reason } => {
                    self.core.refusals.refused(self.core.now(), &reason);
                    for item in items {
                        self.core.refuse(item, &reason);
                    }
                }
            }
        }
        Ok(())
    }

    /// Finds out what became of a batch, and completes or repeats it.
    async fn resolve(&mut self, items: Vec<Item>) -> Result<(), Lost> {
        let mut turns = Vec::with_capacity(items.len());
        let mut apart = Vec::new();
        for item in items {
            match item {
                Item::Turn(turned) => turns.push(turned),
                Item::Apart { answer, .. } => apart.push(answer),
            }
        }
        let landed = self.look(&turns).await?;
        for answer in apart {
            // Whoever asked can look, as it can land no more; they may have gone.
            let _ = answer.send(Outcome::Unknown { reason: "no clear answer".into() });
        }
        let mut again = Vec::new();
        for (turned, landed) in turns.into_iter().zip(landed) {
            match landed {
                Landed::Yes => self.core.complete(*turned),
                Landed::No => again.push(Item::Turn(turned)),
                Landed::Other => self.core.conflicted(*turned),
            }
        }
        self.core.commits.put_back(again);
        Ok(())
    }

    /// Takes the store over again, so that the commit can no longer land, and reads what it wrote. That
    /// counts only if the store is still ours afterwards: what another process has written since may
    /// look like it.
    async fn look(&mut self, turns: &[Box<Turned>]) -> Result<Vec<Landed>, Lost> {
        loop {
            self.epoch = self.reacquire().await?;
            let mut landed = Vec::with_capacity(turns.len());
            for some in turns.chunks(limits::LOOKS_MAX) {
                let looks = some.iter().map(|turned| self.landed(turned));
                landed.extend(try_join_all(looks).await?);
            }
            let nothing = Batch { epoch: self.epoch, writes: Vec::new() };
            match self.core.store.commit(nothing).await {
                Outcome::Committed { .. } => return Ok(landed),
                Outcome::Fenced => return Err(self.fenced()),
                // The next try begins with taking over, which waits while the store does not answer.
                Outcome::Rejected { .. } | Outcome::Unknown { .. } => {}
            }
        }
    }

    fn silence(&self) -> MutexGuard<'_, Recurring> {
        // Nothing panics under the lock.
        self.silence.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stops: the store belongs to another process.
    fn fenced(&self) -> Lost {
        error!("another process took the store over; nothing more is written here");
        self.core.stop(Life::Fenced);
        Lost
    }

    async fn reacquire(&self) -> Result<Epoch, Lost> {
        loop {
            match self.core.store.reacquire(self.epoch).await {
                Ok(epoch) => return Ok(epoch),
                Err(error) => self.pause(&error).await?,
            }
        }
    }

    async fn landed(&self, turned: &Turned) -> Result<Landed, Lost> {
        let Some(write) = &turned.decided.write else {
            return Ok(Landed::Yes);
        };
        loop {
            match self.core.store.execution(&write.key).await {
                Ok(row) => return Ok(compare(write, row.as_ref())),
                Err(error) => self.pause(&error).await?,
            }
        }
    }

    async fn pause(&self, error: &ReadError) -> Result<(), Lost> {
        let told = self.silence().comes(Instant::now());
        if let Some(times) = told {
            warn!(%error, times, "store does not answer");
        }
        self.core.notice(error);
        if self.core.is_stopped() {
            return Err(Lost);
        }
        tokio::select! {
            biased;
            () = self.core.clock.sleep(limits::RETRY_FIRST) => Ok(()),
            () = self.core.stopped() => Err(Lost),
        }
    }
}

/// Says if a row is what `write` would have made. The epoch keeps other writers out, so the next
/// revision is ours; a new row is ours if it begins with our start, which holds our random seed.
fn compare(write: &Turn, row: Option<&Row>) -> Landed {
    match (write.base, row) {
        (None, None) => Landed::No,
        (None, Some(row)) if write.start.as_ref() == Some(&row.start) => Landed::Yes,
        (Some(base), Some(row)) if row.revision == base => Landed::No,
        (Some(base), Some(row)) if row.revision == Revision(base.0 + 1) => Landed::Yes,
        (None | Some(_), _) => Landed::Other,
    }
}

impl Item {
    fn write(&self) -> Write {
        match self {
            Self::Turn(turned) => match &turned.decided.write {
                Some(write) => Write::Turn(Box::new(write.clone())),
                None => Write::Documents(Vec::new()),
            },
            Self::Apart { write, .. } => write.clone(),
        }
    }

    fn changes_something(&self) -> bool {
        match self {
            Self::Turn(turned) => turned.decided.write.is_some(),
            Self::Apart { write: Write::Documents(changes), .. } => !changes.is_empty(),
            Self::Apart { write: Write::Turn(_) | Write::Removal(_), .. } => true,
        }
    }

    /// About how many bytes it writes.
    fn weight(&self) -> usize {
        match self {
            Self::Turn(turned) => turned.decided.write.as_ref().map_or(0, turn_weight),
            Self::Apart { write: Write::Turn(turn), .. } => turn_weight(turn),
            Self::Apart { write: Write::Documents(changes), .. } => {
                changes.iter().map(|change| length(change.body.as_ref())).sum()
            }
            Self::Apart { write: Write::Removal(_), .. } => 0,
        }
    }
}

fn turn_weight(turn: &Turn) -> usize {
    length(turn.image.as_ref())
        + length(turn.start.as_ref())
        + length(turn.outcome.as_ref())
        + length(turn.journal.as_ref().map(|journal| &journal.body))
}

fn length(bytes: Option<&Bytes>) -> usize {
    bytes.map_or(0, Bytes::len)
}
