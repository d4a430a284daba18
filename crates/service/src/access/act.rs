//! What is being done for somebody: who it is, what it is about, and what is worth telling of it.
//!
//! An act goes along with the work, as the span of a trace does, so that whatever knows something
//! about it can say so without being handed it.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use compasso_runtime::Beside;
use compasso_store::DocumentChange;
use compasso_types::Timestamp;
use serde_json::Value;

use super::Role;
use super::audit::{AuditRecord, Outcome};

/// Most characters of a text that is told.
const TEXT_CHARS_MAX: usize = 256;
/// Most details of an act.
const DETAILS_MAX: usize = 24;

tokio::task_local! {
    static CURRENT: Act;
}

/// Who does something.
#[derive(Clone, Debug)]
pub struct Who {
    /// Their account; `None` on a server that knows nobody.
    pub account: Option<Arc<str>>,
    /// What they are called.
    pub name: Arc<str>,
    /// What they were let in with, such as `token:ci`.
    pub credential: Option<Arc<str>>,
    /// What they may do.
    pub role: Role,
}

/// Something that is being done; `clone` is cheap.
#[derive(Clone)]
pub struct Act {
    inner: Arc<Inner>,
}

struct Inner {
    at: Timestamp,
    action: &'static str,
    from: Option<Arc<str>>,
    said: Mutex<Said>,
    /// Its number in the log, once it has one.
    number: OnceLock<u64>,
    /// Whether a record went along with a write.
    is_recorded: Arc<AtomicBool>,
}

#[derive(Clone, Default)]
struct Said {
    who: Option<Who>,
    on: Option<Arc<str>>,
    details: BTreeMap<Arc<str>, Value>,
    /// Whether something was said since it was written.
    is_new: bool,
}

/// How an act ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActEnd {
    /// It was done.
    Done,
    /// It could not be done: the name of the error.
    Failed(String),
    /// Who asked may not do it, or is not known: the name of the error.
    Refused(String),
}

impl Act {
    /// Begins an act, named `action` in the log; `from` is where the request came from.
    pub fn new(at: Timestamp, action: &'static str, from: Option<String>) -> Self {
        let inner = Inner {
            at,
            action,
            from: from.map(Arc::from),
            said: Mutex::default(),
            number: OnceLock::new(),
            is_recorded: Arc::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Says who does what is being done.
    pub fn is_by(who: Who) {
        Self::say(|said| said.who = Some(who));
    }

    /// Returns what those were let in with who do what is being done: `None` if they need nothing for that, or if
    /// it is the server itself.
    pub fn credential() -> Option<Arc<str>> {
        CURRENT.try_with(|act| act.said().who.as_ref()?.credential.clone()).ok()?
    }

    /// Says what it is done to, such as `pipeline:shop`.
    pub fn concerns(what: impl AsRef<str>) {
        let what = cut(what.as_ref()).into();
        Self::say(|said| said.on = Some(what));
    }

    /// Says what it is done to, unless that is known better already.
    pub fn may_concern(what: impl AsRef<str>) {
        let what: Arc<str> = cut(what.as_ref()).into();
        Self::say(|said| _ = said.on.get_or_insert(what));
    }

    /// Tells something of it, which must not be secret.
    pub fn detail(name: &str, value: impl Into<Value>) {
        let value = match value.into() {
            Value::String(text) => Value::String(cut(&text)),
            value @ (Value::Null | Value::Bool(_) | Value::Number(_)) => value,
            large @ (Value::Array(_) | Value::Object(_)) => Value::String(cut(&large.to_string())),
        };
        Self::say(|said| {
            if said.details.len() < DETAILS_MAX {
                said.details.insert(name.into(), value);
            }
        });
    }

    /// Tells what something was before and what it is now, if that is not the same.
    pub fn change(name: &str, before: Option<String>, now: Option<String>) {
        if before != now {
            let shown = |value: Option<String>| value.unwrap_or_else(|| "–".into());
            Self::detail(name, format!("{} → {}", shown(before), shown(now)));
        }
    }

    /// Has `work` done as this act, which is no change.
    pub async fn scope<T>(&self, work: impl Future<Output = T>) -> T {
        CURRENT.scope(self.clone(), work).await
    }

    /// Has `work` done as this act; its first write of documents takes along what `make` makes of it.
    pub(super) async fn attended<T>(
        self,
        make: impl Fn(&Self) -> Option<DocumentChange> + Send + Sync + 'static,
        work: impl Future<Output = T>,
    ) -> T {
        let (act, is_recorded) = (self.clone(), self.inner.is_recorded.clone());
        let beside = Beside::new(is_recorded, move || make(&act));
        CURRENT.scope(self, beside.carry(work)).await
    }

    /// Returns its number in the log; `draw` makes one.
    pub(super) fn number(&self, draw: impl FnOnce() -> u64) -> u64 {
        *self.inner.number.get_or_init(draw)
    }

    /// Returns whether its end still has to be written: an end that was foreseen is written already.
    pub(super) fn is_untold(&self, end: &ActEnd) -> bool {
        let is_written = self.inner.is_recorded.load(Ordering::Acquire);
        !is_written || *end != ActEnd::Done || self.said().is_new
    }

    pub(super) fn is_known(&self) -> bool {
        self.said().who.is_some()
    }

    /// Returns what the log says of it.
    pub(super) fn record(&self, end: ActEnd) -> AuditRecord {
        let mut said = self.said();
        said.is_new = false;
        let Said { who, on, details, .. } = said.clone();
        drop(said);
        let (outcome, error) = match end {
            ActEnd::Done => (Outcome::Done, None),
            ActEnd::Failed(error) => (Outcome::Failed, Some(error.into())),
            ActEnd::Refused(error) => (Outcome::Refused, Some(error.into())),
        };
        let (account, name, credential, role) = match who {
            Some(Who { account, name, credential, role }) => {
                (account, Some(name), credential, Some(role))
            }
            None => (None, None, None, None),
        };
        // Who is not known is told nothing, and nothing of others is told of them.
        let on = on.filter(|_| name.is_some());
        let (at, action, from) = (self.inner.at, self.inner.action.into(), self.inner.from.clone());
        AuditRecord {
            at,
            account,
            who: name,
            credential,
            role,
            action,
            on,
            from,
            outcome,
            error,
            details,
        }
    }

    fn said(&self) -> MutexGuard<'_, Said> {
        // Nothing panics under the lock.
        self.inner.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn say(change: impl FnOnce(&mut Said)) {
        let _ = CURRENT.try_with(|act| {
            let mut said = act.said();
            change(&mut said);
            said.is_new = true;
        });
    }
}

/// Writes where a request came from: as those say who passed it on, and by whom that was.
pub fn origin(claimed: Option<&str>, peer: Option<IpAddr>) -> Option<String> {
    let claimed = claimed.and_then(|hops| hops.split(',').next()).map(str::trim);
    let claimed = claimed.and_then(|first| first.parse::<IpAddr>().ok());
    match (claimed, peer) {
        (Some(claimed), Some(peer)) => Some(format!("{claimed} via {peer}")),
        (None, Some(only)) | (Some(only), None) => Some(only.to_string()),
        (None, None) => None,
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(TEXT_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
