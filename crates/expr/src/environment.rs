//! What expressions see beside their data.

use compasso_jsonata::Host;
use compasso_types::Json;

/// The surroundings of one evaluation: variables, time and randomness (see [`Host`]) and the
/// context object.
pub trait Environment: Host {
    /// Returns the context object (`$$`, `$states.context`).
    fn context(&self) -> Json;
}
