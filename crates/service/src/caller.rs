//! Who asks.

use std::sync::Arc;

/// The account and region a caller works in: created resources belong to them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Twelve digits.
    pub account: Arc<str>,
    /// Such as `eu-central-1`.
    pub region: Arc<str>,
}

impl Default for Caller {
    fn default() -> Self {
        Self { account: "000000000000".into(), region: "us-east-1".into() }
    }
}
