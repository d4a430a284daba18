//! The server under load: the release binary as a process of its own.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::json;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::http::Connection;

/// Clock ticks of `/proc` per second; fixed on Linux.
const TICKS_PER_SECOND: f64 = 100.0;
/// The role of workflows under load.
pub(crate) const ROLE: &str = "arn:aws:iam::000000000000:role/bench";

/// A running server.
pub(crate) struct Server {
    child: Child,
    data: TempDir,
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
        let (child, port, start_up) = spawn(data.path()).await?;
        Ok(Self { child, data, port, start_up })
    }

    /// Ends the process as a power cut would.
    pub(crate) async fn kill(&mut self) -> anyhow::Result<()> {
        self.child.kill().await.context("the server does not die")
    }

    /// Starts it again on the same data.
    pub(crate) async fn restart(&mut self) -> anyhow::Result<()> {
        (self.child, self.port, self.start_up) = spawn(self.data.path()).await?;
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
        let stat = std::fs::read_to_string(self.proc("stat")?)?;
        // The command's name may hold blanks; fields are counted behind it.
        let fields = stat.rsplit_once(") ").context("stat has a command")?.1;
        let mut times = fields.split(' ').skip(11).map_while(|field| field.parse::<f64>().ok());
        let ticks = times.next().unwrap_or(0.0) + times.next().unwrap_or(0.0);
        Ok(Duration::from_secs_f64(ticks / TICKS_PER_SECOND))
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
        let pid = self.child.id().context("the server has ended")?;
        Ok(Path::new("/proc").join(pid.to_string()).join(file))
    }
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

async fn spawn(data: &Path) -> anyhow::Result<(Child, u16, Duration)> {
    let begun = Instant::now();
    let mut child = Command::new(binary()?)
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(data)
        .env("COMPASSO_LOG", "warn")
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
