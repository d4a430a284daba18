//! A batch in several transactions at the same time.
//!
//! One connection keeps one core of the database busy. Turns of different executions do not mind each other, so
//! those of a large batch are dealt out to several connections. The first one, the lead, has all that is about
//! documents as well, counts the commit and writes output of tasks. They end when all is written ([`stage`]); if
//! some ends then come to nothing and others do not, the outcome is unknown, and the owner looks at each turn.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use compasso_store::{Batch, Write, large};
use tokio::time::Instant;

use super::logs::Lines;
use super::stage;
use super::transaction::{self, Hold, Part, Pass, Written, creates, creations};
use super::undone::Undone;
use crate::link::Link;

/// Transactions at the same time at most.
const LANES: usize = 4;
/// Turns of a transaction, on average, for which it is worth its while.
const TURNS_MIN: usize = 16;
/// How many ids of executions are reserved at once.
const RESERVED: i64 = 4_096;
/// How long nobody tries again to connect beside the lead.
const CONNECT_AFTER: Duration = Duration::from_secs(5);

/// The connections that write.
pub(super) struct Lanes {
    pub(super) lead: Link,
    beside: Vec<Side>,
    reserve: Reserve,
}

/// A connection beside the lead.
struct Side {
    link: Arc<Link>,
    /// When it may be tried to connect.
    next_try: Instant,
}

/// Ids of executions that are set aside for this owner, durably.
#[derive(Debug, Default)]
struct Reserve {
    next: i64,
    end: i64,
}

impl Lanes {
    pub(super) fn new(lead: Link) -> Self {
        let side = |_| Side { link: Arc::new(lead.afresh()), next_try: Instant::now() };
        let beside = (1..LANES).map(side).collect();
        Self { lead, beside, reserve: Reserve::default() }
    }

    /// Forgets what was reserved: another owner may have numbered executions.
    pub(super) fn begin_again(&mut self) {
        self.reserve = Reserve::default();
    }

    /// Writes a batch, and output of tasks with it, unless less is stored than was `acknowledged`.
    pub(super) async fn commit(
        &mut self,
        batch: &Batch,
        acknowledged: u64,
        lines: Option<&Lines>,
    ) -> Result<Written, Undone> {
        let hold = Hold { epoch: batch.epoch, commits: acknowledged };
        let (cut, values) = large::cut_batch(batch).unzip();
        let (batch, values) = (cut.as_ref().unwrap_or(batch), values.unwrap_or_default());
        let ids = self.reserve.take(creations(batch.writes.iter()));
        let most = if ids.is_some() { self.ready(batch) } else { 1 };
        let dealt = deal(&batch.writes, most);
        let mut written = match &parts((batch, hold), &dealt, ids)[..] {
            [part] => transaction::commit(&self.lead, part, &values, lines).await?,
            parts => {
                let beside = self.beside.iter().map(|side| &*side.link);
                let links = std::iter::once(&self.lead).chain(beside);
                merge(stage::commit(links, parts, &values, lines).await?, &dealt)
            }
        };
        if let Some((next, end)) = written.reserved.take() {
            self.reserve = Reserve { next, end };
        }
        Ok(written)
    }

    /// Returns how many transactions a batch may be dealt out to: only those that have a connection. It does not
    /// wait for others.
    fn ready(&mut self, batch: &Batch) -> usize {
        let worth = (batch.writes.len() / TURNS_MIN).clamp(1, LANES);
        let ready: Vec<bool> = self.beside[..worth - 1].iter_mut().map(Side::is_ready).collect();
        1 + ready.iter().take_while(|ready| **ready).count()
    }
}

impl Side {
    /// Says whether there is a connection; if not, one is made meanwhile.
    fn is_ready(&mut self) -> bool {
        if self.link.is_live() {
            return true;
        }
        let now = Instant::now();
        if self.next_try <= now {
            self.next_try = now + CONNECT_AFTER;
            let link = self.link.clone();
            // One that fails is tried again later.
            tokio::spawn(async move { drop(link.live().await) });
        }
        false
    }
}

