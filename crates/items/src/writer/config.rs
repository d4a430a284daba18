//! The field `WriterConfig`, and what it makes of the records of children.

use compasso_types::Json;

use super::ResultKind;
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

    /// Returns what the records of children come to as the result of the state: an array, or with
    /// `JSONL` a text of lines.
    pub fn state_result<'a>(
        &self,
        records: impl IntoIterator<Item = (ResultKind, &'a Json)>,
    ) -> Json {
        let transformation = self.transformation.unwrap_or(ResultTransformation::Compact);
        let mut results = Vec::new();
        for (kind, record) in records {
            transformation.apply(kind, record, &mut results);
        }
        match self.output_type {
            OutputType::Json => Json::from(results),
            OutputType::JsonLines => {
                let lines: Vec<_> = results.iter().map(ToString::to_string).collect();
                Json::from(lines.join("\n"))
            }
        }
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

    fn state_result(config: &str) -> String {
        let config = WriterConfig::from_json(Some(&Json::parse(config).unwrap())).unwrap();
        let records = [
            (ResultKind::Succeeded, r#"{"Name":"a","Output":"[1,[2]]"}"#),
            (ResultKind::Failed, r#"{"Name":"b","Error":"E"}"#),
            (ResultKind::Succeeded, r#"{"Name":"c","Output":"{\"d\":3}"}"#),
        ];
        let records = records.map(|(kind, text)| (kind, Json::parse(text).unwrap()));
        let result = config.state_result(records.iter().map(|(kind, record)| (*kind, record)));
        result.to_string()
    }

    #[test]
    fn a_state_has_the_outputs_of_children_and_the_records_of_those_that_failed() {
        let outputs = r#"[[1,[2]],{"Name":"b","Error":"E"},{"d":3}]"#;
        assert_eq!(state_result("{}"), outputs);
        assert_eq!(state_result(r#"{"Transformation":"COMPACT","OutputType":"JSON"}"#), outputs);
    }

    #[test]
    fn outputs_are_flattened_by_one_level() {
        let flat = r#"[1,[2],{"Name":"b","Error":"E"},{"d":3}]"#;
        assert_eq!(state_result(r#"{"Transformation":"FLATTEN"}"#), flat);
    }

    #[test]
    fn records_are_kept_when_nothing_is_transformed() {
        let records = r#"[{"Name":"a","Output":"[1,[2]]"},{"Name":"b","Error":"E"},{"Name":"c","Output":"{\"d\":3}"}]"#;
        assert_eq!(state_result(r#"{"Transformation":"NONE"}"#), records);
    }

    #[test]
    fn lines_are_one_text() {
        assert_eq!(
            state_result(r#"{"Transformation":"FLATTEN","OutputType":"JSONL"}"#),
            r#""1\n[2]\n{\"Name\":\"b\",\"Error\":\"E\"}\n{\"d\":3}""#
        );
    }

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
