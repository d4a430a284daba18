//! Aliases of pipelines and state machines: names for one version, or for two that share the starts.

use std::sync::Arc;

use compasso_types::{Arn, Timestamp};
use serde::{Deserialize, Serialize};

use super::name::{missing, whole};
use crate::access::Act;
use crate::arns::MachineArn;
use crate::constraints::Constraints;
use crate::dates::iso;
use crate::publications::{Alias, Route};
use crate::{Caller, Error, Service, Viewer};

/// Longest name of an alias, and longest description, characters.
const NAME_CHARS_MAX: usize = 80;
const DESCRIPTION_CHARS_MAX: usize = 256;
/// Most versions of an alias, and what their weights come to.
const ROUTES_MAX: usize = 2;
const WEIGHTS_SUM: u32 = 100;
/// What names are made of; all digits would be a version.
const NAME_PATTERN: &str = "[A-Za-z_-][A-Za-z0-9_.-]*";

/// An alias to be.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct SetAlias {
    /// For people.
    pub description: Option<Arc<str>>,
    /// One version or two.
    pub routes: Vec<AliasRoute>,
}

/// A version's share of the starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AliasRoute {
    /// The number of the version.
    pub version: u64,
    /// How many of a hundred starts it takes; all, if nothing is said.
    #[serde(default = "all_starts")]
    pub weight: u32,
}

fn all_starts() -> u32 {
    WEIGHTS_SUM
}

/// An alias.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PipelineAlias {
    /// Its name.
    pub name: Arc<str>,
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Arc<str>>,
    /// The versions it stands for.
    pub routes: Vec<AliasRoute>,
    /// When it was made.
    #[serde(serialize_with = "iso")]
    pub created: Timestamp,
    /// When it was changed last.
    #[serde(serialize_with = "iso")]
    pub updated: Timestamp,
}

/// The aliases of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PipelineAliases {
    /// The oldest first; their number is bounded, so they are one page.
    pub items: Vec<PipelineAlias>,
}

impl Service {
    /// Makes an alias of a pipeline, or changes it.
    ///
    /// # Errors
    /// There is no such pipeline or version, or the weights do not come to a hundred.
    pub async fn set_pipeline_alias(
        &self,
        caller: &Caller,
        pipeline: &str,
        name: &str,
        request: SetAlias,
    ) -> Result<PipelineAlias, Error> {
        let arn = whole(caller, pipeline)?;
        let set = self.set_alias(&arn, pipeline, name, request).await;
        set.map_err(|error| missing(pipeline, error))
    }

    /// Makes an alias of a state machine, or changes it.
    ///
    /// # Errors
    /// As [`Self::set_pipeline_alias`].
    pub async fn set_workflow_alias(
        &self,
        viewer: &Viewer,
        workflow: &str,
        name: &str,
        request: SetAlias,
    ) -> Result<PipelineAlias, Error> {
        viewer.check("UpdateStateMachineAlias", workflow)?;
        let arn = MachineArn::parse("id", workflow)?.machine()?;
        self.set_alias(&arn, workflow, name, request).await
    }

    async fn set_alias(
        &self,
        arn: &Arn,
        workflow: &str,
        name: &str,
        request: SetAlias,
    ) -> Result<PipelineAlias, Error> {
        let routes = request.check(name)?;
        let now = self.now();
        let edited = self.edit_publications(arn, |publications, _| {
            for route in &routes {
                if publications.version(route.version).is_none() {
                    let version = route.version;
                    let message = format!("There is no version {version} of '{workflow}'");
                    return Err(Error::validation(message));
                }
            }
            let before = publications.alias(name).map(|alias| told(&alias.routes));
            Act::change("routes", before, Some(told(&routes)));
            if let Some(present) = publications.alias_mut(name) {
                (present.routes, present.updated) = (routes.clone(), now);
                present.description.clone_from(&request.description);
                return Ok(PipelineAlias::of(present));
            }
            let alias = Alias {
                name: name.into(),
                description: request.description.clone(),
                routes: routes.clone(),
                created: now,
                updated: now,
            };
            let made = PipelineAlias::of(&alias);
            publications.add_alias(alias)?;
            Ok(made)
        });
        edited.await
    }

