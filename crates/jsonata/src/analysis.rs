//! What an expression reads, found without evaluating it.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::ast::{Expr, Kind, Name, Operator, Stage};
use crate::parser::Tree;

/// Returns the names of the free variables, functions of the library excepted.
pub(crate) fn variables(tree: &Tree) -> Vec<String> {
    let mut walker = Walker { frames: vec![Frame::default()], free: Vec::new() };
    walker.visit(&tree.root);
    walker.leave();
    let names: BTreeSet<&str> = walker
        .free
        .iter()
        .map(|name| &tree.names.0[name.0 as usize])
        .filter(|variable| variable.builtin.is_none() && &*variable.text != "states")
        .map(|variable| &*variable.text)
        .collect();
    names.into_iter().map(str::to_owned).collect()
}

/// Bindings of a place, and reads from functions inside that later bindings may satisfy.
#[derive(Default)]
struct Frame {
    bound: Vec<Name>,
    is_function: bool,
    deferred: Vec<Name>,
}

struct Walker {
    frames: Vec<Frame>,
    free: Vec<Name>,
}

impl Walker {
    fn visit(&mut self, expr: &Expr) {
        match &expr.kind {
            Kind::Variable(name) => self.read(*name, false),
            Kind::Bind(name, value) => {
                self.visit(value);
                self.bind(*name);
            }
            Kind::Block { expressions, .. } => {
                self.frames.push(Frame::default());
                for expression in expressions {
                    self.visit(expression);
                }
                self.leave();
            }
            Kind::Lambda(node) => {
                let bound = node.parameters.clone();
                self.frames.push(Frame { bound, is_function: true, deferred: Vec::new() });
                self.visit(&node.body);
                self.leave();
            }
            Kind::Path { steps, .. } => {
                self.frames.push(Frame::default());
                for step in steps {
                    self.visit(step);
                }
                self.visit_suffixes(expr);
                self.leave();
                return;
            }
            kind => kind.for_each_child(&mut |child| self.visit(child)),
        }
        self.bind_step(expr);
        self.visit_suffixes(expr);
    }

    fn visit_suffixes(&mut self, expr: &Expr) {
        expr.predicates.iter().for_each(|predicate| self.visit(predicate));
        for stage in &expr.stages {
            match stage {
                Stage::Filter(predicate) => self.visit(predicate),
                Stage::Index(name) => self.bind(*name),
            }
        }
        for (key, value) in expr.group.iter().flatten() {
            self.visit(key);
            self.visit(value);
        }
    }

    fn bind_step(&mut self, expr: &Expr) {
        expr.focus.iter().chain(&expr.index).for_each(|name| self.bind(*name));
    }

    fn bind(&mut self, name: Name) {
        self.frames.last_mut().expect("the root's frame is left last").bound.push(name);
    }

    /// Notes a read; one from inside a function also sees what is bound after the function.
    fn read(&mut self, name: Name, mut from_function: bool) {
        for frame in self.frames.iter_mut().rev() {
            if frame.bound.contains(&name) {
                return;
            }
            if from_function {
                frame.deferred.push(name);
                return;
            }
            from_function = frame.is_function;
        }
        self.free.push(name);
    }

    fn leave(&mut self) {
        let Some(frame) = self.frames.pop() else {
            return;
        };
        for name in frame.deferred {
            if !frame.bound.contains(&name) {
                self.read(name, true);
            }
        }
    }
}

/// Returns the members of `$states` that paths name.
pub(crate) fn states_members(tree: &Tree) -> Vec<String> {
    let mut found = BTreeSet::new();
    collect_members(&tree.root, tree, &mut found);
    found.into_iter().collect()
}

fn collect_members(expr: &Expr, tree: &Tree, found: &mut BTreeSet<String>) {
    if let Kind::Path { steps, .. } = &expr.kind
        && let [
            Expr { kind: Kind::Variable(name), .. },
            Expr { kind: Kind::Member(member), .. },
            ..,
        ] = steps.as_slice()
        && &**tree.names.text(*name) == "states"
    {
        found.insert(member.to_string());
    }
    expr.for_each_child(&mut |child| collect_members(child, tree, found));
}

