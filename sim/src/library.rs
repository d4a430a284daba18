//! The definitions that are run.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use compasso_engine::Offer;
use compasso_ir::{Definition, ExecutionType};
use compasso_runtime::{DefinitionError, DefinitionRef, Definitions};
use compasso_types::Json;
use futures::FutureExt as _;
use futures::future::{BoxFuture, ready};

/// The activity whose tasks workers take.
pub(crate) const ACTIVITY: &str = "arn:aws:states:us-east-1:123456789012:activity:A";

/// What some tasks and groups of graphs want alone.
pub(crate) const MUTEX: &str = "door";
/// What tasks of graphs want a place in, and how many have one at once.
pub(crate) const POOLS: [(&str, u32); 1] = [("pool", 2)];

/// Returns what tasks want, and how many have it at once.
pub(crate) fn places() -> impl Iterator<Item = (&'static str, u32)> {
    POOLS.into_iter().chain([(MUTEX, 1)])
}

/// Returns the place that a task wants, and how many have it at once.
pub(crate) fn place_of(offer: &Offer) -> Option<(&'static str, u32)> {
    let wants = offer.placement.as_ref()?;
    let wants_it = |key: &str, name: &str| wants.get(key).and_then(Json::as_str) == Some(name);
    places().find(|(name, _)| wants_it("mutex", name) || wants_it("pool", name))
}

/// What a definition is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// States, tasks that nodes run, waits.
    Basic,
    /// Distributed Maps.
    MapRuns,
    /// Graphs of pipelines, with tasks that want a mutex or a place in a pool.
    Graphs,
    /// Tasks of workers that poll, report late, twice or of attempts that are over.
    Workers,
}

/// State machines.
const MACHINES: [(Part, &str); 9] = [
    // Nothing but states.
    (
        Part::Basic,
        r#"{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Pass","End":true}}}"#,
    ),
    // A task that is tried again.
    (
        Part::Basic,
        r#"{"StartAt":"Work","States":{"Work":{"Type":"Task",
        "Resource":"arn:aws:lambda:us-east-1:123456789012:function:f","TimeoutSeconds":60,
        "Retry":[{"ErrorEquals":["States.ALL"],"IntervalSeconds":1,"MaxAttempts":3}],
        "Catch":[{"ErrorEquals":["States.ALL"],"Next":"Caught"}],"End":true},
        "Caught":{"Type":"Pass","End":true}}}"#,
    ),
    // Times to wait.
    (
        Part::Basic,
        r#"{"StartAt":"Wait","States":{"Wait":{"Type":"Wait","Seconds":3,"Next":"Again"},
        "Again":{"Type":"Wait","Seconds":7,"End":true}}}"#,
    ),
    // Two things at once.
    (
        Part::Basic,
        r#"{"StartAt":"Both","States":{"Both":{"Type":"Parallel","End":true,"Branches":[
        {"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":2,"End":true}}},
        {"StartAt":"T","States":{"T":{"Type":"Task",
            "Resource":"arn:aws:lambda:us-east-1:123456789012:function:g","End":true}}}]}}}"#,
    ),
    // A task an item.
    (
        Part::Basic,
        r#"{"StartAt":"Each","States":{"Each":{"Type":"Map","ItemsPath":"$.items","MaxConcurrency":2,
        "ItemProcessor":{"StartAt":"T","States":{"T":{"Type":"Task",
            "Resource":"arn:aws:lambda:us-east-1:123456789012:function:h",
            "Retry":[{"ErrorEquals":["States.ALL"],"IntervalSeconds":1}],"End":true}}},
        "Catch":[{"ErrorEquals":["States.ALL"],"Next":"Caught"}],"End":true},
        "Caught":{"Type":"Pass","End":true}}}"#,
    ),
    // Work that somebody polls for, who may fall silent.
    (
        Part::Workers,
        r#"{"StartAt":"Ask","States":{"Ask":{"Type":"Task",
        "Resource":"arn:aws:states:us-east-1:123456789012:activity:A",
        "TimeoutSeconds":20,"HeartbeatSeconds":6,
        "Retry":[{"ErrorEquals":["States.ALL"],"IntervalSeconds":1,"MaxAttempts":4}],
        "Catch":[{"ErrorEquals":["States.ALL"],"Next":"Caught"}],"Next":"Rest"},
        "Rest":{"Type":"Wait","Seconds":1,"End":true},
        "Caught":{"Type":"Pass","End":true}}}"#,
    ),
    // Work of theirs after work of theirs: what is reported twice is late for the first and early for the second.
    (
        Part::Workers,
        r#"{"StartAt":"Ask","States":{"Ask":{"Type":"Task",
        "Resource":"arn:aws:states:us-east-1:123456789012:activity:A","TimeoutSeconds":60,"Next":"Confirm"},
        "Confirm":{"Type":"Task",
        "Resource":"arn:aws:states:us-east-1:123456789012:activity:A","TimeoutSeconds":60,"End":true}}}"#,
    ),
    // A task after a task.
    (
        Part::Basic,
        r#"{"StartAt":"First","States":{"First":{"Type":"Task",
        "Resource":"arn:aws:lambda:us-east-1:123456789012:function:f","Next":"Second"},
        "Second":{"Type":"Task",
        "Resource":"arn:aws:lambda:us-east-1:123456789012:function:g","End":true}}}"#,
    ),
    // A child an item.
    (
        Part::MapRuns,
        r#"{"StartAt":"Run","States":{"Run":{"Type":"Map","Label":"L","ItemsPath":"$.items",
        "MaxConcurrency":2,"ToleratedFailurePercentage":100,
        "ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},
            "StartAt":"T","States":{"T":{"Type":"Task",
            "Resource":"arn:aws:lambda:us-east-1:123456789012:function:c",
            "Retry":[{"ErrorEquals":["States.ALL"],"IntervalSeconds":1}],"End":true}}},
        "End":true}}}"#,
    ),
];

