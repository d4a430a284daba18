//! What is wrong with a definition, and where.

use std::fmt;
use std::ops::Range;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The definition cannot be used.
    Error,
    /// The definition can be used, but probably does not do what its author means.
    Warning,
}

/// The kind of problem; [`Code::name`] is Amazon's word where it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// The text is not JSON.
    InvalidJsonDescription,
    /// A field is missing, misplaced, of the wrong type or out of bounds.
    SchemaValidationFailed,
    /// A state has the name of another one.
    DuplicateStateName,
    /// A state's name is not allowed.
    InvalidStateName,
    /// A Map has the label of another one.
    DuplicateLabelName,
    /// A label is not allowed.
    InvalidLabelName,
    /// A variable's name is not allowed.
    InvalidVariableName,
    /// A variable has the name that stands for the state's data.
    ReservedVariableName,
    /// A text between `{%` and `%}` is no JSONata.
    InvalidJsonataExpression,
    /// A transition to nowhere, or a state nothing leads to.
    MissingTransitionTarget,
    /// No state ends the block.
    MissingEndState,
    /// A path or call under a name without `.$`.
    NoDollar,
    /// A path in a field that takes none.
    NoPath,
    /// A path in the result of a Pass state.
    PassResultIsStatic,
}

impl Code {
    /// Returns the code as the API writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::InvalidJsonDescription => "INVALID_JSON_DESCRIPTION",
            Self::SchemaValidationFailed => "SCHEMA_VALIDATION_FAILED",
            Self::DuplicateStateName => "DUPLICATE_STATE_NAME",
            Self::InvalidStateName => "INVALID_STATE_NAME",
            Self::DuplicateLabelName => "DUPLICATE_LABEL_NAME",
            Self::InvalidLabelName => "INVALID_LABEL_NAME",
            Self::InvalidVariableName => "INVALID_VARIABLE_NAME",
            Self::ReservedVariableName => "RESERVED_VARIABLE_NAME",
            Self::InvalidJsonataExpression => "INVALID_JSONATA_EXPRESSION",
            Self::MissingTransitionTarget => "MISSING_TRANSITION_TARGET",
            Self::MissingEndState => "MISSING_END_STATE",
            Self::NoDollar => "NO_DOLLAR",
            Self::NoPath => "NO_PATH",
            Self::PassResultIsStatic => "PASS_RESULT_IS_STATIC",
        }
    }
}

/// Writes the code as the API does.
impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A place in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Bytes of the text it covers.
    pub bytes: Range<usize>,
}

/// One problem; other front ends have codes of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic<C = Code> {
    /// How bad it is.
    pub severity: Severity,
    /// The kind of problem.
    pub code: C,
    /// What is wrong, in Amazon's words where they are known.
    pub message: String,
    /// The place as the API names it: `/States/A/Next`, `/States/C/Choices[0]/Next`,
    /// `[Source: (String); line: 1, column: 4]`; `None` for the definition as a whole.
    pub location: Option<String>,
    /// The place in the text.
    pub position: Position,
    /// A way out, such as a name that was probably meant.
    pub suggestion: Option<String>,
}
