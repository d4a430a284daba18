//! What a run begins with: `{params, run, trigger}`.

use std::collections::BTreeMap;
use std::sync::Arc;

use compasso_types::{Json, Payload, Timestamp};

use super::StartPipeline;
use crate::publications::Origin;

/// Names the run that a run of a pipeline runs again.
pub(crate) const AGAIN_OF: &str = "again_of";
/// The member of `run` that says which delivery a run is a replay of.
pub(crate) const REPLAY_OF: &str = "replay_of";

/// The member that names the labels of a run's own that its version has as well.
const OWN_LABELS: &str = "own_labels";

/// The namespace of all pipelines.
const NAMESPACE: &str = "default";

/// What started a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RunKind {
    /// A person.
    #[default]
    Manual,
    /// A schedule.
    Scheduled,
    /// A backfill of a schedule.
    Backfill,
    /// An event that a trigger took.
    Event,
    /// A program.
    Api,
    /// Another run.
    Child,
}

impl RunKind {
    /// Returns its word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Scheduled => "scheduled",
            Self::Backfill => "backfill",
            Self::Event => "event",
            Self::Api => "api",
            Self::Child => "child",
        }
    }
}

/// The time that a run is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// Its first instant.
    pub start: Timestamp,
    /// The instant behind its last one.
    pub end: Timestamp,
}

/// What is known of a run before it starts.
pub(super) struct Beginning<'a> {
    /// The run's name.
    pub(super) id: &'a str,
    /// Where people look at the run, if that is known.
    pub(super) url: Option<String>,
    pub(super) pipeline: &'a str,
    pub(super) version: u64,
    pub(super) labels: &'a [(Arc<str>, Arc<str>)],
    /// Where the version comes from, as far as anybody asks.
    pub(super) origin: &'a Origin,
    pub(super) now: Timestamp,
    /// When clocks show the times of day that its deadlines name.
    pub(super) clock_times: BTreeMap<String, Timestamp>,
}

/// Makes the input of a run, whose params were checked.
pub(super) fn make(request: &StartPipeline, beginning: &Beginning<'_>, params: Json) -> Json {
    let trigger = match &request.trigger {
        Json::Null => Json::empty_object(),
        trigger => trigger.clone(),
    };
    let mut members =
        vec![("params", params), ("run", run(request, beginning)), ("trigger", trigger)];
    let times = beginning.clock_times.iter();
    let times: Vec<_> = times.map(|(time, at)| (Arc::from(&**time), instant(*at))).collect();
    let mut deadlines = Vec::new();
    if !times.is_empty() {
        deadlines.push(("at", Json::object(times)));
    }
    if !request.told.is_empty() {
        deadlines.push(("told", numbers(&request.told)));
    }
    if !deadlines.is_empty() {
        members.push(("deadlines", Json::object(deadlines)));
    }
    // Another run that runs this one again has them, whatever its version says.
    let is_as_version =
        |label: &(Arc<str>, Arc<str>)| request.labels.get(&label.0) == Some(&label.1);
    let as_version = beginning.labels.iter().filter(|label| is_as_version(label));
    let as_version: Vec<_> = as_version.map(|(name, _)| Json::from(name.clone())).collect();
    if !as_version.is_empty() {
        members.push((OWN_LABELS, Json::array(as_version)));
    }
    Json::object(members)
}

/// Says whether the label of a run is its own though its version has the same.
pub(crate) fn is_own_label(input: &Json, name: &str) -> bool {
    let own = input.get(OWN_LABELS).and_then(Json::as_array);
    own.is_some_and(|own| own.iter().any(|own| own.as_str() == Some(name)))
}

/// Makes the input of a run that waited and begins now; `told`: the deadlines that were missed
/// meanwhile, and what they say is done.
pub(super) fn begun(input: &Json, now: Timestamp, told: &[u32]) -> Json {
    let begun = with(input, "run", |run| with(run, "started_at", |_| instant(now)));
    if told.is_empty() {
        return begun;
    }
    with(&begun, "deadlines", |deadlines| with(deadlines, "told", |_| numbers(told)))
}

