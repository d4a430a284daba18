//! The quotes of `bash` and `sh`, and where these evaluate the text of variables.

mod command;

use self::command::{Command, Variables};
use super::{Place, Quotes as _};
use crate::expression::Part;

/// What is open at a place of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Open {
    /// `'…'` or `$'…'`; whether a backslash escapes.
    Single { escapes: bool },
    /// `"…"`.
    Double,
    /// `$(…)` or `(…)`.
    Command,
    /// `` `…` ``.
    Backquotes,
    /// `((…))` or `$[…]`: what ends it, and how many parentheses or brackets are open in it.
    Arithmetic { end: &'static str, depth: usize },
    /// `${…}`; whether single quotes mean nothing in it.
    Parameter { quoted: bool },
    /// `name=(…)`.
    Elements,
    /// `[…]` behind a name.
    Subscript,
    /// `[[ … ]]`.
    Test,
    /// From `#` to the end of the line.
    Comment,
    /// The lines up to `end`.
    Document { end: String, quoted: bool },
}

impl Open {
    /// Whether commands stand in it.
    fn is_code(&self) -> bool {
        matches!(self, Self::Command | Self::Backquotes)
    }

    /// Whether the shell evaluates the text of variables in it.
    fn is_evaluated(&self) -> bool {
        matches!(
            self,
            Self::Arithmetic { .. } | Self::Parameter { .. } | Self::Subscript | Self::Test
        )
    }

    /// Whether it is a here-document or a comment.
    fn is_no_word(&self) -> bool {
        matches!(self, Self::Document { .. } | Self::Comment)
    }

    /// Returns what ends it, beside what [`Quotes::step`] reads itself.
    fn end(&self) -> &'static str {
        match self {
            Self::Double => "\"",
            Self::Command | Self::Elements => ")",
            Self::Arithmetic { end, depth: 0 } => end,
            Self::Parameter { .. } => "}",
            Self::Subscript => "]",
            Self::Test => "]]",
            _ => "",
        }
    }
}

/// Follows the quotes of a script from its beginning.
#[derive(Debug, Default)]
pub(super) struct Quotes {
    open: Vec<Open>,
    /// The command outside of all that is open.
    outer: Command,
    /// The command in each [`Open::Command`] and [`Open::Backquotes`].
    inner: Vec<Command>,
    variables: Variables,
    escaped: bool,
    /// The last character.
    before: Option<char>,
    /// The line so far.
    line: String,
    /// Here-documents that begin with the next line.
    announced: Vec<(String, bool)>,
}

impl super::Quotes for Quotes {
    fn pass(&mut self, piece: &str) {
        let mut rest = piece;
        while let Some(c) = rest.chars().next() {
            let is_escaped = self.escaped;
            let ends_line = c == '\n' && !is_escaped;
            let (depth, open) = (self.inner.len(), self.open.len());
            let in_comment = self.open.last() == Some(&Open::Comment);
            let around = &self.open[..open - usize::from(in_comment)];
            let is_bare = around.last().is_none_or(Open::is_code) && !is_escaped;
            let is_word = !self.open.last().is_some_and(Open::is_no_word);
            let length = self.step(c, rest);
            let (read, after) = rest.split_at(length);
            if ends_line && (is_word || in_comment) || is_word && c != '\n' {
                let is_quoted = !is_bare || (!ends_line && open != self.open.len());
                let depth = depth.min(self.inner.len());
                let inner = depth.checked_sub(1).map(|at| &mut self.inner[at]);
                let command = inner.unwrap_or(&mut self.outer);
                command.pass(read, is_quoted, &mut self.variables);
            }
            if ends_line {
                self.line.clear();
            } else {
                self.line.push_str(read);
            }
            self.before = read.chars().next_back();
            rest = after;
        }
    }

    fn place(&self) -> Place {
        match self.open.last() {
            Some(Open::Single { .. }) => Place::SingleQuoted,
            Some(Open::Document { quoted: true, .. }) => Place::QuotedDocument,
            Some(Open::Comment) => Place::Comment,
            _ if self.open.iter().any(Open::is_evaluated) => Place::Evaluated,
            _ if self.inner.last().unwrap_or(&self.outer).evaluates(&self.variables) => {
                Place::Evaluated
            }
            Some(Open::Double | Open::Document { .. }) => Place::Quoted,
            _ => Place::Bare,
        }
    }

    fn reference(&self, name: &str) -> String {
        match self.place() {
            Place::Bare => format!("\"${{{name}}}\""),
            _ => format!("${{{name}}}"),
        }
    }
}

