//! The names that expressions of a field can read.

use std::sync::Arc;

use compasso_jsonata::{Part, Program};

use super::habits::of_other_languages;
use crate::Code;
use crate::fields::Reader;
use crate::tree::Need;

/// A name that is not there everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    /// `task`.
    Task,
    /// `item` and `index`.
    Item,
    /// `matrix`.
    Matrix,
    /// `result`.
    Result,
    /// `output`.
    Output,
    /// `status`, `headers`, `body` and `rows`.
    Answer,
    /// `approval`.
    Approval,
}

/// The names everywhere.
const EVERYWHERE: [&str; 5] = ["params", "vars", "env", "run", "trigger"];

/// The members of `run`; some are only there at its end, or if something is known.
const OF_RUN: [&str; 26] = [
    "id",
    "pipeline",
    "version",
    "namespace",
    "attempt",
    "type",
    "trigger_id",
    "scheduled_at",
    "started_by",
    "again_of",
    "replay_of",
    "queued_at",
    "started_at",
    "interval",
    "date",
    "partition",
    "labels",
    "url",
    "repository",
    "commit",
    "previous",
    "state",
    "error",
    "failed_tasks",
    "output",
    "compensation",
];

/// The other names, and where they are.
const SOMEWHERE: [(&str, Option<Name>, &str); 13] = [
    ("needs", None, "in tasks, outputs and hooks"),
    ("steps", None, "in the steps and the 'outputs' of a task with 'steps'"),
    ("task", Some(Name::Task), "in tasks, their hooks and their 'compensate'"),
    ("item", Some(Name::Item), "in tasks with 'each'"),
    ("index", Some(Name::Item), "in tasks with 'each'"),
    ("matrix", Some(Name::Matrix), "in tasks with 'matrix'"),
    ("result", Some(Name::Result), "in 'outputs'"),
    ("output", Some(Name::Output), "in 'until' and 'while' of 'repeat'"),
    ("status", Some(Name::Answer), "in 'expect'"),
    ("headers", Some(Name::Answer), "in 'expect'"),
    ("body", Some(Name::Answer), "in 'expect'"),
    ("rows", Some(Name::Answer), "in 'expect'"),
    (
        "approval",
        Some(Name::Approval),
        "in 'hooks.on_start' of a task with 'approve' and without 'each'",
    ),
];

/// Returns whether some field has a name.
pub(super) fn is_name_somewhere(name: &str) -> bool {
    EVERYWHERE.contains(&name) || SOMEWHERE.iter().any(|(known, ..)| *known == name)
}

/// The links of an approval.
pub(crate) const LINKS: [&str; 2] = ["approve", "reject"];

/// Returns what stands for a link of an approval in a message, until somebody is sent it.
pub fn link_mark(which: &str) -> String {
    format!("<approval.links.{which}>")
}

/// Which tasks `needs` has.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Needs<'a> {
    /// There is no `needs`.
    Absent,
    /// The declared needs of a task.
    Declared(&'a [Need]),
    /// Every task of the pipeline.
    Every(&'a [Arc<str>]),
}

impl Needs<'_> {
    pub(super) fn has(self, id: &str) -> bool {
        match self {
            Self::Absent => false,
            Self::Declared(needs) => needs.iter().any(|need| &*need.id == id),
            Self::Every(ids) => ids.iter().any(|known| &**known == id),
        }
    }
}

/// The names that an expression can read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Names<'a> {
    pub(super) needs: Needs<'a>,
    /// The ids of the steps so far; `None` where there are none.
    steps: Option<&'a [Arc<str>]>,
    /// What the combinations of the innermost `matrix` have.
    matrix: &'a [Arc<str>],
    extra: u8,
    /// Whether a whole value may be a secret.
    pub(crate) secrets: bool,
    /// Whether it may be a secret that a run is given as well.
    pub(crate) given_secrets: bool,
    /// Whether what it reads may be hidden: it is handed on as it is.
    pub(crate) hidden: bool,
}

impl<'a> Names<'a> {
    /// The names everywhere, and `needs`.
    pub(crate) fn with(needs: Needs<'a>) -> Self {
        Self {
            needs,
            steps: None,
            matrix: &[],
            extra: 0,
            secrets: false,
            given_secrets: false,
            hidden: false,
        }
    }

    /// Adds a name.
    pub(crate) fn and(self, name: Name) -> Self {
        Self { extra: self.extra | 1 << name as u8, ..self }
    }

    /// Adds a name if `is` holds.
    pub(crate) fn and_if(self, is: bool, name: Name) -> Self {
        if is { self.and(name) } else { self }
    }

