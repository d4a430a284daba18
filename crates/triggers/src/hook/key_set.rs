//! Keys that tokens are signed with, as their issuer publishes them (RFC 7517).
//!
//! A set is fetched when it is first needed and kept. A token that names another key has it fetched
//! again, but not sooner than [`FETCH_EVERY`] after the last time: whoever sends tokens with invented
//! names makes this server ask no more often than that.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use compasso_types::{Json, Timestamp};
use futures::future::BoxFuture;
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, JwkSet, PublicKeyUse};
use tokio::sync::Mutex as AsyncMutex;

use crate::Triggers;
use crate::inbox::Later;

/// The shortest time between two fetches of a set.
const FETCH_EVERY: Duration = Duration::from_secs(30);
/// How long a set is used that could not be fetched anew.
const KEPT_MAX: Duration = Duration::from_secs(24 * 3_600);
/// How long a set is used before it is fetched anew: keys that were withdrawn must go.
const FRESH: Duration = Duration::from_secs(3_600);
/// Most sets that are kept.
const SETS_MAX: usize = 1_000;

/// Fetches documents that anybody may read.
pub trait KeySets: Send + Sync + 'static {
    /// Returns the text at a URL, under the rules of all calls that this server makes.
    ///
    /// # Errors
    /// Why it cannot be had.
    fn fetch<'a>(&'a self, url: &'a str) -> BoxFuture<'a, Result<String, String>>;
}

/// The sets that were fetched, by their URLs.
#[derive(Default)]
pub(crate) struct FetchedSets {
    sets: Mutex<BTreeMap<Arc<str>, Arc<AsyncMutex<Fetched>>>>,
}

/// A set, and when it was fetched.
#[derive(Default)]
struct Fetched {
    set: Option<(KeySet, Timestamp)>,
    tried: Option<Timestamp>,
}

/// What is done about a key that is asked for.
enum Next {
    /// These are used, whether or not they have it.
    Use(KeySet),
    /// There are none, and it is too soon to ask again.
    TooSoon,
    /// They are fetched.
    Fetch,
}

/// The keys of an issuer.
#[derive(Clone, Debug)]
pub(crate) struct KeySet(Arc<JwkSet>);

impl KeySet {
    /// Reads `{"keys": […]}`. Keys of kinds that are not known are left out.
    ///
    /// # Errors
    /// What is wrong.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let value: Json = Json::parse(text).map_err(|error| format!("it is no JSON: {error}"))?;
        let keys = value.get("keys").and_then(Json::as_array).ok_or("it has no list of 'keys'")?;
        let keys = keys.iter().filter_map(|key| serde_json::from_str::<Jwk>(&key.to_string()).ok());
        let keys: Vec<Jwk> = keys.filter(is_public).collect();
        if keys.is_empty() {
            return Err("it has no key that can be used".to_owned());
        }
        Ok(Self(Arc::new(JwkSet { keys })))
    }

    /// Returns the key of this name. A token that names none is signed with the only key.
    pub(crate) fn find(&self, name: Option<&str>) -> Option<&Jwk> {
        let is_for_signatures =
            |key: &&Jwk| !matches!(key.common.public_key_use, Some(PublicKeyUse::Encryption));
        let mut keys = self.0.keys.iter().filter(is_for_signatures);
        match name {
            Some(name) => keys.find(|key| key.common.key_id.as_deref() == Some(name)),
            None => keys.next().filter(|_| keys.next().is_none()),
        }
    }
}

/// Whether a key is of a kind that tokens are checked with.
fn is_public(key: &Jwk) -> bool {
    matches!(key.algorithm, AlgorithmParameters::RSA(_) | AlgorithmParameters::EllipticCurve(_))
}

impl Triggers {
    /// Returns the keys at a URL; those that are there if they have the one of this name.
    ///
    /// # Errors
    /// There are none, and they cannot be fetched now.
    pub(crate) async fn keys_at(
        &self,
        url: &Arc<str>,
        name: Option<&str>,
    ) -> Result<KeySet, Later> {
        let place = self.inner.key_sets.place(url);
        // One fetch at a time; the others then see what it brought.
        let mut fetched = place.lock().await;
        let now = self.now();
        match fetched.next(name, now) {
            Next::Use(set) => return Ok(set),
            Next::TooSoon => {
                return Err(Later(format!("the keys at {url} could not be fetched a moment ago")));
            }
            Next::Fetch => fetched.tried = Some(now),
        }
        let text = self.fetch(url).await;
        match text.and_then(|text| KeySet::parse(&text)) {
            Ok(set) => {
                fetched.set = Some((set.clone(), now));
                Ok(set)
            }
            Err(why) => {
                tracing::warn!(%url, why, "the keys of a webhook cannot be fetched");
                let kept = fetched.kept(now).cloned();
                kept.ok_or_else(|| Later(format!("the keys at {url} cannot be fetched: {why}")))
            }
        }
    }

