//! A connection that is made again when it breaks.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use compasso_sql::PostgresServer;
use tokio::sync::Mutex;
use tokio::time::Instant;
use tokio_postgres::{Client, Statement};

use crate::durability;

/// What every connection begins with. A transaction that waits for us longer than this is undone,
/// so that its lock on the fence does not outlive a process that hangs.
const BEGIN: &str = "
    SET statement_timeout = '60s';
    SET idle_in_transaction_session_timeout = '2s';
    SET default_transaction_isolation = 'read committed';
    SET client_min_messages = 'warning'";
/// Has every plan go by indexes, but for those who read everything, where the database knows such settings. A plan is made once for each
/// statement of a connection, perhaps while tables are empty, when reading all of them seems best.
const PLANS: &str = "
    SELECT set_config(name, 'off', false) FROM pg_settings
    WHERE name IN ('enable_seqscan', 'enable_hashjoin', 'enable_mergejoin', 'jit')";
/// One transaction for as long as the connection lasts, however long nobody asks for anything and an answer takes.
const SNAPSHOT: &str = "
    SET statement_timeout = 0;
    SET idle_in_transaction_session_timeout = 0;
    BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY";
/// How long a connection is used before its settings are looked at again: they may change while it lasts.
const CHECKED_FOR: Duration = Duration::from_secs(30);
/// Longest wait for a connection.
const CONNECT_MAX: Duration = Duration::from_secs(10);

/// Why nothing was answered.
pub(crate) type Error = tokio_postgres::Error;

/// How a connection is made.
#[derive(Clone, Copy)]
pub(crate) struct Patience {
    /// Longest wait for it.
    pub(crate) connect: Duration,
    /// What is set after [`BEGIN`].
    pub(crate) settings: &'static str,
    /// Whether commits may be lost with the database's machine.
    pub(crate) relaxed: bool,
    /// How long it is used before that is looked at again.
    pub(crate) checked_for: Duration,
    /// Whether it is made once: another one would see something else.
    pub(crate) once: bool,
}

/// A connection, or the way to one.
pub(crate) struct Link {
    server: PostgresServer,
    patience: Patience,
    place: Mutex<Place>,
}

#[derive(Default)]
struct Place {
    live: Option<Arc<Live>>,
    /// When its settings were looked at.
    checked: Option<Instant>,
    /// Whether there was one.
    was_live: bool,
    /// Until when nobody tries to connect: a try that failed counts for as long as it took. Otherwise
    /// those who wait behind each other for a database that is silent would wait for each other's tries.
    away_until: Option<Instant>,
}

/// A connection with the statements it has prepared.
pub(crate) struct Live {
    pub(crate) client: Client,
    statements: std::sync::Mutex<HashMap<String, Statement>>,
}

/// There is no connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoLink {
    /// The server refuses or is not there.
    #[error("{}", compasso_sql::described(.0))]
    Refused(#[source] Error),
    /// It does not answer.
    #[error("the database does not answer")]
    Silent,
    /// It was lost, and must not be made again.
    #[error("the connection was lost")]
    Lost,
    /// It would lose what it has committed.
    #[error("{setting} is {value}, so that it may lose what it has committed; {way_out}")]
    Unsafe {
        /// The setting that says so.
        setting: String,
        /// What it is set to.
        value: String,
        /// What to do about it.
        way_out: String,
    },
}

impl From<Error> for NoLink {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl Link {
    pub(crate) fn new(server: PostgresServer, relaxed: bool) -> Self {
        Self::patient(
            server,
            Patience {
                connect: CONNECT_MAX,
                settings: "",
                relaxed,
                checked_for: CHECKED_FOR,
                once: false,
            },
        )
    }

    /// The way to a connection that sees everything as it is when it is made, and is made once.
    pub(crate) fn of_snapshot(server: PostgresServer) -> Self {
        let patience = Patience {
            connect: CONNECT_MAX,
            settings: SNAPSHOT,
            relaxed: true,
            checked_for: CHECKED_FOR,
            once: true,
        };
        Self::patient(server, patience)
    }

    pub(crate) fn patient(server: PostgresServer, patience: Patience) -> Self {
        Self { server, patience, place: Mutex::default() }
    }

    /// Returns the same way to no connection yet.
    pub(crate) fn afresh(&self) -> Self {
        Self::patient(self.server.clone(), self.patience)
    }

    /// Returns the connection, which may be a new one.
    pub(crate) async fn live(&self) -> Result<Arc<Live>, NoLink> {
        let mut place = self.place.lock().await;
        if let Some(live) = place.live.clone().filter(|live| !live.client.is_closed()) {
            return self.checked(&mut place, live).await;
        }
        if self.patience.once && place.was_live {
            return Err(NoLink::Lost);
        }
        let began = Instant::now();
        if place.away_until.is_some_and(|until| began < until) {
            return Err(NoLink::Silent);
        }
        let connected = tokio::time::timeout(self.patience.connect, self.connect()).await;
        match connected.unwrap_or(Err(NoLink::Silent)) {
            Ok(fresh) => {
                let fresh = Arc::new(fresh);
                *place = Place {
                    live: Some(fresh.clone()),
                    checked: Some(Instant::now()),
                    was_live: true,
                    away_until: None,
                };
                Ok(fresh)
            }
            Err(error) => {
                place.live = None;
                place.away_until = Some(Instant::now() + began.elapsed());
                Err(error)
            }
        }
    }

