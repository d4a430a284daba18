//! Waiting for a person.

use std::sync::Arc;

use std::time::Duration;

use super::Param;
use crate::Code;
use crate::expression::{Names, Setting, Value};
use crate::fields::Reader;
use crate::source::{self, Node};

/// `approve`.
#[derive(Clone, Debug)]
pub struct Approval {
    /// Who may decide: `user:…`, `group:…`, `role:…`.
    pub by: Vec<Arc<str>>,
    /// How many must agree.
    pub count: u32,
    /// What they are told.
    pub message: Option<Value>,
    /// What they are asked.
    pub form: Vec<Param>,
    /// How long it waits.
    pub timeout: Option<Setting<Duration>>,
    /// What silence means.
    pub on_timeout: OnSilence,
    /// What a rejection means.
    pub on_reject: OnRejection,
    /// Whether who started the run may not decide.
    pub not_by_starter: bool,
}

/// What silence means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnSilence {
    /// It is rejected.
    #[default]
    Reject,
    /// It is approved.
    Approve,
    /// The task fails.
    Fail,
}

/// What a rejection means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnRejection {
    /// The task fails.
    #[default]
    Fail,
    /// The task is skipped.
    Skip,
}

/// The roles that people have: those of tokens and access keys.
pub const ROLES: [&str; 4] = ["viewer", "operator", "author", "admin"];

const WHO: [&str; 3] = ["user:", "group:", "role:"];

/// The fields of an approval that no task has.
pub(super) const FIELDS: [&str; 7] =
    ["by", "count", "message", "form", "on_timeout", "on_reject", "not_by_starter"];

impl OnSilence {
    /// Returns its word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reject => "reject",
            Self::Approve => "approve",
            Self::Fail => "fail",
        }
    }
}

impl OnRejection {
    /// Returns its word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Skip => "skip",
        }
    }
}

impl Approval {
    pub(super) fn read(reader: &mut Reader<'_>, node: &Node, names: Names<'_>) -> Option<Self> {
        let silence = [OnSilence::Reject, OnSilence::Approve, OnSilence::Fail];
        let silence = silence.map(|it| (it.name(), it));
        let rejection = [OnRejection::Fail, OnRejection::Skip].map(|it| (it.name(), it));
        if matches!(node.value, source::Value::Bool(_)) {
            let hint = "write {} for anybody, or {by: ['user:NAME']}";
            return reader.refuse(node, "this must be a map, and is a boolean", hint);
        }
        let mut fields = reader.fields_like(node, "{by: […]}")?;
        let approval = Self {
            by: fields.read(reader, "by", |r, n| r.list(n, who)).unwrap_or_default(),
            count: fields.read(reader, "count", Reader::positive).unwrap_or(1),
            message: fields.read(reader, "message", |r, n| r.text_value(n, names)),
            form: fields
                .read(reader, "form", |r, n| Param::read_all(r, n, Some(names)))
                .unwrap_or_default(),
            timeout: fields.read(reader, "timeout", |r, n| r.duration_setting(n, names)),
            on_timeout: fields
                .read(reader, "on_timeout", |r, n| r.word(n, &silence))
                .unwrap_or_default(),
            on_reject: fields
                .read(reader, "on_reject", |r, n| r.word(n, &rejection))
                .unwrap_or_default(),
            not_by_starter: fields.read(reader, "not_by_starter", Reader::boolean).unwrap_or(false),
        };
        fields.finish(reader);
        Some(approval)
    }
}

fn who(reader: &mut Reader<'_>, node: &Node) -> Option<Arc<str>> {
    let text = reader.text(node)?;
    let is_known =
        WHO.iter().any(|kind| text.strip_prefix(kind).is_some_and(|who| !who.is_empty()));
    if !is_known {
        let message = format!("'{text}' names nobody");
        let hint = format!("write 'user:{text}', 'group:{text}' or 'role:NAME'");
        reader.report.hint(Code::BadValue, node.span, message, hint);
    }
    Some(text)
}
