//! Views of the list of runs that people saved: their own, and those of all. What a view shows is a
//! text that only the console understands.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use compasso_store::{DocumentChange, Expected};
use compasso_types::limits::SAVED_VIEWS_MAX;
use serde::{Deserialize, Serialize};

use crate::constraints::Constraints;
use crate::records::Record;
use crate::shelf::{
    CHANGE_ATTEMPTS_MAX, Change, Shelf, Stored, delete, put, read_once, read_stored,
};
use crate::{Error, Service};

const NAME_CHARS_MAX: usize = 100;
const SEARCH_CHARS_MAX: usize = 4_096;
/// Bytes of the digest that is an id, as hexadecimal digits.
const ID_CHARS: usize = 16;

/// A view as it is stored; the key is the account and its id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct ViewRecord {
    id: Arc<str>,
    name: Arc<str>,
    /// What it shows.
    search: Arc<str>,
    /// Who saved it.
    by: Arc<str>,
    /// Whether all see it.
    team: bool,
    /// Its place among the others.
    place: i64,
}

/// Which view somebody begins with; the key is the account and the person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct FirstView {
    view: Arc<str>,
}

impl Record for ViewRecord {
    const KIND: &'static str = "saved-view";
}

impl Record for FirstView {
    const KIND: &'static str = "first-view";
}

/// A view to be.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SaveView {
    /// What it is called.
    pub name: Arc<str>,
    /// What it shows.
    pub search: Arc<str>,
    /// Whether all see it.
    #[serde(default)]
    pub team: bool,
}

/// What is to change of a view; what is absent stays.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangeView {
    /// What it is called.
    pub name: Option<Arc<str>>,
    /// What it shows.
    pub search: Option<Arc<str>>,
    /// Whether all see it.
    pub team: Option<bool>,
    /// Its place among the others: smaller ones come first.
    pub place: Option<i64>,
    /// Whether the list of runs begins with it, for who asks.
    pub is_default: Option<bool>,
}

/// A saved view.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SavedView {
    /// Its id.
    pub id: Arc<str>,
    /// What it is called.
    pub name: Arc<str>,
    /// What it shows.
    pub search: Arc<str>,
    /// Who saved it.
    pub by: Arc<str>,
    /// Whether who asks may change it.
    pub is_mine: bool,
    /// Whether all see it.
    pub team: bool,
    /// Its place among the others.
    pub place: i64,
    /// Whether the list of runs begins with it, for who asks.
    pub is_default: bool,
}

/// The views that somebody sees.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SavedViews {
    /// Their own first, by place and name; their number is bounded, so they are one page.
    pub items: Vec<SavedView>,
}

/// Somebody of an account.
#[derive(Clone, Debug)]
pub struct Person {
    /// The account.
    pub account: Arc<str>,
    /// Their name.
    pub name: Arc<str>,
}

impl Person {
    fn key(&self, id: &str) -> String {
        format!("{}/{id}", self.account)
    }
}

