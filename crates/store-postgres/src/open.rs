//! Opening a database: options, errors, what it must be set to.

use std::sync::Arc;

use compasso_sql::PostgresServer;

use crate::acknowledged::Acknowledged;
use crate::fence;
use crate::link::{Error, Link, NoLink};
use crate::schema;

/// What addresses begin with.
const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];

/// How to open a store.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many connections read.
    pub readers: usize,
    /// Whether commits may be lost with the database's machine, which must be asked for: it lets a
    /// database open that does not sync.
    pub relaxed: bool,
    /// The node that opens it, by its id: it can acquire the store only while it is the owner. Absent:
    /// whoever acquires it last owns it.
    pub node: Option<Arc<str>>,
    /// What was acknowledged so far, and will be.
    pub acknowledged: Acknowledged,
}

impl Default for Options {
    fn default() -> Self {
        Self { readers: 4, relaxed: false, node: None, acknowledged: Acknowledged::default() }
    }
}

/// A store did not open.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The address says nothing. It is `postgres://user@host:port/database`.
    #[error("the address of the database is wrong: {0}")]
    Address(String),
    /// The database cannot be reached at present. Try again.
    #[error("the database cannot be used: {0}")]
    Unavailable(String),
    /// It refuses, and will do so again: the password, the name of the database or a right is wrong.
    #[error("the database cannot be used: {0}")]
    Refused(String),
    /// A later release made the tables. Use that release.
    #[error("database has format {found}, this release knows formats up to {supported}")]
    Newer {
        /// The format of the database.
        found: usize,
        /// The latest format this build knows.
        supported: usize,
    },
    /// An earlier release made the tables, or nobody, and they were to be read as they are. Start a server
    /// with them once.
    #[error(
        "database has format {found}, and is read only once a server has brought it to {needed}"
    )]
    Older {
        /// The format of the database; 0 if nothing is kept in it.
        found: usize,
        /// The format this build reads.
        needed: usize,
    },
    /// It cannot keep all texts. Make one with the encoding UTF8.
    #[error("the database keeps texts in the encoding {found}; make one with the encoding UTF8")]
    Encoding {
        /// Its encoding.
        found: String,
    },
    /// A setting of the server would lose what was committed.
    #[error(
        "the database may lose what it has committed: its setting {setting} is {value}; set it to on \
         ({way_out})"
    )]
    Unsafe {
        /// The name of the setting.
        setting: String,
        /// What it is set to.
        value: String,
        /// How it is set to on.
        way_out: String,
    },
}

impl From<NoLink> for OpenError {
    fn from(error: NoLink) -> Self {
        match error {
            NoLink::Unsafe { setting, value, way_out } => Self::Unsafe { setting, value, way_out },
            NoLink::Refused(error) => error.into(),
            NoLink::Silent | NoLink::Lost => Self::Unavailable(error.to_string()),
        }
    }
}

impl From<Error> for OpenError {
    fn from(error: Error) -> Self {
        let why = compasso_sql::described(&error);
        if compasso_sql::is_passing(&error) { Self::Unavailable(why) } else { Self::Refused(why) }
    }
}

/// Reads an address, brings the tables to this build's format, and checks that commits last.
pub(crate) async fn open(address: &str, options: &Options) -> Result<PostgresServer, OpenError> {
    // What a server that stands by has may be old, and so be no answer to what became of a commit.
    let server = parse(address)?.for_writes();
    let link = Link::new(server.clone(), options.relaxed);
    let live = link.live().await?;
    let found: String = live.client.query_one("SHOW server_encoding", &[]).await?.try_get(0)?;
    if found != "UTF8" {
        return Err(OpenError::Encoding { found });
    }
    schema::migrate(&live.client).await?;
    fence::secure(&live.client).await?;
    Ok(server)
}

/// Returns a connection that sees the tables, which must have this build's format, as they are now, for as long
/// as it lasts. A server that stands by will do.
pub(crate) async fn snapshot(address: &str) -> Result<Link, OpenError> {
    let link = Link::of_snapshot(parse(address)?);
    schema::check(&link.live().await?.client).await?;
    Ok(link)
}

fn parse(address: &str) -> Result<PostgresServer, OpenError> {
    if !SCHEMES.iter().any(|scheme| address.starts_with(scheme)) {
        return Err(OpenError::Address("it begins with postgres://".to_owned()));
    }
    PostgresServer::parse(address).map_err(OpenError::Address)
}
