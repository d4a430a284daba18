//! What expressions of a state see: the context object, variables, time, randomness.

use std::cell::Cell;
use std::sync::Arc;

use compasso_expr::Environment;
use compasso_expr::query::LIMITS;
use compasso_ir::{IntegrationPattern, Kind, ResourceKind};
use compasso_jsonata::Host;
use compasso_types::{Json, Object, Timestamp};

use crate::inspection::{Probe, overlaid};
use crate::scope::{Active, Work};
use crate::turn::Turn;
use crate::{Execution, MapItem, ScopeId, Start, TaskId};

/// The surroundings of the expressions of the state that a scope is in.
pub(crate) struct Scene<'a> {
    pub(crate) execution: &'a Execution,
    pub(crate) scope: ScopeId,
    now: Timestamp,
    /// The item at hand, while a Map state's `ItemSelector` is evaluated.
    pub(crate) item: Option<Item<'a>>,
    /// What a graph's own expressions are about; absent: about the branch that the scope is in.
    pub(crate) branches: Option<Branches>,
    draws: Cell<u64>,
    /// Steps that JSONata took here: all expressions of a state's field share one allowance.
    spent: Cell<u64>,
    /// The same, over the whole turn.
    spent_in_turn: &'a Cell<u64>,
    /// Only in a trial.
    pub(crate) probe: Option<&'a Probe>,
}

/// An item of a Map.
#[derive(Clone, Copy)]
pub(crate) enum Item<'a> {
    /// One of the items that an inline Map holds.
    Held(u32),
    /// One that was read for a distributed Map.
    Read(&'a MapItem),
}

/// The branches of a graph that an expression of the graph is about.
#[derive(Clone, Copy)]
pub(crate) enum Branches {
    /// All of them.
    All,
    /// Those that this one needs.
    NeedsOf(u32),
}

impl Turn<'_> {
    /// Returns the surroundings of the state that `scope` is in.
    pub(crate) fn scene(&self, scope: ScopeId) -> Scene<'_> {
        let scene = Scene::new(&self.execution, scope, self.now, &self.steps);
        Scene { probe: self.probe.as_ref(), ..scene }
    }
}

impl<'a> Scene<'a> {
    pub(crate) fn new(
        execution: &'a Execution,
        scope: ScopeId,
        now: Timestamp,
        spent_in_turn: &'a Cell<u64>,
    ) -> Self {
        let (draws, spent) = (Cell::new(0), Cell::new(0));
        Self {
            execution,
            scope,
            now,
            item: None,
            branches: None,
            draws,
            spent,
            spent_in_turn,
            probe: None,
        }
    }

    /// Returns the same surroundings with an item at hand.
    pub(crate) fn with_item(self, item: Item<'a>) -> Self {
        Self { item: Some(item), ..self }
    }

    /// Returns the same surroundings for an expression of the graph that the scope runs.
    pub(crate) fn with_branches(self, branches: Branches) -> Self {
        Self { branches: Some(branches), ..self }
    }
}

impl Scene<'_> {
    pub(crate) fn active(&self) -> &Active {
        self.execution.active(self.scope)
    }

    pub(crate) fn start(&self) -> &Start {
        self.execution.start().expect("states run in an execution that started")
    }

    fn state_members(&self) -> Json {
        let active = self.active();
        let state = self.execution.state(active.state);
        let mut members = Object::with_capacity(3);
        members.insert("EnteredTime".into(), active.entered.to_string().into());
        members.insert("Name".into(), state.name.clone().into());
        if matches!(state.kind, Kind::Task(_) | Kind::Fork(_) | Kind::Map(_)) {
            let retries = active.attempt - active.first_attempt;
            members.insert("RetryCount".into(), i64::from(retries).into());
        }
        members.into()
    }

    fn task_members(&self) -> Option<Json> {
        Some(Json::object([("Token", self.token()?.into())]))
    }

    /// Returns the token others may report by, for states that wait for one.
    pub(crate) fn token(&self) -> Option<String> {
        let active = self.active();
        let Kind::Task(task) = &self.execution.state(active.state).kind else { return None };
        let ResourceKind::Service { pattern: IntegrationPattern::WaitForTaskToken, .. } =
            task.resource.kind
        else {
            return None;
        };
        let id = TaskId { entry: active.entry, attempt: active.attempt };
        Some(self.execution.token(id))
    }

    /// Returns the item at hand: the one being selected, or the enclosing iteration's.
    fn map_members(&self) -> Option<Json> {
        if let Some(Item::Read(item)) = self.item {
            return Some(read_item(item));
        }
        let (index, value) = self.item_at_hand()?;
        let item = Json::object([("Index", index.into()), ("Value", value)]);
        Some(Json::object([("Item", item)]))
    }

    /// Returns the place and the value of the item being selected, or of the enclosing iteration's.
    pub(crate) fn item_at_hand(&self) -> Option<(i64, Json)> {
        let (map_scope, index) = match self.item {
            Some(Item::Read(item)) => return Some((item.index as i64, item.value.clone())),
            Some(Item::Held(index)) => (self.scope, index),
            None => self.enclosing_iteration()?,
        };
        let Work::Map(map) = &self.execution.active(map_scope).work else { return None };
        Some((index.into(), map.item(index)?))
    }

    fn enclosing_iteration(&self) -> Option<(ScopeId, u32)> {
        let mut id = self.scope;
        loop {
            let scope = self.execution.scope(id);
            let parent = scope.parent?;
            if matches!(self.execution.active(parent).work, Work::Map(_)) {
                return Some((parent, scope.index));
            }
            id = parent;
        }
    }
}

