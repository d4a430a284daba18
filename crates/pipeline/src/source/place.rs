//! From an offset in the value of a scalar to the bytes of the text that stand for it.

use super::{Scalar, Span, Style};

/// Returns the bytes of the character that stands at byte `offset` of the value of `scalar`; the
/// end of the scalar if the value ends before.
///
/// Folding and indentation change blanks only, so the characters that are not blank are counted
/// instead of the rules being followed.
pub(crate) fn inside(text: &str, scalar: Scalar, value: &str, offset: usize) -> Span {
    let before = value.get(..offset).unwrap_or(value);
    let wanted = before.chars().filter(|c| !c.is_whitespace()).count();
    let quotes = usize::from(scalar.style != Style::Bare);
    let range = scalar.span.range();
    let start = range.start + quotes;
    let end = (range.end - quotes).max(start);
    let written = text.get(start..end).unwrap_or_default();
    let (mut at, mut seen) = (0, 0);
    while let Some((length, is_blank)) = character(&written[at..], scalar.style) {
        if !is_blank {
            if seen == wanted {
                return Span::new(start + at, start + at + length);
            }
            seen += 1;
        }
        at += length;
    }
    let trimmed = start + written.trim_end().len();
    Span::new(trimmed, trimmed)
}

/// Returns how many bytes the first character of `written` takes, and whether it is blank.
fn character(written: &str, style: Style) -> Option<(usize, bool)> {
    let mut chars = written.chars();
    let first = chars.next()?;
    Some(match (style, first, chars.next()) {
        (Style::Single, '\'', Some('\'')) => (2, false),
        (Style::Double, '\\', Some(escaped)) => {
            let digits = match escaped {
                'x' => 2,
                'u' => 4,
                'U' => 8,
                _ => 0,
            };
            let is_blank = matches!(escaped, 'n' | 't' | 'r' | ' ' | '\n' | '\t' | '_' | 'N');
            ((1 + escaped.len_utf8() + digits).min(written.len()), is_blank)
        }
        _ => (first.len_utf8(), first.is_whitespace()),
    })
}
