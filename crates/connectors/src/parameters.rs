//! Reading the parameters of a service task.

use std::collections::BTreeMap;
use std::sync::Arc;

use compasso_engine::TaskError;
use compasso_runtime::Job;
use compasso_types::{Json, Object, Payload};

/// Longest text of parameters or answers quoted in a cause, bytes.
const QUOTE_BYTES_MAX: usize = 8 * 1024;

/// The parameters of one task. The engine has checked that their members are known, and that none is
/// missing.
pub struct Parameters<'a> {
    payload: &'a Payload,
    members: Arc<Object>,
}

impl<'a> Parameters<'a> {
    /// Takes the parameters of a task.
    pub fn of(payload: &'a Payload) -> Result<Self, TaskError> {
        match payload.value().as_object().cloned() {
            Some(members) => Ok(Self { payload, members }),
            None => Err(refused(payload, "The parameters must be an object")),
        }
    }

    /// Returns all members.
    pub fn members(&self) -> &Object {
        &self.members
    }

    /// Returns a member, `null` being the same as absent.
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.members.get(name).filter(|value| **value != Json::Null)
    }

    /// Returns a member that must be there and be a text.
    pub fn required_text(&self, name: &str) -> Result<&str, TaskError> {
        self.text(name)?.ok_or_else(|| self.required(name))
    }

    /// Says that a member is missing.
    pub fn required(&self, name: &str) -> TaskError {
        self.refuse(format_args!("The field '{name}' is required but was missing"))
    }

    /// Returns a member that must be a text if it is there.
    pub fn text(&self, name: &str) -> Result<Option<&str>, TaskError> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        value.as_str().map(Some).ok_or_else(|| self.invalid(name))
    }

    /// Returns a member that must be an object if it is there.
    pub fn object(&self, name: &str) -> Result<Option<&Object>, TaskError> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        value.as_object().map(|members| Some(&**members)).ok_or_else(|| self.invalid(name))
    }

    /// Returns the members of an object of texts; numbers and booleans count as their text.
    pub fn texts(&self, name: &str) -> Result<BTreeMap<String, String>, TaskError> {
        let members = self.object(name)?.into_iter().flatten();
        members
            .map(|(key, value)| {
                let text = scalar_text(value).ok_or_else(|| self.invalid(name))?;
                Ok((key.to_string(), text))
            })
            .collect()
    }

    /// Returns the integers of a list.
    pub fn integers(&self, name: &str) -> Result<Option<Vec<i64>>, TaskError> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        value
            .as_array()
            .and_then(|items| items.iter().map(Json::as_i64).collect())
            .map(Some)
            .ok_or_else(|| self.invalid(name))
    }

    /// Says that a member is wrong.
    pub fn invalid(&self, name: &str) -> TaskError {
        self.refuse(format_args!("The value of the field '{name}' has an invalid format"))
    }

    /// Says what is wrong with the parameters.
    pub fn refuse(&self, problem: impl std::fmt::Display) -> TaskError {
        refused(self.payload, problem)
    }
}

/// Returns the text that stands for a text, a number or a boolean where only text can stand.
pub fn scalar_text(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.to_string()),
        Json::Number(_) | Json::Bool(_) => Some(value.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

/// Cuts a text that is quoted in a cause.
pub fn quoted(text: &str) -> &str {
    let mut end = text.len().min(QUOTE_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Says that a task's result is larger than any payload may be.
pub(crate) fn result_too_large(job: &Job) -> TaskError {
    let cause = format!(
        "The state/task '{}' returned a result with a size exceeding the maximum number of bytes \
         service limit.",
        job.offer.resource.arn
    );
    TaskError::new("States.DataLimitExceeded", cause)
}

fn refused(payload: &Payload, problem: impl std::fmt::Display) -> TaskError {
    let cause = format!(
        "The Parameters '{}' could not be used to start the Task: [{problem}]",
        quoted(payload.text())
    );
    TaskError::new("States.Runtime", cause)
}
