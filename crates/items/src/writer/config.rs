//! The field `WriterConfig`, and what it makes of the records of children.

use compasso_types::Json;

use super::{ResultKind, StateResult};
use crate::ItemsError;

/// How results are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WriterConfig {
    /// What is written of a child; absent: `NONE` in an export, `COMPACT` in the state.
    pub transformation: Option<ResultTransformation>,
    /// How it is written.
    pub output_type: OutputType,
}

/// What is written of a child that succeeded; of any other its whole record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultTransformation {
    /// Its record.
    None,
    /// Its output.
    Compact,
    /// Its output, or the elements of it if that is an array.
    Flatten,
}

/// How results are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OutputType {
    /// As one array.
    #[default]
    Json,
    /// One a line.
    JsonLines,
}

impl WriterConfig {
    /// Reads the field, its expressions evaluated; absent: the defaults.
    ///
    /// # Errors
    /// A member has a value that it cannot have.
    pub fn from_json(field: Option<&Json>) -> Result<Self, ItemsError> {
        let text = |name: &str| {
            let value = field.and_then(|field| field.get(name));
            value.map(|value| value.as_str().unwrap_or_default())
        };
        let transformation = match text("Transformation") {
            None => None,
            Some("NONE") => Some(ResultTransformation::None),
            Some("COMPACT") => Some(ResultTransformation::Compact),
            Some("FLATTEN") => Some(ResultTransformation::Flatten),
            Some(_) => return Err(one_of("Transformation", "NONE, COMPACT, FLATTEN")),
        };
        let output_type = match text("OutputType") {
            None | Some("JSON") => OutputType::Json,
            Some("JSONL") => OutputType::JsonLines,
            Some(_) => return Err(one_of("OutputType", "JSON, JSONL")),
        };
        Ok(Self { transformation, output_type })
    }

    /// Begins what stays in the state.
    pub fn state_result(self) -> StateResult {
        StateResult::new(self)
    }
}

impl ResultTransformation {
    /// Adds what is written of a child.
    pub(super) fn apply(self, kind: ResultKind, record: &Json, results: &mut Vec<Json>) {
        let output = record.get("Output").and_then(Json::as_str);
        let output = output.and_then(|text| Json::parse(text).ok());
        match (self, kind, output) {
            (Self::Compact, ResultKind::Succeeded, Some(output)) => results.push(output),
            (Self::Flatten, ResultKind::Succeeded, Some(Json::Array(elements))) => {
                results.extend(elements.iter().cloned());
            }
            (Self::Flatten, ResultKind::Succeeded, Some(output)) => results.push(output),
            _ => results.push(record.clone()),
        }
    }
}

fn one_of(name: &str, words: &str) -> ItemsError {
    ItemsError::writer(format!("The field '{name}' should have one of these values: [{words}]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_words_are_refused() {
        for (config, words) in [
            (r#"{"Transformation":"X"}"#, "[NONE, COMPACT, FLATTEN]"),
            (r#"{"OutputType":1}"#, "[JSON, JSONL]"),
        ] {
            let error = WriterConfig::from_json(Some(&Json::parse(config).unwrap())).unwrap_err();
            assert!(error.cause.ends_with(words), "{error}");
        }
    }
}
