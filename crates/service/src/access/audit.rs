//! The audit log: what was done, by whom, from where, and how it ended.
//!
//! A record goes with the first write of documents that its act causes, in the same commit. An act that
//! writes no documents of its own, such as a stop, is recorded right after it, before it is answered.
//! Records have numbers without gaps to speak of, so that the oldest is found at once.

mod filter;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use compasso_store::{DocumentChange, Expected};
use compasso_types::Timestamp;
use compasso_types::bucket::{Bucket, Rate};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use self::filter::Filter;
use super::Role;
use super::act::{Act, ActEnd};
use crate::dates::iso;
use crate::records::Record;
use crate::shelf::{Shelf, delete, interpret, put};
use crate::{Error, Service};

/// Digits of a number in a key, so that keys stand in the order of numbers.
const DIGITS: usize = 16;
/// Records on a page if nothing is said, and at most.
const PAGE: i64 = 50;
const PAGE_MAX: i64 = 200;
/// Most records looked at for one page: with a filter, a page may be short and yet be followed by others.
const SCANNED_MAX: u64 = 5_000;
/// Records read, or removed, at once.
const CHUNK: u64 = 200;
/// How many records of what was refused or failed are kept: others are only counted.
const UNDONE: Rate = Rate { burst: 100, refill: 1 };
/// How an act ended, in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Outcome {
    Done,
    Failed,
    Refused,
}

/// A record as it is stored; the key is its number.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct AuditRecord {
    pub(super) at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) account: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) who: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) credential: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) role: Option<Role>,
    pub(super) action: Arc<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) on: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) from: Option<Arc<str>>,
    pub(super) outcome: Outcome,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) details: BTreeMap<Arc<str>, Value>,
}

impl Record for AuditRecord {
    const KIND: &'static str = "audit-record";
}

/// What of the log is in memory.
pub(super) struct Log {
    next: AtomicU64,
    undone: Mutex<Option<Bucket>>,
    unknown: AtomicU64,
    denied: AtomicU64,
}

impl Default for Log {
    fn default() -> Self {
        let (unknown, denied) = (AtomicU64::default(), AtomicU64::default());
        Self { next: AtomicU64::new(1), undone: Mutex::default(), unknown, denied }
    }
}

impl Log {
    fn draw(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// Says whether one more record of what was not done is kept.
    fn has_room(&self, now: Timestamp) -> bool {
        // Nothing panics under the lock.
        let mut undone = self.undone.lock().unwrap_or_else(PoisonError::into_inner);
        undone.get_or_insert_with(|| Bucket::full(UNDONE, now)).take(UNDONE, now)
    }

    pub(super) fn metrics(&self) -> String {
        let [unknown, denied] = [&self.unknown, &self.denied].map(|it| it.load(Ordering::Relaxed));
        format!(
            "# HELP {METRIC} Requests that were refused, as nobody knew who asks or they may not.\n\
             # TYPE {METRIC} counter\n\
             {METRIC}{{why=\"unknown\"}} {unknown}\n{METRIC}{{why=\"denied\"}} {denied}\n"
        )
    }
}

const METRIC: &str = "compasso_refused_requests_total";

/// Which records are asked for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListAudit {
    /// Those by somebody whose name, or credential, has this in it.
    pub who: Option<String>,
    /// Those whose action begins so.
    pub action: Option<String>,
    /// Those on something that has this in its name.
    pub on: Option<String>,
    /// Those that ended so: `done`, `failed` or `refused`.
    pub outcome: Option<String>,
    /// Those since an instant, or of the last hours or days, such as `24h`.
    pub since: Option<String>,
    /// Most records.
    pub limit: Option<i64>,
    /// Where to go on.
    pub next: Option<String>,
}

