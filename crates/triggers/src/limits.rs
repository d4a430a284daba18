//! The bounds of triggers.

use std::time::Duration;

/// How long a key is remembered: the same one starts nothing in this time.
pub const KEY_MEMORY: Duration = Duration::from_secs(7 * 86_400);
/// Events that wait for their run, of a trigger that does not say how many.
pub(crate) const PENDING_DEFAULT: usize = 1_000;
/// Most events of a trigger that wait for their run.
pub(crate) const PENDING_MAX: usize = 100_000;
/// Most events that become one run.
pub(crate) const GROUP_MAX: usize = 1_000;
/// Bytes of events that become one run, unless one alone has more: they must fit into its input, where
/// the last one stands twice.
pub(crate) const GROUP_BYTES_MAX: usize = 96 * 1024;
/// Records of deliveries kept of a trigger, the newest.
pub(crate) const DELIVERIES_KEPT: usize = 1_000;
/// Of how many of them it is kept what came, if no run has it.
pub(crate) const PAYLOADS_KEPT: usize = 200;
/// Most bytes of it.
pub(crate) const PAYLOAD_BYTES_MAX: usize = 64 * 1024;
/// How many of those are deleted at once.
pub(crate) const PAYLOADS_PAGE: usize = 32;
/// After how many new records those beyond [`DELIVERIES_KEPT`] are deleted, and old keys.
pub(crate) const PRUNE_EVERY: u64 = 256;
/// Documents read or deleted at once.
pub(crate) const PAGE: usize = 256;
/// Runs of one trigger that are started at once.
pub(crate) const STARTS_MAX: usize = 16;
/// The pause before what failed is tried again; it doubles each time.
pub(crate) const RETRY: Duration = Duration::from_millis(500);
/// The longest such pause.
pub(crate) const RETRY_MAX: Duration = Duration::from_secs(300);
/// Steps that the expressions of one event may take.
pub(crate) const STEPS_MAX: u64 = 200_000;
/// Characters of a trigger's id in the names of its runs.
pub(crate) const NAME_CHARS_MAX: usize = 40;
/// Bytes of all bodies of webhooks that are read or whose run is started.
pub(crate) const BODIES_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Bytes by which they are counted.
pub(crate) const BODY_UNIT: usize = 4 * 1024;
/// Largest body of a webhook that does not say.
pub(crate) const BODY_BYTES: usize = 1024 * 1024;
/// Largest body that a webhook may ask for.
pub(crate) const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Largest body of a change of a repository.
pub(crate) const GIT_BODY_BYTES: usize = 5 * 1024 * 1024;
/// Largest body of a change of a repository that expressions see.
pub(crate) const GIT_BODY_BYTES_SEEN: usize = 128 * 1024;
/// Things that were found and are taken in at once.
pub(crate) const TAKEN_MAX: usize = 100;
/// Most files or objects that one trigger watches.
pub(crate) const WATCHED_MAX: usize = 100_000;
/// Most entries of folders that one look goes through.
pub(crate) const ENTRIES_MAX: usize = 1_000_000;
/// Most tasks that wait for events and for updates of assets.
pub(crate) const WAITERS_MAX: usize = 100_000;
/// After how many of them those whose time is over are looked for.
pub(crate) const WAITERS_SWEPT: usize = 256;
/// Updates of assets that wait for others at one trigger.
pub(crate) const UPDATES_MAX: usize = 1_000;
/// Updates of assets that a trigger knows to have taken.
pub(crate) const UPDATES_KNOWN: usize = 2_000;
