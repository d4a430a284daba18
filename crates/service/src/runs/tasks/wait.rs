//! What the own block of a task waits for.

use std::sync::Arc;

use compasso_types::{Json, Payload};

/// What a task waits for, by what it calls.
#[derive(Clone, Debug)]
pub(super) enum Wait {
    /// A person. `by`: whom; `count`: how many must agree; `place`: by which the approval is found.
    Approval { by: Vec<String>, count: i64, place: Option<Arc<str>> },
    /// A signal of this name.
    Signal(String),
    /// The same tasks in the run before.
    Past,
    /// Something that is looked for again and again, in words.
    Look(String),
}

impl Wait {
    /// Returns what a task waits for, by what it calls.
    pub(super) fn of(resource: &str, parameters: &Payload) -> Option<Self> {
        let (_, action) = resource.rsplit_once(":compasso:")?;
        let members = parameters.value();
        match action.split('.').next()? {
            "signal" => {
                let name = members.get("Name").and_then(Json::as_str).unwrap_or_default();
                Some(Self::Signal(name.to_owned()))
            }
            "approve" => {
                let by = members.get("by").and_then(Json::as_array);
                let by = by.into_iter().flat_map(|by| by.iter()).filter_map(Json::as_str);
                let count = members.get("count").and_then(Json::as_i64).unwrap_or(1);
                let place = members.get("place").and_then(Json::as_str).map(Arc::from);
                Some(Self::Approval { by: by.map(str::to_owned).collect(), count, place })
            }
            "sensor" => {
                let (what, sought) = members.as_object()?.iter().next()?;
                Some(Self::Look(in_words(what, sought)))
            }
            _ => None,
        }
    }
}

/// Says what is looked for.
fn in_words(what: &str, sought: &Json) -> String {
    let member = |name: &str| sought.get(name).and_then(Json::as_str);
    if let ("ended", Some(name), Some(state)) = (what, member("name"), member("state")) {
        return format!("pipeline {name}, {state}");
    }
    let sought = sought.as_str().map_or_else(|| sought.to_string(), str::to_owned);
    format!("{what} {sought}")
}
