//! Requests that start a pipeline.

use std::sync::Arc;
use std::time::Duration;

use compasso_types::Json;

use crate::Code;
use crate::expression::{Names, Value};
use crate::fields::{Fields, Reader};
use crate::source::{self, Node};
use crate::units::{Size, parse_duration};

/// Requests to a path.
#[derive(Clone, Debug)]
pub struct WebhookTrigger {
    /// The path.
    pub path: Arc<str>,
    /// The methods; POST if there are none.
    pub methods: Vec<Arc<str>>,
    /// How callers show who they are.
    pub auth: Authentication,
    /// What is answered: `wait`, `status`, `body` and `timeout`.
    pub respond: Vec<(Arc<str>, Value)>,
    /// Largest body.
    pub max_body: Option<Size>,
}

/// How callers show who they are.
#[derive(Clone, Debug, Default)]
pub enum Authentication {
    /// As the server is set.
    #[default]
    Unset,
    /// Not at all.
    None,
    /// With a token.
    Bearer(Value),
    /// With a name and a password.
    Basic(Value),
    /// With a signature: `header`, `secret`, `algo`, `prefix` and `timestamp`.
    Hmac(Vec<(Arc<str>, Value)>),
    /// With a signed token: `secret`, `public_key` or `jwks`, `algorithms`, `audience` and `issuer`.
    Jwt(Vec<(Arc<str>, Value)>),
}

const HMAC: [&str; 5] = ["header", "secret", "algo", "prefix", "timestamp"];
const JWT: [&str; 6] = ["secret", "public_key", "jwks", "algorithms", "audience", "issuer"];
const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
/// The longest a caller waits for the end of a run.
const WAIT_MAX: Duration = Duration::from_secs(300);
const RESPONSE: [&str; 4] = ["wait", STATUS, "body", "timeout"];
const STATUS: &str = "status";

impl WebhookTrigger {
    pub(super) fn read(
        reader: &mut Reader<'_>,
        fields: &mut Fields<'_>,
        names: Names<'_>,
    ) -> Option<Self> {
        let path = fields.require(reader, "path", path);
        let methods = fields.read(reader, "methods", methods).unwrap_or_default();
        let auth = fields.read(reader, "auth", |r, n| Authentication::read(r, n, names));
        let respond = fields.read(reader, "respond", |r, n| response(r, n, names));
        let max_body = fields.read(reader, "max_body", Reader::size);
        Some(Self {
            path: path?,
            methods,
            auth: auth.unwrap_or_default(),
            respond: respond.unwrap_or_default(),
            max_body,
        })
    }
}

impl Authentication {
    fn read(reader: &mut Reader<'_>, node: &Node, names: Names<'_>) -> Option<Self> {
        if node.as_str() == Some("none") {
            return Some(Self::None);
        }
        let names = names.and_kept_secrets();
        let mut fields = reader.fields(node)?;
        let found = [
            fields.read(reader, "bearer", |r, n| r.text_value(n, names)).map(Self::Bearer),
            fields.read(reader, "basic", |r, n| r.text_value(n, names)).map(Self::Basic),
            fields.read(reader, "hmac", |r, n| some_of(r, n, &HMAC, names)).map(Self::Hmac),
            fields.read(reader, "jwt", |r, n| some_of(r, n, &JWT, names)).map(Self::Jwt),
        ];
        fields.finish(reader);
        let mut found = found.into_iter().flatten();
        match (found.next(), found.next()) {
            (Some(auth), None) => Some(auth),
            (Some(_), Some(_)) => {
                let message = "callers show who they are in one way";
                reader.report.add(Code::BadValue, node.mark(), message);
                None
            }
            (None, _) => None,
        }
    }
}

/// Reads what is answered.
fn response(
    reader: &mut Reader<'_>,
    node: &Node,
    names: Names<'_>,
) -> Option<Vec<(Arc<str>, Value)>> {
    check_wait(reader, node);
    let values = some_of(reader, node, &RESPONSE, names)?;
    let status = values.iter().find(|(name, _)| &**name == STATUS);
    if let (Some((_, Value::Literal(status))), Some(node)) = (status, node.get(STATUS))
        && !is_status(status)
        && !reader.report.is_stored()
    {
        let hint = "write a number from 200 to 599, or an expression that gives one";
        return reader.refuse(node, "this is no status that a request is answered with", hint);
    }
    Some(values)
}

fn is_status(value: &Json) -> bool {
    let number = value.as_i64().or_else(|| value.as_str()?.parse().ok());
    number.is_some_and(|number| (200..=599).contains(&number))
}

/// Reads a map of values whose names are all among `known`.
fn some_of(
    reader: &mut Reader<'_>,
    node: &Node,
    known: &[&'static str],
    names: Names<'_>,
) -> Option<Vec<(Arc<str>, Value)>> {
    let mut fields = reader.fields(node)?;
    let mut values = Vec::new();
    for name in known {
        let value = fields.read(reader, name, |r, n| r.value(n, names));
        values.extend(value.map(|value| (Arc::from(*name), value)));
    }
    fields.finish(reader);
    Some(values)
}

/// Reports that a caller would be let wait for longer than it may.
fn check_wait(reader: &mut Reader<'_>, node: &Node) {
    let Some(member) = node.members().iter().find(|member| *member.key == *"timeout") else {
        return;
    };
    let wait = match &member.value.value {
        source::Value::Text(text, _) => parse_duration(text),
        source::Value::Number(number) => Duration::try_from_secs_f64(number.as_f64()).ok(),
        _ => None,
    };
    if wait.is_some_and(|wait| wait > WAIT_MAX) && !reader.report.is_stored() {
        let message = "a caller waits for 5 minutes at most";
        reader.report.hint(Code::BadValue, member.value.mark(), message, "write '5m' or less");
    }
}

fn methods(reader: &mut Reader<'_>, node: &Node) -> Option<Vec<Arc<str>>> {
    let methods = reader.texts(node)?;
    let is_known = |method: &str| METHODS.iter().any(|known| known.eq_ignore_ascii_case(method));
    if let Some(method) = methods.iter().find(|method| !is_known(method))
        && !reader.report.is_stored()
    {
        let hint = format!("there is {}", METHODS.join(", "));
        let message = format!("no request has the method '{method}'");
        return reader.refuse(node, &message, &hint);
    }
    Some(methods)
}

fn path(reader: &mut Reader<'_>, node: &Node) -> Option<Arc<str>> {
    let text = reader.text(node)?;
    if !text.starts_with('/') {
        let hint = format!("write '/{text}'");
        return reader.refuse(node, "a path begins with '/'", &hint);
    }
    let is_stray = |c: char| c.is_whitespace() || c.is_control() || "?#".contains(c);
    if text.contains(is_stray) && !reader.report.is_stored() {
        let hint = "leave blanks, '?' and '#' out; 'if' can ask for 'trigger.query.NAME'";
        return reader.refuse(node, "no request has such a path", hint);
    }
    Some(text)
}
