//! What begins an expression, and what continues one.

use std::sync::Arc;

use super::{Parsed, Parser, binary_operator};
use crate::ast::{CallNode, Expr, Kind, LambdaNode, Name, Operator, TransformNode};
use crate::error::SyntaxError;
use crate::lexer::{Slash, Token};
use crate::pattern::Pattern;
use crate::signature::Signature;

impl Parser<'_> {
    /// Builds what begins with `token`.
    pub(super) fn prefix(&mut self, token: Token, position: usize) -> Parsed {
        let kind = match token {
            Token::Null => Kind::Null,
            Token::Bool(value) => Kind::Bool(value),
            Token::Number(number) => Kind::Number(number),
            Token::String(text) => Kind::String(text),
            Token::Name(text) => return Ok(member(text, position)),
            Token::Variable(text) if text.is_empty() => Kind::Context,
            Token::Variable(text) if &*text == "$" => Kind::Root,
            Token::Variable(text) => Kind::Variable(self.name(&text)),
            Token::Regex(pattern, flags) => match Pattern::compile(&pattern, &flags) {
                Ok(pattern) => Kind::Regex(Arc::new(pattern)),
                Err(message) => return Err(SyntaxError::new("S0303", message, position)),
            },
            Token::Operator(operator) => return self.prefix_operator(operator, position),
            Token::End => {
                self.incomplete.get_or_insert(position);
                Kind::Null
            }
        };
        Ok(Expr::new(kind, position))
    }

    fn prefix_operator(&mut self, operator: &'static str, position: usize) -> Parsed {
        match operator {
            "and" | "or" | "in" => Ok(member(operator.into(), position)),
            "*" => Ok(Expr::new(Kind::Wildcard, position)),
            "**" => Ok(Expr::new(Kind::Descendants, position)),
            "%" => Ok(self.parent(position)),
            "-" => self.negation(position),
            "[" => self.array(position),
            "{" => {
                let members = self.members()?;
                let mut expr = Expr::new(Kind::Object(Vec::new()), position);
                for (key, value) in &members {
                    expr.adopt_seeking(key);
                    expr.adopt_seeking(value);
                }
                expr.kind = Kind::Object(members);
                Ok(expr)
            }
            "(" => self.block(position),
            "|" => self.transform(position),
            other => {
                let message = format!("The symbol \"{other}\" cannot be used as a unary operator");
                Err(SyntaxError::new("S0211", message, position))
            }
        }
    }

    fn negation(&mut self, position: usize) -> Parsed {
        let inner = self.expression(70)?;
        if let Kind::Number(number) = inner.kind {
            return Ok(Expr { kind: Kind::Number(-number), position, ..inner });
        }
        let mut expr = Expr::new(Kind::Null, position);
        expr.adopt_seeking(&inner);
        expr.kind = Kind::Negate(Box::new(inner));
        Ok(expr)
    }

    fn array(&mut self, position: usize) -> Parsed {
        let mut expr = Expr::new(Kind::Null, position);
        let mut items = Vec::new();
        while !self.is("]") {
            let mut item = self.expression(0)?;
            if self.is("..") {
                let at = self.position;
                self.bump(Slash::OpensRegex)?;
                let last = self.expression(0)?;
                item = binary(Operator::Range, at, item, last);
            }
            expr.adopt_seeking(&item);
            items.push(item);
            if !self.is(",") {
                break;
            }
            self.bump(Slash::OpensRegex)?;
            if self.is("]") {
                // A comma must be followed by an item.
                return self.expression(0);
            }
        }
        self.expect("]", Slash::Divides)?;
        expr.kind = Kind::Array { items, whole: false };
        Ok(expr)
    }

    /// Reads `key: value, …}` behind an opening brace.
    fn members(&mut self) -> Result<Vec<(Expr, Expr)>, SyntaxError> {
        let mut members = Vec::new();
        if !self.is("}") {
            loop {
                let key = self.expression(0)?;
                self.expect(":", Slash::OpensRegex)?;
                members.push((key, self.expression(0)?));
                if !self.is(",") {
                    break;
                }
                self.bump(Slash::OpensRegex)?;
            }
        }
        self.expect("}", Slash::Divides)?;
        Ok(members)
    }

    fn block(&mut self, position: usize) -> Parsed {
        let bindings_before = self.bindings;
        let mut expr = Expr::new(Kind::Null, position);
        let mut expressions = Vec::new();
        while !self.is(")") {
            let expression = self.expression(0)?;
            expr.adopt_seeking(&expression);
            expressions.push(expression);
            if !self.is(";") {
                break;
            }
            self.bump(Slash::OpensRegex)?;
        }
        self.expect(")", Slash::Divides)?;
        expr.kind = Kind::Block { expressions, binds: self.bindings > bindings_before };
        Ok(expr)
    }

    fn transform(&mut self, position: usize) -> Parsed {
        let pattern = self.expression(0)?;
        self.expect("|", Slash::OpensRegex)?;
        let update = self.expression(0)?;
        let delete = if self.is(",") {
            self.bump(Slash::OpensRegex)?;
            Some(self.expression(0)?)
        } else {
            None
        };
        self.expect("|", Slash::Divides)?;
        let node = TransformNode { pattern, update, delete };
        Ok(Expr::new(Kind::Transform(Arc::new(node)), position))
    }

    /// Builds what `operator`, already passed, makes of `left`.
    pub(super) fn infix(&mut self, operator: &'static str, position: usize, left: Expr) -> Parsed {
        match operator {
            "." => self.step(left, position),
            "[" => self.predicate(left, position),
            "{" => self.grouping(left, position),
            "^" => self.order_by(left, position),
            "@" => self.focus(left, position),
            "#" => self.index(left, position),
            "(" => self.call(left, position),
            "?" => self.condition(left, position),
            ":=" => self.binding(&left, position),
            "~>" => {
                let right = self.expression(40)?;
                let keep_array = left.keep_array || right.keep_array;
                let mut expr = Expr::new(Kind::Apply(Box::new((left, right))), position);
                expr.keep_array = keep_array;
                Ok(expr)
            }
            _ => {
                let power = super::binding_power(&Token::Operator(operator));
                let right = self.expression(power)?;
                let operator = binary_operator(operator)
                    .expect("an operator with binding power is one of those above or binary");
                Ok(binary(operator, position, left, right))
            }
        }
    }

    fn condition(&mut self, condition: Expr, position: usize) -> Parsed {
        let mut expr = Expr::new(Kind::Null, position);
        let then = self.expression(0)?;
        let otherwise = if self.is(":") {
            self.bump(Slash::OpensRegex)?;
            Some(self.expression(0)?)
        } else {
            None
        };
        expr.adopt_seeking(&condition);
        expr.adopt_seeking(&then);
        if let Some(otherwise) = &otherwise {
            expr.adopt_seeking(otherwise);
        }
        expr.kind = Kind::Condition(Box::new((condition, then, otherwise)));
        Ok(expr)
    }

    fn binding(&mut self, left: &Expr, position: usize) -> Parsed {
        let name = match left.kind {
            Kind::Variable(name) => name,
            Kind::Context => self.name(&"".into()),
            Kind::Root => self.name(&"$".into()),
            _ => {
                let message = "The left side of := must be a variable name (start with $)";
                return Err(SyntaxError::new("S0212", message, left.position));
            }
        };
        let value = self.expression(9)?;
        self.bindings += 1;
        let mut expr = Expr::new(Kind::Null, position);
        expr.adopt_seeking(&value);
        expr.kind = Kind::Bind(name, Box::new(value));
        Ok(expr)
    }

    fn call(&mut self, left: Expr, position: usize) -> Parsed {
        let mut expr = Expr::new(Kind::Null, position);
        let mut arguments = Vec::new();
        if !self.is(")") {
            loop {
                if self.is("?") {
                    self.bump(Slash::OpensRegex)?;
                    arguments.push(None);
                } else {
                    let argument = self.expression(0)?;
                    expr.adopt_seeking(&argument);
                    arguments.push(Some(argument));
                }
                if !self.is(",") {
                    break;
                }
                self.bump(Slash::OpensRegex)?;
            }
        }
        self.expect(")", Slash::Divides)?;
        if is_function_keyword(&left) {
            return self.lambda(&arguments, position);
        }
        let partial = arguments.iter().any(Option::is_none);
        let node = Box::new(CallNode { procedure: left, arguments });
        expr.kind = if partial { Kind::Partial(node) } else { Kind::Call(node) };
        Ok(expr)
    }

    fn lambda(&mut self, arguments: &[Option<Expr>], position: usize) -> Parsed {
        let mut parameters: Vec<Name> = Vec::new();
        for (index, argument) in arguments.iter().enumerate() {
            match argument.as_ref().map(|argument| &argument.kind) {
                Some(Kind::Variable(name)) => parameters.push(*name),
                Some(Kind::Context) => parameters.push(self.name(&"".into())),
                _ => {
                    let message = format!(
                        "Parameter {} of function definition must be a variable name (start with $)",
                        index + 1
                    );
                    let at = argument.as_ref().map_or(position, |argument| argument.position);
                    return Err(SyntaxError::new("S0208", message, at));
                }
            }
        }
        let signature = if self.is("<") { Some(self.signature()?) } else { None };
        self.expect("{", Slash::OpensRegex)?;
        let body = self.expression(0)?;
        self.expect("}", Slash::Divides)?;
        let node = LambdaNode { parameters, signature, body };
        Ok(Expr::new(Kind::Lambda(Arc::new(node)), position))
    }

    /// Reads a signature behind its `<`, which is the current token.
    fn signature(&mut self) -> Result<Signature, SyntaxError> {
        let start = self.position;
        let mut depth = 1;
        let rest = self.lexer.rest();
        let mut text = String::from("<");
        for (offset, c) in rest.char_indices() {
            match c {
                '<' => depth += 1,
                '>' => depth -= 1,
                '{' => break,
                _ => {}
            }
            if !c.is_whitespace() {
                text.push(c);
            }
            if depth == 0 {
                self.lexer.position += offset + 1;
                self.bump(Slash::OpensRegex)?;
                return Signature::parse(&text)
                    .map_err(|(code, message)| SyntaxError::new(code, message, start));
            }
        }
        let end = rest.find('{').unwrap_or(rest.len());
        self.lexer.position += end;
        self.bump(Slash::OpensRegex)?;
        self.expect(">", Slash::OpensRegex)?;
        Err(SyntaxError::new("S0202", "Expected \">\"", start))
    }
}

fn member(text: Arc<str>, position: usize) -> Expr {
    let step = Expr::new(Kind::Member(text), position);
    Expr::new(Kind::Path { steps: vec![step], keep_singleton: false }, position)
}

fn binary(operator: Operator, position: usize, left: Expr, right: Expr) -> Expr {
    let mut expr = Expr::new(Kind::Null, position);
    expr.adopt_seeking(&left);
    expr.adopt_seeking(&right);
    expr.kind = Kind::Binary(operator, Box::new((left, right)));
    expr.measure();
    expr
}

fn is_function_keyword(expr: &Expr) -> bool {
    let Kind::Path { steps, .. } = &expr.kind else {
        return false;
    };
    matches!(steps.as_slice(), [Expr { kind: Kind::Member(name), stages, .. }]
        if stages.is_empty() && matches!(&**name, "function" | "λ"))
}
