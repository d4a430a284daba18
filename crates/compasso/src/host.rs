//! The machine this runs on.

/// Scripts at once for each core, if nothing is said: most of them wait for others.
const SLOTS_PER_CORE: usize = 4;

/// Returns the name of this machine.
pub(crate) fn name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// Returns how many scripts a worker on this machine runs at once unless it is told otherwise.
pub(crate) fn slots() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).saturating_mul(SLOTS_PER_CORE)
}
