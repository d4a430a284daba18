//! What open executions wait for, where that is known without reading each of them.

use std::collections::HashMap;
use std::sync::Arc;

use compasso_store::{ExecutionHeader, Status};

use crate::{Error, Service};

/// The field of queries.
pub(super) const FIELD: &str = "waiting";
/// Its words.
pub(super) const WORDS: &[&str] = &[PEOPLE, EVENT, ASSET];
const PEOPLE: &str = "PEOPLE";
const EVENT: &str = "EVENT";
const ASSET: &str = "ASSET";

/// What executions wait for, by their ARNs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Waiting(HashMap<Arc<str>, Vec<&'static str>>);

impl Waiting {
    fn add(&mut self, run: Arc<str>, word: &'static str) {
        let words = self.0.entry(run).or_default();
        if !words.contains(&word) {
            words.push(word);
        }
    }

    /// Returns what an execution waits for; nothing if that is not known, or it has ended.
    pub(super) fn of(&self, header: &ExecutionHeader) -> Option<&[&'static str]> {
        if header.status != Status::Running {
            return None;
        }
        self.0.get(&header.key.0).map(Vec::as_slice)
    }
}

impl Service {
    /// Finds out what executions wait for.
    pub(super) async fn known_waits(&self) -> Result<Waiting, Error> {
        let mut waiting = Waiting::default();
        for run in self.runs_that_ask().await? {
            waiting.add(run, PEOPLE);
        }
        for (run, is_event) in self.triggers().waiting_runs() {
            waiting.add(run, if is_event { EVENT } else { ASSET });
        }
        Ok(waiting)
    }
}
