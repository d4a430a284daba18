//! The canonical form of a request, of which the signature is made.

use std::fmt::Write;

use crate::body_digest;
use crate::encoding::encode;

/// What is signed of a request.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Such as `POST`.
    pub method: &'a str,
    /// The path, encoded once, as it is sent.
    pub path: &'a str,
    /// How the path becomes part of what is signed.
    pub path_form: PathForm,
    /// The query without its question mark, encoded, as it is sent.
    pub query: &'a str,
    /// The signed headers, names in lower case and sorted; a header with several values stands
    /// there several times.
    pub headers: &'a [(&'a str, &'a str)],
    /// The whole body.
    pub body: &'a [u8],
}

/// How a path becomes part of what is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathForm {
    /// Encoded once more, as all services but S3 want it.
    Encoded,
    /// As it is sent: S3's way.
    AsSent,
}

impl Request<'_> {
    /// Returns the names of the signed headers.
    pub(crate) fn signed_headers(&self) -> String {
        let mut names: Vec<&str> = self.headers.iter().map(|(name, _)| *name).collect();
        names.dedup();
        names.join(";")
    }

    /// Writes the canonical form.
    pub(crate) fn canonical(&self) -> String {
        let mut text = format!("{}\n{}\n{}\n", self.method, self.path(), self.query());
        for values in self.headers.chunk_by(|(one, _), (other, _)| one == other) {
            let (name, _) = values[0];
            let values: Vec<String> = values.iter().map(|(_, value)| trimmed(value)).collect();
            writeln!(text, "{name}:{}", values.join(",")).expect("a string takes every text");
        }
        let body = body_digest(self.body);
        write!(text, "\n{}\n{body}", self.signed_headers()).expect("a string takes every text");
        text
    }

    fn path(&self) -> String {
        match self.path_form {
            PathForm::Encoded => encode(self.path, |byte| byte == b'/'),
            PathForm::AsSent => self.path.to_owned(),
        }
    }

    /// Sorts the query; its parts stay encoded as they were sent.
    fn query(&self) -> String {
        let pairs = self.query.split('&').filter(|pair| !pair.is_empty());
        let mut pairs: Vec<(&str, &str)> =
            pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).collect();
        pairs.sort_unstable();
        let pairs: Vec<String> =
            pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("&")
    }
}

/// Makes runs of blanks one.
fn trimmed(value: &str) -> String {
    let words: Vec<&str> = value.split(' ').filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_canonical_form_does_not_depend_on_how_a_request_is_written() {
        let request = Request {
            method: "GET",
            path: "/a%20b/c:d",
            path_form: PathForm::Encoded,
            query: "b=2&a&b=1",
            headers: &[("host", " x "), ("x-amz-meta", "one   two"), ("x-amz-meta", "three")],
            body: b"",
        };
        assert_eq!(
            request.canonical(),
            "GET\n/a%2520b/c%3Ad\na=&b=1&b=2\nhost:x\nx-amz-meta:one two,three\n\nhost;x-amz-meta\n\
             e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        let as_sent = Request { path_form: PathForm::AsSent, ..request };
        assert!(as_sent.canonical().starts_with("GET\n/a%20b/c:d\n"));
    }
}
