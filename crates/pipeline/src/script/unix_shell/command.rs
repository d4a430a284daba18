//! The command that is being written, as far as it decides what the shell does with its words.

/// Words before a command that are no part of it.
const KEYWORDS: [&str; 10] =
    ["if", "then", "elif", "else", "while", "until", "do", "{", "!", "time"];
/// Commands that run the command after them.
const PREFIXES: [&str; 2] = ["builtin", "command"];
/// The beginnings of words that set variables whose values are always evaluated.
const INTEGERS: [&str; 4] = ["OPTIND=", "OPTIND+=", "RANDOM=", "RANDOM+="];

/// A simple command up to some place.
#[derive(Debug, Default)]
pub(super) struct Command {
    name: Option<String>,
    /// The words with a hyphen.
    options: Vec<String>,
    /// What there is of the last word, without its quotes.
    word: String,
    /// Whether the last word is where input comes from or output goes.
    redirects: bool,
}

impl Command {
    /// Reads `text`, in which no character ends a word if it is quoted.
    pub(super) fn pass(&mut self, text: &str, is_quoted: bool) {
        for c in text.chars() {
            match c {
                '"' | '\'' | '\\' => {}
                _ if is_quoted => self.word.push(c),
                '&' if self.redirects && self.word.is_empty() => {}
                ';' | '&' | '|' | '(' | ')' | '\n' => *self = Self::default(),
                '<' | '>' => {
                    self.end_word();
                    self.redirects = true;
                }
                _ if c.is_whitespace() => self.end_word(),
                _ => self.word.push(c),
            }
        }
    }

    fn end_word(&mut self) {
        if self.word.is_empty() {
            return;
        }
        let word = std::mem::take(&mut self.word);
        if std::mem::take(&mut self.redirects) {
            return;
        }
        if KEYWORDS.contains(&&*word) {
            *self = Self::default();
        } else if word.starts_with('-') {
            self.options.push(word);
        } else if self.name.is_none() && !word.contains('=') && !PREFIXES.contains(&&*word) {
            self.name = Some(word);
        }
    }

    /// Whether the shell evaluates the text of the word that is being written.
    pub(super) fn evaluates(&self) -> bool {
        let has = |found: fn(&str) -> bool| self.options.iter().any(|option| found(option));
        if INTEGERS.iter().any(|beginning| self.word.starts_with(beginning)) {
            return true;
        }
        let Some(name) = &self.name else { return false };
        !self.redirects
            && match &**name {
                "eval" | "getopts" | "let" | "mapfile" | "read" | "readarray" | "trap"
                | "unset" => true,
                // Names can have subscripts; integers, references and arrays are evaluated.
                "declare" | "export" | "local" | "readonly" | "typeset" => {
                    !self.word.contains('=') || has(|option| option.contains(['a', 'A', 'i', 'n']))
                }
                "printf" => has(|option| option.starts_with("-v")),
                "test" | "[" => has(|option| ["-v", "-R"].contains(&option)),
                _ => false,
            }
    }
}
