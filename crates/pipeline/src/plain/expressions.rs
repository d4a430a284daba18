//! Expressions and values as states of the Amazon States Language read them: members of the
//! document of a run become variables and what the context object has.

use std::collections::BTreeMap;
use std::sync::Arc;

use compasso_jsonata::{Place, Program};
use compasso_types::Json;

use super::Plain;
use crate::expression::{Expression, Piece, Value};
use crate::source::Span;

/// What the item of a Map is called inside of it, and its place.
const ITEM: &str = "$states.context.Map.Item.Value";
const INDEX: &str = "$states.context.Map.Item.Index";

/// What the expressions of a task see beside `params`, `vars` and `env`.
#[derive(Clone, Default)]
pub(super) struct Sight {
    /// The variables of the tasks whose outputs they may read, by id.
    pub(super) needs: BTreeMap<Arc<str>, Known>,
    /// What `result` is.
    pub(super) result: Option<&'static str>,
}

/// A task whose output is read.
#[derive(Clone, Debug)]
pub(super) struct Known {
    /// The variable that has it.
    pub(super) variable: Arc<str>,
    /// Whether the variable may not be there.
    pub(super) may_lack: bool,
}

/// A JSONata expression of a state.
struct Written {
    text: String,
    /// Whether it may give nothing, which a state takes for an error.
    may_lack: bool,
}

impl Plain<'_, '_> {
    /// Writes an expression that is one whatever stands for nothing.
    pub(super) fn expression(&mut self, expression: &Expression, sight: &Sight) -> Option<String> {
        self.written(expression, sight).map(|written| written.text)
    }

    /// Writes a value as a state may have it; what may give nothing becomes `null`.
    pub(super) fn whole(&mut self, value: &Value, sight: &Sight, span: Span) -> Option<Json> {
        let (json, may_lack) = self.part(value, sight, span)?;
        if !may_lack {
            return Some(json);
        }
        let text = self.text(value, sight, span)?;
        Some(computed(&format!("($value := {text}; $exists($value) ? $value : null)")))
    }

    /// Writes a map of values, of which those that give nothing are left out.
    pub(super) fn members(
        &mut self,
        members: &[(Arc<str>, Value)],
        sight: &Sight,
        span: Span,
    ) -> Option<Json> {
        let map = Value::Map(members.to_vec());
        self.part(&map, sight, span).map(|(json, _)| json)
    }

    /// Writes a map of values as texts; those that give nothing are left out.
    pub(super) fn texts(
        &mut self,
        members: &[(Arc<str>, Value)],
        sight: &Sight,
        span: Span,
    ) -> Option<Json> {
        let members: Vec<(Arc<str>, Value)> =
            members.iter().map(|(name, value)| (name.clone(), in_words(value))).collect();
        self.members(&members, sight, span)
    }

    /// Writes a value as one expression.
    pub(super) fn text(&mut self, value: &Value, sight: &Sight, span: Span) -> Option<String> {
        self.one(value, sight, span).map(|written| written.text)
    }

    /// Writes a value, and says whether it may give nothing.
    fn part(&mut self, value: &Value, sight: &Sight, span: Span) -> Option<(Json, bool)> {
        let (json, lacks) = match value {
            Value::Literal(literal) => (literal.clone(), false),
            Value::Expression(_) | Value::Text(_) | Value::Secret(_) => {
                let written = self.one(value, sight, span)?;
                return Some((computed(&written.text), written.may_lack));
            }
            Value::List(items) => {
                let parts: Vec<Option<_>> =
                    items.iter().map(|item| self.part(item, sight, span)).collect();
                let parts = all(parts)?;
                let lacks = parts.iter().any(|(_, lacks)| *lacks);
                (Json::array(parts.into_iter().map(|(json, _)| json).collect::<Vec<_>>()), lacks)
            }
            Value::Map(members) => {
                let parts: Vec<Option<_>> = members
                    .iter()
                    .map(|(name, member)| Some((name.clone(), self.part(member, sight, span)?)))
                    .collect();
                let parts = all(parts)?;
                let lacks = parts.iter().any(|(_, (_, lacks))| *lacks);
                let parts = parts.into_iter().map(|(name, (json, _))| (name, json));
                (Json::object(parts.collect::<Vec<_>>()), lacks)
            }
        };
        if !lacks {
            return Some((json, false));
        }
        // JSONata leaves out what is nothing, and a state would fail.
        Some((computed(&self.text(value, sight, span)?), false))
    }

    fn one(&mut self, value: &Value, sight: &Sight, span: Span) -> Option<Written> {
        let sure = |text| Some(Written { text, may_lack: false });
        match value {
            Value::Literal(literal) => sure(literal.to_string()),
            Value::Expression(expression) => self.written(expression, sight),
            Value::Text(pieces) => {
                let pieces: Vec<Option<String>> =
                    pieces.iter().map(|piece| self.piece(piece, sight)).collect();
                // Two that are joined are a text, one alone might not be.
                let mut pieces = all(pieces)?;
                if pieces.len() == 1 {
                    pieces.insert(0, "\"\"".to_owned());
                }
                sure(pieces.join(" & "))
            }
            Value::Secret(_) => self.refuse(span, "a secret"),
            Value::List(items) => {
                let items: Vec<Option<String>> =
                    items.iter().map(|item| self.item(item, sight, span)).collect();
                sure(format!("[{}]", all(items)?.join(", ")))
            }
            Value::Map(members) => {
                let write = |(name, member): &(Arc<str>, Value)| {
                    let name = Json::String(name.clone());
                    Some(format!("{name}: {}", self.text(member, sight, span)?))
                };
                let members: Vec<Option<String>> = members.iter().map(write).collect();
                sure(format!("{{{}}}", all(members)?.join(", ")))
            }
        }
    }

