//! Activities: create, describe, delete, list.

use std::sync::Arc;

use compasso_store::Expected;
use compasso_types::{Arn, Timestamp};
use serde::{Deserialize, Serialize};

use crate::arns::{activity, check_name, name_length};
use crate::constraints::Constraints;
use crate::dates::seconds;
use crate::paging::{ask_for, page_bounds, page_items};
use crate::records::Activity;
use crate::shelf::{CHANGE_ATTEMPTS_MAX, Change, Shelf, Stored, delete, put};
use crate::state_machines::configuration::{
    check_encryption, complete_encryption, encryption_bounds,
};
use crate::tags::{check_tags, first_tags, tag_bounds};
use crate::{Caller, EncryptionConfiguration, Error, Service, Tag};

/// An activity to be.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct CreateActivity {
    pub name: String,
    pub tags: Option<Vec<Tag>>,
    pub encryption_configuration: Option<EncryptionConfiguration>,
}

/// What `CreateActivity` answers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct CreatedActivity {
    pub activity_arn: String,
    #[serde(serialize_with = "seconds")]
    pub creation_date: Timestamp,
}

/// Names an activity.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct DescribeActivity {
    pub activity_arn: String,
}

/// What `DescribeActivity` answers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct DescribedActivity {
    pub activity_arn: String,
    pub name: Arc<str>,
    #[serde(serialize_with = "seconds")]
    pub creation_date: Timestamp,
    pub encryption_configuration: EncryptionConfiguration,
}

/// Asks for a page.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct ListActivities {
    pub max_results: Option<i64>,
    pub next_token: Option<String>,
}

/// What `ListActivities` answers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct ActivityPage {
    pub activities: Vec<ActivityItem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// An activity in a listing.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct ActivityItem {
    pub activity_arn: String,
    pub name: Arc<str>,
    #[serde(serialize_with = "seconds")]
    pub creation_date: Timestamp,
}

impl Service {
    /// Creates an activity; creating it again answers the same.
    ///
    /// # Errors
    /// The request is invalid.
    pub async fn create_activity(
        &self,
        caller: &Caller,
        request: CreateActivity,
    ) -> Result<CreatedActivity, Error> {
        let tags = request.tags.unwrap_or_default();
        let constraints = name_length(Constraints::default(), "name", Some(&request.name));
        let encryption = request.encryption_configuration.as_ref();
        tag_bounds(encryption_bounds(constraints, encryption), &tags).check()?;
        check_name(&request.name)?;
        check_tags(&request.name, &tags)?;
        check_encryption(encryption)?;
        let encryption = encryption.and_then(complete_encryption);
        let arn = Arn::new(&caller.region, &caller.account, "activity", &request.name);
        let key = arn.as_str();
        let mut activity = Activity {
            name: request.name.into(),
            created: self.now(),
            tags: first_tags(&tags),
            encryption,
        };
        for _ in 0..CHANGE_ATTEMPTS_MAX {
            let change =
                if let Some(present) = self.inner.activities.get(&self.runtime, key).await? {
                    if present.value.encryption != activity.encryption {
                        return Err(Error::ActivityAlreadyExists { arn: key.to_owned() });
                    }
                    activity.created = present.value.created;
                    Change::Done
                } else {
                    self.check_room_for_activity().await?;
                    let changes = vec![put(key, Expected::Absent, &activity)];
                    self.change(key, changes).await?
                };
            if change == Change::Done {
                let (activity_arn, creation_date) = (key.to_owned(), activity.created);
                return Ok(CreatedActivity { activity_arn, creation_date });
            }
        }
        Err(Error::Overtaken { arn: key.to_owned() })
    }

    /// Describes an activity.
    ///
    /// # Errors
    /// There is no such activity.
    pub async fn describe_activity(
        &self,
        request: DescribeActivity,
    ) -> Result<DescribedActivity, Error> {
        let arn = activity("activityArn", &request.activity_arn)?;
        let found = self.activity(&arn).await?.value;
        Ok(DescribedActivity {
            activity_arn: request.activity_arn,
            name: found.name.clone(),
            creation_date: found.created,
            encryption_configuration: found.encryption.clone().unwrap_or_default(),
        })
    }

    /// Deletes an activity; deleting one that does not exist succeeds.
    ///
    /// # Errors
    /// The ARN is invalid.
    pub async fn delete_activity(&self, request: DescribeActivity) -> Result<(), Error> {
        let arn = activity("activityArn", &request.activity_arn)?;
        let changes = vec![delete::<Activity>(arn.as_str())];
        match self.change(arn.as_str(), changes).await? {
            // Nothing is expected of what is deleted, so nobody can be faster.
            Change::Done | Change::Overtaken => Ok(()),
        }
    }

    /// Lists the caller's activities by name.
    ///
    /// # Errors
    /// The token or the page size is invalid.
    pub async fn list_activities(
        &self,
        caller: &Caller,
        request: ListActivities,
    ) -> Result<ActivityPage, Error> {
        let token = request.next_token.as_deref();
        page_bounds(Constraints::default(), request.max_results, token).check()?;
        let prefix = format!("arn:aws:states:{}:{}:activity:", caller.region, caller.account);
        let after = self.position(&prefix, token).await?;
        let items = page_items(request.max_results);
        let found =
            Shelf::<Activity>::list(&self.runtime, &prefix, after.as_deref(), ask_for(items))
                .await?;
        let (found, next) = self.cut(found, items, &prefix, |(key, _)| key.clone()).await?;
        let activities = found
            .into_iter()
            .map(|(key, activity)| ActivityItem {
                activity_arn: key,
                name: activity.name.clone(),
                creation_date: activity.created,
            })
            .collect();
        Ok(ActivityPage { activities, next_token: next })
    }

    /// Returns an activity.
    pub(crate) async fn activity(&self, arn: &Arn) -> Result<Stored<Activity>, Error> {
        let found = self.inner.activities.get(&self.runtime, arn.as_str()).await?;
        found.ok_or_else(|| Error::ActivityDoesNotExist { arn: arn.as_str().to_owned() })
    }
}
