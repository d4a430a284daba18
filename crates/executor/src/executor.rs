//! From a work order to its result.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use compasso_types::Json;

use crate::attempt::Work;
use crate::checkout::{self, Checkout};
use crate::log::TaskLog;
use crate::masks::Masks;
use crate::outside::Outside;
use crate::session::Session;
use crate::workspace::{Workspace, inner_path, sweep};
use crate::{Failure, WorkOrder, artifacts, output, value};

/// The file that is locked as long as a process uses a directory of workspaces.
const LOCK: &str = "lock";
/// Most output of one attempt that is kept, bytes.
const LOG_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What an executor needs to know.
#[derive(Clone, Debug)]
pub struct ExecutorSettings {
    /// Where the directories of attempts are made; nobody else uses it.
    pub workspaces: PathBuf,
    /// Names of variables that scripts see of our own environment besides the few that every
    /// program needs.
    pub pass_env: Vec<String>,
}

/// Carries out work orders; `clone` is cheap.
#[derive(Clone, Debug)]
pub struct Executor {
    settings: Arc<ExecutorSettings>,
    _lock: Arc<File>,
}

/// How long a process that was killed may hold its directory: until it, and what it was about to start, is gone.
const LOCK_MAX: Duration = Duration::from_secs(2);
const LOCK_EVERY: Duration = Duration::from_millis(20);

/// Takes a directory by the file that is locked, or tells which process has it.
fn lock(path: &Path) -> io::Result<File> {
    let mut file =
        File::options().read(true).write(true).create(true).truncate(false).open(path)?;
    let until = Instant::now() + LOCK_MAX;
    let locked = loop {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) if Instant::now() < until => thread::sleep(LOCK_EVERY),
            locked => break locked,
        }
    };
    match locked {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut pid = String::new();
            // An earlier release has written none.
            let _ = file.read_to_string(&mut pid);
            let holder =
                if pid.is_empty() { "another process".into() } else { format!("process {pid}") };
            let way_out = "stop that server or worker, or choose another directory with --data";
            let message = format!("{holder} uses the directory: {way_out}");
            return Err(io::Error::new(ErrorKind::ResourceBusy, message));
        }
        Err(TryLockError::Error(error)) => return Err(error),
    }
    let written = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id()));
    if let Err(error) = written {
        // The lock alone keeps others out; a full disk keeps nobody from beginning.
        tracing::warn!(%error, file = %path.display(), "others are not told which process has it");
    }
    Ok(file)
}

impl Executor {
    /// Makes the place for workspaces, and ends and removes what an earlier process left there.
    ///
    /// # Errors
    /// The directory cannot be made or cleared, or another process uses it (`ResourceBusy`).
    pub fn new(settings: ExecutorSettings) -> io::Result<Self> {
        fs::create_dir_all(&settings.workspaces)?;
        let lock = lock(&settings.workspaces.join(LOCK))?;
        let workspaces = settings.workspaces.canonicalize()?;
        sweep(&workspaces)?;
        let settings = Arc::new(ExecutorSettings { workspaces, ..settings });
        Ok(Self { settings, _lock: Arc::new(lock) })
    }

    /// Carries out a work order and returns `{output, steps, artifacts}`. When the future is
    /// dropped, the processes are told to end, and killed after the grace the order gives them.
    ///
    /// # Errors
    /// The attempt failed.
    pub async fn run(&self, work: Work, outside: Arc<dyn Outside>) -> Result<Json, Failure> {
        let Work { order, attempt, held } = work;
        let order = WorkOrder::read(&order)?;
        let document = order.context.clone().unwrap_or_else(Json::empty_object);
        let mut files = Vec::with_capacity(order.files.len());
        for (path, content) in &order.files {
            if let Some(content) = value::data_text(content) {
                files.push((inner_path(path)?, content));
            }
        }
        let (parent, steps) = (self.settings.workspaces.clone(), order.steps.len());
        // A repository comes first: files of the order go before those that it has.
        let (early, late) = match order.checkout {
            Some(_) => (Vec::new(), files),
            None => (files, Vec::new()),
        };
        let unmade = |error: io::Error| {
            Failure::not_started(format!("the workspace cannot be made: {error}"))
        };
        let workspace = Workspace::create(parent, early, steps, held).await.map_err(unmade)?;
        let workspace = Arc::new(workspace);
        let masks = Masks::new(attempt.masks.iter().map(String::as_str));
        if let Some(secret) = order.checkout.as_ref().and_then(Checkout::secret) {
            masks.add(&secret);
        }
        let log = TaskLog::new(outside.clone(), masks.clone(), LOG_BYTES_MAX).obeying();
        let brought = checkout::bring(&order, &workspace, &self.settings.pass_env, &log).await;
        brought.map_err(|failure| Failure { cause: masks.apply(failure.cause), ..failure })?;
        workspace.write(late).await.map_err(unmade)?;
        artifacts::bring(&order.artifacts, &document, &workspace, &*outside).await?;
        let mut session = Session {
            order: &order,
            attempt: &attempt,
            pass_env: &self.settings.pass_env,
            workspace,
            log,
            masks,
            outside: outside.clone(),
            document,
            steps: Vec::new(),
        };
        let output = session.run().await?;
        let (workspace, log) = (&session.workspace, &session.log);
        let kept = artifacts::keep(&order.artifacts, workspace, &*outside, log).await?;
        let result = Json::object([
            ("output", output),
            ("steps", session.results()),
            ("artifacts", Json::from(kept)),
        ]);
        let result = output::masked(&result, &session.masks);
        if result.to_string().len() > attempt.output_bytes_max {
            return Err(Failure::output_too_large("the output", attempt.output_bytes_max));
        }
        Ok(result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_taken_on_a_full_disk_too() {
        assert!(lock(Path::new("/dev/full")).is_ok());
    }
}
