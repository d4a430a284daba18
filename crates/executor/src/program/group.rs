//! A process group that ends with its handle.

use std::any::Any;
use std::io;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use compasso_store::LogStream;
use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use tokio::io::AsyncRead;
use tokio::process::{Child, ChildStderr, ChildStdout};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::pipe::{self, Curfew};
use super::{LINGER, sweep};
use crate::log::{Lines, TaskLog};

/// How often a group that was told to go is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The processes that a child started, and the child that leads them. Dropped before
/// [`Group::end`], it tells them to end and sees to it that they do.
pub(super) struct Group(Option<Processes>);

/// How a group is treated when it is to end.
pub(super) struct Manners {
    pub(super) grace: Duration,
    pub(super) marker: Option<String>,
    pub(super) keeps: Option<Arc<dyn Any + Send + Sync>>,
    /// Where lines go that are written while it ends.
    pub(super) log: TaskLog,
    pub(super) log_stdout: bool,
}

/// Killed when dropped.
pub(super) struct Processes {
    pub(super) leader: Leader,
    pub(super) stdout: Option<ChildStdout>,
    pub(super) stderr: Option<ChildStderr>,
    grace: Duration,
    log: TaskLog,
    log_stdout: bool,
    /// Dropped last.
    _keeps: Option<Arc<dyn Any + Send + Sync>>,
}

/// The first process of a group.
pub(super) struct Leader {
    child: Child,
    group: Option<Pid>,
    marker: Option<String>,
}

impl Group {
    /// Takes a child that was started as the first of its own group.
    pub(super) fn lead_by(mut child: Child, manners: Manners) -> Self {
        let group = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let Manners { grace, marker, keeps, log, log_stdout } = manners;
        let leader = Leader { child, group, marker };
        Self(Some(Processes { leader, stdout, stderr, grace, log, log_stdout, _keeps: keeps }))
    }

    /// Returns the processes.
    pub(super) fn processes(&mut self) -> &mut Processes {
        self.0.as_mut().expect("only the end takes the processes")
    }

    /// Ends whatever is left of the group, at once.
    pub(super) fn end(mut self) {
        self.0 = None;
    }

    /// Tells the processes to end, and waits until they are gone.
    pub(super) async fn end_in_peace(mut self) {
        if let Some(ending) = self.begin_end() {
            // It fails when the runtime shuts down, which ends them as well.
            let _ = ending.await;
        }
    }

    /// Tells the processes to end, whoever waits for it.
    fn begin_end(&mut self) -> Option<JoinHandle<()>> {
        let (Some(processes), Ok(runtime)) = (self.0.take(), Handle::try_current()) else {
            return None;
        };
        // A runtime that shuts down drops this task, and with it the processes.
        Some(runtime.spawn(processes.end_in_peace()))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        drop(self.begin_end());
    }
}

impl Processes {
    /// Tells the processes to end. What they still write is kept: a closed pipe would kill them
    /// while they clean up, and what they say of it is worth reading.
    async fn end_in_peace(mut self) {
        let Some(group) = self.leader.group else {
            return;
        };
        let _ = kill_process_group(group, Signal::TERM);
        let Self { leader, stdout, stderr, grace, log, log_stdout, .. } = &mut self;
        let curfew = Curfew::new();
        let read = async {
            let stdout_lines = log_stdout.then(|| log.lines(LogStream::Stdout));
            let stderr_lines = Some(log.lines(LogStream::Stderr));
            let kept = (&curfew, &*log);
            tokio::join!(drain(stdout, stdout_lines, kept), drain(stderr, stderr_lines, kept));
        };
        tokio::pin!(read);
        let mut is_read = false;
        let gone = async {
            let _ = leader.wait().await;
            while test_kill_process_group(group).is_ok() {
                sleep(LOOK_EVERY).await;
            }
        };
        let _ = timeout(*grace, async {
            tokio::pin!(gone);
            tokio::select! {
                () = &mut gone => return,
                () = &mut read => is_read = true,
            }
            gone.await;
        })
        .await;
        leader.kill_group();
        // Their pipes end with them, if nobody else has them.
        if !is_read && timeout(LINGER, &mut read).await.is_err() {
            curfew.begin();
            read.await;
        }
    }
}

impl Leader {
    /// Waits for the end of the leader.
    pub(super) async fn wait(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// Ends whatever is left of the group, at once.
    pub(super) fn kill_group(&self) {
        if let Some(group) = self.group {
            // It fails when nothing is left, which is what is wanted.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

impl Drop for Leader {
    fn drop(&mut self) {
        self.kill_group();
        if let (Some(group), Some(marker)) = (self.group, &self.marker) {
            sweep::kill_marked(marker, group);
        }
    }
}

async fn drain(
    stream: &mut Option<impl AsyncRead + Unpin>,
    mut lines: Option<Lines<'_>>,
    (curfew, log): (&Curfew, &TaskLog),
) {
    let take = |bytes: &[u8]| {
        if let Some(lines) = &mut lines {
            lines.push(bytes);
        }
        Ok(())
    };
    // Nobody is left to be told that it cannot be read.
    let _ = pipe::read(stream, curfew, log, take).await;
    if let Some(lines) = &mut lines {
        lines.finish();
    }
}
