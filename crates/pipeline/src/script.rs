//! Scripts: expressions in them become variables of the environment, never text of the script.

mod power_shell;
mod unix_shell;

use std::sync::Arc;

use crate::Code;
use crate::expression::{Expression, Names, Origin, Part, parts};
use crate::fields::Reader;
use crate::source::Node;

/// What runs a script.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Shell {
    /// `bash -euo pipefail`.
    #[default]
    Bash,
    /// `sh`.
    Sh,
    /// `pwsh`.
    PowerShell,
    /// `python`.
    Python,
    /// `node`.
    Node,
    /// A command in which `{0}` stands for the script's file.
    Command(Arc<str>),
}

impl Shell {
    /// Returns the command that runs a script, which is its last argument or stands for `{0}`.
    pub(crate) fn command(&self) -> Vec<&str> {
        match self {
            Self::Bash => vec!["bash", "-euo", "pipefail", "-c"],
            Self::Sh => vec!["sh", "-e", "-c"],
            Self::PowerShell => vec!["pwsh", "-NoProfile", "-Command"],
            Self::Python => vec!["python3", "-c"],
            Self::Node => vec!["node", "-e"],
            Self::Command(command) => command.split_whitespace().collect(),
        }
    }
}

const SHELLS: [(&str, Shell); 5] = [
    ("bash", Shell::Bash),
    ("sh", Shell::Sh),
    ("pwsh", Shell::PowerShell),
    ("python", Shell::Python),
    ("node", Shell::Node),
];

/// A script and the variables that its expressions became.
#[derive(Clone, Debug)]
pub struct Script {
    /// The text that is run; expressions are replaced by references to variables.
    pub text: Arc<str>,
    /// The variables and what each one holds, beside those of `env`.
    pub variables: Vec<(Arc<str>, Expression)>,
}

/// Where in a script an expression stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Where a value is split into words unless it is quoted.
    Bare,
    /// In double quotes or a here-document, where variables are replaced.
    Quoted,
    /// In single quotes, where nothing is replaced.
    SingleQuoted,
    /// In a here-document whose delimiter is quoted, where nothing is replaced.
    QuotedDocument,
    /// Where the shell evaluates the text of variables, such as in `$((…))`.
    Evaluated,
    /// In a comment.
    Comment,
}

/// Follows the quotes of a script.
trait Quotes {
    /// Reads a piece of the script.
    fn pass(&mut self, piece: &str);
    /// Returns where the next character stands.
    fn place(&self) -> Place;
    /// Writes a reference to the variable `name`.
    fn reference(&self, name: &str) -> String;
}

impl Reader<'_> {
    /// Reads `shell`.
    pub(crate) fn shell(&mut self, node: &Node) -> Option<Shell> {
        let text = self.text(node)?;
        if let Some((_, shell)) = SHELLS.iter().find(|(name, _)| *name == &*text) {
            return Some(shell.clone());
        }
        if text.contains("{0}") {
            return Some(Shell::Command(text));
        }
        let hint = self.report.nearest(&text, SHELLS.iter().map(|(name, _)| *name));
        let hint = hint.unwrap_or_else(|| {
            "write bash, sh, pwsh, python, node, or a command with '{0}' for the script's file"
                .to_owned()
        });
        self.refuse(node, "this is no shell", &hint)
    }

    /// Reads a script for `shell`.
    pub(crate) fn script(
        &mut self,
        node: &Node,
        shell: &Shell,
        names: Names<'_>,
    ) -> Option<Script> {
        let Some(origin) = Origin::of(node) else { return self.expected(node, "a script") };
        self.tell_jinja(origin, true);
        let parts = parts(origin.value);
        let mut quotes: Option<Box<dyn Quotes>> = match shell {
            Shell::Bash | Shell::Sh if self.report.is_stored() => {
                Some(Box::<unix_shell::Quotes>::default())
            }
            Shell::Bash | Shell::Sh => Some(Box::new(unix_shell::Quotes::of(&parts))),
            Shell::PowerShell => Some(Box::<power_shell::Quotes>::default()),
            Shell::Python | Shell::Node | Shell::Command(_) => None,
        };
        let (mut text, mut variables) = (String::new(), Vec::new());
        for part in parts {
            match part {
                Part::Literal(piece) => {
                    text.push_str(piece);
                    if let Some(quotes) = &mut quotes {
                        quotes.pass(piece);
                    }
                }
                Part::Expression(expression, offset) => {
                    let Some(quotes) = &mut quotes else {
                        self.refuse_shell(offset, origin);
                        return None;
                    };
                    let compiled = self.expression(expression, offset, origin, names.and_hidden());
                    if !self.reaches(quotes.place(), offset, origin) {
                        continue;
                    }
                    let name: Arc<str> = format!("CP_EXPR_{}", variables.len() + 1).into();
                    let reference = quotes.reference(&name);
                    quotes.pass(&reference);
                    text.push_str(&reference);
                    variables.extend(compiled.map(|compiled| (name, compiled)));
                }
                Part::Open(offset) => self.open_expression(offset, origin),
            }
        }
        Some(Script { text: text.into(), variables })
    }

    /// Whether the shell replaces a variable at `place`; reports it if not.
    fn reaches(&mut self, place: Place, offset: usize, origin: Origin<'_>) -> bool {
        let (message, hint) = match place {
            Place::Bare | Place::Quoted => return true,
            Place::Comment => return false,
            Place::SingleQuoted => (
                "an expression in single quotes stays text, because the shell replaces nothing \
                 there",
                "use double quotes",
            ),
            Place::QuotedDocument => (
                "an expression in a here-document whose delimiter is quoted stays text, because the \
                 shell replaces nothing there",
                "write the delimiter without quotes: <<EOF",
            ),
            Place::Evaluated => (
                "an expression could be code here, because the shell evaluates the text of \
                 variables",
                "calculate in the expression (${{ a + 1 }}), compare with '[ … ]', or set a \
                 variable in 'env' to the expression and check it in the script before this",
            ),
        };
        let span = self.report.inside(origin.scalar, origin.value, offset);
        self.report.hint(Code::UnreachableExpression, span, message, hint);
        false
    }

    fn refuse_shell(&mut self, offset: usize, origin: Origin<'_>) {
        let span = self.report.inside(origin.scalar, origin.value, offset);
        let message = "expressions in scripts are for bash, sh and pwsh only";
        let hint = "set a variable in 'env' to the expression and read it in the script";
        self.report.hint(Code::UnreachableExpression, span, message, hint);
    }
}
