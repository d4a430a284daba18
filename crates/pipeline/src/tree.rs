//! The typed tree of a pipeline: one module for each part of the format.

mod action;
mod approval;
mod asset;
mod checkout;
mod concurrency;
mod data;
mod deadline;
mod defaults;
mod events;
mod fan_out;
mod hooks;
mod param;
mod params;
mod pipeline;
mod placement;
mod queue;
mod reliability;
mod repeat;
mod retry;
mod saga;
mod schedule;
mod step;
mod task;
mod tasks;
mod test_case;
mod trigger;
mod uses;
mod wait;
mod webhook;
mod work;

pub use action::{Action, ActionKind, Call, Machine};
pub use approval::{Approval, OnRejection, OnSilence, ROLES};
pub use asset::{AssetTrigger, Assets};
pub use checkout::Checkout;
pub use concurrency::Concurrency;
pub use data::{Artifacts, Container, OutputFrom};
pub use deadline::{Deadline, DeadlineFrom, Due};
pub use defaults::Defaults;
pub use events::{
    EventTrigger, FileTrigger, GitTrigger, ObjectTrigger, PipelineTrigger, SqlTrigger,
};
pub use fan_out::{FanOut, Items, Matrix};
pub use hooks::Hooks;
pub use param::{Param, ParamType};
pub use params::{ParamProblem, check_form, check_params};
pub use pipeline::{Mention, Mode, Pipeline, Retention, Verdict};
pub use placement::{Placement, Rate, Resources};
pub use queue::{Acknowledge, QueueTrigger};
pub use reliability::{Breaker, Cache, Fallback, Trip};
pub use repeat::{OnExhausted, Repeat};
pub use retry::{Jitter, Retry};
pub use saga::{Saga, SagaOn, SagaOrder};
pub use schedule::{Calendar, Partition, ScheduleTrigger, Ticks};
pub use step::{Step, StepWhen};
pub use task::{Allowance, Need, Past, Task};
pub use tasks::Tasks;
pub use test_case::TestCase;
pub(crate) use trigger::event_member;
pub use trigger::{Batch, Trigger, TriggerKind, Triggers};
pub use uses::Uses;
pub(crate) use uses::{CALLBACK_INPUT, is_of_the_format};
pub use wait::{EventSought, OnTimeout, RunSought, Wait, WaitFor, WaitUntil};
pub use webhook::{Authentication, WebhookTrigger};
pub use work::Work;

pub(crate) use pipeline::read as read_pipeline;
