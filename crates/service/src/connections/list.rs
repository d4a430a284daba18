//! `ListConnections`.

use compasso_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::record::ConnectionState;
use super::{ConnectionRecord, NAME_CHARS_MAX, key_prefix, name_form};
use crate::constraints::Constraints;
use crate::dates::{iso, iso_if, seconds, seconds_if};
use crate::paging::ask_for;
use crate::shelf::Shelf;
use crate::{Caller, Error, Service};

/// Most connections on a page, and as many if the caller does not say.
const PAGE_ITEMS_MAX: i64 = 100;
const TOKEN_CHARS_MAX: usize = 2048;

/// Asks for a page.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct ListConnections {
    pub name_prefix: Option<String>,
    pub connection_state: Option<String>,
    pub next_token: Option<String>,
    pub limit: Option<i64>,
}

/// What `ListConnections` answers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct ConnectionPage {
    pub connections: Vec<ConnectionItem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// A connection in a listing.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct ConnectionItem {
    pub connection_arn: String,
    pub name: String,
    pub connection_state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_reason: Option<String>,
    pub authorization_type: &'static str,
    #[serde(serialize_with = "seconds")]
    pub creation_time: Timestamp,
    #[serde(serialize_with = "seconds")]
    pub last_modified_time: Timestamp,
    #[serde(serialize_with = "seconds_if", skip_serializing_if = "Option::is_none")]
    pub last_authorized_time: Option<Timestamp>,
}

/// A connection, as the REST interface shows it: without what is secret in it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConnectionView {
    /// Its ARN.
    pub id: String,
    /// Its name.
    pub name: String,
    /// How far it is, such as `AUTHORIZED`.
    pub state: &'static str,
    /// Why it is no further.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How it proves who calls: `BASIC`, `API_KEY` or `OAUTH_CLIENT_CREDENTIALS`.
    pub authorization: &'static str,
    /// When it was created.
    #[serde(serialize_with = "iso")]
    pub created: Timestamp,
    /// When it was changed last.
    #[serde(serialize_with = "iso")]
    pub modified: Timestamp,
    /// When it was authorized last.
    #[serde(serialize_with = "iso_if", skip_serializing_if = "Option::is_none")]
    pub authorized: Option<Timestamp>,
}

/// Some connections.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConnectionViews {
    /// By their names.
    pub items: Vec<ConnectionView>,
    /// Where the next page starts; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl Service {
    /// The same as [`Self::list_connections`], for the REST interface.
    ///
    /// # Errors
    /// The token or the page size is invalid.
    pub async fn connection_views(
        &self,
        caller: &Caller,
        limit: Option<i64>,
        next: Option<String>,
    ) -> Result<ConnectionViews, Error> {
        let request = ListConnections { limit, next_token: next, ..ListConnections::default() };
        let page = self.list_connections(caller, request).await?;
        let items = page.connections.into_iter().map(ConnectionView::of).collect();
        Ok(ConnectionViews { items, next: page.next_token })
    }

    /// Lists the caller's connections by name. The state is looked at page by page, so a page may
    /// have fewer connections than asked for, and there may be more.
    ///
    /// # Errors
    /// The token or another member is invalid.
    pub async fn list_connections(
        &self,
        caller: &Caller,
        request: ListConnections,
    ) -> Result<ConnectionPage, Error> {
        request.check()?;
        let prefix =
            format!("{}{}", key_prefix(caller), request.name_prefix.as_deref().unwrap_or_default());
        let after = self.position(&prefix, request.next_token.as_deref()).await?;
        let items = request.limit.unwrap_or(PAGE_ITEMS_MAX).unsigned_abs() as usize;
        let found = Shelf::<ConnectionRecord>::list(
            &self.runtime,
            &prefix,
            after.as_deref(),
            ask_for(items),
        );
        let found = found.await?;
        let (found, next) = self.cut(found, items, &prefix, |(key, _)| key.clone()).await?;
        let wanted = request.connection_state.as_deref();
        let connections = found
            .iter()
            .filter(|(_, record)| wanted.is_none_or(|state| record.state.name() == state))
            .map(|(key, record)| item(key, record))
            .collect();
        Ok(ConnectionPage { connections, next_token: next })
    }
}

impl ListConnections {
    fn check(&self) -> Result<(), Error> {
        let mut constraints = Constraints::default();
        if let Some(prefix) = self.name_prefix.as_deref() {
            constraints = constraints.chars("namePrefix", prefix, 1..=NAME_CHARS_MAX);
            constraints = name_form(constraints, "namePrefix", prefix);
        }
        let state = self.connection_state.as_deref();
        constraints
            .one_of("connectionState", state, &ConnectionState::NAMES)
            .chars_if("nextToken", self.next_token.as_deref(), 1..=TOKEN_CHARS_MAX)
            .number_if("limit", self.limit, 1..=PAGE_ITEMS_MAX)
            .check()
    }
}

fn item(key: &str, record: &ConnectionRecord) -> ConnectionItem {
    ConnectionItem {
        connection_arn: record.arn(key),
        name: record.name.clone(),
        connection_state: record.state.name(),
        state_reason: record.state_reason.clone(),
        authorization_type: record.authorization.name(),
        creation_time: record.created,
        last_modified_time: record.modified,
        last_authorized_time: record.authorized,
    }
}

impl ConnectionView {
    fn of(item: ConnectionItem) -> Self {
        Self {
            id: item.connection_arn,
            name: item.name,
            state: item.connection_state,
            reason: item.state_reason,
            authorization: item.authorization_type,
            created: item.creation_time,
            modified: item.last_modified_time,
            authorized: item.last_authorized_time,
        }
    }
}