impl Reserve {
    /// Takes so many ids, and returns the first.
    fn take(&mut self, count: i64) -> Option<i64> {
        let first = self.next;
        if self.end - first < count {
            return None;
        }
        self.next += count;
        Some(first)
    }
}

/// Deals out writes to at most so many parts, none but the first of them empty; returns their indexes. Writes that
/// are about the same execution or document are in the same part, in their order.
fn deal(writes: &[Write], most: usize) -> Vec<Vec<usize>> {
    let bound: HashSet<&str> = writes.iter().filter_map(bound_execution).collect();
    let free = |write: &Write| match write {
        Write::Turn(turn) if !bound.contains(&*turn.key.0) => Some(hash(&turn.key.0)),
        Write::Turn(_) | Write::Documents(_) | Write::Removal(_) => None,
    };
    let count = writes.iter().filter_map(free).count() / TURNS_MIN;
    let count = count.clamp(1, most);
    let mut dealt = vec![Vec::new(); count];
    for (index, write) in writes.iter().enumerate() {
        let part = free(write).map_or(0, |hash| hash as usize % count);
        dealt[part].push(index);
    }
    let mut beside = dealt.split_off(1);
    beside.retain(|part| !part.is_empty());
    dealt.extend(beside);
    dealt
}

/// Returns the execution of a write that is about documents as well, or that removes it.
fn bound_execution(write: &Write) -> Option<&str> {
    match write {
        Write::Turn(turn) => (!turn.documents.is_empty()).then_some(&*turn.key.0),
        Write::Documents(_) => None,
        Write::Removal(removal) => Some(&*removal.key.0),
    }
}

fn hash(key: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

/// Makes parts of what was dealt out. Newer executions have greater ids, whatever part they are in.
fn parts<'a>(
    (batch, hold): (&'a Batch, Hold),
    dealt: &[Vec<usize>],
    ids: Option<i64>,
) -> Vec<Part<'a>> {
    let first = ids.unwrap_or_default();
    let ids_before = batch.writes.iter().scan(first, |next, write| {
        let id = *next;
        *next += i64::from(creates(write));
        Some(id)
    });
    let id_of: Vec<i64> = ids_before.collect();
    let parts = (0..).zip(dealt).map(|(number, indexes)| {
        let creators = indexes.iter().filter(|index| creates(&batch.writes[**index]));
        let pass = match (number, ids) {
            (0, None) => Pass::Numbering { reserved: RESERVED },
            (0, Some(_)) => Pass::Lead,
            (lane, _) => Pass::Beside { lane },
        };
        Part {
            hold,
            writes: indexes.iter().map(|index| &batch.writes[*index]).collect(),
            ids: creators.map(|index| id_of[*index]).collect(),
            pass,
        }
    });
    parts.collect()
}

/// Returns what is to be said of a batch, given its parts.
fn merge(parts: Vec<Written>, dealt: &[Vec<usize>]) -> Written {
    let mut whole = Written::default();
    for (mut part, indexes) in parts.into_iter().zip(dealt) {
        let conflicts = mem::take(&mut part.conflicts);
        whole.conflicts.extend(conflicts.into_iter().map(|number| indexes[number]));
        whole.commits = whole.commits.max(part.commits);
        whole.reserved = whole.reserved.or(part.reserved);
    }
    whole.conflicts.sort_unstable();
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conflicts_have_the_places_that_their_writes_have_in_the_batch() {
        let written =
            |conflicts: &[usize]| Written { conflicts: conflicts.to_vec(), ..Written::default() };
        let whole = merge(vec![written(&[1]), written(&[0, 1])], &[vec![0, 3], vec![1, 2]]);
        assert_eq!(whole.conflicts, [1, 2, 3]);
    }

    #[test]
    fn ids_are_taken_from_what_is_reserved() {
        let mut reserve = Reserve { next: 10, end: 13 };
        assert_eq!(reserve.take(2), Some(10));
        assert_eq!(reserve.take(2), None);
        assert_eq!(reserve.take(1), Some(12));
        assert_eq!(reserve.take(1), None);
        assert_eq!(reserve.take(0), Some(13));
    }
}
