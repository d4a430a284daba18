//! What the layer above knows: how a run of a target begins.

use compasso_runtime::StartOrder;
use compasso_types::Payload;
use futures::future::BoxFuture;

use crate::Target;

/// A run that can be started.
pub enum Prepared {
    /// A durable execution, whose end is waited for.
    Standard(StartOrder),
    /// An Express execution, which counts as over once it began.
    Express(StartOrder),
}

/// A run cannot be prepared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// Trying again would not help, such as when a state machine does not exist.
    #[error("{0}")]
    Refused(String),
    /// Try again later.
    #[error("{0}")]
    Unavailable(String),
}

/// Knows targets.
pub trait Targets: Send + Sync + 'static {
    /// Prepares a run of a target under a name.
    fn prepare<'a>(
        &'a self,
        target: &'a Target,
        name: &'a str,
        input: Payload,
    ) -> BoxFuture<'a, Result<Prepared, TargetError>>;
}
