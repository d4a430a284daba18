//! Executions: start, stop, redrive, describe, list.

mod cancel;
mod copy;
mod describe;
mod list;
mod redrive;
mod signal;
mod start;
mod stop;
mod sync;

pub use self::copy::CopyExecution;
pub use self::describe::{DataDetails, DescribeExecution, DescribedExecution};
pub(crate) use self::describe::{INCLUDED_DATA, METADATA_ONLY, status_name, text_if};
pub(crate) use self::list::open_or_closed;
pub use self::list::{ExecutionItem, ExecutionPage, ListExecutions};
pub(crate) use self::list::{item, machine_of};
pub use self::redrive::{RedriveExecution, RedrivenExecution};
pub use self::signal::SignalExecution;
pub(crate) use self::start::{Order, parse_input};
pub use self::start::{StartExecution, StartedExecution};
pub(crate) use self::stop::error_bounds;
pub use self::stop::{StopExecution, StoppedExecution};
pub use self::sync::{BillingDetails, StartSyncExecution, SyncExecution};
