//! What the text says, checked against the fields there are.

use std::sync::Arc;

use compasso_types::suggestion::nearest;
use compasso_types::{Json, Number};

use crate::limits::QUERY_BYTES_MAX;
use crate::mistake::Mistake;
use crate::parser::{Operand, Operator, Syntax, TestSyntax};
use crate::{Condition, Duration, Kind, Mistakes, Query, Schema, Test, Time, Value, lexer, parser};

impl Query {
    /// Reads and checks a text; an empty one finds everything.
    ///
    /// # Errors
    /// All mistakes, or the first one that hides what follows it.
    pub fn parse(text: &str, schema: &Schema) -> Result<Self, Mistakes> {
        if text.len() > QUERY_BYTES_MAX {
            let message = format!("a query has at most {QUERY_BYTES_MAX} bytes");
            // All of it would be too much to show.
            return Err(Mistakes::new("", vec![Mistake::new(&(0..0), message)]));
        }
        let syntax = lexer::tokens(text).and_then(|tokens| parser::parse(&tokens));
        let syntax = syntax.map_err(|mistake| Mistakes::new(text, vec![mistake]))?;
        let mut checker = Checker { schema, mistakes: Vec::new() };
        match checker.query(syntax) {
            Some(query) if checker.mistakes.is_empty() => Ok(query),
            _ => Err(Mistakes::new(text, checker.mistakes)),
        }
    }
}

struct Checker<'s> {
    schema: &'s Schema,
    mistakes: Vec<Mistake>,
}

impl Checker<'_> {
    /// Checks all parts, so that all mistakes are found; `None` if there are any.
    fn query(&mut self, syntax: Syntax) -> Option<Query> {
        Some(match syntax {
            Syntax::All(parts) => Query::all(self.queries(parts)?),
            Syntax::Any(parts) => Query::any(self.queries(parts)?),
            Syntax::Not(inner) => Query::Not(Box::new(self.query(*inner)?)),
            Syntax::Test(test) => match self.test(test) {
                Ok(test) => Query::Test(test),
                Err(mistake) => {
                    self.mistakes.push(mistake);
                    return None;
                }
            },
        })
    }

    fn queries(&mut self, parts: Vec<Syntax>) -> Option<Vec<Query>> {
        let queries: Vec<_> = parts.into_iter().map(|part| self.query(part)).collect();
        queries.into_iter().collect()
    }

    fn test(&self, test: TestSyntax) -> Result<Test, Mistake> {
        let TestSyntax { field, operator, span, values } = test;
        let kind = self.kind(&field)?;
        if !kind.takes(operator) {
            let message =
                format!("'{}' is {}: it takes {}", field.text, kind.name(), kind.operators());
            return Err(Mistake::new(&span, message));
        }
        let first = || values.first().expect("the operator has a value");
        let condition = match operator {
            Operator::Exists => Condition::Exists,
            Operator::Contains => Condition::Contains(first().text.as_str().into()),
            Operator::StartsWith => Condition::StartsWith(first().text.as_str().into()),
            Operator::Compare(comparison) => {
                let value = kind.read(first())?;
                if matches!(value, Value::Bool(_)) && !comparison.is_of_equality() {
                    let message = "true and false take =, != and in";
                    return Err(Mistake::new(&span, message));
                }
                Condition::Compare(comparison, value)
            }
            Operator::In => Condition::In(
                values.iter().map(|value| kind.read(value)).collect::<Result<_, _>>()?,
            ),
        };
        Ok(Test { field: field.text.into(), condition })
    }

    fn kind(&self, field: &Operand) -> Result<Kind, Mistake> {
        let unknown = || {
            let Schema { fields, begun } = self.schema;
            let names = fields.iter().map(|field| field.name);
            let hint = nearest(&field.text, names.clone()).unwrap_or_else(|| {
                let names: Vec<_> = names.collect();
                let begun: Vec<_> = begun.iter().map(|it| format!("{}NAME", it.name)).collect();
                format!("there are {} and {}", names.join(", "), begun.join(", "))
            });
            let message = format!("there is no field '{}'", field.text);
            Mistake::new(&field.span, message).with_hint(Some(hint))
        };
        self.schema.kind(&field.text).ok_or_else(unknown)
    }
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Word(_) => "one of several words",
            Self::Time => "an instant",
            Self::Duration => "a length of time",
            Self::Number => "a number",
            Self::Attribute => "an attribute",
        }
    }

    fn takes(self, operator: Operator) -> bool {
        match (self, operator) {
            (_, Operator::In | Operator::Exists) | (Self::Attribute, _) => true,
            (Self::Text, Operator::Contains | Operator::StartsWith) => true,
            (Self::Text | Self::Word(_), Operator::Compare(comparison)) => {
                comparison.is_of_equality()
            }
            (Self::Time | Self::Duration | Self::Number, Operator::Compare(_)) => true,
            (_, Operator::Contains | Operator::StartsWith) => false,
        }
    }

    fn operators(self) -> &'static str {
        match self {
            Self::Text => "=, !=, in, contains, 'starts with' and exists",
            Self::Word(_) => "=, !=, in and exists",
            Self::Time | Self::Duration | Self::Number => "=, !=, <, <=, >, >=, in and exists",
            Self::Attribute => "every operator",
        }
    }

    fn read(self, operand: &Operand) -> Result<Value, Mistake> {
        let text = operand.text.as_str();
        let wrong = |what: &str, hint: Option<String>| {
            Mistake::new(&operand.span, format!("'{text}' is not {what}")).with_hint(hint)
        };
        match self {
            Self::Text => Ok(Value::Text(text.into())),
            Self::Word(words) => {
                let found = words.iter().find(|word| is_word(word, text));
                let listed = || format!("one of {}", words.join(", "));
                let hint = || nearest(text, words.iter().copied()).unwrap_or_else(listed);
                let unknown = || wrong("one of its words", Some(hint()));
                found.map(|word| Value::Word(word)).ok_or_else(unknown)
            }
            Self::Time => Time::read(text).map(Value::Time).ok_or_else(|| {
                let hint = "write now-24h, 2026-11-26 or 2026-11-26T10:00:00Z";
                wrong("an instant", Some(hint.to_owned()))
            }),
            Self::Duration => Duration::read(text).map(Value::Duration).ok_or_else(|| {
                wrong("a length of time", Some("write 500ms, 90s, 5m, 1h30m or 7d".to_owned()))
            }),
            Self::Number => number(text).map(Value::Number).ok_or_else(|| wrong("a number", None)),
            Self::Attribute => Ok(attribute(operand)),
        }
    }
}

fn is_word(word: &str, text: &str) -> bool {
    let plain = |byte: u8| if byte == b'-' { b'_' } else { byte.to_ascii_lowercase() };
    word.bytes().map(plain).eq(text.bytes().map(plain))
}

/// Reads what an attribute may be; between quotes, everything is text.
fn attribute(operand: &Operand) -> Value {
    let text = || Value::Text(Arc::from(operand.text.as_str()));
    match operand.text.as_str() {
        _ if operand.is_quoted => text(),
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        word => number(word).map_or_else(text, Value::Number),
    }
}

/// Reads a number as JSON has it.
fn number(text: &str) -> Option<Number> {
    Json::parse(text).ok()?.as_number()
}
