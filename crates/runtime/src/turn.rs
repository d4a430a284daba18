//! One turn of a Standard execution: its waiting messages in, one write and its orders out.
//!
//! **Invariant:** nothing here leaves the process or waits; a panic leaves everything as it was.

mod draft;
mod packing;

use std::sync::Arc;

use compasso_engine::{Decision, Execution, Input, Moment, Rejected, Restores, TaskId};
use compasso_store::{Status, Turn};
use compasso_types::Timestamp;

use self::draft::Draft;
pub(crate) use self::packing::{journal, orders};
use crate::images::{Kept, restore};
use crate::message::{Ask, Done, Message, Refusal};
use crate::slots::{Known, Live, Open, Stored, Work};
use crate::{Job, MapRunJob, MapRunner, News, RuntimeError};

/// What decides.
pub type Decide = fn(&Execution, Input, Moment<'_>) -> Result<Decision, Rejected>;

/// What a turn is told from outside.
pub(crate) struct Context<'a> {
    pub(crate) decide: Decide,
    pub(crate) moment: Moment<'a>,
    pub(crate) restores: &'a Restores,
    /// Whether tasks are told where they stand in a trace.
    pub(crate) traces: bool,
    /// Who carries out map runs.
    pub(crate) map_runs: Option<&'a dyn MapRunner>,
    /// When this process began; silence before that may be our own.
    pub(crate) began: Option<Timestamp>,
    /// Heartbeats that are not durable yet.
    pub(crate) beats: Vec<(TaskId, Timestamp)>,
}

/// A turn that has been decided and waits to become durable.
pub(crate) struct Turned {
    /// The execution before the turn and the messages, should they have to be handled again.
    pub(crate) work: Work,
    pub(crate) decided: Decided,
}

/// What came of a turn.
pub(crate) struct Decided {
    /// What to store; `None` if nothing happened.
    pub(crate) write: Option<Turn>,
    /// The execution after the turn.
    pub(crate) after: Known,
    /// What to carry out once it is stored.
    pub(crate) orders: Vec<Order>,
    /// The answers to the messages, in their order.
    pub(crate) answers: Vec<Result<Done, Refusal>>,
    /// Tasks whose workers gave a sign of life.
    pub(crate) heard: Vec<TaskId>,
    /// Heartbeats that become durable.
    pub(crate) beats: Vec<(TaskId, Timestamp)>,
    /// What happened, for whoever listens.
    pub(crate) news: Option<News>,
}

impl Decided {
    /// Returns what leaves an execution as `after` and does nothing.
    pub(crate) fn nothing(after: Known) -> Self {
        Self {
            write: None,
            after,
            orders: Vec::new(),
            answers: Vec::new(),
            heard: Vec::new(),
            beats: Vec::new(),
            news: None,
        }
    }
}

/// Work for the outside.
pub(crate) enum Order {
    Run(Box<Job>),
    OfferActivity(Box<Job>),
    StartMapRun(Box<MapRunJob>),
    Cancel(TaskId),
    Continue,
}

/// What is stored of the execution makes no sense.
#[derive(Debug)]
pub(crate) struct Corrupt(pub(crate) String);

/// Decides a turn.
pub(crate) fn run(work: &Work, context: &Context<'_>) -> Result<Decided, Corrupt> {
    if is_set_aside(work) {
        if work.messages.iter().any(|message| matches!(message.ask, Ask::GiveUp)) {
            return Err(Corrupt("it is given up".into()));
        }
        return Ok(refuse_all(work));
    }
    let mut draft = Draft::new(context, base_of(&work.known, context.restores)?);
    let answers = work.messages.iter().map(|message| draft.handle(&message.ask)).collect();
    Ok(draft.finish(work, answers))
}

/// What an execution was before the turn.
enum Base {
    None,
    Live(Arc<Live>),
    Closed(Arc<Stored>),
}

fn base_of(known: &Known, restores: &Restores) -> Result<Base, Corrupt> {
    Ok(match known {
        Known::Unread | Known::Absent | Known::Express(_) => Base::None,
        Known::Live(live) => Base::Live(live.clone()),
        Known::Stored(stored) => match &stored.open {
            None => Base::Closed(stored.clone()),
            Some(Open { record, definition, tail }) => {
                let (start, row) = (record.start.clone(), &stored.row);
                let execution = restore(definition.clone(), start, &row.image, tail)
                    .map_err(|error| Corrupt(error.to_string()))?;
                let kept = Kept::of(&row.image, tail);
                Base::Live(Arc::new(Live {
                    execution: execution.restored(restores.clone()),
                    revision: row.revision,
                    record: record.clone(),
                    started: row.header.started,
                    stopped: None,
                    quarantined: row.header.status == Status::Quarantined,
                    bytes: kept.weight(row.start.len()),
                    kept,
                }))
            }
        },
    })
}

/// Says if the execution is quarantined and nobody asks to stop or to release it, which still go.
fn is_set_aside(work: &Work) -> bool {
    let quarantined = match &work.known {
        Known::Live(live) => live.quarantined,
        Known::Stored(stored) => stored.row.header.status == Status::Quarantined,
        Known::Unread | Known::Absent | Known::Express(_) => false,
    };
    let goes = |message: &Message| matches!(message.ask, Ask::Input(Input::Stop(_)) | Ask::Release);
    quarantined && !work.messages.iter().any(goes)
}

fn refuse_all(work: &Work) -> Decided {
    let refusal = |message: &Message| match message.ask {
        Ask::Start(_) => Err(Refusal::Exists),
        _ => Err(quarantined()),
    };
    let answers = work.messages.iter().map(refusal).collect();
    Decided { answers, ..Decided::nothing(work.known.clone()) }
}

fn quarantined() -> Refusal {
    RuntimeError::Quarantined("the engine could not carry on with it".into()).into()
}
