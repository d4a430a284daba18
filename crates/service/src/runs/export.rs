//! All runs that a listing finds, as lines of text for other programs.

use std::collections::BTreeSet;
use std::sync::Arc;

use compasso_store::{Cursor, ExecutionFilter, SearchBounds, Wanted};
use compasso_types::Json;
use compasso_types::limits::{EXPORTED_RUNS_MAX, SEARCH_ROWS_MAX};

use super::{ListRuns, RunItem, Viewer};
use crate::{Error, Service, search};

/// Runs written at once.
const PAGE: usize = 1_000;
const CSV_HEAD: &str = "id,workflow,name,status,started,stopped,duration_ms,redrives,version";
/// Begins the names of columns of what runs are searched by, as in queries.
const ATTRIBUTE: &str = "input.";
const COLUMNS_MAX: usize = 50;
const COLUMN_CHARS_MAX: usize = 128;
/// Signs with which a table program would begin a formula.
const FORMULA: [char; 3] = ['=', '+', '@'];

/// How exported runs are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// A JSON object a line, as listings have it.
    JsonLines,
    /// A line of values a run, after a line of names.
    Csv {
        /// What they are searched by that has a column.
        attributes: Vec<Arc<str>>,
    },
}

impl ExportFormat {
    /// Reads the name of a format, and the columns that a table has beside those it always has, such as
    /// `input.customer,input.amount`.
    ///
    /// # Errors
    /// There is no such format, or no such column.
    pub fn read(format: &str, columns: &str) -> Result<Self, Error> {
        let named: Vec<&str> = columns.split(',').filter(|column| !column.is_empty()).collect();
        if named.len() > COLUMNS_MAX {
            return Err(Error::validation(format!("'columns' names at most {COLUMNS_MAX}")));
        }
        let attributes = named.into_iter().map(|column| {
            let name = column.strip_prefix(ATTRIBUTE).filter(|name| !name.is_empty());
            let name = name.filter(|name| name.chars().count() <= COLUMN_CHARS_MAX);
            let unknown =
                || format!("'{column}' is no column: write 'input.' and what is searched by");
            name.map(Arc::from).ok_or_else(|| Error::validation(unknown()))
        });
        let attributes = attributes.collect::<Result<_, _>>()?;
        match format {
            "jsonl" => Ok(Self::JsonLines),
            "csv" => Ok(Self::Csv { attributes }),
            _ => Err(Error::validation(format!("'{format}' is no format: jsonl, csv"))),
        }
    }

    fn head(&self) -> String {
        let Self::Csv { attributes } = self else { return String::new() };
        let names =
            attributes.iter().map(|name| format!(",{}", quoted(&format!("{ATTRIBUTE}{name}"))));
        format!("{CSV_HEAD}{}\n", names.collect::<String>())
    }
}

/// An export under way.
pub struct RunExport {
    format: ExportFormat,
    /// Those that wait for a place, which come first.
    queued: Vec<RunItem>,
    /// Whether they are all.
    only_queued: bool,
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
        let query = search::read(request.query.as_deref().unwrap_or_default())?;
        let (request, only_queued) = request.about_queued(&query);
        request.check()?;
        let bounds = SearchBounds { items: EXPORTED_RUNS_MAX, rows: usize::MAX };
        let (queued, _) = self.queued_runs(viewer, &request, &query, bounds).await?;
        let filter = self.runs_filter(viewer, &request, &query).await?;
        let wanted = self.picks_of(viewer, &request, query).await?;
        let at = Some(Position::Begin);
        let written = BTreeSet::new();
        Ok(RunExport { format, queued, only_queued, filter, wanted, at, written })
    }

    /// Writes the next lines of an export, perhaps none; `None` at its end.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn export_more(&self, export: &mut RunExport) -> Result<Option<String>, Error> {
        let (after, head) = match export.at.take() {
            None => return Ok(None),
            Some(Position::Begin) => (None, export.begin()),
            Some(Position::After(cursor)) => (Some(cursor), String::new()),
        };
        let room = EXPORTED_RUNS_MAX - export.written.len();
        if export.only_queued || room == 0 {
            return Ok(Some(head));
        }
        let bounds = SearchBounds { items: PAGE.min(room), rows: SEARCH_ROWS_MAX };
        let (filter, wanted) = (export.filter.clone(), export.wanted.clone());
        let page = self.runtime.search(filter, wanted, after, bounds).await?;
        let mut text = head;
        for header in page.items {
            if export.written.insert(header.key.0.clone()) {
                write(&export.format, &RunItem::of(header), &mut text);
            }
        }
        let is_full = export.written.len() >= EXPORTED_RUNS_MAX;
        export.at = page.next.filter(|_| !is_full).map(Position::After);
        Ok(Some(text))
    }
}

impl RunExport {
    /// Writes what comes before the runs that are stored.
    fn begin(&mut self) -> String {
        let mut text = self.format.head();
        for run in std::mem::take(&mut self.queued) {
            write(&self.format, &run, &mut text);
            self.written.insert(run.id);
        }
        text
    }
}

fn write(format: &ExportFormat, run: &RunItem, text: &mut String) {
    match format {
        ExportFormat::JsonLines => {
            text.push_str(&serde_json::to_string(run).expect("a run is JSON"));
        }
        ExportFormat::Csv { attributes } => {
            let chosen = attributes.iter().map(|name| run.attributes.get(name).map(plain));
            let all = cells(run).into_iter().chain(chosen.map(Option::unwrap_or_default));
            text.push_str(&all.map(|cell| quoted(&cell)).collect::<Vec<_>>().join(","));
        }
    }
    text.push('\n');
}

/// Writes a value without quotes.
fn plain(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn cells(run: &RunItem) -> [String; 9] {
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
        version_of(run).to_owned(),
    ]
}

/// Returns the number of the version that started a run.
fn version_of(run: &RunItem) -> &str {
    run.version.as_deref().and_then(|version| version.rsplit(':').next()).unwrap_or_default()
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
