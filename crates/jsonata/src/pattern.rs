//! Regular expressions: JavaScript's syntax on an engine whose time is linear.
//!
//! Look-around and back-references, which need backtracking, are refused when the expression is
//! compiled.

use regex::{Regex, RegexBuilder};

/// Largest compiled form of one regular expression, bytes.
const SIZE_MAX: usize = 256 * 1024;

/// A compiled regular expression.
#[derive(Debug)]
pub(crate) struct Pattern {
    pub(crate) regex: Regex,
}

impl Pattern {
    /// Compiles a pattern written for JavaScript.
    pub(crate) fn compile(pattern: &str, flags: &str) -> Result<Self, String> {
        RegexBuilder::new(&translate(pattern))
            .case_insensitive(flags.contains('i'))
            .multi_line(flags.contains('m'))
            .size_limit(SIZE_MAX)
            .dfa_size_limit(SIZE_MAX)
            .nest_limit(50)
            .build()
            .map(|regex| Self { regex })
            .map_err(|_| format!("Invalid regular expression: /{pattern}/{flags}"))
    }
}

/// Rewrites what means something else to the regex crate than to JavaScript.
fn translate(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut characters = pattern.chars().peekable();
    let mut class = false;
    while let Some(c) = characters.next() {
        match c {
            '\\' => {
                let escaped = characters.next().unwrap_or('\\');
                translate_escape(escaped, class, &mut out);
            }
            '[' if class => out.push_str("\\["),
            '[' => {
                class = true;
                out.push('[');
                if characters.peek() == Some(&'^') {
                    characters.next();
                    out.push('^');
                }
                // JavaScript's `[]` matches nothing and `[^]` anything; both end here.
                if characters.peek() == Some(&']') {
                    characters.next();
                    let anything = out.ends_with('^');
                    out.truncate(out.len() - 1 - usize::from(anything));
                    out.push_str(if anything { "(?s:.)" } else { "[^\\s\\S]" });
                    class = false;
                }
            }
            ']' => {
                out.push(']');
                class = false;
            }
            '&' | '~' if class => {
                out.push('\\');
                out.push(c);
            }
            '-' if class && characters.peek() == Some(&'-') => out.push_str("\\-"),
            '.' if !class => out.push_str("[^\\n\\r\\u{2028}\\u{2029}]"),
            '{' if !class && !is_quantifier(characters.clone()) => out.push_str("\\{"),
            c => out.push(c),
        }
    }
    out
}

fn is_quantifier(rest: impl Iterator<Item = char>) -> bool {
    let body: String = rest.take_while(|c| c.is_ascii_digit() || matches!(c, ',' | '}')).collect();
    body.find('}').is_some_and(|end| end > 0 && !body.starts_with(','))
}

fn translate_escape(escaped: char, class: bool, out: &mut String) {
    match escaped {
        'd' => out.push_str(if class { "0-9" } else { "[0-9]" }),
        'D' => out.push_str("[^0-9]"),
        'w' => out.push_str(if class { "A-Za-z0-9_" } else { "[A-Za-z0-9_]" }),
        'W' => out.push_str("[^A-Za-z0-9_]"),
        'b' if class => out.push_str("\\x08"),
        'b' => out.push_str("(?-u:\\b)"),
        '0' => out.push_str("\\x00"),
        // Escaping these is idle in JavaScript and special to the regex crate.
        '/' | '<' | '>' | '_' | '\'' | '"' | '`' | ':' | ';' | ',' | '@' | '=' | '!' | '%' => {
            if matches!(escaped, '<' | '>') && !class {
                out.push_str(if escaped == '<' { "\\x3C" } else { "\\x3E" });
            } else {
                out.push(escaped);
            }
        }
        other => {
            out.push('\\');
            out.push(other);
        }
    }
}
