//! Parquet: every row is an item, an object of its columns.

mod chunks;
mod values;

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Row;
use parquet::record::reader::RowIter;

use self::chunks::Chunks;
use super::{Found, Items};
use crate::objects::{Failure, Location};
use crate::{ItemsError, Stores};

/// Largest description of a file at its end, bytes.
const FOOTER_BYTES_MAX: u32 = 5 * 1024 * 1024;
/// Largest group of rows, bytes as they are stored.
const ROW_GROUP_BYTES_MAX: i64 = 256 * 1024 * 1024;
/// What a file ends with: the length of the footer and the mark of the format.
const END_BYTES: usize = 8;

/// The rows of a file.
pub(super) struct ParquetItems {
    rows: RowIter<'static>,
    source: Arc<str>,
}

impl ParquetItems {
    /// Reads the description of the file.
    pub(super) fn open(stores: &Stores, location: &Location) -> Result<Self, ItemsError> {
        let failed = |failure: Failure| ItemsError::reader(failure.0);
        let info = stores.of(location).info(location).map_err(failed)?;
        if info.size < END_BYTES as u64 {
            return Err(malformed("it is too short"));
        }
        let end = info.size - END_BYTES as u64;
        let end = stores.of(location).read_at(location, &info, end, END_BYTES).map_err(failed)?;
        let length = u32::from_le_bytes([end[0], end[1], end[2], end[3]]);
        if length > FOOTER_BYTES_MAX {
            return Err(malformed(&format!("its footer is larger than {FOOTER_BYTES_MAX} bytes")));
        }
        let chunks = Chunks::new(stores.clone(), location.clone(), info);
        let reader = guarded(|| SerializedFileReader::new(chunks))?;
        let groups = reader.metadata().row_groups();
        if groups.iter().any(|group| group.compressed_size() > ROW_GROUP_BYTES_MAX) {
            let text = format!("a row group is larger than {ROW_GROUP_BYTES_MAX} bytes");
            return Err(malformed(&text));
        }
        let rows = guarded(|| Ok(RowIter::from_file_into(Box::new(reader))))?;
        Ok(Self { rows, source: location.source().into() })
    }
}

impl Items for ParquetItems {
    fn next(&mut self) -> Result<Option<Found>, ItemsError> {
        let row: Option<Row> = guarded(|| self.rows.next().transpose())?;
        Ok(row.map(|row| {
            let (value, bytes) = values::row(&row);
            Found { key: None, value, source: Arc::clone(&self.source), bytes }
        }))
    }
}

/// Reads something of a file. The library is known to panic over some malformed files.
fn guarded<T>(read: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, ItemsError> {
    match panic::catch_unwind(AssertUnwindSafe(read)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(ParquetError::External(error))) => match error.downcast::<Failure>() {
            Ok(failure) => Err(ItemsError::reader(failure.0)),
            Err(error) => Err(malformed(&error.to_string())),
        },
        Ok(Err(error)) => Err(malformed(&error.to_string())),
        Err(_) => Err(malformed("its parts contradict each other")),
    }
}

fn malformed(why: &str) -> ItemsError {
    ItemsError::reader(format!("The Parquet file cannot be read: {why}"))
}
