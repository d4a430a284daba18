//! Running a program to its end, with everything it starts in one process group.
//!
//! **Invariant:** nothing of the group outlives the future. When the future is dropped the group
//! gets a SIGTERM, and a SIGKILL if it does not go. A program that leaves the group on purpose
//! (`setsid`) is not followed.

mod group;

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use compasso_store::LogStream;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use self::group::{Group, Processes};
use crate::task_log::{Lines, TaskLog};

/// How much of the end of standard error is kept for causes.
const STDERR_TAIL_BYTES: usize = 4 * 1024;
/// How long the rest of a group may write on after its first process ended.
const LINGER: Duration = Duration::from_secs(1);
const READ_BYTES: usize = 16 * 1024;

/// What is run.
pub(crate) struct Program {
    /// The program and its arguments; not empty.
    pub(crate) command: Vec<String>,
    /// The whole environment.
    pub(crate) environment: BTreeMap<String, String>,
    /// Where it starts.
    pub(crate) directory: Option<PathBuf>,
    /// What it reads; absent: nothing.
    pub(crate) stdin: Option<Vec<u8>>,
    /// Whether lines of standard output go to the task's log.
    pub(crate) log_stdout: bool,
    /// Most it may write to standard output, bytes.
    pub(crate) stdout_bytes_max: usize,
}

/// A program that ended.
pub(crate) struct Ended {
    /// How.
    pub(crate) status: ExitStatus,
    /// What it wrote, whole.
    pub(crate) stdout: Vec<u8>,
    /// The end of what it wrote to standard error.
    pub(crate) stderr_tail: String,
}

/// A program that was not run to its end.
pub(crate) enum NotRun {
    /// There is no such program or directory.
    NotFound(String),
    /// The operating system would not start it.
    NotStarted(String),
    /// It wrote more than [`Program::stdout_bytes_max`].
    OutputTooLarge,
    /// Talking to it failed.
    Broken(io::Error),
}

impl Program {
    /// Runs the program.
    pub(crate) async fn run(self, log: &TaskLog) -> Result<Ended, NotRun> {
        let mut child = self.command().spawn().map_err(|error| self.not_started(&error))?;
        let stdin = child.stdin.take();
        let mut group = Group::lead_by(child);
        let mut capture = Capture::default();
        let status = self.attend(group.processes(), stdin, &mut capture, log).await?;
        group.end();
        Ok(Ended { status, stdout: capture.stdout, stderr_tail: capture.stderr.into_text() })
    }

    /// Talks with the processes until the first one has ended and the others had a moment.
    async fn attend(
        &self,
        processes: &mut Processes,
        stdin: Option<ChildStdin>,
        capture: &mut Capture,
        log: &TaskLog,
    ) -> Result<ExitStatus, NotRun> {
        let Processes { leader, stdout, stderr } = processes;
        let stdout_lines = self.log_stdout.then(|| log.lines(LogStream::Stdout));
        let stderr_lines = log.lines(LogStream::Stderr);
        let talk = async {
            tokio::try_join!(
                feed(stdin, self.stdin.as_deref().unwrap_or_default()),
                read_stdout(stdout, &mut capture.stdout, self.stdout_bytes_max, stdout_lines),
                read_stderr(stderr, &mut capture.stderr, stderr_lines),
            )
        };
        tokio::pin!(talk);
        let status = tokio::select! {
            talked = &mut talk => {
                talked?;
                return leader.wait().await.map_err(NotRun::Broken);
            }
            status = leader.wait() => status.map_err(NotRun::Broken)?,
        };
        // A background process may hold the pipes open for ever: it is given a moment to end, then
        // it goes, and what it wrote until then counts.
        for _ in 0..2 {
            if let Ok(talked) = timeout(LINGER, &mut talk).await {
                talked?;
                break;
            }
            leader.kill_group();
        }
        Ok(status)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.command[0]);
        command
            .args(&self.command[1..])
            .env_clear()
            .envs(&self.environment)
            .stdin(if self.stdin.is_some() { Stdio::piped() } else { Stdio::null() })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        if let Some(directory) = &self.directory {
            command.current_dir(directory);
        }
        command
    }

    fn not_started(&self, error: &io::Error) -> NotRun {
        let program = &self.command[0];
        if let Some(directory) = self.directory.as_ref().filter(|directory| !directory.is_dir()) {
            return NotRun::NotFound(format!("there is no directory {}", directory.display()));
        }
        if error.kind() == io::ErrorKind::NotFound {
            return NotRun::NotFound(format!("there is no program {program}"));
        }
        NotRun::NotStarted(format!("{program} could not be started: {error}"))
    }
}

/// What was read so far; outlives the reading, which may be cut off.
#[derive(Default)]
struct Capture {
    stdout: Vec<u8>,
    stderr: Tail,
}

/// The last bytes of a stream.
#[derive(Default)]
struct Tail(Vec<u8>);

impl Tail {
    fn push(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
        self.0.drain(..self.0.len().saturating_sub(STDERR_TAIL_BYTES));
    }

    fn into_text(self) -> String {
        String::from_utf8_lossy(&self.0).trim_end().to_owned()
    }
}

async fn feed(stdin: Option<ChildStdin>, bytes: &[u8]) -> Result<(), NotRun> {
    let Some(mut stdin) = stdin else {
        return Ok(());
    };
    match stdin.write_all(bytes).await {
        // Not every program reads its input; its exit code says whether that was wrong.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(NotRun::Broken(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

async fn read_stdout(
    stream: &mut Option<ChildStdout>,
    captured: &mut Vec<u8>,
    bytes_max: usize,
    mut lines: Option<Lines<'_>>,
) -> Result<(), NotRun> {
    read(stream, |bytes| {
        if let Some(lines) = &mut lines {
            lines.push(bytes);
        }
        captured.extend_from_slice(bytes);
        if captured.len() > bytes_max { Err(NotRun::OutputTooLarge) } else { Ok(()) }
    })
    .await?;
    if let Some(lines) = &mut lines {
        lines.finish();
    }
    Ok(())
}

async fn read_stderr(
    stream: &mut Option<ChildStderr>,
    tail: &mut Tail,
    mut lines: Lines<'_>,
) -> Result<(), NotRun> {
    read(stream, |bytes| {
        lines.push(bytes);
        tail.push(bytes);
        Ok(())
    })
    .await?;
    lines.finish();
    Ok(())
}

async fn read(
    stream: &mut Option<impl AsyncRead + Unpin>,
    mut take: impl FnMut(&[u8]) -> Result<(), NotRun>,
) -> Result<(), NotRun> {
    let Some(stream) = stream else { return Ok(()) };
    let mut buffer = vec![0; READ_BYTES];
    loop {
        let count = stream.read(&mut buffer).await.map_err(NotRun::Broken)?;
        if count == 0 {
            return Ok(());
        }
        take(&buffer[..count])?;
    }
}
