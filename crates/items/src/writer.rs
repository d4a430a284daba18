//! Where the results of a distributed Map go.

mod config;
mod export;
mod files;
mod record;
mod state_result;

use compasso_types::Json;

pub use config::{OutputType, ResultTransformation, WriterConfig};
pub use export::{ResultExport, Written};
pub use record::ChildRecord;
pub use state_result::StateResult;

use crate::objects::Location;
use crate::{ItemsError, Stores};

/// The field `ResultWriter` of a distributed Map, its expressions evaluated.
#[derive(Clone, Debug)]
pub struct ResultWriter {
    /// Such as `arn:aws:states:::s3:putObject`; absent: the results stay in the state.
    pub resource: Option<String>,
    /// `Parameters` or `Arguments`.
    pub arguments: Json,
    /// `WriterConfig`.
    pub config: WriterConfig,
}

/// How a child ended; results of one kind share their files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ResultKind {
    /// It failed, timed out or was aborted.
    Failed,
    /// It was never started.
    Pending,
    /// It succeeded.
    Succeeded,
}

impl ResultWriter {
    /// Reads the field, its expressions evaluated, from JSON:
    /// `{Resource, Parameters or Arguments, WriterConfig}`.
    ///
    /// # Errors
    /// A member has a value that it cannot have.
    pub fn from_json(field: &Json) -> Result<Self, ItemsError> {
        let resource = field.get("Resource").and_then(Json::as_str).map(str::to_owned);
        let arguments = field.get("Arguments").or_else(|| field.get("Parameters"));
        Ok(Self {
            resource,
            arguments: arguments.cloned().unwrap_or_else(Json::empty_object),
            config: WriterConfig::from_json(field.get("WriterConfig"))?,
        })
    }

    /// Begins to export the results of a map run. The same run exports to the same keys, so an
    /// export that a crash cut off is begun again and replaces what there is of it.
    ///
    /// # Errors
    /// The results stay in the state, or an argument is missing or wrong.
    pub fn begin(&self, stores: &Stores, map_run_arn: &str) -> Result<ResultExport, ItemsError> {
        let resource = self.resource.as_deref().unwrap_or_default();
        if resource.rsplit(':').next() != Some("putObject") {
            let text =
                format!("The resource {resource} is not one that results can be written to.");
            return Err(ItemsError::writer(text));
        }
        let bucket = self
            .argument("Bucket")?
            .ok_or_else(|| ItemsError::writer("The field 'Bucket' is required but was missing"))?;
        let id = map_run_arn.rsplit(':').next().unwrap_or_default();
        let folder = match self.argument("Prefix")?.map(|prefix| prefix.trim_end_matches('/')) {
            None | Some("") => id.to_owned(),
            Some(prefix) => format!("{prefix}/{id}"),
        };
        let owner = self.argument("ExpectedBucketOwner")?.map(str::to_owned);
        let folder = Location { owner, ..Location::new(bucket, &folder) };
        Ok(ResultExport::new(stores, folder, self.config, map_run_arn))
    }

    fn argument(&self, name: &str) -> Result<Option<&str>, ItemsError> {
        match self.arguments.get(name) {
            None => Ok(None),
            Some(Json::String(text)) => Ok(Some(text)),
            Some(_) => Err(ItemsError::writer(format!("The field '{name}' must be a string."))),
        }
    }
}

impl ResultKind {
    /// Returns the name that the manifest and the files have.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Failed => "FAILED",
            Self::Pending => "PENDING",
            Self::Succeeded => "SUCCEEDED",
        }
    }
}
