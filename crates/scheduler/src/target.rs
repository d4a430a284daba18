//! What the layer above knows: how a run of a target begins.

use std::sync::Arc;

use compasso_runtime::StartOrder;
use compasso_schedule::Interval;
use compasso_types::{Json, Payload};
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};

use crate::{Candidate, Deadline, TickOf, Unstarted};

/// A run of a pipeline to be.
#[derive(Clone, Debug)]
pub struct RunOrder {
    /// The pipeline's ARN.
    pub pipeline: Arc<str>,
    /// The run's name.
    pub name: String,
    /// The tick it is the run of, whose schedule has the trigger's id for a name.
    pub tick: TickOf,
    /// The trigger's id.
    pub trigger_id: Arc<str>,
    /// What expressions see as `trigger`.
    pub trigger: Json,
    /// An object.
    pub params: Json,
    /// The time it is about.
    pub interval: Interval,
    /// The date it is about.
    pub date: Arc<str>,
    /// The part of the data it is about, if data has parts.
    pub partition: Option<Arc<str>>,
    /// The backfill it belongs to, if it does.
    pub backfill: Option<OfBackfill>,
    /// The deadlines that were missed before it begins, and what they say is done.
    pub told: Vec<u32>,
}

/// What a run of a backfill has from it.
#[derive(Clone, Debug)]
pub struct OfBackfill {
    /// Its id.
    pub id: Arc<str>,
    /// The version of the pipeline that it runs; the present one if absent.
    pub version: Option<u64>,
    /// Whether assets that it writes start others.
    pub emit_assets: bool,
}

/// A run of a pipeline that can be started.
pub struct PreparedRun {
    /// How it begins.
    pub order: StartOrder,
    /// What seat it needs; Express runs and those of backfills need none.
    pub candidate: Option<Candidate>,
}

/// A run that can be started.
pub enum Prepared {
    /// A durable execution, whose end is waited for.
    Standard(StartOrder),
    /// An Express execution, which counts as over once it began.
    Express(StartOrder),
}

/// A run that waited.
pub enum Resumed {
    /// It begins so.
    Start(Box<StartOrder>),
    /// It had ended, and goes on again by this; doing it again does nothing.
    GoesOn(BoxFuture<'static, Result<(), TargetError>>),
}

/// How a run that ended runs again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunAgain {
    /// How often it had been opened again before. If it has been more often by now, it has been done.
    pub after: u32,
    /// Whether all tasks run, or those that failed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub all: bool,
    /// The only tasks that run, if any are named.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<String>,
    /// Params that change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub params: Option<Json>,
}

/// A run cannot be prepared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// Trying again would not help, such as when a state machine does not exist.
    #[error("{0}")]
    Refused(String),
    /// Try again later.
    #[error("{0}")]
    Unavailable(String),
}

/// Knows targets.
pub trait Targets: Send + Sync + 'static {
    /// Prepares a run of a state machine under a name.
    fn prepare<'a>(
        &'a self,
        machine: &'a str,
        name: &'a str,
        input: Payload,
    ) -> BoxFuture<'a, Result<Prepared, TargetError>>;

    /// Prepares a run of a pipeline.
    fn prepare_run(&self, order: RunOrder) -> BoxFuture<'_, Result<PreparedRun, TargetError>>;

    /// Prepares a run that waited, as its [`Candidate::order`] says. `told`: the deadlines that were missed meanwhile, and
    /// what they say is done.
    fn resume<'a>(
        &'a self,
        run: &'a Arc<str>,
        order: &'a Json,
        told: &'a [u32],
    ) -> BoxFuture<'a, Result<Resumed, TargetError>>;

    /// Returns what is stored of a run that waited, as its [`Candidate::order`] says, and never begins;
    /// `None` if it was to go on again.
    fn unbegun<'a>(
        &'a self,
        run: &'a Arc<str>,
        order: &'a Json,
    ) -> BoxFuture<'a, Result<Option<StartOrder>, TargetError>>;

    /// Returns the deadlines of the run of a tick that are known before it begins.
    fn deadlines<'a>(
        &'a self,
        order: &'a RunOrder,
    ) -> BoxFuture<'a, Result<Vec<Deadline>, TargetError>>;

    /// Does what a deadline says of a run that has not begun; doing it again changes nothing. Returns
    /// whether the run is given up.
    fn missed<'a>(
        &'a self,
        run: &'a Unstarted<'a>,
        deadline: u32,
    ) -> BoxFuture<'a, Result<bool, TargetError>>;

    /// Hears that the run of a tick ended; told again if a crash comes between.
    fn ended(&self, tick: TickOf) -> BoxFuture<'_, Result<(), TargetError>>;

    /// Returns when nothing of the work of a run that ended goes on any more.
    fn quiet<'a>(&'a self, run: &'a Arc<str>) -> BoxFuture<'a, ()>;

    /// Has a run that ended run again; asking again does nothing.
    fn run_again<'a>(
        &'a self,
        run: &'a Arc<str>,
        again: &'a RunAgain,
    ) -> BoxFuture<'a, Result<(), TargetError>>;
}
