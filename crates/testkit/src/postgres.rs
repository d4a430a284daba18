//! A PostgreSQL of one's own: a new cluster on a free port of the loopback.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;

/// Where Debian keeps the programs of PostgreSQL.
const PLACES: &str = "/usr/lib/postgresql";
/// Who runs the database if we are root, whom it refuses.
const NOBODY: u32 = 65_534;

/// What a commit of a cluster outlasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lasting {
    /// The database, as tests want it.
    Process,
    /// The machine.
    Power,
}

/// A cluster; it stops when it is dropped, and its files go.
#[derive(Debug)]
pub struct Cluster {
    programs: PathBuf,
    directory: TempDir,
    port: u16,
    lasting: Lasting,
    databases: AtomicU32,
}

impl Cluster {
    /// Starts one for a test. Where PostgreSQL is not installed it says so, and CI fails.
    ///
    /// # Panics
    /// The programs of PostgreSQL fail.
    #[expect(clippy::print_stderr, reason = "a test that is left out says so")]
    pub fn start() -> Option<Self> {
        let found = Self::start_lasting(Lasting::Process);
        if found.is_none() {
            assert!(std::env::var_os("CI").is_none(), "PostgreSQL is missing: scripts/setup");
            eprintln!("left out: PostgreSQL is not installed; scripts/setup installs it");
        }
        found
    }

    /// Starts one, if PostgreSQL is installed.
    ///
    /// # Panics
    /// The programs of PostgreSQL fail.
    pub fn start_lasting(lasting: Lasting) -> Option<Self> {
        let programs = programs()?;
        // The bound is for a path of a socket: those of temporary directories may be too long.
        let directory = tempfile::Builder::new().prefix("pg").tempdir_in("/tmp");
        let directory = directory.expect("/tmp takes a directory");
        if is_root() {
            std::os::unix::fs::chown(directory.path(), Some(NOBODY), Some(NOBODY))
                .expect("root gives away what is its own");
        }
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("the loopback has a free port");
        let port = listener.local_addr().expect("it listens").port();
        drop(listener);
        let cluster = Self { programs, directory, port, lasting, databases: AtomicU32::new(0) };
        let data = cluster.data();
        let settings = ["--username=compasso", "--auth=trust", "--no-sync", "--encoding=UTF8"];
        cluster.run("initdb", &[&["--pgdata", text(&data), "--locale=C"], &settings[..]].concat());
        cluster.begin();
        Some(cluster)
    }

    /// Starts the server, again if it was stopped.
    ///
    /// # Panics
    /// It does not start.
    pub fn begin(&self) {
        let (directory, port) = (text(self.directory.path()), self.port);
        let sync = match self.lasting {
            Lasting::Process => "-F",
            Lasting::Power => "",
        };
        let options = format!(
            "{sync} -c listen_addresses=127.0.0.1 -c unix_socket_directories={directory} -p {port}"
        );
        let log = self.directory.path().join("log");
        let data = self.data();
        let place = ["start", "--wait", "--pgdata", text(&data), "--log", text(&log)];
        self.run("pg_ctl", &[&place[..], &["--options", &options]].concat());
    }

    /// Ends the server as a crash would.
    ///
    /// # Panics
    /// It does not end.
    pub fn crash(&self) {
        self.run("pg_ctl", &["stop", "--pgdata", text(&self.data()), "--mode=immediate"]);
    }

    /// Fills the pages of a file of the server, which does not run, as a failing disk might.
    ///
    /// # Panics
    /// There is no such file.
    pub fn overwrite(&self, file: &str, with: u8) {
        let path = self.data().join(file);
        let length = std::fs::metadata(&path).expect("the file is there").len();
        let pages = vec![with; usize::try_from(length).expect("tests have small files")];
        std::fs::write(path, pages).expect("the file can be written");
    }

    /// Returns where it listens.
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Makes a place for tables and returns its address.
    ///
    /// # Panics
    /// The server does not answer.
    pub fn database(&self) -> String {
        let name = format!("place_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let address = format!("postgres://compasso@{}/postgres", self.host());
        self.run("psql", &["--quiet", "--command", &format!("CREATE SCHEMA {name}"), &address]);
        format!("{address}?options=-csearch_path%3D{name}")
    }

    /// Returns the process that all others of the server come from.
    ///
    /// # Panics
    /// It does not run.
    pub fn process(&self) -> u32 {
        let file = std::fs::read_to_string(self.data().join("postmaster.pid"));
        let first = file.expect("it runs").lines().next().and_then(|line| line.parse().ok());
        first.expect("its file begins with its number")
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
        let status = command.status().expect("the programs are there");
        assert!(status.success(), "{program} {arguments:?}");
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if self.data().join("postmaster.pid").exists() {
            self.crash();
        }
    }
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
    std::fs::metadata("/proc/self")
        .is_ok_and(|process| std::os::unix::fs::MetadataExt::uid(&process) == 0)
}

fn text(path: &Path) -> &str {
    path.to_str().expect("paths of ours are text")
}
