//! AWS Signature Version 4 for requests with a body in memory.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::Credentials;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const BLOCK_BYTES: usize = 64;

/// What is signed. Header names are in lower case and sorted, `host` among them.
pub(crate) struct Signed<'a> {
    pub(crate) method: &'a str,
    /// The path, encoded once, as it is sent.
    pub(crate) path: &'a str,
    /// The query, encoded and sorted, as it is sent.
    pub(crate) query: &'a str,
    pub(crate) headers: &'a [(&'a str, &'a str)],
    pub(crate) body: &'a [u8],
}

/// For whom and when.
pub(crate) struct Scope<'a> {
    pub(crate) credentials: &'a Credentials,
    pub(crate) region: &'a str,
    pub(crate) service: &'a str,
    /// As in the header `x-amz-date`: `20150830T123600Z`.
    pub(crate) date: &'a str,
}

/// Returns the value of the `Authorization` header.
pub(crate) fn authorization(request: &Signed<'_>, scope: &Scope<'_>) -> String {
    let day = &scope.date[..8];
    let credential_scope = format!("{day}/{}/{}/aws4_request", scope.region, scope.service);
    let names: Vec<&str> = request.headers.iter().map(|(name, _)| *name).collect();
    let names = names.join(";");
    let canonical = hex(&Sha256::digest(canonical_request(request, &names)));
    let to_sign = format!("{ALGORITHM}\n{}\n{credential_scope}\n{canonical}", scope.date);
    let secret = format!("AWS4{}", scope.credentials.secret_access_key);
    let key = [day, scope.region, scope.service, "aws4_request", &to_sign]
        .iter()
        .fold(secret.into_bytes(), |key, message| hmac(&key, message.as_bytes()).to_vec());
    format!(
        "{ALGORITHM} Credential={}/{credential_scope}, SignedHeaders={names}, Signature={}",
        scope.credentials.access_key_id,
        hex(&key)
    )
}

/// Percent-encodes all but unreserved characters.
pub(crate) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("writing to a string does not fail");
        }
    }
    out
}

fn canonical_request(request: &Signed<'_>, names: &str) -> String {
    // All services but S3 sign the path encoded a second time.
    let path: Vec<String> = request.path.split('/').map(encoded).collect();
    let path = path.join("/");
    let mut headers = String::new();
    for (name, value) in request.headers {
        writeln!(headers, "{name}:{}", value.trim()).expect("writing to a string does not fail");
    }
    let body = hex(&Sha256::digest(request.body));
    format!("{}\n{path}\n{}\n{headers}\n{names}\n{body}", request.method, request.query)
}

fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut block = [0; BLOCK_BYTES];
    if key.len() > BLOCK_BYTES {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let inner = Sha256::new().chain_update(block.map(|byte| byte ^ 0x36)).chain_update(message);
    let outer = Sha256::new().chain_update(block.map(|byte| byte ^ 0x5c));
    outer.chain_update(inner.finalize()).finalize().into()
}

/// Writes bytes in lower case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        write!(out, "{byte:02x}").expect("writing to a string does not fail");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_example_has_the_documented_signature() {
        let credentials = Credentials {
            access_key_id: "AKIDEXAMPLE".to_owned(),
            secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned(),
            session_token: None,
        };
        let request = Signed {
            method: "GET",
            path: "/",
            query: "Action=ListUsers&Version=2010-05-08",
            headers: &[
                ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
                ("host", "iam.amazonaws.com"),
                ("x-amz-date", "20150830T123600Z"),
            ],
            body: b"",
        };
        let scope = Scope {
            credentials: &credentials,
            region: "us-east-1",
            service: "iam",
            date: "20150830T123600Z",
        };
        assert_eq!(
            authorization(&request, &scope),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, \
             SignedHeaders=content-type;host;x-amz-date, \
             Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
        );
    }

    #[test]
    fn a_key_longer_than_a_block_is_hashed_first() {
        let tag = hmac(&[0xaa; 131], b"Test Using Larger Than Block-Size Key - Hash Key First");
        assert_eq!(hex(&tag), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    }
}
