//! Opening the file: options, errors, connections.

use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::time::Duration;
use std::{fs, io};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::schema;

/// Name of the database in the data directory.
pub(crate) const FILE_NAME: &str = "compasso.db";

/// How to open a store.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many threads read.
    pub readers: usize,
    /// What a committed batch survives.
    pub durability: Durability,
    /// The size of a page of a new file, in bytes.
    pub page_size: u32,
    /// How much the writer keeps in memory, in KiB; each reader keeps a quarter of it.
    pub cache_kib: u32,
    /// How many pages the write-ahead log grows before they are brought into the file.
    pub checkpoint_pages: u32,
    /// The largest size of the file in pages: a disk that is full on demand, for tests.
    pub max_pages: Option<u32>,
}

/// What a committed batch survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// Loss of power.
    #[default]
    Full,
    /// The end of the process; the last commits before a loss of power may be gone.
    Relaxed,
}

/// A store did not open.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Another process uses the data directory. Stop it, or choose another directory.
    #[error(
        "data directory is in use by {}: stop that server, or choose another directory with --data",
        holder(*pid)
    )]
    Locked {
        /// Its number; 0 if it could not be read.
        pid: u32,
    },
    /// A later release wrote the file. Use that release.
    #[error("database has format {found}, this release knows formats up to {supported}")]
    Newer {
        /// The format of the file.
        found: usize,
        /// The latest format this build knows.
        supported: usize,
    },
    /// An earlier release wrote the file, and it was to be read as it is.
    #[error(
        "database has format {found}, of an earlier release: bring it to {needed} with 'compasso migrate', or use \
         the release that wrote it"
    )]
    Older {
        /// The format of the file.
        found: usize,
        /// The format this build reads.
        needed: usize,
    },
    /// The file is an SQLite database of another program.
    #[error("database does not belong to Compasso")]
    Foreign,
    /// The file is damaged or no SQLite database. Restore a backup.
    #[error("database is corrupt")]
    Corrupt(#[source] rusqlite::Error),
    /// The system did not let us.
    #[error("data directory cannot be used")]
    Io(#[from] io::Error),
    /// SQLite failed for another reason.
    #[error("database cannot be opened")]
    Database(#[source] rusqlite::Error),
}

fn holder(pid: u32) -> String {
    if pid == 0 { "another process".to_owned() } else { format!("process {pid}") }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            readers: 2,
            durability: Durability::Full,
            page_size: 8192,
            cache_kib: 16 * 1024,
            checkpoint_pages: 4000,
            max_pages: None,
        }
    }
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Corrupt(error),
            _ => Self::Database(error),
        }
    }
}

/// Opens the connection that writes; creates the file and its tables.
pub(crate) fn writer(directory: &Path, options: &Options) -> Result<Connection, OpenError> {
    let mut connection = connect(directory, OpenFlags::SQLITE_OPEN_READ_WRITE, options.cache_kib)?;
    connection.pragma_update(None, "page_size", options.page_size)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", options.durability.synchronous())?;
    if let Some(pages) = options.max_pages {
        connection.pragma_update(None, "max_page_count", pages)?;
    }
    schema::migrate(&mut connection)?;
    Ok(connection)
}

/// Opens a connection that reads.
pub(crate) fn reader(directory: &Path, options: &Options) -> Result<Connection, OpenError> {
    connect(directory, OpenFlags::SQLITE_OPEN_READ_ONLY, options.cache_kib / 4)
}

/// Opens a connection that reads what nobody changes meanwhile: nothing is made beside the file, which may
/// be where nothing can be written.
pub(crate) fn still_reader(directory: &Path, options: &Options) -> Result<Connection, OpenError> {
    let log = directory.join(format!("{FILE_NAME}-wal"));
    if fs::metadata(log).is_ok_and(|log| log.len() > 0) {
        // What a process left that was killed is read with the file.
        return reader(directory, options);
    }
    let access = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    prepared(Connection::open_with_flags(still(directory), access)?, options.cache_kib / 4)
}

/// Names the file as one that does not change.
fn still(directory: &Path) -> String {
    let mut name = String::from("file:");
    for byte in directory.join(FILE_NAME).as_os_str().as_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => {
                name.push(char::from(*byte));
            }
            other => {
                let _ = write!(name, "%{other:02x}");
            }
        }
    }
    name + "?immutable=1"
}

/// Opens the connection that brings the write-ahead log into the file.
pub(crate) fn checkpointer(directory: &Path, options: &Options) -> Result<Connection, OpenError> {
    let connection = connect(directory, OpenFlags::SQLITE_OPEN_READ_WRITE, 256)?;
    connection.pragma_update(None, "synchronous", options.durability.synchronous())?;
    Ok(connection)
}

fn connect(directory: &Path, access: OpenFlags, cache_kib: u32) -> Result<Connection, OpenError> {
    let mut flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    flags.set(OpenFlags::SQLITE_OPEN_CREATE, access == OpenFlags::SQLITE_OPEN_READ_WRITE);
    prepared(Connection::open_with_flags(directory.join(FILE_NAME), flags)?, cache_kib)
}

fn prepared(connection: Connection, cache_kib: u32) -> Result<Connection, OpenError> {
    // Only an outside program, such as a backup, can make a connection wait.
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(64);
    // A negative number counts KiB instead of pages.
    connection.pragma_update(None, "cache_size", -i64::from(cache_kib))?;
    Ok(connection)
}

impl Durability {
    fn synchronous(self) -> &'static str {
        match self {
            Self::Full => "FULL",
            Self::Relaxed => "NORMAL",
        }
    }
}
