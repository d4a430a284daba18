//! Objects that appear in a store that speaks the protocol of S3.

use std::collections::BTreeMap;
use std::time::Duration;

use compasso_items::Stores;
use compasso_pipeline::tree::ObjectTrigger;
use compasso_types::{Glob, Json, Timestamp};

use super::seen::{Difference, Seen, differences};
use super::{Found, news};
use crate::Triggers;
use crate::entry::Unusable;
use crate::inbox::Later;
use crate::limits::WATCHED_MAX;

/// The pause between two looks, if the trigger does not say.
pub(super) const EVERY: Duration = Duration::from_secs(30);

/// Objects that are looked at.
#[derive(Debug)]
pub(super) struct Objects {
    bucket: String,
    prefix: String,
    glob: Glob,
    by_key: bool,
}

/// An object as it was listed.
struct Listed {
    size: u64,
    modified: Timestamp,
}

/// Objects were not looked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoLook {
    /// Looking again would not help.
    #[error("{0}")]
    Refused(String),
    /// The store did not answer.
    #[error("{0}")]
    Unavailable(String),
}

impl Triggers {
    /// Looks once for objects whose keys fit a pattern (`s3://bucket/in/*.csv`): up to `most`, each
    /// as triggers see it, in the order of their keys.
    ///
    /// # Errors
    /// It is no such URL, or the store does not answer.
    pub async fn objects(&self, url: &str, most: usize) -> Result<Vec<Json>, NoLook> {
        let objects = Objects::at(url).map_err(|why| NoLook::Refused(why.to_string()))?;
        let listed = objects.list(&self.inner.stores).await;
        let listed = listed.map_err(|why| NoLook::Unavailable(why.to_string()))?;
        let found = listed.iter().take(most);
        Ok(found.map(|(key, (tag, object))| objects.shown(key, tag, object)).collect())
    }
}

impl Objects {
    pub(super) fn of(trigger: &ObjectTrigger) -> Result<Self, Unusable> {
        if trigger.connection.is_some() {
            return Err(Unusable::NotSupported("'connection' of an object trigger"));
        }
        if trigger.notify.is_some() {
            return Err(Unusable::NotSupported("'notify' of an object trigger"));
        }
        Ok(Self { by_key: trigger.dedupe == "key", ..Self::at(&trigger.url)? })
    }

    /// Reads where objects are, with a pattern of their keys.
    fn at(url: &str) -> Result<Self, Unusable> {
        if ["gs://", "az://"].iter().any(|scheme| url.starts_with(scheme)) {
            return Err(Unusable::NotSupported("an object of this store"));
        }
        let address = url.strip_prefix("s3://");
        let address = address.ok_or("the URL of an object begins with 's3://'")?;
        let (bucket, pattern) = address.split_once('/').ok_or("the URL needs a pattern of keys")?;
        let literal = pattern.find(['*', '?', '[', '{', '\\']).unwrap_or(pattern.len());
        Ok(Self {
            bucket: bucket.to_owned(),
            prefix: pattern[..literal].to_owned(),
            glob: Glob::parse(pattern)?,
            by_key: false,
        })
    }

    pub(super) async fn find(&self, stores: &Stores, seen: &Seen) -> Result<Found, Later> {
        let listed = self.list(stores).await?;
        let looks = listed.iter().map(|(key, (tag, _))| (key.clone(), tag.clone())).collect();
        let mut found = Found::default();
        for (key, difference) in differences(seen, &looks) {
            let Some((tag, object)) = listed.get(key) else {
                found.notes.push((key.to_owned(), None));
                continue;
            };
            if difference == Difference::Changed && self.by_key {
                found.notes.push((key.to_owned(), Some(tag.clone())));
                continue;
            }
            let known_by = if self.by_key { key.to_owned() } else { format!("{key}@{tag}") };
            let value = self.shown(key, tag, object);
            found.news.push(news(key, Some(tag.clone()), known_by, "object", value));
        }
        Ok(found)
    }

    /// Returns what expressions see of an object.
    fn shown(&self, key: &str, tag: &str, object: &Listed) -> Json {
        Json::object([
            ("bucket", Json::from(self.bucket.as_str())),
            ("key", Json::from(key)),
            ("size", Json::from(i64::try_from(object.size).unwrap_or(i64::MAX))),
            ("etag", Json::from(tag.trim_matches('"'))),
            ("modified", Json::from(object.modified.to_string())),
        ])
    }

    async fn list(&self, stores: &Stores) -> Result<BTreeMap<String, (String, Listed)>, Later> {
        let (stores, bucket, prefix) = (stores.clone(), self.bucket.clone(), self.prefix.clone());
        let glob = self.glob.clone();
        let listed = tokio::task::spawn_blocking(move || {
            let mut found = BTreeMap::new();
            for object in stores.list(&bucket, &prefix).map_err(|error| error.to_string())? {
                let object = object.map_err(|error| error.to_string())?;
                if !glob.matches(&object.key) {
                    continue;
                }
                if found.len() >= WATCHED_MAX {
                    return Err(format!("there are more than {WATCHED_MAX} objects"));
                }
                let modified = Timestamp((object.last_modified * 1_000.0) as i64);
                found.insert(object.key, (object.tag, Listed { size: object.size, modified }));
            }
            Ok(found)
        });
        let listed = listed.await.map_err(|_| Later("shutting down".into()))?;
        listed.map_err(|why| Later(format!("s3://{}/{}: {why}", self.bucket, self.prefix)))
    }
}
