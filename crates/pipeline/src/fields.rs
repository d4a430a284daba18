//! Reads maps field by field and plain values, and says what is wrong with them.
//!
//! A reader returns `None` after it has reported a problem; the caller goes on, because a pipeline
//! with any error is not used.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::sync::Arc;

use compasso_types::Json;

use crate::report::Report;
use crate::script::Shell;
use crate::source::{Member, Node, Span, Value};
use crate::tree::{Mention, Need};
use crate::{Code, expression, near};

/// Longest id of a task, step or trigger.
const ID_CHARS_MAX: usize = 128;

/// What is being read, and what is known of the pipeline so far.
pub(crate) struct Reader<'s> {
    pub(crate) report: Report<'s>,
    /// The name of the pipeline.
    pub(crate) pipeline: Arc<str>,
    /// The names of the pipeline's params.
    pub(crate) params: BTreeSet<Arc<str>>,
    /// Those of them that are secret.
    pub(crate) secret_params: BTreeSet<Arc<str>>,
    /// The names of the pipeline's variables.
    pub(crate) vars: BTreeSet<Arc<str>>,
    /// The shell of scripts that name none.
    pub(crate) shell: Shell,
    /// The tasks whose outputs were read without a question whether they exist; each task takes
    /// its own away.
    pub(crate) output_reads: Vec<Need>,
    /// The tasks whose outputs were looked into, and not just handed on; taken away likewise.
    pub(crate) output_looks: Vec<Need>,
    /// The secrets that were named so far.
    pub(crate) secrets: Vec<Mention>,
    /// Whether an expression of the pipeline may read `instances` of a task.
    pub(crate) reads_instances: bool,
    /// Whether an expression of the pipeline may read `run.previous`.
    pub(crate) reads_previous: bool,
}

/// A map whose fields are asked for one by one; what nobody asked for is not known there.
pub(crate) struct Fields<'n> {
    members: &'n [Member],
    taken: Vec<bool>,
    known: Vec<&'static str>,
    /// Where the map stands.
    pub(crate) span: Span,
}

impl<'n> Fields<'n> {
    /// Returns the member `name`.
    pub(crate) fn take(&mut self, name: &'static str) -> Option<&'n Member> {
        self.known.push(name);
        let at = self.members.iter().position(|member| &*member.key == name)?;
        self.taken[at] = true;
        Some(&self.members[at])
    }

    /// Returns the member `name` without taking it.
    pub(crate) fn peek(&self, name: &str) -> Option<&'n Member> {
        self.members.iter().find(|member| &*member.key == name)
    }

    /// Takes the member that has the name of an action, which is no field.
    pub(crate) fn take_action(&mut self) -> Option<&'n Member> {
        let at = self.members.iter().position(|member| near::is_action(&member.key))?;
        self.taken[at] = true;
        Some(&self.members[at])
    }

    /// Reads the field `name`, if it is there.
    pub(crate) fn read<'s, T>(
        &mut self,
        reader: &mut Reader<'s>,
        name: &'static str,
        read: impl FnOnce(&mut Reader<'s>, &'n Node) -> Option<T>,
    ) -> Option<T> {
        read(reader, &self.take(name)?.value)
    }

    /// Reads the field `name`, which must be there.
    pub(crate) fn require<'s, T>(
        &mut self,
        reader: &mut Reader<'s>,
        name: &'static str,
        read: impl FnOnce(&mut Reader<'s>, &'n Node) -> Option<T>,
    ) -> Option<T> {
        if let Some(member) = self.take(name) {
            return read(reader, &member.value);
        }
        reader.report.add(Code::MissingField, self.span, format!("'{name}' is missing"));
        None
    }

    /// Returns the member `name`, or the one with the name that others have for it.
    pub(crate) fn take_alias(
        &mut self,
        reader: &mut Reader<'_>,
        name: &'static str,
        alias: &'static str,
    ) -> Option<&'n Member> {
        let (own, other) = (self.take(name), self.take(alias));
        if let (Some(_), Some(other)) = (own, other) {
            let message = format!("'{alias}' is another name of '{name}', which is there too");
            reader.report.hint(
                Code::BadValue,
                other.key_span,
                message,
                format!("keep '{name}' only"),
            );
        }
        own.or(other)
    }

    /// Reports the fields that nobody asked for.
    pub(crate) fn finish(self, reader: &mut Reader<'_>) {
        for (member, _) in self.members.iter().zip(&self.taken).filter(|(_, taken)| !**taken) {
            let hint = near::field(&mut reader.report, &member.key, &self.known);
            let message = format!("there is no field '{}' here", member.key);
            reader.report.hinted(Code::UnknownField, member.key_span, message, hint);
        }
    }
}

