//! Checks and compiles one state; one module for each kind.

mod choice;
mod condition;
mod dataflow;
mod map;
mod map_distributed;
mod parallel;
mod parameters;
mod pass;
mod succeed_fail;
mod task;
mod wait;

use std::collections::BTreeSet;
use std::sync::Arc;

use compasso_ir::{ExecutionType, State, StateId};
use compasso_types::suggestion;

use crate::cursor::Cursor;
use crate::fields;
use crate::flow::Flow;
use crate::outline::{BlockId, Outline};
use crate::report::Report;
use crate::schema::{self, Language, STATE_FIELDS};
use crate::variables::Variables;

/// The value of `Type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StateKind {
    Task,
    Wait,
    Pass,
    Succeed,
    Fail,
    Choice,
    Parallel,
    Map,
}

/// The kinds in the order in which messages name them.
const KINDS: [(&str, StateKind); 8] = [
    ("Task", StateKind::Task),
    ("Wait", StateKind::Wait),
    ("Pass", StateKind::Pass),
    ("Succeed", StateKind::Succeed),
    ("Fail", StateKind::Fail),
    ("Choice", StateKind::Choice),
    ("Parallel", StateKind::Parallel),
    ("Map", StateKind::Map),
];

impl StateKind {
    /// Returns the kind called `name`.
    pub(crate) fn named(name: &str) -> Option<Self> {
        KINDS.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
    }

    /// Returns a number with one bit set, another one for each kind.
    pub(crate) const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// Everything one state is compiled with.
pub(crate) struct StateCompiler<'c, 's> {
    /// The state.
    pub(crate) at: Cursor<'s>,
    pub(crate) id: StateId,
    pub(crate) block: BlockId,
    pub(crate) kind: StateKind,
    pub(crate) language: Language,
    pub(crate) execution_type: ExecutionType,
    pub(crate) text: &'s str,
    pub(crate) outline: &'s Outline<'s>,
    /// For each block its first state.
    pub(crate) starts: &'c [Option<StateId>],
    pub(crate) report: &'c mut Report<'s>,
    pub(crate) flow: &'c mut Flow,
    pub(crate) variables: &'c mut Variables,
    /// The labels of distributed Map states so far.
    pub(crate) labels: &'c mut BTreeSet<Arc<str>>,
}

/// Reports a state without a `Type` that could be compiled.
pub(crate) fn refuse_kind(report: &mut Report<'_>, at: &Cursor<'_>) {
    if fields::object(report, at).is_none() {
        return;
    }
    match at.field("Type") {
        None => schema::require(report, at, &["Type"]),
        Some(kind) => {
            fields::one_of(report, &kind, &KINDS.map(|(name, _)| name));
        }
    }
}

impl StateCompiler<'_, '_> {
    /// Checks and compiles the state; `None` if it cannot be built, which was then reported.
    pub(crate) fn compile(mut self) -> Option<State> {
        self.check_fields();
        let machine = self.outline.block(BlockId::MACHINE).language;
        fields::comment(self.report, &self.at);
        fields::query_language(self.report, &self.at, machine);
        let kind = match self.kind {
            StateKind::Task => self.task(),
            StateKind::Wait => self.wait(),
            StateKind::Pass => Some(self.pass()),
            StateKind::Succeed => Some(self.succeed()),
            StateKind::Fail => Some(self.fail()),
            StateKind::Choice => self.choice(),
            StateKind::Parallel => self.parallel(),
            StateKind::Map => self.map(),
        };
        let data = self.dataflow();
        let next = if self.has("Next") { self.next() } else { None };
        let (retry, catch) =
            if self.has("Retry") { (self.retry(), self.catch()) } else { (Vec::new(), Vec::new()) };
        let name = self.outline.state(self.id).member.key.clone();
        kind.map(|kind| State { name, kind, data, next, retry, catch })
    }

    /// Returns whether states of this kind and language have the field `name`.
    pub(crate) fn has(&self, name: &str) -> bool {
        let known = schema::of_state(name);
        known.is_some_and(|known| known.belongs_to(self.kind) && known.field.speaks(self.language))
    }

    /// Resolves a transition of this state.
    pub(crate) fn target(&mut self, at: &Cursor<'_>) -> Option<StateId> {
        let target = self.flow.resolve(self.report, self.outline, self.block, at)?;
        self.flow.leads(self.id, target);
        Some(target)
    }

    /// Resolves the `Next` of a rule or catcher; the caller reports a missing one.
    pub(crate) fn next_of(&mut self, owner: &Cursor<'_>) -> Option<StateId> {
        let next = owner.field("Next");
        if next.is_none() {
            self.flow.doubt(self.block);
        }
        self.target(&next?)
    }

    /// Reports the members that a state of this kind or language does not have.
    fn check_fields(&mut self) {
        let at = self.at;
        for member in at.members() {
            let name = member.name();
            match schema::of_state(name) {
                Some(known) if known.belongs_to(self.kind) => {
                    schema::check_language(self.report, &member, &at, &known.field, self.language);
                }
                Some(known) => {
                    let owners: Vec<&str> = KINDS
                        .iter()
                        .filter(|(_, kind)| known.belongs_to(*kind))
                        .map(|(name, _)| *name)
                        .collect();
                    let hint = format!("'{name}' belongs to {} states", owners.join(", "));
                    schema::unsupported(self.report, &member, &at, Some(hint));
                }
                None => {
                    let (kind, language) = (self.kind, self.language);
                    let fitting = STATE_FIELDS
                        .iter()
                        .filter(|known| known.belongs_to(kind) && known.field.speaks(language))
                        .map(|known| known.field.name);
                    let hint = self.report.search(|| suggestion::nearest(name, fitting));
                    schema::unsupported(self.report, &member, &at, hint);
                }
            }
        }
    }

    /// Reads `Next` or `End`.
    fn next(&mut self) -> Option<StateId> {
        let at = self.at;
        let next = at.field("Next");
        let end = at.field("End");
        let ends = end.is_some_and(|end| fields::boolean(self.report, &end) != Some(false));
        let target = next.and_then(|next| self.target(&next));
        match (next.is_some(), ends) {
            (true, true) => {
                schema::exclusive(self.report, &at, &["Next", "End"]);
                self.flow.doubt(self.block);
            }
            (true, false) => {}
            (false, true) => self.flow.ends(self.id),
            (false, false) => {
                schema::none_of(self.report, &at, &["Next", "End"]);
                self.flow.doubt(self.block);
            }
        }
        target
    }
}
