//! The parts of an `Authorization` header.

use compasso_sigv4::{ALGORITHM, TERMINATOR};

use crate::errors::Failure;

/// A parsed header.
pub(super) struct Authorization<'a> {
    pub(super) scope: Scope<'a>,
    /// Names of the headers that are signed, in order.
    pub(super) signed_headers: Vec<&'a str>,
    pub(super) signature: &'a str,
}

/// What a signature is good for.
pub(super) struct Scope<'a> {
    pub(super) key: &'a str,
    pub(super) date: &'a str,
    pub(super) region: &'a str,
    pub(super) service: &'a str,
}

impl<'a> Authorization<'a> {
    pub(super) fn parse(header: &'a str) -> Result<Self, Failure> {
        let (algorithm, rest) = header.split_once(' ').unwrap_or((header, ""));
        if algorithm != ALGORITHM {
            return Err(Failure::incomplete_signature(format!(
                "Unsupported AWS 'algorithm': '{algorithm}'."
            )));
        }
        let part = |name: &str| {
            let found = rest.split(',').find_map(|part| part.trim().strip_prefix(name));
            found.and_then(|rest| rest.strip_prefix('=')).ok_or_else(|| {
                Failure::incomplete_signature(format!(
                    "Authorization header requires '{name}' parameter."
                ))
            })
        };
        Ok(Self {
            scope: Scope::parse(part("Credential")?)?,
            signed_headers: part("SignedHeaders")?.split(';').collect(),
            signature: part("Signature")?,
        })
    }
}

impl<'a> Scope<'a> {
    fn parse(credential: &'a str) -> Result<Self, Failure> {
        let parts: Vec<&str> = credential.split('/').collect();
        let [key, date, region, service, TERMINATOR] = parts[..] else {
            return Err(Failure::incomplete_signature(format!(
                "Credential must have exactly 5 slash-delimited elements, e.g. \
                 keyid/date/region/service/term, got '{credential}'"
            )));
        };
        Ok(Self { key, date, region, service })
    }
}
