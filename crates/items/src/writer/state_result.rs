//! Results that stay in the state.

use compasso_types::Json;

use super::{OutputType, ResultKind, ResultTransformation, WriterConfig};

/// What the children of a map run come to as the result of its state. Of a child only what is
/// written of it is kept.
pub struct StateResult {
    transformation: ResultTransformation,
    output_type: OutputType,
    results: Vec<Json>,
    bytes: usize,
}

impl StateResult {
    pub(super) fn new(config: WriterConfig) -> Self {
        Self {
            transformation: config.transformation.unwrap_or(ResultTransformation::Compact),
            output_type: config.output_type,
            results: Vec::new(),
            bytes: 0,
        }
    }

    /// Adds the record of a child; see [`ChildRecord`](super::ChildRecord).
    pub fn add(&mut self, kind: ResultKind, record: &Json) {
        let known = self.results.len();
        self.transformation.apply(kind, record, &mut self.results);
        let added = &self.results[known..];
        self.bytes +=
            added.iter().map(|result| result.to_string().len() + ",".len()).sum::<usize>();
    }

    /// Returns how many bytes of JSON the result has at least.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Returns the result: an array, or with `JSONL` a text of lines.
    pub fn finish(self) -> Json {
        match self.output_type {
            OutputType::Json => Json::from(self.results),
            OutputType::JsonLines => {
                let lines: Vec<_> = self.results.iter().map(ToString::to_string).collect();
                Json::from(lines.join("\n"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state_result(config: &str) -> StateResult {
        let config = WriterConfig::from_json(Some(&Json::parse(config).unwrap())).unwrap();
        let mut result = config.state_result();
        for (kind, text) in [
            (ResultKind::Succeeded, r#"{"Name":"a","Output":"[1,[2]]"}"#),
            (ResultKind::Failed, r#"{"Name":"b","Error":"E"}"#),
            (ResultKind::Succeeded, r#"{"Name":"c","Output":"{\"d\":3}"}"#),
        ] {
            result.add(kind, &Json::parse(text).unwrap());
        }
        result
    }

    fn text(config: &str) -> String {
        state_result(config).finish().to_string()
    }

    #[test]
    fn a_state_has_the_outputs_of_children_and_the_records_of_those_that_failed() {
        let outputs = r#"[[1,[2]],{"Name":"b","Error":"E"},{"d":3}]"#;
        assert_eq!(text("{}"), outputs);
        assert_eq!(text(r#"{"Transformation":"COMPACT","OutputType":"JSON"}"#), outputs);
    }

    #[test]
    fn outputs_are_flattened_by_one_level() {
        let flat = r#"[1,[2],{"Name":"b","Error":"E"},{"d":3}]"#;
        assert_eq!(text(r#"{"Transformation":"FLATTEN"}"#), flat);
    }

    #[test]
    fn records_are_kept_when_nothing_is_transformed() {
        let records = r#"[{"Name":"a","Output":"[1,[2]]"},{"Name":"b","Error":"E"},{"Name":"c","Output":"{\"d\":3}"}]"#;
        assert_eq!(text(r#"{"Transformation":"NONE"}"#), records);
    }

    #[test]
    fn lines_are_one_text() {
        assert_eq!(
            text(r#"{"Transformation":"FLATTEN","OutputType":"JSONL"}"#),
            r#""1\n[2]\n{\"Name\":\"b\",\"Error\":\"E\"}\n{\"d\":3}""#
        );
    }

    #[test]
    fn all_that_is_kept_is_counted() {
        for transformation in ["NONE", "COMPACT", "FLATTEN"] {
            let result = state_result(&format!(r#"{{"Transformation":"{transformation}"}}"#));
            // The brackets have one byte more than the comma after the last.
            assert_eq!(result.bytes() + 1, result.finish().to_string().len(), "{transformation}");
        }
    }
}
