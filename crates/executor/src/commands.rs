//! What a script says in its output: `::error name=Foo::text`, `::add-mask::value` and the like, as
//! in workflows of GitHub.

/// A command in a line of output.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// Hide a value from now on.
    AddMask(String),
    /// Why the step fails, if it does.
    Error(Complaint),
}

/// What a script says about its failure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Complaint {
    /// The error's name, if it gives one.
    pub(crate) name: Option<String>,
    /// What is wrong.
    pub(crate) message: String,
}

impl Command {
    /// Reads a line; `None` if there is no command in it that changes anything. Groups, warnings and
    /// notices stay in the log as they are.
    pub(crate) fn of(line: &str) -> Option<Self> {
        let (head, message) = line.trim_start().strip_prefix("::")?.split_once("::")?;
        let (word, properties) = head.split_once(' ').unwrap_or((head, ""));
        match word {
            "add-mask" => Some(Self::AddMask(decoded(message))),
            "error" => {
                let property = |name: &str| {
                    let pairs = properties.split(',').filter_map(|pair| pair.split_once('='));
                    let mut found = pairs.filter(|(key, _)| key.trim() == name);
                    found.next().map(|(_, value)| decoded(value.trim()))
                };
                let name = property("name").filter(|name| !name.is_empty());
                Some(Self::Error(Complaint { name, message: decoded(message) }))
            }
            _ => None,
        }
    }
}

fn decoded(text: &str) -> String {
    [("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")]
        .iter()
        .fold(text.to_owned(), |text, (code, character)| text.replace(code, character))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(name: Option<&str>, message: &str) -> Command {
        let name = name.map(str::to_owned);
        Command::Error(Complaint { name, message: message.to_owned() })
    }

    #[test]
    fn an_error_has_a_name_and_a_message() {
        let line = "::error name=NoStock,file=a.rs::none%0Aleft";
        assert_eq!(Command::of(line), Some(error(Some("NoStock"), "none\nleft")));
        assert_eq!(Command::of("  ::error::plain"), Some(error(None, "plain")));
        assert_eq!(Command::of("::error name=::plain"), Some(error(None, "plain")));
    }

    #[test]
    fn a_mask_is_a_whole_value() {
        let mask = Some(Command::AddMask("a::b 100%".to_owned()));
        assert_eq!(Command::of("::add-mask::a::b 100%25"), mask);
    }

    #[test]
    fn other_lines_are_none() {
        for line in ["", "::", "::error", "a ::error::b", "::group::x", "::warning::x", ": : :: ::"]
        {
            assert_eq!(Command::of(line), None, "{line}");
        }
    }
}
