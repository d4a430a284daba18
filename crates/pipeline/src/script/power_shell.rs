//! The quotes of `pwsh`.

use super::Place;

/// What is open at a place of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    /// `'…'`, in which two quotes stand for one.
    Single,
    /// `"…"`.
    Double,
    /// `$(…)`.
    Command,
    /// `@'` … `'@`.
    SingleLines,
    /// `@"` … `"@`.
    DoubleLines,
    /// From `#` to the end of the line.
    Comment,
    /// `<# … #>`.
    Comments,
}

/// Follows the quotes of a script from its beginning.
#[derive(Debug, Default)]
pub(super) struct Quotes {
    open: Vec<Open>,
    escaped: bool,
    before: Option<char>,
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
            None | Some(Open::Command) => Place::Bare,
            Some(Open::Double | Open::DoubleLines) => Place::Quoted,
            Some(Open::Single | Open::SingleLines) => Place::SingleQuoted,
            Some(Open::Comment | Open::Comments) => Place::Comment,
        }
    }

    fn reference(&self, name: &str) -> String {
        format!("${{env:{name}}}")
    }
}

impl Quotes {
    /// Reads what `rest` begins with; returns its length.
    fn step(&mut self, c: char, rest: &str) -> usize {
        if std::mem::take(&mut self.escaped) {
            return c.len_utf8();
        }
        let closing = match self.open.last() {
            Some(Open::Single) => "'",
            Some(Open::SingleLines) => "\n'@",
            Some(Open::DoubleLines) => "\n\"@",
            Some(Open::Comment) => "\n",
            Some(Open::Comments) => "#>",
            Some(Open::Double) => "\"",
            Some(Open::Command) => ")",
            None => "",
        };
        if !closing.is_empty() && rest.starts_with(closing) {
            self.open.pop();
            return closing.len();
        }
        match self.open.last() {
            Some(Open::Single | Open::SingleLines | Open::Comment | Open::Comments) => {
                return c.len_utf8();
            }
            Some(Open::Double | Open::DoubleLines) => {
                self.escaped = c == '`';
                if rest.starts_with("$(") {
                    self.open.push(Open::Command);
                    return 2;
                }
                return c.len_utf8();
            }
            Some(Open::Command) | None => {}
        }
        self.code(c, rest)
    }

    fn code(&mut self, c: char, rest: &str) -> usize {
        let begins_word = self.before.is_none_or(|c| c.is_whitespace() || ";|&({".contains(c));
        let (open, length) = match c {
            '`' => {
                self.escaped = true;
                return 1;
            }
            '@' if rest.starts_with("@'") => (Open::SingleLines, 2),
            '@' if rest.starts_with("@\"") => (Open::DoubleLines, 2),
            '<' if rest.starts_with("<#") => (Open::Comments, 2),
            '#' if begins_word => (Open::Comment, 1),
            '\'' => (Open::Single, 1),
            '"' => (Open::Double, 1),
            '(' => (Open::Command, 1),
            _ => return c.len_utf8(),
        };
        self.open.push(open);
        length
    }
}

#[cfg(test)]
mod tests {
    use super::super::Quotes as _;
    use super::*;

    #[test]
    fn places_are_told_by_the_quotes_before_them() {
        for (script, expected) in [
            ("Write-Output ", Place::Bare),
            ("Write-Output \"a ", Place::Quoted),
            ("Write-Output 'a ", Place::SingleQuoted),
            ("Write-Output 'it''s ", Place::SingleQuoted),
            ("Write-Output \"a`\" ", Place::Quoted),
            ("Write-Output \"$(Get-Item 'x') ", Place::Quoted),
            ("# don't\nWrite-Output ", Place::Bare),
            ("<# don't #> ", Place::Bare),
            ("$x = @'\nit's ", Place::SingleQuoted),
            ("$x = @'\nit's\n'@\n", Place::Bare),
            ("$x = @\"\n", Place::Quoted),
        ] {
            let mut quotes = Quotes::default();
            quotes.pass(script);
            assert_eq!(quotes.place(), expected, "{script}");
        }
    }
}
