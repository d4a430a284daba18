//! The formats of datasets: bytes to items.

mod compression;
mod csv;
mod csv_records;
mod json;
mod json_lines;
mod json_scanner;
mod parquet;

use std::io::{BufRead, BufReader, Read};
use std::sync::Arc;

use compasso_types::Json;

use crate::objects::{Failure, Location};
use crate::{InputType, ItemsError, ReaderConfig, Stores};

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
    stores: &Stores,
    location: &Location,
    config: &ReaderConfig,
) -> Result<Box<dyn Items>, ItemsError> {
    if config.input_type == Some(InputType::Parquet) {
        return Ok(Box::new(parquet::ParquetItems::open(stores, location)?));
    }
    let opened = stores.of(location).open(location);
    let input = opened.map_err(ItemsError::of_store)?;
    read(input, config, location.source().into())
}

/// Reads a file of a format that is read from its beginning to its end.
pub(crate) fn read(
    input: Box<dyn Read + Send>,
    config: &ReaderConfig,
    source: Arc<str>,
) -> Result<Box<dyn Items>, ItemsError> {
    let text = compression::text(input).map_err(|error| unreadable(&error))?;
    let input: Input = Box::new(BufReader::with_capacity(BUFFER_BYTES, text));
    match config.input_type {
        Some(InputType::Csv) => Ok(Box::new(csv::CsvItems::open(input, &config.csv, source)?)),
        Some(InputType::Json) => {
            Ok(Box::new(json::JsonItems::open(input, &config.items_pointer, source)?))
        }
        Some(InputType::JsonLines) => Ok(Box::new(json_lines::JsonLinesItems::new(input, source))),
        Some(InputType::Parquet | InputType::Manifest) | None => {
            Err(ItemsError::reader("The field 'InputType' must be the format of a file."))
        }
    }
}

/// The store failed while a file was read, or what it gave cannot be decompressed.
fn unreadable(error: &std::io::Error) -> ItemsError {
    let failure = Failure::of(error);
    if failure.is_changed {
        return ItemsError::changed();
    }
    ItemsError::reader(format!("The file cannot be read: {failure}"))
}

fn too_large() -> ItemsError {
    ItemsError::reader(format!("An item is larger than {ITEM_BYTES_MAX} bytes."))
}
