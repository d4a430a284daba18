//! The live tree of a run on a terminal, plain lines elsewhere.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::sync::Arc;
use std::time::Duration;

use compasso_engine::{Event, EventKind, ScopeId};
use compasso_types::Timestamp;
use serde_json::{Value, json};

use super::tasks::Tasks;
use crate::output;

/// Most states named in the line of what is running.
const NAMES_MAX: usize = 6;

/// Shows events as they come.
pub(crate) struct Progress {
    form: Form,
    depths: BTreeMap<String, usize>,
    /// Set if it is a pipeline that runs.
    tasks: Option<Tasks>,
    running: BTreeMap<ScopeId, (Arc<str>, Timestamp)>,
    started: Timestamp,
    /// What stands in the last line of the terminal.
    last_line: String,
}

#[derive(Clone, Copy, PartialEq)]
enum Form {
    Tree,
    Lines,
    Silent,
}

impl Progress {
    /// Makes a view of a run of `definition`; with `json` only the result is shown.
    pub(crate) fn new(definition: &str, json: bool) -> Self {
        let mut depths = BTreeMap::new();
        if let Ok(definition) = serde_json::from_str(definition) {
            find_depths(&definition, 0, &mut depths);
        }
        Self { depths, ..Self::of_form(json) }
    }

    /// Makes a view of a run of a pipeline, which shows its tasks.
    pub(crate) fn of_pipeline(json: bool) -> Self {
        Self { tasks: Some(Tasks::default()), ..Self::of_form(json) }
    }

    fn of_form(json: bool) -> Self {
        let form = match (json, std::io::stderr().is_terminal()) {
            (true, _) => Form::Silent,
            (false, true) => Form::Tree,
            (false, false) => Form::Lines,
        };
        Self {
            form,
            depths: BTreeMap::new(),
            tasks: None,
            running: BTreeMap::new(),
            started: Timestamp::default(),
            last_line: String::new(),
        }
    }

    /// Returns whether nothing is shown but the result.
    pub(crate) fn is_silent(&self) -> bool {
        self.form == Form::Silent
    }

    /// Shows events and returns whether one of them closed the execution.
    pub(crate) fn show(&mut self, events: &[Event]) -> bool {
        let mut closed = false;
        for event in events {
            closed |= matches!(
                event.kind,
                EventKind::ExecutionSucceeded { .. }
                    | EventKind::ExecutionFailed { .. }
                    | EventKind::ExecutionAborted { .. }
                    | EventKind::ExecutionTimedOut { .. }
            );
            match (self.form, &mut self.tasks) {
                (Form::Silent, _) => {}
                (form, Some(tasks)) => {
                    if let Some(line) = tasks.line(event) {
                        tell(form, &line);
                    }
                }
                (Form::Tree, None) => self.grow(event),
                (Form::Lines, None) => self.print(event),
            }
        }
        if self.form == Form::Tree {
            self.show_running(closed, !events.is_empty());
        }
        closed
    }

    /// Says something between two events.
    pub(crate) fn say(&mut self, text: &str) {
        if self.form == Form::Tree {
            output::note_above(text);
            self.last_line.clear();
        } else {
            output::note(text);
        }
    }

    fn print(&mut self, event: &Event) {
        if let EventKind::ExecutionStarted { .. } = event.kind {
            self.started = event.at;
        }
        let after = event.at.since(self.started).as_secs_f64();
        let name = event.kind.type_name();
        let about = match &event.kind {
            EventKind::StateEntered { state, .. } | EventKind::StateExited { state, .. } => state,
            EventKind::TaskFailed { error: Some(error), .. }
            | EventKind::TaskTimedOut { error: Some(error), .. }
            | EventKind::ExecutionFailed { error: Some(error), .. } => error,
            _ => "",
        };
        output::note(format!("{after:8.3}  {:4} {name} {about}", event.id).trim_end());
    }

    fn grow(&mut self, event: &Event) {
        match &event.kind {
            EventKind::StateEntered { state, .. } => {
                self.running.insert(event.scope, (state.clone(), event.at));
            }
            EventKind::StateExited { state, .. } => {
                if let Some((_, entered)) = self.running.remove(&event.scope) {
                    self.leaf(state, event.at.since(entered));
                }
            }
            EventKind::ParallelStateStarted { .. } | EventKind::MapStateStarted { .. } => {
                self.mark(event.scope, '┬', "");
            }
            EventKind::TaskFailed { error, .. } | EventKind::TaskTimedOut { error, .. } => {
                self.mark(event.scope, '✗', error.as_deref().unwrap_or("failed"));
            }
            EventKind::ExecutionFailed { error, .. }
            | EventKind::ExecutionAborted { error, .. }
            | EventKind::ExecutionTimedOut { error, .. } => {
                let error = error.as_deref().unwrap_or_default();
                for (state, _) in std::mem::take(&mut self.running).into_values() {
                    self.branch(&state, '✗', error);
                }
            }
            _ => {}
        }
    }

    fn mark(&self, scope: ScopeId, mark: char, words: &str) {
        if let Some((state, _)) = self.running.get(&scope) {
            self.branch(state, mark, words);
        }
    }

    fn leaf(&self, state: &str, took: Duration) {
        self.branch(state, '✓', &format!("{:.2}s", took.as_secs_f64()));
    }

    fn branch(&self, state: &str, mark: char, words: &str) {
        let indent = "  ".repeat(self.depths.get(state).copied().unwrap_or(0));
        output::note_above(format!("{indent}{mark} {state}  {words}").trim_end());
    }

    /// Writes what is running into the last line if that changes it, or clears it.
    fn show_running(&mut self, is_closed: bool, is_lost: bool) {
        let mut names: Vec<&str> = match &self.tasks {
            Some(tasks) => tasks.running(),
            None => self.running.values().map(|(state, _)| &**state).collect(),
        };
        let more = if names.len() > NAMES_MAX { " …" } else { "" };
        names.truncate(NAMES_MAX);
        let line =
            if is_closed { String::new() } else { format!("… {}{more}", names.join(", ")) };
        if is_lost || line != self.last_line {
            output::overwrite(&line);
            self.last_line = line;
        }
    }
}

fn tell(form: Form, line: &str) {
    if form == Form::Tree { output::note_above(line) } else { output::note(line) }
}

fn find_depths(block: &Value, depth: usize, depths: &mut BTreeMap<String, usize>) {
    for (name, state) in block["States"].as_object().into_iter().flatten() {
        depths.insert(name.clone(), depth);
        let inner = state["Branches"].as_array().into_iter().flatten();
        for block in inner.chain([&state["ItemProcessor"], &state["Iterator"]]) {
            if *block != json!(null) {
                find_depths(block, depth + 1, depths);
            }
        }
    }
}
