//! The repository that a task works on.

use crate::Code;
use crate::expression::{Names, Value};
use crate::fields::Reader;
use crate::source::{self, Node};

/// `checkout`.
#[derive(Clone, Debug, Default)]
pub struct Checkout {
    /// Where the repository is; absent: where the pipeline was pushed from.
    pub repo: Option<Value>,
    /// The branch, tag or commit; absent: what the run is about.
    pub git_ref: Option<Value>,
    /// How many commits are brought.
    pub depth: Option<u32>,
    /// Where in the workspace it goes.
    pub path: Option<Value>,
    /// What the repository is asked with.
    pub token: Option<Value>,
}

impl Checkout {
    /// Reads `true`, or a map; `false` is none.
    pub(super) fn read(reader: &mut Reader<'_>, node: &Node, names: Names<'_>) -> Option<Self> {
        match &node.value {
            source::Value::Bool(is_wanted) => is_wanted.then(Self::default),
            source::Value::Map(_) => {
                let mut fields = reader.fields(node)?;
                let secret = names.and_secrets();
                let checkout = Self {
                    repo: fields.read(reader, "repo", |r, n| r.text_value(n, secret)),
                    git_ref: fields.read(reader, "ref", |r, n| r.text_value(n, names)),
                    depth: fields.read(reader, "depth", Reader::positive),
                    path: fields.read(reader, "path", |r, n| r.text_value(n, names)),
                    token: fields.read(reader, "token", |r, n| r.text_value(n, secret)),
                };
                fields.finish(reader);
                if let Some(Value::Literal(_) | Value::Text(_)) = &checkout.token {
                    let span = node.get("token").map_or(node.mark(), |token| token.span);
                    let message = "a 'token' is no text of the file, which everybody may read";
                    let hint = "write '${{ secrets.NAME }}'";
                    reader.report.hint(Code::BadValue, span, message, hint);
                }
                Some(checkout)
            }
            _ => reader.expected(node, "true, false or a map"),
        }
    }

    /// Whether the pipeline's own origin is brought.
    pub fn is_of_origin(&self) -> bool {
        self.repo.is_none()
    }
}
