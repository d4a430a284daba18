//! A deterministic world around one execution.

mod outside;

use std::collections::BTreeMap;
use std::sync::Arc;

use compasso_engine::{
    Event, EventKind, Execution, Input, Moment, Rejected, Start, Status, StopOrder, TaskError,
    TaskId, decide,
};
use compasso_ir::Definition;
use compasso_types::{Payload, Timestamp, limits};

use crate::Script;
use crate::script::Order;

/// When every case begins: 2026-01-01T00:00:00Z.
pub(crate) const DAWN: Timestamp = Timestamp(1_767_225_600_000);
/// Most turns of a case, so that an endless one ends.
const TURNS_MAX: usize = 10_000;
/// After how many turns an image is kept to be compared with what follows.
const IMAGE_TURNS: usize = 5;

/// A crash: everything not stored is lost after this many turns, then recovery runs.
#[derive(Clone, Copy, Debug)]
pub struct Crash {
    /// Turns before the crash.
    pub after_turns: usize,
}

/// One turn of a case: what came in, and what it caused.
#[derive(Clone, Debug)]
pub struct Move {
    /// When.
    pub now: Timestamp,
    /// What came in.
    pub input: Input,
    /// What happened; nothing if it was refused.
    pub events: Vec<Event>,
    /// The execution after it.
    pub execution: Execution,
}

/// What a case came to.
#[derive(Clone, Debug)]
pub struct Ended {
    /// All events, those that history does not show included.
    pub events: Vec<Event>,
    /// How far the execution came.
    pub status: Status,
    /// Reports that were refused: the time, the state, and why.
    pub refused: Vec<(Timestamp, String, Rejected)>,
    /// Turns it took.
    pub turns: usize,
    /// The turns, if they were to be noted.
    pub moves: Vec<Move>,
}

/// A planned instant; the number keeps the order of plans for the same one.
type When = (Timestamp, u64);

/// One execution and everything around it.
pub struct World {
    definition: Arc<Definition>,
    execution: Execution,
    /// What an earlier image and the events since give.
    lagging: Option<Execution>,
    script: Script,
    crash: Option<Crash>,
    now: Timestamp,
    agenda: BTreeMap<When, (String, Input)>,
    planned: u64,
    /// What each attempt was to lead to and when, so that a second delivery goes like the first.
    attempts: BTreeMap<TaskId, Vec<(When, Input)>>,
    ended: Ended,
    is_noting: bool,
}

impl World {
    /// Makes a world in which an execution of `definition` is about to start.
    pub fn new(
        definition: Arc<Definition>,
        input: Payload,
        script: Script,
        crash: Option<Crash>,
    ) -> Self {
        let mut world = Self {
            execution: Execution::new(definition.clone()),
            lagging: None,
            definition,
            crash,
            now: DAWN,
            agenda: BTreeMap::new(),
            planned: 0,
            attempts: BTreeMap::new(),
            ended: Ended {
                events: Vec::new(),
                status: Status::Running,
                refused: Vec::new(),
                turns: 0,
                moves: Vec::new(),
            },
            is_noting: false,
            script,
        };
        let mocks = world.script.mocks.take();
        let Script { is_held, is_unbegun, rules, .. } = world.script;
        let rules = rules.unwrap_or(compasso_engine::RULES);
        let start = Start { mocks, is_held, is_unbegun, rules, ..start(input) };
        world.plan(DAWN, "", Input::Start(Box::new(start)));
        for (after, order) in std::mem::take(&mut world.script.orders) {
            let (who, input) = match order {
                Order::Stop(TaskError { error, cause, .. }) => {
                    ("", Input::Stop(StopOrder { error, cause, by: None }))
                }
                Order::Cancel(TaskError { error, cause, .. }) => {
                    ("", Input::Cancel(StopOrder { error, cause, by: None }))
                }
                Order::Compensate => ("(compensate)", Input::Compensate { by: Some("ana".into()) }),
                Order::Redrive => ("(redrive)", Input::Redrive { token: None }),
                Order::Rerun(order) => ("(rerun)", Input::Rerun { order, token: None }),
                Order::Delete => ("", Input::WorkflowDeleted),
                Order::Signal(signal) => ("(signal)", Input::Signal(signal)),
                Order::Mark(mark) => ("(mark)", Input::Mark(mark)),
                Order::Steer(steer) => ("(steer)", Input::Steer(steer)),
            };
            world.plan(DAWN.after(after), who, input);
        }
        world
    }

    /// Has it note each turn: [`Ended::moves`].
    #[must_use]
    pub fn noting(self) -> Self {
        Self { is_noting: true, ..self }
    }

    /// Runs until nothing more happens.
    pub fn run(mut self) -> Ended {
        while self.ended.turns < TURNS_MAX && self.advance() {}
        self.ended.status = self.execution.status().clone();
        self.ended
    }

    /// Lets the next thing happen; what is planned goes before a timer of the same instant.
    fn advance(&mut self) -> bool {
        let planned = self.agenda.first_key_value().map(|((at, _), _)| *at);
        match (planned, self.execution.next_wake()) {
            (Some(at), wake) if wake.is_none_or(|wake| at <= wake) => {
                let (_, (state, input)) = self.agenda.pop_first().expect("something is planned");
                self.now = self.now.max(at);
                self.turn(&state, input);
            }
            (_, Some(wake)) => {
                self.now = self.now.max(wake);
                self.turn("", Input::Wake);
            }
            (_, None) => return false,
        }
        true
    }