impl Service {
    /// Lists the views that somebody sees.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn saved_views(&self, person: &Person) -> Result<SavedViews, Error> {
        let first = self.first_view(person).await?;
        let all = self.all_views(person).await?;
        let seen = all.into_iter().filter(|view| view.team || view.by == person.name);
        let mut items: Vec<_> =
            seen.map(|view| SavedView::of(&view, person, first.as_ref())).collect();
        items.sort_by_key(|view| (Reverse(view.is_mine), view.place, view.name.clone()));
        Ok(SavedViews { items })
    }

    /// Saves a view.
    ///
    /// # Errors
    /// Something in it cannot be used, its author has one of this name, or there are too many.
    pub async fn save_view(&self, person: &Person, request: SaveView) -> Result<SavedView, Error> {
        let SaveView { name, search, team } = request;
        check(Some(&name), Some(&search))?;
        let all = self.all_views(person).await?;
        if all.len() >= SAVED_VIEWS_MAX {
            return Err(Error::ServiceQuotaExceeded("There are too many saved views"));
        }
        check_free(&all, person, &name, "")?;
        let place = all.iter().map(|view| view.place).max().unwrap_or(0).saturating_add(1);
        let digest = blake3::hash(&self.random()).to_hex();
        let id: Arc<str> = digest[..ID_CHARS].into();
        let view = ViewRecord { id, name, search, by: person.name.clone(), team, place };
        let key = person.key(&view.id);
        match self.change(&key, vec![put(&key, Expected::Absent, &view)]).await? {
            Change::Done => Ok(SavedView::of(&view, person, None)),
            Change::Overtaken => Err(Error::Overtaken { arn: key }),
        }
    }

    /// Changes a view: its author all of it, others only whether they begin with it.
    ///
    /// # Errors
    /// There is none, it is another's, or something in the request cannot be used.
    pub async fn change_view(
        &self,
        person: &Person,
        id: &str,
        request: ChangeView,
    ) -> Result<SavedView, Error> {
        check(request.name.as_ref(), request.search.as_ref())?;
        for _ in 0..CHANGE_ATTEMPTS_MAX {
            let stored = self.seen_view(person, id).await?;
            let view = request.applied_to(&stored.value);
            if view != *stored.value {
                stored.value.check_author(person)?;
                check_free(&self.all_views(person).await?, person, &view.name, id)?;
            }
            let key = person.key(id);
            let mut changes = vec![put(&key, Expected::Revision(stored.revision), &view)];
            let first = self.first_view(person).await?;
            let (first, change) = request.first(person, id, first);
            changes.extend(change);
            if self.change(&key, changes).await? == Change::Done {
                return Ok(SavedView::of(&view, person, first.as_ref()));
            }
        }
        Err(Error::Overtaken { arn: person.key(id) })
    }

    /// Deletes a view.
    ///
    /// # Errors
    /// There is none, or it is another's.
    pub async fn delete_view(&self, person: &Person, id: &str) -> Result<(), Error> {
        self.seen_view(person, id).await?.value.check_author(person)?;
        let key = person.key(id);
        match self.change(&key, vec![delete::<ViewRecord>(&key)]).await? {
            Change::Done | Change::Overtaken => Ok(()),
        }
    }

    async fn all_views(&self, person: &Person) -> Result<Vec<Arc<ViewRecord>>, Error> {
        let prefix = person.key("");
        let found = Shelf::list(&self.runtime, &prefix, None, SAVED_VIEWS_MAX).await?;
        Ok(found.into_iter().map(|(_, view)| view).collect())
    }

    async fn seen_view(&self, person: &Person, id: &str) -> Result<Stored<ViewRecord>, Error> {
        let found = read_stored::<ViewRecord>(&self.runtime, &person.key(id)).await?;
        let seen = found.filter(|view| view.value.team || view.value.by == person.name);
        seen.ok_or_else(|| Error::ResourceNotFound { arn: id.to_owned() })
    }

    /// Returns the view that somebody begins with.
    async fn first_view(&self, person: &Person) -> Result<Option<Arc<str>>, Error> {
        let first = read_once::<FirstView>(&self.runtime, &person.key(&person.name)).await?;
        Ok(first.map(|first| first.view))
    }
}

impl ViewRecord {
    fn check_author(&self, person: &Person) -> Result<(), Error> {
        if self.by == person.name {
            return Ok(());
        }
        Err(Error::Conflict(format!("Only {} can change this view: save one of your own", self.by)))
    }
}

impl ChangeView {
    fn applied_to(&self, view: &ViewRecord) -> ViewRecord {
        ViewRecord {
            id: view.id.clone(),
            name: self.name.clone().unwrap_or_else(|| view.name.clone()),
            search: self.search.clone().unwrap_or_else(|| view.search.clone()),
            by: view.by.clone(),
            team: self.team.unwrap_or(view.team),
            place: self.place.unwrap_or(view.place),
        }
    }

    /// Returns the view that somebody begins with then, and what is to be written for that.
    fn first(
        &self,
        person: &Person,
        id: &str,
        before: Option<Arc<str>>,
    ) -> (Option<Arc<str>>, Option<DocumentChange>) {
        let key = person.key(&person.name);
        let is_first = before.as_deref() == Some(id);
        match self.is_default {
            Some(true) if !is_first => {
                let first = FirstView { view: id.into() };
                (Some(id.into()), Some(put(&key, Expected::Any, &first)))
            }
            Some(false) if is_first => (None, Some(delete::<FirstView>(&key))),
            Some(_) | None => (before, None),
        }
    }
}

impl SavedView {
    fn of(view: &ViewRecord, person: &Person, first: Option<&Arc<str>>) -> Self {
        Self {
            id: view.id.clone(),
            name: view.name.clone(),
            search: view.search.clone(),
            by: view.by.clone(),
            is_mine: view.by == person.name,
            team: view.team,
            place: view.place,
            is_default: first == Some(&view.id),
        }
    }
}

fn check(name: Option<&Arc<str>>, search: Option<&Arc<str>>) -> Result<(), Error> {
    Constraints::default()
        .chars_if("name", name.map(|name| &**name), 1..=NAME_CHARS_MAX)
        .chars_if("search", search.map(|search| &**search), 0..=SEARCH_CHARS_MAX)
        .check()
}

/// Refuses the name of another view that its author sees.
fn check_free(all: &[Arc<ViewRecord>], person: &Person, name: &str, id: &str) -> Result<(), Error> {
    let mine = all.iter().filter(|view| view.by == person.name && *view.id != *id);
    let taken: BTreeSet<&str> = mine.map(|view| &*view.name).collect();
    if taken.contains(name) {
        return Err(Error::Conflict(format!("You have a view '{name}' already")));
    }
    Ok(())
}
