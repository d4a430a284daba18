//! Keys by which others can tell whether they were asked for the same before.
//!
//! All attempts of some work have one key, and no other work has it: the service that took a charge for
//! done must not take its refund for a repetition of it.

use std::sync::Arc;

use compasso_ir::Map;
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
/// Ends the name of what is done in place of work that failed for good.
const FALLBACK: &str = " (fallback)";
/// Ends the key of work that was undone and is done anew, with its generation.
const ANEW: char = '@';

impl Scene<'_> {
    /// Returns the key of the work at hand: that of its task, and beside tasks, in later rounds and in place of
    /// work that failed one of its own. In runs that began before, that of the task, if it is about one.
    pub(crate) fn work_key(&self) -> Option<String> {
        let execution = self.execution;
        if !execution.goes_by(2) {
            let task = self.given_to_aside("task").or_else(|| self.task())?;
            return task.get(IDEMPOTENCY_KEY).and_then(Json::as_str).map(str::to_owned);
        }
        let given = execution.scope(self.scope).variables.get(IDEMPOTENCY_KEY);
        let given = given.and_then(Json::as_str).map(str::to_owned);
        let mut key = given.unwrap_or_else(|| execution.own_key(self.scope, None));
        if execution.aside_of(self.scope).is_some() {
            key = format!("{key}/{}", self.number_beside());
        }
        for round in execution.rounds_around(self.scope) {
            key = format!("{key}/{round}");
        }
        if execution.state(self.active().state).name.ends_with(FALLBACK) {
            key.push_str("/fallback");
        }
        Some(key)
    }

    /// Returns the number of what runs beside tasks: of what is undone the same however often that is tried.
    fn number_beside(&self) -> String {
        let undoes = |map: &Map| map.each.as_ref().is_some_and(|each| each.undoes.is_some());
        let undone = self.instance_at_hand(undoes);
        let number = undone.and_then(|undone| undone.item.get("number").and_then(Json::as_i64));
        number.map_or_else(|| self.scope.0.to_string(), |number| format!("undo/{number}"))
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
        let beside = self.beside().filter(|beside| !beside.anew.is_empty());
        let is_anew = |generation: &str| {
            let known = beside.into_iter().flat_map(|beside| beside.anew.values());
            known.into_iter().any(|known| generation.parse() == Ok(*known))
        };
        match place.rsplit_once(ANEW) {
            Some((place, generation)) if is_anew(generation) => place,
            _ => place,
        }
    }

    /// Takes note that what was undone is done anew from this generation on.
    pub(crate) fn note_anew(&mut self, generation: u32) {
        if !self.goes_by(2) {
            return;
        }
        if let Some(beside) = self.beside_mut().filter(|beside| !beside.undone.is_empty()) {
            // What could not be undone is still there, and others are to know it by its key.
            let is_undone = |branch: &&u32| beside.done.iter().all(|done| done.branch != **branch);
            let undone = beside.undone.iter().filter(is_undone).map(|branch| (*branch, generation));
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

    /// Returns which round it is in each block around a scope that does its work again and again, from the
    /// outside in; nothing while it is the first in all of them.
    fn rounds_around(&self, scope: ScopeId) -> Vec<i64> {
        let mut rounds = Vec::new();
        let mut id = Some(scope);
        while let Some(scope) = id.map(|id| self.scope(id)) {
            let done = scope.variables.get(ROUNDS).and_then(Json::as_i64);
            rounds.extend(done.map(|done| done + 1));
            id = scope.parent.filter(|_| !scope.is_aside);
        }
        rounds.reverse();
        if rounds.iter().all(|round| *round == 1) { Vec::new() } else { rounds }
    }
}
