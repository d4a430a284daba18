//! The server under load: the release binary as a process of its own.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use compasso_testkit::postgres::{Cluster, Lasting};
use serde_json::json;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::cpu;
use crate::http::Connection;

/// Says where servers keep executions: `postgres`, or in the file.
const STORE: &str = "COMPASSO_BENCH_STORE";
/// The role of workflows under load.
pub(crate) const ROLE: &str = "arn:aws:iam::000000000000:role/bench";

/// A running server.
pub(crate) struct Server {
    child: Child,
    data: TempDir,
    /// The database that it keeps executions in, and the place in it.
    database: Option<(Cluster, String)>,
    pub(crate) port: u16,
    /// From the start of the process to the line that says it is ready.
    pub(crate) start_up: Duration,
}

/// Returns where the binary is: `COMPASSO_BENCH_BIN`, or beside this program.
pub(crate) fn binary() -> anyhow::Result<PathBuf> {
    if let Some(path) = std::env::var_os("COMPASSO_BENCH_BIN") {
        return Ok(path.into());
    }
    let beside = std::env::current_exe()?.with_file_name("compasso");
    if !beside.is_file() {
        bail!("{} was not built", beside.display());
    }
    Ok(beside)
}

impl Server {
    /// Starts a server with an empty data directory.
    pub(crate) async fn start() -> anyhow::Result<Self> {
        Self::start_with("").await
    }

    /// The same with settings.
    pub(crate) async fn start_with(settings: &str) -> anyhow::Result<Self> {
        let data = TempDir::new()?;
        std::fs::write(data.path().join("compasso.toml"), settings)?;
        let database = database()?;
        let place = database.as_ref().map(|(_, place)| &**place);
        let (child, port, start_up) = spawn(data.path(), place).await?;
        Ok(Self { child, data, database, port, start_up })
    }

    /// Ends the process as a power cut would.
    pub(crate) async fn kill(&mut self) -> anyhow::Result<()> {
        self.child.kill().await.context("the server does not die")
    }

    /// Starts it again on the same data.
    pub(crate) async fn restart(&mut self) -> anyhow::Result<()> {
        let place = self.database.as_ref().map(|(_, place)| &**place);
        (self.child, self.port, self.start_up) = spawn(self.data.path(), place).await?;
        Ok(())
    }

    pub(crate) async fn connect(&self) -> anyhow::Result<Connection> {
        Connection::open(self.port).await
    }

    /// Creates a workflow and returns its ARN.
    pub(crate) async fn create(&self, name: &str, definition: &str) -> anyhow::Result<String> {
        let request = json!({"name": name, "definition": definition, "roleArn": ROLE});
        let answer = self.connect().await?.call_json("CreateStateMachine", &request).await?;
        let arn = answer["stateMachineArn"].as_str().context("no ARN")?;
        Ok(arn.to_owned())
    }

    /// Returns the CPU time the process has used.
    pub(crate) fn cpu(&self) -> anyhow::Result<Duration> {
        cpu::of_process(self.id()?)
    }

    /// Returns the CPU time its database has used, if it has one of its own.
    pub(crate) fn database_cpu(&self) -> anyhow::Result<Option<Duration>> {
        let cluster = self.database.as_ref().map(|(cluster, _)| cluster);
        cluster.map(|cluster| cpu::of_family(cluster.process())).transpose()
    }

    /// Returns resident memory in KiB.
    pub(crate) fn resident_kib(&self) -> anyhow::Result<f64> {
        self.status_kib("VmRSS:")
    }

    /// Returns the most resident memory there was so far in KiB.
    pub(crate) fn peak_kib(&self) -> anyhow::Result<f64> {
        self.status_kib("VmHWM:")
    }

    /// Returns the size of all files in the data directory.
    pub(crate) fn data_bytes(&self) -> anyhow::Result<u64> {
        bytes_below(self.data.path())
    }

    fn status_kib(&self, name: &str) -> anyhow::Result<f64> {
        let status = std::fs::read_to_string(self.proc("status")?)?;
        let line = status.lines().find(|line| line.starts_with(name));
        let line = line.with_context(|| format!("no {name}"))?;
        let value = line.split_whitespace().nth(1).with_context(|| format!("{name} is empty"))?;
        Ok(value.parse()?)
    }

    fn proc(&self, file: &str) -> anyhow::Result<PathBuf> {
        Ok(Path::new("/proc").join(self.id()?.to_string()).join(file))
    }

    fn id(&self) -> anyhow::Result<u32> {
        self.child.id().context("the server has ended")
    }
}

/// Starts the database of a server, if it is to have one.
fn database() -> anyhow::Result<Option<(Cluster, String)>> {
    let Some(store) = std::env::var_os(STORE) else { return Ok(None) };
    if store != "postgres" {
        bail!("{STORE} is postgres, or not set");
    }
    let cluster = Cluster::start_lasting(Lasting::Power).context("PostgreSQL is not installed")?;
    let place = cluster.database();
    Ok(Some((cluster, place)))
}

fn bytes_below(directory: &Path) -> anyhow::Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        bytes += if metadata.is_dir() { bytes_below(&entry.path())? } else { metadata.len() };
    }
    Ok(bytes)
}

/// Starts a server; returns its process and port, and how long it took until it was ready.
pub(crate) async fn spawn(
    data: &Path,
    store: Option<&str>,
) -> anyhow::Result<(Child, u16, Duration)> {
    let begun = Instant::now();
    let mut child = Command::new(binary()?)
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(data)
        .env("COMPASSO_LOG", "warn")
        .envs(store.map(|address| ("COMPASSO_STORE", address)))
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context("the server does not start")?;
    let output = child.stdout.take().context("standard output is piped")?;
    let line = BufReader::new(output).lines().next_line().await?.context("no line")?;
    let port = line.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
    let port = port.with_context(|| format!("unexpected line: {line}"))?;
    Ok((child, port, begun.elapsed()))
}
