//! The quotes of `bash` and `sh`.

use super::Place;

/// What is open at a place of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Open {
    /// `'…'` or `$'…'`; whether a backslash escapes.
    Single { escapes: bool },
    /// `"…"`.
    Double,
    /// `$(…)` or `(…)`.
    Command,
    /// `$((…))`; how many parentheses are open in it.
    Arithmetic(usize),
    /// `` `…` ``.
    Backquotes,
    /// From `#` to the end of the line.
    Comment,
    /// The lines up to `end`.
    Document { end: String, quoted: bool, line: String },
}

/// Follows the quotes of a script from its beginning.
#[derive(Debug, Default)]
pub(super) struct Quotes {
    open: Vec<Open>,
    escaped: bool,
    /// The last character.
    before: Option<char>,
    /// Here-documents that begin with the next line.
    announced: Vec<(String, bool)>,
}

impl super::Quotes for Quotes {
    fn pass(&mut self, piece: &str) {
        let mut rest = piece;
        while let Some(c) = rest.chars().next() {
            let length = self.step(c, rest);
            self.before = rest[..length].chars().next_back();
            rest = &rest[length..];
        }
    }

    fn place(&self) -> Place {
        match self.open.last() {
            None | Some(Open::Command | Open::Backquotes) => Place::Bare,
            Some(Open::Double | Open::Document { quoted: false, .. }) => Place::Quoted,
            Some(Open::Single { .. } | Open::Document { quoted: true, .. }) => Place::SingleQuoted,
            Some(Open::Arithmetic(_)) => Place::Arithmetic,
            Some(Open::Comment) => Place::Comment,
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
    /// Reads what `rest` begins with; returns its length.
    fn step(&mut self, c: char, rest: &str) -> usize {
        if let Some(Open::Document { end, line, .. }) = self.open.last_mut() {
            if c == '\n' {
                if line.trim_start_matches('\t') == end {
                    self.open.pop();
                } else {
                    line.clear();
                }
            } else {
                line.push(c);
            }
            return c.len_utf8();
        }
        if self.escaped {
            self.escaped = false;
            return c.len_utf8();
        }
        match self.open.last() {
            Some(Open::Single { escapes }) => {
                self.escaped = *escapes && c == '\\';
                if c == '\'' {
                    self.open.pop();
                }
                c.len_utf8()
            }
            Some(Open::Comment) => {
                if c == '\n' {
                    self.open.pop();
                    self.begin_document();
                }
                c.len_utf8()
            }
            Some(Open::Arithmetic(depth)) => self.arithmetic(c, rest, *depth),
            Some(Open::Double) => self.code(c, rest, true),
            _ => self.code(c, rest, false),
        }
    }

    fn arithmetic(&mut self, c: char, rest: &str, depth: usize) -> usize {
        if depth == 0 && rest.starts_with("))") {
            self.open.pop();
            return "))".len();
        }
        let depth = match c {
            '(' => depth + 1,
            ')' => depth.saturating_sub(1),
            _ => depth,
        };
        self.open.pop();
        self.open.push(Open::Arithmetic(depth));
        c.len_utf8()
    }

    /// Reads where commands stand, or in double quotes.
    fn code(&mut self, c: char, rest: &str, quoted: bool) -> usize {
        let (open, length) = match c {
            '\\' => {
                self.escaped = true;
                return 1;
            }
            '"' if quoted => {
                self.open.pop();
                return 1;
            }
            '`' if self.open.contains(&Open::Backquotes) => {
                while self.open.pop().is_some_and(|open| open != Open::Backquotes) {}
                return 1;
            }
            '`' => (Open::Backquotes, 1),
            '$' if rest.starts_with("$((") => (Open::Arithmetic(0), 3),
            '$' if rest.starts_with("$(") => (Open::Command, 2),
            _ if quoted => return c.len_utf8(),
            '"' => (Open::Double, 1),
            '$' if rest.starts_with("$'") => (Open::Single { escapes: true }, 2),
            '\'' => (Open::Single { escapes: false }, 1),
            '(' if rest.starts_with("((") && self.begins_word() => (Open::Arithmetic(0), 2),
            '(' => (Open::Command, 1),
            ')' => {
                if self.open.last() == Some(&Open::Command) {
                    self.open.pop();
                }
                return 1;
            }
            '#' if self.begins_word() => (Open::Comment, 1),
            '<' if rest.starts_with("<<<") => return 3,
            '<' if rest.starts_with("<<") => return self.announce(rest),
            '\n' => {
                self.begin_document();
                return 1;
            }
            _ => return c.len_utf8(),
        };
        self.open.push(open);
        length
    }

    fn begins_word(&self) -> bool {
        self.before.is_none_or(|before| before.is_whitespace() || ";&|(".contains(before))
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

    fn begin_document(&mut self) {
        for (end, quoted) in self.announced.drain(..).rev() {
            self.open.push(Open::Document { end, quoted, line: String::new() });
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
            ("echo $((1 + ", Place::Arithmetic),
            ("echo $((1 + (2))) ", Place::Bare),
            ("if (( x > ", Place::Arithmetic),
            ("cat <<EOF\nit's ", Place::Quoted),
            ("cat <<'EOF'\nx ", Place::SingleQuoted),
            ("cat <<-\"END\"\n\tx\n\tEND\necho ", Place::Bare),
            ("cat <<A <<B\na\nA\nb ", Place::Quoted),
            ("cat <<EOF && echo 'x'\nEOF\n", Place::Bare),
            ("grep x <<< 'a' ", Place::Bare),
            ("echo `echo 'x'` ", Place::Bare),
            ("x=\"`echo \"a\"` ", Place::Quoted),
            ("case x in a) echo ;; esac; ", Place::Bare),
        ] {
            let mut quotes = Quotes::default();
            quotes.pass(script);
            assert_eq!(quotes.place(), expected, "{script}");
        }
    }
}
