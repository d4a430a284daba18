//! How callers of a webhook show who they are.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use compasso_pipeline::Value;
use compasso_pipeline::tree::Authentication;
use compasso_types::{Json, Timestamp};
use hmac::{Hmac, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use subtle::ConstantTimeEq;

use super::jwt::{self, Jwt, JwtKey};
use super::key_set::KeySet;
use super::request::HookRequest;

/// How old a signed timestamp may be.
const TOLERANCE: Duration = Duration::from_secs(300);

/// How callers show who they are.
#[derive(Clone, Debug)]
pub(crate) enum Auth {
    /// As for everything else that is asked of the server.
    Server,
    /// Not at all.
    None,
    /// With a token.
    Bearer(Secret),
    /// With a name and a password: `name:password`.
    Basic(Secret),
    /// With a secret in a header.
    Token { header: Arc<str>, secret: Secret },
    /// With a signature of the body.
    Hmac(Signature),
    /// With a signed token.
    Jwt(Jwt),
}

/// A text that only the two sides know.
#[derive(Clone, Debug)]
pub(crate) enum Secret {
    /// It stands in the pipeline.
    Literal(Arc<str>),
    /// It is kept by the server, under this name.
    Named(Arc<str>),
}

/// What a request is checked with.
#[derive(Clone, Debug)]
pub(crate) enum Material {
    /// The text of a secret or of a public key; empty if none is needed.
    Text(Arc<str>),
    /// Keys that were fetched.
    Keys(KeySet),
}

/// How bodies are signed.
#[derive(Clone, Debug)]
pub(crate) struct Signature {
    pub(crate) header: Arc<str>,
    pub(crate) secret: Secret,
    pub(crate) algorithm: Algorithm,
    /// What stands before the signature.
    pub(crate) prefix: Arc<str>,
    /// The header with the instant that is signed as well, and how old it may be.
    pub(crate) timestamp: Option<(Arc<str>, Duration)>,
}

/// A digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Sha1,
    Sha256,
    Sha512,
}

/// What the proof of a caller says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Proof {
    /// Tells this request from others: one that is played again has the same.
    pub(crate) known_by: Option<String>,
}

/// A caller did not show who it is. Why is not told: it would help to guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused;

impl Auth {
    /// Reads what a pipeline says.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn of(auth: &Authentication) -> Result<Self, String> {
        Ok(match auth {
            Authentication::Unset => Self::Server,
            Authentication::None => Self::None,
            Authentication::Bearer(value) => Self::Bearer(Secret::of(value, "bearer")?),
            Authentication::Basic(value) => Self::Basic(Secret::of(value, "basic")?),
            Authentication::Hmac(fields) => Self::Hmac(Signature::of(fields)?),
            Authentication::Jwt(fields) => Self::Jwt(Jwt::of(fields)?),
        })
    }

    /// Returns the secret that a check needs.
    pub(crate) fn secret(&self) -> Option<&Secret> {
        match self {
            Self::Server | Self::None => None,
            Self::Bearer(secret) | Self::Basic(secret) | Self::Token { secret, .. } => Some(secret),
            Self::Hmac(signature) => Some(&signature.secret),
            Self::Jwt(jwt) => match &jwt.key {
                JwtKey::Shared(secret) | JwtKey::Public(secret) => Some(secret),
                JwtKey::Set(_) | JwtKey::At(_) => None,
            },
        }
    }

    /// Returns where the keys are that a check needs.
    pub(crate) fn keys_at(&self) -> Option<&Arc<str>> {
        match self {
            Self::Jwt(Jwt { key: JwtKey::At(url), .. }) => Some(url),
            _ => None,
        }
    }

    /// Returns which key a request says that its token is signed with.
    pub(crate) fn key_name(request: &HookRequest) -> Option<String> {
        jwt::key_name(credentials(request, "bearer").ok()?)
    }

    /// Returns the header, other than those that always are, that nobody else may see.
    pub(crate) fn header(&self) -> Option<&str> {
        match self {
            Self::Token { header, .. } => Some(header),
            Self::Hmac(signature) => Some(&signature.header),
            Self::Server | Self::None | Self::Bearer(_) | Self::Basic(_) | Self::Jwt(_) => None,
        }
    }

    /// Checks a request.
    pub(crate) fn check(
        &self,
        request: &HookRequest,
        material: &Material,
        now: Timestamp,
    ) -> Result<Proof, Refused> {
        let credentials = |scheme: &str| credentials(request, scheme);
        let secret = material.text();
        match self {
            Self::None => Ok(Proof::default()),
            Self::Server if request.is_known => Ok(Proof::default()),
            Self::Server => Err(Refused),
            Self::Bearer(_) => same(credentials("bearer")?.as_bytes(), secret),
            Self::Basic(_) => {
                let decoded = STANDARD.decode(credentials("basic")?).map_err(|_| Refused)?;
                same(&decoded, secret)
            }
            Self::Token { header, .. } => {
                same(request.header(header).ok_or(Refused)?.as_bytes(), secret)
            }
            Self::Hmac(signature) => signature.check(request, secret, now),
            Self::Jwt(jwt) => jwt.check(credentials("bearer")?, material, now),
        }
    }
}

