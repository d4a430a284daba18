//! Separated values: every record is an item, an object of texts.

use std::sync::Arc;

use compasso_types::{Json, Object};

use super::csv_records::{Records, Rest};
use super::{Found, Input, Items};
use crate::ItemsError;
use crate::reader::{CsvConfig, CsvHeader};

/// Largest header, bytes of all names together.
const HEADER_BYTES_MAX: usize = 10 * 1024;

/// About how much memory a member takes beside its text.
const MEMBER_BYTES: usize = 64;

/// The records of a file below its header.
pub(super) struct CsvItems {
    records: Records<Input>,
    names: Vec<Arc<str>>,
    missing: Json,
    source: Arc<str>,
}

impl CsvItems {
    /// Reads the header.
    pub(super) fn open(
        input: Input,
        config: &CsvConfig,
        source: Arc<str>,
    ) -> Result<Self, ItemsError> {
        let mut records = Records::new(input, config.delimiter.byte());
        let names = match &config.header {
            CsvHeader::Given(names) => names.clone(),
            CsvHeader::FirstRow => {
                records.read(Rest::Kept)?.map(|row| row.fields).unwrap_or_default()
            }
        };
        let names = check(names)?.into_iter().map(Arc::from).collect();
        Ok(Self { records, names, missing: Json::from(""), source })
    }
}

impl Items for CsvItems {
    fn next(&mut self) -> Result<Option<Found>, ItemsError> {
        let Some(record) = self.records.read(Rest::DroppedAfter(self.names.len()))? else {
            return Ok(None);
        };
        let mut fields = record.fields.into_iter();
        let mut members = Object::with_capacity(self.names.len());
        for name in &self.names {
            let value = fields.next().map_or_else(|| self.missing.clone(), Json::from);
            members.insert(Arc::clone(name), value);
        }
        let bytes = record.bytes + members.len() * MEMBER_BYTES;
        Ok(Some(Found {
            key: None,
            value: members.into(),
            source: Arc::clone(&self.source),
            bytes,
        }))
    }
}

fn check(names: Vec<String>) -> Result<Vec<String>, ItemsError> {
    if names.iter().map(String::len).sum::<usize>() > HEADER_BYTES_MAX {
        let text = format!("CSV headers cannot be larger than {HEADER_BYTES_MAX} bytes.");
        return Err(ItemsError::reader(text));
    }
    let mut sorted: Vec<_> = names.iter().collect();
    sorted.sort_unstable();
    if sorted.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(ItemsError::reader("CSV headers cannot contain duplicates."));
    }
    Ok(names)
}
