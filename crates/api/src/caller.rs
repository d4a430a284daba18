//! The caller, as the `Authorization` header names it.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use compasso_service::Caller;

const ACCOUNT_DIGITS: usize = 12;
const REGION_CHARS_MAX: usize = 32;

/// Names the region in requests that are not signed, such as those with a token.
const REGION: &str = "x-compasso-region";

/// Returns who asks, without proof: the region comes from the credential's scope, and an access key
/// id of twelve digits is the account.
pub(crate) fn claimed(headers: &HeaderMap) -> Caller {
    let mut caller = Caller::default();
    let named = headers.get(REGION).and_then(|value| value.to_str().ok());
    if let Some(region) = named.filter(|region| is_region(region)) {
        caller.region = region.into();
    }
    let scope = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(scope);
    if let Some((key, region)) = scope {
        if is_account(key) {
            caller.account = key.into();
        }
        if is_region(region) {
            caller.region = region.into();
        }
    }
    caller
}

/// Returns who asks if the access key id names an account; callers who do not say who they are may
/// reach every account of a server without keys.
pub(crate) fn named(headers: &HeaderMap) -> Option<Caller> {
    let header = headers.get(AUTHORIZATION)?.to_str().ok()?;
    is_account(scope(header)?.0).then(|| claimed(headers))
}

/// Returns whether `text` can be a region's name, so that ARNs made of it can be read again.
pub(crate) fn is_region(text: &str) -> bool {
    let is_allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=REGION_CHARS_MAX).contains(&text.len()) && text.bytes().all(is_allowed)
}

fn scope(header: &str) -> Option<(&str, &str)> {
    let (_, credential) = header.split_once("Credential=")?;
    let mut parts = credential.split(',').next()?.trim().split('/');
    let key = parts.next()?;
    let _date = parts.next()?;
    Some((key, parts.next()?))
}

fn is_account(key: &str) -> bool {
    key.len() == ACCOUNT_DIGITS && key.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claimed_by(header: &str) -> (String, String) {
        let headers = HeaderMap::from_iter([(AUTHORIZATION, header.parse().unwrap())]);
        let caller = claimed(&headers);
        (caller.account.to_string(), caller.region.to_string())
    }

    #[test]
    fn scope_names_account_and_region() {
        let header = "AWS4-HMAC-SHA256 Credential=123456789012/20260101/eu-west-1/states/\
                      aws4_request, SignedHeaders=host, Signature=00";
        assert_eq!(claimed_by(header), ("123456789012".into(), "eu-west-1".into()));
    }

    #[test]
    fn what_cannot_be_read_falls_back() {
        let fallback = ("000000000000".to_owned(), "us-east-1".to_owned());
        for header in ["", "Bearer x", "Credential=", "Credential=a/b", "Credential=AKID/1/a:b/s/r"]
        {
            assert_eq!(claimed_by(header), fallback, "{header}");
        }
    }
}