/// Makes the input of a run that comes after another; `previous`: what it sees of that.
pub(super) fn following(input: &Json, previous: Option<Json>) -> Json {
    with(input, "run", |run| match previous {
        Some(previous) => with(run, "previous", |_| previous),
        None => run.clone(),
    })
}

/// Makes the input of what a deadline says of a run that has not begun.
pub(super) fn telling(input: &Json, what: String) -> Json {
    with(input, "deadlines", |deadlines| with(deadlines, "tell", |_| Json::from(what)))
}

/// Returns an object in which a member is another value.
fn with(object: &Json, name: &str, value: impl FnOnce(&Json) -> Json) -> Json {
    let mut members = object.as_object().map(|members| (**members).clone()).unwrap_or_default();
    let value = value(object.get(name).unwrap_or(&Json::Null));
    members.insert(name.into(), value);
    Json::from(members)
}

fn numbers(numbers: &[u32]) -> Json {
    Json::array(numbers.iter().map(|number| Json::from(i64::from(*number))))
}

fn run(request: &StartPipeline, beginning: &Beginning<'_>) -> Json {
    let Beginning { id, pipeline, version, labels, origin, now, .. } = *beginning;
    let at_once = Interval { start: now, end: now };
    let interval = request.interval.unwrap_or(at_once);
    let date = match &request.date {
        Some(date) => Json::from(date.clone()),
        // Instants are written with the date first.
        None => Json::from(&interval.start.to_string()[..DATE_CHARS]),
    };
    // Those of the run come first: the first ones are found, and of two of one name they count.
    let of_version = labels.iter().filter(|(name, _)| !request.labels.contains_key(name));
    let labels = request.labels.iter().chain(of_version.map(|(name, value)| (name, value)));
    let labels = labels.map(|(name, value)| (name.clone(), Json::from(value.clone())));
    let mut members = vec![
        ("id", Json::from(id)),
        ("pipeline", Json::from(pipeline)),
        ("version", Json::from(i64::try_from(version).unwrap_or(i64::MAX))),
        ("namespace", Json::from(NAMESPACE)),
        ("attempt", Json::from(1)),
        ("type", Json::from(request.kind.name())),
        ("queued_at", instant(now)),
        ("started_at", instant(now)),
        (
            "interval",
            Json::object([("start", instant(interval.start)), ("end", instant(interval.end))]),
        ),
        ("date", date),
        ("labels", Json::object(labels)),
    ];
    let text = |text: &Option<Arc<str>>| text.clone().map(Json::from);
    let known = [
        ("started_by", text(&request.by)),
        (AGAIN_OF, text(&request.again_of)),
        (REPLAY_OF, text(&request.replay_of)),
        ("trigger_id", text(&request.trigger_id)),
        ("scheduled_at", request.scheduled_at.map(instant)),
        ("partition", text(&request.partition)),
        ("url", beginning.url.clone().map(Json::from)),
        ("commit", text(&origin.commit)),
        ("repository", text(&origin.repository)),
    ];
    members.extend(known.into_iter().filter_map(|(name, value)| Some((name, value?))));
    Json::object(members)
}

/// Characters of a date.
const DATE_CHARS: usize = 10;

fn instant(at: Timestamp) -> Json {
    Json::from(at.to_string())
}

/// Says whether a start that is asked for has happened already, as a run with the input `present`.
pub(super) fn is_same(present: &Payload, asked: &Payload) -> bool {
    let (present, asked) = (present.value(), asked.value());
    let of_run = |input: &Json, name: &str| input.get("run").and_then(|run| run.get(name)).cloned();
    let same = |name: &str| of_run(present, name) == of_run(asked, name);
    let same_params = if same("version") {
        present.get("params") == asked.get("params") && same("labels")
    } else {
        // Other versions have other defaults.
        true
    };
    same_params
        && present.get("trigger") == asked.get("trigger")
        && ["type", "trigger_id", "scheduled_at", "partition"].into_iter().all(same)
}
