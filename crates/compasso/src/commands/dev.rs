//! `compasso dev`: a server that loads and watches the definitions below a directory.

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use anyhow::bail;
use serde_json::json;

use super::push::{Change, Holders, Order, Pushed, push};
use super::serve::start_log;
use crate::cli::Dev;
use crate::client::Client;
use crate::diagnostics::Broken;
use crate::output;
use crate::server::Server;

/// How often the directory is looked at.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);
/// How deep definitions are looked for.
const DEPTH_MAX: usize = 8;
/// What the files of definitions end in.
pub(super) const SUFFIX: &str = ".asl.json";
/// What the files of pipelines end in.
pub(super) const PIPELINE_SUFFIXES: [&str; 2] = [".pipeline.yaml", ".pipeline.yml"];

/// Serves until it is asked to stop; it is ready once everything was loaded.
pub(crate) async fn run(order: Dev, config: Option<&Path>, json: bool) -> anyhow::Result<ExitCode> {
    let Dev { directory, exclude, serve } = order;
    if !directory.is_dir() {
        bail!("{} is no directory", directory.display());
    }
    start_log(json);
    let Some(server) = Server::open(serve, config, &directory, json).await? else {
        return Ok(ExitCode::SUCCESS);
    };
    let excluded = exclude.iter().map(|path| directory.join(path)).collect();
    let mut watch = Watch::new(server.client(), excluded, json);
    let (loaded, ready) = tokio::sync::oneshot::channel();
    let watching = tokio::spawn(async move {
        watch.look(&directory).await;
        let _ = loaded.send(());
        let mut ticks = tokio::time::interval(LOOK_INTERVAL);
        loop {
            ticks.tick().await;
            watch.look(&directory).await;
        }
    });
    let ended = server.serve(async { ready.await.unwrap_or(()) }).await;
    watching.abort();
    ended
}

/// What was seen of the directory.
struct Watch {
    client: Client,
    /// What is left out, with all that is below it.
    excluded: Vec<PathBuf>,
    seen: HashMap<PathBuf, SystemTime>,
    holders: Holders,
    /// Files that are not loaded because others hold the same.
    refused: HashSet<PathBuf>,
    json: bool,
}

impl Watch {
    fn new(client: Client, excluded: Vec<PathBuf>, json: bool) -> Self {
        let (seen, refused) = (HashMap::new(), HashSet::new());
        Self { client, excluded, seen, holders: Holders::default(), refused, json }
    }

    /// Loads what is new or changed; tells what became of each file, and which ones went.
    async fn look(&mut self, directory: &Path) {
        let mut there = definitions_below(directory);
        there.extend(pipelines_below(directory));
        there.retain(|path| !self.excluded.iter().any(|excluded| path.starts_with(excluded)));
        self.seen.retain(|path, _| {
            let stays = there.contains(path);
            if !stays {
                self.holders.free(path);
                self.refused.remove(path);
                tell_gone(path, self.json);
            }
            stays
        });
        for path in there {
            let Ok(changed) = path.metadata().and_then(|metadata| metadata.modified()) else {
                continue;
            };
            let is_same = self.seen.insert(path.clone(), changed) == Some(changed);
            if !is_same || self.refused.contains(&path) {
                self.load(&path, is_same).await;
            }
        }
    }

    /// Loads a file, unless another one holds the same; that is said once.
    async fn load(&mut self, path: &Path, was_told: bool) {
        if let Err(taken) = self.holders.hold(path) {
            self.refused.insert(path.to_owned());
            if !was_told {
                output::error(&taken, self.json);
            }
            return;
        }
        self.refused.remove(path);
        match push(&self.client, path, &Order::default()).await {
            Ok(pushed) => pushed.iter().for_each(|one| tell_pushed(one, path, self.json)),
            Err(error) => tell_refused(&error, path, self.json),
        }
    }
}

/// Says what became of a workflow or a pipeline of a file.
fn tell_pushed(pushed: &Pushed, path: &Path, json: bool) {
    if json {
        output::announce(&pushed.as_json(path).to_string());
        return;
    }
    let done = match pushed.change {
        Change::Created | Change::Updated => "loaded",
        Change::Unchanged => "unchanged:",
    };
    output::note(&format!("{done} {} from {}", pushed.name, path.display()));
}

/// Says what is wrong with a file; in one line if it only asks for what this version cannot run.
fn tell_refused(error: &anyhow::Error, path: &Path, json: bool) {
    match error.downcast_ref::<Broken>() {
        Some(broken) if !json && broken.is_only_unsupported() => output::note(&format!(
            "not loaded: {} has parts that this version does not run; `compasso push` shows them",
            path.display()
        )),
        _ => output::error(error, json),
    }
}

/// Says that a file went, which deletes nothing.
fn tell_gone(path: &Path, json: bool) {
    if json {
        output::announce(&json!({ "file": path, "change": "gone" }).to_string());
        return;
    }
    let path = path.display();
    output::note(&format!("{path} is gone; its workflow stays on the server until it is deleted"));
}

/// Returns the definition files below a directory, in order; hidden directories are left out, and those that
/// cannot be read.
pub(super) fn definitions_below(directory: &Path) -> Vec<PathBuf> {
    files(directory, DEPTH_MAX, &[SUFFIX], &mut |_, _| {})
}

/// Returns the files of pipelines below a directory, in order.
pub(super) fn pipelines_below(directory: &Path) -> Vec<PathBuf> {
    files(directory, DEPTH_MAX, &PIPELINE_SUFFIXES, &mut |_, _| {})
}

/// Returns the files of both below a directory; tells of directories that cannot be read.
pub(super) fn all_below(
    directory: &Path,
    unread: &mut dyn FnMut(&Path, io::Error),
) -> Vec<PathBuf> {
    let [first, second] = PIPELINE_SUFFIXES;
    files(directory, DEPTH_MAX, &[SUFFIX, first, second], unread)
}

fn files(
    directory: &Path,
    depth: usize,
    suffixes: &[&str],
    unread: &mut dyn FnMut(&Path, io::Error),
) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) => {
            unread(directory, error);
            return found;
        }
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if depth > 0 && !name.starts_with('.') {
                found.extend(files(&path, depth - 1, suffixes, unread));
            }
        } else if suffixes.iter().any(|suffix| name.ends_with(suffix)) {
            found.push(path);
        }
    }
    found.sort();
    found
}
