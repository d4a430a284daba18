//! Who may use the REST interface.
//!
//! - Without access keys and tokens: whoever calls this machine by a name of its own, as for all readers.
//! - With either: who signed the request, bears a token, or has the cookie of a session that began with
//!   one of them; and whose role does, see `permissions`.
//!
//! A browser sends the cookie, and reaches a server without keys, for pages of other sites as well.
//! So if such a request says where its page came from, that must be this server; and one that
//! changes something must be such as pages of other sites cannot send without being let in first, and
//! nobody ever lets them in: it is JSON or a `CloudEvent`, has another method than a form, or carries [`MARK`].

use axum::http::header::{CONTENT_TYPE, HOST, ORIGIN};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, Method, Uri};
use compasso_service::{Act, Decider, Role, TOKEN_PREFIX, Viewer};
use sha2::{Digest, Sha256};

use super::{cloud_events, permissions, session};
use crate::errors::Failure;
use crate::identity::{self, Identity};
use crate::signature::Signed;
use crate::{Edge, origin};

/// A header that only a page of this server, or no page, sends.
pub(super) const MARK: HeaderName = HeaderName::from_static("x-compasso-console");
/// Where a browser says how the page that asks and the server belong together.
const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// What requests are signed for.
const SIGNING_NAME: &str = "states";

/// Lets a reader in.
///
/// # Errors
/// Nobody knows who it is, their role does not do, or it is a page of another site.
pub(super) fn reader(edge: &Edge, parts: &Parts) -> Result<Viewer, Failure> {
    Ok(admit(edge, parts, b"", Aim::Read)?.viewer())
}

/// Finds out who looks, whatever they may do.
///
/// # Errors
/// Nobody knows who it is, or it is a page of another site.
pub(super) fn looker(edge: &Edge, parts: &Parts) -> Result<Identity, Failure> {
    identify(edge, parts, b"", Aim::Read)
}

/// Lets somebody in who wants to change something.
///
/// # Errors
/// As [`reader`], or the request may come from a page of another site.
pub(super) fn writer(edge: &Edge, parts: &Parts, body: &[u8]) -> Result<Viewer, Failure> {
    Ok(admit(edge, parts, body, Aim::Change)?.viewer())
}

/// Returns who wants to decide something, having let them in.
///
/// # Errors
/// As [`writer`].
pub(super) fn decider(
    edge: &Edge,
    parts: &Parts,
    body: &[u8],
) -> Result<(Viewer, Decider), Failure> {
    let who = admit(edge, parts, body, Aim::Change)?;
    Ok((who.viewer(), who.decider()))
}

/// Returns who looks, having let them in.
///
/// # Errors
/// As [`reader`].
pub(super) fn reading_person(edge: &Edge, parts: &Parts) -> Result<(Viewer, Decider), Failure> {
    let who = admit(edge, parts, b"", Aim::Read)?;
    Ok((who.viewer(), who.decider()))
}

/// Lets somebody in who wants to change what all accounts share, such as a pool. That takes the key of
/// an operator, if there are such keys, or keys of several accounts.
///
/// # Errors
/// As [`writer`]; or the key is none of an operator.
pub(super) fn operator(edge: &Edge, parts: &Parts, body: &[u8]) -> Result<(), Failure> {
    let who = admit(edge, parts, body, Aim::Change)?;
    let keys = edge.keys();
    let are_several = keys.iter().any(|key| Some(&*key.account) != who.account.as_deref());
    let is_shared = are_several || keys.iter().any(|key| key.operator);
    let is_own_admin = who.is_of_token() && who.role == Role::Admin && !are_several;
    if !is_shared || who.is_operator || is_own_admin {
        return Ok(());
    }
    let message = "All accounts share this: it takes a key with 'operator = true' in the settings";
    Err(Failure::access_denied(message))
}

/// What a request is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Aim {
    Read,
    Change,
}

