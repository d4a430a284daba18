//! The triggers that are told by a few words: files, objects, pipelines, events, rows, changes.

use std::sync::Arc;
use std::time::Duration;

use compasso_types::Json;

use crate::expression::{Names, Value};
use crate::fields::{Fields, Reader};
use crate::source::Node;

/// The shortest pause between two looks.
const LOOKS_APART_MIN: Duration = Duration::from_millis(100);

/// Files that appear, change or go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileTrigger {
    /// The pattern of their paths.
    pub path: Arc<str>,
    /// `created`, `modified` or `deleted`.
    pub on: &'static str,
    /// How long they must be quiet.
    pub settle: Option<Duration>,
    /// The pause between two looks.
    pub poll: Option<Duration>,
    /// What makes two events the same: `path`, `path+mtime` or `sha256`.
    pub dedupe: &'static str,
    /// The tags of the worker that looks.
    pub runs_on: Vec<Arc<str>>,
}

const FILE_EVENTS: [(&str, &str); 3] =
    [("created", "created"), ("modified", "modified"), ("deleted", "deleted")];
const FILE_KEYS: [(&str, &str); 3] =
    [("path", "path"), ("path+mtime", "path+mtime"), ("sha256", "sha256")];

impl FileTrigger {
    pub(super) fn read(reader: &mut Reader<'_>, fields: &mut Fields<'_>) -> Option<Self> {
        let path = fields.require(reader, "path", Reader::text);
        let on = fields.read(reader, "on", |r, n| r.word(n, &FILE_EVENTS));
        let settle = fields.read(reader, "settle", Reader::duration);
        let poll = fields.read(reader, "poll", between_looks);
        let dedupe = fields.read(reader, "dedupe", |r, n| r.word(n, &FILE_KEYS));
        let runs_on = fields.read(reader, "runs_on", Reader::texts).unwrap_or_default();
        Some(Self {
            path: path?,
            on: on.unwrap_or("created"),
            settle,
            poll,
            dedupe: dedupe.unwrap_or("path"),
            runs_on,
        })
    }
}

/// Objects in a store.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectTrigger {
    /// Where, with a pattern: `s3://bucket/prefix/*.csv`.
    pub url: Arc<str>,
    /// How the store is reached.
    pub connection: Option<Arc<str>>,
    /// The pause between two looks.
    pub poll: Option<Duration>,
    /// Who tells of new ones.
    pub notify: Option<Json>,
    /// What makes two events the same: `key` or `key+etag`.
    pub dedupe: &'static str,
}

const OBJECT_KEYS: [(&str, &str); 2] = [("key", "key"), ("key+etag", "key+etag")];

impl ObjectTrigger {
    pub(super) fn read(reader: &mut Reader<'_>, fields: &mut Fields<'_>) -> Option<Self> {
        let url = fields.require(reader, "url", Reader::text);
        let connection = fields.read(reader, "connection", Reader::text);
        let poll = fields.read(reader, "poll", between_looks);
        let notify = fields.read(reader, "notify", Reader::json_map);
        let dedupe = fields.read(reader, "dedupe", |r, n| r.word(n, &OBJECT_KEYS));
        Some(Self { url: url?, connection, poll, notify, dedupe: dedupe.unwrap_or("key+etag") })
    }
}

/// Runs of another pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PipelineTrigger {
    /// Its name.
    pub name: Arc<str>,
    /// How they end: `success`, `failed` or `finished`.
    pub state: &'static str,
    /// Whether only the run of the same interval counts.
    pub same_interval: bool,
}

pub(super) const PIPELINE_STATES: [(&str, &str); 3] =
    [("success", "success"), ("failed", "failed"), ("finished", "finished")];

