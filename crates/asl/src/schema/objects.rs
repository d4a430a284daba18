//! The fields of every object that is not a state.

use super::{Field, Shape};

/// The whole definition.
pub(crate) const MACHINE: Shape = Shape {
    fields: &[
        Field::both("Comment"),
        Field::both("QueryLanguage"),
        Field::both("StartAt"),
        Field::both("States"),
        Field::both("TimeoutSeconds"),
        Field::both("Version"),
    ],
    required: BLOCK,
};

/// What every block must have.
pub(crate) const BLOCK: &[&str] = &["States", "StartAt"];

/// An element of `Branches`.
pub(crate) const BRANCH: Shape = Shape {
    fields: &[
        Field::both("Comment"),
        Field::both("QueryLanguage"),
        Field::both("StartAt"),
        Field::both("States"),
    ],
    required: BLOCK,
};

/// `ItemProcessor` or `Iterator`.
pub(crate) const PROCESSOR: Shape = Shape {
    fields: &[
        Field::both("Comment"),
        Field::both("StartAt"),
        Field::both("States"),
        Field::both("ProcessorConfig"),
    ],
    required: BLOCK,
};

/// `ProcessorConfig`.
pub(crate) const PROCESSOR_CONFIG: Shape =
    Shape { fields: &[Field::both("Mode"), Field::both("ExecutionType")], required: &[] };

/// An element of `Retry`.
pub(crate) const RETRIER: Shape = Shape {
    fields: &[
        Field::both("Comment"),
        Field::both("ErrorEquals"),
        Field::both("IntervalSeconds"),
        Field::both("MaxAttempts"),
        Field::both("BackoffRate"),
        Field::both("MaxDelaySeconds"),
        Field::both("JitterStrategy"),
    ],
    required: &["ErrorEquals"],
};

/// An element of `Catch`.
pub(crate) const CATCHER: Shape = Shape {
    fields: &[
        Field::both("Comment"),
        Field::both("ErrorEquals"),
        Field::both("Next"),
        Field::both("Assign"),
        Field::jsonpath("ResultPath", "'Output'"),
        Field::jsonata("Output", "'ResultPath'"),
    ],
    required: &["ErrorEquals", "Next"],
};

/// An element of `Choices`; the operators of JSONPath come on top.
pub(crate) const RULE: Shape = Shape {
    fields: &[
        Field::both("Comment"),
        Field::both("Next"),
        Field::both("Assign"),
        Field::jsonata("Condition", "'Variable' and an operator"),
        Field::jsonata("Output", "the state's 'OutputPath'"),
        Field::jsonpath("Variable", "'Condition'"),
        Field::jsonpath("And", "'and' in a 'Condition'"),
        Field::jsonpath("Or", "'or' in a 'Condition'"),
        Field::jsonpath("Not", "'$not(…)' in a 'Condition'"),
    ],
    required: &["Next"],
};

/// A rule inside `And`, `Or` or `Not`.
pub(crate) const RULE_NESTED: Shape = Shape {
    fields: &[
        Field::both("Comment"),
        Field::jsonpath("Variable", "'Condition'"),
        Field::jsonpath("And", "'and' in a 'Condition'"),
        Field::jsonpath("Or", "'or' in a 'Condition'"),
        Field::jsonpath("Not", "'$not(…)' in a 'Condition'"),
    ],
    required: &[],
};

/// `ItemReader`.
pub(crate) const READER: Shape = Shape {
    fields: &[
        Field::both("Resource"),
        Field::both("ReaderConfig"),
        Field::jsonpath("Parameters", "'Arguments'"),
        Field::jsonata("Arguments", "'Parameters'"),
    ],
    required: &["Resource"],
};

/// `ReaderConfig`.
pub(crate) const READER_CONFIG: Shape = Shape {
    fields: &[
        Field::both("InputType"),
        Field::both("Transformation"),
        Field::both("ManifestType"),
        Field::both("CSVDelimiter"),
        Field::both("CSVHeaderLocation"),
        Field::both("CSVHeaders"),
        Field::both("ItemsPointer"),
        Field::both("MaxItems"),
        Field::jsonpath("MaxItemsPath", "an expression in 'MaxItems'"),
    ],
    required: &[],
};

/// `ItemBatcher`.
pub(crate) const BATCHER: Shape = Shape {
    fields: &[
        Field::both("BatchInput"),
        Field::both("MaxItemsPerBatch"),
        Field::jsonpath("MaxItemsPerBatchPath", "an expression in 'MaxItemsPerBatch'"),
        Field::both("MaxInputBytesPerBatch"),
        Field::jsonpath("MaxInputBytesPerBatchPath", "an expression in 'MaxInputBytesPerBatch'"),
    ],
    required: &[],
};

/// `ResultWriter`.
pub(crate) const WRITER: Shape = Shape {
    fields: &[
        Field::both("Resource"),
        Field::both("WriterConfig"),
        Field::jsonpath("Parameters", "'Arguments'"),
        Field::jsonata("Arguments", "'Parameters'"),
    ],
    required: &[],
};

/// `WriterConfig`.
pub(crate) const WRITER_CONFIG: Shape =
    Shape { fields: &[Field::both("OutputType"), Field::both("Transformation")], required: &[] };
