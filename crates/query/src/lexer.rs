//! Text to words, quoted texts and signs.

use std::ops::Range;

use crate::mistake::Mistake;

/// A piece of the text, and where it is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) span: Range<usize>,
}

/// What a piece is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TokenKind {
    /// A field, a word of the language, or a value.
    Word(String),
    /// A text between quotes, without them.
    Quoted(String),
    /// `=`, `!=`, `<`, `<=`, `>`, `>=`, `(`, `)`, `,`
    Sign(&'static str),
    /// Where the text ends.
    End,
}

/// All signs; a longer one stands before those that it begins with.
const SIGNS: [&str; 9] = ["!=", "<=", ">=", "=", "<", ">", "(", ")", ","];

/// Takes a text apart. The last token is [`TokenKind::End`].
pub(crate) fn tokens(text: &str) -> Result<Vec<Token>, Mistake> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (kind, length) = token(&text[at..], first, at)?;
        tokens.push(Token { kind, span: at..at + length });
        at += length;
    }
    tokens.push(Token { kind: TokenKind::End, span: at..at });
    Ok(tokens)
}

/// Reads the token that `rest` begins with, and its length; `at` is where it is.
fn token(rest: &str, first: char, at: usize) -> Result<(TokenKind, usize), Mistake> {
    if first == '"' || first == '\'' {
        return quoted(rest, first)
            .ok_or_else(|| Mistake::new(&(at..at + 1), "this quote is not closed"));
    }
    if let Some(sign) = SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
        return Ok((TokenKind::Sign(sign), sign.len()));
    }
    if first == '!' {
        let hint = Some("'!=' means not equal, 'not' the opposite".to_owned());
        return Err(Mistake::new(&(at..at + 1), "'!' means nothing alone").with_hint(hint));
    }
    let length = rest.find(ends_word).unwrap_or(rest.len());
    Ok((TokenKind::Word(rest[..length].to_owned()), length))
}

fn ends_word(next: char) -> bool {
    next.is_whitespace() || "=!<>(),\"'".contains(next)
}

/// Reads a text up to the quote that closes it; a backslash takes the next character as it is.
fn quoted(rest: &str, quote: char) -> Option<(TokenKind, usize)> {
    let mut text = String::new();
    let mut characters = rest.char_indices().skip(1);
    while let Some((at, next)) = characters.next() {
        if next == quote {
            return Some((TokenKind::Quoted(text), at + 1));
        }
        text.push(if next == '\\' { characters.next()?.1 } else { next });
    }
    None
}
