//! The characters of an expression that are code: not in strings, names, patterns or comments.

/// Goes through the code of a text; gives each character with its offset.
pub(super) struct Code<'t> {
    text: &'t str,
    at: usize,
    /// The last character of code that is not blank.
    before: Option<char>,
}

impl<'t> Code<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0, before: None }
    }

    /// Passes over what `first` opens, if it opens something; an open end is the end of the text.
    fn skip(&mut self, first: char) -> bool {
        let rest = &self.text[self.at..];
        let length = match first {
            '"' | '\'' => quoted(rest, first, true),
            '`' => quoted(rest, first, false),
            '/' if rest.starts_with("/*") => {
                rest.find("*/").map_or(rest.len(), |end| end + "*/".len())
            }
            '/' if self.opens_pattern() => quoted(rest, first, true),
            _ => return false,
        };
        self.at += length;
        true
    }

    /// Whether a `/` here cannot divide.
    fn opens_pattern(&self) -> bool {
        self.before.is_none_or(|before| "([{,;:?=<>&|+-*%^~!".contains(before))
    }
}

impl Iterator for Code<'_> {
    type Item = (usize, char);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let first = self.text[self.at..].chars().next()?;
            if self.skip(first) {
                self.before = Some(first);
                continue;
            }
            let at = self.at;
            self.at += first.len_utf8();
            if !first.is_whitespace() {
                self.before = Some(first);
            }
            return Some((at, first));
        }
    }
}

/// Returns how long the quoted text at the beginning of `text` is.
fn quoted(text: &str, quote: char, escapes: bool) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' if escapes => escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}
