//! What the expressions of a field see: `$states`, or the document of a pipeline. Either is made
//! when it is first read, and of a document only what is read.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use compasso_expr::Environment;
use compasso_ir::{Branch, Kind, Map};
use compasso_jsonata::{Host, Part, Reads};
use compasso_types::{Json, Object, Payload};

use crate::context::{Branches, Scene};
use crate::graph::record_value;
use crate::keys::WORK_KEY;
use crate::scope::{Scope, Work};
use crate::token::CALLBACKS;
use crate::{Chosen, Execution, ScopeId};

/// What the expressions of a field see beside variables.
pub(crate) struct Sight<'a> {
    scene: &'a Scene<'a>,
    input: &'a Payload,
    /// One more member: `result`, `errorOutput`, `error`.
    extra: Option<(&'a str, &'a Json)>,
    states: OnceCell<Json>,
}

impl Scene<'_> {
    /// Returns what expressions see with this input of the state, and with one more member.
    pub(crate) fn sight<'s>(
        &'s self,
        input: &'s Payload,
        extra: Option<(&'s str, &'s Json)>,
    ) -> Sight<'s> {
        Sight { scene: self, input, extra, states: OnceCell::new() }
    }
}

impl Sight<'_> {
    /// Returns `$states`: input, context, and one more member.
    pub(crate) fn states(&self) -> &Json {
        self.states.get_or_init(|| {
            let mut members = Object::with_capacity(3);
            members.insert("input".into(), self.input.value().clone());
            members.insert("context".into(), self.scene.context());
            if let Some((name, value)) = self.extra {
                members.insert(name.into(), value.clone());
            }
            members.into()
        })
    }

    /// Returns as much of the document as is read.
    pub(crate) fn document(&self, reads: &Reads) -> Json {
        let mut members = Object::new();
        if reads.whole() {
            for name in MEMBERS {
                members.extend(self.member(name, &Part::Whole).map(|value| (name.into(), value)));
            }
            for (name, value) in self.scene.variables() {
                members.insert_if_absent(name, || value);
            }
        }
        for (name, part) in reads.members() {
            if !members.contains_key(name) {
                members.extend(self.member(name, part).map(|value| (name.clone(), value)));
            }
        }
        members.into()
    }

    fn member(&self, name: &str, part: &Part) -> Option<Json> {
        if let Some(given) = self.scene.given_to_aside(name) {
            return Some(given);
        }
        let own = match name {
            "input" => Some(self.input.value().clone()),
            "result" => self
                .extra("result")
                .or_else(|| self.scene.variable(name))
                .or_else(|| self.scene.passed_on(self.input)),
            "output" => self.extra("result").or_else(|| self.scene.state_before(self.input)),
            "error" => self.error(),
            "needs" => self.scene.needs(part),
            "task" => self.scene.task().map(|task| self.with_error(task)),
            WORK_KEY => self.scene.work_key().map(Json::from),
            "item" => {
                self.scene.instance_at_hand(|map| !is_matrix(map)).map(|instance| instance.item)
            }
            "matrix" => self.scene.instance_at_hand(is_matrix).map(|instance| instance.item),
            "index" => {
                let instance = self.scene.instance_at_hand(|_| true)?;
                Some(i64::from(instance.index).into())
            }
            _ => None,
        };
        own.or_else(|| self.scene.variable(name))
    }

    fn error(&self) -> Option<Json> {
        self.extra("error").or_else(|| self.extra("errorOutput").map(|output| caught(&output)))
    }

    /// Adds to what a task knows of itself what it failed with, where that is at hand.
    fn with_error(&self, task: Json) -> Json {
        let Some(error) = self.error().or_else(|| self.scene.variable("error")) else {
            return task;
        };
        let mut members = task.as_object().map(|task| (**task).clone()).unwrap_or_default();
        members.insert("error".into(), error);
        members.into()
    }

    fn extra(&self, name: &str) -> Option<Json> {
        self.extra.filter(|(extra, _)| *extra == name).map(|(_, value)| value.clone())
    }
}

/// The members that are no variables.
const MEMBERS: [&str; 9] =
    ["input", "result", "output", "error", "needs", "task", "item", "matrix", "index"];

/// A member of `task`, and the variable by which a block sets it.
pub(crate) const IDEMPOTENCY_KEY: &str = "idempotency_key";

fn is_matrix(map: &Map) -> bool {
    map.each.as_ref().is_some_and(|each| each.is_matrix)
}

/// Returns a caught error as pipelines see it.
fn caught(output: &Json) -> Json {
    let member = |name| output.get(name).cloned().unwrap_or_else(|| "".into());
    Json::object([("name", member("Error")), ("cause", member("Cause"))])
}

/// The members that variables of an aside hide.
const GIVEN_TO_ASIDES: [&str; 6] = ["needs", "task", "item", "matrix", "index", "error"];

