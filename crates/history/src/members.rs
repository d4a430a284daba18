//! The members of all details objects; each event uses some.

use std::collections::BTreeMap;
use std::sync::Arc;

use compasso_types::sealed;
use compasso_types::{Json, Payload};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// The details of an event.
#[derive(Default, serde::Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the members are the API's")]
pub(super) struct Details<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) index: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) length: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) redrive_count: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) resource_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) resource: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) region: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) parameters: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) input: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) input_details: Option<Whole>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) output: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) output_details: Option<Whole>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) assigned_variables: Option<Variables<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) assigned_variables_details: Option<Whole>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) timeout_in_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) heartbeat_in_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) task_credentials: Option<TaskCredentials<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) map_run_arn: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) worker_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) role_arn: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) state_machine_version_arn: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) state_machine_alias_arn: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cause: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) location: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) state: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) by: Option<&'a str>,
}

/// JSON data, written as text.
pub(super) struct Text<'a>(pub(super) &'a Payload);

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.shown())
    }
}

/// Says that data is whole: only logs are cut short.
#[derive(serde::Serialize)]
pub(super) struct Whole {
    truncated: bool,
}

/// Variables, each written as text.
pub(super) struct Variables<'a>(pub(super) &'a BTreeMap<Arc<str>, Json>);

impl Serialize for Variables<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut variables = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.0 {
            variables.serialize_entry(name, &sealed::hide(&value.to_string()))?;
        }
        variables.end()
    }
}

/// The role of a task that has one of its own.
#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TaskCredentials<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    role_arn: Option<&'a str>,
}

impl<'a> TaskCredentials<'a> {
    pub(super) fn of(credentials: &'a Json) -> Self {
        Self { role_arn: credentials.get("RoleArn").and_then(Json::as_str) }
    }
}

impl<'a> Details<'a> {
    /// Adds an input, if data is asked for.
    pub(super) fn input(self, input: &'a Payload, with_data: bool) -> Self {
        if !with_data {
            return self;
        }
        Self { input: Some(Text(input)), input_details: Some(WHOLE), ..self }
    }

    /// Adds an output, if data is asked for.
    pub(super) fn output(self, output: &'a Payload, with_data: bool) -> Self {
        if !with_data {
            return self;
        }
        Self { output: Some(Text(output)), output_details: Some(WHOLE), ..self }
    }

    /// Adds variables, if there are any and data is asked for.
    pub(super) fn assigned(self, variables: &'a BTreeMap<Arc<str>, Json>, with_data: bool) -> Self {
        if !with_data || variables.is_empty() {
            return self;
        }
        Self {
            assigned_variables: Some(Variables(variables)),
            assigned_variables_details: Some(WHOLE),
            ..self
        }
    }

    /// Makes the details of a failure.
    pub(super) fn failure(error: Option<&'a Arc<str>>, cause: Option<&'a Arc<str>>) -> Self {
        Self {
            error: error.map(|text| &**text),
            cause: cause.map(|text| &**text),
            ..Self::default()
        }
    }
}

const WHOLE: Whole = Whole { truncated: false };
