//! What an expression over a document may read of it, so that nothing else need be made.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::ast::{Expr, Kind};
use crate::parser::Tree;

/// The members of a document that evaluations may read, and the members of those. It never names
/// too few; where names are not written out it takes all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reads {
    whole: bool,
    members: BTreeMap<Arc<str>, Part>,
}

/// How much of a member is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Whole,
    /// Only members with these names.
    Members(BTreeSet<Arc<str>>),
}

impl Reads {
    /// Returns whether members may be read that are not listed.
    pub fn whole(&self) -> bool {
        self.whole
    }

    /// Returns the members read by name, in name order.
    pub fn members(&self) -> impl Iterator<Item = (&Arc<str>, &Part)> {
        self.members.iter()
    }

    /// Returns how much is read of the member `name`; `None` if nothing is.
    pub fn of(&self, name: &str) -> Option<&Part> {
        if self.whole { Some(&Part::Whole) } else { self.members.get(name) }
    }

    /// Adds what `other` reads.
    pub fn add(&mut self, other: &Self) {
        self.whole |= other.whole;
        for (name, part) in &other.members {
            self.add_part(name, part.clone());
        }
    }

    fn add_part(&mut self, name: &Arc<str>, part: Part) {
        let known =
            self.members.entry(name.clone()).or_insert_with(|| Part::Members(BTreeSet::new()));
        match (known, part) {
            (Part::Members(names), Part::Members(more)) => names.extend(more),
            (known, Part::Whole) => *known = Part::Whole,
            (Part::Whole, Part::Members(_)) => {}
        }
    }
}

/// Finds what `tree` reads.
pub(crate) fn of(tree: &Tree) -> Reads {
    let mut finder = Finder::default();
    finder.visit(&tree.root, true);
    finder.reads
}

/// A place of an expression that reads a member of its document by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Where it begins, in bytes.
    pub start: usize,
    /// The names of the path, from the member of the document on, as far as each is plainly a
    /// member of the one before; with the offsets where they begin.
    pub names: Vec<(Arc<str>, usize)>,
    /// The member that is read of what brackets behind the last of the names choose: `a.b[0].c`.
    pub of_chosen: Option<Arc<str>>,
}

/// Finds the places where `tree` reads its document; `None` if it may read more than they name.
pub(crate) fn places(tree: &Tree) -> Option<Vec<Place>> {
    let mut finder = Finder::default();
    finder.visit(&tree.root, true);
    (!finder.reads.whole).then_some(finder.places)
}

/// Walks a tree.
#[derive(Default)]
struct Finder {
    reads: Reads,
    places: Vec<Place>,
}

impl Finder {
    /// `outermost`: the document itself is the context here.
    fn visit(&mut self, expr: &Expr, outermost: bool) {
        // What follows `@` has the context of what stands before it.
        self.reads.whole |= expr.focus.is_some();
        match &expr.kind {
            Kind::Path { steps, .. } => self.visit_path(steps, outermost),
            // A parent may be the document.
            Kind::Root | Kind::Parent(_) => self.reads.whole = true,
            Kind::Context | Kind::Wildcard | Kind::Descendants => self.reads.whole |= outermost,
            Kind::Member(name) if outermost => {
                self.reads.add_part(name, Part::Whole);
                self.places.push(place(expr.position, std::slice::from_ref(expr)));
            }
            // What a transformation is applied to is its context.
            Kind::Transform(_) | Kind::Sort(_) => {
                expr.kind.for_each_child(&mut |child| self.visit(child, false));
            }
            kind => kind.for_each_child(&mut |child| self.visit(child, outermost)),
        }
        expr.for_each_suffix(&mut |suffix| self.visit(suffix, false));
    }

    /// Later steps have the values of earlier ones as their context.
    fn visit_path(&mut self, steps: &[Expr], outermost: bool) {
        let named = match steps {
            [Expr { kind: Kind::Root, .. }, rest @ ..] => rest,
            [Expr { kind: Kind::Context, .. }, rest @ ..] if outermost => rest,
            steps if outermost => steps,
            _ => &[],
        };
        let rest = if let [first, rest @ ..] = named
            && let Kind::Member(name) = &first.kind
        {
            let part = match rest {
                [Expr { kind: Kind::Member(inner), .. }, ..] if is_plain(first) => {
                    Part::Members([inner.clone()].into())
                }
                _ => Part::Whole,
            };
            self.reads.add_part(name, part);
            self.places.push(place(steps[0].position, named));
            self.reads.whole |= first.focus.is_some();
            first.for_each_suffix(&mut |suffix| self.visit(suffix, false));
            rest
        } else if let [first, rest @ ..] = steps {
            self.visit(first, outermost);
            rest
        } else {
            steps
        };
        for step in rest {
            self.visit(step, false);
        }
    }
}

/// Returns whether the next step sees exactly the values of this one.
fn is_plain(step: &Expr) -> bool {
    step.predicates.is_empty() && step.stages.is_empty() && step.group.is_none()
}

/// Returns the place of a path that begins with `steps`, the first of which is a member.
fn place(start: usize, steps: &[Expr]) -> Place {
    let (mut names, mut of_chosen) = (Vec::new(), None);
    for (at, step) in steps.iter().enumerate() {
        let Kind::Member(name) = &step.kind else { break };
        names.push((name.clone(), step.position));
        if !is_plain(step) || step.keep_array || step.index.is_some() {
            of_chosen = match steps.get(at + 1).map(|next| &next.kind) {
                Some(Kind::Member(next)) if step.group.is_none() => Some(next.clone()),
                _ => None,
            };
            break;
        }
    }
    Place { start, names, of_chosen }
}
