//! A state on its own, without the states around it.

use std::collections::BTreeSet;

use compasso_ir::StateId;
use compasso_types::Json;

use crate::source::Node;
use crate::{Analysis, machine, not_json, source};

/// What a state without a name is called.
const NAME: &str = "TestState";

/// Wraps the text of the state at `state` into a definition of its own, and compiles that. The
/// states it leads to stand there as ends; diagnostics give places inside the state.
pub(crate) fn compile(text: &str, state: &Node) -> (Analysis, Option<StateId>) {
    let targets = targets(state);
    let mut name = NAME.to_owned();
    while targets.contains(&*name) {
        name.push('_');
    }
    let wrapped = wrapped(text, &name, &targets);
    let root = match source::parse(&wrapped) {
        Ok(root) => root,
        // It nests as deep as may be, and the definition around it is too much.
        Err(error) => return (not_json(&wrapped, &error), None),
    };
    let mut analysis = machine::compile_part(&wrapped, &root);
    let place = format!("/States/{name}");
    for diagnostic in &mut analysis.diagnostics {
        if let Some(location) = &mut diagnostic.location
            && let Some(inside) = location.strip_prefix(&place)
        {
            *location = if inside.is_empty() { "/".to_owned() } else { inside.to_owned() };
        }
    }
    let id = analysis.definition.as_ref().and_then(|definition| definition.find(&name));
    (analysis, id)
}

fn wrapped(state: &str, name: &str, targets: &BTreeSet<&str>) -> String {
    let end = |target: &&str| format!(",{}:{{\"Type\":\"Succeed\"}}", Json::from(*target));
    let ends: String = targets.iter().map(end).collect();
    let name = Json::from(name);
    format!("{{\"StartAt\":{name},\"States\":{{{name}:{state}{ends}}}}}")
}

/// Returns the names of the states that a state leads to.
fn targets(state: &Node) -> BTreeSet<&str> {
    let elements = ["Choices", "Catch"].into_iter().filter_map(|field| state.get(field));
    let objects = std::iter::once(state).chain(elements.flat_map(Node::items));
    let next = objects.filter_map(|object| object.get("Next"));
    next.chain(state.get("Default")).filter_map(Node::as_str).collect()
}
