//! Whether what lies on the disk is whole: pages, rows that belong together, files of large bodies.
//!
//! What rows mean is looked at by those who write them. **Invariant:** nothing is changed.

use std::path::Path;

use compasso_store::{ExecutionKey, ReadError, chunk};
use rusqlite::Connection;

use crate::blobs::Blobs;
use crate::open::{self, OpenError, Options};
use crate::reader::journal;
use crate::schema;
use crate::value::{key_hash, read_error};

/// Most problems of one kind that are told.
const TOLD_MAX: usize = 100;

/// What was found in a data directory.
#[derive(Clone, Debug, Default)]
pub struct Inspection {
    /// Executions.
    pub executions: u64,
    /// Turns of them.
    pub turns: u64,
    /// Documents.
    pub documents: u64,
    /// Files of large bodies.
    pub blobs: u64,
    /// What is wrong, each with its place, at most 100 of one kind.
    pub problems: Vec<String>,
}

/// Looks at the store in the data directory `data`.
///
/// # Errors
/// The store cannot be opened.
pub fn inspect(data: &Path) -> Result<Inspection, OpenError> {
    let connection = open::reader(data, &Options::default())?;
    schema::check(&connection)?;
    let mut found = Inspection::default();
    found.pages(&connection);
    // In a damaged file, a query may fail where a page is read.
    for (about, look) in LOOKS {
        if let Err(error) = look(&mut found, &connection, &Blobs::new(data)) {
            found.problems.push(format!("{about} cannot be read: {error}"));
        }
    }
    Ok(found)
}

type Look = fn(&mut Inspection, &Connection, &Blobs) -> rusqlite::Result<()>;

/// What is looked at, after the pages.
const LOOKS: [(&str, Look); 6] = [
    ("counts", Inspection::counts),
    ("keys of executions", Inspection::keys),
    ("rows of executions", Inspection::strays),
    ("journals", Inspection::journals),
    ("documents", Inspection::bodies),
    ("blobs and logs", Inspection::files),
];

/// Rows that belong to no execution, not even to one whose rows are being removed.
const STRAYS: [(&str, &str); 4] = [
    ("journal row", "SELECT id, execution FROM journal AS row"),
    ("pack of journal rows", "SELECT number, execution FROM pack AS row"),
    ("part of an image", "SELECT part, execution FROM image AS row"),
    ("chunk of a log", "SELECT last, execution FROM log_chunk AS row"),
];

const BELONGS: &str = "NOT EXISTS (SELECT 1 FROM execution WHERE id = row.execution)
    AND NOT EXISTS (SELECT 1 FROM removal WHERE removal.execution = row.execution)";

impl Inspection {
    /// Has SQLite look at its own structures.
    fn pages(&mut self, connection: &Connection) {
        let check = || -> rusqlite::Result<Vec<String>> {
            let mut check = connection.prepare(&format!("PRAGMA integrity_check({TOLD_MAX})"))?;
            check.query_map([], |row| row.get(0))?.collect()
        };
        match check() {
            Ok(lines) => {
                let wrong = lines.into_iter().filter(|line| line != "ok");
                self.problems.extend(wrong.map(|line| format!("database: {line}")));
            }
            Err(error) => self.problems.push(format!("database: {error}")),
        }
    }

    fn counts(&mut self, connection: &Connection, _: &Blobs) -> rusqlite::Result<()> {
        let count = |table: &str| {
            let count = format!("SELECT count(*) FROM {table}");
            connection.query_row(&count, [], |row| row.get::<_, u64>(0))
        };
        self.executions = count("execution")?;
        let packed = "SELECT coalesce(sum(rows), 0) FROM pack";
        let packed = connection.query_row(packed, [], |row| row.get::<_, u64>(0))?;
        self.turns = count("journal")? + packed;
        self.documents = count("document")?;
        Ok(())
    }

    /// An execution with another hash than its key's is found by nobody.
    fn keys(&mut self, connection: &Connection, _: &Blobs) -> rusqlite::Result<()> {
        let mut keys = connection.prepare("SELECT key, key_hash FROM execution")?;
        let wrong = keys.query_map([], |row| Ok((ExecutionKey(row.get(0)?), row.get(1)?)))?;
        let mut told = 0;
        for row in wrong {
            let (key, hash): (ExecutionKey, i64) = row?;
            if key_hash(&key) != hash && told < TOLD_MAX {
                told += 1;
                self.problems.push(format!("{key}: its key and the hash of it differ"));
            }
        }
        Ok(())
    }

    fn strays(&mut self, connection: &Connection, _: &Blobs) -> rusqlite::Result<()> {
        for (about, rows) in STRAYS {
            let strays = format!("{rows} WHERE {BELONGS} LIMIT {TOLD_MAX}");
            let mut strays = connection.prepare(&strays)?;
            let rows = strays.query_map([], |row| {
                let (number, execution): (i64, i64) = (row.get(0)?, row.get(1)?);
                Ok(format!("{about} {number}: it belongs to no execution ({execution})"))
            })?;
            for row in rows {
                self.problems.push(row?);
            }
        }
        Ok(())
    }

    /// Looks at the seals of all journals, one after the other.
    fn journals(&mut self, connection: &Connection, _: &Blobs) -> rusqlite::Result<()> {
        let mut executions = connection.prepare("SELECT key FROM execution ORDER BY id")?;
        let keys = executions.query_map([], |row| Ok(ExecutionKey(row.get(0)?)))?;
        let mut told = 0;
        for key in keys {
            let key = key?;
            if let Err(error) = journal::check(connection, &key) {
                let ReadError::Corrupt(what) = read_error(&error) else { return Err(error) };
                told += 1;
                if told <= TOLD_MAX {
                    self.problems.push(format!("{key}: {what}"));
                }
            }
        }
        Ok(())
    }

    fn bodies(&mut self, connection: &Connection, _: &Blobs) -> rusqlite::Result<()> {
        let mut broken = connection.prepare(
            "SELECT kind, key FROM document WHERE typeof(body) = 'text' AND NOT json_valid(body) LIMIT ?",
        )?;
        let rows = broken.query_map([TOLD_MAX as i64], |row| {
            let (kind, key): (String, String) = (row.get(0)?, row.get(1)?);
            Ok(format!("document {kind} {key}: it is no JSON"))
        })?;
        for row in rows {
            self.problems.push(row?);
        }
        Ok(())
    }

    fn files(&mut self, connection: &Connection, blobs: &Blobs) -> rusqlite::Result<()> {
        let mut names =
            connection.prepare("SELECT name FROM blob UNION SELECT name FROM blob_use")?;
        for name in names.query_map([], |row| row.get::<_, String>(0))? {
            self.blobs += 1;
            self.problems.extend(blobs.check(&name?).err());
        }
        let mut chunks = connection.prepare("SELECT execution, last, lines FROM log_chunk")?;
        let mut chunks = chunks.query([])?;
        while let Some(row) = chunks.next()? {
            let lines = row.get_ref(2)?.as_blob().unwrap_or_default();
            if chunk::read(lines).is_err() {
                let (execution, last): (i64, i64) = (row.get(0)?, row.get(1)?);
                let about = format!("log of execution {execution} up to line {last}");
                self.problems.push(format!("{about}: it cannot be read"));
            }
        }
        Ok(())
    }
}
