//! Executions before they begin, and those that never do: they are stored with how they ended, and
//! nothing of them runs.

use std::sync::Arc;

use compasso_engine::{Input, StopOrder};
use compasso_store::{DocumentChange, ExecutionKey};

use super::Runtime;
use crate::message::{Ask, NewExecution, Refusal};
use crate::{StartError, StartOrder, StartRecord};

impl Runtime {
    /// Stores an execution as one that was stopped before anything of it ran, and changes documents in
    /// the same instant. A conflict there says [`StartError::Exists`] as well, and nothing has happened.
    pub async fn start_stopped(
        &self,
        mut order: StartOrder,
        documents: Vec<DocumentChange>,
        stop: StopOrder,
    ) -> Result<(), StartError> {
        // What is held cannot have ended by itself before it is stopped.
        order.start.is_unbegun = true;
        let stop = Some(Input::Stop(stop));
        let new = NewExecution { documents, stop, ..self.new_execution(order) };
        let key = ExecutionKey(new.record.start.id.clone());
        match self.core.ask(&key, Ask::Start(Arc::new(new))).await {
            Ok(_) => Ok(()),
            Err(Refusal::Exists) => Err(StartError::Exists),
            Err(refusal) => Err(StartError::Runtime(refusal.into())),
        }
    }

    pub(super) fn new_execution(&self, order: StartOrder) -> NewExecution {
        let StartOrder {
            mut start,
            definition,
            compiled,
            listing,
            caller,
            trace_header,
            parent,
            log,
            map_run,
            attributes,
        } = order;
        start.seed = self.core.entropy.seed();
        let start = Arc::new(start);
        let record = StartRecord { start, definition, trace_header, parent, log, map_run };
        NewExecution {
            record: Arc::new(record),
            definition: compiled,
            listing,
            caller,
            attributes,
            documents: Vec::new(),
            stop: None,
        }
    }
}
