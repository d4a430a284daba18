//! The store in PostgreSQL.
//!
//! One task writes, over a connection of its own; a few connections read. Every commit is one
//! transaction of a few statements with arrays, however many turns it holds: it locks the row of
//! `fence`, reads what the batch is about, decides what conflicts (`writer/plan.rs`, which is pure),
//! and writes the rest. Plain SQL: no notifications, advisory locks or sequences. **Invariant:** SQL
//! and no rules. Start with [`PostgresStore`]; the tables are in `src/schema`.

mod acknowledged;
mod durability;
mod fence;
mod link;
mod nodes;
mod open;
mod reader;
mod schema;
mod store;
mod value;
mod writer;

pub use acknowledged::Acknowledged;
pub use nodes::PostgresNodes;
pub use open::{OpenError, Options};
pub use store::PostgresStore;
