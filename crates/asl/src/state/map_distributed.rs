//! What only distributed Map states have: readers, batches, writers, tolerated failures.

use std::collections::BTreeSet;
use std::sync::Arc;

use compasso_ir::{
    Config, Distributed, ExecutionType, Field, ItemBatcher, ItemReader, ResultWriter,
};
use compasso_types::Json;
use compasso_types::limits::PAYLOAD_BYTES_MAX;

use super::StateCompiler;
use crate::cursor::Cursor;
use crate::expressions::Readable;
use crate::report::Problem;
use crate::schema::{
    self, BATCHER, PROCESSOR_CONFIG, READER, READER_CONFIG, WRITER, WRITER_CONFIG,
};
use crate::{Code, fields};

/// The fields of a Map that an inline one does not have.
pub(super) const DISTRIBUTED_ONLY: [&str; 8] = [
    "ItemReader",
    "ItemBatcher",
    "ResultWriter",
    "ToleratedFailureCount",
    "ToleratedFailureCountPath",
    "ToleratedFailurePercentage",
    "ToleratedFailurePercentagePath",
    "Label",
];

const LABEL_CHARS_MAX: usize = 40;
/// Most items a reader hands out.
const READER_ITEMS_MAX: i64 = 100_000_000;
const CSV_HEADERS_BYTES_MAX: usize = 10 * 1024;
const INPUT_TYPES: [&str; 5] = ["CSV", "JSON", "JSONL", "PARQUET", "MANIFEST"];
const READER_ACTIONS: [&str; 2] = ["s3:getObject", "s3:listObjectsV2"];
const WRITER_ACTIONS: [&str; 1] = ["s3:putObject"];

/// The words some fields of `ReaderConfig` choose from.
const READER_WORDS: [(&str, &[&str]); 5] = [
    ("InputType", &INPUT_TYPES),
    ("Transformation", &["NONE", "LOAD_AND_FLATTEN"]),
    ("ManifestType", &["ATHENA_DATA", "S3_INVENTORY"]),
    ("CSVDelimiter", &["COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"]),
    ("CSVHeaderLocation", &["FIRST_ROW", "GIVEN"]),
];

/// The words the fields of `WriterConfig` choose from.
const WRITER_WORDS: [(&str, &[&str]); 2] =
    [("OutputType", &["JSON", "JSONL"]), ("Transformation", &["NONE", "COMPACT", "FLATTEN"])];

impl StateCompiler<'_, '_> {
    /// Reads what only a distributed Map has.
    pub(super) fn distributed(&mut self, processor: &Cursor<'_>) -> Option<Box<Distributed>> {
        let execution_type = self.distributed_config(processor);
        let reader = self.read("ItemReader", Self::reader);
        let batcher = self.read("ItemBatcher", Self::batcher);
        let writer = self.read("ResultWriter", Self::writer);
        let at = self.at;
        let count = ["ToleratedFailureCount", "ToleratedFailureCountPath"];
        let tolerated_count = self.integer_field(&at, count, 0..=i64::MAX);
        let tolerated_percentage = self.tolerated_percentage();
        let label = self.read("Label", Self::label);
        Some(Box::new(Distributed {
            execution_type: execution_type?,
            label,
            reader,
            batcher,
            writer,
            tolerated_count,
            tolerated_percentage,
        }))
    }

    fn distributed_config(&mut self, processor: &Cursor<'_>) -> Option<ExecutionType> {
        let config = processor.field("ProcessorConfig")?;
        schema::check(self.report, &config, &PROCESSOR_CONFIG, self.language);
        if let Some(mode) = config.field("Mode") {
            self.refuse_distributed(&mode);
        }
        schema::require(self.report, &config, &["ExecutionType"]);
        let at = config.field("ExecutionType")?;
        match fields::one_of(self.report, &at, &["STANDARD", "EXPRESS"])? {
            "STANDARD" => Some(ExecutionType::Standard),
            _ => Some(ExecutionType::Express),
        }
    }

    fn tolerated_percentage(&mut self) -> Option<Field<f64>> {
        let at = self.at;
        let [plain, path] = ["ToleratedFailurePercentage", "ToleratedFailurePercentagePath"];
        let Some(literal) = at.field(plain) else {
            return self.path_twin(&at, path);
        };
        self.exclusive(&at, &[plain, path]);
        self.field(&literal, |s, at| {
            let value = fields::number(s.report, at)?.as_f64();
            if value < 0.0 {
                s.report.schema(at, fields::minimum(0));
            } else if value > 100.0 {
                s.report.schema(at, fields::maximum(100));
            }
            Some(value)
        })
    }

