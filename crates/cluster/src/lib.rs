//! Several servers, the nodes, on one store: which of them works, and how the others pass requests on.
//!
//! One node owns the store at a time and runs the engine; the others stand by. Each node renews a lease
//! (`member`), and `duty` says, without waiting, what follows from what the store last said. Every node
//! takes every request: the owner answers it, any other sends it on as it is (`edge`, `links`).
//! **Invariant:** a lease keeps two nodes from working at once, but safety is the epoch's alone: a node
//! that is late, frozen or wrong about the time can commit nothing. Start with [`Member`] and [`Edge`].

mod duty;
mod edge;
mod links;
mod member;

pub use duty::{ACT_FOR, Duty, LEASE, Standing, duty};
pub use edge::{Edge, Here, without_store};
pub use member::Member;
