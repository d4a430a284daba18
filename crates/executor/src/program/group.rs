//! A process group that ends with its handle.

use std::any::Any;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;
use std::{future, io};

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use tokio::io::{AsyncRead, copy, sink};
use tokio::process::{Child, ChildStderr, ChildStdout};
use tokio::runtime::Handle;
use tokio::time::{sleep, timeout};

use super::sweep;

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
}

/// Killed when dropped.
pub(super) struct Processes {
    pub(super) leader: Leader,
    pub(super) stdout: Option<ChildStdout>,
    pub(super) stderr: Option<ChildStderr>,
    grace: Duration,
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
        let Manners { grace, marker, keeps } = manners;
        let leader = Leader { child, group, marker };
        Self(Some(Processes { leader, stdout, stderr, grace, _keeps: keeps }))
    }

    /// Returns the processes.
    pub(super) fn processes(&mut self) -> &mut Processes {
        self.0.as_mut().expect("only the end takes the processes")
    }

    /// Ends whatever is left of the group, at once.
    pub(super) fn end(mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let (Some(processes), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            // A runtime that shuts down drops this task, and with it the processes.
            runtime.spawn(processes.end_in_peace());
        }
    }
}

impl Processes {
    /// Tells the processes to end. What they still write is read and left out: a closed pipe would
    /// kill them while they clean up.
    async fn end_in_peace(mut self) {
        let Some(group) = self.leader.group else {
            return;
        };
        let _ = kill_process_group(group, Signal::TERM);
        let gone = async {
            let _ = self.leader.wait().await;
            while test_kill_process_group(group).is_ok() {
                sleep(LOOK_EVERY).await;
            }
        };
        let drained = async {
            tokio::join!(drain(&mut self.stdout), drain(&mut self.stderr));
            future::pending::<()>().await;
        };
        let _ = timeout(self.grace, async {
            tokio::select! {
                () = gone => {}
                () = drained => {}
            }
        })
        .await;
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

async fn drain(stream: &mut Option<impl AsyncRead + Unpin>) {
    if let Some(stream) = stream {
        let _ = copy(stream, &mut sink()).await;
    }
}
