//! The data of a distributed Map: where its items come from and where its results go.
//!
//! An [`ItemReader`] opens a stream of items from a file in one of the known formats; the file is
//! an object in a store, S3 or a local directory, which [`Stores`] picks by the bucket.
//!
//! A [`ResultWriter`] shapes the records of child executions and exports them to files.
//!
//! Everything is streamed: neither a file nor a list of items has to fit in memory. Formats and
//! stores are written with plain blocking reads, which run on tokio's threads for blocking work a
//! batch at a time, so that a map run that waits holds no thread.
//!
//! **Invariant:** nothing here decides about an execution. What goes wrong is an [`ItemsError`]
//! with the name and cause that Step Functions gives it.

mod copy;
mod error;
mod formats;
mod objects;
mod reader;
mod writer;

pub use copy::{Copied, CopyFailed};
pub use error::ItemsError;
pub use objects::{Entry as ListedObject, Failure as StoreFailure, Stores};
pub use reader::{
    CsvConfig, CsvDelimiter, CsvHeader, GivenItems, InputType, Item, ItemReader, ItemStream,
    ManifestType, ReaderConfig, Transformation,
};
pub use writer::{
    ChildRecord, OutputType, ResultExport, ResultKind, ResultTransformation, ResultWriter,
    StateResult, WriterConfig, Written,
};
