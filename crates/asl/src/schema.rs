//! Which field may stand where: the tables of the language, as data.

mod objects;
mod states;

pub(crate) use objects::{
    BATCHER, BRANCH, CATCHER, MACHINE, PROCESSOR, PROCESSOR_CONFIG, READER, READER_CONFIG, RETRIER,
    RULE, RULE_NESTED, WRITER, WRITER_CONFIG,
};
pub(crate) use states::{STATE_FIELDS, of_state};

use compasso_types::suggestion;

use crate::cursor::Cursor;
use crate::fields;
use crate::report::Report;

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

    fn other(self) -> Self {
        match self {
            Self::JsonPath => Self::Jsonata,
            Self::Jsonata => Self::JsonPath,
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
    if fields::object(report, at).is_none() {
        return false;
    }
    for member in at.members() {
        let name = member.name();
        if let Some(field) = shape.fields.iter().find(|field| field.name == name) {
            check_language(report, &member, at, field, language);
        } else {
            let names = shape.fields.iter().map(|field| field.name);
            let hint = report.search(|| suggestion::nearest(name, names));
            unsupported(report, &member, at, hint);
        }
    }
    require(report, at, shape.required);
    true
}

/// Reports a field of the other language among those of `owner`.
pub(crate) fn check_language(
    report: &mut Report<'_>,
    member: &Cursor<'_>,
    owner: &Cursor<'_>,
    field: &Field,
    language: Language,
) {
    if let Some((only, instead)) = field.only
        && only != language
    {
        foreign(report, member, owner, only, Some(format!("use {instead}")));
    }
}

/// Reports a field of `owner` that only states of the language `only` have.
pub(crate) fn foreign(
    report: &mut Report<'_>,
    member: &Cursor<'_>,
    owner: &Cursor<'_>,
    only: Language,
    suggestion: Option<String>,
) {
    let (name, only, spoken) = (member.name(), only.name(), only.other().name());
    let message = format!(
        "The QueryLanguage is set to '{spoken}', but field '{name}' is only supported for the \
         '{only}' QueryLanguage"
    );
    report.schema_key(member, owner, message, suggestion);
}

/// Reports a field that `owner` cannot have.
pub(crate) fn unsupported(
    report: &mut Report<'_>,
    member: &Cursor<'_>,
    owner: &Cursor<'_>,
    suggestion: Option<String>,
) {
    let message = format!("Field '{}' is not supported", member.name());
    report.schema_key(member, owner, message, suggestion);
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
        let message =
            format!("There should only be one of the following fields: [{}]", names.join(", "));
        report.schema_key(&second, at, message, None);
    }
}

/// Reports that none of `names` is there.
pub(crate) fn none_of(report: &mut Report<'_>, at: &Cursor<'_>, names: &[&str]) {
    let message =
        format!("This object should have only one of the following fields: [{}]", names.join(", "));
    report.schema(at, message);
}
