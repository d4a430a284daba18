//! Views of a Rust source file: without its comments and literals, and without its tests.

/// The part of a file before its inline test module. Tests stand last in a file.
pub(crate) fn before_tests(text: &str) -> &str {
    let mut rest_at = 0;
    while let Some(found) = text[rest_at..].find("#[cfg(test)]") {
        let at = rest_at + found;
        let after = text[at + "#[cfg(test)]".len()..].trim_start();
        if after.starts_with("mod ") && after.split_once('\n').is_some_and(|(l, _)| l.contains('{'))
        {
            return &text[..at];
        }
        rest_at = at + 1;
    }
    text
}

/// Whether a file holds tests only, by its place or its name.
pub(crate) fn is_test_file(path: &str) -> bool {
    path.split('/').any(|part| part == "tests" || part == "benches" || part == "tests.rs")
}

/// The code of a file: comments, strings and characters become blanks, line breaks stay.
pub(crate) fn code(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < bytes.len() {
        let end = literal_or_comment_end(bytes, at);
        if end == at {
            out.push(char::from(bytes[at]));
            at += 1;
        } else {
            out.extend(bytes[at..end].iter().map(|byte| if *byte == b'\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    out
}

/// Where the comment or literal that starts at `at` ends, or `at` when none starts there.
fn literal_or_comment_end(bytes: &[u8], at: usize) -> usize {
    let rest = &bytes[at..];
    match rest {
        [b'/', b'/', ..] => at + rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len()),
        [b'/', b'*', ..] => block_comment_end(bytes, at),
        [b'"', ..] => string_end(bytes, at + 1),
        [b'r', b'"' | b'#', ..] if !continues_word(bytes, at) => raw_string_end(bytes, at),
        [b'\'', b'\\', ..] => {
            let close = rest[2..].iter().skip(1).position(|b| *b == b'\'');
            at + close.map_or(rest.len(), |close| close + 4)
        }
        [b'\'', b, b'\'', ..] if b.is_ascii() => at + 3,
        _ => at,
    }
}

fn continues_word(bytes: &[u8], at: usize) -> bool {
    at > 0
        && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_')
        && bytes[at - 1] != b'b'
}

fn block_comment_end(bytes: &[u8], at: usize) -> usize {
    let mut depth = 0_usize;
    let mut end = at;
    while end < bytes.len() {
        match &bytes[end..] {
            [b'/', b'*', ..] => {
                depth += 1;
                end += 2;
            }
            [b'*', b'/', ..] => {
                depth -= 1;
                end += 2;
                if depth == 0 {
                    return end;
                }
            }
            _ => end += 1,
        }
    }
    end
}

fn string_end(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// The end of `r"…"` or `r#"…"#`; `at` itself for a raw identifier such as `r#type`.
fn raw_string_end(bytes: &[u8], at: usize) -> usize {
    let hashes = bytes[at + 1..].iter().take_while(|b| **b == b'#').count();
    let open = at + 1 + hashes;
    if bytes.get(open) != Some(&b'"') {
        return at;
    }
    let mut end = open + 1;
    while end < bytes.len() {
        let closes = bytes[end] == b'"'
            && bytes[end + 1..].iter().take(hashes).filter(|b| **b == b'#').count() == hashes;
        if closes {
            return end + 1 + hashes;
        }
        end += 1;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_no_code() {
        let text = "a // std::fs\nb \"std::net\" c /* x /* y */ z */ d r#\"q\"#; e '\"' f '\\'' g";
        let bare = code(text);
        let words: Vec<&str> = bare.split_whitespace().collect();
        assert_eq!(words, ["a", "b", "c", "d", ";", "e", "f", "g"]);
        assert_eq!(bare.lines().count(), text.lines().count());
    }

    #[test]
    fn lifetimes_and_raw_identifiers_are_code() {
        assert_eq!(code("fn f<'a>(r#type: &'a str)"), "fn f<'a>(r#type: &'a str)");
    }

    #[test]
    fn the_inline_test_module_is_cut_off() {
        assert_eq!(before_tests("code\n#[cfg(test)]\nmod tests {\n}"), "code\n");
        assert_eq!(
            before_tests("#[cfg(test)]\nmod tests;\ncode"),
            "#[cfg(test)]\nmod tests;\ncode"
        );
    }
}
