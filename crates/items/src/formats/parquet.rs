//! Parquet: every row is an item, an object of its columns.

mod chunks;
mod values;

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, RowGroupMetaData};
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
/// Largest group of rows, bytes as they are once they are decompressed.
const PLAIN_ROW_GROUP_BYTES_MAX: i64 = 1024 * 1024 * 1024;
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
        let failed = |failure: Failure| ItemsError::reader(failure.cause);
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
        reader.metadata().row_groups().iter().try_for_each(check_size)?;
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

/// Refuses a group of rows that would take too much memory. Its sizes are what the file says: sums
/// of them may be anything.
fn check_size(group: &RowGroupMetaData) -> Result<(), ItemsError> {
    let sum = |size: fn(&ColumnChunkMetaData) -> i64| {
        group.columns().iter().fold(0_i64, |sum, column| sum.saturating_add(size(column).max(0)))
    };
    let plain = sum(ColumnChunkMetaData::uncompressed_size).max(group.total_byte_size());
    for (size, max, what) in [
        (sum(ColumnChunkMetaData::compressed_size), ROW_GROUP_BYTES_MAX, "bytes"),
        (plain, PLAIN_ROW_GROUP_BYTES_MAX, "bytes when decompressed"),
    ] {
        if size > max {
            return Err(malformed(&format!("a row group is larger than {max} {what}")));
        }
    }
    Ok(())
}

/// Reads something of a file. The library is known to panic over some malformed files.
fn guarded<T>(read: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, ItemsError> {
    match panic::catch_unwind(AssertUnwindSafe(read)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(ParquetError::External(error))) => match error.downcast::<Failure>() {
            Ok(failure) => Err(ItemsError::reader(failure.cause)),
            Err(error) => Err(malformed(&error.to_string())),
        },
        Ok(Err(error)) => Err(malformed(&error.to_string())),
        Err(_) => Err(malformed("its parts contradict each other")),
    }
}

fn malformed(why: &str) -> ItemsError {
    ItemsError::reader(format!("The Parquet file cannot be read: {why}"))
}

#[cfg(test)]
mod tests {
    use parquet::schema::parser::parse_message_type;
    use parquet::schema::types::SchemaDescriptor;

    use super::*;

    fn check(compressed: i64, plain: i64, total: i64) -> Result<(), String> {
        let schema = Arc::new(parse_message_type("message row { REQUIRED INT32 id; }").unwrap());
        let schema = Arc::new(SchemaDescriptor::new(schema));
        let column = ColumnChunkMetaData::builder(schema.column(0))
            .set_total_compressed_size(compressed)
            .set_total_uncompressed_size(plain)
            .build()
            .unwrap();
        let group = RowGroupMetaData::builder(schema)
            .set_total_byte_size(total)
            .set_column_metadata(vec![column])
            .build()
            .unwrap();
        check_size(&group).map_err(|error| error.to_string())
    }

    #[test]
    fn row_groups_are_bounded_compressed_and_decompressed() {
        let (stored, plain) = (ROW_GROUP_BYTES_MAX, PLAIN_ROW_GROUP_BYTES_MAX);
        assert_eq!(check(stored, plain, plain), Ok(()));
        assert!(check(stored + 1, 1, 1).unwrap_err().ends_with("than 268435456 bytes"));
        for (columns, total) in [(plain + 1, 1), (1, plain + 1), (i64::MAX, -1)] {
            let refusal = check(1, columns, total).unwrap_err();
            assert!(refusal.ends_with("than 1073741824 bytes when decompressed"), "{refusal}");
        }
    }
}