    /// Says whether there is a connection that nobody has to wait for.
    pub(crate) fn is_live(&self) -> bool {
        let place = self.place.try_lock();
        place.is_ok_and(|place| place.live.as_ref().is_some_and(|live| !live.client.is_closed()))
    }

    /// Returns a connection if its settings still are as they must be.
    async fn checked(&self, place: &mut Place, live: Arc<Live>) -> Result<Arc<Live>, NoLink> {
        let is_due =
            place.checked.is_none_or(|checked| checked.elapsed() >= self.patience.checked_for);
        if self.patience.relaxed || !is_due {
            return Ok(live);
        }
        let checked = tokio::time::timeout(self.patience.connect, durability::check(&live.client));
        match checked.await.unwrap_or(Err(NoLink::Silent)) {
            Ok(()) => place.checked = Some(Instant::now()),
            Err(error) => {
                place.live = None;
                return Err(error);
            }
        }
        Ok(live)
    }

    /// Lets go of the connection: what it was about to do may never be answered.
    pub(crate) async fn drop_live(&self) {
        self.place.lock().await.live = None;
    }

    /// The same if it is still this one.
    pub(crate) async fn drop_this(&self, live: &Arc<Live>) {
        let mut place = self.place.lock().await;
        if place.live.as_ref().is_some_and(|now| Arc::ptr_eq(now, live)) {
            place.live = None;
        }
    }

    /// Looks whether what a connection commits that is made now would last.
    pub(crate) async fn look(&self) -> Result<(), NoLink> {
        let looked = tokio::time::timeout(self.patience.connect, async {
            durability::check(&self.server.connect().await?).await
        });
        looked.await.unwrap_or(Err(NoLink::Silent))
    }

    async fn connect(&self) -> Result<Live, NoLink> {
        let client = self.server.connect().await?;
        client.batch_execute(BEGIN).await?;
        if !self.patience.once {
            client.batch_execute(PLANS).await?;
        }
        // It may be another machine than the last time.
        if !self.patience.relaxed {
            durability::check(&client).await?;
        }
        client.batch_execute(self.patience.settings).await?;
        Ok(Live { client, statements: std::sync::Mutex::default() })
    }
}

impl Live {
    /// Prepares a statement once.
    pub(crate) async fn prepare(&self, sql: &str) -> Result<Statement, Error> {
        if let Some(statement) = self.statements().get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql).await?;
        self.statements().insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    fn statements(&self) -> std::sync::MutexGuard<'_, HashMap<String, Statement>> {
        self.statements.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use compasso_testkit::postgres::{Cluster, Lasting};
    use futures::future::join_all;

    use super::*;

    #[tokio::test]
    async fn a_database_is_used_only_while_it_syncs() {
        let Some(cluster) = Cluster::start_lasting(Lasting::Power) else {
            assert!(std::env::var_os("CI").is_none(), "PostgreSQL is missing: scripts/setup");
            return;
        };
        let server = PostgresServer::parse(&cluster.database()).unwrap();
        let sync = async |on: &str| {
            let client = server.connect().await.unwrap();
            client.batch_execute(&format!("ALTER SYSTEM SET fsync = {on}")).await.unwrap();
            client.batch_execute("SELECT pg_reload_conf()").await.unwrap();
        };
        let mut link = Link::new(server.clone(), false);
        link.patience.checked_for = Duration::ZERO;
        link.live().await.unwrap();
        link.look().await.unwrap();
        sync("off").await;
        // It takes the database a moment to hear of it.
        while link.live().await.is_ok() {}
        let refused = link.live().await.err().unwrap();
        assert!(
            matches!(&refused, NoLink::Unsafe { setting, .. } if setting == "fsync"),
            "{refused}"
        );
        assert!(matches!(link.look().await, Err(NoLink::Unsafe { .. })));
        sync("on").await;
        while link.live().await.is_err() {}
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_wait_for_a_silent_database_do_not_wait_for_each_other() {
        // It is connected to, and never says anything.
        let silent = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = silent.local_addr().unwrap().port();
        let address = format!("postgres://nobody@127.0.0.1:{port}/none?sslmode=disable");
        let link = Link::new(PostgresServer::parse(&address).unwrap(), true);
        let began = Instant::now();
        let found = join_all((0..50).map(|_| link.live())).await;
        assert!(found.iter().all(Result::is_err));
        assert!(began.elapsed() < 2 * CONNECT_MAX, "{:?}", began.elapsed());
    }
}