    /// Writes an item of a list, which stays one item if it is a list itself.
    fn item(&mut self, item: &Value, sight: &Sight, span: Span) -> Option<String> {
        let text = self.text(item, sight, span)?;
        let is_computed = matches!(item, Value::Expression(_));
        Some(if is_computed {
            format!("($type({text}) = \"array\" ? [[{text}]] : {text})")
        } else {
            text
        })
    }

    fn piece(&mut self, piece: &Piece, sight: &Sight) -> Option<String> {
        match piece {
            Piece::Literal(text) => Some(Json::String(text.clone()).to_string()),
            Piece::Expression(expression) => {
                self.written(expression, sight).map(|written| format!("({})", written.text))
            }
        }
    }

    fn written(&mut self, expression: &Expression, sight: &Sight) -> Option<Written> {
        let Some(mut places) = expression.program.document_places() else {
            return self
                .refuse(expression.span, "an expression that reads its surroundings as a whole");
        };
        if expression.program.needs_document() {
            return self
                .refuse(expression.span, "an expression with a function of pipelines alone");
        }
        let source = &*expression.text;
        places.sort_by_key(|place| place.start);
        let (mut text, mut from, mut may_lack) = (String::new(), 0, true);
        for place in &places {
            let read = self.read(place, sight, expression)?;
            let Some(end) = end_of(source, &place.names[read.names - 1]) else {
                return self.refuse(expression.span, "a path that begins with a text");
            };
            text.push_str(&source[from..place.start]);
            text.push_str(&read.is_called);
            may_lack = read.may_lack || place.start > 0 || end < source.len();
            from = end;
        }
        text.push_str(&source[from..]);
        Some(Written { text, may_lack })
    }

    /// Returns what stands for the beginning of a path.
    fn read(&mut self, place: &Place, sight: &Sight, expression: &Expression) -> Option<Read> {
        let names: Vec<&str> = place.names.iter().map(|(name, _)| &**name).collect();
        let plain =
            |is_called: &str| Read { is_called: is_called.into(), names: 1, may_lack: true };
        let read = match names[..] {
            ["params", ref rest @ ..] => {
                let param = rest.first().and_then(|name| self.param(name));
                let is_sure = param.is_some_and(|param| param.required || param.default.is_some());
                match param {
                    Some(param) if rest.len() == 1 && is_sure => {
                        let is_called = format!("$params.{}", step(&param.name)).into();
                        Read { is_called, names: 2, may_lack: false }
                    }
                    _ => plain("$params"),
                }
            }
            ["vars", ..] => plain("$vars"),
            ["env", ..] => plain("$env"),
            ["item" | "matrix", ..] => Read { may_lack: false, ..plain(ITEM) },
            ["index", ..] => Read { may_lack: false, ..plain(INDEX) },
            ["result", ..] if sight.result.is_some() => {
                Read { may_lack: false, ..plain(sight.result.unwrap_or_default()) }
            }
            ["needs", id, "output" | "outputs", ..] if sight.needs.contains_key(id) => {
                let known = &sight.needs[id];
                let is_called = format!("${}", known.variable).into();
                Read { is_called, names: 3, may_lack: known.may_lack }
            }
            _ => {
                let path = names[..names.len().min(3)].join(".");
                return self.refuse(expression.span, &format!("an expression that reads '{path}'"));
            }
        };
        let variable = read.is_called.split('.').next().unwrap_or_default().trim_start_matches('$');
        if expression.program.all_variables().any(|own| &**own == variable) {
            let what = format!("a variable '${variable}' of an expression: here it is taken");
            return self.refuse(expression.span, &what);
        }
        self.reads.insert(variable.to_owned());
        Some(read)
    }
}

/// What stands for the beginning of a path.
struct Read {
    is_called: Box<str>,
    /// How many names it stands for.
    names: usize,
    /// Whether it may not be there.
    may_lack: bool,
}

/// Returns a string that states evaluate.
pub(super) fn computed(text: &str) -> Json {
    Json::from(format!("{{% {text} %}}"))
}

/// Returns a name as the step of a path.
pub(super) fn step(name: &str) -> String {
    let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && !["and", "or", "in", "true", "false", "null", "function"].contains(&name);
    if is_plain { name.to_owned() } else { format!("`{name}`") }
}

/// Returns all parts if none is missing: each was tried, so that all problems are known.
fn all<T>(parts: Vec<Option<T>>) -> Option<Vec<T>> {
    parts.into_iter().collect()
}

/// Returns a value as a text; nothing stays nothing.
fn in_words(value: &Value) -> Value {
    let Value::Expression(expression) = value else { return value.clone() };
    let text: Arc<str> = format!("$string({})", expression.text).into();
    match Program::compile(&text) {
        Ok(program) => Value::Expression(Expression { text, program, ..expression.clone() }),
        Err(_) => value.clone(),
    }
}

/// Returns the expression of a variable of the environment.
pub(super) fn of_env(name: &str, span: Span) -> Option<Value> {
    let text: Arc<str> = format!("env.{}", step(name)).into();
    let program = Program::compile(&text).ok()?;
    Some(Value::Expression(Expression { text, program, span }))
}

/// Returns an expression as a text, which is empty where there is nothing.
pub(super) fn as_text(expression: &Expression) -> Value {
    Value::Text(vec![Piece::Literal("".into()), Piece::Expression(expression.clone())])
}

/// Returns where a name of an expression ends.
fn end_of(source: &str, (name, start): &(Arc<str>, usize)) -> Option<usize> {
    let quotes = match source[*start..].chars().next()? {
        '`' => 2,
        '"' | '\'' => return None,
        _ => 0,
    };
    Some(start + name.len() + quotes)
}
