//! Arrays and objects, read with an explicit stack so that depth costs no machine stack.

use std::ops::Range;
use std::sync::Arc;

use compasso_types::limits::REQUEST_BYTES_MAX;

use super::lexer::{Lexer, StringRole};
use super::{Member, NESTING_MAX, Node, SyntaxError, Value};

/// Reads one JSON value.
pub(super) fn parse(text: &str) -> Result<Node, SyntaxError> {
    let mut parser = Parser { lexer: Lexer::new(text), open: Vec::new() };
    if text.len() > REQUEST_BYTES_MAX {
        let message = format!(
            "String length ({}) exceeds the maximum length ({REQUEST_BYTES_MAX})",
            text.len()
        );
        return Err(parser.lexer.error(message));
    }
    let mut step = parser.value()?;
    loop {
        step = match step {
            Step::Opened => parser.first_entry()?,
            Step::Complete(node) => match parser.open.pop() {
                None => return parser.end(node),
                Some(container) => parser.next_entry(container, node)?,
            },
        };
    }
}

struct Parser<'t> {
    lexer: Lexer<'t>,
    open: Vec<Container>,
}

/// An array or object whose end has not been read.
struct Container {
    start: usize,
    content: Content,
}

enum Content {
    Array(Vec<Node>),
    Object {
        members: Vec<Member>,
        /// The name whose value is being read.
        pending: Option<(Arc<str>, Range<usize>)>,
    },
}

enum Step {
    /// A container was opened; it is the last of [`Parser::open`].
    Opened,
    /// A value was read to its end.
    Complete(Node),
}

impl Container {
    fn type_name(&self) -> &'static str {
        match self.content {
            Content::Array(_) => "Array",
            Content::Object { .. } => "Object",
        }
    }

    fn close_marker(&self) -> char {
        match self.content {
            Content::Array(_) => ']',
            Content::Object { .. } => '}',
        }
    }

    fn add(&mut self, node: Node) {
        match &mut self.content {
            Content::Array(items) => items.push(node),
            Content::Object { members, pending } => {
                let (key, key_bytes) = pending.take().expect("a value in an object has a name");
                members.push(Member { key, key_bytes, repeated: false, value: node });
            }
        }
    }

    fn close(self, end: usize) -> Node {
        let value = match self.content {
            Content::Array(items) => Value::Array(items),
            Content::Object { mut members, .. } => {
                mark_repeated(&mut members);
                Value::Object(members)
            }
        };
        Node { bytes: self.start..end, value }
    }
}

impl Parser<'_> {
    /// Begins a value, after a comma or colon if there is a container.
    fn value(&mut self) -> Result<Step, SyntaxError> {
        let Some(first) = self.lexer.peek() else {
            return Err(self.missing_value());
        };
        let start = self.lexer.at;
        let value = match first {
            '[' => return self.open(start, Content::Array(Vec::new())),
            '{' => {
                return self.open(start, Content::Object { members: Vec::new(), pending: None });
            }
            '"' => Value::String(self.lexer.string(StringRole::Value)?.0),
            _ => self.lexer.scalar(first)?,
        };
        Ok(Step::Complete(Node { bytes: start..self.lexer.at, value }))
    }

    fn missing_value(&self) -> SyntaxError {
        match self.open.last() {
            None => self.lexer.error("No content to map due to end-of-input".to_owned()),
            Some(container) => {
                let entries = format!(" within/between {} entries", container.type_name());
                self.lexer.end_of_input(&entries)
            }
        }
    }

    fn open(&mut self, start: usize, content: Content) -> Result<Step, SyntaxError> {
        if self.open.len() == NESTING_MAX {
            let message = format!(
                "Document nesting depth ({}) exceeds the maximum allowed ({NESTING_MAX})",
                NESTING_MAX + 1
            );
            return Err(self.lexer.error_after(1, message));
        }
        self.lexer.at += 1;
        self.open.push(Container { start, content });
        Ok(Step::Opened)
    }

    /// Reads on in a container that was just opened.
    fn first_entry(&mut self) -> Result<Step, SyntaxError> {
        let container = self.open.pop().expect("a container was just opened");
        match self.lexer.peek() {
            Some(']' | '}') | None => self.close(container),
            Some(_) => self.entry(container),
        }
    }

    /// Adds a complete value to its container and reads on.
    fn next_entry(&mut self, mut container: Container, node: Node) -> Result<Step, SyntaxError> {
        container.add(node);
        match self.lexer.peek() {
            Some(']' | '}') | None => self.close(container),
            Some(',') => {
                self.lexer.at += 1;
                self.entry(container)
            }
            Some(c) => {
                let comment =
                    format!("was expecting comma to separate {} entries", container.type_name());
                Err(self.lexer.unexpected(c, &comment))
            }
        }
    }

    /// Reads the name of an entry, if it has one, and begins its value.
    fn entry(&mut self, mut container: Container) -> Result<Step, SyntaxError> {
        let named = match &mut container.content {
            Content::Array(_) => Ok(()),
            Content::Object { pending, .. } => match self.name() {
                Ok(name) => {
                    *pending = Some(name);
                    Ok(())
                }
                Err(error) => Err(error),
            },
        };
        self.open.push(container);
        named.and_then(|()| self.value())
    }

    fn name(&mut self) -> Result<(Arc<str>, Range<usize>), SyntaxError> {
        let between = " within/between Object entries";
        match self.lexer.peek() {
            Some('"') => {}
            Some(c) => {
                let comment = "was expecting double-quote to start field name";
                return Err(self.lexer.unexpected(c, comment));
            }
            None => return Err(self.lexer.end_of_input(between)),
        }
        let name = self.lexer.string(StringRole::Name)?;
        if self.lexer.take(':') {
            return Ok(name);
        }
        Err(match self.lexer.peek() {
            Some(c) => {
                self.lexer.unexpected(c, "was expecting a colon to separate field name and value")
            }
            None => self.lexer.end_of_input(between),
        })
    }

    /// Closes a container at a closing mark or complains about the wrong mark or the end.
    fn close(&mut self, container: Container) -> Result<Step, SyntaxError> {
        let expected = container.close_marker();
        if self.lexer.take(expected) {
            return Ok(Step::Complete(container.close(self.lexer.at)));
        }
        let (name, start) = (container.type_name(), self.lexer.location(container.start));
        Err(match self.lexer.peek() {
            Some(c) => self.lexer.error_after(
                1,
                format!("Unexpected close marker '{c}': expected '{expected}' (for {name} starting at {start})"),
            ),
            None => self
                .lexer
                .end_of_input(&format!(": expected close marker for {name} (start marker at {start})")),
        })
    }

    fn end(&mut self, node: Node) -> Result<Node, SyntaxError> {
        match self.lexer.peek() {
            None => Ok(node),
            Some(c) => Err(self.lexer.unexpected(c, "was expecting the end of the text")),
        }
    }
}

/// Marks the members that have the name of an earlier one.
fn mark_repeated(members: &mut [Member]) {
    let mut order: Vec<usize> = (0..members.len()).collect();
    order.sort_by(|a, b| members[*a].key.cmp(&members[*b].key));
    for pair in order.windows(2) {
        let [first, second] = [pair[0], pair[1]];
        if members[first].key == members[second].key {
            members[second].repeated = true;
        }
    }
}