/// Graphs of pipelines, as the test kit writes them.
const GRAPHS: [&str; 4] = [
    // Tasks that need others, and are tried again.
    "a: retry 3
b: needs a; retry 2
c: needs a; when all_done; wait 2
d: needs b c; when all_done; retry 1",
    // A group that holds a mutex while it runs.
    "g: wants {\"mutex\":\"door\",\"hold\":true}; group
  x: retry 3
  y: needs x; when all_done; wait 1
z: needs g; when all_done",
    // A task that wants the same mutex.
    "t: wants {\"mutex\":\"door\"}; retry 3
u: needs t; when all_done; pass",
    // Instances that want a place in a pool.
    "e: each [1,2,3,4]; wants {\"pool\":\"pool\"}; retry 2; tolerate 4",
];

/// How many definitions there are.
pub(crate) const COUNT: usize = MACHINES.len() + GRAPHS.len();

/// Returns what a definition is for.
pub(crate) fn part(number: usize) -> Part {
    MACHINES.get(number).map_or(Part::Graphs, |(part, _)| *part)
}

/// Returns what the definition is for that a reference names.
pub(crate) fn part_of(reference: &DefinitionRef) -> Option<Part> {
    let whole = reference.map_of_children().map_or(&*reference.0, |(whole, _)| whole);
    whole.parse().ok().filter(|number| *number < COUNT).map(part)
}

/// Finds definitions by their number.
pub(crate) struct Library;

impl Library {
    pub(crate) fn get(number: usize) -> Arc<Definition> {
        static COMPILED: OnceLock<Vec<Arc<Definition>>> = OnceLock::new();
        let machine = |(_, text): &(Part, &str)| {
            let analysis = compasso_asl::compile(text, ExecutionType::Standard);
            analysis.definition.expect("the definitions here are valid")
        };
        let graph =
            |text: &&str| compasso_testkit::compile_graph(text).expect("the graphs here are valid");
        let compile = || MACHINES.iter().map(machine).chain(GRAPHS.iter().map(graph)).collect();
        COMPILED.get_or_init(compile)[number].clone()
    }

    /// Finds a definition, or the part of one that children of a map run have.
    pub(crate) fn find(reference: &DefinitionRef) -> Option<Arc<Definition>> {
        let (whole, map) = match reference.map_of_children() {
            Some((whole, map)) => (whole, Some(map)),
            None => (&*reference.0, None),
        };
        let whole = Self::get(whole.parse().ok().filter(|number| *number < COUNT)?);
        match map {
            Some(map) => Self::children(reference, &whole, map),
            None => Some(whole),
        }
    }

    /// Returns what the children of a map run: it is made once, as servers keep what they have compiled.
    fn children(
        reference: &DefinitionRef,
        whole: &Definition,
        map: &str,
    ) -> Option<Arc<Definition>> {
        static MADE: Mutex<BTreeMap<Arc<str>, Arc<Definition>>> = Mutex::new(BTreeMap::new());
        let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(part) = made.get(&reference.0) {
            return Some(part.clone());
        }
        let part = whole.of_children(map).map(Arc::new)?;
        made.insert(reference.0.clone(), part.clone());
        Some(part)
    }
}

impl Definitions for Library {
    fn load<'a>(
        &'a self,
        reference: &'a DefinitionRef,
    ) -> BoxFuture<'a, Result<Arc<Definition>, DefinitionError>> {
        ready(
            Self::find(reference)
                .ok_or_else(|| DefinitionError::Unusable("no such definition".into())),
        )
        .boxed()
    }

    fn has_activity<'a>(&'a self, _arn: &'a str) -> BoxFuture<'a, bool> {
        ready(true).boxed()
    }
}
