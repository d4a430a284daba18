//! Conditions of filters: `@.price < 10 && !(@.sold)`.

use regex::{Regex, RegexBuilder};

use super::parser::{Parsed, Parser};
use super::segment::{Condition, Operator, Term};

/// Largest compiled regular expression, bytes.
const REGEX_BYTES_MAX: usize = 256 * 1024;

impl Parser<'_> {
    /// Parses alternatives joined by `||`.
    pub(super) fn condition(&mut self) -> Parsed<Condition> {
        let mut alternatives = vec![self.conjunction()?];
        while self.connective("||") {
            alternatives.push(self.conjunction()?);
        }
        Ok(match alternatives.pop() {
            Some(only) if alternatives.is_empty() => only,
            last => Condition::Any(alternatives.into_iter().chain(last).collect()),
        })
    }

    fn conjunction(&mut self) -> Parsed<Condition> {
        let mut parts = vec![self.part()?];
        while self.connective("&&") {
            parts.push(self.part()?);
        }
        Ok(match parts.pop() {
            Some(only) if parts.is_empty() => only,
            last => Condition::All(parts.into_iter().chain(last).collect()),
        })
    }

    fn connective(&mut self, token: &str) -> bool {
        self.skip_blanks();
        self.skip(token)
    }

    fn part(&mut self) -> Parsed<Condition> {
        self.skip_blanks();
        if self.skip("!") {
            self.skip_blanks();
            return self.nested(Self::negated);
        }
        if self.skip("(") {
            let condition = self.nested(Self::condition)?;
            self.skip_blanks();
            if !self.skip(")") {
                return Err(self.error("expected ')'"));
            }
            return Ok(condition);
        }
        self.expression()
    }

    fn negated(&mut self) -> Parsed<Condition> {
        let start = self.position;
        let condition = self.part()?;
        let is_bare = matches!(self.text.as_bytes()[start], b'$' | b'@');
        if is_bare && matches!(condition, Condition::Compare(..)) {
            // Jayway would drop the negation without a word.
            return Err(self.error("a negated comparison must stand in parentheses: !(…)"));
        }
        Ok(Condition::Not(Box::new(condition)))
    }

    fn expression(&mut self) -> Parsed<Condition> {
        let left = self.term()?;
        let Some(operator) = self.operator()? else {
            return match left {
                Term::Operand(operand) => Ok(Condition::Exists(operand)),
                Term::Literal(_) | Term::Pattern(_) => Err(self.error("expected an operator")),
            };
        };
        let right = self.term()?;
        let has_pattern = matches!(left, Term::Pattern(_)) || matches!(right, Term::Pattern(_));
        if has_pattern && operator != Operator::Matches {
            return Err(self.error("a regular expression is compared with =~"));
        }
        Ok(Condition::Compare(Box::new(left), operator, Box::new(right)))
    }

    fn operator(&mut self) -> Parsed<Option<Operator>> {
        self.skip_blanks();
        let rest = self.rest();
        let is_sign = |c: char| "<>=~!".contains(c);
        let length = if rest.starts_with(is_sign) {
            rest.find(|c| !is_sign(c))
        } else {
            rest.find(|c: char| !c.is_ascii_alphabetic())
        };
        let name = &rest[..length.unwrap_or(rest.len())];
        if name.is_empty() {
            return Ok(None);
        }
        let Some(operator) = Operator::named(name) else {
            return Err(self.error(format!("Filter operator {name} is not supported!")));
        };
        self.position += name.len();
        Ok(Some(operator))
    }

    fn term(&mut self) -> Parsed<Term> {
        self.skip_blanks();
        match self.peek() {
            Some(b'$' | b'@') => Ok(Term::Operand(self.filter_operand()?)),
            Some(b'/') => Ok(Term::Pattern(Box::new(self.pattern()?))),
            _ => Ok(Term::Literal(self.literal()?)),
        }
    }

    /// Parses `/expression/flags`; it has to match a whole text.
    fn pattern(&mut self) -> Parsed<Regex> {
        let start = self.position + 1;
        let bytes = self.text.as_bytes();
        let mut end = start;
        while bytes.get(end) != Some(&b'/') {
            match bytes.get(end) {
                None => return Err(self.error("the regular expression is not closed by '/'")),
                Some(b'\\') => end += 2,
                Some(_) => end += 1,
            }
        }
        let expression = self.text[start..end].replace("\\/", "/");
        let mut builder = RegexBuilder::new(&format!(r"\A(?:{expression})\z"));
        builder.size_limit(REGEX_BYTES_MAX).dfa_size_limit(REGEX_BYTES_MAX);
        self.position = end + 1;
        while let Some(flag @ (b'a'..=b'z' | b'A'..=b'Z')) = self.peek() {
            match flag {
                b'i' => builder.case_insensitive(true),
                b'm' => builder.multi_line(true),
                b's' => builder.dot_matches_new_line(true),
                b'x' => builder.ignore_whitespace(true),
                b'd' | b'u' | b'U' => &mut builder,
                _ => return Err(self.error("unknown flag of a regular expression")),
            };
            self.position += 1;
        }
        builder.build().map_err(|error| {
            let reason = error.to_string();
            let reason = reason.lines().last().unwrap_or_default();
            self.error(format!("the regular expression is not supported: {reason}"))
        })
    }
}
