//! What tasks have that do not say otherwise.

use std::sync::Arc;
use std::time::Duration;

use super::{Cache, Container, Hooks, Resources, Retry};
use crate::expression::{Name, Names, Needs, Setting, Value};
use crate::fields::Reader;
use crate::script::Shell;
use crate::source::Node;

/// The fields of tasks that may have a default.
#[derive(Clone, Debug, Default)]
pub struct Defaults {
    /// `retry`.
    pub retry: Option<Retry>,
    /// `timeout`.
    pub timeout: Option<Setting<Duration>>,
    /// `total_timeout`.
    pub total_timeout: Option<Setting<Duration>>,
    /// `queue_timeout`.
    pub queue_timeout: Option<Setting<Duration>>,
    /// `heartbeat`.
    pub heartbeat: Option<Setting<Duration>>,
    /// `runs_on`.
    pub runs_on: Vec<Value>,
    /// `container`.
    pub container: Option<Container>,
    /// `shell`.
    pub shell: Option<Shell>,
    /// `dir`.
    pub dir: Option<Value>,
    /// `env`.
    pub env: Vec<(Arc<str>, Value)>,
    /// `pool`.
    pub pool: Option<Value>,
    /// `priority`.
    pub priority: Option<i64>,
    /// `resources`.
    pub resources: Option<Resources>,
    /// `hooks`.
    pub hooks: Option<Hooks>,
    /// `cache`.
    pub cache: Option<Cache>,
}

impl Defaults {
    pub(super) fn read(reader: &mut Reader<'_>, node: &Node) -> Option<Self> {
        let names = Names::with(Needs::Absent).and(Name::Task);
        let mut fields = reader.fields(node)?;
        let shell = fields.read(reader, "shell", Reader::shell);
        if let Some(shell) = &shell {
            reader.shell = shell.clone();
        }
        let timing = |r: &mut Reader<'_>, n: &Node| r.limit_setting(n, names);
        let defaults = Self {
            retry: fields.read(reader, "retry", Retry::read),
            timeout: fields.read(reader, "timeout", timing),
            total_timeout: fields.read(reader, "total_timeout", timing),
            queue_timeout: fields.read(reader, "queue_timeout", timing),
            heartbeat: fields.read(reader, "heartbeat", timing),
            runs_on: fields.read(reader, "runs_on", |r, n| r.tags(n, names)).unwrap_or_default(),
            container: fields.read(reader, "container", |r, n| Container::read(r, n, names)),
            shell,
            dir: fields.read(reader, "dir", |r, n| r.text_value(n, names)),
            env: fields.read(reader, "env", |r, n| r.env(n, names)).unwrap_or_default(),
            pool: fields.read(reader, "pool", |r, n| r.name_value(n, "pool", names)),
            priority: fields.read(reader, "priority", Reader::priority),
            resources: fields.read(reader, "resources", |r, n| Resources::read(r, n, names)),
            hooks: fields.read(reader, "hooks", |r, n| Hooks::read(r, n, names)),
            cache: fields.read(reader, "cache", |r, n| Cache::read(r, n, names)),
        };
        fields.finish(reader);
        Some(defaults)
    }
}