/// Returns what reads the context where there is none, each once, with its first offset.
pub(crate) fn absent_references(tree: &Tree) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    find_absent(&tree.root, &mut found);
    found.sort_by_key(|(_, position)| *position);
    let mut known = BTreeSet::new();
    found.retain(|(name, _)| known.insert(name.clone()));
    found
}

fn find_absent(expr: &Expr, found: &mut Vec<(String, usize)>) {
    let mut add = |name: &str| found.push((name.to_owned(), expr.position));
    match &expr.kind {
        Kind::Context => add("$"),
        Kind::Root => add("$$"),
        Kind::Member(name) => add(name),
        Kind::Wildcard => add("*"),
        Kind::Descendants => add("**"),
        Kind::Parent(_) => add("%"),
        // Later steps have the values of earlier ones as their context.
        Kind::Path { steps, .. } => {
            if let Some(step) = steps.first() {
                find_absent(step, found);
            }
        }
        // Inside a function `$` is allowed, and a transformation has its matches.
        Kind::Lambda(_) | Kind::Transform(_) => {}
        Kind::Array { items, .. } | Kind::Block { expressions: items, .. } => {
            for item in items {
                find_absent(item, found);
            }
        }
        Kind::Binary(_, pair) | Kind::Apply(pair) => {
            find_absent(&pair.0, found);
            find_absent(&pair.1, found);
        }
        Kind::Negate(inner) | Kind::Bind(_, inner) => find_absent(inner, found),
        Kind::Object(members) => {
            for (key, value) in members {
                find_absent(key, found);
                find_absent(value, found);
            }
        }
        Kind::Condition(parts) => {
            find_absent(&parts.0, found);
            find_absent(&parts.1, found);
            parts.2.iter().for_each(|otherwise| find_absent(otherwise, found));
        }
        Kind::Call(call) | Kind::Partial(call) => {
            find_absent(&call.procedure, found);
            call.arguments.iter().flatten().for_each(|argument| find_absent(argument, found));
        }
        Kind::Null
        | Kind::Bool(_)
        | Kind::Number(_)
        | Kind::String(_)
        | Kind::Variable(_)
        | Kind::Regex(_)
        | Kind::Sort(_) => {}
    }
}

/// Returns the members of the document that are compared with texts written out, each by the names of its path.
pub(crate) fn compared_texts(tree: &Tree) -> Vec<(Vec<Arc<str>>, Arc<str>)> {
    let mut found = Vec::new();
    find_compared(&tree.root, &mut found);
    found
}

fn find_compared(expr: &Expr, found: &mut Vec<(Vec<Arc<str>>, Arc<str>)>) {
    match &expr.kind {
        Kind::Binary(Operator::Equal | Operator::NotEqual, pair) => {
            for (member, text) in [(&pair.0, &pair.1), (&pair.1, &pair.0)] {
                found.extend(plain_path(member).zip(written_out(text)));
            }
        }
        Kind::Binary(Operator::In, pair) => {
            let texts = match &pair.1.kind {
                Kind::Array { items, .. } => &items[..],
                _ => std::slice::from_ref(&pair.1),
            };
            let path = plain_path(&pair.0);
            let texts = texts.iter().filter_map(written_out);
            found.extend(texts.filter_map(|text| Some((path.clone()?, text))));
        }
        // Its steps and what stands in brackets see other things than the document.
        Kind::Path { .. } => return,
        _ => {}
    }
    expr.kind.for_each_child(&mut |child| find_compared(child, found));
}

/// Returns the names of a path that is nothing but names.
fn plain_path(expr: &Expr) -> Option<Vec<Arc<str>>> {
    let is_bare = |expr: &Expr| {
        expr.predicates.is_empty() && expr.stages.is_empty() && expr.group.is_none() && !expr.tuple
    };
    let Kind::Path { steps, .. } = &expr.kind else { return None };
    let name = |step: &Expr| match &step.kind {
        Kind::Member(name) if is_bare(step) => Some(name.clone()),
        _ => None,
    };
    if is_bare(expr) { steps.iter().map(name).collect() } else { None }
}

fn written_out(expr: &Expr) -> Option<Arc<str>> {
    match &expr.kind {
        Kind::String(text) => Some(text.clone()),
        _ => None,
    }
}
