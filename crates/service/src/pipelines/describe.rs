//! Describing a pipeline and its versions.

use std::sync::Arc;

use compasso_types::{Json, Timestamp};
use serde::Serialize;

use super::name::{missing, whole};
use super::paused::PausedPipeline;
use crate::dates::iso;
use crate::publications::Version;
use crate::{Caller, Error, Service};

/// A pipeline with the version it is asked for in.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DescribedPipeline {
    /// Its ARN.
    pub id: String,
    /// Its name.
    pub name: Arc<str>,
    /// When it was pushed first.
    #[serde(serialize_with = "iso")]
    pub created: Timestamp,
    /// Set while it is paused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused: Option<PausedPipeline>,
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<Arc<str>>,
    /// For people, in Markdown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Arc<str>>,
    /// Who answers for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<Arc<str>>,
    /// `standard` or `express`.
    pub mode: &'static str,
    /// The version that is shown.
    pub version: PipelineVersion,
    /// Its text.
    pub definition: Arc<str>,
    /// `{nodes, edges, groups}`.
    pub graph: Json,
    /// What a run is given.
    pub params: Vec<ParamView>,
}

/// A version of a pipeline.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PipelineVersion {
    /// Its number.
    pub number: u64,
    /// The digest of its text, in hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Arc<str>>,
    /// When it was pushed.
    #[serde(serialize_with = "iso")]
    pub created: Timestamp,
    /// What is new, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Arc<str>>,
    /// Who wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<Arc<str>>,
    /// The commit it is part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<Arc<str>>,
    /// The repository that has the commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<Arc<str>>,
}

/// The versions of a pipeline.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PipelineVersions {
    /// The newest first; their number is bounded, so they are one page.
    pub items: Vec<PipelineVersion>,
}

/// A param, for who fills in a form.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ParamView {
    /// Its name.
    pub name: Arc<str>,
    /// Its type, if it has one.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<&'static str>,
    /// What it is if nobody says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<Json>,
    /// Whether a run must say what it is.
    pub required: bool,
    /// Whether nobody may see its values.
    pub secret: bool,
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<Arc<str>>,
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Arc<str>>,
    /// The rules its values keep, as JSON Schema.
    pub schema: Json,
}

impl Service {
    /// Describes a pipeline, or one of its versions.
    ///
    /// # Errors
    /// There is no such pipeline or version.
    pub async fn describe_pipeline(
        &self,
        caller: &Caller,
        name: &str,
    ) -> Result<DescribedPipeline, Error> {
        let target = self.pipeline_target(caller, name).await?;
        let compiled = self.compiled(&target.definition).await?;
        let (publications, _) = self.publications(&target.arn).await?;
        let number = target.version.as_deref().and_then(|arn| arn.rsplit(':').next()?.parse().ok());
        let version = number.and_then(|number| publications.version(number));
        let (Some(version), Some(pipeline)) = (version, &compiled.pipeline) else {
            return Err(Error::Internal(format!("stored pipeline {name} has no version")));
        };
        let machine = &target.machine.value;
        Ok(DescribedPipeline {
            id: target.arn.as_str().to_owned(),
            name: machine.name.clone(),
            created: machine.created,
            paused: machine.paused.clone().map(PausedPipeline::from),
            title: pipeline.title.clone(),
            description: pipeline.description.clone(),
            owner: pipeline.owner.clone(),
            mode: pipeline.mode.name(),
            version: PipelineVersion::of(version),
            definition: compiled.revision.definition.clone(),
            graph: compasso_pipeline::graph(pipeline),
            params: pipeline.params.iter().map(ParamView::of).collect(),
        })
    }

    /// Lists the versions of a pipeline.
    ///
    /// # Errors
    /// There is no such pipeline.
    pub async fn pipeline_versions(
        &self,
        caller: &Caller,
        name: &str,
    ) -> Result<PipelineVersions, Error> {
        let arn = whole(caller, name)?;
        self.machine(&arn).await.map_err(|error| missing(name, error))?;
        let (publications, _) = self.publications(&arn).await?;
        let newest_first = publications.versions.iter().rev();
        Ok(PipelineVersions { items: newest_first.map(PipelineVersion::of).collect() })
    }
}

impl PipelineVersion {
    fn of(version: &Version) -> Self {
        Self {
            number: version.number,
            sha256: version.origin.sha256.clone(),
            created: version.created,
            description: version.description.clone(),
            author: version.origin.author.clone(),
            commit: version.origin.commit.clone(),
            repository: version.origin.repository.clone(),
        }
    }
}

impl ParamView {
    fn of(param: &compasso_pipeline::tree::Param) -> Self {
        Self {
            name: param.name.clone(),
            kind: param.kind.map(compasso_pipeline::tree::ParamType::name),
            default: param.literal_default().filter(|_| !param.secret).cloned(),
            required: param.required,
            secret: param.secret,
            title: param.title.clone(),
            description: param.description.clone(),
            schema: param.schema.clone(),
        }
    }
}