/// A record of the log.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditItem {
    /// Its number.
    pub id: u64,
    /// When.
    #[serde(serialize_with = "iso")]
    pub at: Timestamp,
    /// Who; absent if nobody knew.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub who: Option<Arc<str>>,
    /// What they were let in with: `token:NAME` or `key:ID`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential: Option<Arc<str>>,
    /// Their role then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// What they did, such as `secret.set`.
    pub action: Arc<str>,
    /// What to, such as `secret:db`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on: Option<Arc<str>>,
    /// The address that the request came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Arc<str>>,
    /// How it ended: `done`, `failed` or `refused`.
    outcome: Outcome,
    /// The name of the error, if it was not done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Arc<str>>,
    /// What is worth telling of it.
    pub details: BTreeMap<Arc<str>, Value>,
}

/// A page of the log, newest first.
#[derive(Clone, Debug, Serialize)]
pub struct AuditPage {
    /// The records.
    pub items: Vec<AuditItem>,
    /// Where older ones begin, if there may be any.
    pub next: Option<String>,
}

impl Service {
    /// Has `work` done as `act`, which is recorded with the first documents that it writes.
    pub async fn attend<T>(&self, act: Act, work: impl Future<Output = T>) -> T {
        let service = self.clone();
        let make = move |act: &Act| act.is_known().then(|| service.audit_change(act, ActEnd::Done));
        act.attended(make, work).await
    }

    /// Records how an act ended, as far as that is not recorded. A record that cannot be written is
    /// said in the log of the server: what was done stays done.
    pub async fn conclude(&self, act: &Act, end: ActEnd) {
        let log = &self.inner.access.audit;
        if let ActEnd::Refused(error) = &end {
            let (count, is_known) =
                if act.is_known() { (&log.denied, true) } else { (&log.unknown, false) };
            count.fetch_add(1, Ordering::Relaxed);
            tracing::debug!(error, is_known, "a request was refused");
        }
        if !act.is_untold(&end) || (end != ActEnd::Done && !log.has_room(self.now())) {
            return;
        }
        let change = self.audit_change(act, end);
        if let Err(error) = interpret(self.runtime.write(vec![change]).await) {
            tracing::error!(%error, "a record of the audit log was not written");
        }
    }

    /// Lists what was done in an account, newest first; without one, everything.
    ///
    /// # Errors
    /// The request cannot be read, or the store does not answer.
    pub async fn list_audit(
        &self,
        account: Option<Arc<str>>,
        request: ListAudit,
    ) -> Result<AuditPage, Error> {
        let limit = request.limit.unwrap_or(PAGE);
        if !(1..=PAGE_MAX).contains(&limit) {
            return Err(Error::validation(format!(
                "limit: {limit} is not between 1 and {PAGE_MAX}"
            )));
        }
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut before = match request.next.as_deref() {
            None => self.inner.access.audit.next.load(Ordering::Relaxed),
            Some(next) => next.parse().map_err(|_| Error::InvalidToken)?,
        };
        let filter = Filter::new(account, request, self.now())?;
        let lowest = before.saturating_sub(SCANNED_MAX);
        let mut items = Vec::new();
        while before > lowest.max(1) {
            let first = before.saturating_sub(CHUNK).max(1);
            let found = self.audit_between(first, before).await?;
            if found.is_empty() && self.oldest_audit().await?.is_none_or(|oldest| oldest >= before)
            {
                return Ok(AuditPage { items, next: None });
            }
            for (number, record) in found.into_iter().rev() {
                if filter.since.is_some_and(|since| record.at < since) {
                    return Ok(AuditPage { items, next: None });
                }
                if items.len() == limit {
                    return Ok(AuditPage { items, next: Some((number + 1).to_string()) });
                }
                if filter.takes(&record) {
                    items.push(AuditItem::of(number, &record));
                }
            }
            before = first;
        }
        let next = (before > 1).then(|| before.to_string());
        Ok(AuditPage { items, next })
    }

