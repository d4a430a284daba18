//! Names that people type: made into ARNs, and put right when they are wrong.

use std::fmt::Write as _;

use anyhow::bail;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Client, Refused};
use crate::settings::DEFAULT_ACCOUNT;

/// Names looked at for one that was probably meant.
const CANDIDATES_MAX: usize = 1000;
/// Most names that are listed when none is near.
const LISTED_MAX: usize = 5;

impl Client {
    /// Returns the ARN of a workflow given by name or ARN.
    pub(crate) async fn workflow_arn(&self, workflow: &str) -> anyhow::Result<String> {
        if workflow.starts_with("arn:") {
            return Ok(workflow.to_owned());
        }
        let (region, account) = (&self.identity.region, self.account().await?);
        Ok(format!("arn:aws:states:{region}:{account}:stateMachine:{workflow}"))
    }

    /// Returns the ARN of an execution given as ARN or as `workflow:name`.
    pub(crate) async fn execution_arn(&self, execution: &str) -> anyhow::Result<String> {
        if execution.starts_with("arn:") {
            return Ok(execution.to_owned());
        }
        if !execution.contains(':') {
            bail!(
                "{execution} is no execution: give its ARN, or WORKFLOW:NAME (compasso list \
                 WORKFLOW shows them)"
            );
        }
        let (region, account) = (&self.identity.region, self.account().await?);
        let arn = format!("arn:aws:states:{region}:{account}:execution:{execution}");
        match self.run_arn(&arn, execution).await? {
            Some(run) => Ok(run),
            None => Ok(arn),
        }
    }

    /// Returns the ARN of a run given as `pipeline:name`, unless there is such an execution of a
    /// state machine or neither such a pipeline nor such a run of one that was deleted.
    async fn run_arn(&self, execution: &str, name: &str) -> anyhow::Result<Option<String>> {
        match self.describe(execution).await {
            Err(error) if code(&error) == "ExecutionDoesNotExist" => {}
            // Whoever uses the ARN hears of other errors.
            Ok(_) | Err(_) => return Ok(None),
        }
        let run = execution.replacen(":execution:", ":run:", 1);
        let (pipeline, _) = name.split_once(':').unwrap_or((name, ""));
        let is_there =
            self.pipeline(pipeline).await?.is_some() || self.describe(&run).await.is_ok();
        Ok(is_there.then_some(run))
    }

    /// Returns the error that there is no such execution, if there is none.
    pub(crate) async fn missing(&self, execution: &str) -> Option<anyhow::Error> {
        let found = self.describe(execution).await;
        found.err().filter(|error| code(error) == "ExecutionDoesNotExist")
    }

    async fn describe(&self, execution: &str) -> anyhow::Result<Value> {
        let request = json!({"executionArn": execution, "includedData": "METADATA_ONLY"});
        self.call("DescribeExecution", &request).await
    }

    /// Returns the ARN of a workflow or a pipeline given by name or ARN; a workflow counts more.
    pub(crate) async fn workflow_or_pipeline_arn(&self, name: &str) -> anyhow::Result<String> {
        let arn = self.workflow_arn(name).await?;
        if name.starts_with("arn:") {
            return Ok(arn);
        }
        match self.call("DescribeStateMachine", &json!({"stateMachineArn": arn})).await {
            Err(error) if code(&error) == "StateMachineDoesNotExist" => {}
            // Whoever uses the ARN hears of other errors.
            Ok(_) | Err(_) => return Ok(arn),
        }
        let found = self.pipeline(name).await?;
        let id = found.as_ref().and_then(|found| found["id"].as_str());
        Ok(id.map_or(arn, str::to_owned))
    }

    /// Says what was probably meant if `answer` is that the workflow or the execution `arn` is not
    /// there.
    ///
    /// # Errors
    /// The same as before, in other words.
    pub(crate) async fn about<T>(&self, arn: &str, answer: anyhow::Result<T>) -> anyhow::Result<T> {
        match answer {
            Ok(answer) => Ok(answer),
            Err(error) => Err(self.explained(arn, error).await),
        }
    }

