//! From tokens to the tree: a Pratt parser that builds nodes bottom up.
//!
//! The reference implementation parses and then rewrites its tree; here each construct is built in
//! its final form ([`paths`]), which asks the same questions of the same neighbours.

mod constructs;
mod paths;

use std::collections::HashMap;
use std::sync::Arc;

use crate::ast::{Expr, HEIGHT_MAX, Kind, Name, NamedVariable, Names, Operator};
use crate::error::SyntaxError;
use crate::functions;
use crate::lexer::{Lexer, Slash, Token};

/// Longest text of an expression, bytes.
const TEXT_BYTES_MAX: usize = 1024 * 1024;
/// Most constructs that may be open at once.
const NESTING_MAX: usize = 200;
/// Stack to have left before a construct is read, and stack to add if there is less.
const STACK: (usize, usize) = (128 * 1024, 1024 * 1024);

type Parsed = Result<Expr, SyntaxError>;

/// What parsing gives.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) root: Expr,
    pub(crate) names: Names,
    /// For each parent operator, the variable its object is kept in.
    pub(crate) slots: Vec<Name>,
}

/// A parent operator looking for its object.
#[derive(Clone, Copy)]
struct Slot {
    label: Name,
    /// Steps still to go back.
    level: i32,
}

struct Parser<'t> {
    lexer: Lexer<'t>,
    token: Token,
    position: usize,
    names: Names,
    ids: HashMap<Arc<str>, Name>,
    slots: Vec<Slot>,
    /// How many bindings were read, to find the blocks that need a scope.
    bindings: usize,
    nesting: usize,
    /// Where the text ended although an expression had to come.
    incomplete: Option<usize>,
}

/// Parses a whole expression.
pub(crate) fn parse(text: &str) -> Result<Tree, SyntaxError> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(SyntaxError::new("U1001", "The expression is too long", TEXT_BYTES_MAX));
    }
    let mut parser = Parser {
        lexer: Lexer::new(text),
        token: Token::End,
        position: 0,
        names: Names::default(),
        ids: HashMap::new(),
        slots: Vec::new(),
        bindings: 0,
        nesting: 0,
        incomplete: None,
    };
    parser.bump(Slash::OpensRegex)?;
    let root = parser.expression(0)?;
    if parser.token != Token::End {
        let message = format!("Syntax error: {}", parser.token.quoted());
        return Err(SyntaxError::new("S0201", message, parser.position));
    }
    parser.check_complete()?;
    if !root.seeking.is_empty() || matches!(root.kind, Kind::Parent(_)) {
        return Err(no_parent(root.position));
    }
    let slots = parser.slots.iter().map(|slot| slot.label).collect();
    Ok(Tree { root, names: parser.names, slots })
}

fn no_parent(position: usize) -> SyntaxError {
    let message = "The object representing the 'parent' cannot be derived from this expression";
    SyntaxError::new("S0217", message, position)
}

fn binding_power(token: &Token) -> u8 {
    let Token::Operator(operator) = token else {
        return 0;
    };
    match *operator {
        "(" | "[" | "@" | "#" => 80,
        "." => 75,
        "{" => 70,
        "*" | "/" | "%" => 60,
        "+" | "-" | "&" => 50,
        "=" | "!=" | "<" | "<=" | ">" | ">=" | "^" | "~>" | "in" => 40,
        "and" => 30,
        "or" => 25,
        "?" => 20,
        ":=" => 10,
        _ => 0,
    }
}

fn binary_operator(operator: &str) -> Option<Operator> {
    Some(match operator {
        "+" => Operator::Add,
        "-" => Operator::Subtract,
        "*" => Operator::Multiply,
        "/" => Operator::Divide,
        "%" => Operator::Remainder,
        "=" => Operator::Equal,
        "!=" => Operator::NotEqual,
        "<" => Operator::Less,
        "<=" => Operator::LessOrEqual,
        ">" => Operator::Greater,
        ">=" => Operator::GreaterOrEqual,
        "&" => Operator::Concatenate,
        "and" => Operator::And,
        "or" => Operator::Or,
        "in" => Operator::In,
        _ => return None,
    })
}

impl Parser<'_> {
    /// Reads the next token into `self.token`.
    fn bump(&mut self, slash: Slash) -> Result<(), SyntaxError> {
        (self.token, self.position) = self.lexer.next(slash)?;
        Ok(())
    }

    /// Fails if the text ended too early. A missing bracket is told first, so this is asked late.
    fn check_complete(&self) -> Result<(), SyntaxError> {
        match self.incomplete {
            Some(position) => {
                Err(SyntaxError::new("S0207", "Unexpected end of expression", position))
            }
            None => Ok(()),
        }
    }

    fn is(&self, operator: &str) -> bool {
        matches!(self.token, Token::Operator(o) if o == operator)
    }

    /// Passes over `operator`, which must come now.
    fn expect(&mut self, operator: &str, slash: Slash) -> Result<(), SyntaxError> {
        if self.is(operator) {
            return self.bump(slash);
        }
        if self.token == Token::End {
            let message = format!("Expected \"{operator}\" before end of expression");
            return Err(SyntaxError::new("S0203", message, self.position));
        }
        let message = format!("Expected \"{operator}\", got {}", self.token.quoted());
        Err(SyntaxError::new("S0202", message, self.position))
    }

    fn name(&mut self, text: &Arc<str>) -> Name {
        if let Some(name) = self.ids.get(text) {
            return *name;
        }
        let name = self.fresh_name(text);
        self.ids.insert(text.clone(), name);
        name
    }

    fn fresh_name(&mut self, text: &Arc<str>) -> Name {
        let name = Name(self.names.0.len() as u32);
        let builtin = functions::find(text);
        self.names.0.push(NamedVariable { text: text.clone(), builtin });
        name
    }

    /// Reads an expression of operators that bind stronger than `power`.
    fn expression(&mut self, power: u8) -> Parsed {
        self.nesting += 1;
        if self.nesting > NESTING_MAX {
            return Err(too_deep(self.position));
        }
        let expr = stacker::maybe_grow(STACK.0, STACK.1, || self.operators(power))?;
        self.nesting -= 1;
        Ok(expr)
    }

    fn operators(&mut self, power: u8) -> Parsed {
        let token = std::mem::replace(&mut self.token, Token::End);
        let position = self.position;
        self.bump(Slash::Divides)?;
        let mut left = self.prefix(token, position)?;
        loop {
            left.measure();
            if left.height > HEIGHT_MAX {
                return Err(too_deep(left.position));
            }
            let Token::Operator(operator) = self.token else {
                return Ok(left);
            };
            if binding_power(&self.token) <= power {
                return Ok(left);
            }
            let position = self.position;
            self.bump(Slash::OpensRegex)?;
            left = self.infix(operator, position, left)?;
        }
    }
}

fn too_deep(position: usize) -> SyntaxError {
    SyntaxError::new("U1001", "The expression nests too deeply", position)
}
