//! Files that name the files with the data: inventories of S3, and results of Athena.

use std::io::{BufRead, BufReader, Read};

use compasso_types::Json;

use super::chain::{Chain, Files};
use super::dataset::failed;
use super::{CsvConfig, CsvDelimiter, CsvHeader, InputType, ReaderConfig};
use crate::formats::Items;
use crate::objects::{Failure, Location};
use crate::{ItemsError, Stores};

/// Largest manifest of an inventory, bytes.
const INVENTORY_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Longest line of a manifest of Athena, bytes.
const LINE_BYTES_MAX: u64 = 64 * 1024;

/// Opens the inventory that a `manifest.json` describes: CSV files whose header it tells.
pub(super) fn inventory(
    stores: &Stores,
    location: &Location,
) -> Result<Box<dyn Items>, ItemsError> {
    let input = stores.of(location).open(location).map_err(failed)?;
    let mut text = Vec::new();
    let read = input.take(INVENTORY_BYTES_MAX + 1).read_to_end(&mut text);
    read.map_err(|error| failed(Failure::of(&error)))?;
    if text.len() as u64 > INVENTORY_BYTES_MAX {
        return Err(malformed("it is too large"));
    }
    let manifest: Json =
        serde_json::from_slice(&text).map_err(|error| malformed(&error.to_string()))?;
    let member = |name: &str| manifest.get(name).and_then(Json::as_str);
    if member("fileFormat") != Some("CSV") {
        return Err(malformed("its files must be CSV"));
    }
    let schema = member("fileSchema").ok_or_else(|| malformed("it has no fileSchema"))?;
    let header = CsvHeader::Given(schema.split(',').map(|name| name.trim().to_owned()).collect());
    let config = ReaderConfig {
        input_type: Some(InputType::Csv),
        csv: CsvConfig { delimiter: CsvDelimiter::Comma, header },
        ..ReaderConfig::default()
    };
    let files = inventory_files(&manifest, location)?;
    Ok(Box::new(Chain::new(stores, files, &config)))
}

/// Returns the files of an inventory. They are in its destination; a local one is where it is.
fn inventory_files(manifest: &Json, location: &Location) -> Result<Files, ItemsError> {
    let destination = manifest.get("destinationBucket").and_then(Json::as_str);
    let bucket = match destination {
        Some(arn) if !location.is_local() => arn.rsplit(':').next().unwrap_or_default(),
        _ => &location.bucket,
    };
    let files = manifest.get("files").and_then(Json::as_array);
    let files = files.ok_or_else(|| malformed("it has no files"))?;
    let key = |file: &Json| file.get("key").and_then(Json::as_str).map(str::to_owned);
    let keys: Option<Vec<_>> = files.iter().map(key).collect();
    let keys = keys.ok_or_else(|| malformed("a file has no key"))?;
    let owner = location.owner.clone().filter(|_| bucket == location.bucket);
    let like = Location { owner, ..Location::new(bucket, "") };
    Ok(Box::new(keys.into_iter().map(move |key| Ok(Location { key, ..like.clone() }))))
}

/// Returns the data files that a manifest of Athena names, one address a line.
pub(super) fn athena_files(stores: &Stores, location: Location) -> Result<Files, ItemsError> {
    let input = stores.of(&location).open(&location).map_err(failed)?;
    let mut lines = BufReader::new(input);
    let mut next = move || loop {
        let mut line = Vec::new();
        let read = (&mut lines).take(LINE_BYTES_MAX).read_until(b'\n', &mut line);
        if read.map_err(|error| failed(Failure::of(&error)))? == 0 {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&line);
        // The format is CSV of one column.
        let address = line.trim().trim_matches('"');
        if !address.is_empty() {
            return data_file(address, &location).map(Some);
        }
    };
    Ok(Box::new(std::iter::from_fn(move || next().transpose())))
}

/// Returns the file at an address: in any bucket of S3, or in the directory of the manifest.
fn data_file(address: &str, manifest: &Location) -> Result<Location, ItemsError> {
    let named = match address.strip_prefix("s3://").and_then(|rest| rest.split_once('/')) {
        Some((bucket, key)) if !manifest.is_local() => Some((bucket, key)),
        _ => address
            .strip_prefix(manifest.bucket.trim_end_matches('/'))
            .and_then(|rest| rest.strip_prefix('/'))
            .filter(|_| manifest.is_local())
            .map(|key| (&*manifest.bucket, key)),
    };
    let (bucket, key) =
        named.ok_or_else(|| malformed(&format!("{address} is no address of a file")))?;
    // Other buckets may have other owners.
    let owner = manifest.owner.clone().filter(|_| bucket == manifest.bucket);
    Ok(Location { owner, ..Location::new(bucket, key) })
}

fn malformed(why: &str) -> ItemsError {
    ItemsError::reader(format!("The manifest cannot be read: {why}"))
}
