//! Secrets: named values that tasks use and nobody reads.
//!
//! **Invariant:** a value is stored only sealed, and leaves only towards the task or the trigger
//! that uses it: no answer, no log and no message holds one. Definitions and stored parameters hold
//! `{"$secret": "NAME"}`; what runs are given and give in secret is stored sealed.

use std::sync::Arc;

use compasso_dispatch::{Asked, Links, Secrets};
use compasso_pipeline::Pipeline;
use compasso_pipeline::tree::Param;
use compasso_store::Expected;
use compasso_types::{Json, Object, Timestamp, sealed};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};

use crate::constraints::Constraints;
use crate::dates::iso;
use crate::pipelines::ParamFault;
use crate::records::Record;
use crate::shelf::{Change, Shelf, delete, interpret, put, read_once};
use crate::{Error, Service};

/// Longest name, characters.
const NAME_CHARS_MAX: usize = 128;
/// What names are made of: expressions read them as `secrets.NAME`.
const NAME_PATTERN: &str = "[A-Za-z_][A-Za-z0-9_]*";
/// Longest value, bytes.
const VALUE_BYTES_MAX: usize = 64 * 1024;
/// Most secrets of an account.
const SECRETS_MAX: usize = 1_000;

/// A secret as it is stored.
#[derive(Clone, Serialize, Deserialize)]
struct SealedSecret {
    name: Arc<str>,
    /// Tells it from earlier values: each is sealed for itself.
    id: String,
    sealed: String,
    created: Timestamp,
    modified: Timestamp,
}

impl Record for SealedSecret {
    const KIND: &'static str = "sealed-secret";
}

/// A secret without its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SecretItem {
    /// Its name.
    pub name: Arc<str>,
    /// When it was set first.
    #[serde(serialize_with = "iso")]
    pub created: Timestamp,
    /// When it was set last.
    #[serde(serialize_with = "iso")]
    pub modified: Timestamp,
}

/// The secrets of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SecretList {
    /// By name; their number is bounded, so they are one page.
    pub items: Vec<SecretItem>,
}

impl Service {
    /// Keeps a secret; an earlier value is forgotten.
    ///
    /// # Errors
    /// Name or value are out of bounds, there are too many, or this server keeps none.
    pub async fn set_secret(
        &self,
        account: &str,
        name: &str,
        value: &str,
    ) -> Result<SecretItem, Error> {
        check_name(Constraints::default(), name)
            .sensitive("value", value.len(), 1..=VALUE_BYTES_MAX)
            .check()?;
        let (key, now) = (key(account, name), self.now());
        let present = read_once::<SealedSecret>(&self.runtime, &key).await?;
        if present.is_none() && self.secrets_of(account).await?.len() >= SECRETS_MAX {
            return Err(Error::ServiceQuotaExceeded("There are too many secrets"));
        }
        let id = self.new_id();
        let sealed = self.seal_for(&context(&key, &id), value.as_bytes())?;
        let created = present.map_or(now, |present| present.created);
        let secret = SealedSecret { name: name.into(), id, sealed, created, modified: now };
        // The last one to set it wins.
        match interpret(self.runtime.write(vec![put(&key, Expected::Any, &secret)]).await)? {
            Change::Done => {
                self.triggers().secrets_changed(account);
                Ok(SecretItem::of(&secret))
            }
            Change::Overtaken => Err(Error::Overtaken { arn: key }),
        }
    }

    /// Lists the secrets of an account, without their values.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn list_secrets(&self, account: &str) -> Result<SecretList, Error> {
        let found = self.secrets_of(account).await?;
        Ok(SecretList { items: found.iter().map(|(_, secret)| SecretItem::of(secret)).collect() })
    }

    /// Forgets a secret.
    ///
    /// # Errors
    /// There is none of this name.
    pub async fn delete_secret(&self, account: &str, name: &str) -> Result<(), Error> {
        let key = key(account, name);
        if read_once::<SealedSecret>(&self.runtime, &key).await?.is_none() {
            return Err(Error::SecretDoesNotExist { name: name.to_owned() });
        }
        interpret(self.runtime.write(vec![delete::<SealedSecret>(&key)]).await)?;
        self.triggers().secrets_changed(account);
        Ok(())
    }

    /// Returns the value of a secret; `None` if there is none of this name.
    ///
    /// # Errors
    /// It was sealed with another key, or the store does not answer.
    pub async fn secret_value(&self, account: &str, name: &str) -> Result<Option<String>, Error> {
        let key = key(account, name);
        let Some(secret) = read_once::<SealedSecret>(&self.runtime, &key).await? else {
            return Ok(None);
        };
        let broken = |why: &str| Error::Internal(format!("secret '{name}' cannot be used: {why}"));
        let plain = self.open_of(&context(&key, &secret.id), &secret.sealed)?;
        let plain = plain.map_err(|error| broken(&error.to_string()))?;
        String::from_utf8(plain).map(Some).map_err(|_| broken("it is no text"))
    }

    async fn secrets_of(&self, account: &str) -> Result<Vec<(String, Arc<SealedSecret>)>, Error> {
        Shelf::list(&self.runtime, &key(account, ""), None, SECRETS_MAX).await
    }
}

