//! Patterns of paths: `*` and `?` within a name, `**` over folders, `[a-z]`, `{one,other}`.

use regex::Regex;

/// Longest pattern, characters.
const PATTERN_CHARS_MAX: usize = 1_000;

/// A pattern of paths. Names that begin with a dot are matched only by a dot.
#[derive(Clone, Debug)]
pub struct Glob {
    regex: Regex,
    /// The folder that all matches are in, without a `/` at its end.
    root: String,
    /// Whether matches may be in folders of any depth below the root.
    is_deep: bool,
    /// How many folders below the root matches are otherwise.
    depth: usize,
}

impl Glob {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(pattern: &str) -> Result<Self, String> {
        if pattern.is_empty() || pattern.chars().count() > PATTERN_CHARS_MAX {
            return Err(format!("a pattern has 1 to {PATTERN_CHARS_MAX} characters"));
        }
        let regex = Regex::new(&translated(pattern)?)
            .map_err(|_| format!("'{pattern}' is no pattern of paths"))?;
        let literal = pattern.find(['*', '?', '[', '{', '\\']).unwrap_or(pattern.len());
        let root = pattern[..literal].rfind('/').map_or("", |slash| &pattern[..slash]);
        let below = pattern[root.len()..].trim_start_matches('/');
        Ok(Self {
            regex,
            root: root.to_owned(),
            is_deep: below.contains("**"),
            depth: below.matches('/').count(),
        })
    }

    /// Whether a path is as the pattern says.
    pub fn matches(&self, path: &str) -> bool {
        self.regex.is_match(path)
    }

    /// Returns the folder that all matches are in, without a `/` at its end.
    pub fn root(&self) -> &str {
        &self.root
    }

    /// Whether a folder so many folders below the root can hold matches.
    pub fn reaches(&self, depth: usize) -> bool {
        self.is_deep || depth <= self.depth
    }
}

/// Whether one of the patterns matches; without patterns, none does.
pub fn any(patterns: &[Glob], text: &str) -> bool {
    patterns.iter().any(|pattern| pattern.matches(text))
}

/// Reads patterns.
///
/// # Errors
/// What is wrong with one of them.
pub fn all<T: AsRef<str>>(patterns: &[T]) -> Result<Vec<Glob>, String> {
    patterns.iter().map(|pattern| Glob::parse(pattern.as_ref())).collect()
}

fn translated(pattern: &str) -> Result<String, String> {
    let mut regex = String::from("^");
    let mut chars = pattern.chars().peekable();
    let mut is_name_begin = true;
    let mut braces = 0;
    while let Some(c) = chars.next() {
        let begins_name = std::mem::replace(&mut is_name_begin, c == '/');
        let visible = if begins_name { "[^/.]" } else { "[^/]" };
        match c {
            '*' if chars.peek() == Some(&'*') => {
                chars.next();
                if chars.peek() == Some(&'/') {
                    chars.next();
                    regex.push_str("(?:[^/.][^/]*/)*");
                    is_name_begin = true;
                } else {
                    regex.push_str("(?:[^/.][^/]*(?:/[^/.][^/]*)*)?");
                }
            }
            '*' if begins_name => regex.push_str("(?:[^/.][^/]*)?"),
            '*' => regex.push_str("[^/]*"),
            '?' => regex.push_str(visible),
            '[' => regex.push_str(&class(&mut chars).ok_or("a '[' has no ']'")?),
            '{' => {
                braces += 1;
                regex.push_str("(?:");
                is_name_begin = begins_name;
            }
            '}' if braces > 0 => {
                braces -= 1;
                regex.push(')');
            }
            ',' if braces > 0 => regex.push('|'),
            '\\' => {
                let escaped = chars.next().ok_or("a pattern does not end with a '\\'")?;
                regex.push_str(&regex::escape(escaped.encode_utf8(&mut [0; 4])));
            }
            other => regex.push_str(&regex::escape(other.encode_utf8(&mut [0; 4]))),
        }
    }
    if braces > 0 {
        return Err("a '{' has no '}'".into());
    }
    regex.push('$');
    Ok(regex)
}

/// Translates what follows a `[`.
fn class(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<String> {
    let mut class = String::from("[");
    if matches!(chars.peek(), Some('!' | '^')) {
        chars.next();
        class.push_str("^/");
    }
    let mut is_first = true;
    for c in chars {
        match c {
            ']' if !is_first => {
                class.push(']');
                return Some(class);
            }
            '-' => class.push('-'),
            other => class.push_str(&regex::escape(other.encode_utf8(&mut [0; 4]))),
        }
        is_first = false;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, yes: &[&str], no: &[&str]) {
        let glob = Glob::parse(pattern).unwrap();
        for path in yes {
            assert!(glob.matches(path), "{pattern} {path}");
        }
        for path in no {
            assert!(!glob.matches(path), "{pattern} {path}");
        }
    }

    #[test]
    fn stars_stay_in_a_name_and_two_of_them_do_not() {
        check(
            "/in/*.csv",
            &["/in/a.csv"],
            &["/in/a.csvx", "/in/b/a.csv", "/in/.a.csv", "/in/acsv"],
        );
        check("/in/**/*.csv", &["/in/a.csv", "/in/b/c/a.csv"], &["/in/.b/a.csv", "/out/a.csv"]);
        check("services/**", &["services/a", "services/a/b.rs"], &["service/a"]);
        check("release/*", &["release/1"], &["release/1/2", "main"]);
        check("**", &["main", "a/b"], &[".git"]);
    }

    #[test]
    fn single_characters_classes_and_alternatives_match() {
        check("a?c", &["abc"], &["a/c", "ac", "abbc"]);
        check("v[0-9].[!x]", &["v1.0"], &["va.0", "v1.x", "v1./"]);
        check("*.{csv,json}", &["a.csv", "b.json"], &["a.xml", "a.csv.json.x"]);
        check("a+(b)\\*", &["a+(b)*"], &["aab", "a+(b)x"]);
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for pattern in ["", "[a", "{a", "a\\", "[z-a]"] {
            assert!(Glob::parse(pattern).is_err(), "{pattern}");
        }
        assert!(Glob::parse(&"*".repeat(1_001)).is_err());
    }

    #[test]
    fn the_root_is_the_folder_before_the_first_sign() {
        let glob = |pattern| Glob::parse(pattern).unwrap();
        assert_eq!(glob("/data/in/*.csv").root(), "/data/in");
        assert_eq!(glob("/data/*/x.csv").root(), "/data");
        assert_eq!(glob("/data/a.csv").root(), "/data");
        assert_eq!(glob("*.csv").root(), "");
        assert!(glob("/data/*/x.csv").reaches(1) && !glob("/data/*/x.csv").reaches(2));
        assert!(glob("/data/**/x.csv").reaches(9));
    }
}