    async fn fetch(&self, url: &str) -> Result<String, String> {
        let sets = self.inner.fetch_keys.get();
        sets.ok_or_else(|| "this server fetches no keys".to_owned())?.fetch(url).await
    }
}

impl Fetched {
    fn next(&self, name: Option<&str>, now: Timestamp) -> Next {
        let is_fresh = self.set.as_ref().is_some_and(|(_, at)| now < at.after(FRESH));
        let kept = self.kept(now);
        match kept {
            Some(set) if is_fresh && set.find(name).is_some() => return Next::Use(set.clone()),
            _ => {}
        }
        if self.tried.is_none_or(|at| now >= at.after(FETCH_EVERY)) {
            return Next::Fetch;
        }
        kept.map_or(Next::TooSoon, |set| Next::Use(set.clone()))
    }

    /// Returns the set that may still be used.
    fn kept(&self, now: Timestamp) -> Option<&KeySet> {
        let (set, at) = self.set.as_ref()?;
        (now < at.after(KEPT_MAX)).then_some(set)
    }
}

impl FetchedSets {
    fn place(&self, url: &Arc<str>) -> Arc<AsyncMutex<Fetched>> {
        // Nothing panics under the lock.
        let mut sets = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
        if sets.len() >= SETS_MAX && !sets.contains_key(url) {
            sets.clear();
        }
        sets.entry(url.clone()).or_default().clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str) -> Result<KeySet, String> {
        KeySet::parse(text)
    }

    fn name(key: Option<&Jwk>) -> Option<&str> {
        key?.common.key_id.as_deref()
    }

    #[test]
    fn keys_are_found_by_name_and_the_only_one_without() {
        let two = set(r#"{"keys":[{"kty":"EC","crv":"P-256","kid":"a","x":"AA","y":"AA"},
                {"kty":"RSA","kid":"b","n":"AQ","e":"AQAB"},{"kty":"new"}]}"#)
        .unwrap();
        assert_eq!(name(two.find(Some("b"))), Some("b"));
        assert!(two.find(Some("c")).is_none() && two.find(None).is_none());
        let one = set(r#"{"keys":[{"kty":"RSA","kid":"a","use":"enc","n":"AQ","e":"AQAB"},
                {"kty":"RSA","kid":"b","use":"sig","n":"AQ","e":"AQAB"}]}"#)
        .unwrap();
        assert_eq!(name(one.find(None)), Some("b"));
        assert!(one.find(Some("a")).is_none(), "it is not for signatures");
    }

    #[test]
    fn an_unknown_name_has_the_set_fetched_again_but_not_at_once() {
        let at = |seconds: i64| Timestamp(seconds * 1_000);
        let told =
            |fetched: &Fetched, name: &str, seconds| match fetched.next(Some(name), at(seconds)) {
                Next::Use(_) => "use",
                Next::TooSoon => "too soon",
                Next::Fetch => "fetch",
            };
        let mut fetched = Fetched::default();
        assert_eq!(told(&fetched, "a", 0), "fetch");
        fetched.tried = Some(at(0));
        assert_eq!((told(&fetched, "a", 29), told(&fetched, "a", 30)), ("too soon", "fetch"));
        let keys = set(r#"{"keys":[{"kty":"RSA","kid":"a","n":"AQ","e":"AQAB"}]}"#).unwrap();
        fetched.set = Some((keys, at(0)));
        assert_eq!((told(&fetched, "b", 29), told(&fetched, "b", 30)), ("use", "fetch"));
        assert_eq!((told(&fetched, "a", 30), told(&fetched, "a", 3_600)), ("use", "fetch"));
        // Who does not answer for a day is not believed any more.
        fetched.tried = Some(at(86_400));
        assert_eq!((told(&fetched, "a", 86_399), told(&fetched, "a", 86_400)), ("use", "too soon"));
    }

    #[test]
    fn what_is_no_set_is_refused() {
        for text in ["", "[]", r#"{"keys":[]}"#, r#"{"keys":[{"kty":"new"}]}"#] {
            assert!(set(text).is_err(), "{text}");
        }
    }
}
