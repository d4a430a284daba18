//! Golden journals: executions as a release stored them, which every later build must read and carry on.
//!
//! A record holds what an execution runs, each turn of it (the instant, what came in, the events as they
//! were stored), and images of some turns. [`Golden::replay`] checks two promises: the journal comes to
//! the stored images, and from each image the same inputs cause the same events. **Invariant:** files
//! that were frozen never change; a release adds one of its own.

use std::io::{self, BufRead as _, Write as _};
use std::sync::Arc;

use compasso_engine::{Event, Execution, Input, Moment, Start, Status, decide};
use compasso_ir::Definition;
use compasso_types::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{Case, CaseError, Move, Source};

/// The form of the files; a reader refuses others.
const FORMAT: u32 = 1;
/// How hard it is tried to make files small.
const LEVEL: i32 = 19;

/// The first line of a file.
#[derive(Serialize, Deserialize)]
struct Header {
    format: u32,
    count: usize,
}

/// An execution as it was stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Golden {
    /// The case that it comes from.
    pub name: String,
    source: Source,
    turns: Vec<Turn>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Turn {
    now: Timestamp,
    input: Input,
    /// As the journal holds them.
    events: Box<RawValue>,
    /// As the store holds it, of turns from which the execution is to be carried on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    image: Option<Box<RawValue>>,
}

impl Golden {
    /// Runs a case and notes all of it; `None` if it is only about its definition.
    ///
    /// # Errors
    /// The case is not well formed.
    pub fn of(page: &str, case: &Case) -> Result<Option<Self>, CaseError> {
        let Some(world) = case.world(None)? else { return Ok(None) };
        let moves = world.noting().run().moves;
        let imaged = [0, moves.len() / 2, moves.len().saturating_sub(1)];
        let turns = (0..).zip(&moves).map(|(index, step)| Turn::of(step, imaged.contains(&index)));
        let name = format!("{page}: {}", case.name);
        Ok(Some(Self { name, source: case.source(), turns: turns.collect() }))
    }

    /// Reads and carries on what is stored, in each way there is.
    ///
    /// # Errors
    /// What differs from what was frozen.
    pub fn replay(&self) -> Result<(), String> {
        let definition = self.source.compile().map_err(|error| error.to_string())?;
        let start = self.start()?;
        let mut events = Vec::new();
        for (index, turn) in self.turns.iter().enumerate() {
            events.extend(turn.read()?);
            let Some(image) = &turn.image else { continue };
            let about = |what: String| format!("turn {}: {what}", index + 1);
            let restored =
                Execution::from_image(definition.clone(), start.clone(), image.get().as_bytes());
            let restored = restored.map_err(|error| about(error.to_string()))?;
            if text(&restored) != text(&fold(&definition, &events)) {
                return Err(about("the journal does not come to the image".to_owned()));
            }
            self.carry_on(restored, events.clone(), index + 1).map_err(about)?;
        }
        Ok(())
    }

    fn start(&self) -> Result<Arc<Start>, String> {
        match self.turns.first().map(|turn| &turn.input) {
            Some(Input::Start(start)) => Ok(Arc::new((**start).clone())),
            _ => Err("the first input starts nothing".to_owned()),
        }
    }

    /// Gives an execution what came in from turn `next` on.
    fn carry_on(
        &self,
        mut execution: Execution,
        mut events: Vec<Event>,
        next: usize,
    ) -> Result<(), String> {
        let definition = self.source.compile().map_err(|error| error.to_string())?;
        for (number, turn) in (next + 1..).zip(&self.turns[next..]) {
            execution = match &turn.input {
                Input::Redrive { .. } | Input::Compensate { .. } => fold(&definition, &events),
                Input::Rerun { .. } => remembering(&definition, &events),
                _ => execution,
            };
            let decided = decide(&execution, turn.input.clone(), Moment::at(turn.now));
            let made = decided.as_ref().map_or(&[][..], |decision| &decision.events);
            let made_text = serde_json::to_string(made).map_err(|error| error.to_string())?;
            if made_text != turn.events.get() {
                let frozen = turn.events.get();
                return Err(format!("turn {number} now\n{made_text}\nfrozen\n{frozen}"));
            }
            events.extend_from_slice(made);
            if let Ok(decision) = decided {
                execution = decision.execution;
            }
        }
        Ok(())
    }
}

impl Turn {
    fn of(step: &Move, imaged: bool) -> Self {
        let raw = |text: String| RawValue::from_string(text).expect("it is JSON");
        let running = *step.execution.status() == Status::Running;
        Self {
            now: step.now,
            input: step.input.clone(),
            events: raw(serde_json::to_string(&step.events).expect("events are plain data")),
            image: (imaged && running).then(|| raw(text(&step.execution))),
        }
    }

    fn read(&self) -> Result<Vec<Event>, String> {
        serde_json::from_str(self.events.get()).map_err(|error| error.to_string())
    }
}

/// Writes records as a file.
///
/// # Errors
/// The text cannot be compressed.
pub fn write(records: &[Golden]) -> io::Result<Vec<u8>> {
    let mut lines = zstd::Encoder::new(Vec::new(), LEVEL)?;
    serde_json::to_writer(&mut lines, &Header { format: FORMAT, count: records.len() })?;
    for record in records {
        lines.write_all(b"\n")?;
        serde_json::to_writer(&mut lines, record)?;
    }
    lines.finish()
}

/// Reads a file.
///
/// # Errors
/// It is none, or has another format.
pub fn read(file: &[u8]) -> io::Result<Vec<Golden>> {
    let lines = io::BufReader::new(zstd::Decoder::new(file)?).lines();
    let lines = lines.collect::<io::Result<Vec<_>>>()?;
    let (header, records) = lines.split_first().ok_or(io::ErrorKind::UnexpectedEof)?;
    let Header { format, count } = serde_json::from_str(header)?;
    if format != FORMAT || count != records.len() {
        let found = format!("format {format} with {} of {count} records", records.len());
        return Err(io::Error::new(io::ErrorKind::InvalidData, found));
    }
    records.iter().map(|line| Ok(serde_json::from_str(line)?)).collect()
}

fn fold(definition: &Arc<Definition>, events: &[Event]) -> Execution {
    let mut execution = remembering(definition, events);
    execution.forget();
    execution
}

fn remembering(definition: &Arc<Definition>, events: &[Event]) -> Execution {
    let mut execution = Execution::remembering(definition.clone());
    for event in events {
        execution.apply(event);
    }
    execution
}

fn text(execution: &Execution) -> String {
    String::from_utf8(execution.image()).expect("an image is text")
}
