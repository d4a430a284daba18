//! Tags of state machines and activities.

use std::sync::Arc;

use compasso_store::Expected;
use compasso_types::Arn;
use compasso_types::limits::TAGS_MAX;
use serde::{Deserialize, Serialize};

use crate::arns::{arn_length, parse};
use crate::constraints::Constraints;
use crate::records::{Activity, Machine, Record, Tag};
use crate::shelf::{CHANGE_ATTEMPTS_MAX, Change, Shelf, put};
use crate::{Error, Service};

const KEY_CHARS_MAX: usize = 128;
const VALUE_CHARS_MAX: usize = 256;

/// Sets tags.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct TagResource {
    pub resource_arn: String,
    pub tags: Vec<Tag>,
}

/// Removes tags.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct UntagResource {
    pub resource_arn: String,
    pub tag_keys: Vec<String>,
}

/// Asks for the tags of a resource.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct ListTags {
    pub resource_arn: String,
}

/// What `ListTagsForResource` answers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct Tags {
    pub tags: Vec<Tag>,
}

impl Service {
    /// Sets tags, replacing those of the same key.
    ///
    /// # Errors
    /// There is no such resource, or it would have too many tags.
    pub async fn tag_resource(&self, request: TagResource) -> Result<(), Error> {
        let constraints = arn_length(Constraints::default(), "resourceArn", &request.resource_arn);
        tag_bounds(constraints, &request.tags).check()?;
        check_tags(&request.resource_arn, &request.tags)?;
        self.change_tags(&request.resource_arn, |tags| set(tags, &request.tags)).await
    }

    /// Sets all tags; others that are there go.
    pub(crate) async fn replace_tags(&self, text: &str, tags: &[Tag]) -> Result<(), Error> {
        tag_bounds(Constraints::default(), tags).check()?;
        check_tags(text, tags)?;
        self.change_tags(text, |present| *present = first_tags(tags)).await
    }

    /// Removes tags; those that are not there are no matter.
    ///
    /// # Errors
    /// There is no such resource.
    pub async fn untag_resource(&self, request: UntagResource) -> Result<(), Error> {
        let mut constraints =
            arn_length(Constraints::default(), "resourceArn", &request.resource_arn);
        for (key, number) in request.tag_keys.iter().zip(1..) {
            constraints =
                constraints.chars(&format!("tagKeys.{number}.member"), key, 1..=KEY_CHARS_MAX);
        }
        constraints.check()?;
        self.change_tags(&request.resource_arn, |tags| {
            tags.retain(|tag| !request.tag_keys.contains(&tag.key));
        })
        .await
    }

    /// Lists the tags of a resource.
    ///
    /// # Errors
    /// There is no such resource.
    pub async fn list_tags(&self, request: ListTags) -> Result<Tags, Error> {
        let tags = match resource(&request.resource_arn)? {
            Resource::Machine(arn) => {
                let found = self.inner.machines.get(&self.runtime, arn.as_str()).await?;
                found.map(|stored| stored.value.tags.clone())
            }
            Resource::Activity(arn) => {
                let found = self.inner.activities.get(&self.runtime, arn.as_str()).await?;
                found.map(|stored| stored.value.tags.clone())
            }
        };
        let missing = || Error::ResourceNotFound { arn: request.resource_arn.clone() };
        Ok(Tags { tags: tags.ok_or_else(missing)? })
    }

    async fn change_tags(&self, text: &str, edit: impl Fn(&mut Vec<Tag>)) -> Result<(), Error> {
        match resource(text)? {
            Resource::Machine(arn) => self.edit_tags(&self.inner.machines, &arn, edit).await,
            Resource::Activity(arn) => self.edit_tags(&self.inner.activities, &arn, edit).await,
        }
    }

    async fn edit_tags<R: Tagged>(
        &self,
        shelf: &Shelf<R>,
        arn: &Arn,
        edit: impl Fn(&mut Vec<Tag>),
    ) -> Result<(), Error> {
        let arn = arn.as_str();
        for _ in 0..CHANGE_ATTEMPTS_MAX {
            let found = shelf.get(&self.runtime, arn).await?;
            let stored = found.ok_or_else(|| Error::ResourceNotFound { arn: arn.to_owned() })?;
            let mut record = Arc::unwrap_or_clone(stored.value);
            edit(record.tags_mut());
            if record.tags_mut().len() > TAGS_MAX {
                return Err(Error::TooManyTags { arn: arn.to_owned() });
            }
            let change = put(arn, Expected::Revision(stored.revision), &record);
            if self.change(arn, vec![change]).await? == Change::Done {
                return Ok(());
            }
        }
        Err(Error::Overtaken { arn: arn.to_owned() })
    }
}

/// Returns the tags of a new resource: of those with the same key, the last.
pub(crate) fn first_tags(tags: &[Tag]) -> Vec<Tag> {
    let mut first = Vec::new();
    set(&mut first, tags);
    first
}

/// Sets tags, replacing those of the same key.
fn set(tags: &mut Vec<Tag>, more: &[Tag]) {
    for tag in more {
        match tags.iter_mut().find(|present| present.key == tag.key) {
            Some(present) => present.value.clone_from(&tag.value),
            None => tags.push(tag.clone()),
        }
    }
}

/// Adds the bounds of tags.
pub(crate) fn tag_bounds(mut constraints: Constraints, tags: &[Tag]) -> Constraints {
    for (tag, number) in tags.iter().zip(1..) {
        constraints = constraints
            .chars(&format!("tags.{number}.member.key"), &tag.key, 1..=KEY_CHARS_MAX)
            .chars(&format!("tags.{number}.member.value"), &tag.value, 0..=VALUE_CHARS_MAX);
    }
    constraints
}

/// Checks the characters and the number of tags given to `resource`.
pub(crate) fn check_tags(resource: &str, tags: &[Tag]) -> Result<(), Error> {
    if tags.len() > TAGS_MAX {
        return Err(Error::TooManyTags { arn: resource.to_owned() });
    }
    let is_allowed = |c: char| c.is_alphanumeric() || " _.:/=+-@".contains(c);
    for tag in tags {
        if tag.key.to_lowercase().starts_with("aws:") {
            return Err(Error::validation("Tag keys must not start with aws:"));
        }
        if !tag.key.chars().chain(tag.value.chars()).all(is_allowed) {
            return Err(Error::validation(
                "Tags can only contain letters, digits, blanks and _ . : / = + - @",
            ));
        }
    }
    Ok(())
}

trait Tagged: Record + Clone {
    fn tags_mut(&mut self) -> &mut Vec<Tag>;
}

impl Tagged for Machine {
    fn tags_mut(&mut self) -> &mut Vec<Tag> {
        &mut self.tags
    }
}

impl Tagged for Activity {
    fn tags_mut(&mut self) -> &mut Vec<Tag> {
        &mut self.tags
    }
}

/// What can have tags.
enum Resource {
    Machine(Arn),
    Activity(Arn),
}

fn resource(text: &str) -> Result<Resource, Error> {
    let arn = parse("resourceArn", text)?;
    match (arn.kind(), arn.parts().count()) {
        ("stateMachine", 1) => Ok(Resource::Machine(arn)),
        ("activity", 1) => Ok(Resource::Activity(arn)),
        _ => Err(Error::ResourceNotFound { arn: text.to_owned() }),
    }
}