impl Quotes {
    /// Begins with a script; a variable that it declares anywhere is known in all of it.
    pub(super) fn of(parts: &[Part<'_>]) -> Self {
        let mut first = Self { variables: Variables::noted(), ..Self::default() };
        for part in parts {
            match part {
                Part::Literal(piece) => first.pass(piece),
                Part::Expression(..) => first.pass(&first.reference("CP_EXPR")),
                Part::Open(_) => {}
            }
        }
        // The last word of a script ends as well.
        first.pass("\n");
        Self { variables: first.variables, ..Self::default() }
    }

    fn push(&mut self, open: Open) {
        if open.is_code() {
            self.inner.push(Command::default());
        }
        self.open.push(open);
    }

    fn pop(&mut self) -> Option<Open> {
        let open = self.open.pop()?;
        if open.is_code() {
            self.inner.pop();
        }
        Some(open)
    }

    /// Reads what `rest` begins with; returns its length.
    fn step(&mut self, c: char, rest: &str) -> usize {
        if c == '\n' && !self.escaped && self.end_document() {
            return 1;
        }
        if std::mem::take(&mut self.escaped) {
            return c.len_utf8();
        }
        let Some(open) = self.open.last() else { return self.code(c, rest) };
        let end = open.end();
        if !end.is_empty() && rest.starts_with(end) && (end != "]]" || self.begins_word()) {
            self.pop();
            return end.len();
        }
        match open {
            Open::Single { escapes } => {
                self.escaped = *escapes && c == '\\';
                if c == '\'' {
                    self.pop();
                }
                c.len_utf8()
            }
            Open::Comment if c == '\n' => {
                self.pop();
                self.begin_document();
                1
            }
            Open::Comment | Open::Document { quoted: true, .. } => c.len_utf8(),
            Open::Arithmetic { .. } => self.arithmetic(c, rest),
            Open::Double | Open::Document { .. } => self.expansion(c, rest).unwrap_or(c.len_utf8()),
            Open::Parameter { quoted } => {
                let quoted = *quoted && c == '\'';
                let length = if quoted { None } else { self.quotation(c, rest) };
                length.unwrap_or(c.len_utf8())
            }
            Open::Subscript | Open::Test => self.quotation(c, rest).unwrap_or(c.len_utf8()),
            Open::Command | Open::Backquotes | Open::Elements => self.code(c, rest),
        }
    }

    fn arithmetic(&mut self, c: char, rest: &str) -> usize {
        if let Some(length) = self.expansion(c, rest) {
            return length;
        }
        if let Some(Open::Arithmetic { depth, .. }) = self.open.last_mut() {
            match c {
                '(' | '[' => *depth += 1,
                ')' | ']' => *depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        c.len_utf8()
    }

    /// Reads what is replaced in double quotes as well, if `rest` begins with it.
    fn expansion(&mut self, c: char, rest: &str) -> Option<usize> {
        let (open, length) = match c {
            '\\' => {
                self.escaped = true;
                return Some(1);
            }
            '`' if self.open.contains(&Open::Backquotes) => {
                while self.pop().is_some_and(|open| open != Open::Backquotes) {}
                return Some(1);
            }
            '`' => (Open::Backquotes, 1),
            '$' if rest.starts_with("$((") => (Open::Arithmetic { end: "))", depth: 0 }, 3),
            '$' if rest.starts_with("$[") => (Open::Arithmetic { end: "]", depth: 0 }, 2),
            '$' if rest.starts_with("$(") => (Open::Command, 2),
            '$' if rest.starts_with("${") => {
                let quoted = match self.open.last() {
                    Some(Open::Parameter { quoted }) => *quoted,
                    open => matches!(open, Some(Open::Double | Open::Document { .. })),
                };
                (Open::Parameter { quoted }, 2)
            }
            _ => return None,
        };
        self.push(open);
        Some(length)
    }

    /// Reads an expansion or the beginning of a quotation, if `rest` begins with one.
    fn quotation(&mut self, c: char, rest: &str) -> Option<usize> {
        let (open, length) = match c {
            '"' => (Open::Double, 1),
            '\'' => (Open::Single { escapes: false }, 1),
            '$' if rest.starts_with("$'") => (Open::Single { escapes: true }, 2),
            _ => return self.expansion(c, rest),
        };
        self.push(open);
        Some(length)
    }

    /// Reads where commands stand.
    fn code(&mut self, c: char, rest: &str) -> usize {
        if let Some(length) = self.quotation(c, rest) {
            return length;
        }
        let in_elements = self.open.last() == Some(&Open::Elements);
        let (open, length) = match c {
            '(' if self.before == Some('=') => (Open::Elements, 1),
            '(' if rest.starts_with("((") => (Open::Arithmetic { end: "))", depth: 0 }, 2),
            '(' => (Open::Command, 1),
            '[' if self.begins_word() && rest[1..].starts_with('[') && !in_elements => {
                if !rest[2..].starts_with(char::is_whitespace) {
                    return 2;
                }
                (Open::Test, 2)
            }
            '[' if self.ends_name() || (in_elements && self.begins_word()) => (Open::Subscript, 1),
            '#' if self.begins_word() => (Open::Comment, 1),
            '<' if rest.starts_with("<<<") => return 3,
            '<' if rest.starts_with("<<") => return self.announce(rest),
            '\n' => {
                self.begin_document();
                return 1;
            }
            _ => return c.len_utf8(),
        };
        self.push(open);
        length
    }

    fn begins_word(&self) -> bool {
        self.before.is_none_or(|before| before.is_whitespace() || ";&|(".contains(before))
    }

    fn ends_name(&self) -> bool {
        self.before.is_some_and(|before| before.is_alphanumeric() || before == '_')
    }

    /// Reads `<<END`, `<<-'END'` and the like; returns the length.
    fn announce(&mut self, rest: &str) -> usize {
        let after = rest["<<".len()..].trim_start_matches('-').trim_start_matches([' ', '\t']);
        let start = rest.len() - after.len();
        let is_word = |c: char| c.is_alphanumeric() || "_-.'\"\\".contains(c);
        let word = &after[..after.find(|c| !is_word(c)).unwrap_or(after.len())];
        let end: String = word.chars().filter(|c| !"'\"\\".contains(*c)).collect();
        if !end.is_empty() {
            self.announced.push((end.clone(), end.len() < word.len()));
        }
        start + word.len()
    }

    /// Ends the here-document whose last line was read, with all that is open in it; returns
    /// whether there is one.
    fn end_document(&mut self) -> bool {
        let line = self.line.trim_start_matches('\t');
        let is_document = |open: &Open| matches!(open, Open::Document { .. });
        let Some(at) = self.open.iter().rposition(is_document) else { return false };
        if !matches!(&self.open[at], Open::Document { end, .. } if line == end) {
            return false;
        }
        while self.open.len() > at {
            self.pop();
        }
        true
    }

    fn begin_document(&mut self) {
        for (end, quoted) in self.announced.drain(..).rev() {
            self.open.push(Open::Document { end, quoted });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Quotes as _;
    use super::*;

    #[test]
    fn places_are_told_by_the_quotes_before_them() {
        for (script, expected) in [
            ("echo ", Place::Bare),
            ("echo \"a ", Place::Quoted),
            ("echo 'a ", Place::SingleQuoted),
            ("echo 'a' \"b\" ", Place::Bare),
            ("echo \"it's ", Place::Quoted),
            ("echo \\' ", Place::Bare),
            ("echo $'a\\' ", Place::SingleQuoted),
            ("# don't\necho ", Place::Bare),
            ("# see ", Place::Comment),
            ("echo a#'b ", Place::SingleQuoted),
            ("echo \"$(cat 'x ", Place::SingleQuoted),
            ("echo \"$(cat 'x') ", Place::Quoted),
            ("echo $((1 + ", Place::Evaluated),
            ("echo $((1 + (2))) ", Place::Bare),
            ("if (( x > ", Place::Evaluated),
            ("cat <<EOF\nit's ", Place::Quoted),
            ("cat <<'EOF'\nx ", Place::QuotedDocument),
            ("cat <<\"EOF\"\nx ", Place::QuotedDocument),
            ("cat <<\\EOF\nx ", Place::QuotedDocument),
            ("cat <<-\"END\"\n\tx\n\tEND\necho ", Place::Bare),
            ("cat <<A <<B\na\nA\nb ", Place::Quoted),
            ("cat <<EOF && echo 'x'\nEOF\n", Place::Bare),
            ("grep x <<< 'a' ", Place::Bare),
            ("echo `echo 'x'` ", Place::Bare),
            ("x=\"`echo \"a\"` ", Place::Quoted),
            ("case x in a) echo ;; esac; ", Place::Bare),
            ("echo \"${v:-it's}\" ", Place::Bare),
            ("echo ${v#'}'} ${#v} \"${v%\"}\"}\" ", Place::Bare),
            ("a=(x [1]=y 'z') ", Place::Bare),
            ("cat <<EOF\n$((1 + 1)) \\$((\n", Place::Quoted),
            ("cat <<EOF\n$((1\nEOF\n", Place::Bare),
            ("cat <<EOF\n$(f ", Place::Bare),
            ("[[ $x =~ ((a)) ]] && ", Place::Bare),
        ] {
            let mut quotes = Quotes::default();
            quotes.pass(script);
            assert_eq!(quotes.place(), expected, "{script}");
        }
    }
}
