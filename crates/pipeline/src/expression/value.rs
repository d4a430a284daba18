//! Values that may be computed.

use std::sync::Arc;
use std::time::Duration;

use compasso_types::Json;

use super::query::SECRET_PARAM;
use super::read::shared;
use super::{Expression, Names, Origin, Part, is_computed, parts};
use crate::Code;
use crate::fields::Reader;
use crate::near;
use crate::source::{self, Node};
use crate::tree::Mention;
use crate::units::{Size, parse_duration, seconds};

/// A value with expressions.
#[derive(Clone, Debug)]
pub enum Value {
    /// Nothing in it is computed.
    Literal(Json),
    /// One expression, whose value keeps its type.
    Expression(Expression),
    /// A text with expressions in it, each turned to text.
    Text(Vec<Piece>),
    /// A secret by its name, known only where it is used.
    Secret(Arc<str>),
    /// A list with computed items.
    List(Vec<Value>),
    /// A map with computed members.
    Map(Vec<(Arc<str>, Value)>),
}

/// A piece of a text.
#[derive(Clone, Debug)]
pub enum Piece {
    /// Stands for itself.
    Literal(Arc<str>),
    /// Is computed.
    Expression(Expression),
}

/// A setting that is written out, or one expression.
#[derive(Clone, Debug)]
pub enum Setting<T> {
    /// Written in the pipeline.
    Literal(T),
    /// Computed when it is needed.
    Expression(Expression),
}

