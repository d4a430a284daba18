//! Waiting for time or for something.

use std::time::Duration;

use compasso_integrations::inputs::unwatchable;
use compasso_jsonata::read_iso;
use compasso_types::ItemAddress;

use crate::Code;
use crate::expression::{Expression, Names, Setting, Value, is_computed};
use crate::fields::{Fields, Reader};
use crate::near;
use crate::script::{Script, Shell};
use crate::source::{self, Node, Span};
use crate::tree::Uses;
use crate::tree::events::{PIPELINE_STATES, between_looks};
use crate::tree::uses::CALLBACK_INPUT;
use crate::units::{Time, parse_duration};

/// `wait`.
#[derive(Clone, Debug)]
pub struct Wait {
    /// Where it stands.
    pub span: Span,
    /// What is waited for.
    pub what: WaitFor,
    /// The pause between two looks.
    pub every: Option<Duration>,
    /// How long it waits at most.
    pub timeout: Option<Setting<Duration>>,
    /// What it means when that is over.
    pub on_timeout: OnTimeout,
}

/// What is waited for.
#[derive(Clone, Debug)]
pub enum WaitFor {
    /// Time.
    Duration(Setting<Duration>),
    /// A time, or that something holds.
    Until(WaitUntil),
    /// A file that fits a pattern.
    File(Value),
    /// An object in a store.
    Object(Value),
    /// An answer, of which something must hold.
    Http(Uses),
    /// Rows, of which something must hold.
    Sql(Uses),
    /// A script that ends with 0.
    Run {
        /// The script.
        script: Script,
        /// What runs it.
        shell: Shell,
    },
    /// The end of a run of another pipeline.
    Pipeline(RunSought),
    /// An update of an asset.
    Asset(Value),
    /// An event.
    Event(EventSought),
    /// A signal by its name.
    Signal(Value),
}

/// A run whose end is waited for.
#[derive(Clone, Debug)]
pub struct RunSought {
    /// The name of its pipeline.
    pub name: Value,
    /// How it ended: `success`, `failed` or `finished`.
    pub state: &'static str,
    /// Which interval it is about: that of the run that waits, moved by so many milliseconds; any
    /// if absent.
    pub interval: Option<i64>,
}

/// An event that is waited for; all that is there must fit.
#[derive(Clone, Debug)]
pub struct EventSought {
    /// Its source.
    pub source: Option<Value>,
    /// Its type.
    pub kind: Option<Value>,
    /// A pattern as EventBridge has them.
    pub pattern: Option<Value>,
}

/// What `until` says.
#[derive(Clone, Debug)]
pub enum WaitUntil {
    /// A time.
    Time(Time),
    /// An expression that gives a time or whether it holds.
    Expression(Expression),
}

/// What it means when a wait takes too long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnTimeout {
    /// The task fails.
    #[default]
    Fail,
    /// The task is skipped.
    Skip,
    /// The task succeeds.
    Success,
}

const KINDS: [&str; 11] = [
    "for", "until", "file", "object", "http", "sql", "run", "pipeline", "asset", "event", "signal",
];

/// The fields of a wait that no task has.
pub(super) const FIELDS: [&str; 2] = ["every", "on_timeout"];

impl Wait {
    pub(super) fn read(reader: &mut Reader<'_>, node: &Node, names: Names<'_>) -> Option<Self> {
        if matches!(node.value, source::Value::Text(..) | source::Value::Number(_)) {
            let duration = reader.duration_setting(node, names)?;
            return Some(Self {
                span: node.mark(),
                what: WaitFor::Duration(duration),
                every: None,
                timeout: None,
                on_timeout: OnTimeout::Fail,
            });
        }
        let words =
            [("fail", OnTimeout::Fail), ("skip", OnTimeout::Skip), ("success", OnTimeout::Success)];
        let mut fields = reader.fields(node)?;
        let what = WaitFor::read(reader, node, &mut fields, names);
        let every = fields.read(reader, "every", between_looks);
        let timeout = fields.read(reader, "timeout", |r, n| r.duration_setting(n, names));
        let on_timeout = fields.read(reader, "on_timeout", |r, n| r.word(n, &words));
        fields.finish(reader);
        Some(Self {
            span: node.mark(),
            what: what?,
            every,
            timeout,
            on_timeout: on_timeout.unwrap_or_default(),
        })
    }

    /// Whether it ends by itself.
    pub(crate) fn is_for_time(&self) -> bool {
        matches!(self.what, WaitFor::Duration(_) | WaitFor::Until(WaitUntil::Time(_)))
    }
}

impl WaitFor {
    fn read(
        reader: &mut Reader<'_>,
        node: &Node,
        fields: &mut Fields<'_>,
        names: Names<'_>,
    ) -> Option<Self> {
        let found: Vec<_> = KINDS.iter().filter_map(|kind| fields.take(kind)).collect();
        let [member] = found.as_slice() else {
            let message = if found.is_empty() {
                "this waits for nothing"
            } else {
                "this waits for several things at once"
            };
            let hint = near::duration(&reader.report, node);
            let hint = hint.unwrap_or_else(|| format!("write one of: {}", KINDS.join(", ")));
            reader.report.hint(Code::BadValue, node.mark(), message, hint);
            return None;
        };
        let node = &member.value;
        Some(match &*member.key {
            "for" => Self::Duration(reader.duration_setting(node, names)?),
            "until" => Self::Until(WaitUntil::read(reader, node, names)?),
            "file" => Self::File(looked_for(reader, node, names, file_fault)?),
            "object" => Self::Object(looked_for(reader, node, names, object_fault)?),
            "http" => Self::Http(asking(reader, "http", node, names)?),
            "sql" => Self::Sql(asking(reader, "sql", node, names)?),
            "run" => {
                let shell = reader.shell.clone();
                Self::Run { script: reader.script(node, &shell, names)?, shell }
            }
            "pipeline" => Self::Pipeline(RunSought::read(reader, node, names)?),
            "asset" => Self::Asset(reader.text_value(node, names)?),
            "event" => Self::Event(EventSought::read(reader, node, names)?),
            _ => Self::Signal(reader.text_value(node, names)?),
        })
    }
}

