//! Requests of webhooks and what is answered.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use compasso_types::Json;

/// Headers that may hold what nobody else may see.
const PRIVATE: [&str; 19] = [
    "api-key",
    "apikey",
    "authorization",
    "cookie",
    "ocp-apim-subscription-key",
    "private-token",
    "proxy-authorization",
    "set-cookie",
    "x-access-token",
    "x-amz-security-token",
    "x-api-key",
    "x-api-token",
    "x-auth-key",
    "x-auth-token",
    "x-functions-key",
    "x-gitlab-token",
    "x-goog-api-key",
    "x-token",
    "x-vault-token",
];

/// A request to the path of a webhook.
#[derive(Clone, Debug, Default)]
pub struct HookRequest {
    /// Its method.
    pub method: String,
    /// Its path below `/hooks`, with the `/`.
    pub path: String,
    /// Its query, as it is written.
    pub query: String,
    /// Its headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Bytes,
    /// Whether its sender may ask the server for everything.
    pub is_known: bool,
}

/// What is answered.
#[derive(Clone, Debug, PartialEq)]
pub struct HookAnswer {
    /// The status code.
    pub status: u16,
    /// The body: texts as they are, everything else as JSON.
    pub body: Json,
}

impl HookRequest {
    /// Returns a header by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| &**value)
    }

    /// Returns what expressions see of it, without the header `private`.
    ///
    /// # Errors
    /// Its body is not what it says it is.
    pub(crate) fn seen(&self, private: Option<&str>) -> Result<Json, String> {
        let is_open = |name: &str| !PRIVATE.contains(&name) && Some(name) != private;
        let headers = self.headers.iter().filter(|(name, _)| is_open(name));
        let (body, raw) = self.contents()?;
        let members = [
            ("method", Json::from(self.method.as_str())),
            ("path", Json::from(self.path.as_str())),
            ("query", object(form(&self.query).iter())),
            ("headers", object(headers)),
            ("body", body),
        ];
        Ok(Json::object(members.into_iter().chain(raw.map(|raw| ("raw", raw)))))
    }

    /// Returns the body as a value, and as it came if that is another one. A text whose sender says that
    /// it is JSON, or does not say what it is, must be JSON.
    fn contents(&self) -> Result<(Json, Option<Json>), String> {
        if self.body.is_empty() {
            return Ok((Json::Null, None));
        }
        let kind = self.header("content-type").unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let is_json = kind == "application/json" || kind.ends_with("+json");
        let text = match std::str::from_utf8(&self.body) {
            Ok(text) => text,
            Err(error) if is_json => return Err(format!("the body is no JSON: {error}")),
            Err(_) => return Ok((Json::Null, Some(Json::from(STANDARD.encode(&self.body))))),
        };
        if kind == "application/x-www-form-urlencoded" {
            return Ok((object(form(text).iter()), Some(Json::from(text))));
        }
        match Json::parse(text) {
            Ok(value) => Ok((value, None)),
            Err(error) if is_json => Err(format!("the body is no JSON: {error}")),
            Err(error) if kind.is_empty() => Err(format!(
                "the body is no JSON: {error}; a Content-Type says if it is to be something else"
            )),
            Err(_) => Ok((Json::from(text), Some(Json::from(text)))),
        }
    }
}

impl HookAnswer {
    pub(crate) fn new<'a>(status: u16, members: impl IntoIterator<Item = (&'a str, Json)>) -> Self {
        Self { status, body: Json::object(members) }
    }

    pub(crate) fn refusal(status: u16, code: &str, message: impl Into<String>) -> Self {
        let message: String = message.into();
        Self::new(status, [("code", Json::from(code)), ("message", Json::from(message))])
    }
}

/// Reads a form.
fn form(text: &str) -> Vec<(String, String)> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value))
        })
        .collect()
}

/// Reads what a form or a query encodes.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match (byte, hex.and_then(|digits| u8::from_str_radix(digits, 16).ok())) {
            (b'%', Some(decoded)) => {
                bytes.push(decoded);
                rest = &after[2..];
                continue;
            }
            (b'+', _) => bytes.push(b' '),
            (other, _) => bytes.push(other),
        }
        rest = after;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Returns an object of texts; of a name that comes more than once, the values as a list.
fn object<'a>(pairs: impl Iterator<Item = &'a (String, String)>) -> Json {
    let mut members: Vec<(Arc<str>, Vec<Json>)> = Vec::new();
    for (name, value) in pairs {
        let value = Json::from(value.as_str());
        match members.iter_mut().find(|(known, _)| **known == **name) {
            Some((_, values)) => values.push(value),
            None => members.push((name.as_str().into(), vec![value])),
        }
    }
    Json::object(members.into_iter().map(|(name, mut values)| {
        let value = if values.len() == 1 { values.remove(0) } else { Json::array(values) };
        (name, value)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(kind: &str, body: &'static [u8]) -> Result<Json, String> {
        let headers = [("content-type", kind), ("cookie", "c"), ("x-a", "1"), ("x-a", "2")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let request = HookRequest {
            method: "POST".into(),
            path: "/p".into(),
            query: "q=1".into(),
            headers: headers.into(),
            body: Bytes::from_static(body),
            is_known: false,
        };
        request.seen(Some("content-type"))
    }

    #[test]
    fn expressions_see_the_body_as_a_value_and_no_private_header() {
        assert_eq!(
            seen("application/json", br#"{"n":1}"#).unwrap().to_string(),
            r#"{"method":"POST","path":"/p","query":{"q":"1"},"headers":{"x-a":["1","2"]},"body":{"n":1}}"#
        );
    }

    #[test]
    fn no_header_that_usually_holds_a_credential_is_seen() {
        let names = ["x-api-key", "x-auth-token", "x-gitlab-token", "set-cookie", "x-request-id"];
        let headers = names.map(|name| (name.to_owned(), "K".to_owned())).to_vec();
        let request = HookRequest { headers, ..HookRequest::default() };
        let headers = request.seen(None).unwrap().get("headers").unwrap().to_string();
        assert_eq!(headers, r#"{"x-request-id":"K"}"#);
    }

    #[test]
    fn other_bodies_are_forms_texts_or_bytes() {
        let body = |kind, body| {
            let seen = seen(kind, body).unwrap();
            (seen.get("body").unwrap().to_string(), seen.get("raw").unwrap().to_string())
        };
        let form = "application/x-www-form-urlencoded; charset=utf-8";
        assert_eq!(
            body(form, b"a=1+2&a=%26&b"),
            (r#"{"a":["1 2","&"],"b":""}"#.into(), r#""a=1+2&a=%26&b""#.into())
        );
        assert_eq!(body("text/plain", b"hi"), (r#""hi""#.into(), r#""hi""#.into()));
        assert_eq!(body("", &[0xff, 0]), ("null".into(), r#""/wA=""#.into()));
    }

    #[test]
    fn what_is_to_be_json_and_is_not_is_refused_with_its_place() {
        for kind in
            ["application/json", "Application/JSON; charset=utf-8", "application/x+json", ""]
        {
            let why = seen(kind, b"{\"id\": 1,").unwrap_err();
            assert!(why.contains("line 1 column 9"), "{kind}: {why}");
        }
        assert!(seen("application/json", &[0xff]).unwrap_err().contains("utf-8"));
        assert!(seen("text/plain", b"{").is_ok());
    }
}
