//! What `uses` of a pipeline does: one file an action.
//!
//! [`Actions`] stands in front of the connectors: it carries out the tasks of `compasso:…` that are
//! actions, and hands every other task on. Actions are tasks like others, so the Amazon States
//! Language calls them as well. **Invariant:** as for connectors: an action decides nothing about
//! the execution, and every job may be delivered twice.

mod actions;
mod approve;
mod asset_emit;
mod call;
mod config;
mod email;
mod expect;
mod fail;
mod inputs;
mod log;
mod message;
mod notify;
mod pagerduty;
mod pipeline;
mod read_items;
mod runs;
mod s3_copy;
mod slack;
mod sql;
mod transform;
mod waiting;

pub use actions::Actions;
pub use approve::{Approvals, Question};
pub use config::{ActionsConfig, EmailConfig, Encryption, NotifyConfig, SqlConfig};
pub use runs::{AssetUpdate, Assets, RunOrder, Runs, StartedRun};
pub use waiting::{Wait, WaitFor, Waits};