    fn label(&mut self, at: &Cursor<'_>) -> Option<Arc<str>> {
        let label = fields::non_empty_text(self.report, at)?;
        if label.chars().count() > LABEL_CHARS_MAX {
            let message = format!(
                "Label '{label}' exceeds the {LABEL_CHARS_MAX}-character limit allowed by the \
                 service"
            );
            self.report.problem(at, Problem::error(Code::InvalidLabelName, message));
        } else if let Some(banned) = label.chars().find(|c| is_banned_in_names(*c)) {
            let message = format!("The label '{label}' cannot contain {banned:?}");
            self.report.problem(at, Problem::error(Code::InvalidLabelName, message));
        } else if !self.labels.insert(label.clone()) {
            let message = format!("Duplicate Label name: {label}");
            self.report.problem(at, Problem::error(Code::DuplicateLabelName, message));
        }
        Some(label)
    }

    fn reader(&mut self, at: &Cursor<'_>) -> Option<ItemReader> {
        if !schema::check(self.report, at, &READER, self.language) {
            return None;
        }
        let arguments = self.payload(at);
        let resource = at.field("Resource");
        let action = resource.and_then(|at| self.map_resource(&at, &READER_ACTIONS));
        let config = at.field("ReaderConfig");
        let input_type = config.is_some_and(|config| config.node.get("InputType").is_some());
        let members = config.map_or_else(Vec::new, |config| self.reader_config(&config));
        if action.as_ref().is_some_and(|(action, _)| *action == READER_ACTIONS[0]) && !input_type {
            let owner = config.as_ref().unwrap_or(at);
            let message = "The field 'InputType' is required but was missing".to_owned();
            self.report.schema(owner, message);
        }
        Some(ItemReader { resource: action?.1, arguments, config: members })
    }

    fn reader_config(&mut self, at: &Cursor<'_>) -> Config {
        if !schema::check(self.report, at, &READER_CONFIG, self.language) {
            return Vec::new();
        }
        let mut config = self.words(at, &READER_WORDS);
        config.extend(self.csv_headers(at).map(|headers| ("CSVHeaders", headers)));
        config.extend(self.items_pointer(at).map(|pointer| ("ItemsPointer", pointer)));
        config.extend(self.max_items(at).map(|items| ("MaxItems", items)));
        config
    }

    fn items_pointer(&mut self, config: &Cursor<'_>) -> Option<Field<Json>> {
        let pointer = config.field("ItemsPointer")?;
        self.field(&pointer, |s, at| {
            let text = fields::text(s.report, at)?;
            if !(text.is_empty() || text.starts_with('/')) {
                let message = "Value must be a JSON Pointer, which begins with '/'".to_owned();
                s.report.schema(at, message);
            }
            Some(text.into())
        })
    }

    fn max_items(&mut self, config: &Cursor<'_>) -> Option<Field<Json>> {
        let names = ["MaxItems", "MaxItemsPath"];
        match self.integer_field(config, names, 0..=READER_ITEMS_MAX)? {
            Field::Literal(number) => Some(Field::Literal(number.into())),
            Field::Path(path) => Some(Field::Path(path)),
            Field::Query(query) => Some(Field::Query(query)),
            Field::Intrinsic(call) => Some(Field::Intrinsic(call)),
        }
    }

    /// Checks that files of CSV say where their headers are, and others do not.
    fn csv_header_location(&mut self, config: &Cursor<'_>, location: Option<&Cursor<'_>>) {
        let input_type = config.field("InputType").and_then(|at| at.node.as_str());
        let listed = config.node.get("ManifestType").is_some();
        match (input_type, location) {
            (Some("CSV"), None) if !listed => {
                let message = "The field 'CSVHeaderLocation' is required".to_owned();
                self.report.schema(config, message);
            }
            (Some("JSON"), Some(location)) => {
                schema::unsupported(self.report, location, config, None);
            }
            _ => {}
        }
    }

    fn csv_headers(&mut self, config: &Cursor<'_>) -> Option<Field<Json>> {
        let location = config.field("CSVHeaderLocation");
        self.csv_header_location(config, location.as_ref());
        let given = location.is_some_and(|at| at.node.as_str() == Some("GIVEN"));
        let Some(headers) = config.field("CSVHeaders") else {
            if given {
                schema::require(self.report, config, &["CSVHeaders"]);
            }
            return None;
        };
        if !given {
            let hint = "set \"CSVHeaderLocation\": \"GIVEN\"".to_owned();
            let message = "'CSVHeaders' need a 'CSVHeaderLocation' of GIVEN".to_owned();
            self.report.schema_key(&headers, config, message, Some(hint));
        }
        self.field(&headers, Self::header_names)
    }

