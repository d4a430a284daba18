//! A batch in several transactions at the same time.
//!
//! One connection keeps one core of the database busy. Turns of different executions do not mind each other, so
//! those of a large batch are dealt out to several connections. The first one, the lead, has all that is about
//! documents as well, counts the commit and writes output of tasks. If some of the transactions come to nothing
//! and others do not, the outcome is unknown, and the owner looks at each turn.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::mem;

use compasso_store::{Batch, Write, large};
use futures::future::join_all;

use super::logs::Lines;
use super::transaction::{self, Part, Pass, Undone, Written, creations};
use crate::link::Link;

/// Transactions at the same time at most.
const LANES: usize = 4;
/// Turns of a transaction, on average, for which it is worth its while.
const TURNS_MIN: usize = 16;
/// How many ids of executions are reserved at once.
const RESERVED: i64 = 4_096;

/// The connections that write.
pub(super) struct Lanes {
    pub(super) lead: Link,
    beside: Vec<Link>,
    reserve: Reserve,
}

/// Ids of executions that are set aside for this owner, durably.
#[derive(Debug, Default)]
struct Reserve {
    next: i64,
    end: i64,
}

impl Lanes {
    pub(super) fn new(lead: Link) -> Self {
        let beside = (1..LANES).map(|_| lead.afresh()).collect();
        Self { lead, beside, reserve: Reserve::default() }
    }

    /// Forgets what was reserved: another owner may have numbered executions.
    pub(super) fn begin_again(&mut self) {
        self.reserve = Reserve::default();
    }

    /// Writes a batch, and output of tasks with it.
    pub(super) async fn commit(
        &mut self,
        batch: &Batch,
        lines: Option<&Lines>,
    ) -> Result<Written, Undone> {
        let (cut, values) = large::cut_batch(batch).unzip();
        let (batch, values) = (cut.as_ref().unwrap_or(batch), values.unwrap_or_default());
        let ids = self.reserve.take(creations(batch.writes.iter()));
        let most = if ids.is_some() { self.ready(batch).await } else { 1 };
        let dealt = deal(&batch.writes, most);
        let parts = parts(batch, &dealt, ids);
        let links = std::iter::once(&self.lead).chain(&self.beside);
        let lines = std::iter::once(lines).chain(std::iter::repeat(None));
        let works = links.zip(&parts).zip(lines);
        let works =
            works.map(|((link, part), lines)| transaction::commit(link, part, &values, lines));
        let mut written = merge(join_all(works).await, &dealt)?;
        if let Some((next, end)) = written.reserved.take() {
            self.reserve = Reserve { next, end };
        }
        Ok(written)
    }

    /// Returns how many transactions a batch may be dealt out to: only those that have a connection.
    async fn ready(&self, batch: &Batch) -> usize {
        let worth = (batch.writes.len() / TURNS_MIN).clamp(1, LANES);
        for (index, link) in self.beside.iter().take(worth - 1).enumerate() {
            if link.live().await.is_err() {
                return index + 1;
            }
        }
        worth
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

fn parts<'a>(batch: &'a Batch, dealt: &[Vec<usize>], ids: Option<i64>) -> Vec<Part<'a>> {
    let mut next = ids;
    let parts = dealt.iter().enumerate().map(|(number, indexes)| {
        let writes: Vec<&Write> = indexes.iter().map(|index| &batch.writes[*index]).collect();
        let count = creations(writes.iter().copied());
        let pass = match (number, next) {
            (0, None) => Pass::Numbering { reserved: RESERVED },
            (0, Some(first)) => Pass::Lead { first },
            (_, first) => Pass::Beside { first: first.unwrap_or_default() },
        };
        next = next.map(|first| first + count);
        Part { epoch: batch.epoch, writes, pass }
    });
    parts.collect()
}

/// Returns what became of a batch, given that of each of its parts.
fn merge(ended: Vec<Result<Written, Undone>>, dealt: &[Vec<usize>]) -> Result<Written, Undone> {
    let is_some_written = ended.iter().any(Result::is_ok);
    let mut whole = Written::default();
    let mut failure = None;
    for (part, indexes) in ended.into_iter().zip(dealt) {
        match part {
            Ok(mut part) => {
                let conflicts = mem::take(&mut part.conflicts);
                whole.conflicts.extend(conflicts.into_iter().map(|number| indexes[number]));
                whole.commits = whole.commits.max(part.commits);
                whole.reserved = whole.reserved.or(part.reserved);
            }
            Err(undone) => failure = Some(worse(failure, undone)),
        }
    }
    match failure {
        Some(Undone::Surely(reason)) if is_some_written => Err(Undone::Perhaps(reason)),
        Some(undone) => Err(undone),
        None => {
            whole.conflicts.sort_unstable();
            Ok(whole)
        }
    }
}

/// Returns the one that says more: being fenced off, then what may have been written.
fn worse(one: Option<Undone>, other: Undone) -> Undone {
    match (one, other) {
        (Some(Undone::Fenced), _) => Undone::Fenced,
        (Some(Undone::Perhaps(reason)), Undone::Surely(_)) => Undone::Perhaps(reason),
        (_, other) => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::unnecessary_wraps, reason = "as a transaction returns it")]
    fn written(conflicts: &[usize]) -> Result<Written, Undone> {
        Ok(Written { conflicts: conflicts.to_vec(), ..Written::default() })
    }

    #[test]
    fn conflicts_have_the_places_that_their_writes_have_in_the_batch() {
        let dealt = [vec![0, 3], vec![1, 2]];
        let whole = merge(vec![written(&[1]), written(&[0, 1])], &dealt).unwrap();
        assert_eq!(whole.conflicts, [1, 2, 3]);
    }

    #[test]
    fn a_batch_is_surely_not_written_only_if_no_part_of_it_is() {
        let dealt = [vec![0], vec![1]];
        let refused = || Err(Undone::Surely("full".into()));
        let lost = || Err(Undone::Perhaps("silent".into()));
        let none = merge(vec![refused(), refused()], &dealt);
        assert!(matches!(none, Err(Undone::Surely(_))));
        for ended in [[refused(), written(&[])], [lost(), refused()], [refused(), lost()]] {
            let some = merge(ended.into(), &dealt);
            assert!(matches!(some, Err(Undone::Perhaps(_))));
        }
        let fenced = merge(vec![Err(Undone::Fenced), lost()], &dealt);
        assert!(matches!(fenced, Err(Undone::Fenced)));
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
