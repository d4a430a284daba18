//! The storage seam: what the runtime asks of a store, and nothing more.
//!
//! A store keeps executions (one row each), their journals (one row a turn), documents (workflows,
//! activities, tags, settings: small JSON records under a kind and a key) and task logs. Event,
//! image and document bytes are opaque to it. **Invariant:** a store contains no rules. Start with
//! [`Store`]; [`contract`] says by example what every store does, and [`memory`] is the smallest
//! one that does it.

pub mod attributes;
mod batch;
pub mod chunk;
pub mod contract;
pub mod copy;
mod execution;
pub mod large;
mod log;
pub mod memory;
mod nodes;
mod outcome;
pub mod pack;
mod page;
mod pending;
mod recurring;
pub mod seal;
mod store;
pub mod stray;

pub use attributes::{AttributeValue, Attributes};
pub use batch::{Batch, DocumentChange, Expected, JournalEntry, Part, Removal, Turn, Write};
pub use execution::{
    Cursor, Execution, ExecutionFilter, ExecutionHeader, ExecutionKey, NoCursor, Order, Page,
    Redriven, Status,
};
pub use log::{LogLine, LogStream};
pub use nodes::{Node, NodeIdentity, Nodes, Roll};
pub use outcome::{Outcome, ReadError};
pub use page::JournalPage;
pub use pending::{Pending, Taken};
pub use recurring::Recurring;
pub use store::{Answer, Document, Epoch, Revision, SearchBounds, Store, Wanted};
