//! What a run is given.

use std::sync::Arc;

use compasso_types::{Json, Object};

use super::params;
use crate::Code;
use crate::expression::{self, Names, is_computed};
use crate::fields::{Fields, Reader};
use crate::source::{Node, Span, Value};

/// A param.
#[derive(Clone, Debug)]
pub struct Param {
    /// Its name.
    pub name: Arc<str>,
    /// Where its name stands.
    pub span: Span,
    /// Its type, if one is told or follows from the default.
    pub kind: Option<ParamType>,
    /// What it is if nobody says; `null` is a value. Only forms compute it.
    pub default: Option<expression::Value>,
    /// Whether a run must say what it is.
    pub required: bool,
    /// Whether nobody may see its values.
    pub secret: bool,
    /// For people.
    pub title: Option<Arc<str>>,
    /// For people.
    pub description: Option<Arc<str>>,
    /// The rules its values keep, as JSON Schema 2020-12.
    pub schema: Json,
}

/// The types of params.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParamType {
    /// Text.
    String,
    /// A number without fraction.
    Integer,
    /// Any number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A map.
    Object,
    /// A list.
    Array,
    /// A day: `2026-01-01`.
    Date,
    /// An instant of RFC 3339.
    DateTime,
    /// A duration: `1h30m`.
    Duration,
}

const TYPES: [(&str, ParamType); 9] = [
    ("string", ParamType::String),
    ("integer", ParamType::Integer),
    ("number", ParamType::Number),
    ("boolean", ParamType::Boolean),
    ("object", ParamType::Object),
    ("array", ParamType::Array),
    ("date", ParamType::Date),
    ("datetime", ParamType::DateTime),
    ("duration", ParamType::Duration),
];

impl ParamType {
    /// Returns the name of the type.
    pub fn name(self) -> &'static str {
        TYPES.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }

    /// Returns what it is in JSON Schema, with a format if it has one.
    fn in_schema(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Date => ("string", Some("date")),
            Self::DateTime => ("string", Some("date-time")),
            Self::Duration => ("string", Some(params::DURATION)),
            kind => (kind.name(), None),
        }
    }
}

impl Param {
    /// Reads `params`, or a form whose defaults may be computed from `names`.
    pub(super) fn read_all(
        reader: &mut Reader<'_>,
        node: &Node,
        names: Option<Names<'_>>,
    ) -> Option<Vec<Self>> {
        let members = reader.members(node)?;
        let read = |member: &crate::source::Member| {
            reader.check_id(&member.key, member.key_span);
            Self::read(reader, member.key.clone(), member.key_span, &member.value, names)
        };
        Some(members.iter().filter_map(read).collect())
    }

    fn read(
        reader: &mut Reader<'_>,
        name: Arc<str>,
        span: Span,
        node: &Node,
        names: Option<Names<'_>>,
    ) -> Option<Self> {
        if !matches!(node.value, Value::Map(_)) {
            let default = default(reader, node, names);
            return Some(Self::of_default(name, span, node, default));
        }
        let mut fields = reader.fields(node)?;
        let secret = fields.read(reader, "secret", Reader::boolean).unwrap_or(false);
        let kind = fields.read(reader, "type", |r, n| r.word(n, &TYPES));
        let kind = kind.or(secret.then_some(ParamType::String));
        let written = fields.take("default").map(|member| &member.value);
        let default = written.and_then(|written| default(reader, written, names));
        let schema = schema(reader, &mut fields, kind);
        let param = Self {
            name,
            span,
            kind,
            default,
            required: fields.read(reader, "required", Reader::boolean).unwrap_or(false),
            secret,
            title: fields.read(reader, "title", Reader::prose),
            description: fields.read(reader, "description", Reader::prose),
            schema,
        };
        fields.finish(reader);
        param.check(reader, node, written);
        param.check_secret(reader);
        Some(param)
    }

    /// The short form: the default, whose type is the param's.
    fn of_default(
        name: Arc<str>,
        span: Span,
        node: &Node,
        default: Option<expression::Value>,
    ) -> Self {
        let kind = match &node.value {
            Value::Null => None,
            Value::Bool(_) => Some(ParamType::Boolean),
            Value::Number(compasso_types::Number::Int(_)) => Some(ParamType::Integer),
            Value::Number(_) => Some(ParamType::Number),
            Value::Text(..) => Some(ParamType::String),
            Value::List(_) => Some(ParamType::Array),
            Value::Map(_) => Some(ParamType::Object),
        };
        let rules = kind.map(|kind| ("type", Json::from(kind.in_schema().0)));
        Self {
            name,
            span,
            kind,
            default,
            required: false,
            secret: false,
            title: None,
            description: None,
            schema: Json::object(rules),
        }
    }

