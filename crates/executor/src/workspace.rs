//! The directory of an attempt: the workspace its script works in, and beside it what the script
//! writes for us.

use std::io;
use std::path::{Component, Path, PathBuf};

use compasso_types::is_inner_path;
use tempfile::TempDir;
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

use crate::Failure;
use crate::attempt::Held;
use crate::program::sweep::end_marked;

/// The variable that tells the processes of an attempt from all others.
pub(crate) const MARKER: &str = "COMPASSO_WORKSPACE";

/// How names of directories begin.
const PREFIX: &str = "attempt-";

/// A fresh directory; it goes when it is dropped.
pub(crate) struct Workspace {
    directory: Option<TempDir>,
    /// Where steps begin.
    pub(crate) root: PathBuf,
    held: Option<Held>,
}

impl Workspace {
    /// Makes a directory below `parent`, `files` in it, and the empty files for the outputs of
    /// `steps` steps: all in one go, as each wait for another thread takes its time.
    pub(crate) async fn create(
        parent: PathBuf,
        files: Vec<(PathBuf, String)>,
        steps: usize,
        held: Option<Held>,
    ) -> io::Result<Self> {
        let made = spawn_blocking(move || {
            let directory = tempfile::Builder::new().prefix(PREFIX).tempdir_in(parent)?;
            let root = directory.path().join("work");
            for path in [&root, &directory.path().join("artifacts")] {
                std::fs::create_dir(path)?;
            }
            for step in 0..steps {
                std::fs::File::create(directory.path().join(output_name(step)))?;
            }
            for (path, content) in files {
                write_below(&root, &path, content.as_bytes())?;
            }
            Ok::<_, io::Error>(Self { directory: Some(directory), root, held })
        });
        made.await.map_err(io::Error::other)?
    }

    /// Writes files, over those that are there.
    pub(crate) async fn write(&self, files: Vec<(PathBuf, String)>) -> io::Result<()> {
        if files.is_empty() {
            return Ok(());
        }
        let root = self.root.clone();
        let written = spawn_blocking(move || {
            files
                .iter()
                .try_for_each(|(path, content)| write_below(&root, path, content.as_bytes()))
        });
        written.await.map_err(io::Error::other)?
    }

    /// Returns where files may be left that go with the task as artifacts.
    pub(crate) fn artifacts(&self) -> PathBuf {
        self.beside("artifacts")
    }

    /// Returns the file for the outputs of a step.
    pub(crate) fn output(&self, step: usize) -> PathBuf {
        self.beside(&output_name(step))
    }

    /// Returns a path beside the workspace.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.directory.as_ref().expect("only the drop takes it").path().join(name)
    }

    /// Returns the directory that a step means: relative ones begin at the workspace, and stay in it.
    pub(crate) fn at(&self, path: &str) -> Result<PathBuf, Failure> {
        if climbs_out(Path::new(path)) {
            return Err(outside(path));
        }
        Ok(self.root.join(path))
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        let (directory, held) = (self.directory.take(), self.held.take());
        let remove = move || {
            if let Some(Err(error)) = directory.map(TempDir::close) {
                tracing::warn!(%error, "the directory of an attempt cannot be removed");
            }
            drop(held);
        };
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(remove)),
            Err(_) => remove(),
        }
    }
}

fn output_name(step: usize) -> String {
    format!("output-{step}")
}

/// Returns `path` if it stays below where it begins.
pub(crate) fn inner_path(path: &str) -> Result<PathBuf, Failure> {
    if is_inner_path(path) {
        return Ok(path.into());
    }
    Err(outside(path))
}

fn outside(path: &str) -> Failure {
    Failure::bad_order(format!("'{path}' is no path inside the workspace"))
}

/// Says whether a relative path leads out of where it begins.
fn climbs_out(path: &Path) -> bool {
    let mut depth = 0_i64;
    path.is_relative()
        && path.components().any(|part| {
            depth += match part {
                Component::Normal(_) => 1,
                Component::ParentDir => -1,
                Component::CurDir | Component::RootDir | Component::Prefix(_) => 0,
            };
            depth < 0
        })
}

fn write_below(root: &Path, path: &Path, content: &[u8]) -> io::Result<()> {
    let path = root.join(path);
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    std::fs::write(path, content)
}

/// Ends and removes what a process that was killed left below `parent`, an absolute path: what its
/// scripts had started, and their directories.
pub(crate) fn sweep(parent: &Path) -> io::Result<()> {
    let marker = format!("{MARKER}={}", parent.join(PREFIX).display());
    if !end_marked(&marker) {
        return Err(io::Error::other("scripts of an earlier process do not end"));
    }
    for entry in std::fs::read_dir(parent)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(PREFIX) {
            std::fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}