impl Reader<'_> {
    /// Reads any value.
    pub(crate) fn value(&mut self, node: &Node, names: Names<'_>) -> Option<Value> {
        match &node.value {
            source::Value::Text(..) => self.text_value(node, names),
            source::Value::List(items) => {
                let values: Vec<Value> =
                    items.iter().filter_map(|item| self.value(item, names)).collect();
                let literal = values.iter().all(|value| matches!(value, Value::Literal(_)));
                Some(if literal { Value::Literal(node.to_json()) } else { Value::List(values) })
            }
            source::Value::Map(members) => {
                let read = |member: &source::Member| {
                    Some((member.key.clone(), self.value(&member.value, names)?))
                };
                let values: Vec<(Arc<str>, Value)> = members.iter().filter_map(read).collect();
                let literal = values.iter().all(|(_, value)| matches!(value, Value::Literal(_)));
                Some(if literal { Value::Literal(node.to_json()) } else { Value::Map(values) })
            }
            _ => Some(Value::Literal(node.to_json())),
        }
    }

    /// Reads a text that may be computed.
    pub(crate) fn text_value(&mut self, node: &Node, names: Names<'_>) -> Option<Value> {
        let Some(origin) = Origin::of(node) else { return self.expected(node, "a string") };
        let found = parts(origin.value);
        if let [Part::Expression(text, offset)] = found.as_slice() {
            if let Some(name) = secret(text) {
                return self.secret(name, node, names);
            }
            if names.given_secrets && self.is_secret_param(text) {
                return Some(Value::Secret(shared(text)));
            }
            return self.expression(text, *offset, origin, names).map(Value::Expression);
        }
        self.tell_jinja(origin, false);
        if !is_computed(origin.value) {
            return Some(Value::Literal(Json::String(shared(origin.value))));
        }
        let errors = self.report.errors();
        let mut pieces = Vec::new();
        for part in found {
            match part {
                Part::Literal(text) => pieces.push(Piece::Literal(text.into())),
                Part::Expression(text, offset) => {
                    let expression = self.expression(text, offset, origin, names);
                    pieces.extend(expression.map(Piece::Expression));
                }
                Part::Open(offset) => self.open_expression(offset, origin),
            }
        }
        (errors == self.report.errors()).then_some(Value::Text(pieces))
    }

    /// Reads a text that may be computed, and keeps things apart: one that is a bare expression would be the same
    /// for all of them.
    pub(crate) fn key_value(&mut self, node: &Node, names: Names<'_>) -> Option<Value> {
        let value = self.text_value(node, names)?;
        if let Value::Literal(Json::String(text)) = &value
            && reads_like_a_path(text)
            && !self.report.is_stored()
        {
            let message = format!("the key is the text '{text}' itself, the same each time");
            let hint = format!("write '${{{{ {text} }}}}'");
            self.report.hint(Code::BadValue, node.span, message, hint);
            return None;
        }
        Some(value)
    }

    /// Says whether a whole expression is a secret param; `params.NAME` is then its name as a secret.
    fn is_secret_param(&self, text: &str) -> bool {
        let name = text.strip_prefix(SECRET_PARAM);
        name.is_some_and(|name| self.secret_params.contains(name))
    }

    fn secret(&mut self, name: &str, node: &Node, names: Names<'_>) -> Option<Value> {
        if names.secrets {
            self.secrets.push(Mention { name: name.into(), span: node.span });
            return Some(Value::Secret(name.into()));
        }
        self.report.hint(
            Code::MisplacedSecret,
            node.span,
            "this field takes no secret",
            "secrets stand in 'env', 'with' and the 'auth' of triggers",
        );
        None
    }

    /// Reads a map of values.
    pub(crate) fn values(
        &mut self,
        node: &Node,
        names: Names<'_>,
    ) -> Option<Vec<(Arc<str>, Value)>> {
        let members = self.members(node)?;
        let read =
            |member: &source::Member| Some((member.key.clone(), self.value(&member.value, names)?));
        Some(members.iter().filter_map(read).collect())
    }

    /// Reads a list of texts that may be computed.
    pub(crate) fn text_values(&mut self, node: &Node, names: Names<'_>) -> Option<Vec<Value>> {
        self.list_of_texts(node, |reader, item| reader.text_value(item, names))
    }

    /// Reads a map, or one expression that gives one.
    pub(crate) fn map_or_expression(&mut self, node: &Node, names: Names<'_>) -> Option<Value> {
        match (&node.value, node.as_str().map(parts).as_deref()) {
            (source::Value::Map(_), _) | (_, Some([Part::Expression(..)])) => {
                self.value(node, names)
            }
            (source::Value::Text(..), _) => self.bare(node, names).map(Value::Expression),
            _ => self.expected(node, "a map or an expression"),
        }
    }

    /// Reads the name that `field` has, or says how one is given that stands in a map.
    pub(crate) fn name_value(
        &mut self,
        node: &Node,
        field: &str,
        names: Names<'_>,
    ) -> Option<Value> {
        match near::name(&self.report, node, field) {
            Some(hint) => self.refuse(node, "this must be a string, and is a map", &hint),
            None if node.as_str() == Some("") && !self.report.is_stored() => {
                self.refuse(node, &format!("'{field}' has no name"), "write one, or leave it out")
            }
            None => self.text_value(node, names),
        }
    }

    /// Reads a duration.
    pub(crate) fn duration(&mut self, node: &Node) -> Option<Duration> {
        let plain = || DURATION_FORMS.to_owned();
        let read = match &node.value {
            source::Value::Number(number) => seconds(number.as_f64()),
            source::Value::Text(text, _) => parse_duration(text),
            _ => {
                let hint = near::duration(&self.report, node).unwrap_or_else(plain);
                let message = format!("this must be a duration, and is {}", node.kind());
                return self.refuse(node, &message, &hint);
            }
        };
        read.or_else(|| self.refuse(node, "this is no duration", &plain()))
    }

    /// Reads a duration that may be computed.
    pub(crate) fn duration_setting(
        &mut self,
        node: &Node,
        names: Names<'_>,
    ) -> Option<Setting<Duration>> {
        if !node.as_str().is_some_and(is_computed) {
            return self.duration(node).map(Setting::Literal);
        }
        let expression = self.bare(node, names)?;
        let is_duration = |text: &str| parse_duration(text).is_some();
        if expression.constant_text().is_some_and(|text| !is_duration(text))
            && !self.report.is_stored()
        {
            return self.refuse(node, "this is no duration", DURATION_FORMS);
        }
        Some(Setting::Expression(expression))
    }

    /// Reads how long something may take, which may be computed.
    pub(crate) fn limit_setting(
        &mut self,
        node: &Node,
        names: Names<'_>,
    ) -> Option<Setting<Duration>> {
        let limit = self.duration_setting(node, names)?;
        if matches!(limit, Setting::Literal(limit) if limit.is_zero()) {
            return self.refuse(node, "a limit of no time ends everything at once", NO_LIMIT);
        }
        Some(limit)
    }

    /// Reads a size.
    pub(crate) fn size(&mut self, node: &Node) -> Option<Size> {
        let read = match &node.value {
            source::Value::Number(number) => {
                number.as_i64().and_then(|bytes| u64::try_from(bytes).ok()).map(Size)
            }
            source::Value::Text(text, _) => Size::parse(text),
            _ => return self.expected(node, "a size"),
        };
        read.or_else(|| {
            self.refuse(node, "this is no size", "write '64Ki', '256Mi', '2Gi' or bytes")
        })
    }
}

const DURATION_FORMS: &str = "write '30s', '5m', '1h30m', '2d' or seconds as a number";
const NO_LIMIT: &str = "leave it out where there is to be no limit";

/// Returns the name of the secret that a whole expression is.
fn secret(text: &str) -> Option<&str> {
    let name = text.strip_prefix("secrets.")?;
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    is_name.then_some(name)
}

/// Returns whether a text is nothing but a path into what expressions know: `params.day`.
fn reads_like_a_path(text: &str) -> bool {
    const ROOTS: [&str; 8] =
        ["params", "needs", "run", "vars", "trigger", "item", "matrix", "index"];
    let (root, rest) = text.split_once('.').unwrap_or((text, ""));
    let is_in_path = |c: char| c.is_alphanumeric() || "._[]".contains(c);
    ROOTS.contains(&root)
        && (root == "item" || root == "index" || !rest.is_empty())
        && rest.chars().all(is_in_path)
}