impl Item<'_> {
    fn index(self) -> u64 {
        match self {
            Self::Held(index) => index.into(),
            Self::Read(item) => item.index,
        }
    }
}

/// Returns `$$.Map` for an item of a distributed Map.
fn read_item(item: &MapItem) -> Json {
    let mut members = Object::with_capacity(4);
    members.insert("Index".into(), (item.index as i64).into());
    if let Some(key) = &item.key {
        members.insert("Key".into(), key.clone().into());
    }
    members.insert("Value".into(), item.value.clone());
    members.insert("Source".into(), item.source.clone().into());
    Json::object([("Item", members.into())])
}

impl Environment for Scene<'_> {
    fn context(&self) -> Json {
        let start = self.start();
        let text = |text: &Arc<str>| Json::from(text.clone());
        let redrive = self.execution.redriven();
        let count = redrive.map_or(0, |redrive| redrive.count);
        let mut execution = Object::with_capacity(7);
        execution.extend([
            ("Id".into(), text(&start.id)),
            ("Input".into(), start.input.value().clone()),
            ("StartTime".into(), self.execution.image.started.to_string().into()),
            ("Name".into(), text(&start.name)),
            ("RoleArn".into(), text(&start.role)),
            ("RedriveCount".into(), i64::from(count).into()),
        ]);
        if let Some(redrive) = redrive {
            execution.insert("RedriveTime".into(), redrive.at.to_string().into());
        }
        let machine =
            Json::object([("Id", text(&start.workflow)), ("Name", text(&start.workflow_name))]);
        let mut members = Object::with_capacity(5);
        members.insert("Execution".into(), execution.into());
        members.insert("StateMachine".into(), machine);
        members.insert("State".into(), self.state_members());
        if let Some(task) = self.task_members() {
            members.insert("Task".into(), task);
        }
        if let Some(map) = self.map_members() {
            members.insert("Map".into(), map);
        }
        let context = members.into();
        match self.probe.and_then(|probe| probe.context.as_ref()) {
            Some(given) => overlaid(&context, given),
            None => context,
        }
    }
}

impl Host for Scene<'_> {
    /// Inner blocks read outer variables and cannot hide them.
    fn variable(&self, name: &str) -> Option<Json> {
        let mut id = Some(self.scope);
        while let Some(scope) = id.map(|id| self.execution.scope(id)) {
            if let Some(value) = scope.variables.get(name) {
                return Some(value.clone());
            }
            id = scope.parent;
        }
        None
    }

    fn now(&self) -> Timestamp {
        self.now
    }

    /// A function of the execution's seed and the place of the draw, so that a replay draws alike.
    fn random(&self) -> u64 {
        let draw = self.draws.replace(self.draws.get() + 1);
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.start().seed);
        for part in [
            self.execution.image.last_event,
            u64::from(self.scope.0),
            u64::from(self.active().attempt),
            self.item.map_or(u64::from(u32::MAX), Item::index),
            draw,
        ] {
            hasher.update(&part.to_le_bytes());
        }
        let bytes = hasher.finalize();
        u64::from_le_bytes(bytes.as_bytes()[..8].try_into().expect("eight bytes make a number"))
    }

    fn keeps_infinity(&self) -> bool {
        !self.execution.goes_by(2)
    }

    fn allowance(&self) -> u64 {
        LIMITS.steps_max.saturating_sub(self.spent.get())
    }

    fn spend(&self, steps: u64) {
        self.spent.set(self.spent.get() + steps);
        self.spent_in_turn.set(self.spent_in_turn.get() + steps);
    }
}
