//! Where the items of a distributed Map come from.

mod config;
mod stream;

use std::sync::Arc;

use compasso_types::Json;

pub use config::{
    CsvConfig, CsvDelimiter, CsvHeader, InputType, ManifestType, ReaderConfig, Transformation,
};
pub use stream::ItemStream;

use crate::formats::{self, Items};
use crate::objects::{Location, Stores};
use crate::{ItemsError, objects};

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

    /// Returns the stream of the items. Nothing is read before the first item is asked for.
    ///
    /// # Errors
    /// The reader is not one that can be opened: an argument is missing or wrong.
    pub fn open(&self, stores: &Stores) -> Result<ItemStream, ItemsError> {
        let action = self.resource.rsplit(':').next().unwrap_or_default();
        if action != "getObject" {
            return Err(ItemsError::reader(format!(
                "The resource {} is not one that items can be read from.",
                self.resource
            )));
        }
        let location = Location {
            owner: self.optional("ExpectedBucketOwner")?.map(str::to_owned),
            version: self.optional("VersionId")?.map(str::to_owned),
            ..Location::new(self.required("Bucket")?, self.required("Key")?)
        };
        let (config, stores) = (self.config.clone(), stores.clone());
        let open = move || open_object(&stores, &location, &config);
        Ok(ItemStream::new(Box::new(open), self.config.max_items))
    }

    fn required(&self, name: &str) -> Result<&str, ItemsError> {
        let missing =
            || ItemsError::reader(format!("The field '{name}' is required but was missing"));
        self.optional(name)?.ok_or_else(missing)
    }

    fn optional(&self, name: &str) -> Result<Option<&str>, ItemsError> {
        match self.arguments.get(name) {
            None => Ok(None),
            Some(Json::String(text)) => Ok(Some(text)),
            Some(_) => Err(ItemsError::reader(format!("The field '{name}' must be a string."))),
        }
    }
}

fn open_object(
    stores: &Stores,
    location: &Location,
    config: &ReaderConfig,
) -> Result<Box<dyn Items>, ItemsError> {
    let input = stores.of(location).open(location).map_err(objects::Failure::into_reader_error)?;
    formats::open(input, config, location.source().into())
}
