//! `compasso push`.

mod changes;
mod holders;
mod pipelines;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

pub(super) use self::holders::Holders;
use super::answer::text;
use crate::cli::MachineType;
use crate::client::{Client, Refused, Unreachable};
use crate::{diagnostics, output};

/// The role of workflows that are pushed; a local server does not look at it.
pub(crate) const ROLE: &str = "arn:aws:iam::000000000000:role/compasso";
/// What the name of an Express workflow's file ends in.
const EXPRESS_SUFFIX: &str = ".express.asl.json";
/// What a definition's file name ends in; the workflow's name is the rest.
const SUFFIXES: [&str; 4] = [EXPRESS_SUFFIX, ".asl.json", ".asl", ".json"];

/// What became of a definition.
#[derive(Clone, Debug)]
pub(crate) struct Pushed {
    pub(crate) name: String,
    pub(crate) arn: String,
    pub(crate) change: Change,
    /// The number of its version, if it is a pipeline.
    pub(crate) version: Option<u64>,
    /// What would change of it, if it is a pipeline and that was asked for.
    pub(crate) changes: Option<Value>,
}

/// How files are pushed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Order {
    /// The type of new workflows, if their file names are not to say it.
    pub(crate) kind: Option<MachineType>,
    /// Only says what would change.
    pub(crate) is_check: bool,
    /// What is new in pipelines, for people.
    pub(crate) description: Option<String>,
    /// Who wrote them.
    pub(crate) author: Option<String>,
    /// The commit they are part of.
    pub(crate) commit: Option<String>,
    /// The repository that has the commit.
    pub(crate) repository: Option<String>,
}

/// What pushing a definition changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Created,
    Updated,
    Unchanged,
}

/// Creates or updates what each file holds.
pub(crate) async fn run(
    client: &Client,
    files: &[PathBuf],
    order: &Order,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let (mut failed, mut holders) = (false, Holders::default());
    for file in files {
        if let Err(taken) = holders.hold(file) {
            output::error(&taken, json);
            failed = true;
            continue;
        }
        match push(client, file, order).await {
            Ok(pushed) => pushed.iter().for_each(|one| tell(one, file, order, json)),
            Err(error) if error.is::<Unreachable>() => return Err(error),
            Err(error) => {
                output::error(&error, json);
                failed = true;
            }
        }
    }
    Ok(if failed { ExitCode::from(output::EXIT_USAGE) } else { ExitCode::SUCCESS })
}

fn tell(pushed: &Pushed, file: &Path, order: &Order, json: bool) {
    if json {
        output::json(&pushed.as_json(file));
        return;
    }
    let would = if order.is_check && pushed.change != Change::Unchanged { "would be " } else { "" };
    let version = pushed.version.map(|version| format!(" (version {version})")).unwrap_or_default();
    output::line(&format!("{}: {would}{}{version}", pushed.name, pushed.change.name()));
    pushed.changes.iter().flat_map(changes::lines).for_each(|line| output::line(&line));
}

/// Creates or updates what a file holds: one workflow, or pipelines.
///
/// # Errors
/// The definition is broken, or the server cannot be reached or refuses it.
pub(crate) async fn push(
    client: &Client,
    file: &Path,
    order: &Order,
) -> anyhow::Result<Vec<Pushed>> {
    if diagnostics::is_pipeline(file) {
        let pushed = pipelines::push(client, file, order).await;
        return pushed.with_context(|| file.display().to_string());
    }
    let definition = read_definition(file)?;
    let name = workflow_name(file)?;
    let kind = order.kind.unwrap_or_else(|| machine_type(file));
    diagnostics::check(file, &definition, kind.into())?;
    let sent = send(client, &name, &definition, kind, order.is_check).await;
    let (arn, change) = sent.with_context(|| file.display().to_string())?;
    Ok(vec![Pushed { name, arn, change, version: None, changes: None }])
}

async fn send(
    client: &Client,
    name: &str,
    definition: &str,
    kind: MachineType,
    is_check: bool,
) -> anyhow::Result<(String, Change)> {
    let arn = client.workflow_arn(name).await?;
    let Some(before) = before(client, &arn).await? else {
        if is_check {
            return Ok((arn, Change::Created));
        }
        let create = json!({
            "name": name, "definition": definition, "roleArn": ROLE, "type": kind.name(),
        });
        let created = client.call("CreateStateMachine", &create).await?;
        return Ok((text(&created, "stateMachineArn"), Change::Created));
    };
    if before["type"] != kind.name() {
        bail!("{name} is there with type {}, which cannot change", text(&before, "type"));
    }
    if before["definition"] == definition {
        return Ok((arn, Change::Unchanged));
    }
    if is_check {
        return Ok((arn, Change::Updated));
    }
    let update = json!({"stateMachineArn": arn, "definition": definition});
    client.call("UpdateStateMachine", &update).await?;
    Ok((arn, Change::Updated))
}

/// Reads the text of a definition.
pub(crate) fn read_definition(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))
}

/// Returns the type that a file's name gives.
pub(crate) fn machine_type(file: &Path) -> MachineType {
    if file.to_string_lossy().ends_with(EXPRESS_SUFFIX) {
        MachineType::Express
    } else {
        MachineType::Standard
    }
}

/// Returns the workflow as it is on the server; `None` if it is not there.
async fn before(client: &Client, arn: &str) -> anyhow::Result<Option<Value>> {
    match client.call("DescribeStateMachine", &json!({"stateMachineArn": arn})).await {
        Ok(before) => Ok(Some(before)),
        Err(error) if is_missing(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

fn is_missing(error: &anyhow::Error) -> bool {
    let code = error.downcast_ref::<Refused>().map(|refused| &*refused.code);
    // As long as an account is empty, it may not be known, and another one's is not shown.
    matches!(code, Some("StateMachineDoesNotExist" | "AccessDeniedException"))
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
    /// Returns what a script wants to know.
    pub(crate) fn as_json(&self, file: &Path) -> Value {
        if let Some(version) = self.version {
            return self.pipeline_as_json(file, version);
        }
        json!({
            "file": file.display().to_string(),
            "stateMachineArn": self.arn,
            "change": self.change.name(),
        })
    }
}

impl Change {
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
    fn the_name_of_a_file_tells_the_type_of_its_workflow() {
        assert_eq!(machine_type(Path::new("a.express.asl.json")), MachineType::Express);
        assert_eq!(machine_type(Path::new("express.asl.json")), MachineType::Standard);
    }

    #[test]
    fn a_workflow_is_called_like_its_file() {
        for (file, name) in [
            ("a/order.asl.json", "order"),
            ("x.json", "x"),
            ("b.express.asl.json", "b"),
            ("plain", "plain"),
        ] {
            assert_eq!(workflow_name(Path::new(file)).unwrap(), name);
        }
        assert!(workflow_name(Path::new(".asl.json")).is_err());
    }
}
