//! The commands that are being written, as far as they decide what the shell does with their words.

use std::collections::BTreeSet;

/// Words before a command that are no part of it.
const KEYWORDS: [&str; 10] =
    ["if", "then", "elif", "else", "while", "until", "do", "{", "!", "time"];
/// Commands that run the command after them.
const PREFIXES: [&str; 2] = ["builtin", "command"];
/// Variables whose values are always evaluated.
const INTEGERS: [&str; 2] = ["OPTIND", "RANDOM"];
/// Others of that kind.
const MORE_INTEGERS: [&str; 4] = ["BASHPID", "HISTCMD", "PS4", "SRANDOM"];

/// The variables of a script whose values are not only text.
#[derive(Debug)]
pub(super) struct Variables {
    /// Those whose values are evaluated.
    integers: BTreeSet<String>,
    /// Arrays, whose values are evaluated where they are declared again.
    arrays: BTreeSet<String>,
    /// Whether those that a script declares are noted.
    notes: bool,
}

impl Default for Variables {
    fn default() -> Self {
        let integers = INTEGERS.map(Into::into).into();
        Self { integers, arrays: BTreeSet::new(), notes: false }
    }
}

impl Variables {
    /// Begins to note those that a script declares, beside those that a shell has by itself.
    pub(super) fn noted() -> Self {
        let mut known = Self { notes: true, ..Self::default() };
        known.integers.extend(MORE_INTEGERS.map(Into::into));
        known
    }

    fn note(&mut self, name: &str, has: impl Fn(fn(&str) -> bool) -> bool) {
        if self.notes && has(|option| option.contains('i')) {
            self.integers.insert(name.into());
        } else if self.notes && has(|option| option.contains(['a', 'A'])) {
            self.arrays.insert(name.into());
        }
    }
}

/// A simple command up to some place.
#[derive(Debug, Default)]
pub(super) struct Command {
    name: Option<String>,
    /// The words with a hyphen.
    options: Vec<String>,
    /// Whether it sets a variable whose value is evaluated, without an assignment.
    sets: bool,
    /// What there is of the last word, without its quotes.
    word: String,
    /// Whether the last word is where input comes from or output goes.
    redirects: bool,
}

impl Command {
    /// Reads `text`, in which no character ends a word if it is quoted; notes what it declares.
    pub(super) fn pass(&mut self, text: &str, is_quoted: bool, known: &mut Variables) {
        for c in text.chars() {
            match c {
                '"' | '\'' | '\\' => {}
                _ if is_quoted => self.word.push(c),
                '&' if self.redirects && self.word.is_empty() => {}
                ';' | '&' | '|' | '(' | ')' | '\n' => {
                    self.end_word(known);
                    *self = Self::default();
                }
                '<' | '>' => {
                    self.end_word(known);
                    self.redirects = true;
                }
                _ if c.is_whitespace() => self.end_word(known),
                _ => self.word.push(c),
            }
        }
    }

    fn end_word(&mut self, known: &mut Variables) {
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
        } else if self.name.is_some() {
            self.argument(&word, known);
        } else if !word.contains('=') && !PREFIXES.contains(&&*word) {
            self.name = Some(word);
        }
    }

    fn argument(&mut self, word: &str, known: &mut Variables) {
        if self.declares() {
            known.note(name_of(word), |found| self.has(found));
        }
        let name = self.name.as_deref().unwrap_or_default();
        let may_set = ["for", "mapfile", "printf", "read", "readarray", "select"].contains(&name);
        self.sets |= may_set && known.integers.contains(word);
    }

    /// Whether the shell evaluates the text of the word that is being written.
    pub(super) fn evaluates(&self, known: &Variables) -> bool {
        if self.sets || self.assigns_evaluated(known) {
            return true;
        }
        let Some(name) = &self.name else { return false };
        !self.redirects
            && match &**name {
                "compgen" | "eval" | "getopts" | "let" | "mapfile" | "read" | "readarray"
                | "trap" | "unset" => true,
                // Names can have subscripts; integers, references and arrays are evaluated.
                _ if self.declares() => {
                    !self.word.contains('=')
                        || self.has(|option| option.contains(['a', 'A', 'i', 'n']))
                }
                "printf" => self.has(|option| option.starts_with("-v")),
                "test" | "[" => self.has(|option| ["-v", "-R"].contains(&option)),
                "wait" => self.has(|option| option.contains('p')),
                _ => false,
            }
    }

    /// Whether the word assigns to a variable whose value is evaluated by that.
    fn assigns_evaluated(&self, known: &Variables) -> bool {
        let name = name_of(&self.word);
        match self.name {
            _ if !self.word.contains('=') => false,
            None => known.integers.contains(name),
            Some(_) if self.declares() => {
                known.integers.contains(name) || known.arrays.contains(name)
            }
            Some(_) => false,
        }
    }

    fn declares(&self) -> bool {
        let name = self.name.as_deref().unwrap_or_default();
        ["declare", "export", "local", "readonly", "typeset"].contains(&name)
    }

    fn has(&self, found: fn(&str) -> bool) -> bool {
        self.options.iter().any(|option| found(option))
    }
}

/// Returns the name of the variable that a word declares or assigns to.
fn name_of(word: &str) -> &str {
    &word[..word.find(['=', '+', '[']).unwrap_or(word.len())]
}
