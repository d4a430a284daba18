//! `compasso artifacts`.

use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use reqwest::Method;
use serde_json::Value;
use tokio::fs::{self, File};
use tokio::io::AsyncWriteExt as _;

use super::answer::{show, text};
use crate::client::Client;
use crate::output;

/// Lists the files that the tasks of a run left, or fetches them into a directory.
pub(crate) async fn run(
    client: &Client,
    run: &str,
    directory: Option<&Path>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let arn = client.execution_arn(run).await?;
    let answer = client.rest(Method::GET, &["runs", &arn, "artifacts"], &[], String::new()).await;
    let answer = client.about(&arn, answer).await?;
    if answer["omitted"] == true {
        bail!("the run has too many events to look for its artifacts");
    }
    let rows = answer["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    if let Some(directory) = directory {
        for row in rows {
            let path = place(directory, row)?;
            fetch(client, &text(row, "sha256"), &path).await?;
            if !json {
                output::line(&path.display().to_string());
            }
        }
    }
    if json || directory.is_none() {
        show(rows, json, &["TASK", "KEY", "NAME", "SIZE", "SHA256"], |row| {
            let size = row["size"].as_u64().unwrap_or_default().to_string();
            vec![text(row, "task"), text(row, "key"), text(row, "name"), size, text(row, "sha256")]
        });
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns where a file is put: below its task, and its instance if it has one.
fn place(directory: &Path, row: &Value) -> anyhow::Result<PathBuf> {
    let below = ["task", "key"].into_iter().map(|member| text(row, member).replace('/', "_"));
    let mut path = directory.to_owned();
    path.extend(below.filter(|name| !name.is_empty() && !name.chars().all(|c| c == '.')));
    let name = text(row, "name");
    if !Path::new(&name).components().all(|part| matches!(part, Component::Normal(_))) {
        bail!("'{name}' is no name of a file below {}", directory.display());
    }
    Ok(path.join(name))
}

async fn fetch(client: &Client, sha256: &str, path: &Path) -> anyhow::Result<()> {
    let mut answer = client.file(&["artifacts", sha256]).await?;
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)
            .await
            .with_context(|| format!("{} cannot be made", parent.display()))?;
    }
    let unwritten = || format!("{} cannot be written", path.display());
    let mut file = File::create(path).await.with_context(unwritten)?;
    while let Some(chunk) = answer.chunk().await.map_err(|error| client.unreachable(&error))? {
        file.write_all(&chunk).await.with_context(unwritten)?;
    }
    file.flush().await.with_context(unwritten)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn files_stand_below_their_tasks_and_nowhere_else() {
        let at = |row: Value| place(Path::new("d"), &row).map(|path| path.display().to_string());
        let of_instance = json!({"task": "g.t", "key": "a/b", "name": "x/y.csv"});
        assert_eq!(at(of_instance).unwrap(), "d/g.t/a_b/x/y.csv");
        assert_eq!(at(json!({"task": "t", "key": "..", "name": "y"})).unwrap(), "d/t/y");
        assert!(at(json!({"task": "t", "name": "../y"})).is_err());
        assert!(at(json!({"task": "t", "name": "/y"})).is_err());
    }
}
