//! All runs that a listing finds, as lines of text for other programs.

use std::collections::BTreeSet;
use std::str::FromStr;
use std::sync::Arc;

use compasso_store::{Cursor, ExecutionFilter, SearchBounds, Wanted};
use compasso_types::limits::{EXPORTED_RUNS_MAX, SEARCH_ROWS_MAX};

use super::{ListRuns, RunItem, Viewer};
use crate::{Error, Service, search};

/// Runs written at once.
const PAGE: usize = 1_000;
const CSV_HEAD: &str = "id,workflow,name,status,started,stopped,duration_ms,redrives\n";
/// Signs with which a table program would begin a formula.
const FORMULA: [char; 3] = ['=', '+', '@'];

/// How exported runs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// A JSON object a line, as listings have it.
    JsonLines,
    /// A line of values a run, after a line of names.
    Csv,
}

impl FromStr for ExportFormat {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "jsonl" => Ok(Self::JsonLines),
            "csv" => Ok(Self::Csv),
            _ => Err(Error::validation(format!("'{text}' is no format: jsonl, csv"))),
        }
    }
}

/// An export under way.
pub struct RunExport {
    format: ExportFormat,
    filter: ExecutionFilter,
    wanted: Wanted,
    /// Where it goes on; `None` at the end.
    at: Option<Position>,
    /// What was written: a run that changes meanwhile is found again.
    written: BTreeSet<Arc<str>>,
}

enum Position {
    Begin,
    After(Cursor),
}

impl Service {
    /// Begins to export the runs of a listing, at most [`EXPORTED_RUNS_MAX`]: the latest change first.
    ///
    /// # Errors
    /// As of [`Service::list_runs`].
    pub async fn export_runs(
        &self,
        viewer: &Viewer,
        request: ListRuns,
        format: ExportFormat,
    ) -> Result<RunExport, Error> {
        request.check()?;
        let query = search::read(request.query.as_deref().unwrap_or_default())?;
        let filter = self.runs_filter(viewer, &request, &query).await?;
        let wanted: Wanted = Arc::new(request.picks(viewer.clone(), query, self.now()));
        let at = Some(Position::Begin);
        Ok(RunExport { format, filter, wanted, at, written: BTreeSet::new() })
    }

    /// Writes the next lines of an export, perhaps none; `None` at its end.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn export_more(&self, export: &mut RunExport) -> Result<Option<String>, Error> {
        let (after, head) = match export.at.take() {
            None => return Ok(None),
            Some(Position::Begin) if export.format == ExportFormat::Csv => (None, CSV_HEAD),
            Some(Position::Begin) => (None, ""),
            Some(Position::After(cursor)) => (Some(cursor), ""),
        };
        let room = EXPORTED_RUNS_MAX - export.written.len();
        let bounds = SearchBounds { items: PAGE.min(room), rows: SEARCH_ROWS_MAX };
        let (filter, wanted) = (export.filter.clone(), export.wanted.clone());
        let page = self.runtime.search(filter, wanted, after, bounds).await?;
        let mut text = head.to_owned();
        for header in page.items {
            if export.written.insert(header.key.0.clone()) {
                write(export.format, &RunItem::of(header), &mut text);
            }
        }
        let is_full = export.written.len() >= EXPORTED_RUNS_MAX;
        export.at = page.next.filter(|_| !is_full).map(Position::After);
        Ok(Some(text))
    }
}

fn write(format: ExportFormat, run: &RunItem, text: &mut String) {
    match format {
        ExportFormat::JsonLines => {
            text.push_str(&serde_json::to_string(run).expect("a run is JSON"));
        }
        ExportFormat::Csv => text.push_str(&cells(run).map(|cell| quoted(&cell)).join(",")),
    }
    text.push('\n');
}

fn cells(run: &RunItem) -> [String; 8] {
    let took = run.stopped.map(|stopped| stopped.0 - run.started.0);
    [
        run.id.to_string(),
        run.workflow_name.clone(),
        run.name.clone(),
        run.status.to_owned(),
        run.started.to_string(),
        run.stopped.map(|stopped| stopped.to_string()).unwrap_or_default(),
        took.map(|took| took.to_string()).unwrap_or_default(),
        run.redrive_count.to_string(),
    ]
}

/// Writes a cell so that it stays one, and stays a text.
fn quoted(cell: &str) -> String {
    let guard = if cell.starts_with(FORMULA) { "'" } else { "" };
    if cell.contains(['"', ',', '\n', '\r']) {
        return format!("\"{guard}{}\"", cell.replace('"', "\"\""));
    }
    format!("{guard}{cell}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_stays_one_cell_and_a_text() {
        assert_eq!(quoted("nightly"), "nightly");
        assert_eq!(quoted("a,b"), "\"a,b\"");
        assert_eq!(quoted("say \"hi\""), "\"say \"\"hi\"\"\"");
        assert_eq!(quoted("=1+1"), "'=1+1");
    }
}
