//! Signed tokens.

use std::sync::Arc;
use std::time::Duration;

use compasso_pipeline::Value;
use compasso_types::{Json, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};

use super::auth::{Material, Proof, Refused, Secret, text_of, value_of};
use super::key_set::KeySet;

/// How far clocks may be apart.
const LEEWAY: Duration = Duration::from_secs(60);

/// What tokens must be like.
#[derive(Clone, Debug)]
pub(crate) struct Jwt {
    pub(crate) key: JwtKey,
    algorithms: Vec<Algorithm>,
    audiences: Vec<Arc<str>>,
    issuer: Option<Arc<str>>,
}

/// What tokens are signed with.
#[derive(Clone, Debug)]
pub(crate) enum JwtKey {
    /// Both sides have it.
    Shared(Secret),
    /// Its text is PEM.
    Public(Secret),
    /// One of these, by the name that the token says.
    Set(KeySet),
    /// One of those at a URL.
    At(Arc<str>),
}

const SHARED: [(&str, Algorithm); 1] = [("HS256", Algorithm::HS256)];
const PUBLIC: [(&str, Algorithm); 2] = [("RS256", Algorithm::RS256), ("ES256", Algorithm::ES256)];

impl Jwt {
    pub(super) fn of(fields: &[(Arc<str>, Value)]) -> Result<Self, String> {
        let value = |name| value_of(fields, name);
        let (key, known) = match (value("secret"), value("public_key"), value("jwks")) {
            (Some(secret), None, None) => {
                (JwtKey::Shared(Secret::of(secret, "secret")?), SHARED.as_slice())
            }
            (None, Some(key), None) => {
                (JwtKey::Public(Secret::of(key, "public_key")?), PUBLIC.as_slice())
            }
            (None, None, Some(keys)) => (key_set(keys)?, PUBLIC.as_slice()),
            _ => {
                let why = "'jwt' needs one of 'secret', 'public_key' with a key in PEM, and 'jwks'";
                return Err(why.into());
            }
        };
        let named = texts_of(fields, "algorithms")?;
        // Which algorithms there are follows from the kind of key: a public key is no secret.
        let algorithm = |name: &Arc<str>| {
            let found = known.iter().find(|(known, _)| *known == &**name);
            found.map(|(_, algorithm)| *algorithm).ok_or_else(|| {
                let known: Vec<_> = known.iter().map(|(known, _)| *known).collect();
                format!("'{name}' is no algorithm of this key: {}", known.join(" or "))
            })
        };
        let algorithms = match named.as_slice() {
            [] => known.iter().map(|(_, algorithm)| *algorithm).collect(),
            named => named.iter().map(algorithm).collect::<Result<_, _>>()?,
        };
        let audiences = texts_of(fields, "audience")?;
        Ok(Self { key, algorithms, audiences, issuer: text_of(fields, "issuer")? })
    }

    pub(super) fn check(
        &self,
        token: &str,
        material: &Material,
        now: Timestamp,
    ) -> Result<Proof, Refused> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| Refused)?;
        if !self.algorithms.contains(&header.alg) {
            return Err(Refused);
        }
        let name = header.kid.as_deref();
        let key = match (&self.key, material) {
            (JwtKey::Set(keys), _) | (JwtKey::At(_), Material::Keys(keys)) => {
                let key = keys.find(name).ok_or(Refused)?;
                let named = key.common.key_algorithm;
                if named.is_some_and(|named| named != header.alg.into()) {
                    return Err(Refused);
                }
                DecodingKey::from_jwk(key)
            }
            (_, material) => self.decoding_key(header.alg, material.text()),
        };
        let key = key.map_err(|error| {
            tracing::warn!(%error, "the key of a webhook cannot be read");
            Refused
        })?;
        let mut validation = Validation::new(header.alg);
        // The clock is ours.
        validation.validate_exp = false;
        validation.required_spec_claims.clear();
        validation.validate_aud = !self.audiences.is_empty();
        if validation.validate_aud {
            validation.set_audience(&self.audiences);
            validation.required_spec_claims.insert("aud".into());
        }
        if let Some(issuer) = &self.issuer {
            validation.set_issuer(&[issuer]);
            validation.required_spec_claims.insert("iss".into());
        }
        let claims = decode::<Json>(token, &key, &validation).map_err(|_| Refused)?.claims;
        check_times(&claims, now)?;
        let known_by = claims.get("jti").and_then(Json::as_str).map(str::to_owned);
        Ok(Proof { known_by })
    }

    fn decoding_key(
        &self,
        algorithm: Algorithm,
        key: &str,
    ) -> Result<DecodingKey, jsonwebtoken::errors::Error> {
        match (&self.key, algorithm) {
            (JwtKey::Shared(_), _) => Ok(DecodingKey::from_secret(key.as_bytes())),
            (_, Algorithm::ES256) => DecodingKey::from_ec_pem(key.as_bytes()),
            (_, _) => DecodingKey::from_rsa_pem(key.as_bytes()),
        }
    }
}

/// Returns the name of the key that a token says it is signed with.
pub(super) fn key_name(token: &str) -> Option<String> {
    jsonwebtoken::decode_header(token).ok()?.kid
}

/// Reads keys: a set, or the URL of one.
fn key_set(value: &Value) -> Result<JwtKey, String> {
    match value {
        Value::Literal(Json::String(url)) => {
            if !url.starts_with("https://") && !url.starts_with("http://") {
                return Err("the 'jwks' of a webhook is a URL, or a map with 'keys'".into());
            }
            Ok(JwtKey::At(url.clone()))
        }
        Value::Literal(set) => {
            KeySet::parse(&set.to_string()).map(JwtKey::Set).map_err(|why| format!("'jwks': {why}"))
        }
        _ => Err("'jwks' has no expressions".into()),
    }
}

