//! The state that is tested: found in a state machine, or a definition of its own.

use std::sync::Arc;

use compasso_ir::{Definition, State, StateId};

use super::checks::state_not_found;
use crate::Error;
use crate::definitions::{compiled_machine, compiled_state};

/// A state in its definition.
pub(super) struct Subject {
    pub(super) definition: Arc<Definition>,
    pub(super) id: StateId,
}

impl Subject {
    pub(super) fn state(&self) -> &State {
        self.definition.state(self.id)
    }
}

/// Compiles a definition and finds the state called `name`; without a name, the definition is the
/// state.
pub(super) async fn find(text: Arc<str>, name: Option<&str>) -> Result<Subject, Error> {
    let Some(name) = name else {
        let (definition, id) = compiled_state(text).await?;
        return Ok(Subject { definition, id });
    };
    let definition = compiled_machine(&text).await?;
    let id = definition.find(name).ok_or_else(state_not_found)?;
    Ok(Subject { definition, id })
}