impl PipelineTrigger {
    pub(super) fn read(reader: &mut Reader<'_>, fields: &mut Fields<'_>) -> Option<Self> {
        let intervals = [("any", false), ("same", true)];
        let name = fields.require(reader, "name", Reader::text);
        let state = fields.read(reader, "state", |r, n| r.word(n, &PIPELINE_STATES));
        let same = fields.read(reader, "interval", |r, n| r.word(n, &intervals));
        Some(Self {
            name: name?,
            state: state.unwrap_or("success"),
            same_interval: same.unwrap_or(false),
        })
    }
}

/// Events.
#[derive(Clone, Debug)]
pub struct EventTrigger {
    /// Their source.
    pub source: Option<Arc<str>>,
    /// Their type.
    pub kind: Option<Arc<str>>,
    /// What they must be like, in the patterns of EventBridge.
    pub pattern: Option<Json>,
}

impl EventTrigger {
    pub(super) fn read(reader: &mut Reader<'_>, fields: &mut Fields<'_>) -> Self {
        Self {
            source: fields.read(reader, "source", Reader::text),
            kind: fields.read(reader, "type", Reader::text),
            pattern: fields.read(reader, "pattern", Reader::json_map),
        }
    }
}

/// Rows of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlTrigger {
    /// How the database is reached.
    pub connection: Option<Arc<str>>,
    /// The query.
    pub query: Arc<str>,
    /// The pause between two looks.
    pub every: Duration,
    /// The column that only grows.
    pub cursor: Option<Arc<str>>,
}

impl SqlTrigger {
    pub(super) fn read(reader: &mut Reader<'_>, fields: &mut Fields<'_>) -> Option<Self> {
        let connection = fields.read(reader, "connection", Reader::text);
        let query = fields.require(reader, "query", Reader::text);
        let every = fields.require(reader, "every", between_looks);
        let cursor = fields.read(reader, "cursor", Reader::text);
        Some(Self { connection, query: query?, every: every?, cursor })
    }
}

/// Changes of a repository.
#[derive(Clone, Debug)]
pub struct GitTrigger {
    /// Who tells of them: `github`, `gitlab`, `gitea` or `generic`.
    pub provider: &'static str,
    /// What they are signed with.
    pub secret: Option<Value>,
    /// Which ones: `push`, `pull_request` and so on.
    pub events: Vec<Arc<str>>,
    /// What was done with a pull request, such as `opened`.
    pub actions: Vec<Arc<str>>,
    /// Patterns of branches.
    pub branches: Vec<Arc<str>>,
    /// Patterns of tags.
    pub tags: Vec<Arc<str>>,
    /// Patterns of changed files.
    pub paths: Vec<Arc<str>>,
}

const PROVIDERS: [(&str, &str); 4] =
    [("github", "github"), ("gitlab", "gitlab"), ("gitea", "gitea"), ("generic", "generic")];

impl GitTrigger {
    pub(super) fn read(reader: &mut Reader<'_>, fields: &mut Fields<'_>, names: Names<'_>) -> Self {
        let provider = fields.read(reader, "provider", |r, n| r.word(n, &PROVIDERS));
        let secret =
            fields.read(reader, "secret", |r, n| r.text_value(n, names.and_kept_secrets()));
        let mut patterns = |reader: &mut Reader<'_>, name| fields.read(reader, name, Reader::texts);
        Self {
            provider: provider.unwrap_or("generic"),
            secret,
            events: patterns(reader, "events").unwrap_or_default(),
            actions: patterns(reader, "actions").unwrap_or_default(),
            branches: patterns(reader, "branches").unwrap_or_default(),
            tags: patterns(reader, "tags").unwrap_or_default(),
            paths: patterns(reader, "paths").unwrap_or_default(),
        }
    }
}

/// Reads the pause between two looks at something outside.
pub(super) fn between_looks(reader: &mut Reader<'_>, node: &Node) -> Option<Duration> {
    let pause = reader.duration(node)?;
    if pause < LOOKS_APART_MIN && !reader.report.is_stored() {
        return reader.refuse(node, "looks are at least 100 ms apart", "write '1s', say");
    }
    Some(pause)
}
