//! How much memory one evaluation may fill with values of its own.
//!
//! A short template can ask for the same large text a thousand times over. Values that are shared
//! with the data cost nothing; what is made anew is counted.

use std::cell::Cell;

use compasso_types::Json;

/// Most bytes one evaluation makes.
const BYTES_MAX: usize = 16 * 1024 * 1024;

pub(crate) struct Allowance(Cell<usize>);

impl Default for Allowance {
    fn default() -> Self {
        Self(Cell::new(BYTES_MAX))
    }
}

impl Allowance {
    /// Pays for `value`, not for what it shares.
    ///
    /// # Errors
    /// The evaluation has made too much; the text says so.
    pub(crate) fn pay(&self, value: &Json) -> Result<(), String> {
        let size = match value {
            Json::Null | Json::Bool(_) | Json::Number(_) => 0,
            Json::String(text) => text.len(),
            Json::Array(items) => items.len() * size_of::<Json>(),
            Json::Object(members) => members.len() * 3 * size_of::<Json>(),
        };
        let left = self.0.get().checked_sub(size);
        self.0.set(left.unwrap_or(0));
        left.map(|_| ()).ok_or_else(|| format!("the evaluation makes more than {BYTES_MAX} bytes"))
    }
}