impl Secrets for Service {
    fn secret<'a>(
        &'a self,
        account: &'a str,
        name: &'a str,
    ) -> BoxFuture<'a, Result<String, String>> {
        async move {
            let found =
                self.secret_value(account, name).await.map_err(|error| error.to_string())?;
            found.ok_or_else(|| {
                format!("there is no secret '{name}' (compasso secrets set {name} keeps one)")
            })
        }
        .boxed()
    }

    fn seal(&self, account: &str, plain: &Json) -> Result<String, String> {
        let sealed = self.seal_for(&data_context(account), plain.to_string().as_bytes());
        sealed.map_err(|error| error.to_string())
    }

    fn open(&self, account: &str, sealed: &str) -> Result<Json, String> {
        self.open_data(account, sealed).map_err(|error| error.to_string())
    }

    fn links<'a>(&'a self, asked: Asked<'a>) -> BoxFuture<'a, Result<Links, String>> {
        self.links_of_approval(asked).boxed()
    }
}

impl Service {
    /// Seals the secret params of a run to be. The same value gives the same again, so that a start
    /// which is asked for twice is known.
    ///
    /// # Errors
    /// This server keeps no secrets.
    pub(crate) fn seal_params(
        &self,
        run: &str,
        pipeline: &Pipeline,
        mut params: Object,
    ) -> Result<Object, Error> {
        let context = data_context(account_of(run));
        for Param { name, .. } in pipeline.params.iter().filter(|param| param.secret) {
            let Some(plain) = params.get(name) else { continue };
            let alike = format!("{run}/{name}");
            let sealed = self.seal_alike(&alike, &context, plain.to_string().as_bytes())?;
            params.insert(name.clone(), sealed::wrap(&sealed));
        }
        Ok(params)
    }

    /// Opens the params of a run that are sealed: those that it was given so by another one, and its
    /// own. Only secret ones may be.
    ///
    /// # Errors
    /// A param that is not secret is given what is; or something was sealed with another key.
    pub(crate) fn open_params(
        &self,
        run: &str,
        pipeline: &Pipeline,
        mut params: Object,
    ) -> Result<Object, Error> {
        let is_secret =
            |name: &str| pipeline.params.iter().any(|it| it.secret && *it.name == *name);
        let sealed = params.iter().filter(|(_, value)| sealed::holds(value));
        let sealed: Vec<(Arc<str>, Option<String>)> = sealed
            .map(|(name, value)| (name.clone(), sealed::text_of(value).map(ToOwned::to_owned)))
            .collect();
        for (name, text) in sealed {
            let wrong = |message: String| {
                Error::InvalidParams(vec![ParamFault { pointer: format!("/{name}"), message }])
            };
            let Some(text) = text.filter(|_| is_secret(&name)) else {
                let message = "what is secret is given only to a param with 'secret: true'";
                return Err(wrong(message.into()));
            };
            let plain = self.open_data(account_of(run), &text).map_err(|e| wrong(e.to_string()))?;
            params.insert(name, plain);
        }
        Ok(params)
    }

    fn open_data(&self, account: &str, sealed: &str) -> Result<Json, Error> {
        let broken = |why: &str| Error::Internal(format!("a sealed value cannot be used: {why}"));
        let plain = self.open_of(&data_context(account), sealed)?;
        let plain = plain.map_err(|error| broken(&error.to_string()))?;
        let text = String::from_utf8(plain).map_err(|_| broken("it is no text"))?;
        Json::parse(&text).map_err(|_| broken("it is no JSON"))
    }
}

/// Returns what data of runs is sealed for: runs hand it to one another, within an account.
fn data_context(account: &str) -> String {
    format!("data:{account}")
}

/// Returns the account in the ARN of a run.
fn account_of(run: &str) -> &str {
    run.split(':').nth(4).unwrap_or_default()
}

impl SecretItem {
    fn of(secret: &SealedSecret) -> Self {
        let SealedSecret { name, created, modified, .. } = secret;
        Self { name: name.clone(), created: *created, modified: *modified }
    }
}

fn key(account: &str, name: &str) -> String {
    format!("{account}:{name}")
}

/// Returns what a value is sealed for: it opens for no other secret, nor in the place of a later one.
fn context(key: &str, id: &str) -> String {
    format!("secret:{key}/{id}")
}

fn check_name(constraints: Constraints, name: &str) -> Constraints {
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let fits = begins && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    constraints.chars("name", name, 1..=NAME_CHARS_MAX).pattern(
        "name",
        Some(name),
        fits,
        NAME_PATTERN,
    )
}
