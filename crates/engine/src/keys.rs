//! Keys by which others can tell whether they were asked for the same before.
//!
//! All attempts of some work have one key, and no other work has it: the service that took a charge for
//! done must not take its refund for a repetition of it.

use std::sync::Arc;

use compasso_jsonata::Host;
use compasso_types::Json;

use crate::context::Scene;
use crate::graph::ROOT;
use crate::scope::Scope;
use crate::sight::IDEMPOTENCY_KEY;
use crate::{Execution, ScopeId};

/// The member of a pipeline's document that is the key of the work at hand; only what compiled it reads it.
pub(crate) const WORK_KEY: &str = "work_key";
/// How often the work of a block was done that is done again and again.
const ROUNDS: &str = "rounds";
/// Set in a block whose work failed for good, and that has another one instead.
const DEGRADED: &str = "degraded";
/// Ends the key of work that was undone and is done anew, with its generation.
const ANEW: char = '@';

impl Scene<'_> {
    /// Returns the key of the work at hand: that of its task, and beside tasks, in later rounds and in place of
    /// work that failed one of its own. In runs that began before, always that of the task.
    pub(crate) fn work_key(&self) -> String {
        let execution = self.execution;
        let given =
            execution.scope(self.scope).variables.get(IDEMPOTENCY_KEY).and_then(Json::as_str);
        if !execution.goes_by(2) {
            let task = self.variable("task");
            let of_task = task.as_ref().and_then(|task| task.get(IDEMPOTENCY_KEY));
            let of_task = of_task.and_then(Json::as_str).or(given).map(str::to_owned);
            return of_task.unwrap_or_else(|| execution.own_key(self.scope, None));
        }
        let mut key = given.map_or_else(|| execution.own_key(self.scope, None), str::to_owned);
        if execution.aside_of(self.scope).is_some() {
            key = format!("{key}/{}", self.scope.0);
        }
        for round in execution.rounds_around(self.scope) {
            key = format!("{key}/{round}");
        }
        let variables = &execution.scope(self.scope).variables;
        if variables.get(DEGRADED) == Some(&Json::from(true)) {
            key.push_str("/fallback");
        }
        key
    }
}

impl Execution {
    /// Returns the idempotency key of what gives itself none: `pipeline/run/task/key`, and the generation if it
    /// is done anew because it was undone. In runs that began before, the pipeline is no part of it, so two
    /// pipelines that have runs of one name share keys.
    pub(crate) fn own_key(&self, scope: ScopeId, own: Option<Arc<str>>) -> String {
        let anew = self.anew(scope, own.as_deref());
        let place = self.place(scope, own);
        let words = [self.key_of_run(), place];
        let key = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join("/");
        match anew {
            Some(generation) => format!("{key}{ANEW}{generation}"),
            None => key,
        }
    }

    /// Returns what keys begin with that were made up here.
    fn key_of_run(&self) -> String {
        match self.start() {
            Some(start) if self.goes_by(2) => format!("{}/{}", start.workflow_name, start.name),
            Some(start) => start.name.to_string(),
            None => String::new(),
        }
    }

    /// Returns a key without what is the same in all keys of the run, and without its generation.
    pub(crate) fn shown_key<'a>(&self, key: &'a str) -> &'a str {
        if !self.goes_by(2) {
            return key.split_once('/').map_or(key, |(_, place)| place);
        }
        let own = key.strip_prefix(&self.key_of_run()).and_then(|rest| rest.strip_prefix('/'));
        let Some(place) = own else { return key };
        match place.rsplit_once(ANEW) {
            Some((place, generation)) if generation.parse::<u32>().is_ok() => place,
            _ => place,
        }
    }

    /// Takes note that what was undone is done anew from this generation on.
    pub(crate) fn note_anew(&mut self, generation: u32) {
        if !self.goes_by(2) {
            return;
        }
        if let Some(beside) = self.beside_mut().filter(|beside| !beside.undone.is_empty()) {
            let undone = beside.undone.iter().map(|branch| (*branch, generation));
            beside.anew.extend(undone.collect::<Vec<_>>());
        }
    }

    /// Returns the generation from which on the work of a scope is done anew that had been undone; `own` is
    /// a branch of the graph there.
    fn anew(&self, scope: ScopeId, own: Option<&str>) -> Option<u32> {
        let beside = self.beside().filter(|beside| !beside.anew.is_empty())?;
        let mut branch = None;
        let mut id = scope;
        while let Scope { parent: Some(parent), index, is_aside, .. } = *self.scope(id) {
            if is_aside {
                return None;
            }
            branch = (parent == ROOT).then_some(index);
            id = parent;
        }
        let own = own.filter(|_| scope == ROOT);
        let branches =
            own.map(|own| (0..).zip(&self.fork_of(ROOT).branches).find(|(_, it)| *it.id == *own));
        let branch = branch.or_else(|| branches.flatten().map(|(branch, _)| branch))?;
        beside.anew.get(&branch).copied()
    }

    /// Returns which round it is in each block around a scope that does its work again and again, after the
    /// first, from the outside in.
    fn rounds_around(&self, scope: ScopeId) -> Vec<i64> {
        let mut rounds = Vec::new();
        let mut id = Some(scope);
        while let Some(scope) = id.map(|id| self.scope(id)) {
            let done = scope.variables.get(ROUNDS).and_then(Json::as_i64).filter(|done| *done > 0);
            rounds.extend(done.map(|done| done + 1));
            id = scope.parent.filter(|_| !scope.is_aside);
        }
        rounds.reverse();
        rounds
    }
}
