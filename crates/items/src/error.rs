//! What goes wrong with items and results, in the words of Step Functions.

use compasso_types::ItemAddress;

use crate::objects::Failure;

/// The source of the items cannot be read.
const ITEM_READER_FAILED: &str = "States.ItemReaderFailed";

/// The source of the items is another one than before.
const ITEMS_CHANGED: &str = "Items.Changed";

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

    /// Makes the error of a store that did not do what a reader asked.
    pub(crate) fn of_store(failure: Failure) -> Self {
        if failure.is_changed { Self::changed() } else { Self::reader(failure.cause) }
    }

    /// Makes an `Items.Changed`: a file was written while it was read.
    pub fn changed() -> Self {
        let cause = "The file of the items was changed while it was read, so that some could be left out \
                     or be taken twice. Write a file under a name of its own, and run the task again";
        Self { error: ITEMS_CHANGED, cause: cause.to_owned() }
    }

    /// Makes an `Items.Changed`: a list of objects is another one than when it was begun.
    pub fn list_changed() -> Self {
        let cause = "The objects of the list were changed while it was read, so that some could be left out or \
                     be taken twice. Write those of a run below a prefix of their own, and run the task again";
        Self { error: ITEMS_CHANGED, cause: cause.to_owned() }
    }

    /// Makes the error of an address that names nothing that can be read.
    pub fn no_address(address: &str, is_prefix: bool) -> Self {
        let forms = ItemAddress::forms(is_prefix);
        Self::reader(format!("'{address}' is no address of items: write {forms}"))
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
