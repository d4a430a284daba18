//! Executions started by other executions.

use std::sync::Arc;

use compasso_store::ExecutionKey;
use compasso_types::{Payload, uuid};

use crate::arns::{check_name, execution, name_length};
use crate::constraints::Constraints;
use crate::executions::Order;
use crate::{DescribedExecution, Error, Service, StartedExecution};

/// A child to be.
#[derive(Clone, Debug)]
pub struct ChildOrder {
    /// The state machine's ARN.
    pub machine: String,
    /// Its name; if absent, one that follows from `idempotency_key`.
    pub name: Option<String>,
    /// Its input.
    pub input: Payload,
    /// The trace it belongs to.
    pub trace_header: Option<Arc<str>>,
    /// The account of the execution that starts it.
    pub account: Arc<str>,
    /// The token of the parent's task that waits for its end, if any does.
    pub parent: Option<Arc<str>>,
    /// Equal for all deliveries of the same attempt of the parent's task.
    pub idempotency_key: Arc<str>,
}

/// A closed execution, described.
pub type ClosedExecution = DescribedExecution;

impl Service {
    /// Starts an execution on behalf of another one. Delivering the same order again answers the
    /// same, even when the child is closed.
    ///
    /// # Errors
    /// As for [`Service::start_execution`]; and the state machine belongs to another account.
    pub async fn start_child(&self, child: ChildOrder) -> Result<StartedExecution, Error> {
        child.check_account()?;
        name_length(Constraints::default(), "name", child.name.as_deref())
            .sensitive("input", child.input.text().len(), 0..=self.inner.quotas.payload_bytes_max)
            .check()?;
        child.name.as_deref().map_or(Ok(()), check_name)?;
        let is_named = child.name.is_some();
        let name = child.name.unwrap_or_else(|| name_after(&child.idempotency_key));
        let order = Order {
            machine: &child.machine,
            name: &name,
            input: child.input,
            trace_header: child.trace_header,
            parent: child.parent,
        };
        self.start(order, |present, asked| {
            let same_input = *present.input() == asked.input;
            let same_parent = asked.parent.is_some() && present.record.parent == asked.parent;
            same_input && (same_parent || !is_named || present.closed.is_none())
        })
        .await
    }

    /// Waits until an execution closes and describes it, even if it has to begin first; cancel by
    /// dropping.
    ///
    /// # Errors
    /// There is no such Standard execution.
    pub async fn wait_closed(&self, arn: &str) -> Result<ClosedExecution, Error> {
        let arn = execution("executionArn", arn)?;
        let key = ExecutionKey(arn.as_str().into());
        self.inner.scheduler.left_waiting(arn.as_str()).await;
        let description = self.runtime.closed(&key).await?;
        let missing = || Error::ExecutionDoesNotExist { arn: arn.as_str().to_owned() };
        self.describe(&description.ok_or_else(missing)?, true).await
    }
}

impl ChildOrder {
    fn check_account(&self) -> Result<(), Error> {
        match self.machine.split(':').nth(4) {
            Some(account) if account != &*self.account => Err(Error::AccessDenied {
                account: self.account.to_string(),
                action: "StartExecution".to_owned(),
                arn: self.machine.clone(),
            }),
            _ => Ok(()),
        }
    }
}

fn name_after(key: &str) -> String {
    let hash = blake3::hash(key.as_bytes());
    let (bytes, _) = hash.as_bytes().split_first_chunk().expect("a hash has 32 bytes");
    uuid::v4(*bytes)
}
