//! A PostgreSQL of a test's own: a new cluster on a free port of the loopback.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use compasso_store_postgres::{Options, PostgresStore};
use tempfile::TempDir;

/// Where Debian keeps the programs of PostgreSQL.
const PLACES: &str = "/usr/lib/postgresql";
/// Who runs the database if we are root, whom it refuses.
const NOBODY: u32 = 65_534;

/// A cluster; it stops when it is dropped, and its files go.
pub(crate) struct Cluster {
    programs: PathBuf,
    directory: TempDir,
    port: u16,
    databases: AtomicU32,
}

impl Cluster {
    /// Starts one. Where PostgreSQL is not installed it says so, and CI fails.
    pub(crate) fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            assert!(std::env::var_os("CI").is_none(), "PostgreSQL is missing: scripts/setup");
            eprintln!("left out: PostgreSQL is not installed; scripts/setup installs it");
            return None;
        };
        // The bound is for a path of a socket: those of temporary directories may be too long.
        let directory = tempfile::Builder::new().prefix("pg").tempdir_in("/tmp").unwrap();
        if is_root() {
            std::os::unix::fs::chown(directory.path(), Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let cluster = Self { programs, directory, port, databases: AtomicU32::new(0) };
        let data = cluster.data();
        let settings = ["--username=compasso", "--auth=trust", "--no-sync", "--encoding=UTF8"];
        cluster.run("initdb", &[&["--pgdata", text(&data), "--locale=C"], &settings[..]].concat());
        cluster.begin();
        Some(cluster)
    }

    /// Starts the server, again if it was stopped.
    pub(crate) fn begin(&self) {
        let (directory, port) = (text(self.directory.path()), self.port);
        let options = format!(
            "-F -c listen_addresses=127.0.0.1 -c unix_socket_directories={directory} -p {port}"
        );
        let log = self.directory.path().join("log");
        let data = self.data();
        let place = ["start", "--wait", "--pgdata", text(&data), "--log", text(&log)];
        self.run("pg_ctl", &[&place[..], &["--options", &options]].concat());
    }

    /// Ends the server as a crash would.
    pub(crate) fn crash(&self) {
        self.run("pg_ctl", &["stop", "--pgdata", text(&self.data()), "--mode=immediate"]);
    }

    /// Returns where it listens.
    pub(crate) fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Makes a place for tables and returns its address.
    pub(crate) fn database(&self) -> String {
        let name = format!("place_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let address = format!("postgres://compasso@{}/postgres", self.host());
        self.run("psql", &["--quiet", "--command", &format!("CREATE SCHEMA {name}"), &address]);
        format!("{address}?options=-csearch_path%3D{name}")
    }

    /// Opens a store with tables of its own.
    pub(crate) async fn fresh_store(&self) -> PostgresStore {
        open(&self.database()).await
    }

    fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let mut command = Command::new(self.programs.join(program));
        // What pg_ctl leaves behind would hold a pipe open.
        command.args(arguments).current_dir("/").stdin(Stdio::null()).stdout(Stdio::null());
        if is_root() {
            std::os::unix::process::CommandExt::uid(&mut command, NOBODY);
        }
        assert!(command.status().unwrap().success(), "{program} {arguments:?}");
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if self.data().join("postmaster.pid").exists() {
            self.crash();
        }
    }
}

/// Returns options for a cluster that does not sync, as tests want it.
pub(crate) fn relaxed() -> Options {
    Options { relaxed: true, ..Options::default() }
}

/// Opens a store.
pub(crate) async fn open(address: &str) -> PostgresStore {
    PostgresStore::open(address, &relaxed()).await.unwrap()
}

fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir(PLACES).ok()?;
    let mut found: Vec<PathBuf> =
        versions.flatten().map(|version| version.path().join("bin")).collect();
    found.retain(|place| place.join("initdb").exists());
    found.sort();
    found.pop()
}

fn is_root() -> bool {
    std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self").unwrap()) == 0
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
