//! The versions and aliases of a state machine: one record, so that they change together.

use std::fmt::Display;
use std::sync::Arc;

use compasso_store::Expected;
use compasso_types::{Arn, Timestamp};
use serde::{Deserialize, Serialize};

use crate::arns::{MachineArn, arn_length};
use crate::constraints::Constraints;
use crate::paging::{ask_for, page_bounds, page_items};
use crate::records::{Machine, Record};
use crate::shelf::{CHANGE_ATTEMPTS_MAX, Change, Stored, put};
use crate::{Error, Service};

/// Most versions of a state machine.
const VERSIONS_MAX: usize = 1_000;
/// Most aliases of a state machine.
const ALIASES_MAX: usize = 100;
/// The number of the first version.
pub(crate) const FIRST_VERSION: u64 = 1;

/// Asks for a page of a state machine's versions, or of its aliases or those of a version.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct ListPublications {
    pub state_machine_arn: String,
    pub next_token: Option<String>,
    pub max_results: Option<i64>,
}

/// What is published of a state machine; its key is the state machine's ARN.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Publications {
    /// The number of the newest version there ever was: no number is used twice.
    last: u64,
    /// Oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) versions: Vec<Version>,
    /// Oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) aliases: Vec<Alias>,
}

impl Record for Publications {
    const KIND: &'static str = "publications";
}

/// A revision under a number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Version {
    pub(crate) number: u64,
    /// Completes the key of the [`crate::records::Revision`].
    pub(crate) revision: Arc<str>,
    pub(crate) created: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<Arc<str>>,
    /// Where the content of a pipeline comes from.
    #[serde(flatten)]
    pub(crate) origin: Origin,
}

/// Where the content of a pipeline's version comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Origin {
    /// The digest of its text, in hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sha256: Option<Arc<str>>,
    /// Who wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) author: Option<Arc<str>>,
    /// The commit it is part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) commit: Option<Arc<str>>,
    /// The repository that has the commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) repository: Option<Arc<str>>,
}

/// A name for one version or two.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Alias {
    pub(crate) name: Arc<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<Arc<str>>,
    pub(crate) routes: Vec<Route>,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
}

/// How many of a hundred starts go to a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Route {
    pub(crate) version: u64,
    pub(crate) weight: u32,
}

impl Publications {
    pub(crate) fn version(&self, number: u64) -> Option<&Version> {
        self.versions.iter().find(|version| version.number == number)
    }

    /// Notes who wrote a version, unless that is known.
    pub(crate) fn note_author(&mut self, number: u64, author: &Arc<str>) {
        if let Some(version) = self.versions.iter_mut().find(|version| version.number == number) {
            version.origin.author.get_or_insert_with(|| author.clone());
        }
    }

    /// Returns the version that publishes a revision.
    pub(crate) fn of_revision(&self, revision: &str) -> Option<&Version> {
        self.versions.iter().rev().find(|version| *version.revision == *revision)
    }

    pub(crate) fn alias(&self, name: &str) -> Option<&Alias> {
        self.aliases.iter().find(|alias| *alias.name == *name)
    }

    pub(crate) fn alias_mut(&mut self, name: &str) -> Option<&mut Alias> {
        self.aliases.iter_mut().find(|alias| *alias.name == *name)
    }

    /// Returns the version that publishes a revision, made anew unless there is one.
    ///
    /// # Errors
    /// There are too many versions.
    pub(crate) fn publish(
        &mut self,
        revision: &Arc<str>,
        description: Option<Arc<str>>,
        now: Timestamp,
    ) -> Result<&Version, Error> {
        self.publish_of(revision, description, Origin::default(), now)
    }

    /// The same with a word on where its content comes from.
    pub(crate) fn publish_of(
        &mut self,
        revision: &Arc<str>,
        description: Option<Arc<str>>,
        origin: Origin,
        now: Timestamp,
    ) -> Result<&Version, Error> {
        let known = self.versions.iter().position(|version| version.revision == *revision);
        let at = match known {
            Some(at) => at,
            None if self.versions.len() == VERSIONS_MAX => {
                return Err(Error::ServiceQuotaExceeded(
                    "The maximum number of versions of a state machine has been reached",
                ));
            }
            None => {
                self.last += 1;
                let (number, revision) = (self.last, revision.clone());
                self.versions.push(Version { number, revision, created: now, description, origin });
                self.versions.len() - 1
            }
        };
        Ok(&self.versions[at])
    }

    /// Gives up the oldest version that no alias refers to, if there is room for no other one.
    pub(crate) fn make_room(&mut self) {
        if self.versions.len() < VERSIONS_MAX {
            return;
        }
        let is_free = |version: &Version| {
            let routes = self.aliases.iter().flat_map(|alias| &alias.routes);
            routes.into_iter().all(|route| route.version != version.number)
        };
        if let Some(at) = self.versions.iter().position(is_free) {
            self.versions.remove(at);
        }
    }

    /// Removes a version.
    ///
    /// # Errors
    /// Aliases refer to it; their names are the error.
    pub(crate) fn remove_version(&mut self, number: u64) -> Result<(), Vec<Arc<str>>> {
        let refers = |alias: &&Alias| alias.routes.iter().any(|route| route.version == number);
        let names: Vec<_> =
            self.aliases.iter().filter(refers).map(|alias| alias.name.clone()).collect();
        if !names.is_empty() {
            return Err(names);
        }
        self.versions.retain(|version| version.number != number);
        Ok(())
    }

    /// Adds an alias of a new name.
    ///
    /// # Errors
    /// There are too many aliases.
    pub(crate) fn add_alias(&mut self, alias: Alias) -> Result<(), Error> {
        if self.aliases.len() == ALIASES_MAX {
            return Err(Error::ServiceQuotaExceeded(
                "The maximum number of aliases of a state machine has been reached",
            ));
        }
        self.aliases.push(alias);
        Ok(())
    }

