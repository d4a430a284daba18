//! `compasso push`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use serde_json::json;

use crate::cli::MachineType;
use crate::client::{Client, Refused, workflow_arn};
use crate::output;

/// The role of workflows that are pushed; a local server does not look at it.
pub(crate) const ROLE: &str = "arn:aws:iam::000000000000:role/compasso";
/// What a definition's file name ends in; the workflow's name is the rest.
const SUFFIXES: [&str; 4] = [".express.asl.json", ".asl.json", ".asl", ".json"];

/// What pushing a definition came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pushed {
    Created,
    Updated,
    Unchanged,
}

/// Creates or updates a workflow for each file.
pub(crate) async fn run(
    client: &Client,
    files: &[PathBuf],
    kind: MachineType,
    json: bool,
) -> anyhow::Result<ExitCode> {
    for file in files {
        let (name, pushed) =
            push(client, file, kind).await.with_context(|| file.display().to_string())?;
        if json {
            output::json(&json!({
                "stateMachineArn": workflow_arn(&name),
                "change": pushed.name(),
            }));
        } else {
            output::line(&format!("{name}: {}", pushed.name()));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Creates or updates the workflow of a file.
pub(crate) async fn push(
    client: &Client,
    file: &Path,
    kind: MachineType,
) -> anyhow::Result<(String, Pushed)> {
    let definition = std::fs::read_to_string(file).context("the file cannot be read")?;
    let name = workflow_name(file)?;
    let create = json!({
        "name": name, "definition": definition, "roleArn": ROLE, "type": kind.name(),
    });
    let arn = workflow_arn(&name);
    let before = match client.call("DescribeStateMachine", &json!({"stateMachineArn": arn})).await {
        Ok(before) => before,
        Err(error) if is_missing(&error) => {
            client.call("CreateStateMachine", &create).await?;
            return Ok((name, Pushed::Created));
        }
        Err(error) => return Err(error),
    };
    if before["type"] != kind.name() {
        bail!("{name} is there with type {}, which cannot change", before["type"]);
    }
    if before["definition"] == definition {
        return Ok((name, Pushed::Unchanged));
    }
    let update = json!({"stateMachineArn": arn, "definition": definition});
    client.call("UpdateStateMachine", &update).await?;
    Ok((name, Pushed::Updated))
}

fn is_missing(error: &anyhow::Error) -> bool {
    let refused = error.downcast_ref::<Refused>();
    refused.is_some_and(|refused| refused.code == "StateMachineDoesNotExist")
}

/// Returns the workflow's name that a file's name gives.
pub(crate) fn workflow_name(file: &Path) -> anyhow::Result<String> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let stem = SUFFIXES.iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(&name);
    if stem.is_empty() {
        bail!("{} does not name a workflow", file.display());
    }
    Ok(stem.to_owned())
}

impl Pushed {
    fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workflow_is_called_like_its_file() {
        for (file, name) in [("a/order.asl.json", "order"), ("x.json", "x"), ("plain", "plain")] {
            assert_eq!(workflow_name(Path::new(file)).unwrap(), name);
        }
        assert!(workflow_name(Path::new(".asl.json")).is_err());
    }
}