/// Demands that a token is valid now: `exp` must be there, `nbf` and `iat` may.
fn check_times(claims: &Json, now: Timestamp) -> Result<(), Refused> {
    let at = |name: &str| -> Result<Option<Timestamp>, Refused> {
        let Some(value) = claims.get(name) else { return Ok(None) };
        let number = value.as_number().ok_or(Refused)?;
        Ok(Some(Timestamp((number.as_f64() * 1_000.0) as i64)))
    };
    let expires = at("exp")?.ok_or(Refused)?;
    let begins = at("nbf")?.or(at("iat")?);
    let is_valid = now < expires.after(LEEWAY) && begins.is_none_or(|at| at <= now.after(LEEWAY));
    if is_valid { Ok(()) } else { Err(Refused) }
}

/// Returns a field that is a text or a list of texts.
fn texts_of(fields: &[(Arc<str>, Value)], name: &str) -> Result<Vec<Arc<str>>, String> {
    let text = |value: &Json| match value {
        Json::String(text) => Ok(text.clone()),
        _ => Err(format!("'{name}' holds texts")),
    };
    match value_of(fields, name) {
        None => Ok(Vec::new()),
        Some(Value::Literal(Json::Array(items))) => items.iter().map(text).collect(),
        Some(Value::Literal(value)) => Ok(vec![text(value)?]),
        Some(_) => Err(format!("'{name}' is a text without expressions")),
    }
}

#[cfg(test)]
mod tests {
    use compasso_types::Json;
    use jsonwebtoken::{EncodingKey, Header, encode};

    use super::*;

    const NOW: Timestamp = Timestamp(1_700_000_000_000);
    const SECOND: i64 = 1_700_000_000;

    fn jwt(more: &[(&str, &str)]) -> Jwt {
        let literal = |text: &str| Value::Literal(Json::from(text));
        let secret = (Arc::from("secret"), Value::Secret("S".into()));
        let more = more.iter().map(|(name, value)| (Arc::from(*name), literal(value)));
        Jwt::of(&[secret].into_iter().chain(more).collect::<Vec<_>>()).unwrap()
    }

    fn token(claims: &str, algorithm: Algorithm, key: &str) -> String {
        let claims = Json::parse(claims).unwrap();
        encode(&Header::new(algorithm), &claims, &EncodingKey::from_secret(key.as_bytes())).unwrap()
    }

    fn text(key: &str) -> Material {
        Material::Text(key.into())
    }

    fn passes(jwt: &Jwt, claims: &str) -> bool {
        jwt.check(&token(claims, Algorithm::HS256, "key"), &text("key"), NOW).is_ok()
    }

    #[test]
    fn a_token_is_signed_with_the_key_and_expires() {
        let plain = jwt(&[]);
        assert!(passes(&plain, &format!(r#"{{"exp": {}}}"#, SECOND + 1)));
        assert!(!passes(&plain, &format!(r#"{{"exp": {}}}"#, SECOND - 61)));
        assert!(!passes(&plain, "{}"), "without an end it would be valid for ever");
        assert!(!passes(
            &plain,
            &format!(r#"{{"exp": {}, "nbf": {}}}"#, SECOND + 999, SECOND + 99)
        ));
        let claims = format!(r#"{{"exp": {}}}"#, SECOND + 1);
        let check = |token: &str| plain.check(token, &text("key"), NOW).is_ok();
        assert!(!check(&token(&claims, Algorithm::HS256, "other")));
        assert!(!check(&token(&claims, Algorithm::HS384, "key")), "it is another algorithm");
        assert!(!check("a.b.c"));
        // {"alg":"none"} and the claims, without a signature.
        assert!(!check("eyJhbGciOiJub25lIn0.eyJleHAiOjk5OTk5OTk5OTl9."));
    }

    #[test]
    fn audience_and_issuer_are_checked_if_named() {
        let named = jwt(&[("audience", "compasso"), ("issuer", "https://idp")]);
        let claims = |more: &str| format!(r#"{{"exp": {}{more}}}"#, SECOND + 1);
        assert!(passes(&named, &claims(r#", "aud": "compasso", "iss": "https://idp""#)));
        assert!(passes(&named, &claims(r#", "aud": ["x", "compasso"], "iss": "https://idp""#)));
        assert!(!passes(&named, &claims(r#", "aud": "x", "iss": "https://idp""#)));
        assert!(!passes(&named, &claims(r#", "aud": "compasso", "iss": "https://evil""#)));
        assert!(!passes(&named, &claims("")));
    }

    #[test]
    fn the_id_of_a_token_makes_its_request_known() {
        let token =
            token(&format!(r#"{{"exp": {}, "jti": "1"}}"#, SECOND + 1), Algorithm::HS256, "key");
        let proof = jwt(&[]).check(&token, &text("key"), NOW).unwrap();
        assert_eq!(proof.known_by.as_deref(), Some("1"));
    }

    #[test]
    fn algorithms_are_those_of_the_kind_of_key() {
        let fields = |key: &str| {
            let algorithms = Value::Literal(Json::from("HS256"));
            [(Arc::from(key), Value::Secret("S".into())), ("algorithms".into(), algorithms)]
        };
        assert!(Jwt::of(&fields("secret")).is_ok());
        let refusal = Jwt::of(&fields("public_key")).unwrap_err();
        assert_eq!(refusal, "'HS256' is no algorithm of this key: RS256 or ES256");
        assert!(Jwt::of(&[]).is_err());
    }
}
