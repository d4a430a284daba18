//! Results of tasks from a file, in the form of Step Functions Local's mock file.
//!
//! `StateMachines.⟨name⟩.TestCases.⟨case⟩` maps states to names of responses;
//! `MockedResponses.⟨response⟩` maps attempts (`"0"`, `"1-2"`, counted from 0 over the whole
//! execution) to `{"Return": …}` or `{"Throw": {"Error": …, "Cause": …}}`.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use anyhow::{Context as _, bail};
use compasso_connectors::Connectors;
use compasso_engine::{TaskError, TaskResult};
use compasso_runtime::{Job, Reporter, TaskEnd, TaskRunner};
use compasso_types::Json;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde::Deserialize;

/// The mocked states of one test case.
#[derive(Debug, Default)]
pub(crate) struct Mocks {
    states: BTreeMap<String, Vec<(u32, u32, Response)>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MockFile {
    state_machines: BTreeMap<String, Machine>,
    mocked_responses: BTreeMap<String, BTreeMap<String, Response>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Machine {
    test_cases: BTreeMap<String, BTreeMap<String, String>>,
}

#[derive(Clone, Debug, Deserialize)]
enum Response {
    Return(Json),
    Throw {
        #[serde(rename = "Error")]
        error: String,
        #[serde(rename = "Cause", default)]
        cause: String,
    },
}

impl Mocks {
    /// Reads the case `case` of `machine`; without a name, its only case.
    pub(crate) fn load(path: &Path, machine: &str, case: Option<&str>) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("{} cannot be read", path.display()))?;
        Self::parse(&text, machine, case)
            .with_context(|| format!("{} is no mock file for {machine}", path.display()))
    }

    fn parse(text: &str, machine: &str, case: Option<&str>) -> anyhow::Result<Self> {
        let file: MockFile = serde_json::from_str(text)?;
        let Some(found) = file.state_machines.get(machine) else {
            bail!("it has no state machine {machine}");
        };
        let cases = &found.test_cases;
        let names = || cases.keys().cloned().collect::<Vec<_>>().join(", ");
        let chosen = match (case, cases.len()) {
            (Some(name), _) => {
                cases.get(name).with_context(|| format!("no such case; it has {}", names()))
            }
            (None, 1) => Ok(cases.values().next().expect("there is one")),
            (None, _) => bail!("choose one of its cases with --case: {}", names()),
        }?;
        let mut states = BTreeMap::new();
        for (state, response) in chosen {
            let attempts = file.mocked_responses.get(response);
            let attempts = attempts.with_context(|| format!("no mocked response {response}"))?;
            let attempts = attempts.iter().map(|(range, response)| {
                let (first, last) = attempt_range(range)?;
                Ok((first, last, response.clone()))
            });
            states.insert(state.clone(), attempts.collect::<anyhow::Result<_>>()?);
        }
        Ok(Self { states })
    }

    fn answer(&self, state: &str, invocation: u32) -> Option<TaskResult> {
        let attempts = self.states.get(state)?;
        let found = attempts.iter().find(|(first, last, _)| (*first..=*last).contains(&invocation));
        Some(match found {
            Some((.., Response::Return(value))) => Ok(value.clone().into()),
            Some((.., Response::Throw { error, cause })) => {
                Err(TaskError::new(error.as_str(), cause.as_str()))
            }
            None => Err(TaskError::new(
                "States.Runtime",
                format!("The mock of state {state} has no response for invocation {invocation}."),
            )),
        })
    }
}

fn attempt_range(text: &str) -> anyhow::Result<(u32, u32)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let parse = |number: &str| {
        number.trim().parse::<u32>().with_context(|| format!("{text} is no range of attempts"))
    };
    Ok((parse(first)?, parse(last)?))
}

/// Answers mocked states from the file and leaves the others to the connectors.
pub(crate) struct MockRunner {
    mocks: Mocks,
    invocations: Mutex<BTreeMap<Arc<str>, u32>>,
    connectors: Connectors,
}

impl MockRunner {
    pub(crate) fn new(mocks: Mocks, connectors: Connectors) -> Self {
        Self { mocks, invocations: Mutex::default(), connectors }
    }
}

impl TaskRunner for MockRunner {
    fn run(&self, job: Job, reporter: Reporter) -> BoxFuture<'static, TaskEnd> {
        let state = job.offer.state.clone();
        let invocation = {
            let mut counts = self.invocations.lock().expect("no holder of the lock panics");
            let count = counts.entry(state.clone()).or_default();
            *count += 1;
            *count - 1
        };
        match self.mocks.answer(&state, invocation) {
            Some(result) => std::future::ready(TaskEnd::Finished(result)).boxed(),
            None => self.connectors.run(job, reporter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"{
        "StateMachines": {"m": {"TestCases": {"happy": {"A": "flaky"}}}},
        "MockedResponses": {"flaky": {
            "0-1": {"Throw": {"Error": "Boom", "Cause": "no"}},
            "2": {"Return": {"ok": true}}
        }}
    }"#;

    #[test]
    fn attempts_are_answered_by_their_range() {
        let mocks = Mocks::parse(FILE, "m", None).unwrap();
        assert_eq!(mocks.answer("A", 1).unwrap().unwrap_err().error.as_deref(), Some("Boom"));
        assert_eq!(mocks.answer("A", 2).unwrap().unwrap().text(), r#"{"ok":true}"#);
        let uncovered = mocks.answer("A", 3).unwrap().unwrap_err();
        assert_eq!(uncovered.error.as_deref(), Some("States.Runtime"));
        assert!(mocks.answer("B", 0).is_none());
    }

    #[test]
    fn names_that_are_not_there_are_reported() {
        assert!(Mocks::parse(FILE, "other", None).is_err());
        let error = Mocks::parse(FILE, "m", Some("sad")).unwrap_err();
        assert!(format!("{error:#}").contains("happy"), "{error:#}");
    }
}
