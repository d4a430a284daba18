//! Turns that end the process of one owner after the other.
//!
//! The next process of a node tells all nodes, before it takes part, which turns were under way when the one before it
//! ended. A turn that uses up memory takes its time: one that is under way for long is told of before anything happens,
//! so that the next owner knows of it even if nobody starts that node again.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use compasso_runtime::TurnMarks;
use compasso_store::ReadError;
use compasso_store_postgres::PostgresNodes;
use tokio::time::sleep;
use tracing::{debug, warn};

use crate::turn_marks::{EndedProcess, FileMarks, file_of_process, under_way};

/// What is said if marks do not work; turns are decided all the same.
const UNNOTICED: &str = "turns that end the server are not noticed";
/// A turn that is under way at two looks in a row takes long.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// The marks of a node's process.
pub(super) struct EndedTurns {
    nodes: PostgresNodes,
    data: PathBuf,
    process: Arc<str>,
    /// Where the turns are marked that are under way; absent: nowhere.
    file: Option<File>,
}

impl EndedTurns {
    /// Tells what the processes before left in the data directory, and begins to mark turns as `process`.
    pub(super) async fn begin(nodes: PostgresNodes, data: &Path, process: Arc<str>) -> Self {
        if let Err(error) = tell(&nodes, data).await {
            warn!(%error, "{UNNOTICED}");
        }
        let file = file_of_process(data, &process);
        let file = file.inspect_err(|error| warn!(%error, "{UNNOTICED}")).ok();
        Self { nodes, data: data.to_owned(), process, file }
    }

    /// Returns the marks for a time as the owner.
    pub(super) async fn marks(&self) -> Option<Arc<dyn TurnMarks>> {
        let file = self.file.as_ref()?;
        let suspects = self.nodes.suspects().await.unwrap_or_else(|error: ReadError| {
            warn!(%error, "{UNNOTICED}");
            Vec::new()
        });
        let marks = FileMarks::of_process(file, suspects);
        let marks = marks.inspect_err(|error| warn!(%error, "{UNNOTICED}")).ok()?;
        Some(Arc::new(marks))
    }

    /// Tells of turns while they are under way for long.
    pub(super) async fn watch(&self) -> Infallible {
        let (mut before, mut told) = (BTreeSet::new(), BTreeSet::new());
        loop {
            sleep(LOOK_EVERY).await;
            // Without the file there are no marks, which was said.
            let now = under_way(&self.data, &self.process).unwrap_or_default();
            let long = before.intersection(&now).cloned().collect();
            before = now;
            if let Err(error) = self.tell_long(&mut told, long).await {
                debug!(%error, "turns that take long are not told of yet");
            }
        }
    }

    /// Has all nodes know what is under way for long, given what they know of it.
    async fn tell_long(
        &self,
        told: &mut BTreeSet<String>,
        long: BTreeSet<String>,
    ) -> Result<(), ReadError> {
        let only = |these: &BTreeSet<String>, not: &BTreeSet<String>| -> Vec<String> {
            these.difference(not).cloned().collect()
        };
        let (new, over) = (only(&long, told), only(told, &long));
        if !new.is_empty() {
            self.nodes.note_ended(&self.process, &new).await?;
        }
        if !over.is_empty() {
            self.nodes.forget_ended(&self.process, &over).await?;
        }
        *told = long;
        Ok(())
    }
}

/// Tells all nodes what ended processes left. A file stays as long as that does not work.
async fn tell(nodes: &PostgresNodes, data: &Path) -> anyhow::Result<()> {
    for ended in EndedProcess::all_in(data)? {
        if !ended.turns.is_empty() {
            nodes.note_ended(&ended.process, &ended.turns).await?;
        }
        ended.forget()?;
    }
    Ok(())
}
