//! Which records of the audit log somebody wants to see.

use std::sync::Arc;

use compasso_types::{Timestamp, duration};

use super::{AuditRecord, ListAudit, Outcome};
use crate::Error;

/// Longest text of a filter, characters.
const FILTER_CHARS_MAX: usize = 256;

/// What a record must have.
pub(super) struct Filter {
    account: Option<Arc<str>>,
    who: Option<String>,
    action: Option<String>,
    on: Option<String>,
    outcome: Option<Outcome>,
    pub(super) since: Option<Timestamp>,
}

impl Filter {
    pub(super) fn new(
        account: Option<Arc<str>>,
        request: ListAudit,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let ListAudit { who, action, on, outcome, since, .. } = request;
        let texts = [&who, &action, &on];
        if texts.into_iter().flatten().any(|text| text.chars().count() > FILTER_CHARS_MAX) {
            let message = format!("a filter has {FILTER_CHARS_MAX} characters at most");
            return Err(Error::validation(message));
        }
        let outcome = match outcome.as_deref() {
            None => None,
            Some("done") => Some(Outcome::Done),
            Some("failed") => Some(Outcome::Failed),
            Some("refused") => Some(Outcome::Refused),
            Some(other) => {
                let message = format!("outcome: '{other}' is not done, failed or refused");
                return Err(Error::validation(message));
            }
        };
        let since = since.map(|text| instant(&text, now)).transpose()?;
        let [who, on] = [who, on].map(|text| text.map(|text| text.to_lowercase()));
        Ok(Self { account, who, action, on, outcome, since })
    }

    pub(super) fn takes(&self, record: &AuditRecord) -> bool {
        let has = |text: Option<&Arc<str>>, part: &str| {
            text.is_some_and(|text| text.to_lowercase().contains(part))
        };
        let is_seen = match (&self.account, &record.account) {
            (Some(own), Some(account)) => own == account,
            // What nobody did in no account says nothing about any.
            (None, _) | (_, None) => true,
        };
        is_seen
            && self.who.as_deref().is_none_or(|who| {
                has(record.who.as_ref(), who) || has(record.credential.as_ref(), who)
            })
            && self.on.as_deref().is_none_or(|on| has(record.on.as_ref(), on))
            && self.action.as_deref().is_none_or(|action| record.action.starts_with(action))
            && self.outcome.is_none_or(|outcome| record.outcome == outcome)
    }
}

/// Reads an instant, or how long ago it was.
fn instant(text: &str, now: Timestamp) -> Result<Timestamp, Error> {
    if let Some(ago) = duration::parse(text) {
        let ago = i64::try_from(ago.as_millis()).unwrap_or(i64::MAX);
        return Ok(Timestamp(now.0.saturating_sub(ago)));
    }
    text.parse().map_err(|_| {
        let message = format!("since: '{text}' is no instant, such as 2026-01-31T12:00:00Z or 24h");
        Error::validation(message)
    })
}
