//! Checks signatures of AWS Signature Version 4.

mod parts;
mod signed;

use std::ops::Range;
use std::time::Duration;

use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use compasso_service::Caller;
use compasso_types::Timestamp;
use sha2::{Digest, Sha256};

use self::parts::{Authorization, Scope};
use crate::caller::is_region;
use crate::errors::Failure;
use crate::{AccessKey, ApiSettings, identity, origin};

/// How far the caller's clock may be off.
const SKEW_MAX: Duration = Duration::from_secs(15 * 60);
/// What requests for the log of an execution are signed for.
const LOG_SERVICE: &str = "states";
const DATE: &str = "x-amz-date";

/// A request that is to be signed.
pub(crate) struct Signed<'a> {
    /// The service it is signed for.
    pub(crate) service: &'static str,
    /// Its head.
    pub(crate) parts: &'a Parts,
    /// Its body.
    pub(crate) body: &'a [u8],
}

/// Returns the key a request was signed with, and its holder.
///
/// # Errors
/// The signature is missing, incomplete, too old, by an unknown key, or wrong.
pub(crate) fn verify_key<'a>(
    keys: &'a [AccessKey],
    request: &Signed<'_>,
    now: Timestamp,
) -> Result<(&'a AccessKey, Caller), Failure> {
    let Signed { service: expected, parts: request, body } = *request;
    let header = request.headers.get(AUTHORIZATION).ok_or_else(Failure::missing_signature)?;
    let header = header
        .to_str()
        .map_err(|_| Failure::incomplete_signature("Authorization header is not ASCII"))?;
    let authorization = Authorization::parse(header)?;
    let date = date(request)?;
    check_time(date, now)?;
    check_scope(&authorization.scope, expected, date)?;
    let key = keys.iter().find(|key| key.id == authorization.scope.key);
    let key = key.ok_or_else(Failure::unrecognized_client)?;
    let signed = compasso_sigv4::Request {
        method: request.method.as_str(),
        path: request.uri.path(),
        path_form: compasso_sigv4::PathForm::Encoded,
        query: request.uri.query().unwrap_or(""),
        headers: &signed::headers(request, &authorization.signed_headers)?,
        body,
    };
    let Scope { region, service, .. } = authorization.scope;
    let scope = compasso_sigv4::Scope { date, region, service };
    if !compasso_sigv4::verify(&signed, &scope, &key.secret, authorization.signature) {
        return Err(Failure::invalid_signature(
            "The request signature we calculated does not match the signature you provided. \
             Check your AWS Secret Access Key and signing method. Consult the service \
             documentation for details.",
        ));
    }
    Ok((key, Caller { account: key.account.as_str().into(), region: region.into() }))
}

/// Lets a reader of figures in where nobody else knows anybody: whoever calls a name of this machine if
/// no keys are set and others do not reach it, else who bears the token of the settings, or signed with any key.
///
/// # Errors
/// See [`verify_key`] and [`origin::check_host`].
pub(crate) fn admit_scraper(
    settings: &ApiSettings,
    request: &Parts,
    now: Timestamp,
) -> Result<(), Failure> {
    if settings.credentials.is_none() && !settings.closed {
        return origin::check_host(request);
    }
    let keys = settings.credentials.as_deref().unwrap_or_default();
    admit_reader(settings, keys, request, now).map(drop)
}

/// Returns the key a reader signed with; who bears the token of the settings needs none.
///
/// # Errors
/// See [`verify_key`].
pub(crate) fn admit_reader<'k>(
    settings: &ApiSettings,
    keys: &'k [AccessKey],
    request: &Parts,
    now: Timestamp,
) -> Result<Option<&'k AccessKey>, Failure> {
    if let (Some(token), Some(borne)) = (&settings.bearer_token, identity::borne(&request.headers))
    {
        // Digests take the same time to compare whatever was guessed right.
        return if Sha256::digest(token) == Sha256::digest(borne) {
            Ok(None)
        } else {
            Err(Failure::unrecognized_client())
        };
    }
    let signed = Signed { service: LOG_SERVICE, parts: request, body: b"" };
    verify_key(keys, &signed, now).map(|(key, _)| Some(key))
}

fn date(request: &Parts) -> Result<&str, Failure> {
    let date = request.headers.get(DATE).and_then(|value| value.to_str().ok());
    date.ok_or_else(|| {
        Failure::incomplete_signature(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
        )
    })
}

fn check_time(date: &str, now: Timestamp) -> Result<(), Failure> {
    let at = instant(date).ok_or_else(|| {
        Failure::incomplete_signature(format!(
            "Date must be in ISO-8601 'basic format'. Got '{date}'."
        ))
    })?;
    if now.since(at).max(at.since(now)) > SKEW_MAX {
        return Err(Failure::invalid_signature(format!(
            "Signature expired or not yet current: {date} is more than {} minutes from the \
             server's time",
            SKEW_MAX.as_secs() / 60
        )));
    }
    Ok(())
}

/// Reads `20260131T120000Z`.
fn instant(date: &str) -> Option<Timestamp> {
    let digits = |range: Range<usize>| {
        date.get(range).filter(|part: &&str| part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let (day, time) = (digits(0..8)?, digits(9..15)?);
    if date.len() != 16 || &date[8..9] != "T" || !date.ends_with('Z') {
        return None;
    }
    let (year, month, day) = (&day[..4], &day[4..6], &day[6..]);
    let (hour, minute, second) = (&time[..2], &time[2..4], &time[4..]);
    format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z").parse().ok()
}

fn check_scope(scope: &Scope<'_>, service: &str, date: &str) -> Result<(), Failure> {
    if scope.service != service {
        return Err(Failure::invalid_signature(format!(
            "Credential should be scoped to correct service: '{service}'."
        )));
    }
    if !date.starts_with(scope.date) || scope.date.len() != 8 {
        return Err(Failure::invalid_signature(format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from \
             HTTP: '{}' != '{date}'",
            scope.date
        )));
    }
    if !is_region(scope.region) {
        return Err(Failure::invalid_signature("Credential should be scoped to a valid region."));
    }
    Ok(())
}
