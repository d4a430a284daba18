//! The default store: one SQLite file in a data directory.
//!
//! One thread owns the connection that writes; a few threads with a connection each read, and never
//! wait for a commit. Every commit is one transaction, synced before it is answered. Users may
//! open the file while the server runs: the view `executions` is made for them, and all bodies are
//! JSON text. Large ones lie in files beside it. **Invariant:** SQL and no rules. Start with
//! [`SqliteStore`]; the tables are in `src/schema`. [`snapshot`] copies a store that is in use, [`inspect`]
//! looks whether what lies on the disk is whole.

mod attributes;
mod blobs;
mod checkpoint;
mod gate;
mod inspection;
mod lock;
mod open;
mod queue;
mod reader;
mod schema;
mod shelves;
mod snapshot;
mod store;
mod value;
mod writer;

pub use inspection::{Inspection, inspect};
pub use open::{Durability, OpenError, Options};
pub use shelves::copy_shelves;
pub use snapshot::{Progress, SnapshotError, snapshot};
pub use store::SqliteStore;