impl Scene<'_> {
    /// Returns what a Pass passes on, which is the result of the state before.
    fn passed_on(&self, input: &Payload) -> Option<Json> {
        let state = self.execution.state(self.active().state);
        matches!(state.kind, Kind::Pass(_)).then(|| input.value().clone())
    }

    /// Returns what the block of an aside that the scope is in assigned to hide a member.
    pub(crate) fn given_to_aside(&self, name: &str) -> Option<Json> {
        if !GIVEN_TO_ASIDES.contains(&name) {
            return None;
        }
        let aside = self.execution.aside_of(self.scope)?;
        let mut id = Some(self.scope);
        while let Some(scope) = id {
            let found = self.execution.scope(scope);
            if let Some(value) = found.variables.get(name) {
                return Some(value.clone());
            }
            id = found.parent.filter(|_| scope != aside);
        }
        None
    }

    /// Returns the output of the state before, in a Choice, which is there to look at it.
    fn state_before(&self, input: &Payload) -> Option<Json> {
        let state = self.execution.state(self.active().state);
        matches!(state.kind, Kind::Choice(_)).then(|| input.value().clone())
    }

    /// Returns the Fork whose branches the expressions are about, and which of them.
    fn branches(&self) -> Option<(ScopeId, Branches)> {
        if let Some(branches) = self.branches {
            return Some((self.scope, branches));
        }
        let mut id = self.scope;
        loop {
            let scope = self.execution.scope(id);
            let parent = scope.parent.filter(|_| !scope.is_aside)?;
            if self.execution.graph(parent).is_some() {
                return Some((parent, Branches::NeedsOf(scope.index)));
            }
            id = parent;
        }
    }

    /// Returns the records of the needs of the branch at hand, by id.
    fn needs(&self, part: &Part) -> Option<Json> {
        let (scope, branches) = self.branches()?;
        let (fork, work) = (self.execution.fork_of(scope), self.execution.graph(scope)?);
        let is_read = |branch: &Branch| match part {
            Part::Whole => true,
            Part::Members(ids) => ids.contains(&branch.id),
        };
        let record = |place: u32| {
            let branch = &fork.branches[place as usize];
            let slot = work.slots.get(place);
            is_read(branch)
                .then(|| (branch.id.clone(), record_value(slot.state, slot.record.as_deref())))
        };
        let members: Object = match branches {
            Branches::NeedsOf(branch) => {
                let needs = &fork.branches[branch as usize].needs;
                needs.iter().filter_map(|need| record(*need)).collect()
            }
            Branches::All => (0..).zip(&fork.branches).filter_map(|(at, _)| record(at)).collect(),
        };
        Some(members.into())
    }

    /// Returns what the branch at hand knows of itself.
    pub(crate) fn task(&self) -> Option<Json> {
        let (scope, Branches::NeedsOf(branch)) = self.branches()? else { return None };
        let id = self.execution.fork_of(scope).branches[branch as usize].id.clone();
        let mut members = Object::with_capacity(5);
        members.insert("id".into(), id.clone().into());
        members.insert("attempt".into(), i64::from(self.active().attempt + 1).into());
        if let Some(instance) = self.instance_at_hand(|_| true) {
            members.insert("index".into(), i64::from(instance.index).into());
            members.insert("key".into(), instance.key.into());
        }
        let own = self.branches.is_some().then_some(id);
        let given = self.execution.scope(self.scope).variables.get(IDEMPOTENCY_KEY);
        let key = given.cloned().unwrap_or_else(|| self.execution.own_key(self.scope, own).into());
        members.insert(IDEMPOTENCY_KEY.into(), key);
        // Where the server is that takes the callback, only the one who makes the call knows.
        if let Some(token) = self.token().filter(|_| self.branches.is_none()) {
            members.insert("callback_url".into(), format!("{CALLBACKS}{token}").into());
        }
        Some(members.into())
    }

    /// Returns all variables in force.
    fn variables(&self) -> Vec<(Arc<str>, Json)> {
        let mut found = Vec::new();
        let mut id = Some(self.scope);
        while let Some(scope) = id.map(|id| self.execution.scope(id)) {
            found.extend(scope.variables.iter().map(|(name, value)| (name.clone(), value.clone())));
            id = scope.parent;
        }
        found
    }
}

impl Execution {
    /// Returns where a scope stands in its execution: `task/key`.
    pub(crate) fn place(&self, scope: ScopeId, own: Option<Arc<str>>) -> String {
        let mut words: Vec<Arc<str>> = own.into_iter().collect();
        let mut id = scope;
        while let Scope { parent: Some(parent), index, is_aside, .. } = self.scope(id) {
            match &self.active(*parent).work {
                Work::Graph(_) if *is_aside => words.extend(self.name_of_aside(id)),
                Work::Graph(_) => {
                    let fork = self.fork_of(*parent);
                    words.push(fork.branches[*index as usize].id.clone());
                }
                Work::Map(work) => words.push(work.key(*index)),
                _ => words.push(index.to_string().into()),
            }
            id = *parent;
        }
        words.reverse();
        words.join("/")
    }

    /// Returns the name of a state in `scope` with the keys of the instances of tasks around it; none if
    /// it is in no instance, or beside the tasks.
    pub(crate) fn instance_name(&self, scope: ScopeId, state: &str) -> Option<Arc<str>> {
        let (mut path, mut keys) = (Vec::new(), BTreeMap::new());
        let mut id = scope;
        while let Scope { parent: Some(parent), index, is_aside, .. } = self.scope(id) {
            match &self.active(*parent).work {
                Work::Graph(_) if *is_aside => return None,
                Work::Graph(_) => {
                    path.push(self.fork_of(*parent).branches[*index as usize].id.clone());
                }
                Work::Map(work) if work.instances.is_some() => {
                    // Its task stands one further out.
                    keys.insert(path.len(), work.key(*index));
                }
                _ => {}
            }
            id = *parent;
        }
        path.reverse();
        let last = path.len().checked_sub(1)?;
        let placed = |(inside, key)| Some((last.checked_sub(inside)?, key));
        let keys: BTreeMap<_, _> = keys.into_iter().filter_map(placed).collect();
        let plain = state.replace("[]", "");
        let rest = plain.strip_prefix(&path.join("."))?;
        let key = keys.get(&last).cloned();
        let named = Chosen { path, key, keys };
        named.is_of_instance().then(|| format!("{named}{rest}").into())
    }
}
