//! Updates of assets that start a pipeline.

use std::sync::Arc;

use crate::Code;
use crate::fields::{Fields, Reader};
use crate::source::{self, Node};

/// Updates of assets.
#[derive(Clone, Debug)]
pub struct AssetTrigger {
    /// Which ones.
    pub assets: Assets,
    /// Whether all must be of the same partition.
    pub same_partition: bool,
    /// Whether all that wait go into one run.
    pub coalesce: bool,
}

/// Assets, with `and` and `or` in turns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assets {
    /// One by its URI.
    One(Arc<str>),
    /// All of them.
    All(Vec<Assets>),
    /// Any of them.
    Any(Vec<Assets>),
}

impl AssetTrigger {
    pub(super) fn read(reader: &mut Reader<'_>, fields: &mut Fields<'_>) -> Option<Self> {
        let words = [("any", false), ("same", true)];
        let all = fields.read(reader, "all", |r, n| assets(r, n, true));
        let any = fields.read(reader, "any", |r, n| assets(r, n, false));
        let same_partition = fields.read(reader, "partition", |r, n| r.word(n, &words));
        let coalesce = fields.read(reader, "coalesce", Reader::boolean);
        let found = [fields.peek("all"), fields.peek("any")];
        if found.iter().flatten().count() != 1 {
            let hint = "write 'all: […]' or 'any: […]'";
            let message = "the trigger names assets in one list";
            reader.report.hint(Code::BadValue, fields.span, message, hint);
            return None;
        }
        Some(Self {
            assets: all.or(any)?,
            same_partition: same_partition.unwrap_or(false),
            coalesce: coalesce.unwrap_or(true),
        })
    }
}

/// Reads a list whose lists are of the other kind.
fn assets(reader: &mut Reader<'_>, node: &Node, all: bool) -> Option<Assets> {
    let parts = reader.list(node, |reader, item| match item.value {
        source::Value::List(_) => assets(reader, item, !all),
        _ => reader.text(item).map(Assets::One),
    })?;
    if node.items().is_empty() {
        return reader.refuse(node, "there is no asset", "name an asset by its URI");
    }
    Some(if all { Assets::All(parts) } else { Assets::Any(parts) })
}
