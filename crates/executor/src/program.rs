//! Running a program to its end, with everything it starts in one process group.
//!
//! **Invariant:** nothing of the group outlives the future. When the future is dropped the group
//! gets a SIGTERM, and a SIGKILL if it does not go. A program that leaves the group on purpose
//! (`setsid`) is followed by [`Program::marker`] only, and not if it leaves its environment as well.

mod group;
mod located;
mod pipe;

pub(crate) mod sweep;

use std::any::Any;
use std::collections::BTreeMap;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use compasso_store::LogStream;
use tokio::io::AsyncWriteExt;
use tokio::process::{ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use self::group::{Group, Manners, Processes};
use self::located::located;
use self::pipe::Curfew;
use crate::log::{Lines, TaskLog};

/// How much of the end of standard error is kept for causes.
const STDERR_TAIL_BYTES: usize = 4 * 1024;
/// How long the rest of a group may write on after its first process ended.
const LINGER: Duration = Duration::from_secs(1);

/// What is run.
pub struct Program {
    /// The program and its arguments; not empty.
    pub command: Vec<String>,
    /// The whole environment.
    pub environment: BTreeMap<String, String>,
    /// Where it starts.
    pub directory: Option<PathBuf>,
    /// What it reads; absent: nothing.
    pub stdin: Option<Vec<u8>>,
    /// Whether lines of standard output go to the task's log.
    pub log_stdout: bool,
    /// Most it may write to standard output, bytes; absent: as much as it likes, and none is kept.
    pub stdout_bytes_max: Option<usize>,
    /// How long it has between SIGTERM and SIGKILL when it is told to end.
    pub grace: Duration,
    /// `NAME=value`, a part of the environment that no other attempt has: what has it ends with the
    /// program, even if it left the group.
    pub marker: Option<String>,
    /// What must stay until all processes are gone.
    pub keeps: Option<Arc<dyn Any + Send + Sync>>,
}

/// A program that ended.
pub struct Ended {
    /// How.
    pub status: ExitStatus,
    /// What it wrote, whole, if there is a bound for it.
    pub stdout: Vec<u8>,
    /// The end of what it wrote to standard error.
    pub stderr_tail: String,
}

/// A program that was not run to its end.
#[derive(Debug)]
pub enum NotRun {
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
    ///
    /// # Errors
    /// It could not be started, or was not let run to its end: see [`NotRun`].
    pub async fn run(self, log: &TaskLog) -> Result<Ended, NotRun> {
        self.run_within(None, log).await.expect("what has no limit does not pass it")
    }

    /// Runs the program unless it takes longer than `limit`: then it is told to end, and there is
    /// nothing to tell once it is gone.
    pub(crate) async fn run_within(
        mut self,
        limit: Option<Duration>,
        log: &TaskLog,
    ) -> Option<Result<Ended, NotRun>> {
        let (mut group, stdin) = match self.begin(log) {
            Ok(begun) => begun,
            Err(reason) => return Some(Err(reason)),
        };
        let mut capture = Capture::default();
        let attending = self.attend(group.processes(), stdin, &mut capture, log);
        let attended = match limit {
            None => Ok(attending.await),
            Some(limit) => timeout(limit, attending).await,
        };
        if let Ok(Ok(status)) = attended {
            group.end();
            let stderr_tail = capture.stderr.into_text();
            return Some(Ok(Ended { status, stdout: capture.stdout, stderr_tail }));
        }
        group.end_in_peace().await;
        let reason = attended.ok()?.err()?;
        Some(Err(reason))
    }

    fn begin(&mut self, log: &TaskLog) -> Result<(Group, Option<ChildStdin>), NotRun> {
        let mut child = self.command().spawn().map_err(|error| self.not_started(&error))?;
        let stdin = child.stdin.take();
        let manners = Manners {
            grace: self.grace,
            marker: self.marker.take(),
            keeps: self.keeps.take(),
            log: log.clone(),
            log_stdout: self.log_stdout,
        };
        Ok((Group::lead_by(child, manners), stdin))
    }

    /// Talks with the processes until the first one has ended and the others had a moment.
    async fn attend(
        &self,
        processes: &mut Processes,
        stdin: Option<ChildStdin>,
        capture: &mut Capture,
        log: &TaskLog,
    ) -> Result<ExitStatus, NotRun> {
        let Processes { leader, stdout, stderr, .. } = processes;
        let stdout_lines = self.log_stdout.then(|| log.lines(LogStream::Stdout));
        let stderr_lines = log.lines(LogStream::Stderr);
        let curfew = Curfew::new();
        let kept = (&curfew, log);
        let talk = async {
            tokio::try_join!(
                feed(stdin, self.stdin.as_deref().unwrap_or_default(), &curfew),
                read_stdout(stdout, &mut capture.stdout, self.stdout_bytes_max, stdout_lines, kept),
                read_stderr(stderr, &mut capture.stderr, stderr_lines, kept),
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
        // it goes, and what it wrote until then counts, however long the log takes to keep it.
        for _ in 0..2 {
            if let Ok(talked) = timeout(LINGER, &mut talk).await {
                return talked.map(|_| status);
            }
            leader.kill_group();
        }
        curfew.begin();
        talk.await.map(|_| status)
    }

    fn command(&self) -> Command {
        let name = &self.command[0];
        let mut command = Command::new(located(name, &self.environment));
        command
            .arg0(name)
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
        let mut why = format!("{program} could not be started: {error}");
        if error.kind() == io::ErrorKind::ArgumentListTooLong {
            why.push_str(&self.largest());
        }
        NotRun::NotStarted(why)
    }

    /// Says which argument or variable is the largest, and where something large can be instead.
    fn largest(&self) -> String {
        let arguments =
            (0..).zip(&self.command).map(|(number, it)| (it.len(), format!("argument {number}")));
        let variables =
            self.environment.iter().map(|(name, it)| (it.len(), format!("the variable {name}")));
        let Some((bytes, what)) = arguments.chain(variables).max() else { return String::new() };
        format!(
            "; {what} is the largest, {bytes} bytes: hand it over as stdin or in a file instead"
        )
    }
}

/// Returns the exit code; 128 more than the signal that ended the process, as shells say it.
pub fn exit_code(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default())
}

/// Returns the name of the signal that ended a process.
pub fn signal_name(status: ExitStatus) -> String {
    let number = status.signal().unwrap_or_default();
    let name = match number {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        6 => "SIGABRT",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        15 => "SIGTERM",
        24 => "SIGXCPU",
        25 => "SIGXFSZ",
        other => return format!("signal {other}"),
    };
    name.to_owned()
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

async fn feed(stdin: Option<ChildStdin>, bytes: &[u8], curfew: &Curfew) -> Result<(), NotRun> {
    let Some(mut stdin) = stdin else {
        return Ok(());
    };
    let fed = tokio::select! {
        fed = stdin.write_all(bytes) => fed,
        () = curfew.begun() => Ok(()),
    };
    match fed {
        // Not every program reads its input; its exit code says whether that was wrong.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(NotRun::Broken(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

async fn read_stdout(
    stream: &mut Option<ChildStdout>,
    captured: &mut Vec<u8>,
    bytes_max: Option<usize>,
    mut lines: Option<Lines<'_>>,
    (curfew, log): (&Curfew, &TaskLog),
) -> Result<(), NotRun> {
    pipe::read(stream, curfew, log, |bytes| {
        if let Some(lines) = &mut lines {
            lines.push(bytes);
        }
        let Some(bytes_max) = bytes_max else { return Ok(()) };
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
    (curfew, log): (&Curfew, &TaskLog),
) -> Result<(), NotRun> {
    pipe::read(stream, curfew, log, |bytes| {
        lines.push(bytes);
        tail.push(bytes);
        Ok(())
    })
    .await?;
    lines.finish();
    Ok(())
}
