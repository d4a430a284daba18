//! AWS Signature Version 4 for requests with a body in memory.
//!
//! [`authorization`] signs, [`verify`] checks; both make the same canonical form of a request.
//! **Invariant:** no clock and no I/O: the caller says when, and whether that is recent.

mod canonical;
mod encoding;

use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

pub use canonical::{PathForm, Request};
pub use encoding::encoded;

use encoding::{from_hex, to_hex};

/// The name of the algorithm, as the `Authorization` header begins.
pub const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// What ends every credential scope.
pub const TERMINATOR: &str = "aws4_request";

const DAY_CHARS: usize = 8;

/// When, where and for what a signature is good.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// As in the header `x-amz-date`: `20150830T123600Z`.
    pub date: &'a str,
    /// Such as `eu-central-1`.
    pub region: &'a str,
    /// Such as `lambda`.
    pub service: &'a str,
}

/// Returns the value of the `Authorization` header for a request signed with a key.
pub fn authorization(
    request: &Request<'_>,
    scope: &Scope<'_>,
    key_id: &str,
    secret: &str,
) -> String {
    let signature = presigned(request, scope, secret);
    let (scope, names) = (scope.text(), request.signed_headers());
    format!("{ALGORITHM} Credential={key_id}/{scope}, SignedHeaders={names}, Signature={signature}")
}

/// Returns the signature of a request whose query tells the other parts of it.
pub fn presigned(request: &Request<'_>, scope: &Scope<'_>, secret: &str) -> String {
    to_hex(&signature(request, scope, secret).finalize().into_bytes())
}

/// Returns the digest of a body, as S3 wants it in the header `x-amz-content-sha256`.
pub fn body_digest(body: &[u8]) -> String {
    to_hex(&Sha256::digest(body))
}

/// Returns whether `claimed`, in hexadecimal digits, is the request's signature; it takes as long
/// whatever part of it is right.
pub fn verify(request: &Request<'_>, scope: &Scope<'_>, secret: &str, claimed: &str) -> bool {
    let signature = signature(request, scope, secret);
    from_hex(claimed).is_some_and(|claimed| signature.verify_slice(&claimed).is_ok())
}

impl Scope<'_> {
    fn day(&self) -> &str {
        self.date.get(..DAY_CHARS).unwrap_or(self.date)
    }

    /// Returns the scope as requests name it.
    pub fn text(&self) -> String {
        format!("{}/{}/{}/{TERMINATOR}", self.day(), self.region, self.service)
    }
}

fn signature(request: &Request<'_>, scope: &Scope<'_>, secret: &str) -> Hmac<Sha256> {
    let canonical = to_hex(&Sha256::digest(request.canonical()));
    let text = format!("{ALGORITHM}\n{}\n{}\n{canonical}", scope.date, scope.text());
    let key = [scope.day(), scope.region, scope.service, TERMINATOR]
        .into_iter()
        .fold(format!("AWS4{secret}").into_bytes(), |key, part| {
            mac(&key, part).finalize().into_bytes().to_vec()
        });
    mac(&key, &text)
}

fn mac(key: &[u8], text: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::new_from_slice(key).expect("keys may have any length");
    mac.update(text.as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    const SIGNATURE: &str = "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7";
    const SCOPE: Scope<'_> =
        Scope { date: "20150830T123600Z", region: "us-east-1", service: "iam" };
    /// The example of the documentation.
    const REQUEST: Request<'_> = Request {
        method: "GET",
        path: "/",
        path_form: PathForm::Encoded,
        query: "Action=ListUsers&Version=2010-05-08",
        headers: &[
            ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
            ("host", "iam.amazonaws.com"),
            ("x-amz-date", "20150830T123600Z"),
        ],
        body: b"",
    };

    #[test]
    fn the_documented_example_has_the_documented_signature() {
        assert_eq!(
            authorization(&REQUEST, &SCOPE, "AKIDEXAMPLE", SECRET),
            format!(
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, \
                 SignedHeaders=content-type;host;x-amz-date, Signature={SIGNATURE}"
            )
        );
    }

    #[test]
    fn a_signature_is_good_for_what_was_signed_and_nothing_else() {
        assert!(verify(&REQUEST, &SCOPE, SECRET, SIGNATURE));
        let others = [
            Request { method: "POST", ..REQUEST },
            Request { path: "/x", ..REQUEST },
            Request { query: "Action=ListUsers&Version=2010-05-09", ..REQUEST },
            Request { headers: &REQUEST.headers[1..], ..REQUEST },
            Request { body: b" ", ..REQUEST },
        ];
        for other in others {
            assert!(!verify(&other, &SCOPE, SECRET, SIGNATURE), "{other:?}");
        }
        let scopes = [
            Scope { date: "20150830T123601Z", ..SCOPE },
            Scope { date: "x", ..SCOPE },
            Scope { region: "us-east-2", ..SCOPE },
            Scope { service: "states", ..SCOPE },
        ];
        for scope in scopes {
            assert!(!verify(&REQUEST, &scope, SECRET, SIGNATURE), "{scope:?}");
        }
        assert!(!verify(&REQUEST, &SCOPE, "guess", SIGNATURE));
        for claimed in ["", "5", "5d", "zz", &SIGNATURE[..62], &SIGNATURE.replace('5', "é")] {
            assert!(!verify(&REQUEST, &SCOPE, SECRET, claimed), "{claimed}");
        }
    }
}
