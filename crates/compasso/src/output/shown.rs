//! Texts of others as a terminal may have them: keys, causes and logs come from scripts and workers, and
//! must not clear the screen, name the window or turn the order of letters around.

use std::borrow::Cow;

/// What ends colours.
const RESET: &str = "\x1b[0m";

/// Returns `text` as a part of one line: whatever is no letter, sign or space is written as its escape.
pub(super) fn in_line(text: &str) -> Cow<'_, str> {
    if !text.contains(is_control) {
        return Cow::Borrowed(text);
    }
    let shown = |letter| {
        if is_control(letter) { letter.escape_default().to_string() } else { letter.into() }
    };
    Cow::Owned(text.chars().map(shown).collect())
}

/// Returns `text` with its lines, tabs and colours, the colours ended; the rest as [`in_line`] has it.
pub(super) fn in_lines(text: &str) -> Cow<'_, str> {
    if !text.contains(|letter| is_control(letter) && letter != '\n' && letter != '\t') {
        return Cow::Borrowed(text);
    }
    let (mut shown, mut rest, mut is_coloured) = (String::with_capacity(text.len()), text, false);
    while let Some(letter) = rest.chars().next() {
        let colour = colour_at(rest);
        let taken = colour.unwrap_or(letter.len_utf8());
        let (first, after) = rest.split_at(taken);
        is_coloured |= colour.is_some();
        let is_kept = colour.is_some() || matches!(letter, '\n' | '\t');
        shown.push_str(&if is_kept { Cow::Borrowed(first) } else { in_line(first) });
        rest = after;
    }
    if is_coloured && !shown.ends_with(RESET) {
        shown.push_str(RESET);
    }
    Cow::Owned(shown)
}

/// Returns the length of the order that changes colours with which `text` begins.
fn colour_at(text: &str) -> Option<usize> {
    let order = text.strip_prefix("\x1b[")?;
    let end = order.find(|letter: char| !letter.is_ascii_digit() && letter != ';')?;
    order[end..].starts_with('m').then_some("\x1b[".len() + end + 1)
}

/// Says whether a character is an order and none that is seen, or turns the order of letters around.
fn is_control(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_texts_stay_what_they_are() {
        assert_eq!(in_line("São Paulo 東京 'a=1'"), "São Paulo 東京 'a=1'");
        assert_eq!(in_lines("one\n\ttwo"), "one\n\ttwo");
    }

    #[test]
    fn a_cell_has_one_line_and_no_orders() {
        assert_eq!(in_line("a\nb\t\x1b[2J\u{202e}c"), r"a\nb\t\u{1b}[2J\u{202e}c");
    }

    #[test]
    fn lines_keep_their_colours_and_end_them() {
        assert_eq!(in_lines("\x1b[1;31mred"), "\x1b[1;31mred\x1b[0m");
        assert_eq!(in_lines("\x1b[31mred\x1b[0m"), "\x1b[31mred\x1b[0m");
    }

    #[test]
    fn other_orders_in_lines_are_shown() {
        assert_eq!(
            in_lines("\x1b[2J\x1b]0;title\x07\n\0\x1b["),
            "\\u{1b}[2J\\u{1b}]0;title\\u{7}\n\\u{0}\\u{1b}["
        );
    }

    #[test]
    fn a_line_that_is_written_over_is_seen() {
        assert_eq!(in_lines("10 %\r20 %"), r"10 %\r20 %");
    }
}