    /// Adds `steps`.
    pub(crate) fn and_steps(self, steps: &'a [Arc<str>]) -> Self {
        Self { steps: Some(steps), ..self }
    }

    /// Adds `matrix` if there is one, whose combinations have these.
    pub(crate) fn and_matrix(self, keys: Option<&'a [Arc<str>]>) -> Self {
        match keys {
            Some(matrix) => Self { matrix, ..self }.and(Name::Matrix),
            None => self,
        }
    }

    /// Lets whole values be secrets.
    pub(crate) fn and_secrets(self) -> Self {
        Self { secrets: true, given_secrets: true, hidden: true, ..self }
    }

    /// Lets what is read be hidden.
    pub(crate) fn and_hidden(self) -> Self {
        Self { hidden: true, ..self }
    }

    /// Lets whole values be secrets that the server keeps, where there is no run yet.
    pub(crate) fn and_kept_secrets(self) -> Self {
        Self { secrets: true, ..self }
    }

    /// Takes other needs instead.
    pub(crate) fn needing<'b>(self, needs: Needs<'b>) -> Names<'b>
    where
        'a: 'b,
    {
        Names { needs, steps: None, ..self }
    }

    fn lacks_in_matrix(self, key: &str) -> bool {
        // Of one that is no map, that is said.
        !self.matrix.is_empty() && self.matrix.iter().all(|known| &**known != key)
    }

    fn has(self, name: &str) -> bool {
        EVERYWHERE.contains(&name)
            || match name {
                "needs" => !matches!(self.needs, Needs::Absent),
                "steps" => self.steps.is_some(),
                _ => SOMEWHERE.iter().any(|(known, extra, _)| {
                    *known == name && extra.is_some_and(|extra| self.extra & 1 << extra as u8 != 0)
                }),
            }
    }
}

/// What an expression reads that is not there.
pub(super) struct Wrong {
    pub(super) code: Code,
    /// The words to look for in its text.
    pub(super) written: String,
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

impl Reader<'_> {
    /// Returns all that `program` reads and that is not among `names`.
    pub(super) fn unreadable(&mut self, program: &Program, names: Names<'_>) -> Vec<Wrong> {
        let reads = program.document_reads();
        let mut wrong = self.unbound(program);
        if names.has("approval") {
            wrong.extend(self.no_links(program));
        }
        wrong.extend(self.no_fields(program, names));
        wrong.extend(self.never_so(program));
        for (name, part) in reads.members() {
            if &**name == "secrets" {
                wrong.push(misplaced_secret(names));
            } else if !names.has(name) {
                wrong.push(self.unknown(name, names));
            } else if let Part::Members(members) = part {
                let found = members.iter().filter_map(|member| self.member(name, member, names));
                wrong.extend(found.collect::<Vec<_>>());
            }
        }
        wrong
    }

    /// Returns the functions and variables that are not there.
    fn unbound(&mut self, program: &Program) -> Vec<Wrong> {
        if self.report.is_stored() {
            return Vec::new();
        }
        let told = program.unbound_over_document().into_iter().map(|name| {
            let hint = of_other_languages(&name).map(|ours| format!("did you mean '{ours}'?"));
            let hint =
                hint.or_else(|| self.report.nearest(&name, Program::functions_over_document()));
            // Names of functions are known without their sign.
            let hint = hint.map(|hint| hint.replacen('\'', "'$", 1));
            let message = format!("there is no function or variable '${name}'");
            Wrong { code: Code::UnknownName, written: format!("${name}"), message, hint }
        });
        let mut wrong: Vec<Wrong> = told.collect();
        if !program.states_members().is_empty() {
            let message = "'$states' is of state machines".to_owned();
            let hint = "read 'params', 'trigger' or 'needs.ID.output'".to_owned();
            let written = "$states".to_owned();
            wrong.push(Wrong { code: Code::UnknownName, written, message, hint: Some(hint) });
        }
        wrong
    }

    /// Returns what is read of an approval that it has not.
    fn no_links(&mut self, program: &Program) -> Vec<Wrong> {
        let places = program.document_places().unwrap_or_default();
        let read = places.iter().map(|place| place.names.iter().map(|(name, _)| &**name));
        let read = read.map(Iterator::collect::<Vec<&str>>);
        let wrong = read.filter(|path| match path.as_slice() {
            ["approval", "links", which, ..] => !LINKS.contains(which),
            ["approval", what, ..] => *what != "links",
            _ => false,
        });
        let told = wrong.map(|path| {
            let last = path.get(2).or(path.get(1)).copied().unwrap_or_default();
            let hint = self.report.nearest(last, LINKS.into_iter());
            let known = "read 'approval.links.approve' or 'approval.links.reject'".to_owned();
            let written = path.join(".");
            let message = format!("there is no '{written}'");
            let hint = Some(hint.unwrap_or(known));
            Wrong { code: Code::UnknownName, written, message, hint }
        });
        told.collect()
    }

