//! The input that a distributed Map makes of an item. Items come from outside while children run,
//! so this happens outside of turns, with what the state saw when it began.

use std::cell::Cell;
use std::sync::Arc;

use compasso_ir::{Kind, Value};
use compasso_types::{Json, Payload, Timestamp};

use crate::context::{Item, Scene};
use crate::{Execution, ScopeId, TaskError};

/// An item of a distributed Map.
#[derive(Clone, Debug, PartialEq)]
pub struct MapItem {
    /// `$$.Map.Item.Index`
    pub index: u64,
    /// `$$.Map.Item.Value`
    pub value: Json,
    /// `$$.Map.Item.Key`, of a member of an object.
    pub key: Option<Arc<str>>,
    /// `$$.Map.Item.Source`
    pub source: Arc<str>,
}

/// `ItemSelector` with everything it can read.
#[derive(Clone, Debug)]
pub struct ItemSelector {
    execution: Execution,
    scope: ScopeId,
    started: Timestamp,
}

impl ItemSelector {
    pub(crate) fn new(execution: Execution, scope: ScopeId, started: Timestamp) -> Self {
        Self { execution, scope, started }
    }

    /// Says whether there is an `ItemSelector`, which may take its time.
    pub fn computes(&self) -> bool {
        self.selector().is_some()
    }

    /// Returns what `ItemSelector` makes of an item; without one, the item.
    ///
    /// # Errors
    /// An expression cannot be evaluated.
    pub fn select(&self, item: &MapItem) -> Result<Payload, TaskError> {
        let Some(selector) = self.selector() else { return Ok(item.value.clone().into()) };
        let spent = Cell::new(0);
        let scene = Scene::new(&self.execution, self.scope, self.started, &spent);
        let scene = scene.with_item(Item::Read(item));
        let selected = scene.selected(selector);
        selected.map_err(|problem| TaskError::of(problem.error, problem.cause))
    }

    fn selector(&self) -> Option<&Value> {
        let active = self.execution.active(self.scope);
        let Kind::Map(map) = &self.execution.state(active.state).kind else {
            unreachable!("only Map states select items")
        };
        map.item_selector.as_ref()
    }
}
