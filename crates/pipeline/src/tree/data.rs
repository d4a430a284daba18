//! Where data comes from and goes to.

use std::sync::Arc;
use std::time::Duration;

use compasso_types::is_inner_path;

use super::Resources;
use crate::Code;
use crate::expression::{Names, Value};
use crate::fields::Reader;
use crate::source::{self, Member, Node, Span};

/// How the output of a script is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OutputFrom {
    /// From the output file, if the script wrote it.
    #[default]
    Auto,
    /// Standard output is one JSON value.
    Json,
    /// Standard output without its last line break.
    Text,
    /// Standard output as a list of lines.
    Lines,
    /// There is none.
    None,
    /// From a JSON file.
    File(Arc<str>),
}

const OUTPUTS: [(&str, OutputFrom); 5] = [
    ("auto", OutputFrom::Auto),
    ("json", OutputFrom::Json),
    ("text", OutputFrom::Text),
    ("lines", OutputFrom::Lines),
    ("none", OutputFrom::None),
];

impl OutputFrom {
    /// Returns how it is written.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::File(path) => format!("file:{path}"),
            known => {
                let found = OUTPUTS.iter().find(|(_, output)| output == known);
                found.map_or("", |(name, _)| name).to_owned()
            }
        }
    }

    pub(super) fn read(reader: &mut Reader<'_>, node: &Node) -> Option<Self> {
        let text = reader.text(node)?;
        if let Some(path) = text.strip_prefix("file:")
            && (!path.is_empty() || reader.report.is_stored())
        {
            return Some(Self::File(path.into()));
        }
        if let Some((_, output)) = OUTPUTS.iter().find(|(name, _)| *name == &*text) {
            return Some(output.clone());
        }
        let hint = "write auto, json, text, lines, none or 'file:PATH'";
        reader.refuse(node, "this is no way to read an output", hint)
    }
}

/// `artifacts`: files that go from task to task.
#[derive(Clone, Debug, Default)]
pub struct Artifacts {
    /// `TASK/path` of files that are brought, `GROUP.TASK/path` out of a group.
    pub inputs: Vec<Value>,
    /// Patterns of files that are kept.
    pub outputs: Vec<Value>,
    /// How long they are kept.
    pub retention: Option<Duration>,
}

impl Artifacts {
    /// Returns the task whose file `TASK/NAME`, or `TASK[KEY]/NAME`, is; of `GROUP.TASK/NAME` the group.
    pub(crate) fn brought_from(path: &str) -> &str {
        path.split(['/', '[', '.']).next().unwrap_or_default()
    }

    /// Whether nothing is said of files.
    pub(crate) fn is_empty(&self) -> bool {
        self.inputs.is_empty() && self.outputs.is_empty() && self.retention.is_none()
    }

    pub(super) fn read(reader: &mut Reader<'_>, node: &Node, names: Names<'_>) -> Option<Self> {
        let mut fields = reader.fields_like(node, "{out: […]}")?;
        let artifacts = Self {
            inputs: fields.read(reader, "in", |r, n| r.inner_paths(n, names)).unwrap_or_default(),
            outputs: fields.read(reader, "out", |r, n| r.inner_paths(n, names)).unwrap_or_default(),
            retention: fields.read(reader, "retention", Reader::duration),
        };
        fields.finish(reader);
        Some(artifacts)
    }
}

/// `container`: where a script runs.
#[derive(Clone, Debug)]
pub struct Container {
    /// The image.
    pub image: Value,
    /// `entrypoint`, `args`, `mounts`, `user`, `network` and `pull`, as they are written.
    pub options: Vec<(Arc<str>, Value)>,
    /// The environment inside.
    pub env: Vec<(Arc<str>, Value)>,
    /// What it may use.
    pub resources: Option<Resources>,
}

const CONTAINER_OPTIONS: [&str; 6] = ["entrypoint", "args", "mounts", "user", "network", "pull"];

impl Container {
    pub(super) fn read(reader: &mut Reader<'_>, node: &Node, names: Names<'_>) -> Option<Self> {
        if matches!(node.value, source::Value::Text(..)) {
            let image = reader.text_value(node, names)?;
            return Some(Self { image, options: vec![], env: vec![], resources: None });
        }
        let mut fields = reader.fields(node)?;
        let image = fields.require(reader, "image", |r, n| r.text_value(n, names));
        let mut options = Vec::new();
        for name in CONTAINER_OPTIONS {
            let value = fields.read(reader, name, |r, n| r.value(n, names));
            options.extend(value.map(|value| (name.into(), value)));
        }
        let env = fields.read(reader, "env", |r, n| r.env(n, names)).unwrap_or_default();
        let resources = fields.read(reader, "resources", |r, n| Resources::read(r, n, names));
        fields.finish(reader);
        Some(Self { image: image?, options, env, resources })
    }
}

impl Reader<'_> {
    /// Reads an environment: names and texts; numbers and booleans are taken as they are written.
    pub(super) fn env(&mut self, node: &Node, names: Names<'_>) -> Option<Vec<(Arc<str>, Value)>> {
        let members = self.members(node)?;
        let read = |member: &Member| {
            self.check_variable(&member.key, member.key_span);
            let value = &member.value;
            let value = match value.value {
                source::Value::Text(..) => self.text_value(value, names.and_secrets())?,
                source::Value::Null => Value::Literal("".into()),
                _ => Value::Literal(self.written(value, Self::prose)?.into()),
            };
            Some((member.key.clone(), value))
        };
        Some(members.iter().filter_map(read).collect())
    }

    /// Reads `files`: contents by their paths.
    pub(super) fn files(
        &mut self,
        node: &Node,
        names: Names<'_>,
    ) -> Option<Vec<(Arc<str>, Value)>> {
        for member in node.members() {
            self.check_inner_path(&member.key, member.key_span);
        }
        self.values(node, names.and_hidden())
    }

    /// Reads paths inside the workspace.
    fn inner_paths(&mut self, node: &Node, names: Names<'_>) -> Option<Vec<Value>> {
        self.list_of_texts(node, |reader, item| {
            let value = reader.text_value(item, names)?;
            if let Value::Literal(path) = &value {
                reader.check_inner_path(path.as_str().unwrap_or_default(), item.span);
            }
            Some(value)
        })
    }

    /// Reports a path that leads out of the workspace.
    fn check_inner_path(&mut self, path: &str, span: Span) {
        if is_inner_path(path) || self.report.is_stored() {
            return;
        }
        let message = format!("'{path}' is no path inside the workspace");
        let hint = "write it as seen from there, without '..' and a '/' in front";
        self.report.hint(Code::BadValue, span, message, hint);
    }

    fn check_variable(&mut self, name: &str, span: Span) {
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !is_name {
            let message = format!("'{name}' is no name of an environment variable");
            let hint = "use letters, digits and underscores";
            self.report.hint(Code::BadValue, span, message, hint);
        }
    }
}
