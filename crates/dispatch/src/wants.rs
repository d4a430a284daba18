//! What a task wants before it may run: the object that its placement evaluates to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use compasso_engine::is_error_like;
use compasso_types::{Json, Timestamp};
use serde::Deserialize;

/// What a task wants. All of it is given at once, or nothing.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct Wants {
    /// Tags that its worker must have.
    pub(crate) tags: BTreeSet<Arc<str>>,
    /// The pool it takes slots of.
    pub(crate) pool: Option<Arc<str>>,
    /// How many slots of the pool; absent: one.
    pub(crate) slots: Option<u32>,
    /// What it alone may hold.
    pub(crate) mutex: Option<Arc<str>>,
    /// Whether it does nothing but have this, until it is given up: it is what a group holds.
    pub(crate) hold: bool,
    /// How often tasks of this kind may start.
    pub(crate) rate: Option<RateWish>,
    /// Higher ones come first.
    pub(crate) priority: i64,
    /// What keeps it from calling something that fails.
    pub(crate) breaker: Option<BreakerWish>,
    /// Under what its output is kept for others.
    pub(crate) cache: Option<CacheWish>,
    /// The task or group of its run of which nothing may go on when it begins, by its path; empty: the
    /// whole run.
    pub(crate) after: Option<Arc<str>>,
    /// Most tasks of its run that are out at once.
    pub(crate) max_tasks: Option<u32>,
    /// Where its parameters have secrets.
    pub(crate) secrets: Vec<SecretPlace>,
    /// Whether links of the approval that it is told of are put into its parameters.
    pub(crate) links: bool,
    /// Whether nobody may see its output.
    pub(crate) sensitive: bool,
    /// When its run was due, in text; earlier ones come first.
    pub(crate) scheduled_at: Option<String>,
    /// What the task knows of itself.
    pub(crate) task: Option<TaskWords>,
    /// Equal for all attempts of this work, and of no other; absent in what an earlier release placed.
    pub(crate) work_key: Option<Arc<str>>,
}

/// A place in the parameters of a task where its definition has a secret. Nothing else is one, however
/// much it looks like it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct SecretPlace {
    /// The place, as a JSON pointer.
    pub(crate) at: String,
    /// The secret.
    pub(crate) name: Arc<str>,
}

/// What a task knows of itself, as its expressions read it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct TaskWords {
    /// Its id.
    pub(crate) id: Option<Arc<str>>,
    /// The key of its instance.
    pub(crate) key: Option<Arc<str>>,
    /// Equal for all its attempts.
    pub(crate) idempotency_key: Option<Arc<str>>,
}

/// So many starts in a time, shared by all who name the same key.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct RateWish {
    /// Who shares it.
    pub(crate) key: Arc<str>,
    /// How many in `per_ms`.
    pub(crate) limit: u32,
    /// The time.
    pub(crate) per_ms: u64,
    /// How many may start at once after a rest; absent: `limit`.
    #[serde(default)]
    pub(crate) burst: Option<u32>,
}

/// A breaker, shared by all who name it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(crate) struct BreakerWish {
    /// Its name.
    pub(crate) name: Arc<str>,
    /// Failures within the window that open it.
    #[serde(default)]
    pub(crate) failures: Option<u32>,
    /// Share of calls within the window that may fail.
    #[serde(default)]
    pub(crate) rate: Option<f64>,
    /// Fewest calls that make a share.
    #[serde(default)]
    pub(crate) min_calls: Option<u32>,
    /// The window.
    #[serde(default)]
    pub(crate) window_ms: Option<u64>,
    /// How long it stays open.
    #[serde(default)]
    pub(crate) open_for_ms: Option<u64>,
    /// How many calls try it out then.
    #[serde(default)]
    pub(crate) half_open: Option<u32>,
    /// Errors that count; all if there are none.
    #[serde(default)]
    pub(crate) on: Vec<Arc<str>>,
}

/// Where the output of a task is kept for others of the same pipeline and task.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct CacheWish {
    /// What tells outputs of one task apart.
    pub(crate) key: Arc<str>,
    /// How long it is good.
    #[serde(default)]
    pub(crate) ttl_ms: Option<u64>,
}

impl Wants {
    /// Reads what a placement evaluated to.
    ///
    /// # Errors
    /// Why it is none.
    pub(crate) fn read(placement: &Json) -> Result<Self, String> {
        let wants: Self = serde_json::from_str(&placement.to_string())
            .map_err(|error| format!("the placement cannot be used: {error}"))?;
        if wants.rate.as_ref().is_some_and(|rate| rate.limit == 0 || rate.per_ms == 0) {
            return Err("the placement cannot be used: a rate of nothing never comes".into());
        }
        if wants.slots == Some(0) {
            return Err("the placement cannot be used: 'slots' begins at 1".into());
        }
        Ok(wants)
    }

    /// Returns how many slots of the pool it takes.
    pub(crate) fn slots(&self) -> u32 {
        self.slots.unwrap_or(1)
    }

    /// Returns the name that all attempts of its task have.
    pub(crate) fn key(&self) -> Option<&Arc<str>> {
        self.task.as_ref()?.idempotency_key.as_ref()
    }

    /// Returns when its run was due, if it says so.
    pub(crate) fn due(&self) -> Option<Timestamp> {
        self.scheduled_at.as_deref()?.parse().ok()
    }
}

impl BreakerWish {
    pub(crate) fn window(&self) -> Duration {
        Duration::from_millis(self.window_ms.unwrap_or(60_000))
    }

    pub(crate) fn open_for(&self) -> Duration {
        Duration::from_millis(self.open_for_ms.unwrap_or(30_000))
    }

    pub(crate) fn half_open(&self) -> u32 {
        self.half_open.unwrap_or(1).max(1)
    }

    /// Says whether an error counts.
    pub(crate) fn counts(&self, error: &str) -> bool {
        let is_any = self.on.is_empty() && is_error_like(error, "*");
        is_any || self.on.iter().any(|pattern| is_error_like(error, pattern))
    }
}

/// Pools by name, as settings and the interface have them.
pub type PoolSizes = BTreeMap<Arc<str>, u32>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_member_may_be_absent() {
        assert_eq!(Wants::read(&Json::empty_object()).unwrap(), Wants::default());
    }

    #[test]
    fn what_can_never_be_given_is_refused() {
        let read = |text: &str| Wants::read(&Json::parse(text).unwrap());
        assert!(read(r#"{"rate":{"key":"k","limit":0,"per_ms":1}}"#).is_err());
        assert!(read(r#"{"slots":0}"#).is_err());
        assert!(read(r#"{"tags":"gpu"}"#).unwrap_err().contains("placement"));
    }

    #[test]
    fn a_breaker_counts_the_errors_that_it_names_or_all_failures() {
        let counts = |on: &str, error: &str| {
            let text = format!(r#"{{"breaker":{{"name":"b","on":{on}}}}}"#);
            Wants::read(&Json::parse(&text).unwrap()).unwrap().breaker.unwrap().counts(error)
        };
        assert!(counts(r#"["Http5xx","States.Timeout"]"#, "Http503"));
        assert!(counts(r#"["Http5xx","States.Timeout"]"#, "Heartbeat"));
        assert!(!counts(r#"["Http5xx"]"#, "Http404"));
        assert!(counts("[]", "Foo"));
        assert!(!counts("[]", "Skipped"));
    }
}
