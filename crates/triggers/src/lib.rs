//! Triggers at work: what happens outside becomes runs of pipelines, once each, and leaves a record.
//!
//! An event comes in (`inbox`): the trigger's expressions judge it, and what they say is stored in
//! one write, together with where its source is up to. Only then is it acknowledged. `carry` starts
//! its run and records that; `runner` does so for events that were put off, makes groups, and looks
//! outside for triggers that must. `replay` starts a run of what came before.
//!
//! **Invariant:** an event that was acknowledged is stored until it is recorded what became of it,
//! with the name of its run; starting a run of that name again changes nothing. So no event is lost
//! and none starts two runs, whenever the server ends. Start with [`Triggers`], then `inbox`.

mod asset;
mod carry;
mod check;
mod entry;
mod event;
mod expression;
mod forget;
mod group;
mod health;
mod hook;
mod inbox;
mod kinds;
mod limits;
mod pattern;
mod record;
mod registry;
mod replay;
mod runner;
mod sealing;
mod slot;
mod starts;
mod triggers;
mod waiters;
mod watch;

pub use asset::{AssetUpdate, is_stale};
pub use check::check;
pub use event::{CloudEvent, EVENTS_MAX, EventDelivery, EventTold};
pub use health::{Health, Trouble};
pub use hook::{HookAnswer, HookCall, HookRequest, KeySets, NoHook, shared_path};
pub use inbox::Later;
pub use limits::KEY_MEMORY;
pub use record::{Delivery, EventNumber, Fate, Replay, UPDATE as ASSET_UPDATE, run_arn};
pub use replay::NoReplay;
pub use starts::{ABOUT, About, QueueAge, RunEnd, Start, StartError, Starts, WorkerThere};
pub use triggers::{TriggerView, Triggers};
pub use waiters::{Awaited, NoWait, Waiter};
pub use watch::{AlertAt, Databases, INTERVAL, NoLook, ToldAlert, interval_value};
