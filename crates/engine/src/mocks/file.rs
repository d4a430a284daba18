//! Reading a mock file.

use std::collections::BTreeMap;
use std::sync::Arc;

use compasso_types::Json;
use serde::{Deserialize, Deserializer};

use super::{MockedInvocations, Mocks};
use crate::TaskError;

/// A mock file, as Step Functions Local reads it; expectations and delays are additions.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct MockFile {
    state_machines: BTreeMap<String, Machine>,
    #[serde(default)]
    mocked_responses: BTreeMap<String, BTreeMap<String, Response>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Machine {
    test_cases: BTreeMap<Arc<str>, BTreeMap<Arc<str>, String>>,
    #[serde(default)]
    expectations: BTreeMap<String, Expectation>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Response {
    #[serde(default, deserialize_with = "present")]
    r#return: Option<Json>,
    throw: Option<Throw>,
    #[serde(default)]
    delay_seconds: u64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Throw {
    error: Arc<str>,
    #[serde(default)]
    cause: Option<Arc<str>>,
}

/// What a test case begins with and what it must come to; what is absent may be anything.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Expectation {
    /// The execution's input; an empty object if absent.
    #[serde(default, deserialize_with = "present")]
    pub input: Option<Json>,
    /// The execution's status.
    pub status: Option<String>,
    /// The execution's output.
    #[serde(default, deserialize_with = "present")]
    pub output: Option<Json>,
    /// The execution's error.
    pub error: Option<String>,
    /// The execution's cause.
    pub cause: Option<String>,
    /// The states it enters, in their order.
    pub path: Option<Vec<String>>,
}

/// A mock file cannot be used, or not for this test case.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MockFileError {
    /// It is no JSON of the file's form.
    #[error("it is not of the form of a mock file: {0}")]
    Form(String),
    /// It says nothing about the state machine.
    #[error("it has no state machine '{0}'")]
    NoMachine(String),
    /// The state machine has no such test case.
    #[error("the state machine '{machine}' has no test case '{case}'; it has: {known}")]
    NoCase {
        /// The state machine.
        machine: String,
        /// The test case.
        case: String,
        /// Those it has.
        known: String,
    },
    /// A test case names a response that is not there.
    #[error("there is no mocked response '{0}'")]
    NoResponse(String),
    /// A key of a response is neither a number nor a range of numbers.
    #[error("'{0}' is no invocation: it must be a number, or two with '-' between them")]
    NoInvocation(String),
    /// A response neither returns nor throws, or does both.
    #[error("the mocked response '{0}' must have either Return or Throw")]
    NoResult(String),
}

impl MockFile {
    /// Reads the text of a file.
    ///
    /// # Errors
    /// It is no JSON of the file's form.
    pub fn parse(text: &str) -> Result<Self, MockFileError> {
        serde_json::from_str(text).map_err(|error| MockFileError::Form(error.to_string()))
    }

    /// Returns the names of the test cases of `machine`, in their order.
    ///
    /// # Errors
    /// The file says nothing about it.
    pub fn cases(&self, machine: &str) -> Result<Vec<Arc<str>>, MockFileError> {
        Ok(self.machine(machine)?.test_cases.keys().cloned().collect())
    }

    /// Returns the test case `case` of `machine`.
    ///
    /// # Errors
    /// There is none, or a response it names cannot be used.
    pub fn case(&self, machine: &str, case: &str) -> Result<Mocks, MockFileError> {
        let cases = &self.machine(machine)?.test_cases;
        let Some((name, states)) = cases.get_key_value(case) else {
            return Err(MockFileError::NoCase {
                machine: machine.to_owned(),
                case: case.to_owned(),
                known: cases.keys().map(|name| &**name).collect::<Vec<_>>().join(", "),
            });
        };
        let mocked =
            states.iter().map(|(state, response)| Ok((state.clone(), self.response(response)?)));
        Ok(Mocks { case: name.clone(), states: mocked.collect::<Result<_, _>>()? })
    }

    /// Returns what the test case `case` of `machine` must come to.
    pub fn expectation(&self, machine: &str, case: &str) -> Expectation {
        let machine = self.state_machines.get(machine);
        machine.and_then(|machine| machine.expectations.get(case)).cloned().unwrap_or_default()
    }

    fn machine(&self, name: &str) -> Result<&Machine, MockFileError> {
        let found = self.state_machines.get(name);
        found.ok_or_else(|| MockFileError::NoMachine(name.to_owned()))
    }

    fn response(&self, name: &str) -> Result<Vec<MockedInvocations>, MockFileError> {
        let found = self.mocked_responses.get(name);
        let response = found.ok_or_else(|| MockFileError::NoResponse(name.to_owned()))?;
        let mocked = response.iter().map(|(range, response)| {
            let (first, last) = invocations(range)?;
            let result = match (&response.r#return, &response.throw) {
                (Some(value), None) => Ok(value.clone().into()),
                (None, Some(Throw { error, cause })) => {
                    Err(TaskError::of(Some(error.clone()), cause.clone()))
                }
                _ => return Err(MockFileError::NoResult(name.to_owned())),
            };
            Ok(MockedInvocations { first, last, delay_seconds: response.delay_seconds, result })
        });
        mocked.collect()
    }
}

/// Reads `"0"` or `"1-2"`.
fn invocations(text: &str) -> Result<(u32, u32), MockFileError> {
    let refused = || MockFileError::NoInvocation(text.to_owned());
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let parse = |number: &str| number.trim().parse::<u32>().map_err(|_| refused());
    let (first, last) = (parse(first)?, parse(last)?);
    if first <= last { Ok((first, last)) } else { Err(refused()) }
}

/// Tells `null` from what is not there.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Json>, D::Error> {
    Json::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"{
        "StateMachines": {"m": {"TestCases": {
            "happy": {"A": "flaky"},
            "lost": {"A": "nowhere"},
            "both": {"A": "both"}
        }}},
        "MockedResponses": {
            "flaky": {
                "0-1": {"Throw": {"Error": "Boom", "Cause": "no"}},
                "2": {"Return": null, "DelaySeconds": 3}
            },
            "both": {"0": {"Return": 1, "Throw": {"Error": "E"}}}
        }
    }"#;

    fn case(name: &str) -> Result<Mocks, MockFileError> {
        MockFile::parse(FILE).unwrap().case("m", name)
    }

    #[test]
    fn invocations_are_numbers_and_ranges() {
        let mocks = case("happy").unwrap();
        let [thrown, returned] = &mocks.states["A"][..] else { panic!("{mocks:?}") };
        assert_eq!((thrown.first, thrown.last), (0, 1));
        assert_eq!(thrown.result, Err(TaskError::new("Boom", "no")));
        assert_eq!((returned.first, returned.last, returned.delay_seconds), (2, 2, 3));
        assert_eq!(returned.result.as_ref().unwrap().text(), "null");
        for text in ["", "x", "2-1", "1-", "-1", "1-2-3"] {
            assert_eq!(invocations(text), Err(MockFileError::NoInvocation(text.into())));
        }
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        assert_eq!(case("lost"), Err(MockFileError::NoResponse("nowhere".into())));
        assert_eq!(case("both"), Err(MockFileError::NoResult("both".into())));
        let sad = case("sad").unwrap_err().to_string();
        assert!(sad.ends_with("it has: both, happy, lost"), "{sad}");
        let file = MockFile::parse(FILE).unwrap();
        assert_eq!(file.cases("n"), Err(MockFileError::NoMachine("n".into())));
        assert!(matches!(MockFile::parse("{"), Err(MockFileError::Form(_))));
    }
}
