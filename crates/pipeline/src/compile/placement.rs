//! Where tasks run and what they wait for before they do: the object that whoever places tasks is
//! told, and the limits of an attempt.

use std::time::Duration;

use compasso_ir::{Field, Placement};
use compasso_types::Json;

use super::Compiler;
use super::value::{in_words, needed_words};
use crate::expression::Value;
use crate::source::Span;
use crate::tree::{Breaker, Cache, Rate, Task, Trip, Work};

/// By how much the tasks of a backfill come after those of other runs.
const BACKFILL_BEHIND: i64 = 10;

pub(super) type Members = Vec<(&'static str, Json)>;

impl Compiler<'_, '_> {
    /// Compiles the placement of a task's attempts.
    pub(super) fn placement(
        &mut self,
        task: &Task,
        name: &str,
        arguments: &Json,
    ) -> Option<Placement> {
        let mut wants = self.shared(task, name, arguments);
        self.left(task, &mut wants);
        self.crowded(task, &mut wants);
        if let Some(breaker) = &task.breaker {
            wants.push(("breaker", self::breaker(breaker)));
        }
        if let Some(cache) = task.cache.as_ref().or(self.pipeline.defaults.cache.as_ref()) {
            wants.push(("cache", self::cache(cache)));
        }
        let defaults = &self.pipeline.defaults;
        let queue_timeout = task.queue_timeout.as_ref().or(defaults.queue_timeout.as_ref());
        // What the server does itself gives no signs of life.
        let default = defaults.heartbeat.as_ref().filter(|_| runs_on_worker(task));
        let heartbeat = task.heartbeat.as_ref().or(default);
        let total_timeout = task.total_timeout.as_ref().or(defaults.total_timeout.as_ref());
        Some(Placement {
            wants: self.query(&Json::object(wants), task.span)?,
            queue_timeout: self.span_of(queue_timeout),
            timeout: Some(self.attempt_timeout(task)),
            heartbeat: self.span_of(heartbeat),
            total_timeout: self.span_of(total_timeout),
        })
    }

    /// Compiles the placement of what is done beside a task's own work: it shares no breaker and no
    /// cache with it, and has no limits.
    pub(super) fn plain_placement(
        &mut self,
        task: &Task,
        name: &str,
        arguments: &Json,
    ) -> Option<Placement> {
        let mut wants = self.shared(task, name, arguments);
        // What tells people of a task must not wait for the places that the task takes.
        if task.work.is_some() {
            self.left(task, &mut wants);
            self.crowded(task, &mut wants);
        }
        Some(Placement {
            wants: self.query(&Json::object(wants), task.span)?,
            queue_timeout: None,
            timeout: None,
            heartbeat: None,
            total_timeout: None,
        })
    }

    /// Compiles the placement of a look, which holds nothing and wants its secrets alone.
    pub(super) fn look_placement(
        &mut self,
        arguments: &Json,
        limit: Duration,
        span: Span,
    ) -> Option<Placement> {
        let mut wants: Members = vec![("task", Json::from("{% task %}"))];
        wants.extend(self.secrets_in(arguments).map(|secrets| ("secrets", secrets)));
        Some(Placement {
            wants: self.query(&Json::object(wants), span)?,
            queue_timeout: None,
            timeout: Some(Field::Literal(limit)),
            heartbeat: None,
            total_timeout: None,
        })
    }

    /// Does `work`; none of the placements that it compiles begins before nothing of the task or group
    /// called `after` goes on any more.
    pub(super) fn after<T>(&mut self, after: Option<&str>, work: impl FnOnce(&mut Self) -> T) -> T {
        let after = after.map(|name| name.replace("[]", ""));
        let inner = after.or_else(|| self.after.clone());
        let outer = std::mem::replace(&mut self.after, inner);
        let done = work(self);
        self.after = outer;
        done
    }

    /// Returns what a task wants of workers, what it shares with others, and where its arguments
    /// have secrets.
    pub(super) fn shared(&mut self, task: &Task, name: &str, arguments: &Json) -> Members {
        let pipeline = self.pipeline;
        let (own, defaults) = (&task.placement, &pipeline.defaults);
        let mut wants: Members = vec![
            ("task", Json::from("{% task %}")),
            ("work_key", Json::from("{% work_key %}")),
            ("scheduled_at", Json::from("{% run.scheduled_at %}")),
        ];
        wants.extend(self.secrets_in(arguments).map(|secrets| ("secrets", secrets)));
        if self.asks && arguments.to_string().contains("approval.links") {
            wants.push(("links", true.into()));
        }
        if let Some(after) = &self.after {
            wants.push(("after", Json::from(after.clone())));
        }
        let tags = own.runs_on.as_ref().unwrap_or(&defaults.runs_on);
        if !tags.is_empty() {
            let tags = tags.iter().map(in_words).collect::<Vec<_>>();
            wants.push(("tags", Json::array(tags)));
        }
        if own.slots != 1 {
            wants.push(("slots", i64::from(own.slots).into()));
        }
        if let Some(mutex) = &own.mutex {
            wants.push(("mutex", needed_words(mutex, "'mutex'")));
        }
        if let Some(rate) = &own.rate {
            let own = format!("{}/{}", self.pipeline.name, name.replace("[]", ""));
            let own = Value::Literal(Json::from(own));
            wants.push(("rate", self::rate(rate, &own)));
        }
        let priority = own.priority.or(defaults.priority).unwrap_or(0) + pipeline.priority;
        wants.push(("priority", self::priority(priority)));
        wants
    }

    /// Adds what becomes of what a task leaves.
    fn left(&self, task: &Task, wants: &mut Members) {
        wants.extend(task.sensitive.then(|| ("sensitive", true.into())));
        let kept = task.artifacts.retention.or(self.pipeline.retention.artifacts);
        wants.extend(kept.map(|kept| ("artifacts_ms", milliseconds(kept))));
    }

    /// Adds what a task shares with all others of its pipeline.
    fn crowded(&self, task: &Task, wants: &mut Members) {
        let pipeline = self.pipeline;
        if let Some(pool) = task.placement.pool.as_ref().or(pipeline.defaults.pool.as_ref()) {
            wants.push(("pool", needed_words(pool, "'pool'")));
        }
        if let Some(most) = pipeline.concurrency.max_tasks {
            wants.push(("max_tasks", i64::from(most).into()));
        }
    }
}

/// Returns the expression of a priority, which is lower in backfills; no member where it is 0.
fn priority(priority: i64) -> Json {
    let otherwise = if priority == 0 { String::new() } else { format!(" : {priority}") };
    let of_backfill = priority - BACKFILL_BEHIND;
    Json::from(format!("{{% run.type = \"backfill\" ? {of_backfill}{otherwise} %}}"))
}

/// `own`: the name it is shared by if it has none.
fn rate(rate: &Rate, own: &Value) -> Json {
    let mut members: Members = vec![
        ("key", needed_words(rate.key.as_ref().unwrap_or(own), "the 'key' of 'rate'")),
        ("limit", i64::from(rate.limit).into()),
        ("per_ms", (i64::from(rate.seconds) * 1_000).into()),
    ];
    members.extend(rate.burst.map(|burst| ("burst", i64::from(burst).into())));
    Json::object(members)
}

fn breaker(breaker: &Breaker) -> Json {
    let mut members: Members = vec![
        ("name", needed_words(&breaker.name, "the 'name' of 'breaker'")),
        ("window_ms", milliseconds(breaker.window)),
        ("open_for_ms", milliseconds(breaker.open_for)),
        ("half_open", i64::from(breaker.half_open).into()),
    ];
    match breaker.trip {
        Trip::Failures(failures) => members.push(("failures", i64::from(failures).into())),
        Trip::Rate { rate, min_calls } => {
            members.push(("rate", rate.into()));
            members.push(("min_calls", i64::from(min_calls).into()));
        }
    }
    if !breaker.on.is_empty() {
        let names = breaker.on.iter().map(|name| Json::String(name.clone()));
        members.push(("on", Json::array(names.collect::<Vec<_>>())));
    }
    Json::object(members)
}

/// Outputs are kept by pipeline and task, which whoever places tasks knows.
fn cache(cache: &Cache) -> Json {
    let mut members: Members = vec![("key", needed_words(&cache.key, "the 'key' of 'cache'"))];
    members.extend(cache.ttl.map(|ttl| ("ttl_ms", milliseconds(ttl))));
    Json::object(members)
}

/// Whether a worker does the task.
fn runs_on_worker(task: &Task) -> bool {
    match &task.work {
        Some(Work::Run { .. } | Work::Steps(_)) => true,
        Some(Work::Uses(uses)) => uses.handler().is_some(),
        _ => false,
    }
}

/// Returns a time in milliseconds.
pub(super) fn milliseconds(span: Duration) -> Json {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX).into()
}