    /// Reports a secret that is no text, or that stands in the file.
    fn check_secret(&self, reader: &mut Reader<'_>) {
        if !self.secret {
            return;
        }
        if self.kind != Some(ParamType::String) {
            let message = format!("the param '{}' is secret, so it is a text", self.name);
            reader.report.hint(Code::BadValue, self.span, message, "write 'type: string'");
        }
        if self.default.is_some() {
            let message = format!("the default of the secret param '{}' is in the file", self.name);
            let hint = "leave it out, or keep the value on the server and read 'secrets.NAME'";
            reader.report.hint(Code::MisplacedSecret, self.span, message, hint);
        }
    }

    /// Reports rules that make no sense and a default that breaks them.
    fn check(&self, reader: &mut Reader<'_>, node: &Node, written: Option<&Node>) {
        let problems = match params::problems(&self.schema, self.literal_default()) {
            Ok(problems) => problems,
            Err(reason) => {
                let span = node.get("schema").map_or(node.mark(), Node::mark);
                let message = format!("the rules of the param are no JSON Schema: {reason}");
                reader.report.add(Code::BadValue, span, message);
                return;
            }
        };
        for problem in problems {
            let message = format!("the default of '{}' breaks its own rules: {problem}", self.name);
            let span = written.map_or(node.mark(), Node::mark);
            reader.report.hint(Code::BadDefault, span, message, "change the default or the rules");
        }
    }

    /// Returns the default unless it is computed.
    pub fn literal_default(&self) -> Option<&Json> {
        match &self.default {
            Some(expression::Value::Literal(value)) => Some(value),
            _ => None,
        }
    }
}

/// Reads a default, which may be computed if there are names for it.
fn default(
    reader: &mut Reader<'_>,
    node: &Node,
    names: Option<Names<'_>>,
) -> Option<expression::Value> {
    match names {
        Some(names) => reader.value(node, names),
        None if node.as_str().is_some_and(is_computed) => {
            reader.refuse(node, "the default of a param is not computed", "compute it in 'vars'")
        }
        None => Some(expression::Value::Literal(node.to_json())),
    }
}

/// Reads the rules of a param as JSON Schema.
fn schema(reader: &mut Reader<'_>, fields: &mut Fields<'_>, kind: Option<ParamType>) -> Json {
    let own = fields.read(reader, "schema", Reader::json_map);
    let mut rules = Object::new();
    if let Some(kind) = kind {
        let (name, format) = kind.in_schema();
        rules.insert("type".into(), Json::from(name));
        rules.extend(format.map(|format| (Arc::from("format"), Json::from(format))));
    }
    let any = f64::MIN..=f64::MAX;
    let number = |r: &mut Reader<'_>, n: &Node| r.number(n, any.clone()).map(|_| n.to_json());
    let length = |r: &mut Reader<'_>, n: &Node| r.count(n).map(|_| n.to_json());
    let text = |r: &mut Reader<'_>, n: &Node| r.prose(n).map(Json::String);
    let list = |r: &mut Reader<'_>, n: &Node| r.items(n).map(|_| n.to_json());
    let (least, most) = match kind {
        // What is stored means what it did when it was taken: nothing, of a list.
        Some(ParamType::Array) if !reader.report.is_stored() => ("minItems", "maxItems"),
        _ => ("minLength", "maxLength"),
    };
    let found = [
        ("enum", fields.read(reader, "enum", list)),
        ("pattern", fields.read(reader, "pattern", text)),
        ("minimum", fields.read(reader, "minimum", number)),
        ("maximum", fields.read(reader, "maximum", number)),
        (least, fields.read(reader, "min_length", length)),
        (most, fields.read(reader, "max_length", length)),
        ("items", fields.read(reader, "items", Reader::json_map)),
    ];
    for (name, value) in found {
        rules.extend(value.map(|value| (Arc::from(name), value)));
    }
    match own {
        Some(own) if rules.is_empty() => own,
        Some(own) => {
            rules.insert("allOf".into(), Json::array([own]));
            Json::from(rules)
        }
        None => Json::from(rules),
    }
}