impl Material {
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Keys(_) => "",
        }
    }
}

/// Returns what a request shows of its sender under a scheme.
fn credentials<'r>(request: &'r HookRequest, scheme: &str) -> Result<&'r str, Refused> {
    let header = request.header("authorization").ok_or(Refused)?;
    let (named, rest) = header.split_once(' ').ok_or(Refused)?;
    if named.eq_ignore_ascii_case(scheme) { Ok(rest.trim()) } else { Err(Refused) }
}

impl Secret {
    /// Reads a value that is a secret or a text.
    pub(crate) fn of(value: &Value, field: &str) -> Result<Self, String> {
        match value {
            Value::Secret(name) => Ok(Self::Named(name.clone())),
            Value::Literal(Json::String(text)) if !text.is_empty() => {
                Ok(Self::Literal(text.clone()))
            }
            _ => Err(format!("'{field}' is a secret, such as '${{{{ secrets.NAME }}}}'")),
        }
    }
}

impl Signature {
    fn of(fields: &[(Arc<str>, Value)]) -> Result<Self, String> {
        let text = |name| text_of(fields, name);
        let header = text("header")?.ok_or("'hmac' needs 'header'")?;
        let secret = value_of(fields, "secret").ok_or("'hmac' needs 'secret'")?;
        let algorithm = match text("algo")?.as_deref() {
            None | Some("sha256") => Algorithm::Sha256,
            Some("sha1") => Algorithm::Sha1,
            Some("sha512") => Algorithm::Sha512,
            Some(other) => return Err(format!("'{other}' is no 'algo': sha1, sha256 or sha512")),
        };
        let timestamp = text("timestamp")?.map(|header| (lower(&header), TOLERANCE));
        Ok(Self {
            header: lower(&header),
            secret: Secret::of(secret, "secret")?,
            algorithm,
            prefix: text("prefix")?.unwrap_or_default(),
            timestamp,
        })
    }

    fn check(&self, request: &HookRequest, secret: &str, now: Timestamp) -> Result<Proof, Refused> {
        let given = request.header(&self.header).ok_or(Refused)?;
        let given = given.trim().strip_prefix(&*self.prefix).ok_or(Refused)?;
        let code = decoded(given, self.algorithm.bytes()).ok_or(Refused)?;
        let mut message = Vec::new();
        if let Some((header, tolerance)) = &self.timestamp {
            let signed = request.header(header).ok_or(Refused)?;
            if !is_recent(signed, *tolerance, now) {
                return Err(Refused);
            }
            message.extend_from_slice(signed.as_bytes());
            message.push(b'.');
        }
        message.extend_from_slice(&request.body);
        if !self.algorithm.verifies(secret.as_bytes(), &message, &code) {
            return Err(Refused);
        }
        // With its instant signed, a request has a signature that no other one has.
        let known_by = self.timestamp.is_some().then(|| given.to_owned());
        Ok(Proof { known_by })
    }
}

impl Algorithm {
    fn bytes(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }

    /// Checks a code in a time that does not depend on it.
    fn verifies(self, secret: &[u8], message: &[u8], code: &[u8]) -> bool {
        fn check<M: Mac + hmac::digest::KeyInit>(secret: &[u8], text: &[u8], code: &[u8]) -> bool {
            let mac = <M as Mac>::new_from_slice(secret).expect("a key has any length");
            mac.chain_update(text).verify_slice(code).is_ok()
        }
        match self {
            Self::Sha1 => check::<Hmac<Sha1>>(secret, message, code),
            Self::Sha256 => check::<Hmac<Sha256>>(secret, message, code),
            Self::Sha512 => check::<Hmac<Sha512>>(secret, message, code),
        }
    }
}

/// Compares in a time that tells nothing about the secret.
fn same(given: &[u8], secret: &str) -> Result<Proof, Refused> {
    let (given, expected) = (Sha256::digest(given), Sha256::digest(secret));
    if bool::from(given.ct_eq(&expected)) { Ok(Proof::default()) } else { Err(Refused) }
}

/// Reads a signature of so many bytes in hexadecimal digits or in Base64.
fn decoded(text: &str, bytes: usize) -> Option<Vec<u8>> {
    if text.len() == 2 * bytes && text.is_ascii() {
        let digits = (0..bytes).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok());
        return digits.collect();
    }
    STANDARD.decode(text).ok().filter(|code| code.len() == bytes)
}