    /// Removes an alias, if there is one of this name.
    pub(crate) fn remove_alias(&mut self, name: &str) {
        self.aliases.retain(|alias| *alias.name != *name);
    }
}

impl Alias {
    /// Returns the version that takes the start whose lot, of a hundred, was drawn.
    pub(crate) fn drawn(&self, lot: u32) -> Option<u64> {
        let mut passed = 0;
        let taken = self.routes.iter().find(|route| {
            passed += route.weight;
            lot < passed
        });
        taken.or(self.routes.first()).map(|route| route.version)
    }

    /// Returns the version that most starts go to, the first of two alike.
    pub(crate) fn main_version(&self) -> Option<u64> {
        self.routes.iter().rev().max_by_key(|route| route.weight).map(|route| route.version)
    }
}

impl ListPublications {
    /// Checks the bounds, and returns what the ARN names.
    pub(crate) fn check(&self) -> Result<MachineArn, Error> {
        let text = &self.state_machine_arn;
        let constraints = arn_length(Constraints::default(), "stateMachineArn", text);
        page_bounds(constraints, self.max_results, self.next_token.as_deref()).check()?;
        MachineArn::parse("stateMachineArn", text)
    }
}

impl Service {
    /// Returns the page that is asked for of `all`, in the order of their places in `listing`, and
    /// the token of the next one.
    pub(crate) async fn page_of<'p, T: 'p>(
        &self,
        all: impl IntoIterator<Item = &'p T>,
        listing: &str,
        request: &ListPublications,
        place: impl Fn(&T) -> String,
    ) -> Result<(Vec<&'p T>, Option<String>), Error> {
        let after = self.position(listing, request.next_token.as_deref()).await?;
        let is_left = |item: &&T| after.as_deref().is_none_or(|after| *after < *place(item));
        let mut found: Vec<_> = all.into_iter().filter(is_left).collect();
        found.sort_by_cached_key(|item| place(item));
        let items = page_items(request.max_results);
        found.truncate(ask_for(items));
        self.cut(found, items, listing, |item| place(item)).await
    }

    /// Returns what is published of a state machine, and what must hold to change it.
    pub(crate) async fn publications(&self, arn: &Arn) -> Result<(Publications, Expected), Error> {
        let found = self.inner.publications.get(&self.runtime, arn.as_str()).await?;
        Ok(match found {
            Some(Stored { value, revision }) => {
                (Arc::unwrap_or_clone(value), Expected::Revision(revision))
            }
            None => (Publications::default(), Expected::Absent),
        })
    }

    /// Changes what is published of a state machine that stays. `edit` is called again when
    /// somebody else was faster.
    ///
    /// # Errors
    /// There is no such state machine, it is being deleted, or `edit` refuses.
    pub(crate) async fn edit_publications<T>(
        &self,
        arn: &Arn,
        edit: impl Fn(&mut Publications, &Machine) -> Result<T, Error>,
    ) -> Result<T, Error> {
        for _ in 0..CHANGE_ATTEMPTS_MAX {
            let machine = self.lasting_machine(arn).await?;
            let (present, expected) = self.publications(arn).await?;
            let mut next = present.clone();
            let answer = edit(&mut next, &machine.value)?;
            if next == present {
                return Ok(answer);
            }
            let key = arn.as_str();
            // Written as well, so that nothing is published of what was deleted meanwhile.
            let untouched = put(key, Expected::Revision(machine.revision), &*machine.value);
            let changes = vec![untouched, put(key, expected, &next)];
            if self.change(key, changes).await? == Change::Done {
                return Ok(answer);
            }
        }
        Err(Error::Overtaken { arn: arn.as_str().to_owned() })
    }
}

/// Writes the ARN of a version or an alias.
pub(crate) fn qualified(machine: &str, qualifier: impl Display) -> Arc<str> {
    format!("{machine}:{qualifier}").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_lots_are_shared_out_by_weight() {
        let route = |version, weight| Route { version, weight };
        let alias = |routes| Alias {
            name: "PROD".into(),
            description: None,
            routes,
            created: Timestamp(0),
            updated: Timestamp(0),
        };
        let split = alias(vec![route(1, 30), route(2, 70)]);
        let firsts = (0..100).filter(|lot| split.drawn(*lot) == Some(1)).count();
        assert_eq!(firsts, 30);
        let one = alias(vec![route(1, 0), route(2, 100)]);
        assert!((0..100).all(|lot| one.drawn(lot) == Some(2)));
    }

    #[test]
    fn a_state_machine_has_so_many_versions_and_no_more() {
        let mut publications = Publications::default();
        let now = Timestamp(0);
        for number in 0..VERSIONS_MAX {
            publications.publish(&number.to_string().into(), None, now).unwrap();
        }
        let refused = publications.publish(&"one more".into(), None, now);
        assert!(matches!(refused, Err(Error::ServiceQuotaExceeded(_))));
        assert_eq!(publications.publish(&"0".into(), None, now).unwrap().number, 1);
    }

    #[test]
    fn numbers_of_versions_are_never_used_again() {
        let mut publications = Publications::default();
        let now = Timestamp(0);
        let number = |publications: &mut Publications, revision: &str| {
            publications.publish(&revision.into(), None, now).unwrap().number
        };
        assert_eq!(number(&mut publications, "a"), 1);
        assert_eq!(number(&mut publications, "b"), 2);
        assert_eq!(number(&mut publications, "a"), 1, "a revision is published once");
        publications.remove_version(2).unwrap();
        assert_eq!(number(&mut publications, "b"), 3);
    }
}