    /// Adds to an error about the workflow or the execution `arn` what was probably meant.
    pub(crate) async fn explained(&self, arn: &str, error: anyhow::Error) -> anyhow::Error {
        let parts: Vec<&str> = arn.split(':').collect();
        let hint = match (code(&error), &parts[..]) {
            ("StateMachineDoesNotExist", [.., region, account, "stateMachine", workflow]) => {
                let place = format!("in account {account}, region {region}");
                self.workflows_like(workflow, &place).await
            }
            ("StateMachineDoesNotExist", [.., "stateMachine", pipeline, version]) => {
                self.no_version(pipeline, version).await
            }
            ("ExecutionDoesNotExist", [.., region, account, "execution", workflow, name]) => {
                let arn = format!("arn:aws:states:{region}:{account}:stateMachine:{workflow}");
                let place = format!("in account {account}, region {region}");
                self.executions_like(&arn, workflow, name, &place).await
            }
            _ => None,
        };
        match hint {
            Some(hint) => error.context(hint),
            None => error,
        }
    }

    /// Returns the account the client acts for; an access key does not tell it, but the server does.
    async fn account(&self) -> anyhow::Result<&str> {
        if let Some(account) = &self.identity.account {
            return Ok(account);
        }
        let asked = self.account.get_or_try_init(|| async {
            let info = self.rest(Method::GET, &["info"], &[], String::new()).await?;
            anyhow::Ok(info["account"].as_str().unwrap_or(DEFAULT_ACCOUNT).to_owned())
        });
        Ok(asked.await?)
    }

    /// Says that there is no such pipeline, and what was probably meant.
    pub(crate) async fn no_pipeline(&self, name: &str) -> String {
        let names = self.pipeline_names().await.unwrap_or_default();
        hint(&format!("no pipeline '{name}'"), name, &names)
    }

    /// Says that a pipeline, if it is there, has no such version or alias.
    async fn no_version(&self, pipeline: &str, version: &str) -> Option<String> {
        self.pipeline(pipeline).await.ok()??;
        Some(format!(
            "the pipeline {pipeline} has no version or alias '{version}' (compasso versions list \
             {pipeline} shows them)"
        ))
    }

    async fn workflows_like(&self, workflow: &str, place: &str) -> Option<String> {
        let listed = self.pages("ListStateMachines", json!({}), "stateMachines", CANDIDATES_MAX);
        let mut names = names(&listed.await.ok()?);
        names.extend(self.pipeline_names().await.unwrap_or_default());
        Some(hint(&format!("no state machine or pipeline '{workflow}' {place}"), workflow, &names))
    }

    async fn pipeline_names(&self) -> anyhow::Result<Vec<String>> {
        let limit = CANDIDATES_MAX.to_string();
        let query = [("limit", limit.as_str())];
        let page = self.rest(Method::GET, &["pipelines"], &query, String::new()).await?;
        Ok(names(page["items"].as_array().map_or(&[], Vec::as_slice)))
    }

    async fn executions_like(
        &self,
        arn: &str,
        workflow: &str,
        name: &str,
        place: &str,
    ) -> Option<String> {
        let request = json!({"stateMachineArn": arn});
        match self.pages("ListExecutions", request, "executions", CANDIDATES_MAX).await {
            Ok(rows) => {
                let missing = format!("no execution {name} of {workflow}");
                Some(hint(&missing, name, &names(&rows)))
            }
            Err(error) if code(&error) == "StateMachineDoesNotExist" => {
                self.workflows_like(workflow, place).await
            }
            Err(_) => None,
        }
    }
}

/// Returns the name of the server's error, if the server answered one.
pub(crate) fn code(error: &anyhow::Error) -> &str {
    error.downcast_ref::<Refused>().map_or("", |refused| &refused.code)
}

fn names(rows: &[Value]) -> Vec<String> {
    rows.iter().filter_map(|row| row["name"].as_str()).map(str::to_owned).collect()
}

/// Says that something is missing, and what was probably meant, or what there is.
pub(crate) fn hint(missing: &str, name: &str, names: &[String]) -> String {
    let mut hint = missing.to_owned();
    if let Some(suggestion) =
        compasso_types::suggestion::nearest(name, names.iter().map(String::as_str))
    {
        write!(hint, "; {suggestion}").expect("a string takes every text");
    } else if names.is_empty() {
        hint.push_str("; there is none yet");
    } else if names.len() <= LISTED_MAX {
        write!(hint, "; there is {}", names.join(", ")).expect("a string takes every text");
    }
    hint
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_with_what_was_probably_meant() {
        let names =
            |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(hint("no x", "helo", &names(&["a", "hello"])), "no x; did you mean 'hello'?");
        assert_eq!(hint("no x", "helo", &names(&["a", "b"])), "no x; there is a, b");
        assert_eq!(hint("no x", "helo", &[]), "no x; there is none yet");
    }
}