impl RunSought {
    fn read(reader: &mut Reader<'_>, node: &Node, names: Names<'_>) -> Option<Self> {
        let mut fields = reader.fields(node)?;
        let name = fields.require(reader, "name", |r, n| r.text_value(n, names));
        let state = fields.read(reader, "state", |r, n| r.word(n, &PIPELINE_STATES));
        let interval = fields.read(reader, "interval", interval);
        fields.finish(reader);
        Some(Self { name: name?, state: state.unwrap_or("success"), interval })
    }
}

/// Reads `same`, or how much later or earlier than one's own an interval is.
fn interval(reader: &mut Reader<'_>, node: &Node) -> Option<i64> {
    let text = reader.text(node)?;
    if &*text == "same" {
        return Some(0);
    }
    let (sign, length) = match text.strip_prefix('-') {
        Some(length) => (-1, length),
        None => (1, text.strip_prefix('+').unwrap_or(&text)),
    };
    let ms = parse_duration(length).and_then(|span| i64::try_from(span.as_millis()).ok());
    ms.map(|ms| sign * ms).or_else(|| {
        let hint = "write 'same', or '-4h' for the interval four hours earlier";
        reader.refuse(node, "this says no interval", hint)
    })
}

impl EventSought {
    fn read(reader: &mut Reader<'_>, node: &Node, names: Names<'_>) -> Option<Self> {
        let mut fields = reader.fields(node)?;
        let source = fields.read(reader, "source", |r, n| r.text_value(n, names));
        let kind = fields.read(reader, "type", |r, n| r.text_value(n, names));
        let pattern = fields
            .take_alias(reader, "pattern", "match")
            .and_then(|member| reader.map_or_expression(&member.value, names));
        fields.finish(reader);
        if ["source", "type", "pattern", "match"].iter().all(|name| node.get(name).is_none()) {
            let hint = "write 'source', 'type' or 'pattern'";
            return reader.refuse(node, "any event would do", hint);
        }
        Some(Self { source, kind, pattern })
    }
}

impl WaitUntil {
    fn read(reader: &mut Reader<'_>, node: &Node, names: Names<'_>) -> Option<Self> {
        let text = node.as_str().unwrap_or_default();
        if let Some(time) = Time::parse(text).filter(|_| !is_computed(text)) {
            return Some(Self::Time(time));
        }
        let is_stored = reader.report.is_stored();
        let hint = "write '2026-01-31T06:00:00Z', a date such as '2026-01-31', or a condition";
        if looks_like_time(text) && !is_stored {
            return reader.refuse(node, "this is no time", hint);
        }
        let expression = reader.bare(node, names)?;
        let is_time = |text: &str| read_iso(text).is_some();
        if expression.constant_text().is_some_and(|text| !is_time(text)) && !is_stored {
            return reader.refuse(node, "this is no time", hint);
        }
        Some(Self::Expression(expression))
    }
}

/// Whether a text was meant as a date or a time of day, though it can be read as a subtraction or division.
fn looks_like_time(text: &str) -> bool {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    (1..=4).contains(&digits)
        && text[digits..].starts_with(['-', '/', ':', '.'])
        && text.contains(['-', '/', ':'])
        && text.bytes().all(|byte| byte.is_ascii_digit() || b"-/:.+ TtZz".contains(&byte))
}

/// Reads where something is looked for; `fault` says why one that is written out is no such place.
fn looked_for(
    reader: &mut Reader<'_>,
    node: &Node,
    names: Names<'_>,
    fault: fn(&str) -> Option<(String, &'static str)>,
) -> Option<Value> {
    let value = reader.text_value(node, names)?;
    let written = node.as_str().filter(|_| matches!(value, Value::Literal(_)));
    match written.and_then(fault).filter(|_| !reader.report.is_stored()) {
        Some((message, hint)) => reader.refuse(node, &message, hint),
        None => Some(value),
    }
}

fn file_fault(path: &str) -> Option<(String, &'static str)> {
    let why = unwatchable(path)?;
    Some((format!("'{path}' {why}"), "write '/DIRECTORY/*.csv'"))
}

fn object_fault(url: &str) -> Option<(String, &'static str)> {
    let is_object = url.starts_with("s3://") && ItemAddress::parse(url, false).is_some();
    let message = || format!("'{url}' is no address of objects");
    (!is_object).then(|| (message(), "write 's3://BUCKET/KEY', in which '*' stands for anything"))
}

/// Reads the request that `action` makes.
fn asking(reader: &mut Reader<'_>, action: &str, node: &Node, names: Names<'_>) -> Option<Uses> {
    let uses = Uses::call(reader, action.into(), node.mark(), Some(node), names)?;
    match node.get(CALLBACK_INPUT) {
        Some(wait) if uses.ends_by_token() => {
            let hint = "leave it out, or make the call in a task of its own: 'uses: http' with it";
            reader.refuse(wait, "a wait that asks again cannot also wait for a callback", hint)
        }
        _ => Some(uses),
    }
}
