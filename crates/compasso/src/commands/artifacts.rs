//! `compasso artifacts`.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use compasso_types::hex;
use reqwest::Method;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::fs::{self, File};
use tokio::io::AsyncWriteExt as _;

use super::answer::{show, text};
use crate::client::Client;
use crate::output;

/// Who may read and write a file that was fetched, but for the mask of the process.
const PERMISSIONS: u32 = 0o666;

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
    let below = ["task", "key"].into_iter().map(|member| file_name(&text(row, member)));
    let mut path = directory.to_owned();
    path.extend(below.filter(|name| !name.is_empty()));
    let name = text(row, "name");
    if !Path::new(&name).components().all(|part| matches!(part, Component::Normal(_))) {
        bail!("'{name}' is no name of a file below {}", directory.display());
    }
    Ok(path.join(name))
}

/// Returns the name of a directory that no other text has: as in addresses, `%2F` stands for `/`.
fn file_name(text: &str) -> String {
    let is_dots = text.chars().all(|c| c == '.');
    let part = |c: char| match c {
        '/' => "%2F".to_owned(),
        '%' => "%25".to_owned(),
        '.' if is_dots => "%2E".to_owned(),
        other => other.to_string(),
    };
    text.chars().map(part).collect()
}

/// Fetches the file of a digest. Nothing stands under its name before all of it is there.
async fn fetch(client: &Client, sha256: &str, path: &Path) -> anyhow::Result<()> {
    let mut answer = client.file(&["artifacts", sha256]).await?;
    let parent = path.parent().context("a file stands in a directory")?;
    fs::create_dir_all(parent)
        .await
        .with_context(|| format!("{} cannot be made", parent.display()))?;
    let unwritten = || format!("{} cannot be written", path.display());
    let permissions = Permissions::from_mode(PERMISSIONS);
    let new = tempfile::Builder::new().permissions(permissions).tempfile_in(parent);
    let new = new.with_context(unwritten)?;
    let mut file = File::from_std(new.reopen().with_context(unwritten)?);
    let mut digest = Sha256::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| client.unreachable(&error))? {
        digest.update(&chunk);
        file.write_all(&chunk).await.with_context(unwritten)?;
    }
    file.flush().await.with_context(unwritten)?;
    if hex(&digest.finalize()) != sha256 {
        bail!("{} came with other bytes than it has: fetch it again", path.display());
    }
    new.persist(path).with_context(unwritten)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;

    #[test]
    fn files_stand_below_their_tasks_and_nowhere_else() {
        let at = |row: Value| place(Path::new("d"), &row).map(|path| path.display().to_string());
        let of_instance = json!({"task": "g.t", "key": "a/b", "name": "x/y.csv"});
        assert_eq!(at(of_instance).unwrap(), "d/g.t/a%2Fb/x/y.csv");
        let keys = ["a/b", "a%2Fb", "a_b", "..", ".", "%2E%2E"];
        let of_key = |key| at(json!({"task": "t", "key": key, "name": "y"})).unwrap();
        assert_eq!(of_key(".."), "d/t/%2E%2E/y");
        assert_eq!(keys.map(of_key).into_iter().collect::<BTreeSet<_>>().len(), keys.len());
        assert!(at(json!({"task": "t", "name": "../y"})).is_err());
        assert!(at(json!({"task": "t", "name": "/y"})).is_err());
    }
}
