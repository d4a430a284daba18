//! A definition that ends at one of its states, so that it can be tried out up to there.

use std::collections::BTreeSet;
use std::sync::Arc;

use compasso_types::{Json, Object};

/// Longest name of a state.
const NAME_CHARS_MAX: usize = 80;

/// Returns the definition `text` as it ends at the state `name`: what leads there stays, each state
/// on a way past it becomes a `Succeed`, and all that is behind it goes. Nothing if there is no such
/// state, or no way to it.
///
/// A state within a container ends its branch or iteration; the container then ends the whole.
pub fn up_to(text: &str, name: &str) -> Option<String> {
    Some(block_up_to(&Json::parse(text).ok()?, name)?.to_string())
}

fn block_up_to(block: &Json, name: &str) -> Option<Json> {
    let states = block.get("States")?.as_object()?;
    let start = block.get("StartAt")?.as_str()?;
    let (last, state) = states.iter().find_map(|(own, state)| {
        let state = if **own == *name { Some(state.clone()) } else { container_up_to(state, name) };
        Some((own, state?))
    })?;
    let states = ended(states, start, last, &state)?;
    Some(with(block, [("States", Json::from(states))]))
}

/// Returns a state that holds others, as it is if its block with the state `name` ends there.
fn container_up_to(state: &Json, name: &str) -> Option<Json> {
    for member in ["ItemProcessor", "Iterator"] {
        if let Some(block) = state.get(member).and_then(|block| block_up_to(block, name)) {
            return Some(with(state, [(member, block)]));
        }
    }
    let branches: Vec<Json> = state.get("Branches")?.as_array()?.items().collect();
    let (at, branch) = branches
        .iter()
        .enumerate()
        .find_map(|(at, branch)| Some((at, block_up_to(branch, name)?)))?;
    let others = branches.into_iter().enumerate();
    let branches = others.map(|(own, other)| if own == at { branch.clone() } else { other });
    Some(with(state, [("Branches", Json::array(branches))]))
}

/// Lets a block that begins with `start` end with its state `last`.
fn ended(states: &Object, start: &str, last: &str, state: &Json) -> Option<Object> {
    let leads = on_the_way(states, start, last);
    if !leads.contains(last) {
        return None;
    }
    let mut ended = Object::default();
    let mut ends = BTreeSet::new();
    for (name, other) in states {
        if **name == *last {
            ended.insert(name.clone(), last_state(state, &leads, states, &mut ends));
        } else if leads.contains(&**name) {
            ended.insert(name.clone(), other.clone());
            ends.extend(next_of(other).into_iter().filter(|next| !leads.contains(&**next)));
        }
    }
    for end in ends {
        ended.insert(end, Json::object([("Type", Json::String("Succeed".into()))]));
    }
    Some(ended)
}

/// Returns the state that is tried, without what comes after it. Where it chooses, what it would
/// have chosen is still seen.
fn last_state(
    state: &Json,
    leads: &BTreeSet<&str>,
    states: &Object,
    ends: &mut BTreeSet<Arc<str>>,
) -> Json {
    // What leads back to a state before it must not run that again.
    let mut end = |next: &Arc<str>| {
        let name = if leads.contains(&**next) { fresh(next, states) } else { next.clone() };
        ends.insert(name.clone());
        Json::String(name)
    };
    let mut last = Object::default();
    let Some(members) = state.as_object() else { return state.clone() };
    for (name, value) in &**members {
        let (name, value) = match (&**name, value) {
            ("Next", _) => ("End".into(), Json::Bool(true)),
            ("Default", Json::String(next)) => (name.clone(), end(next)),
            ("Choices" | "Catch", Json::Array(ways)) => {
                let ways = ways.items().map(|way| match way.get("Next") {
                    Some(Json::String(next)) => with(&way, [("Next", end(next))]),
                    _ => way,
                });
                (name.clone(), Json::array(ways))
            }
            _ => (name.clone(), value.clone()),
        };
        last.insert(name, value);
    }
    Json::from(last)
}

/// Returns a name for an end that stands in for the state `next`.
fn fresh(next: &str, states: &Object) -> Arc<str> {
    let mut name: String = format!("then {next}").chars().take(NAME_CHARS_MAX).collect();
    while states.contains_key(&name) {
        name = format!("then {name}").chars().take(NAME_CHARS_MAX - 1).collect::<String>() + "…";
    }
    name.into()
}

/// Returns the states on the ways from `start` to `last`, which are among them if there is a way.
fn on_the_way<'s>(states: &'s Object, start: &str, last: &'s str) -> BTreeSet<&'s str> {
    let leads = grown(states, last, |leads, _, state| {
        next_of(state).iter().any(|next| leads.contains(&**next))
    });
    let Some((start, _)) = states.get_key_value(start) else { return BTreeSet::new() };
    let reached = grown(states, start, |reached, name, _| {
        let before = reached.iter().filter(|before| **before != last);
        let mut before = before.filter_map(|before| states.get(before));
        before.any(|before| next_of(before).iter().any(|next| **next == *name))
    });
    leads.intersection(&reached).copied().collect()
}

/// Adds states to the state `first` as long as there are some that belong to those found so far.
fn grown<'s>(
    states: &'s Object,
    first: &'s str,
    belongs: impl Fn(&BTreeSet<&str>, &str, &Json) -> bool,
) -> BTreeSet<&'s str> {
    let mut found = BTreeSet::from([first]);
    loop {
        let others = states.iter().filter(|(name, _)| !found.contains(&***name));
        let more: Vec<&str> = others
            .filter(|(name, state)| belongs(&found, name, state))
            .map(|(name, _)| &**name)
            .collect();
        if more.is_empty() {
            return found;
        }
        found.extend(more);
    }
}

/// Returns the states that may come after a state.
fn next_of(state: &Json) -> Vec<Arc<str>> {
    let listed = ["Choices", "Catch"].into_iter().filter_map(|name| state.get(name)?.as_array());
    let ways = listed.flat_map(|ways| ways.items().filter_map(|way| way.get("Next").cloned()));
    let own = ["Next", "Default"].into_iter().filter_map(|name| state.get(name).cloned());
    own.chain(ways)
        .filter_map(|next| match next {
            Json::String(next) => Some(next),
            _ => None,
        })
        .collect()
}

/// Returns an object with other values for some of its members.
fn with<const N: usize>(object: &Json, members: [(&str, Json); N]) -> Json {
    let mut changed = object.as_object().map(|object| (**object).clone()).unwrap_or_default();
    for (name, value) in members {
        changed.insert(name.into(), value);
    }
    Json::from(changed)
}
