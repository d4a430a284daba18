//! Tests that need no server.

use std::sync::Arc;

use compasso_types::Json;

use crate::fields::Reader;
use crate::source::{Node, Span};

/// One of `tests`.
#[derive(Clone, Debug)]
pub struct TestCase {
    /// Where it stands.
    pub span: Span,
    /// Its name.
    pub name: Arc<str>,
    /// The params of the run.
    pub params: Option<Json>,
    /// What started it.
    pub trigger: Option<Json>,
    /// When it starts.
    pub now: Option<Arc<str>>,
    /// What tasks do instead: by their ids, an `output`, an `error` or a `sequence` of them.
    pub mocks: Vec<(Arc<str>, Json)>,
    /// What must come of it.
    pub expect: Option<Json>,
}

impl TestCase {
    pub(super) fn read_all(reader: &mut Reader<'_>, node: &Node) -> Option<Vec<Self>> {
        reader.list(node, Self::read)
    }

    fn read(reader: &mut Reader<'_>, node: &Node) -> Option<Self> {
        let mut fields = reader.fields(node)?;
        let test = Self {
            span: node.mark(),
            name: fields.require(reader, "name", Reader::prose).unwrap_or_else(|| "".into()),
            params: fields.read(reader, "params", Reader::json_map),
            trigger: fields.read(reader, "trigger", Reader::json_map),
            now: fields.read(reader, "now", Reader::text),
            mocks: fields
                .read(reader, "mocks", |r, n| {
                    let members = r.members(n)?;
                    Some(members.iter().map(|m| (m.key.clone(), m.value.to_json())).collect())
                })
                .unwrap_or_default(),
            expect: fields.read(reader, "expect", Reader::json_map),
        };
        fields.finish(reader);
        Some(test)
    }
}
