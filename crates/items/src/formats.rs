//! The formats of datasets: bytes to items.

mod json;
mod json_lines;
mod json_scanner;

use std::io::{BufRead, BufReader, Read};
use std::sync::Arc;

use compasso_types::Json;

use crate::objects::Failure;
use crate::{InputType, ItemsError, ReaderConfig};

/// Largest item, bytes of its text in the file.
const ITEM_BYTES_MAX: usize = 8 * 1024 * 1024;

/// How much is read from a store at once.
const BUFFER_BYTES: usize = 64 * 1024;

/// The items of a dataset, one after the other. Its calls may block.
pub(crate) trait Items: Send {
    /// Returns the next item; `None` after the last. It is not called again after an error.
    fn next(&mut self) -> Result<Option<Found>, ItemsError>;
}

/// An item without its place.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) key: Option<Arc<str>>,
    pub(crate) value: Json,
    pub(crate) source: Arc<str>,
    /// About how much memory it takes.
    pub(crate) bytes: usize,
}

/// What the formats read from.
type Input = Box<dyn BufRead + Send>;

/// Opens a file.
pub(crate) fn open(
    input: Box<dyn Read + Send>,
    config: &ReaderConfig,
    source: Arc<str>,
) -> Result<Box<dyn Items>, ItemsError> {
    let mut input: Input = Box::new(BufReader::with_capacity(BUFFER_BYTES, input));
    skip_byte_order_mark(&mut input)?;
    match config.input_type {
        Some(InputType::Json) => {
            Ok(Box::new(json::JsonItems::open(input, &config.items_pointer, source)?))
        }
        Some(InputType::JsonLines) => Ok(Box::new(json_lines::JsonLinesItems::new(input, source))),
        Some(InputType::Csv | InputType::Parquet | InputType::Manifest) | None => {
            Err(ItemsError::reader("The field 'InputType' has a value that cannot be read here."))
        }
    }
}

fn skip_byte_order_mark(input: &mut Input) -> Result<(), ItemsError> {
    const MARK: &[u8] = b"\xEF\xBB\xBF";
    // A buffer shorter than the mark that is not the whole file does not come from a file.
    if input.fill_buf().map_err(|error| unreadable(&error))?.starts_with(MARK) {
        input.consume(MARK.len());
    }
    Ok(())
}

/// The store failed while a file was read.
fn unreadable(error: &std::io::Error) -> ItemsError {
    Failure::of(error).into_reader_error()
}

fn too_large() -> ItemsError {
    ItemsError::reader(format!("An item is larger than {ITEM_BYTES_MAX} bytes."))
}