    fn header_names(&mut self, headers: &Cursor<'_>) -> Option<Json> {
        fields::non_empty_array(self.report, headers)?;
        let mut names = BTreeSet::new();
        let mut bytes = 0;
        for header in headers.items() {
            let Some(name) = fields::text(self.report, &header) else {
                continue;
            };
            bytes += name.len();
            if !names.insert(name) {
                let message = "CSV headers cannot contain duplicates.".to_owned();
                self.report.schema(&header, message);
            }
        }
        if bytes > CSV_HEADERS_BYTES_MAX {
            let message = format!("CSV headers must have at most {CSV_HEADERS_BYTES_MAX} bytes");
            self.report.schema(headers, message);
        }
        Some(headers.node.to_json())
    }

    fn batcher(&mut self, at: &Cursor<'_>) -> Option<ItemBatcher> {
        if !schema::check(self.report, at, &BATCHER, self.language) {
            return None;
        }
        let items = ["MaxItemsPerBatch", "MaxItemsPerBatchPath"];
        let bytes = ["MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath"];
        if !items.iter().chain(&bytes).any(|name| at.node.get(name).is_some()) {
            let message = "At least one of these fields is required: [MaxItemsPerBatch, MaxInputBytesPerBatch]";
            self.report.schema(at, message.to_owned());
        }
        let max_items = self.integer_field(at, items, 1..=i64::MAX);
        let max_bytes = self.integer_field(at, bytes, 1..=PAYLOAD_BYTES_MAX as i64);
        let input = at.field("BatchInput").and_then(|at| self.value(&at, Readable::Input));
        Some(ItemBatcher { max_items, max_bytes, input })
    }

    fn writer(&mut self, at: &Cursor<'_>) -> Option<ResultWriter> {
        if !schema::check(self.report, at, &WRITER, self.language) {
            return None;
        }
        let arguments = self.payload(at);
        let payload = ["Parameters", "Arguments"].iter().any(|name| at.node.get(name).is_some());
        let config = at.field("WriterConfig");
        let resource = at.field("Resource");
        if resource.is_none() && payload {
            schema::require(self.report, at, &["Resource"]);
        } else if resource.is_none() && config.is_none() {
            let message = "At least one of these fields is required: [WriterConfig, Resource]";
            self.report.schema(at, message.to_owned());
        }
        let resource = resource.map(|at| self.map_resource(&at, &WRITER_ACTIONS));
        let known =
            config.filter(|at| schema::check(self.report, at, &WRITER_CONFIG, self.language));
        let config = known.map_or_else(Vec::new, |config| self.words(&config, &WRITER_WORDS));
        let resource = resource.flatten().map(|(_, arn)| arn);
        Some(ResultWriter { resource, arguments, config })
    }

    /// Reads fields that choose from words or, in a JSONata state, compute one.
    fn words(&mut self, owner: &Cursor<'_>, choices: &[(&'static str, &[&'static str])]) -> Config {
        let mut config = Vec::new();
        for (name, words) in choices {
            let word = owner.field(name).and_then(|at| {
                self.field(&at, |s, at| fields::one_of(s.report, at, words).map(Json::from))
            });
            config.extend(word.map(|word| (*name, word)));
        }
        config
    }

    /// Reads the `Resource` of a reader or writer.
    fn map_resource(
        &mut self,
        at: &Cursor<'_>,
        actions: &[&'static str],
    ) -> Option<(&'static str, Arc<str>)> {
        let arn = fields::text(self.report, at)?;
        let action = arn
            .strip_prefix("arn:aws")
            .and_then(|rest| rest.split_once(":states:::"))
            .filter(|(partition, _)| !partition.contains(':'))
            .and_then(|(_, action)| actions.iter().find(|known| **known == action));
        if action.is_none() {
            let known: Vec<String> =
                actions.iter().map(|action| format!("arn:aws:states:::{action}")).collect();
            let message =
                format!("The field '{}' does not match any of the allowed values", at.name());
            let hint = format!("use one of [{}]", known.join(", "));
            self.report.schema_hint(at, message, Some(hint));
        }
        Some((action.copied()?, arn.clone()))
    }
}

/// Returns whether names of resources cannot have `c`.
fn is_banned_in_names(c: char) -> bool {
    c.is_whitespace() || c.is_control() || "<>{}[]?*\"#%\\^|~`$&,;:/".contains(c)
}
