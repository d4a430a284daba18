//! Variables: where they are assigned, who reads them.

use std::collections::{BTreeMap, BTreeSet};

use compasso_types::limits::NAME_CHARS_MAX;
use compasso_types::suggestion;

use crate::Code;
use crate::cursor::Cursor;
use crate::outline::{BlockId, Outline, StateOutline};
use crate::report::{Problem, Report};
use crate::schema::Language;
use crate::source::Node;

/// The name that stands for the input, result and context in expressions.
const RESERVED: &str = "states";

/// What is known about the variables of a definition.
pub(crate) struct Variables {
    /// For each name, the blocks whose states assign it.
    assigned: BTreeMap<String, BTreeSet<BlockId>>,
    references: BTreeMap<String, BTreeSet<String>>,
    /// Whether others may be assigned where nobody can look.
    others: bool,
}

impl Variables {
    /// Finds all assignments of `outline`.
    pub(crate) fn new(outline: &Outline<'_>) -> Self {
        let mut assigned: BTreeMap<String, BTreeSet<BlockId>> = BTreeMap::new();
        for state in outline.state_ids().map(|id| outline.state(id)) {
            for name in assignments(state) {
                assigned.entry(name.to_owned()).or_default().insert(state.block);
            }
        }
        Self { assigned, references: BTreeMap::new(), others: false }
    }

    /// Lets states read variables that are assigned nowhere in the definition.
    pub(crate) fn and_others(self) -> Self {
        Self { others: true, ..self }
    }

    /// Returns, for each state that reads variables, the names it reads.
    pub(crate) fn into_references(self) -> BTreeMap<String, Vec<String>> {
        let sorted = self.references.into_iter();
        sorted.map(|(state, names)| (state, names.into_iter().collect())).collect()
    }

    /// Notes that the state called `state` reads the variable `name`.
    pub(crate) fn note_read(&mut self, state: &str, name: &str) {
        match self.references.get_mut(state) {
            Some(names) => {
                names.insert(name.to_owned());
            }
            None => {
                self.references.insert(state.to_owned(), BTreeSet::from([name.to_owned()]));
            }
        }
    }

    /// Returns why a state of `block` that reads `name` would find nothing, if that is certain.
    pub(crate) fn refuse_read(
        &self,
        report: &mut Report<'_>,
        outline: &Outline<'_>,
        block: BlockId,
        name: &str,
    ) -> Option<(String, Option<String>)> {
        let Some(blocks) = self.assigned.get(name) else {
            if self.others {
                return None;
            }
            let names = self.assigned.keys().map(String::as_str);
            let hint = report.search(|| suggestion::nearest(name, names));
            return Some((format!("The variable '{name}' is never assigned"), hint));
        };
        let mut visible = outline.visible_from(block);
        if visible.any(|block| blocks.contains(&block)) {
            return None;
        }
        let message =
            format!("The variable '{name}' is not visible here: it is assigned in another block");
        Some((message, None))
    }

    /// Checks the name of a variable that a state of `block` assigns at `member`.
    pub(crate) fn check_assignment(
        &self,
        report: &mut Report<'_>,
        outline: &Outline<'_>,
        block: BlockId,
        language: Language,
        member: &Cursor<'_>,
    ) {
        let name = assigned_name(member.name(), language);
        let problem = if name == RESERVED {
            let message = format!("Cannot assign to reserved variable '${RESERVED}'.");
            Some(Problem::error(Code::ReservedVariableName, message))
        } else if !is_name(name) {
            let message = format!(
                "Invalid variable name '{name}': the variable name contains invalid characters."
            );
            let hint = format!(
                "use 1 to {NAME_CHARS_MAX} letters, digits and underscores, a letter first"
            );
            Some(Problem::error(Code::InvalidVariableName, message).hint(Some(hint)))
        } else {
            self.assigned.get(name).and_then(|blocks| {
                let mut outer = outline.visible_from(block).skip(1);
                let taken = outer.any(|block| blocks.contains(&block));
                taken.then(|| {
                    let message = format!(
                        "The variable '{name}' belongs to an outer block and cannot be assigned here"
                    );
                    Problem::error(Code::SchemaValidationFailed, message)
                })
            })
        };
        if let Some(problem) = problem {
            report.problem_of_name(member, problem);
        }
    }
}

/// Returns the names of the variables that `state` assigns.
fn assignments<'n>(state: &StateOutline<'n>) -> impl Iterator<Item = &'n str> {
    let node: &'n Node = &state.member.value;
    let language = state.language;
    let elements = ["Choices", "Catch"].into_iter().filter_map(|field| node.get(field));
    let objects = std::iter::once(node).chain(elements.flat_map(Node::items));
    let assigns = objects.filter_map(|object| object.get("Assign"));
    assigns.flat_map(Node::members).map(move |member| assigned_name(&member.key, language))
}

/// Returns the variable that a member of `Assign` sets.
fn assigned_name(key: &str, language: Language) -> &str {
    match language {
        Language::JsonPath => key.strip_suffix(".$").unwrap_or(key),
        Language::Jsonata => key,
    }
}

/// Returns whether `name` is an identifier of Unicode's annex 31 and not too long.
fn is_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(unicode_ident::is_xid_start)
        && chars.all(unicode_ident::is_xid_continue)
        && name.chars().count() <= NAME_CHARS_MAX
}