/// Lets somebody in whose role does.
fn admit(edge: &Edge, parts: &Parts, body: &[u8], aim: Aim) -> Result<Identity, Failure> {
    let who = identify(edge, parts, body, aim)?;
    Act::is_by(who.who());
    permissions::permit(&who, parts)?;
    tell(parts, body);
    Ok(who)
}

/// Finds out who asks.
fn identify(edge: &Edge, parts: &Parts, body: &[u8], aim: Aim) -> Result<Identity, Failure> {
    let check = || match aim {
        Aim::Read => check_site(&parts.headers),
        Aim::Change => check_page(&parts.method, &parts.headers),
    };
    if edge.is_open() {
        origin::check_host(parts)?;
        check()?;
        return Ok(Identity::nobody());
    }
    // Browsers send no token by themselves, so no page of another site does.
    if let Some(who) = identity::bearer(edge, &parts.headers)? {
        return Ok(who);
    }
    if let Some(who) = session::identity(edge, &parts.headers) {
        check()?;
        return Ok(who);
    }
    let signed = Signed { service: SIGNING_NAME, parts, body };
    Ok(edge.signer(&signed)?.0)
}

/// Tells the audit log what may be told of a request.
fn tell(parts: &Parts, body: &[u8]) {
    let Some(rule) = permissions::of(parts).filter(|rule| !rule.told.is_empty()) else { return };
    rule.tell(body);
}

/// Demands what can be demanded of a worker before the body of its request is read. Who bears a good
/// lease may do what is about that lease, and read what tasks left.
///
/// # Errors
/// As [`worker`].
pub(super) async fn check_worker(edge: &Edge, parts: &Parts) -> Result<(), Failure> {
    if edge.is_open() {
        origin::check_host(parts)?;
        origin::check(&parts.headers)?;
        return check_site(&parts.headers);
    }
    if let Some(who) = identity::bearer(edge, &parts.headers)? {
        Act::is_by(who.who());
        return permissions::permit(&who, parts);
    }
    let Some(borne) = identity::borne(&parts.headers) else { return Ok(()) };
    // Digests take the same time to compare whatever was guessed right.
    let is = |token: &String| Sha256::digest(borne) == Sha256::digest(token);
    if edge.settings.worker_token.as_ref().is_some_and(is) {
        Act::is_by(Identity::of_worker().who());
        return Ok(());
    }
    let mut path = parts.uri.path().trim_start_matches("/api/v1/").split('/');
    let is_own = match path.next() {
        Some("leases") => path.next() == Some(borne),
        Some("artifacts") => true,
        _ => false,
    };
    if is_own && edge.service.dispatcher().is_good(borne).await {
        return Ok(());
    }
    Err(Failure::unrecognized_client())
}

/// Lets a worker in: with a token, or as anybody who changes something.
///
/// # Errors
/// Nobody knows who it is, or it is a page of another site.
pub(super) async fn worker(edge: &Edge, parts: &Parts, body: &[u8]) -> Result<Viewer, Failure> {
    check_worker(edge, parts).await?;
    let is_read = parts.method == Method::GET;
    if edge.is_open() && !is_read {
        check_page(&parts.method, &parts.headers)?;
    }
    if edge.is_open() || bears_lease(parts) {
        return Ok(Viewer::default());
    }
    if is_read { reader(edge, parts) } else { writer(edge, parts, body) }
}

/// Lets somebody in who fetches what tasks left; the bearer of a lease sees what its account does.
///
/// # Errors
/// As [`worker`].
pub(super) async fn artifact_reader(edge: &Edge, parts: &Parts) -> Result<Viewer, Failure> {
    let viewer = worker(edge, parts, b"").await?;
    let account = match identity::borne(&parts.headers) {
        Some(lease) if bears_lease(parts) => {
            edge.service.dispatcher().account_of_lease(lease).await
        }
        _ => viewer.account,
    };
    Ok(Viewer { account })
}

