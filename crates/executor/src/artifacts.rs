//! Files that come into the workspace from other tasks, and go from it to others.

mod wanted;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use compasso_types::Json;
use tokio::task::spawn_blocking;

use crate::Failure;
use crate::log::TaskLog;
use crate::order::Artifacts;
use crate::outside::Outside;
use crate::workspace::{Workspace, inner_path};
use wanted::Wanted;

/// Most files of one attempt.
const FILES_MAX: usize = 10_000;

/// Brings the wanted files into the workspace.
pub(crate) async fn bring(
    artifacts: &Artifacts,
    document: &Json,
    workspace: &Workspace,
    outside: &dyn Outside,
) -> Result<(), Failure> {
    let mut files = Vec::new();
    for one in &artifacts.wanted {
        files.extend(wanted::files(one, document)?);
    }
    if files.len() > FILES_MAX {
        let message = format!("more than {FILES_MAX} artifacts are to be brought");
        return Err(Failure::bad_order(message));
    }
    let mut places = BTreeSet::new();
    if let Some(twice) = files.iter().find(|file| !places.insert(&file.path)) {
        let message = format!("two artifacts would be brought to '{}'", twice.path.display());
        return Err(Failure::bad_order(message));
    }
    for Wanted { path, sha256 } in files {
        let path = workspace.root.join(path);
        if let Some(parent) = path.parent() {
            tokio::fs::create_dir_all(parent).await.map_err(|error| failed(&path, &error))?;
        }
        let fetched = outside.fetch_artifact(&sha256, &path).await;
        fetched.map_err(|why| failed(&path, &why))?;
    }
    Ok(())
}

/// Keeps what the task gives: files of the workspace that match its patterns, and those in
/// `$COMPASSO_ARTIFACTS`. Returns their descriptions.
pub(crate) async fn keep(
    artifacts: &Artifacts,
    workspace: &Workspace,
    outside: &dyn Outside,
    log: &TaskLog,
) -> Result<Vec<Json>, Failure> {
    let (root, patterns) = (workspace.root.clone(), artifacts.given.clone());
    let left = workspace.artifacts();
    // Most tasks leave none, and need not wait for another thread to find that out.
    if patterns.is_empty() && is_empty(&left) {
        return Ok(Vec::new());
    }
    let found = spawn_blocking(move || {
        let (mut found, mut missed) = (Vec::new(), Vec::new());
        for pattern in patterns {
            if !matching(&root, &pattern, &mut found)? {
                missed.push(pattern);
            }
        }
        matching(&left, "**/*", &mut found)?;
        Ok::<_, Failure>((found, missed))
    });
    let (found, missed) = found.await.expect("looking for files does not panic")?;
    for pattern in missed {
        log.note(&format!("(no file matches '{pattern}' of the artifacts)"));
    }
    let mut kept = Vec::new();
    for (name, path) in found {
        let artifact = outside.keep_artifact(&name, &path).await;
        let artifact = artifact.map_err(|why| failed(&path, &why))?;
        kept.push(artifact.described(&name));
    }
    Ok(kept)
}

fn is_empty(directory: &Path) -> bool {
    std::fs::read_dir(directory).is_ok_and(|mut entries| entries.next().is_none())
}

/// Adds the files below `root` that match `pattern`, each once, with their names; returns whether there are any.
fn matching(
    root: &Path,
    pattern: &str,
    found: &mut Vec<(String, PathBuf)>,
) -> Result<bool, Failure> {
    let mut is_there = false;
    let refused = |why: &dyn std::fmt::Display| {
        Failure::bad_order(format!("the artifact '{pattern}': {why}"))
    };
    inner_path(pattern)?;
    // At the end, `**` alone would match directories only.
    let below = if pattern == "**" || pattern.ends_with("/**") { "/*" } else { "" };
    let whole = format!("{}/{pattern}{below}", glob::Pattern::escape(&root.to_string_lossy()));
    let options = glob::MatchOptions { require_literal_separator: true, ..Default::default() };
    let paths = glob::glob_with(&whole, options).map_err(|error| refused(&error))?;
    for path in paths {
        let path = path.map_err(|error| refused(&error))?;
        // A link may lead out of the workspace.
        if !path.symlink_metadata().is_ok_and(|metadata| metadata.is_file()) {
            continue;
        }
        is_there = true;
        let name = path.strip_prefix(root).expect("it was found below the root");
        let name = name.to_string_lossy().into_owned();
        if found.iter().any(|(known, _)| *known == name) {
            continue;
        }
        if found.len() == FILES_MAX {
            return Err(refused(&format_args!("more than {FILES_MAX} files match")));
        }
        found.push((name, path));
    }
    Ok(is_there)
}

fn failed(path: &Path, why: &dyn std::fmt::Display) -> Failure {
    Failure::new("Artifact", format!("{}: {why}", path.display()))
}
