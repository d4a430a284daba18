//! Points of an execution that a copy can begin at, found in its journal.

use std::sync::Arc;

use compasso_engine::{Event, EventKind, Execution, Origin, ScopeId};
use compasso_ir::Definition;
use compasso_store::ExecutionKey;
use compasso_types::Payload;

use crate::{Runtime, RuntimeError, StartRecord};

/// A point of an execution: a state of its outermost block that it entered.
#[derive(Clone, Debug)]
pub struct Point {
    /// Where it is.
    pub origin: Origin,
    /// The input that the state was entered with.
    pub input: Payload,
}

/// What a journal says up to somewhere.
struct Search {
    execution: Execution,
    state: Arc<str>,
    found: Option<Point>,
}

impl Runtime {
    /// Finds the last time that an execution, open or closed, entered a state of its outermost
    /// block; `None` if it never did.
    pub async fn point(
        &self,
        key: &ExecutionKey,
        state: &str,
    ) -> Result<Option<Point>, RuntimeError> {
        let core = &self.core;
        let row = core.store.execution(key).await?.ok_or(RuntimeError::NoExecution)?;
        let record = StartRecord::read(&row.start)?;
        let definition = core.check_open()?.definitions.load(&record.definition).await?;
        let search = Search::new(definition, state);
        Ok(core.fold(key, 1, search, Search::look_at).await?.found)
    }
}

impl Search {
    fn new(definition: Arc<Definition>, state: &str) -> Self {
        Self { execution: Execution::remembering(definition), state: state.into(), found: None }
    }

    fn look_at(&mut self, event: &Event) {
        if let EventKind::StateEntered { state, input, .. } = &event.kind
            && event.scope == ScopeId(0)
            && *state == self.state
        {
            let execution = self.execution.start().map(|start| start.id.clone());
            let origin = Origin {
                execution: execution.unwrap_or_default(),
                state: state.clone(),
                variables: self.execution.variables(),
            };
            self.found = Some(Point { origin, input: input.clone() });
        }
        self.execution.apply(event);
    }
}
