//! Named tokens: made, listed, revoked, recognized.
//!
//! All of them are in memory, so that a request costs no read; the server is the only writer while it
//! holds the store. Who takes the store over reads them again.

use std::sync::Arc;

use compasso_store::Expected;
use compasso_types::{Timestamp, duration, hex};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Act, Bearer, Role, Tokenless};
use crate::constraints::Constraints;
use crate::dates::{iso, iso_if};
use crate::records::Record;
use crate::shelf::{Change, Shelf, delete, interpret, put};
use crate::{Error, Service};

/// What every token begins with, so that scanners of secrets know it.
pub const TOKEN_PREFIX: &str = "cps_";
/// Most tokens of all accounts.
pub(super) const TOKENS_MAX: usize = 1_000;
/// Random bytes of a token.
const TOKEN_BYTES: usize = 20;
const NAME_CHARS_MAX: usize = 64;
/// What names are made of: they stand in paths and in the audit log.
const NAME_PATTERN: &str = "[A-Za-z0-9._-]+";
/// Most groups of a token.
const GROUPS_MAX: usize = 32;
/// What the sessions of browsers are sealed for.
const SESSION: &str = "console-session";

/// A token as it is stored; the key is the account and its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TokenRecord {
    pub(super) name: Arc<str>,
    pub(super) role: Role,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) user: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) groups: Vec<String>,
    pub(super) account: Arc<str>,
    /// SHA-256 of the token, in hexadecimal digits.
    pub(super) digest: Arc<str>,
    pub(super) created: Timestamp,
    pub(super) by: Arc<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) expires: Option<Timestamp>,
    /// Up to a minute behind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) used: Option<Timestamp>,
}

impl Record for TokenRecord {
    const KIND: &'static str = "access-token";
}

/// A token to be.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateToken {
    /// What it is called, unique within the account.
    pub name: Arc<str>,
    /// What its bearer may do.
    pub role: Role,
    /// What its bearer is called; otherwise as the token is.
    #[serde(default)]
    pub user: Option<Arc<str>>,
    /// What its bearer belongs to.
    #[serde(default)]
    pub groups: Vec<String>,
    /// How long it is good, such as `90d`; absent: until it is revoked.
    #[serde(default)]
    pub expires: Option<String>,
}

/// A token without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenItem {
    /// What it is called.
    pub name: Arc<str>,
    /// What its bearer may do.
    pub role: Role,
    /// What its bearer is called, if not as the token is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<Arc<str>>,
    /// What its bearer belongs to.
    pub groups: Vec<String>,
    /// When it was made.
    #[serde(serialize_with = "iso")]
    pub created: Timestamp,
    /// Who made it.
    pub created_by: Arc<str>,
    /// Until when it is good.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "iso_if")]
    pub expires: Option<Timestamp>,
    /// When it was used last.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "iso_if")]
    pub used: Option<Timestamp>,
    /// Whether it is good no longer.
    pub is_expired: bool,
}

/// A token that was just made: the only time that it is shown.
#[derive(Clone, Debug, Serialize)]
pub struct CreatedToken {
    /// What was made.
    #[serde(flatten)]
    pub item: TokenItem,
    /// The token itself.
    pub token: String,
}

/// The tokens of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TokenList {
    /// By name; their number is bounded, so they are one page.
    pub items: Vec<TokenItem>,
}

impl Service {
    /// Says whether there are tokens: then nobody is let in who is not known.
    pub fn has_tokens(&self) -> bool {
        !self.inner.access.tokens.is_empty()
    }

    /// Says whether somebody works in an account by a token.
    pub fn has_token_in(&self, account: &str) -> bool {
        self.inner.access.tokens.all().iter().any(|bearer| **bearer.account() == *account)
    }

