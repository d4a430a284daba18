//! Tokens to a tree whose names and values are not yet understood.

use std::ops::Range;

use crate::Comparison;
use crate::lexer::{Token, TokenKind};
use crate::limits::QUERY_DEPTH_MAX;
use crate::mistake::Mistake;

/// What the text says.
#[derive(Clone, Debug)]
pub(crate) enum Syntax {
    All(Vec<Syntax>),
    Any(Vec<Syntax>),
    Not(Box<Syntax>),
    Test(TestSyntax),
}

/// A field and what is asked of it.
#[derive(Clone, Debug)]
pub(crate) struct TestSyntax {
    pub(crate) field: Operand,
    pub(crate) operator: Operator,
    /// Where the operator stands.
    pub(crate) span: Range<usize>,
    pub(crate) values: Vec<Operand>,
}

/// What is asked of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Compare(Comparison),
    In,
    Contains,
    StartsWith,
    Exists,
}

/// A word or a quoted text.
#[derive(Clone, Debug)]
pub(crate) struct Operand {
    pub(crate) text: String,
    pub(crate) is_quoted: bool,
    pub(crate) span: Range<usize>,
}

impl Operator {
    /// Returns how it is written.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Compare(comparison) => comparison.sign(),
            Self::In => "in",
            Self::Contains => "contains",
            Self::StartsWith => "starts with",
            Self::Exists => "exists",
        }
    }
}

/// Reads a whole text.
pub(crate) fn parse(tokens: &[Token]) -> Result<Syntax, Mistake> {
    let mut parser = Parser { tokens, at: 0 };
    if parser.is_over() {
        return Ok(Syntax::All(Vec::new()));
    }
    let syntax = parser.either(0)?;
    if parser.is_over() {
        return Ok(syntax);
    }
    Err(parser.expected("'and', 'or' or the end"))
}

struct Parser<'t> {
    tokens: &'t [Token],
    at: usize,
}

impl Parser<'_> {
    fn either(&mut self, depth: usize) -> Result<Syntax, Mistake> {
        let mut parts = vec![self.all(depth)?];
        while self.takes_word("or") {
            parts.push(self.all(depth)?);
        }
        Ok(Syntax::Any(parts))
    }

    fn all(&mut self, depth: usize) -> Result<Syntax, Mistake> {
        let mut parts = vec![self.one(depth)?];
        while self.takes_word("and") {
            parts.push(self.one(depth)?);
        }
        Ok(Syntax::All(parts))
    }

    fn one(&mut self, depth: usize) -> Result<Syntax, Mistake> {
        if depth > QUERY_DEPTH_MAX {
            let message = format!("this is nested deeper than {QUERY_DEPTH_MAX} levels");
            return Err(Mistake::new(&self.next().span, message));
        }
        if self.takes_word("not") {
            return Ok(Syntax::Not(Box::new(self.one(depth + 1)?)));
        }
        let open = self.next().span.clone();
        if self.takes_sign("(") {
            let inner = self.either(depth + 1)?;
            if !self.takes_sign(")") {
                let hint = "it would close the '(' at character";
                let hint = Some(format!("{hint} {}", open.start + 1));
                return Err(self.expected("'and', 'or' or ')'").with_hint(hint));
            }
            return Ok(inner);
        }
        self.test().map(Syntax::Test)
    }

    fn test(&mut self) -> Result<TestSyntax, Mistake> {
        let field = match self.operand() {
            Some(field) if !field.is_quoted => field,
            Some(_) => {
                self.at -= 1;
                return Err(self.expected("the name of a field"));
            }
            None => return Err(self.expected("the name of a field")),
        };
        let begin = self.next().span.start;
        let operator = self.operator()?;
        let span = begin..self.tokens[self.at - 1].span.end;
        let values = self.values(operator)?;
        Ok(TestSyntax { field, operator, span, values })
    }

    fn operator(&mut self) -> Result<Operator, Mistake> {
        use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};

        for comparison in [Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual] {
            if self.takes_sign(comparison.sign()) {
                return Ok(Operator::Compare(comparison));
            }
        }
        for operator in [Operator::In, Operator::Contains, Operator::Exists] {
            if self.takes_word(operator.name()) {
                return Ok(operator);
            }
        }
        if self.takes_word("starts") {
            let is_whole = self.takes_word("with");
            let lacks = || self.expected("'with' behind 'starts'");
            return is_whole.then_some(Operator::StartsWith).ok_or_else(lacks);
        }
        Err(self.expected("=, !=, <, <=, >, >=, in, contains, 'starts with' or exists"))
    }

    fn values(&mut self, operator: Operator) -> Result<Vec<Operand>, Mistake> {
        match operator {
            Operator::Exists => Ok(Vec::new()),
            Operator::Compare(_) | Operator::Contains | Operator::StartsWith => {
                Ok(vec![self.value()?])
            }
            Operator::In => {
                if !self.takes_sign("(") {
                    return Err(self.expected("a list of values in parentheses"));
                }
                let mut values = vec![self.value()?];
                while self.takes_sign(",") {
                    values.push(self.value()?);
                }
                let is_closed = self.takes_sign(")");
                is_closed.then_some(values).ok_or_else(|| self.expected("',' or ')'"))
            }
        }
    }

    fn value(&mut self) -> Result<Operand, Mistake> {
        self.operand().ok_or_else(|| self.expected("a value"))
    }

    fn operand(&mut self) -> Option<Operand> {
        let Token { kind, span } = self.next();
        let (text, is_quoted) = match kind {
            TokenKind::Word(text) => (text.clone(), false),
            TokenKind::Quoted(text) => (text.clone(), true),
            TokenKind::Sign(_) | TokenKind::End => return None,
        };
        let operand = Operand { text, is_quoted, span: span.clone() };
        self.at += 1;
        Some(operand)
    }

    /// The end is never taken, so there is always a next one.
    fn next(&self) -> &Token {
        &self.tokens[self.at]
    }

    fn is_over(&self) -> bool {
        self.next().kind == TokenKind::End
    }

    fn takes_sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.next().kind, TokenKind::Sign(next) if next == sign);
        self.at += usize::from(found);
        found
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let found =
            matches!(&self.next().kind, TokenKind::Word(next) if next.eq_ignore_ascii_case(word));
        self.at += usize::from(found);
        found
    }

    /// Says what should have been next.
    fn expected(&self, what: &str) -> Mistake {
        Mistake::new(&self.next().span, format!("expected {what} here"))
    }
}
