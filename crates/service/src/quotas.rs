//! Limits of executions that an operator can set.

use compasso_types::limits::{EXECUTION_EVENTS_MAX, PAYLOAD_BYTES_MAX};

/// Limits of the executions that start from now on. By default payloads have Amazon's, while
/// histories may be longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quotas {
    /// Largest input, output or result, bytes.
    pub payload_bytes_max: usize,
    /// Most events of a Standard execution.
    pub events_max: u64,
}

impl Default for Quotas {
    fn default() -> Self {
        Self { payload_bytes_max: PAYLOAD_BYTES_MAX, events_max: EXECUTION_EVENTS_MAX }
    }
}
