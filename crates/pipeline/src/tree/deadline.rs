//! Alerts on runs and tasks that are late.

use std::sync::Arc;
use std::time::Duration;

use super::Action;
use crate::Code;
use crate::expression::Names;
use crate::fields::Reader;
use crate::near;
use crate::source::{Node, Value};
use crate::units::ClockTime;

/// A deadline, which fires once a run.
#[derive(Clone, Debug)]
pub struct Deadline {
    /// Its identity.
    pub id: Option<Arc<str>>,
    /// When it is.
    pub due: Due,
    /// Whether it also cancels the run.
    pub fails: bool,
    /// What is done then.
    pub actions: Vec<Action>,
}

/// When a deadline is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// So long after a moment of the run.
    After(Duration, DeadlineFrom),
    /// At the first such time of day after the scheduled time.
    At(ClockTime),
}

/// The moment a deadline counts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeadlineFrom {
    /// The scheduled time.
    Scheduled,
    /// The end of the interval.
    IntervalEnd,
    /// When the run was queued.
    Queued,
    /// When the run started.
    Started,
}

const MOMENTS: [(&str, DeadlineFrom); 4] = [
    ("scheduled", DeadlineFrom::Scheduled),
    ("interval_end", DeadlineFrom::IntervalEnd),
    ("queued", DeadlineFrom::Queued),
    ("started", DeadlineFrom::Started),
];

/// Reads a list of deadlines.
pub(super) fn read_all(
    reader: &mut Reader<'_>,
    node: &Node,
    names: Names<'_>,
) -> Option<Vec<Deadline>> {
    let hint = match &node.value {
        Value::Text(text, _) => near::form(&reader.report, node, &format!("[{}]", form(text))),
        Value::Map(_) => Some(near::listed(&reader.report, node)),
        _ => return reader.list(node, |reader, item| read(reader, item, names)),
    };
    let message = format!("this must be a list, and is {}", node.kind());
    reader.report.hinted(Code::BadValue, node.mark(), message, hint);
    None
}

/// Returns how a deadline is written that is only a time.
fn form(text: &str) -> &'static str {
    if ClockTime::parse(text).is_some() { "{at: …}" } else { "{after: …}" }
}

fn read(reader: &mut Reader<'_>, node: &Node, names: Names<'_>) -> Option<Deadline> {
    let mut fields = reader.fields_like(node, form(node.as_str().unwrap_or_default()))?;
    let id = fields.read(reader, "id", Reader::id);
    let from = fields.read(reader, "from", |r, n| r.word(n, &MOMENTS));
    let after = fields.read(reader, "after", Reader::duration);
    let at = fields.read(reader, "at", clock_time);
    let fails = fields.read(reader, "fail", Reader::boolean).unwrap_or(false);
    let actions = fields
        .read(reader, "do", |r, n| r.list(n, |r, item| Action::read(r, item, names)))
        .unwrap_or_default();
    fields.finish(reader);
    let due = match (node.get("after").is_some(), node.get("at").is_some()) {
        (true, false) => Due::After(after?, from.unwrap_or(DeadlineFrom::Started)),
        (false, true) => Due::At(at?),
        (both, _) => {
            let message = if both {
                "a deadline is either 'after' or 'at'"
            } else {
                "a deadline says 'after' or 'at' when it is"
            };
            reader.report.add(Code::BadValue, node.mark(), message);
            return None;
        }
    };
    Some(Deadline { id, due, fails, actions })
}

fn clock_time(reader: &mut Reader<'_>, node: &Node) -> Option<ClockTime> {
    let text = reader.text(node)?;
    ClockTime::parse(&text)
        .or_else(|| reader.refuse(node, "this is no time of day", "write it as '06:00'"))
}