    fn unknown(&mut self, name: &str, names: Names<'_>) -> Wrong {
        let place = SOMEWHERE.iter().find(|(known, ..)| *known == name);
        let (message, hint) = if let Some((_, _, place)) = place {
            (format!("'{name}' is not there in this field"), format!("it is {place}"))
        } else {
            let known = EVERYWHERE.into_iter().chain(SOMEWHERE.iter().map(|(name, ..)| *name));
            let hint = self.report.nearest(name, known.filter(|name| names.has(name)));
            let is_function = Program::functions_over_document().any(|known| known == name);
            let hint = hint.or_else(|| is_function.then(|| format!("write '${name}(…)'")));
            let hint = hint.unwrap_or_else(|| "a text stands in quotes".to_owned());
            (format!("there is no name '{name}'"), hint)
        };
        let hint = Some(hint);
        Wrong { code: Code::UnknownName, written: name.to_owned(), message, hint }
    }

    /// Returns what is wrong with reading `member` of `name`, if anything is.
    fn member(&mut self, name: &str, member: &str, names: Names<'_>) -> Option<Wrong> {
        let steps = names.steps.unwrap_or_default();
        let report = &mut self.report;
        let hint = match name {
            "needs" if !names.needs.has(member) => return Some(self.need(member, names.needs)),
            "params" if self.secret_params.contains(member) => {
                return Some(misplaced_param(member));
            }
            "params" if !self.params.contains(member) => {
                report.nearest(member, self.params.iter().map(|name| &**name))
            }
            "vars" if !self.vars.contains(member) => {
                report.nearest(member, self.vars.iter().map(|name| &**name))
            }
            "run" if !OF_RUN.contains(&member) => report.nearest(member, OF_RUN.into_iter()),
            "matrix" if !report.is_stored() && names.lacks_in_matrix(member) => {
                report.nearest(member, names.matrix.iter().map(|key| &**key))
            }
            "steps" if steps.iter().all(|id| &**id != member) => {
                report.nearest(member, steps.iter().map(|id| &**id))
            }
            _ => return None,
        };
        let written = format!("{name}.{member}");
        let message = match name {
            "params" => format!("there is no param '{member}'"),
            "vars" => format!("there is no variable '{member}'"),
            "run" => format!("there is no '{member}' of a run"),
            "matrix" => format!("there is no '{member}' in the 'matrix'"),
            _ => format!("there is no step '{member}' before this"),
        };
        Some(Wrong { code: Code::UnknownName, written, message, hint })
    }

    fn need(&mut self, id: &str, needs: Needs<'_>) -> Wrong {
        let (message, hint) = match needs {
            Needs::Every(ids) => (
                format!("there is no task '{id}'"),
                self.report.nearest(id, ids.iter().map(|id| &**id)),
            ),
            Needs::Absent | Needs::Declared(_) => (
                format!("'needs.{id}' is read, but '{id}' is not among the 'needs' of the task"),
                Some(format!("add '{id}' to 'needs'")),
            ),
        };
        Wrong { code: Code::UndeclaredNeed, written: format!("needs.{id}"), message, hint }
    }
}

fn misplaced_param(name: &str) -> Wrong {
    let hint = "it stands as '${{ params.NAME }}' and nothing else in 'env' and 'with'; give it to 'env' \
                and read the variable";
    Wrong {
        code: Code::MisplacedSecret,
        written: format!("params.{name}"),
        message: format!("the param '{name}' is secret, and part of no other value"),
        hint: Some(hint.to_owned()),
    }
}

fn misplaced_secret(names: Names<'_>) -> Wrong {
    let message = "a secret is a whole value, and part of no other expression".to_owned();
    let hint = if names.secrets {
        "write '${{ secrets.NAME }}' and nothing else"
    } else {
        "secrets stand in 'env', 'with' and the 'auth' of triggers; give it to 'env' and read the \
         variable"
    };
    Wrong {
        code: Code::MisplacedSecret,
        written: "secrets".to_owned(),
        message,
        hint: Some(hint.to_owned()),
    }
}
