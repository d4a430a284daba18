//! How many files, and so connections, this process may have open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// As many as the most connections need, and as many again for tasks and the store.
const WANTED: u64 = 16_384;

/// Raises the limit as far as is wanted and allowed, and returns it.
pub(super) fn raise() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let allowed = limit.maximum.unwrap_or(u64::MAX);
    let current = limit.current.unwrap_or(u64::MAX);
    let wanted = current.max(WANTED.min(allowed));
    let raised = Rlimit { current: Some(wanted), maximum: limit.maximum };
    let granted = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => wanted,
        Err(error) => {
            tracing::debug!(%error, "the limit of open files stays as it is");
            current
        }
    };
    usize::try_from(granted).unwrap_or(usize::MAX)
}