impl Reader<'_> {
    /// Begins to read a map of fields.
    pub(crate) fn fields<'n>(&mut self, node: &'n Node) -> Option<Fields<'n>> {
        let members = self.members(node)?;
        Some(Fields {
            members,
            taken: vec![false; members.len()],
            known: Vec::new(),
            span: node.mark(),
        })
    }

    /// Begins to read a map of fields, or says how a text that stands for it is written.
    pub(crate) fn fields_like<'n>(&mut self, node: &'n Node, form: &str) -> Option<Fields<'n>> {
        match near::form(&self.report, node, form) {
            Some(hint) => {
                self.refuse(node, &format!("this must be a map, and is {}", node.kind()), &hint)
            }
            None => self.fields(node),
        }
    }

    /// Reads a map with any keys.
    pub(crate) fn members<'n>(&mut self, node: &'n Node) -> Option<&'n [Member]> {
        match &node.value {
            Value::Map(members) => Some(members),
            _ => self.expected(node, "a map"),
        }
    }

    /// Reads a list.
    pub(crate) fn items<'n>(&mut self, node: &'n Node) -> Option<&'n [Node]> {
        match &node.value {
            Value::List(items) => Some(items),
            _ => self.expected(node, "a list"),
        }
    }

    /// Reads a list of values that are each read by `read`; those with problems are left out.
    pub(crate) fn list<'n, T>(
        &mut self,
        node: &'n Node,
        mut read: impl FnMut(&mut Self, &'n Node) -> Option<T>,
    ) -> Option<Vec<T>> {
        let items = self.items(node)?;
        Some(items.iter().filter_map(|item| read(self, item)).collect())
    }

    /// Reads one value or a list of them.
    pub(crate) fn one_or_many<'n, T>(
        &mut self,
        node: &'n Node,
        mut read: impl FnMut(&mut Self, &'n Node) -> Option<T>,
    ) -> Option<Vec<T>> {
        match node.value {
            Value::List(_) => self.list(node, read),
            _ => Some(read(self, node).into_iter().collect()),
        }
    }

    /// Reads a text for people, whatever it holds.
    pub(crate) fn prose(&mut self, node: &Node) -> Option<Arc<str>> {
        match &node.value {
            Value::Text(text, _) => Some(text.clone()),
            _ => self.expected(node, "a string"),
        }
    }

    /// Reads a text that is not computed.
    pub(crate) fn text(&mut self, node: &Node) -> Option<Arc<str>> {
        let text = self.prose(node)?;
        if expression::is_computed(&text) {
            let message = "this field takes no expression";
            self.report.add(Code::BadValue, node.span, message);
            return None;
        }
        Some(text)
    }

    /// Reads a list of texts.
    pub(crate) fn texts(&mut self, node: &Node) -> Option<Vec<Arc<str>>> {
        self.list_of_texts(node, Reader::text)
    }

    /// Reads a list of texts by `read`, or says how the list of a single one is written.
    pub(crate) fn list_of_texts<'n, T>(
        &mut self,
        node: &'n Node,
        read: impl FnMut(&mut Self, &'n Node) -> Option<T>,
    ) -> Option<Vec<T>> {
        match near::form(&self.report, node, "[…]") {
            Some(hint) => self.refuse(node, "this must be a list, and is a string", &hint),
            None => self.list(node, read),
        }
    }

    /// Reads a map of texts, numbers and booleans as they are written.
    pub(crate) fn labels(&mut self, node: &Node) -> Option<Vec<(Arc<str>, Arc<str>)>> {
        let members = self.members(node)?;
        let label =
            |member: &Member| Some((member.key.clone(), self.written(&member.value, Self::text)?));
        Some(members.iter().filter_map(label).collect())
    }

    /// Reads a scalar as it is written, a text by `read`.
    pub(crate) fn written(
        &mut self,
        node: &Node,
        read: impl FnOnce(&mut Self, &Node) -> Option<Arc<str>>,
    ) -> Option<Arc<str>> {
        match node.value {
            Value::Number(_) | Value::Bool(_) => Some(self.report.written(node.span).into()),
            _ => read(self, node),
        }
    }

    /// Reads an id: a name that expressions can use.
    pub(crate) fn id(&mut self, node: &Node) -> Option<Arc<str>> {
        let text = self.text(node)?;
        self.check_id(&text, node.span).then_some(text)
    }

    /// Reports an id that expressions could not use.
    pub(crate) fn check_id(&mut self, id: &str, span: Span) -> bool {
        let is_id = id.len() <= ID_CHARS_MAX
            && id.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if is_id {
            return true;
        }
        if id.len() > ID_CHARS_MAX {
            let message = format!("an id has at most {ID_CHARS_MAX} characters");
            self.report.add(Code::BadId, span, message);
            return false;
        }
        let message = if id.contains('-') {
            format!("the id '{id}' has a hyphen, which is a subtraction in expressions")
        } else if id.starts_with(|c: char| c.is_ascii_digit()) {
            format!("the id '{id}' begins with a digit")
        } else {
            format!("the id '{id}' is not made of letters, digits and underscores only")
        };
        self.report.hinted(
            Code::BadId,
            span,
            message,
            mended(id).map(|id| format!("write '{id}'")),
        );
        false
    }

    /// Reads `true` or `false`.
    pub(crate) fn boolean(&mut self, node: &Node) -> Option<bool> {
        match node.value {
            Value::Bool(value) => Some(value),
            _ => self.expected(node, "true or false"),
        }
    }

    /// Reads `true`, the only value of some fields.
    pub(crate) fn only_true(&mut self, node: &Node) -> Option<bool> {
        match node.value {
            Value::Bool(true) => Some(true),
            Value::Bool(false) => {
                self.refuse(node, "this can only be true", "leave the field out instead")
            }
            _ => self.expected(node, "true"),
        }
    }

    /// Reads an integer within `bounds`.
    pub(crate) fn integer(&mut self, node: &Node, bounds: RangeInclusive<i64>) -> Option<i64> {
        let value = match node.value {
            Value::Number(number) => number.as_i64(),
            _ => None,
        };
        let Some(value) = value else { return self.expected(node, "an integer") };
        if bounds.contains(&value) {
            return Some(value);
        }
        let message = if value < *bounds.start() {
            format!("the least value is {}", bounds.start())
        } else {
            format!("the largest value is {}", bounds.end())
        };
        self.report.add(Code::BadValue, node.span, message);
        None
    }

    /// Reads an integer of 1 or more.
    pub(crate) fn positive(&mut self, node: &Node) -> Option<u32> {
        self.integer(node, 1..=i64::from(u32::MAX)).map(|value| value as u32)
    }

    /// Reads an integer of 0 or more.
    pub(crate) fn count(&mut self, node: &Node) -> Option<u32> {
        self.integer(node, 0..=i64::from(u32::MAX)).map(|value| value as u32)
    }

    /// Reads a number within `bounds`.
    pub(crate) fn number(&mut self, node: &Node, bounds: RangeInclusive<f64>) -> Option<f64> {
        let Value::Number(number) = node.value else { return self.expected(node, "a number") };
        let value = number.as_f64();
        if !bounds.contains(&value) {
            let message = if *bounds.end() >= f64::MAX {
                format!("the value is {} or more", bounds.start())
            } else {
                format!("the value is {} to {}", bounds.start(), bounds.end())
            };
            self.report.add(Code::BadValue, node.span, message);
            return None;
        }
        Some(value)
    }

    /// Reads one of some words.
    pub(crate) fn word<T: Copy>(&mut self, node: &Node, words: &[(&'static str, T)]) -> Option<T> {
        let found = node.as_str().and_then(|text| words.iter().find(|(word, _)| *word == text));
        if let Some((_, value)) = found {
            return Some(*value);
        }
        let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let message = format!("this must be one of: {}", names.join(", "));
        let hint = self.report.nearest(node.as_str().unwrap_or_default(), names.iter().copied());
        self.report.hinted(Code::BadValue, node.mark(), message, hint);
        None
    }

    /// Reads a map as plain JSON.
    pub(crate) fn json_map(&mut self, node: &Node) -> Option<Json> {
        self.members(node)?;
        Some(node.to_json())
    }

    /// Reports a value of another kind than wanted.
    pub(crate) fn expected<T>(&mut self, node: &Node, wanted: &str) -> Option<T> {
        let message = format!("this must be {wanted}, and is {}", node.kind());
        self.report.add(Code::BadValue, node.mark(), message);
        None
    }

    /// Reports a value that cannot be read as what it should be.
    pub(crate) fn refuse<T>(&mut self, node: &Node, message: &str, hint: &str) -> Option<T> {
        self.report.hint(Code::BadValue, node.mark(), message, hint);
        None
    }
}

/// Returns the id that was probably meant, if there is one.
fn mended(id: &str) -> Option<String> {
    let mut text: String =
        id.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        text.insert(0, '_');
    }
    (!text.is_empty()).then_some(text)
}
