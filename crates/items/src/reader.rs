//! Where the items of a distributed Map come from.

mod chain;
mod config;
mod dataset;
mod given;
mod listing;
mod manifest;
mod stream;

use std::sync::Arc;

use compasso_types::Json;
use tokio::task;

pub use config::{
    CsvConfig, CsvDelimiter, CsvHeader, InputType, ManifestType, ReaderConfig, Transformation,
};
pub use given::GivenItems;
pub use stream::ItemStream;

use self::dataset::Dataset;
use crate::{ItemsError, Stores};

/// The field `ItemReader` of a distributed Map, its expressions evaluated.
#[derive(Clone, Debug)]
pub struct ItemReader {
    /// Such as `arn:aws:states:::s3:getObject`.
    pub resource: String,
    /// `Parameters` or `Arguments`.
    pub arguments: Json,
    /// `ReaderConfig`.
    pub config: ReaderConfig,
}

/// One item of a dataset.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The item's place in the dataset, from 0.
    pub index: u64,
    /// The member's name, if the dataset is a JSON object.
    pub key: Option<Arc<str>>,
    /// The item itself.
    pub value: Json,
    /// Where it comes from: `S3://bucket/key`, or `S3://bucket` for an entry of a list.
    pub source: Arc<str>,
}

impl ItemReader {
    /// Reads the field `ItemReader`, its expressions evaluated, from JSON:
    /// `{Resource, Parameters or Arguments, ReaderConfig}`.
    ///
    /// # Errors
    /// A member has a value that it cannot have.
    pub fn from_json(field: &Json) -> Result<Self, ItemsError> {
        let resource = field.get("Resource").and_then(Json::as_str).unwrap_or_default().to_owned();
        let arguments = field.get("Arguments").or_else(|| field.get("Parameters"));
        let arguments = arguments.cloned().unwrap_or_else(Json::empty_object);
        let config = ReaderConfig::from_json(field.get("ReaderConfig"))?;
        Ok(Self { resource, arguments, config })
    }

    /// Returns whether what it reads are the entries of a list.
    pub fn is_list(&self) -> bool {
        matches!(Dataset::of(self), Ok(Dataset::List(_)))
    }

    /// Returns what changes when the file does that is read: its tag. None if it is a list.
    ///
    /// # Errors
    /// The reader is not one that can be opened, or the file cannot be read.
    pub async fn tag(&self, stores: &Stores) -> Result<Option<String>, ItemsError> {
        let (dataset, (stores, _needed)) = (Dataset::of(self)?, stores.for_one());
        let look = task::spawn_blocking(move || dataset.tag(&stores));
        look.await.unwrap_or_else(|_| Err(ItemsError::interrupted()))
    }

    /// Returns the stream of the items. Nothing is read before the first item is asked for.
    ///
    /// # Errors
    /// The reader is not one that can be opened: an argument is missing or wrong.
    pub fn open(&self, stores: &Stores) -> Result<ItemStream, ItemsError> {
        self.open_tagged(stores, None)
    }

    /// Does the same, but a file must have the tag that is given from its beginning to its end.
    ///
    /// # Errors
    /// As [`Self::open`]. The stream says `Items.Changed` if the file has another one.
    pub fn open_tagged(
        &self,
        stores: &Stores,
        tag: Option<String>,
    ) -> Result<ItemStream, ItemsError> {
        let dataset = Dataset::of(self)?.tagged(tag);
        let ((stores, needed), config) = (stores.for_one(), self.config.clone());
        let open = Box::new(move || dataset.open(&stores, &config));
        Ok(ItemStream::new(open, self.config.max_items, needed))
    }
}
