//! Whether what lies on the disk is whole: pages, rows that belong together, files of large bodies.
//!
//! What rows mean is looked at by those who write them. **Invariant:** nothing is changed.

use std::path::Path;

use compasso_store::stray::{self, Belongings, Stray, TOLD_MAX};
use compasso_store::{ExecutionKey, ReadError, chunk};
use rusqlite::{Connection, Row};

use crate::blobs::Blobs;
use crate::open::{self, OpenError, Options};
use crate::reader::journal;
use crate::schema;
use crate::value::{key_hash, read_error};

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

/// Looks at the store in the data directory `data`, which nobody changes meanwhile.
///
/// # Errors
/// The store cannot be opened.
pub fn inspect(data: &Path) -> Result<Inspection, OpenError> {
    let connection = open::still_reader(data, &Options::default())?;
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
const LOOKS: [(&str, Look); 7] = [
    ("counts", Inspection::counts),
    ("keys of executions", Inspection::keys),
    ("rows of executions", Inspection::strays),
    ("states of executions", Inspection::states),
    ("journals", Inspection::journals),
    ("documents", Inspection::bodies),
    ("blobs and logs", Inspection::files),
];

/// What belongs to an execution, and may be left when that is gone.
const BELONGINGS: [Belongings; 7] = [
    Belongings { table: "journal", rows: "rows of the journal", go_with_removals: true },
    Belongings { table: "pack", rows: "packs of the journal", go_with_removals: true },
    Belongings { table: "image", rows: "parts of the image", go_with_removals: false },
    Belongings { table: "log_chunk", rows: "chunks of the log", go_with_removals: true },
    Belongings { table: "log", rows: "lines of the log", go_with_removals: true },
    Belongings { table: "blob_use", rows: "uses of blobs", go_with_removals: true },
    Belongings { table: "attribute", rows: "search attributes", go_with_removals: false },
];

/// Blobs that no execution uses: the server removes the files of those that are not noted.
const UNUSED: &str = "
    SELECT name FROM blob WHERE NOT EXISTS (SELECT 1 FROM blob_use WHERE blob_use.name = blob.name)
    ORDER BY name LIMIT 100";

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
        for of in BELONGINGS {
            self.tell(connection, &of.query(), |row| {
                let (execution, count) = (row.get(0)?, row.get(1)?);
                Ok(Stray { of, execution, count }.to_string())
            })?;
        }
        self.tell(connection, UNUSED, |row| {
            let name: String = row.get(0)?;
            let remedy = format!("DELETE FROM blob WHERE name = '{name}' has the server remove it");
            Ok(format!("blob {name}: no execution uses it. {remedy}"))
        })
    }

    fn states(&mut self, connection: &Connection, _: &Blobs) -> rusqlite::Result<()> {
        let key = |row: &Row<'_>| Ok(stray::restless(&row.get::<_, String>(0)?));
        self.tell(connection, stray::RESTLESS, key)?;
        self.tell(connection, stray::HALF_REMOVED, |row| {
            Ok(stray::half_removed(row.get(0)?, &row.get::<_, String>(1)?))
        })
    }

    /// Tells of each row that a query finds.
    fn tell(
        &mut self,
        connection: &Connection,
        query: &str,
        told: impl Fn(&Row<'_>) -> rusqlite::Result<String>,
    ) -> rusqlite::Result<()> {
        let mut query = connection.prepare(query)?;
        for problem in query.query_map([], told)? {
            self.problems.push(problem?);
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
                let damage @ ReadError::Corrupt(_) = read_error(&error) else { return Err(error) };
                told += 1;
                if told <= TOLD_MAX {
                    self.problems.push(format!("{key}: journal: {damage}"));
                }
            }
        }
        Ok(())
    }

    fn bodies(&mut self, connection: &Connection, _: &Blobs) -> rusqlite::Result<()> {
        let broken = "SELECT kind, key FROM document
            WHERE typeof(body) = 'text' AND NOT json_valid(body) LIMIT 100";
        self.tell(connection, broken, |row| {
            let (kind, key): (String, String) = (row.get(0)?, row.get(1)?);
            Ok(format!("document {kind} {key}: it is no JSON"))
        })
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
