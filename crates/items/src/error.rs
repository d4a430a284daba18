//! What goes wrong with items and results, in the words of Step Functions.

/// The source of the items cannot be read.
const ITEM_READER_FAILED: &str = "States.ItemReaderFailed";

/// The results cannot be written.
const RESULT_WRITER_FAILED: &str = "States.ResultWriterFailed";

/// An error of the Map state; it can be retried and caught by its name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}: {cause}")]
pub struct ItemsError {
    /// The name, such as `States.ItemReaderFailed`.
    pub error: &'static str,
    /// What happened, for people.
    pub cause: String,
}

impl ItemsError {
    /// Makes a `States.ItemReaderFailed`.
    pub(crate) fn reader(cause: impl Into<String>) -> Self {
        Self { error: ITEM_READER_FAILED, cause: cause.into() }
    }

    /// Says which of many files it is about.
    pub(crate) fn of_file(self, source: &str) -> Self {
        if self.cause.contains(source) {
            return self;
        }
        Self { cause: format!("{} (File: {source})", self.cause), ..self }
    }

    /// A thread that read items ended before its work.
    pub(crate) fn interrupted() -> Self {
        Self::reader("Reading the items was interrupted.")
    }

    /// Makes a `States.ResultWriterFailed`.
    pub(crate) fn writer(cause: impl Into<String>) -> Self {
        Self { error: RESULT_WRITER_FAILED, cause: cause.into() }
    }

    /// The source holds something that has no items.
    pub(crate) fn not_iterable() -> Self {
        Self::reader("Attempting to map over non-iterable node.")
    }
}
