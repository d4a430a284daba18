//! What a reader reads: one file, a list of objects, or the files that a list or a manifest names.

use compasso_types::Json;

use super::chain::Chain;
use super::listing::{self, ListedObjects};
use super::manifest;
use super::{InputType, ItemReader, ManifestType, ReaderConfig, Transformation};
use crate::formats::{self, Items};
use crate::objects::{Failure, Location};
use crate::{ItemsError, Stores};

/// A dataset that is not yet open.
pub(super) enum Dataset {
    File(Location),
    Inventory(Location),
    AthenaFiles(Location),
    /// The objects with a prefix.
    List(Location),
    /// What the objects with a prefix hold.
    ListedFiles(Location),
}

impl Dataset {
    /// Finds out what a reader means.
    pub(super) fn of(reader: &ItemReader) -> Result<Self, ItemsError> {
        let arguments = Arguments(&reader.arguments);
        let action = reader.resource.rsplit(':').next().unwrap_or_default();
        let owner = arguments.optional("ExpectedBucketOwner")?.map(str::to_owned);
        let bucket = arguments.required("Bucket")?;
        match action {
            "getObject" => {
                let key = arguments.required("Key")?;
                let version = arguments.optional("VersionId")?.map(str::to_owned);
                let file = Location { owner, version, ..Location::new(bucket, key) };
                Ok(match (reader.config.manifest_type, reader.config.input_type) {
                    (Some(ManifestType::AthenaData), _) => Self::AthenaFiles(file),
                    (Some(ManifestType::S3Inventory), _) => Self::Inventory(file),
                    (None, Some(InputType::Manifest)) => Self::Inventory(file),
                    (None, _) => Self::File(file),
                })
            }
            "listObjectsV2" => {
                let prefix = arguments.optional("Prefix")?.unwrap_or_default();
                let prefix = Location { owner, ..Location::new(bucket, prefix) };
                Ok(match reader.config.transformation {
                    Transformation::None => Self::List(prefix),
                    Transformation::LoadAndFlatten => Self::ListedFiles(prefix),
                })
            }
            _ => Err(ItemsError::reader(format!(
                "The resource {} is not one that items can be read from.",
                reader.resource
            ))),
        }
    }

    /// Returns which file exactly it is, if it is one. May block.
    pub(super) fn tag(&self, stores: &Stores) -> Result<Option<String>, ItemsError> {
        let Self::File(location) = self else { return Ok(None) };
        Ok(stores.of(location).info(location).map_err(failed)?.tag)
    }

    /// Demands that the file have this tag from its beginning to its end, if it is one.
    pub(super) fn tagged(self, tag: Option<String>) -> Self {
        match self {
            Self::File(location) => Self::File(Location { tag, ..location }),
            other => other,
        }
    }

    /// Opens the dataset. May block.
    pub(super) fn open(
        self,
        stores: &Stores,
        config: &ReaderConfig,
    ) -> Result<Box<dyn Items>, ItemsError> {
        match self {
            Self::File(location) => formats::open(stores, &location, config),
            Self::Inventory(location) => manifest::inventory(stores, &location),
            Self::AthenaFiles(location) => {
                let files = manifest::athena_files(stores, location)?;
                Ok(Box::new(Chain::new(stores, files, config)))
            }
            Self::List(prefix) => Ok(Box::new(ListedObjects::open(stores, &prefix)?)),
            Self::ListedFiles(prefix) => {
                let files = listing::files(stores, &prefix)?;
                Ok(Box::new(Chain::new(stores, files, config)))
            }
        }
    }
}

/// `Parameters` or `Arguments`.
struct Arguments<'a>(&'a Json);

impl<'a> Arguments<'a> {
    fn required(&self, name: &str) -> Result<&'a str, ItemsError> {
        let missing = || format!("The field '{name}' is required but was missing");
        self.optional(name)?.ok_or_else(|| ItemsError::reader(missing()))
    }

    fn optional(&self, name: &str) -> Result<Option<&'a str>, ItemsError> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Json::String(text)) => Ok(Some(text)),
            Some(_) => Err(ItemsError::reader(format!("The field '{name}' must be a string."))),
        }
    }
}

/// A store did not do what a reader asked.
pub(super) fn failed(failure: Failure) -> ItemsError {
    ItemsError::of_store(failure)
}