/// Returns whether a request bears what is no token with a name: a lease, or the token of workers.
fn bears_lease(parts: &Parts) -> bool {
    identity::borne(&parts.headers).is_some_and(|borne| !borne.starts_with(TOKEN_PREFIX))
}

/// Demands that a request that changes something comes from no page, or from one of this server.
pub(super) fn check_page(method: &Method, headers: &HeaderMap) -> Result<(), Failure> {
    let is_let_in =
        is_json(headers) || cloud_events::is_told_by(headers) || headers.contains_key(MARK);
    if method == Method::POST && !is_let_in {
        return Err(Failure::access_denied(format!(
            "Requests that change something need 'Content-Type: application/json', or the header \
             '{MARK}: 1' if they have another content"
        )));
    }
    check_site(headers)
}

fn is_json(headers: &HeaderMap) -> bool {
    let named = headers.get(CONTENT_TYPE).and_then(|it| it.to_str().ok());
    named.is_some_and(|it| {
        let essence = it.split(';').next().unwrap_or(it);
        essence.trim().eq_ignore_ascii_case("application/json")
    })
}

/// Demands that a request comes from no page of another site, as far as it says so.
pub(crate) fn check_site(headers: &HeaderMap) -> Result<(), Failure> {
    let is_site = |site| headers.get(SITE).is_some_and(|named| named == site);
    let origin = headers.get(ORIGIN);
    let is_foreign = origin.is_some_and(|origin| host_of(origin.to_str().ok()) != host(headers));
    if is_foreign || is_site("cross-site") || is_site("same-site") {
        return Err(Failure::access_denied(
            "Requests of web pages of other sites are not answered",
        ));
    }
    Ok(())
}

fn host_of(origin: Option<&str>) -> Option<Authority> {
    origin?.parse::<Uri>().ok()?.into_parts().authority
}

fn host(headers: &HeaderMap) -> Option<Authority> {
    headers.get(HOST)?.to_str().ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(headers: &[(&str, &str)]) -> HeaderMap {
        let named = headers
            .iter()
            .map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap()));
        named.collect()
    }

    fn is_let_in(headers: &[(&str, &str)]) -> bool {
        check_page(&Method::POST, &map(headers)).is_ok()
    }

    #[test]
    fn a_change_needs_what_pages_of_other_sites_cannot_send() {
        assert!(is_let_in(&[("x-compasso-console", "1")]));
        assert!(is_let_in(&[("content-type", "application/json; charset=utf-8")]));
        assert!(is_let_in(&[("content-type", "application/cloudevents-batch+json")]));
        assert!(is_let_in(&[("content-type", "text/plain"), ("ce-specversion", "1.0")]));
        assert!(check_page(&Method::DELETE, &map(&[])).is_ok());
        assert!(!is_let_in(&[("host", "localhost:8400")]));
        for simple in ["text/plain", "text/plain; application/json", "multipart/form-data"] {
            assert!(!is_let_in(&[("content-type", simple)]), "{simple}");
        }
    }

    #[test]
    fn a_page_must_be_of_this_very_server() {
        let from = |origin| {
            is_let_in(&[
                ("x-compasso-console", "1"),
                ("host", "localhost:8400"),
                ("origin", origin),
            ])
        };
        assert!(from("http://localhost:8400"));
        for other in ["http://localhost:3000", "null", "http://evil.example", "http://localhost"] {
            assert!(!from(other), "{other}");
        }
    }

    #[test]
    fn a_page_of_another_site_reads_nothing() {
        let reads = |headers: &[(&str, &str)]| check_site(&map(headers)).is_ok();
        assert!(reads(&[]));
        for site in ["same-origin", "none"] {
            assert!(reads(&[("sec-fetch-site", site)]), "{site}");
        }
        for site in ["cross-site", "same-site"] {
            assert!(!reads(&[("sec-fetch-site", site)]), "{site}");
        }
        assert!(!reads(&[("host", "localhost:8400"), ("origin", "http://localhost:3000")]));
    }
}
