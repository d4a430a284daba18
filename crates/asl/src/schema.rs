//! Which field may stand where: the tables of the language, as data.

mod objects;
mod states;

pub(crate) use objects::{
    BATCHER, BRANCH, CATCHER, MACHINE, PROCESSOR, PROCESSOR_CONFIG, READER, READER_CONFIG, RETRIER,
    RULE, RULE_NESTED, WRITER, WRITER_CONFIG,
};
pub(crate) use states::{STATE_FIELDS, of_state};

use crate::cursor::Cursor;
use crate::report::Report;
use crate::suggestion;

/// The language of a state's expressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    JsonPath,
    Jsonata,
}

impl Language {
    /// Returns the value of `QueryLanguage` that means it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::JsonPath => "JSONPath",
            Self::Jsonata => "JSONata",
        }
    }
}

/// A field some object may have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    /// Its name.
    pub(crate) name: &'static str,
    /// The only language that has it, and what the other one has instead.
    pub(crate) only: Option<(Language, &'static str)>,
}

impl Field {
    const fn both(name: &'static str) -> Self {
        Self { name, only: None }
    }

    const fn jsonpath(name: &'static str, instead: &'static str) -> Self {
        Self { name, only: Some((Language::JsonPath, instead)) }
    }

    const fn jsonata(name: &'static str, instead: &'static str) -> Self {
        Self { name, only: Some((Language::Jsonata, instead)) }
    }

    /// Returns whether a state of `language` may have it.
    pub(crate) fn speaks(&self, language: Language) -> bool {
        self.only.is_none_or(|(only, _)| only == language)
    }
}

/// What an object other than a state may hold.
#[derive(Debug)]
pub(crate) struct Shape {
    /// What it is called in messages, with its article.
    pub(crate) title: &'static str,
    pub(crate) fields: &'static [Field],
    /// Members it must have, in the order messages name them.
    pub(crate) required: &'static [&'static str],
}

/// Reports the members of the object at `at` that `shape` does not have in `language`, and the
/// required ones that are missing. Returns whether it is an object at all.
pub(crate) fn check(
    report: &mut Report<'_>,
    at: &Cursor<'_>,
    shape: &Shape,
    language: Language,
) -> bool {
    if !at.is_object() {
        report.schema(at, format!("Expected value of type Object for {}", shape.title));
        return false;
    }
    for member in at.members() {
        let name = member.name();
        if let Some(field) = shape.fields.iter().find(|field| field.name == name) {
            check_language(report, &member, field, language);
        } else {
            let names = shape.fields.iter().map(|field| field.name);
            let hint = report.search(|| suggestion::nearest(name, names));
            unsupported(report, &member, shape.title, hint);
        }
    }
    require(report, at, shape.required);
    true
}

/// Reports a field of the other language.
pub(crate) fn check_language(
    report: &mut Report<'_>,
    member: &Cursor<'_>,
    field: &Field,
    language: Language,
) {
    if let Some((only, instead)) = field.only
        && only != language
    {
        let state = match language {
            Language::JsonPath => "a JSONPath state",
            Language::Jsonata => "a JSONata state",
        };
        unsupported(report, member, state, Some(format!("use {instead}")));
    }
}

/// Reports a field that `title` does not have.
pub(crate) fn unsupported(
    report: &mut Report<'_>,
    member: &Cursor<'_>,
    title: &str,
    suggestion: Option<String>,
) {
    let message = format!("Field '{}' is not supported in {title}", member.name());
    report.schema_key(member, message, suggestion);
}

/// Reports the fields of `names` that are missing, all in one sentence.
pub(crate) fn require(report: &mut Report<'_>, at: &Cursor<'_>, names: &[&str]) {
    let missing: Vec<&str> =
        names.iter().copied().filter(|name| at.node.get(name).is_none()).collect();
    if !missing.is_empty() {
        report.schema(at, format!("These fields are required: [{}]", missing.join(", ")));
    }
}

/// Reports fields of `names` that exclude each other.
pub(crate) fn exclusive(report: &mut Report<'_>, at: &Cursor<'_>, names: &[&str]) {
    let mut present = at.members().filter(|member| names.contains(&member.name()));
    if present.next().is_some()
        && let Some(second) = present.next()
    {
        let message = format!("Only one of these fields is allowed: [{}]", names.join(", "));
        report.schema_key(&second, message, None);
    }
}