    /// Lists the aliases of a pipeline.
    ///
    /// # Errors
    /// There is no such pipeline.
    pub async fn pipeline_aliases(
        &self,
        caller: &Caller,
        pipeline: &str,
    ) -> Result<PipelineAliases, Error> {
        let arn = whole(caller, pipeline)?;
        self.machine(&arn).await.map_err(|error| missing(pipeline, error))?;
        let (publications, _) = self.publications(&arn).await?;
        Ok(PipelineAliases { items: publications.aliases.iter().map(PipelineAlias::of).collect() })
    }

    /// Deletes an alias of a pipeline.
    ///
    /// # Errors
    /// There is no such pipeline or alias.
    pub async fn delete_pipeline_alias(
        &self,
        caller: &Caller,
        pipeline: &str,
        name: &str,
    ) -> Result<(), Error> {
        let arn = whole(caller, pipeline)?;
        let deleted = self.remove_alias(&arn, pipeline, name).await;
        deleted.map_err(|error| missing(pipeline, error))
    }

    /// Deletes an alias of a state machine.
    ///
    /// # Errors
    /// There is no such state machine or alias.
    pub async fn delete_workflow_alias(
        &self,
        viewer: &Viewer,
        workflow: &str,
        name: &str,
    ) -> Result<(), Error> {
        viewer.check("DeleteStateMachineAlias", workflow)?;
        let arn = MachineArn::parse("id", workflow)?.machine()?;
        self.remove_alias(&arn, workflow, name).await
    }

    async fn remove_alias(&self, arn: &Arn, workflow: &str, name: &str) -> Result<(), Error> {
        let edited = self.edit_publications(arn, |publications, _| {
            if publications.alias(name).is_none() {
                return Err(Error::ResourceNotFound { arn: format!("{workflow}:{name}") });
            }
            publications.remove_alias(name);
            Ok(())
        });
        edited.await
    }
}

impl SetAlias {
    fn check(&self, name: &str) -> Result<Vec<Route>, Error> {
        let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || "_-".contains(c));
        let fits = begins && name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c));
        Constraints::default()
            .chars("name", name, 1..=NAME_CHARS_MAX)
            .pattern("name", Some(name), fits, NAME_PATTERN)
            .chars_if("description", self.description.as_deref(), 0..=DESCRIPTION_CHARS_MAX)
            .check()?;
        let sum: u64 = self.routes.iter().map(|route| u64::from(route.weight)).sum();
        let is_distinct = !matches!(&self.routes[..], [a, b] if a.version == b.version);
        if !(1..=ROUTES_MAX).contains(&self.routes.len())
            || sum != u64::from(WEIGHTS_SUM)
            || !is_distinct
        {
            return Err(Error::validation(format!(
                "routes are one version or two different ones, whose weights come to {WEIGHTS_SUM}"
            )));
        }
        let route = |route: &AliasRoute| Route { version: route.version, weight: route.weight };
        Ok(self.routes.iter().map(route).collect())
    }
}

impl PipelineAlias {
    fn of(alias: &Alias) -> Self {
        let route = |route: &Route| AliasRoute { version: route.version, weight: route.weight };
        Self {
            name: alias.name.clone(),
            description: alias.description.clone(),
            routes: alias.routes.iter().map(route).collect(),
            created: alias.created,
            updated: alias.updated,
        }
    }
}

/// Writes where an alias leads, such as `3` or `3 (90 %), 4 (10 %)`.
fn told(routes: &[Route]) -> String {
    if let [only] = routes {
        return only.version.to_string();
    }
    let each = routes.iter().map(|Route { version, weight }| format!("{version} ({weight} %)"));
    each.collect::<Vec<_>>().join(", ")
}
