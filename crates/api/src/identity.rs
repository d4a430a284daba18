//! Who asks: nobody that is known, who has an access key, or who bears a token.

use std::sync::Arc;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use compasso_service::{Bearer, Caller, Decider, Role, TOKEN_PREFIX, Tokenless, Viewer, Who};

use crate::errors::Failure;
use crate::permissions::{Rule, VIEW};
use crate::signature::Signed;
use crate::{AccessKey, Edge, caller, origin, signature};

/// What people are called whom a server does not know.
const NOBODY: &str = "anonymous";
/// What tasks are called that call this server itself.
const OWN_TASKS: &str = "tasks";
/// What the names of tokens stand behind in the audit log.
const OF_TOKEN: &str = "token:";

/// Somebody who was let in.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    /// Their account; `None` if nobody is known here.
    pub(crate) account: Option<Arc<str>>,
    /// What they are called.
    pub(crate) name: Arc<str>,
    /// What they belong to.
    pub(crate) groups: Vec<String>,
    /// What they may do.
    pub(crate) role: Role,
    /// Whether they may change what all accounts share, even if those are several.
    pub(crate) is_operator: bool,
    /// What they were let in with, such as `token:ci`.
    pub(crate) credential: Option<Arc<str>>,
}

impl Identity {
    /// Returns who asks a server that knows nobody: they may do everything.
    pub(crate) fn nobody() -> Self {
        Self {
            account: None,
            name: NOBODY.into(),
            groups: Vec::new(),
            role: Role::Admin,
            is_operator: true,
            credential: None,
        }
    }

    /// Returns who has an access key.
    pub(crate) fn of_key(key: &AccessKey) -> Self {
        Self {
            account: Some(key.account.as_str().into()),
            name: key.name.as_deref().unwrap_or(&key.id).into(),
            groups: key.groups.clone(),
            role: key.role,
            is_operator: key.operator,
            credential: Some(format!("key:{}", key.id).into()),
        }
    }

    /// Returns who bears a token.
    pub(crate) fn of_token(bearer: &Bearer) -> Self {
        Self {
            account: Some(bearer.account().clone()),
            name: bearer.name().clone(),
            groups: bearer.groups().to_vec(),
            role: bearer.role(),
            is_operator: false,
            credential: Some(format!("{OF_TOKEN}{}", bearer.token()).into()),
        }
    }

    /// Returns who has the token of workers that the settings name.
    pub(crate) fn of_worker() -> Self {
        Self { role: Role::Worker, is_operator: false, name: "worker".into(), ..Self::nobody() }
    }

    /// Returns whether they bear a token.
    pub(crate) fn is_of_token(&self) -> bool {
        self.credential.as_deref().is_some_and(|with| with.starts_with(OF_TOKEN))
    }

    /// Returns whose runs they see.
    pub(crate) fn viewer(&self) -> Viewer {
        Viewer { account: self.account.clone() }
    }

    /// Returns who they are to approvals.
    pub(crate) fn decider(&self) -> Decider {
        Decider {
            name: self.name.clone(),
            groups: self.groups.clone(),
            role: self.role,
            is_anybody: self.account.is_none(),
            has_link: false,
        }
    }

    /// Returns who they are to the audit log.
    pub(crate) fn who(&self) -> Who {
        Who {
            account: self.account.clone(),
            name: self.name.clone(),
            credential: self.credential.clone(),
            role: self.role,
        }
    }

    /// Returns where they work: in their account, and in the region that the request names.
    pub(crate) fn caller(&self, headers: &HeaderMap) -> Caller {
        let claimed = caller::claimed(headers);
        Caller { account: self.account.clone().unwrap_or(claimed.account), region: claimed.region }
    }
}

/// Returns who bears the token of a request, if it bears one.
///
/// # Errors
/// The token lets nobody in.
pub(crate) fn bearer(edge: &Edge, headers: &HeaderMap) -> Result<Option<Identity>, Failure> {
    let Some(token) = borne(headers).filter(|borne| borne.starts_with(TOKEN_PREFIX)) else {
        return Ok(None);
    };
    let found = edge.service.bearer(token).ok_or_else(Failure::unknown_token)?;
    Ok(Some(Identity::of_token(&found)))
}

/// Lets a reader of plain figures or logs in: whoever calls a name of this machine if nobody is known
/// here, else who bears a token that may read, or signed with a key.
///
/// # Errors
/// Nobody knows who it is, or their role does not do.
pub(crate) async fn reader(edge: &Edge, request: &Parts, what: &str) -> Result<Viewer, Failure> {
    edge.service.open_access().await?;
    if edge.is_open() {
        return origin::check_host(request).map(|()| Viewer::default());
    }
    let who = if let Some(who) = bearer(edge, &request.headers)? {
        who
    } else {
        let now = edge.service.now();
        let key = signature::admit_reader(&edge.settings, edge.keys(), request, now)?;
        let Some(key) = key else { return Ok(Viewer::default()) };
        Identity::of_key(key)
    };
    Rule::quiet(VIEW).permit(&who, what)?;
    Ok(who.viewer())
}

/// Returns what a request bears.
pub(crate) fn borne(headers: &HeaderMap) -> Option<&str> {
    headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ").map(str::trim)
}

impl Edge {
    /// Returns whether everybody is let in who is on this machine.
    pub(crate) fn is_open(&self) -> bool {
        !self.settings.closed && self.settings.credentials.is_none() && !self.service.has_tokens()
    }

    /// Returns who signed a request, and where they work.
    ///
    /// # Errors
    /// See [`signature::verify_key`].
    pub(crate) fn signer(&self, request: &Signed<'_>) -> Result<(Identity, Caller), Failure> {
        let own = self.own_key(&request.parts.headers);
        let keys = own.as_ref().map_or(self.keys(), std::slice::from_ref);
        let (key, caller) = signature::verify_key(keys, request, self.service.now())?;
        Ok((Identity::of_key(key), caller))
    }

    /// Returns the key that this server signs calls of itself with in the account that a request names; none
    /// where it has keys for that, or where nobody works.
    fn own_key(&self, headers: &HeaderMap) -> Option<AccessKey> {
        let secret = self.settings.own_secret.clone().filter(|_| self.keys().is_empty())?;
        let account = caller::named(headers)?.account.to_string();
        self.service.has_token_in(&account).then(|| AccessKey {
            id: account.clone(),
            secret,
            account,
            name: Some(OWN_TASKS.to_owned()),
            groups: Vec::new(),
            role: Role::Author,
            operator: false,
        })
    }

    /// Returns who is let in once the last token is gone.
    pub(crate) fn tokenless(&self) -> Tokenless {
        match (self.keys(), self.settings.closed) {
            ([_, ..], _) => Tokenless::Keys,
            ([], false) => Tokenless::Everybody,
            ([], true) => Tokenless::Nobody,
        }
    }

    /// Returns the access keys of the settings.
    pub(crate) fn keys(&self) -> &[AccessKey] {
        self.settings.credentials.as_deref().unwrap_or_default()
    }
}