/// Whether an instant, in seconds since 1970 or as RFC 3339 has it, is near enough.
fn is_recent(text: &str, tolerance: Duration, now: Timestamp) -> bool {
    let seconds = text.parse::<i64>().ok().and_then(|seconds| seconds.checked_mul(1_000));
    let at = seconds.map(Timestamp).or_else(|| text.parse().ok());
    at.is_some_and(|at| at <= now.after(tolerance) && now <= at.after(tolerance))
}

/// Returns a field of a map.
pub(super) fn value_of<'a>(fields: &'a [(Arc<str>, Value)], name: &str) -> Option<&'a Value> {
    fields.iter().find(|(field, _)| &**field == name).map(|(_, value)| value)
}

/// Returns a field that is a text without expressions.
pub(super) fn text_of(
    fields: &[(Arc<str>, Value)],
    name: &str,
) -> Result<Option<Arc<str>>, String> {
    match value_of(fields, name) {
        None => Ok(None),
        Some(Value::Literal(Json::String(text))) => Ok(Some(text.clone())),
        Some(_) => Err(format!("'{name}' is a text without expressions")),
    }
}

/// Returns the name of a header as requests are asked for it.
pub(super) fn lower(header: &str) -> Arc<str> {
    header.to_ascii_lowercase().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_700_000_000_000);

    fn request(headers: &[(&str, &str)]) -> HookRequest {
        let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        HookRequest { headers: headers.collect(), body: "body".into(), ..HookRequest::default() }
    }

    fn signed(message: &str) -> String {
        let mac = <Hmac<Sha256> as Mac>::new_from_slice(b"key").unwrap();
        compasso_types::hex(&mac.chain_update(message).finalize().into_bytes())
    }

    fn hmac(prefix: &str, timestamp: bool) -> Auth {
        Auth::Hmac(Signature {
            header: "x-signature".into(),
            secret: Secret::Literal("key".into()),
            algorithm: Algorithm::Sha256,
            prefix: prefix.into(),
            timestamp: timestamp.then(|| ("x-time".into(), TOLERANCE)),
        })
    }

    fn passes(auth: &Auth, headers: &[(&str, &str)], secret: &str) -> bool {
        auth.check(&request(headers), &Material::Text(secret.into()), NOW).is_ok()
    }

    #[test]
    fn a_bearer_shows_the_whole_token() {
        let auth = Auth::Bearer(Secret::Named("T".into()));
        assert!(passes(&auth, &[("authorization", "Bearer s3cret")], "s3cret"));
        for wrong in ["Bearer s3cre", "Bearer s3cret2", "Basic s3cret", "s3cret", "Bearer "] {
            assert!(!passes(&auth, &[("authorization", wrong)], "s3cret"), "{wrong}");
        }
        assert!(!passes(&auth, &[], "s3cret"));
    }

    #[test]
    fn basic_is_name_and_password() {
        let auth = Auth::Basic(Secret::Named("T".into()));
        assert!(passes(&auth, &[("authorization", "Basic dTpw")], "u:p"));
        assert!(!passes(&auth, &[("authorization", "Basic dTpx")], "u:p"));
        assert!(!passes(&auth, &[("authorization", "Basic ???")], "u:p"));
    }

    #[test]
    fn a_signature_is_of_the_body_and_has_its_prefix() {
        let good = format!("sha256={}", signed("body"));
        assert!(passes(&hmac("sha256=", false), &[("x-signature", &good)], "key"));
        assert!(!passes(&hmac("sha256=", false), &[("x-signature", &good)], "other"));
        assert!(!passes(&hmac("", false), &[("x-signature", &good)], "key"));
        let changed = format!("sha256={}", signed("bodY"));
        assert!(!passes(&hmac("sha256=", false), &[("x-signature", &changed)], "key"));
        for wrong in ["", "sha256=", "sha256=00", "sha256=zz", "x"] {
            assert!(!passes(&hmac("sha256=", false), &[("x-signature", wrong)], "key"), "{wrong}");
        }
    }

    #[test]
    fn a_signed_instant_must_be_recent_and_makes_the_request_known() {
        let check = |at: &str, message: &str| {
            let headers = [("x-signature", signed(message)), ("x-time", at.to_owned())];
            let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, &**value)).collect();
            hmac("", true).check(&request(&headers), &Material::Text("key".into()), NOW)
        };
        let proof = check("1700000000", "1700000000.body").unwrap();
        assert_eq!(proof.known_by, Some(signed("1700000000.body")));
        assert!(check("1699999701", "1699999701.body").is_ok());
        assert!(check("1699999699", "1699999699.body").is_err(), "it is too old");
        assert!(check("1700000301", "1700000301.body").is_err(), "it is of the future");
        assert!(check("1700000001", "1700000000.body").is_err(), "another instant was signed");
    }
}
