//! The syntax tree, as the evaluator walks it.
//!
//! **Invariant:** a tree is at most [`HEIGHT_MAX`] levels high, so that walking and dropping it by
//! recursion is safe.

use std::sync::Arc;

use crate::functions::Builtin;
use crate::pattern::Pattern;
use crate::signature::Signature;

/// Most levels of a tree.
pub(crate) const HEIGHT_MAX: u16 = 400;

/// A variable's name: an index into [`Names`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Name(pub(crate) u32);

/// The names of an expression's variables, each once.
#[derive(Debug, Default)]
pub(crate) struct Names(pub(crate) Vec<NamedVariable>);

/// What is known about a name before evaluation.
#[derive(Debug)]
pub(crate) struct NamedVariable {
    /// The name without its `$`.
    pub(crate) text: Arc<str>,
    /// The function of that name.
    pub(crate) builtin: Option<&'static Builtin>,
}

impl Names {
    /// Returns the text of `name`.
    pub(crate) fn text(&self, name: Name) -> &Arc<str> {
        &self.0[name.0 as usize].text
    }
}

/// A node with what surrounds it.
#[derive(Debug)]
pub(crate) struct Expr {
    pub(crate) kind: Kind,
    /// Offset of the node's token in the text, in bytes.
    pub(crate) position: usize,
    /// Levels of this node and those below it.
    pub(crate) height: u16,
    /// Written with `[]`: one item stays an array.
    pub(crate) keep_array: bool,
    /// The step makes tuples (values with the variables bound on the way to them).
    pub(crate) tuple: bool,
    /// Parent operators below whose object is not found yet; empty in a finished tree.
    pub(crate) seeking: Vec<usize>,
    /// Predicates of a node that is not a step.
    pub(crate) predicates: Vec<Expr>,
    /// Predicates and index bindings of a step, in order.
    pub(crate) stages: Vec<Stage>,
    /// Grouping `{…}` behind the node.
    pub(crate) group: Option<Vec<(Expr, Expr)>>,
    /// Variable bound by `@`.
    pub(crate) focus: Option<Name>,
    /// Variable bound by `#`.
    pub(crate) index: Option<Name>,
    /// The slot that parent operators read this step's input from.
    pub(crate) ancestor: Option<usize>,
}

/// What follows the value of a step.
#[derive(Debug)]
pub(crate) enum Stage {
    /// Keep what the predicate selects.
    Filter(Expr),
    /// Bind each item's place.
    Index(Name),
}

/// A unary or binary operator between values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Concatenate,
    And,
    Or,
    In,
    Range,
}

/// A sorting key.
#[derive(Debug)]
pub(crate) struct SortTerm {
    pub(crate) key: Expr,
    pub(crate) descending: bool,
}

/// A function definition.
#[derive(Debug)]
pub(crate) struct LambdaNode {
    pub(crate) parameters: Vec<Name>,
    pub(crate) signature: Option<Signature>,
    pub(crate) body: Expr,
}

/// A transformation `|pattern|update,delete|`.
#[derive(Debug)]
pub(crate) struct TransformNode {
    pub(crate) pattern: Expr,
    pub(crate) update: Expr,
    pub(crate) delete: Option<Expr>,
}

/// A function call, possibly partial.
#[derive(Debug)]
pub(crate) struct CallNode {
    pub(crate) procedure: Expr,
    /// `None` stands for a `?`.
    pub(crate) arguments: Vec<Option<Expr>>,
}

/// The kinds of node.
#[derive(Debug)]
pub(crate) enum Kind {
    Null,
    Bool(bool),
    Number(f64),
    String(Arc<str>),
    /// A member's name; always a step of a path.
    Member(Arc<str>),
    Variable(Name),
    /// `$`
    Context,
    /// `$$`
    Root,
    /// `*`
    Wildcard,
    /// `**`
    Descendants,
    /// `%`, reading a slot.
    Parent(usize),
    Path {
        steps: Vec<Expr>,
        keep_singleton: bool,
    },
    Binary(Operator, Box<(Expr, Expr)>),
    Negate(Box<Expr>),
    Array {
        items: Vec<Expr>,
        /// The array stays one value when it is a step.
        whole: bool,
    },
    Object(Vec<(Expr, Expr)>),
    Block {
        expressions: Vec<Expr>,
        /// Whether something inside binds a variable.
        binds: bool,
    },
    Condition(Box<(Expr, Expr, Option<Expr>)>),
    Bind(Name, Box<Expr>),
    /// `~>`
    Apply(Box<(Expr, Expr)>),
    Call(Box<CallNode>),
    Partial(Box<CallNode>),
    Lambda(Arc<LambdaNode>),
    Regex(Arc<Pattern>),
    Transform(Arc<TransformNode>),
    Sort(Vec<SortTerm>),
}

impl Expr {
    /// Returns a bare node.
    pub(crate) fn new(kind: Kind, position: usize) -> Self {
        let mut expr = Self {
            kind,
            position,
            height: 1,
            keep_array: false,
            tuple: false,
            seeking: Vec::new(),
            predicates: Vec::new(),
            stages: Vec::new(),
            group: None,
            focus: None,
            index: None,
            ancestor: None,
        };
        expr.measure();
        expr
    }

    /// Sets the height from the children's.
    pub(crate) fn measure(&mut self) {
        let mut highest = 0;
        self.for_each_child(&mut |child| highest = highest.max(child.height));
        self.height = highest.saturating_add(1);
    }

    /// Calls `visit` with every direct child, in the order of the text.
    pub(crate) fn for_each_child(&self, visit: &mut dyn FnMut(&Self)) {
        self.kind.for_each_child(visit);
        self.for_each_suffix(visit);
    }

    /// Calls `visit` with every part of what stands behind the node: predicates and grouping.
    pub(crate) fn for_each_suffix(&self, visit: &mut dyn FnMut(&Self)) {
        self.predicates.iter().for_each(&mut *visit);
        for stage in &self.stages {
            if let Stage::Filter(predicate) = stage {
                visit(predicate);
            }
        }
        for (key, value) in self.group.iter().flatten() {
            visit(key);
            visit(value);
        }
    }
}

impl Kind {
    pub(crate) fn for_each_child(&self, visit: &mut dyn FnMut(&Expr)) {
        match self {
            Self::Null
            | Self::Bool(_)
            | Self::Number(_)
            | Self::String(_)
            | Self::Member(_)
            | Self::Variable(_)
            | Self::Context
            | Self::Root
            | Self::Wildcard
            | Self::Descendants
            | Self::Parent(_)
            | Self::Regex(_) => {}
            Self::Path { steps: items, .. }
            | Self::Array { items, .. }
            | Self::Block { expressions: items, .. } => items.iter().for_each(visit),
            Self::Binary(_, pair) | Self::Apply(pair) => {
                visit(&pair.0);
                visit(&pair.1);
            }
            Self::Negate(inner) | Self::Bind(_, inner) => visit(inner),
            Self::Object(members) => {
                for (key, value) in members {
                    visit(key);
                    visit(value);
                }
            }
            Self::Condition(parts) => {
                visit(&parts.0);
                visit(&parts.1);
                parts.2.iter().for_each(visit);
            }
            Self::Call(call) | Self::Partial(call) => {
                visit(&call.procedure);
                call.arguments.iter().flatten().for_each(visit);
            }
            Self::Lambda(lambda) => visit(&lambda.body),
            Self::Transform(transform) => {
                visit(&transform.pattern);
                visit(&transform.update);
                transform.delete.iter().for_each(visit);
            }
            Self::Sort(terms) => terms.iter().for_each(|term| visit(&term.key)),
        }
    }
}