    /// Makes a token. A server without access keys lets everybody in until it has a token; `is_first`
    /// says that this one is what locks it.
    ///
    /// # Errors
    /// Something in it cannot be used, there is one of this name, there are too many, or the first one
    /// would let nobody make others.
    pub async fn create_token(
        &self,
        account: &str,
        by: &str,
        is_first: bool,
        request: CreateToken,
    ) -> Result<CreatedToken, Error> {
        check(&request)?;
        let expires = self.instant(request.expires.as_deref())?;
        if is_first && (request.role != Role::Admin || expires.is_some()) {
            let message = "the first token of a server without access keys locks it: make one with \
                           the role 'admin' that does not expire, or give the server [[auth.keys]]";
            return Err(Error::Conflict(message.into()));
        }
        let held = &self.inner.access.tokens;
        let _changing = held.changing.lock().await;
        let all = held.all();
        if all.iter().any(|it| it.record.name == request.name && *it.record.account == *account) {
            let message = format!("there is a token '{}': revoke it first", request.name);
            return Err(Error::Conflict(message));
        }
        if all.len() >= TOKENS_MAX {
            return Err(Error::ServiceQuotaExceeded("There are too many tokens"));
        }
        let token = self.new_token();
        let CreateToken { name, role, user, groups, .. } = request;
        let (account, by, created) = (account.into(), by.into(), self.now());
        let digest = digest(&token);
        let record = TokenRecord {
            name,
            role,
            user,
            groups,
            account,
            digest,
            created,
            by,
            expires,
            used: None,
        };
        tell(&record);
        let key = key(&record.account, &record.name);
        match interpret(self.runtime.write(vec![put(&key, Expected::Absent, &record)]).await)? {
            Change::Done => {}
            Change::Overtaken => return Err(Error::Overtaken { arn: key }),
        }
        let item = TokenItem::of(&Bearer::new(record.clone()), created);
        held.add(record);
        Ok(CreatedToken { item, token })
    }

    /// Lists the tokens of an account, without their secrets.
    pub fn list_tokens(&self, account: &str) -> TokenList {
        let now = self.now();
        let own = self.inner.access.tokens.all();
        let own = own.iter().filter(|bearer| **bearer.account() == *account);
        TokenList { items: own.map(|bearer| TokenItem::of(bearer, now)).collect() }
    }

    /// Has a token let nobody in any more; `then` says who is let in when no token is left.
    ///
    /// # Errors
    /// There is none of this name, or nobody could make or revoke tokens any more.
    pub async fn revoke_token(
        &self,
        account: &str,
        name: &str,
        then: Tokenless,
    ) -> Result<(), Error> {
        let held = &self.inner.access.tokens;
        let _changing = held.changing.lock().await;
        let all = held.all();
        let is_it = |it: &&Arc<Bearer>| **it.token() == *name && **it.account() == *account;
        let Some(found) = all.iter().find(is_it) else {
            return Err(Error::TokenDoesNotExist { name: name.to_owned() });
        };
        let others: Vec<_> = all.iter().filter(|it| it.id() != found.id()).collect();
        if let Some(way_out) = then.way_out(found, &others) {
            let message = format!(
                "without it nobody could make tokens: {way_out} of an admin that does not expire, or give \
                 the server [[auth.keys]]"
            );
            return Err(Error::Conflict(message));
        }
        tell(&found.record);
        let change = delete::<TokenRecord>(&key(account, name));
        // It lets nobody in from now on, even if the write comes to nothing at first.
        held.drop(&found.record.digest);
        let written = interpret(self.runtime.write(vec![change]).await);
        if written.is_err() {
            held.add(found.record.clone());
        }
        written.map(drop)
    }

    /// Returns who bears `token`, if it is good now, and takes note of its use.
    pub fn bearer(&self, token: &str) -> Option<Arc<Bearer>> {
        let found = self.inner.access.tokens.find(&digest(token));
        self.note_use(found?)
    }

    /// Seals a session that began with a token: it says until when it is good.
    ///
    /// # Errors
    /// This server keeps no secrets.
    pub fn seal_session(&self, bearer: &Bearer, until: Timestamp) -> Result<String, Error> {
        self.seal_for(&session_context(&bearer.record), until.0.to_string().as_bytes())
    }

    /// Returns who began a session with the token of the id `id`, if it is good now.
    pub fn session_bearer(&self, id: &str, sealed: &str) -> Option<Arc<Bearer>> {
        let all = self.inner.access.tokens.all();
        let found = all.into_iter().find(|bearer| bearer.id() == id)?;
        let plain = self.open_of(&session_context(&found.record), sealed).ok()?.ok()?;
        let until = Timestamp(String::from_utf8(plain).ok()?.parse().ok()?);
        if self.now() >= until {
            return None;
        }
        self.note_use(found)
    }

    pub(super) async fn load_tokens(&self) -> Result<(), Error> {
        let found = Shelf::<TokenRecord>::list(&self.runtime, "", None, TOKENS_MAX).await?;
        for (_, record) in found {
            self.inner.access.tokens.add((*record).clone());
        }
        Ok(())
    }

