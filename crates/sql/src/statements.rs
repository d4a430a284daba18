//! Cuts a text into statements and finds the names of bound values in it.
//!
//! Quotes, comments and PostgreSQL's `$tag$` texts are passed over; `::type` is no name.

/// A statement with numbered places for its values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Statement {
    /// Its text, with `$1` for the first name.
    pub(crate) text: String,
    /// The names, in the order of their numbers.
    pub(crate) names: Vec<String>,
}

/// Cuts `text` into statements; those that are blank or only comments are left out.
pub(crate) fn split(text: &str) -> Vec<Statement> {
    let mut found = Vec::new();
    let mut at = Statement::default();
    let mut is_blank = true;
    let mut rest = text;
    while !rest.is_empty() {
        let (token, length) = token(rest, at.text.chars().next_back());
        let (taken, after) = rest.split_at(length);
        rest = after;
        match token {
            Token::End => {
                let whole = std::mem::take(&mut at);
                found.extend((!is_blank).then_some(whole));
                is_blank = true;
            }
            Token::Name => {
                let name = &taken[1..];
                let known = at.names.iter().position(|known| known == name);
                let place = known.unwrap_or_else(|| {
                    at.names.push(name.to_owned());
                    at.names.len() - 1
                });
                at.text.push('$');
                at.text.push_str(&(place + 1).to_string());
                is_blank = false;
            }
            Token::Comment => at.text.push_str(taken),
            Token::Other => {
                is_blank &= taken.chars().all(char::is_whitespace);
                at.text.push_str(taken);
            }
        }
    }
    found.extend((!is_blank).then_some(at));
    found
}

/// Returns the word that a statement begins with, behind comments.
pub(crate) fn first_word(mut text: &str) -> &str {
    loop {
        text = text.trim_start();
        if text.is_empty() {
            return text;
        }
        let (first, length) = token(text, None);
        if first != Token::Comment {
            let end = text.find(|c| !is_word(c)).unwrap_or(text.len());
            return &text[..end];
        }
        text = &text[length..];
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Token {
    /// `;`
    End,
    /// `:name`
    Name,
    Comment,
    Other,
}

/// Returns what `text` begins with and how long that is.
fn token(text: &str, before: Option<char>) -> (Token, usize) {
    let first = text.chars().next().expect("there is text left");
    match first {
        ';' => (Token::End, 1),
        '\'' if matches!(before, Some('E' | 'e')) => (Token::Other, quoted(text, '\'', true)),
        '\'' | '"' => (Token::Other, quoted(text, first, false)),
        '-' if text.starts_with("--") => {
            (Token::Comment, text.find('\n').map_or(text.len(), |end| end + 1))
        }
        '/' if text.starts_with("/*") => (Token::Comment, comment(text)),
        '$' if !before.is_some_and(is_word) => (Token::Other, dollar_quoted(text).unwrap_or(1)),
        ':' if text.starts_with("::") => (Token::Other, 2),
        ':' if !before.is_some_and(is_word) => {
            let name = text[1..].find(|c| !is_word(c)).unwrap_or(text.len() - 1);
            let begins = text[1..].starts_with(|c: char| c.is_alphabetic() || c == '_');
            if begins { (Token::Name, 1 + name) } else { (Token::Other, 1) }
        }
        first => (Token::Other, first.len_utf8()),
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Returns the length of a quoted text; a doubled quote is part of it.
fn quoted(text: &str, quote: char, has_escapes: bool) -> usize {
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, character)) = characters.next() {
        if has_escapes && character == '\\' {
            characters.next();
        } else if character == quote && characters.next_if(|(_, next)| *next == quote).is_none() {
            return at + quote.len_utf8();
        }
    }
    text.len()
}

/// Returns the length of a comment; comments may contain others.
fn comment(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut depth, mut at) = (0, 0);
    while at + 1 < bytes.len() {
        match &bytes[at..at + 2] {
            b"/*" => (depth, at) = (depth + 1, at + 2),
            b"*/" => {
                (depth, at) = (depth - 1, at + 2);
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    text.len()
}

/// Returns the length of a text between `$tag$` and the next `$tag$`.
fn dollar_quoted(text: &str) -> Option<usize> {
    let end = 1 + text[1..].find('$')?;
    let tag = &text[..=end];
    if !tag[1..end].chars().all(is_word) || tag[1..].starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let close = text[end + 1..].find(tag)?;
    Some(end + 1 + close + tag.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<(String, String)> {
        split(text)
            .into_iter()
            .map(|one| (one.text.trim().to_owned(), one.names.join(",")))
            .collect()
    }

    fn check(text: &str, expected: &[(&str, &str)]) {
        let expected: Vec<_> = expected
            .iter()
            .map(|(text, names)| ((*text).to_owned(), (*names).to_owned()))
            .collect();
        assert_eq!(cut(text), expected, "{text}");
    }

    #[test]
    fn names_are_numbered_and_one_that_comes_again_has_its_number() {
        check("select :a, :b_1, :a", &[("select $1, $2, $1", "a,b_1")]);
        check(
            "select :a; delete from t where x = :b;",
            &[("select $1", "a"), ("delete from t where x = $1", "b")],
        );
    }

    #[test]
    fn what_only_looks_like_a_name_or_an_end_stays() {
        for text in [
            "select ':a; '' b' as \":x;y\"",
            "select 1::text, a[1:2], '12:30'",
            "select E'it\\'s; :a'",
            "select $$ ; :a $$, $t$ ; $$ :b $t$",
            "select 1 /* ; :a /* ; */ :b */ + 2",
            "select 1 -- ; :a\n + 2",
        ] {
            check(text, &[(text, "")]);
        }
    }

    #[test]
    fn blank_statements_are_left_out() {
        check(";; -- nothing\n ; /* nothing */ ; select 1 ; ", &[("select 1", "")]);
        check("", &[]);
    }

    #[test]
    fn whatever_does_not_end_ends_with_the_text() {
        for text in ["select 'a;", "select \"a;", "select /* a;", "select $$ a;1", "select :"] {
            assert!(!split(text).is_empty(), "{text}");
        }
    }
}