    /// Removes records older than `kept`, and the oldest if there are more than `most`; returns how many.
    pub(crate) async fn sweep_audit(
        &self,
        kept: Option<Duration>,
        most: u64,
    ) -> Result<u64, Error> {
        self.open_access().await?;
        let now = self.now();
        let is_old = |at: Timestamp| kept.is_some_and(|kept| now.since(at) > kept);
        let (mut count, mut first) = (0, 0);
        loop {
            let lowest = self.inner.access.audit.next.load(Ordering::Relaxed).saturating_sub(most);
            let chunk = usize::try_from(CHUNK).unwrap_or(usize::MAX);
            let found =
                Shelf::<AuditRecord>::list(&self.runtime, "", Some(&key(first)), chunk).await?;
            let stale = found.iter().map_while(|(key, record)| {
                let number: u64 = key.parse().ok()?;
                (number < lowest || is_old(record.at)).then_some((number, key))
            });
            let stale: Vec<_> = stale.collect();
            let Some((last, _)) = stale.last() else { return Ok(count) };
            (first, count) = (*last, count + stale.len() as u64);
            let changes = stale.iter().map(|(_, key)| delete::<AuditRecord>(key)).collect();
            interpret(self.runtime.write(changes).await)?;
        }
    }

    /// Finds the number of the next record: the keys stand in the order of the numbers.
    pub(super) async fn find_end_of_audit(&self) -> Result<(), Error> {
        let Some(oldest) = self.oldest_audit().await? else { return Ok(()) };
        let (mut there, mut step) = (oldest, 1);
        while step > 0 {
            match self.first_audit_after(there + step - 1).await? {
                Some(found) => (there, step) = (found, step * 2),
                None if step == 1 => step = 0,
                None => step /= 2,
            }
        }
        self.inner.access.audit.next.store(there + 1, Ordering::Relaxed);
        Ok(())
    }

    async fn oldest_audit(&self) -> Result<Option<u64>, Error> {
        self.first_audit_after(0).await
    }

    async fn first_audit_after(&self, number: u64) -> Result<Option<u64>, Error> {
        let found = Shelf::<AuditRecord>::list(&self.runtime, "", Some(&key(number)), 1).await?;
        Ok(found.first().and_then(|(key, _)| key.parse().ok()))
    }

    /// Reads the records from `first` on that stand before `end`.
    async fn audit_between(
        &self,
        first: u64,
        end: u64,
    ) -> Result<Vec<(u64, Arc<AuditRecord>)>, Error> {
        let limit = usize::try_from(end - first).unwrap_or(usize::MAX);
        let after = key(first - 1);
        let found = Shelf::<AuditRecord>::list(&self.runtime, "", Some(&after), limit).await?;
        let numbered = found.into_iter().filter_map(|(key, record)| {
            Some((key.parse::<u64>().ok().filter(|number| *number < end)?, record))
        });
        Ok(numbered.collect())
    }

    fn audit_change(&self, act: &Act, end: ActEnd) -> DocumentChange {
        let number = act.number(|| self.inner.access.audit.draw());
        put(&key(number), Expected::Any, &act.record(end))
    }
}

impl AuditItem {
    fn of(id: u64, record: &AuditRecord) -> Self {
        let AuditRecord {
            at,
            who,
            credential,
            role,
            action,
            on,
            from,
            outcome,
            error,
            details,
            ..
        } = record.clone();
        Self { id, at, who, credential, role, action, on, from, outcome, error, details }
    }
}

fn key(number: u64) -> String {
    format!("{number:0DIGITS$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_first_release_stored_is_read_and_written_the_same() {
        for stored in [
            r#"{"at":1769860800123,"account":"000000000000","who":"maria","credential":"token:ci","role":"author","action":"pool.set","on":"pool:build","from":"10.1.2.3","outcome":"done","details":{"size":"2 → 3"}}"#,
            r#"{"at":1769860800123,"action":"access","outcome":"refused","error":"UnrecognizedClientException"}"#,
        ] {
            let record: AuditRecord = serde_json::from_str(stored).expect("it can be read");
            assert_eq!(serde_json::to_string(&record).expect("it is plain data"), stored);
        }
    }
}