    fn note_use(&self, bearer: Arc<Bearer>) -> Option<Arc<Bearer>> {
        let now = self.now();
        if !bearer.is_good(now) {
            return None;
        }
        if bearer.note_use(now) {
            let (service, used) = (self.clone(), bearer.clone());
            self.runtime.spawn(async move { service.write_use(&used).await });
        }
        Some(bearer)
    }

    /// Writes when a token was used last, unless it was revoked meanwhile.
    async fn write_use(&self, bearer: &Bearer) {
        let held = &self.inner.access.tokens;
        let _changing = held.changing.lock().await;
        if held.find(&bearer.record.digest).is_none() {
            return;
        }
        let record = TokenRecord { used: bearer.used(), ..bearer.record.clone() };
        let change = put(&key(&record.account, &record.name), Expected::Any, &record);
        if let Err(error) = interpret(self.runtime.write(vec![change]).await) {
            tracing::debug!(%error, "the last use of a token was not written");
        }
    }

    fn new_token(&self) -> String {
        let random = [self.random(), self.random()].concat();
        format!("{TOKEN_PREFIX}{}", hex(&random[..TOKEN_BYTES]))
    }

    fn instant(&self, expires: Option<&str>) -> Result<Option<Timestamp>, Error> {
        let Some(text) = expires else { return Ok(None) };
        let length = duration::parse(text).filter(|length| !length.is_zero()).ok_or_else(|| {
            Error::validation(format!("expires: '{text}' is no duration, such as 90d"))
        })?;
        Ok(Some(self.now().after(length)))
    }
}

impl TokenItem {
    fn of(bearer: &Bearer, now: Timestamp) -> Self {
        let record = bearer.record.clone();
        Self {
            name: record.name,
            role: record.role,
            user: record.user,
            groups: record.groups,
            created: record.created,
            created_by: record.by,
            expires: record.expires,
            used: bearer.used(),
            is_expired: !bearer.is_good(now),
        }
    }
}

/// Says in the audit log what a token is for.
fn tell(record: &TokenRecord) {
    Act::concerns(format!("token:{}", record.name));
    Act::detail("role", record.role.name());
    if let Some(user) = &record.user {
        Act::detail("user", &**user);
    }
    if !record.groups.is_empty() {
        Act::detail("groups", record.groups.join(","));
    }
    if let Some(expires) = record.expires {
        Act::detail("expires", expires.to_string());
    }
}

fn check(request: &CreateToken) -> Result<(), Error> {
    let fits = |text: &str| {
        text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    };
    let CreateToken { name, user, groups, .. } = request;
    let is_text = |text: &str| {
        (1..=NAME_CHARS_MAX).contains(&text.chars().count()) && !text.contains(char::is_control)
    };
    if user.iter().map(|user| &**user).chain(groups.iter().map(|it| &**it)).any(|it| !is_text(it)) {
        return Err(Error::validation(format!(
            "user and groups have 1 to {NAME_CHARS_MAX} characters each, without control characters"
        )));
    }
    if groups.len() > GROUPS_MAX {
        return Err(Error::validation(format!("a token has {GROUPS_MAX} groups at most")));
    }
    Constraints::default()
        .chars("name", name, 1..=NAME_CHARS_MAX)
        .pattern("name", Some(&**name), fits(name), NAME_PATTERN)
        .check()
}

fn digest(token: &str) -> Arc<str> {
    hex(&Sha256::digest(token)).into()
}

fn key(account: &str, name: &str) -> String {
    format!("{account}/{name}")
}

fn session_context(record: &TokenRecord) -> String {
    format!("{SESSION}:{}", record.digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_first_release_stored_is_read_and_written_the_same() {
        for stored in [
            r#"{"name":"ci","role":"author","user":"maria","groups":["ops"],"account":"000000000000","digest":"ab","created":1769860800123,"by":"ana","expires":1777636800123,"used":1769860800124}"#,
            r#"{"name":"root","role":"admin","account":"000000000000","digest":"ab","created":1769860800123,"by":"anonymous"}"#,
        ] {
            let record: TokenRecord = serde_json::from_str(stored).expect("it can be read");
            assert_eq!(serde_json::to_string(&record).expect("it is plain data"), stored);
        }
    }
}
