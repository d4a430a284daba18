//! From byte offsets to lines, columns and places inside strings.

use std::ops::Range;

/// Walks a text once, from one offset to the next, counting lines and columns.
pub struct LineCounter<'t> {
    text: &'t str,
    at: usize,
    line: usize,
    column: usize,
}

impl<'t> LineCounter<'t> {
    /// Starts at the beginning of `text`.
    pub fn new(text: &'t str) -> Self {
        Self { text, at: 0, line: 1, column: 1 }
    }

    /// Returns line and column, both from 1, of `offset`, which is not before the last one asked
    /// for.
    pub fn advance(&mut self, offset: usize) -> (usize, usize) {
        let mut end = offset.clamp(self.at, self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        for c in self.text[self.at..end].chars() {
            if c == '\n' {
                self.line += 1;
                self.column = 1;
            } else {
                self.column += 1;
            }
        }
        self.at = end;
        (self.line, self.column)
    }
}

/// Returns line and column, both from 1, of `offset`.
pub(super) fn line_column(text: &str, offset: usize) -> (usize, usize) {
    LineCounter::new(text).advance(offset)
}

/// Writes a place as Jackson does.
pub(super) fn source_location(line: usize, column: usize) -> String {
    format!("[Source: (String); line: {line}, column: {column}]")
}

/// Returns the bytes of the character that stands at byte `offset` of the value of the string
/// literal at `literal`; at the closing quote if the value ends before.
pub(crate) fn inside_string(text: &str, literal: &Range<usize>, offset: usize) -> Range<usize> {
    let raw = &text[literal.start + 1..literal.end - 1];
    let (mut read, mut value) = (0, 0);
    while read < raw.len() {
        let (raw_len, value_len) = character(&raw[read..]);
        if value + value_len > offset {
            let start = literal.start + 1 + read;
            return start..start + raw_len;
        }
        read += raw_len;
        value += value_len;
    }
    literal.end - 1..literal.end
}

/// Returns how many bytes the first character of `raw` takes as written and as meant.
fn character(raw: &str) -> (usize, usize) {
    let unit = |at: usize| raw.get(at..at + 4).and_then(|hex| u32::from_str_radix(hex, 16).ok());
    match raw.as_bytes() {
        [b'\\', b'u', ..] => match unit(2) {
            Some(0xD800..0xDC00) if is_second_half(&raw[6..]) => (12, 4),
            Some(code) => (6, char::from_u32(code).map_or(3, char::len_utf8)),
            None => (2, 1),
        },
        [b'\\', ..] => (2, 1),
        _ => {
            let len = raw.chars().next().map_or(1, char::len_utf8);
            (len, len)
        }
    }
}

fn is_second_half(raw: &str) -> bool {
    let code = raw.strip_prefix("\\u").and_then(|hex| u32::from_str_radix(hex.get(..4)?, 16).ok());
    code.is_some_and(|code| (0xDC00..0xE000).contains(&code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_inside_strings_skip_over_escapes() {
        let text = r#" "a\n\u00e9\ud83d\ude00é]" "#;
        let literal = 1..text.len() - 1;
        for (offset, expected) in [
            (0, "a"),
            (1, "\\n"),
            (2, "\\u00e9"),
            (4, "\\ud83d\\ude00"),
            (8, "é"),
            (10, "]"),
            (11, "\""),
        ] {
            assert_eq!(&text[inside_string(text, &literal, offset)], expected, "{offset}");
        }
    }

    #[test]
    fn columns_count_characters() {
        assert_eq!(line_column("ä\néx", 5), (2, 2));
        assert_eq!(line_column("ä", 99), (1, 2));
    }
}