    fn turn(&mut self, state: &str, input: Input) {
        self.ended.turns += 1;
        if matches!(input, Input::Redrive { .. } | Input::Compensate { .. }) {
            self.rebuild();
            self.execution.forget();
        } else if matches!(input, Input::Rerun { .. }) {
            self.rebuild();
            // What a rerun brings back is in no image; the turn that reruns writes one.
            self.lagging = None;
        }
        let decided = decide(&self.execution, input.clone(), Moment::at(self.now));
        if self.is_noting {
            let (events, execution) = match &decided {
                Ok(decision) => (decision.events.clone(), decision.execution.clone()),
                Err(_) => (Vec::new(), self.execution.clone()),
            };
            self.ended.moves.push(Move { now: self.now, input, events, execution });
        }
        match decided {
            Ok(decision) => {
                self.check_replay(&decision.events, &decision.execution);
                self.check_lagging(&decision.events, &decision.execution);
                self.execution = decision.execution;
                self.ended.events.extend(decision.events);
                if self.crash.is_some_and(|crash| crash.after_turns == self.ended.turns) {
                    self.recover();
                } else {
                    self.carry_out(decision.effects);
                }
            }
            Err(Rejected::NotRunning) if state.is_empty() => {}
            Err(why) => self.ended.refused.push((self.now, state.to_owned(), why)),
        }
    }

    /// Law: folding the stored events gives the state that the live path has, and the state
    /// survives being written and read.
    fn check_replay(&self, events: &[Event], live: &Execution) {
        let mut replayed = self.execution.clone();
        for event in events {
            replayed.apply(event);
        }
        replayed.forget();
        assert_eq!(text(&replayed), text(live), "replay differs from the live path");
        if *live.status() == Status::Running {
            assert_eq!(text(&self.reread(live)), text(live), "an image does not survive storing");
        }
    }

    /// Law: an image of some turn and the events since give the state that the live path has.
    fn check_lagging(&mut self, events: &[Event], live: &Execution) {
        if let Some(lagging) = &mut self.lagging {
            for event in events {
                lagging.apply(event);
            }
            assert_eq!(text(lagging), text(live), "an image and what followed differ from it");
        }
        if *live.status() == Status::Running && self.ended.turns.is_multiple_of(IMAGE_TURNS) {
            self.lagging = Some(self.reread(live));
        }
    }

    fn reread(&self, execution: &Execution) -> Execution {
        let start = Arc::new(execution.start().expect("it has started").clone());
        Execution::from_image(self.definition.clone(), start, &execution.image())
            .expect("an image of our own can be read")
    }

    /// Law: of a closed execution only its events are stored, and they say all of it.
    fn rebuild(&mut self) {
        let mut rebuilt = Execution::remembering(self.definition.clone());
        for event in &self.ended.events {
            rebuilt.apply(event);
        }
        let mut forgetful = rebuilt.clone();
        forgetful.forget();
        assert_eq!(text(&forgetful), text(&self.execution), "the journal does not say all");
        self.execution = rebuilt;
    }

    /// Forgets what is in flight, reads the stored state, and sends what is owed again. Reports
    /// that others make by token, and planned stops, still come.
    fn recover(&mut self) {
        self.agenda.retain(|_, (_, input)| {
            !matches!(
                input,
                Input::TaskSubmitted { .. }
                    | Input::TaskFinished { .. }
                    | Input::MapRunEnded { .. }
                    | Input::Continue
            )
        });
        if *self.execution.status() != Status::Running {
            return;
        }
        self.execution = self.reread(&self.execution);
        self.carry_out(self.execution.outstanding());
    }

    fn plan(&mut self, at: Timestamp, state: &str, input: Input) {
        self.planned += 1;
        self.agenda.insert((at, self.planned), (state.to_owned(), input));
    }
}

/// Returns what an execution of a test begins with.
pub fn start(input: Payload) -> Start {
    Start {
        id: "arn:aws:states:us-east-1:123456789012:execution:Case:run".into(),
        name: "run".into(),
        workflow: "arn:aws:states:us-east-1:123456789012:stateMachine:Case".into(),
        workflow_name: "Case".into(),
        role: "arn:aws:iam::123456789012:role/case".into(),
        input,
        seed: *b"a case's own seed"[..16].first_chunk().expect("sixteen bytes"),
        version: None,
        alias: None,
        payload_bytes_max: limits::PAYLOAD_BYTES_MAX,
        events_max: limits::EXECUTION_EVENTS_MAX,
        mocks: None,
        origin: None,
        is_held: false,
        is_unbegun: false,
        rules: compasso_engine::RULES,
    }
}

fn text(execution: &Execution) -> String {
    String::from_utf8(execution.image()).expect("an image is text")
}

impl Ended {
    /// Returns the events that history shows.
    pub fn shown(&self) -> impl Iterator<Item = &Event> {
        self.events.iter().filter(|event| event.kind.is_shown())
    }

    /// Returns whether some event is of this kind.
    pub fn any(&self, test: impl Fn(&EventKind) -> bool) -> bool {
        self.events.iter().any(|event| test(&event.kind))
    }
}
