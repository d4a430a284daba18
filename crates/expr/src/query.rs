//! Values with JSONata: JSON in which strings `{% … %}` are computed.
//!
//! Parts without an expression stay one shared literal, as in [`crate::template`]. An expression is
//! evaluated over one of two things ([`Over`]): states of the Amazon States Language have
//! `$states` and no context; pipelines have a document, and nothing where a value is missing.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use compasso_jsonata::{EvaluationError, Limits, Program, Reads, SyntaxError};
use compasso_types::limits::EACH_INSTANCES_MAX;
use compasso_types::{Json, Object};

use crate::{CompileError, CompileErrorKind, Environment, Failure, pointer};

/// What one evaluation of an expression may use. The depth is about what Amazon was measured to
/// allow; its second of time is counted in steps here, so that the same expression ends the same
/// way on every machine.
pub const LIMITS: Limits = Limits {
    steps_max: 5_000_000,
    depth_max: 100,
    bytes_max: 64 * 1024 * 1024,
    // What Amazon's memory limit was seen to hold.
    items_max: 873_782,
};
/// What one evaluation over a document may use: lists may be as long as those of all instances.
pub const DOCUMENT_LIMITS: Limits = Limits { items_max: EACH_INSTANCES_MAX, ..LIMITS };

/// A compiled value: literal parts and expressions; `clone` is cheap.
#[derive(Clone, Debug)]
pub struct Query {
    root: Arc<Node>,
    over: Over,
}

/// What the expressions of a value are evaluated over.
#[derive(Clone, Debug)]
pub enum Over {
    /// `$states`; an expression that returns nothing fails.
    States,
    /// A document, whose members expressions name without a `$`; what returns nothing is left out.
    /// Of the document only these members are read.
    Document(Arc<Reads>),
}

#[derive(Debug)]
enum Node {
    Literal(Json),
    Object(Vec<(Arc<str>, Node)>),
    Array(Vec<Node>),
    Expression(Expression),
}

#[derive(Debug)]
struct Expression {
    /// The text between the delimiters, trimmed.
    text: Box<str>,
    program: Program,
}

impl Query {
    /// Compiles `value`, finding expressions over `$states` at any depth. All problems are
    /// returned.
    pub fn compile(value: &Json) -> Result<Self, Vec<CompileError>> {
        let root = Arc::new(compiled(value, &check_context, &mut Programs::default())?);
        Ok(Self { root, over: Over::States })
    }

    /// Compiles `value`, finding expressions over a document at any depth. All problems are
    /// returned.
    pub fn compile_over_document(value: &Json) -> Result<Self, Vec<CompileError>> {
        Self::compile_with(value, &mut Programs::default())
    }

    /// Does the same; takes what was compiled before from `programs`, and leaves the others there.
    pub fn compile_with(value: &Json, programs: &mut Programs) -> Result<Self, Vec<CompileError>> {
        let root = Arc::new(compiled(value, &|_, _| Ok(()), programs)?);
        let mut programs = Vec::new();
        collect(&root, &mut programs);
        let mut reads = Reads::default();
        for program in programs {
            reads.add(&program.document_reads());
        }
        Ok(Self { root, over: Over::Document(Arc::new(reads)) })
    }

    /// Returns what the expressions are evaluated over.
    pub fn over(&self) -> &Over {
        &self.over
    }

    /// Evaluates over `data`: `$states`, or the document. `location` is the field's name (`Output`,
    /// `Assign/x`); failures name the place below it (`Output/result`). `None` means that the whole
    /// value is one expression over a document, and it returned nothing.
    pub fn evaluate(
        &self,
        data: &Json,
        environment: &dyn Environment,
        location: &str,
    ) -> Result<Option<Json>, Failure> {
        let evaluation = Evaluation { data, over: &self.over, environment };
        evaluation.node(&self.root, &mut location.to_owned())
    }

    /// Returns the value if no part of it is an expression.
    pub fn literal(&self) -> Option<&Json> {
        match &*self.root {
            Node::Literal(value) => Some(value),
            Node::Object(_) | Node::Array(_) | Node::Expression(_) => None,
        }
    }

    /// Returns the text of the expression if the whole value is one, without its delimiters.
    pub fn expression(&self) -> Option<&str> {
        match &*self.root {
            Node::Expression(expression) => Some(&expression.text),
            Node::Literal(_) | Node::Object(_) | Node::Array(_) => None,
        }
    }

    /// Returns the names of the variables read, each once, sorted.
    pub fn variables(&self) -> Vec<String> {
        self.names(Program::variables)
    }

    /// Returns the members of `$states` read, each once, sorted.
    pub fn states_members(&self) -> Vec<String> {
        self.names(Program::states_members)
    }

    fn names(&self, of: impl Fn(&Program) -> Vec<String>) -> Vec<String> {
        let mut programs = Vec::new();
        collect(&self.root, &mut programs);
        let names: BTreeSet<String> = programs.into_iter().flat_map(of).collect();
        names.into_iter().collect()
    }
}

/// Says what is wrong with a program that starts at an offset of the text.
type Check = dyn Fn(&Program, usize) -> Result<(), Vec<CompileError>>;

/// Programs by their texts: those who compile many values meet the same ones again and again.
#[derive(Debug, Default)]
pub struct Programs(HashMap<Box<str>, Program>);

impl Programs {
    /// Keeps a program that was compiled of `text`.
    pub fn keep(&mut self, text: &str, program: &Program) {
        if !self.0.contains_key(text) {
            self.0.insert(text.into(), program.clone());
        }
    }

    fn compile(&mut self, text: &str) -> Result<Program, SyntaxError> {
        if let Some(known) = self.0.get(text) {
            return Ok(known.clone());
        }
        let program = Program::compile(text)?;
        self.0.insert(text.into(), program.clone());
        Ok(program)
    }
}

fn compiled(
    value: &Json,
    check: &Check,
    programs: &mut Programs,
) -> Result<Node, Vec<CompileError>> {
    let mut errors = Vec::new();
    let root = compile(value, check, programs, &mut String::new(), &mut errors);
    if errors.is_empty() { Ok(root) } else { Err(errors) }
}

fn compile(
    value: &Json,
    check: &Check,
    programs: &mut Programs,
    place: &mut String,
    errors: &mut Vec<CompileError>,
) -> Node {
    let node = match value {
        Json::Null | Json::Bool(_) | Json::Number(_) => return Node::Literal(value.clone()),
        Json::String(text) => {
            return compile_text(text, check, programs).unwrap_or_else(|found| {
                let located = |error| CompileError { pointer: place.clone(), ..error };
                errors.extend(found.into_iter().map(located));
                Node::Literal(value.clone())
            });
        }
        Json::Array(items) => {
            let mut nodes = Vec::with_capacity(items.len());
            for (index, item) in items.iter().enumerate() {
                nodes.push(pointer::below(place, &index.to_string(), |place| {
                    compile(item, check, programs, place, errors)
                }));
            }
            Node::Array(nodes)
        }
        Json::Object(members) => {
            let mut nodes = Vec::with_capacity(members.len());
            for (name, member) in members.iter() {
                let node = pointer::below(place, name, |place| {
                    compile(member, check, programs, place, errors)
                });
                nodes.push((name.clone(), node));
            }
            Node::Object(nodes)
        }
    };
    if is_constant(&node) { Node::Literal(value.clone()) } else { node }
}

fn is_constant(node: &Node) -> bool {
    let is_literal = |node: &Node| matches!(node, Node::Literal(_));
    match node {
        Node::Literal(_) => true,
        Node::Expression(_) => false,
        Node::Array(nodes) => nodes.iter().all(is_literal),
        Node::Object(nodes) => nodes.iter().all(|(_, node)| is_literal(node)),
    }
}

fn compile_text(
    text: &Arc<str>,
    check: &Check,
    programs: &mut Programs,
) -> Result<Node, Vec<CompileError>> {
    let inside = text.strip_prefix("{%").and_then(|rest| rest.strip_suffix("%}"));
    let Some(inside) = inside else {
        return Ok(Node::Literal(Json::from(text.clone())));
    };
    let expression = inside.trim();
    let start = "{%".len() + inside.len() - inside.trim_start().len();
    let program = programs.compile(expression).map_err(|error| {
        vec![refused(CompileErrorKind::InvalidJsonata, error.message, start + error.position)]
    })?;
    check(&program, start)?;
    Ok(Node::Expression(Expression { text: expression.into(), program }))
}

/// States have no context that an expression could read.
fn check_context(program: &Program, start: usize) -> Result<(), Vec<CompileError>> {
    let absent: Vec<_> = program
        .absent_references()
        .into_iter()
        .map(|(name, position)| CompileError {
            reason: Some("start from $states or a variable".to_owned()),
            ..refused(
                CompileErrorKind::AbsentContext,
                format!(
                    "The JSONata expression reads '{name}' from a context that states do not have"
                ),
                start + position,
            )
        })
        .collect();
    if absent.is_empty() { Ok(()) } else { Err(absent) }
}

fn refused(kind: CompileErrorKind, message: String, offset: usize) -> CompileError {
    CompileError { kind, message, offset: Some(offset), ..CompileError::default() }
}

/// The code of an error that an expression raises by `$error`: over a document its message says
/// all.
const RAISED: &str = "D3137";
/// The code of a comparison of a text with a number, and what is then most often meant.
const TWO_TYPES: &str = "T2009";
const NUMBERS: &str = ". One is a text: '$number(…)' makes a number of it, and a script writes a \
                       number into its output file with ':=', such as 'rows:=42'.";

/// One evaluation of a value.
struct Evaluation<'a> {
    data: &'a Json,
    over: &'a Over,
    environment: &'a dyn Environment,
}

impl Evaluation<'_> {
    fn node(&self, node: &Node, location: &mut String) -> Result<Option<Json>, Failure> {
        match node {
            Node::Literal(value) => Ok(Some(value.clone())),
            Node::Expression(expression) => self.expression(expression, location),
            Node::Array(nodes) => {
                let mut items = Vec::with_capacity(nodes.len());
                for (index, node) in nodes.iter().enumerate() {
                    let step = format!("[{index}]");
                    items.extend(within(location, &step, |location| self.node(node, location))?);
                }
                Ok(Some(Json::from(items)))
            }
            Node::Object(nodes) => {
                let mut members = Object::with_capacity(nodes.len());
                for (name, node) in nodes {
                    let step = format!("/{name}");
                    let value = within(location, &step, |location| self.node(node, location))?;
                    members.extend(value.map(|value| (name.clone(), value)));
                }
                Ok(Some(Json::from(members)))
            }
        }
    }

    fn expression(&self, expression: &Expression, location: &str) -> Result<Option<Json>, Failure> {
        let (program, environment) = (&expression.program, self.environment);
        let result = match self.over {
            Over::States => program.evaluate(self.data, environment, &LIMITS),
            Over::Document(_) => program.evaluate_over(self.data, environment, &DOCUMENT_LIMITS),
        };
        let outcome = match (result, self.over) {
            (Ok(Some(value)), _) => return Ok(Some(value)),
            (Ok(None), Over::Document(_)) => return Ok(None),
            (Ok(None), Over::States) => "returned nothing (undefined).".to_owned(),
            (Err(EvaluationError::UnsupportedResult), _) => {
                "returned an unsupported result type.".to_owned()
            }
            (Err(EvaluationError::Failed { code: RAISED, message }), Over::Document(_)) => {
                return Err(Failure::Query { location: location.to_owned(), cause: message });
            }
            (Err(error @ EvaluationError::Failed { code, .. }), over) => {
                let note = match over {
                    Over::Document(_) if code == TWO_TYPES => NUMBERS,
                    Over::Document(_) | Over::States => "",
                };
                format!("threw an error during evaluation. {error}{note}")
            }
            (Err(error), Over::Document(_)) => return Err(exceeded(expression, location, &error)),
            (Err(error), Over::States) => format!("threw an error during evaluation: {error}"),
        };
        let text = &expression.text;
        Err(Failure::Query {
            location: location.to_owned(),
            cause: format!(
                "The JSONata expression '{text}' specified for the field '{location}' {outcome}"
            ),
        })
    }
}

/// Says which limit of [`DOCUMENT_LIMITS`] an expression exceeded, and what can be done.
fn exceeded(expression: &Expression, location: &str, error: &EvaluationError) -> Failure {
    let Limits { steps_max, depth_max, bytes_max, items_max } = DOCUMENT_LIMITS;
    let limit = match error {
        EvaluationError::Timeout => format!("takes more than {steps_max} steps"),
        EvaluationError::Memory => {
            let most = bytes_max / (1024 * 1024);
            format!("makes more than {most} MiB of values, or a list of more than {items_max}")
        }
        EvaluationError::Depth => format!("nests or calls itself deeper than {depth_max} levels"),
        _ => error.to_string(),
    };
    let text = &expression.text;
    Failure::Limit {
        location: location.to_owned(),
        cause: format!(
            "The expression '{text}' of '{location}' {limit}. Let it read less, have the tasks that it \
             reads put less into their outputs, or hand the data on whole, such as to the standard \
             input of a script."
        ),
    }
}

/// Runs `walk` with `location` extended by one step, and takes the step back.
fn within<T>(location: &mut String, step: &str, walk: impl FnOnce(&mut String) -> T) -> T {
    let length = location.len();
    location.push_str(step);
    let result = walk(location);
    location.truncate(length);
    result
}

fn collect<'n>(node: &'n Node, programs: &mut Vec<&'n Program>) {
    match node {
        Node::Literal(_) => {}
        Node::Expression(expression) => programs.push(&expression.program),
        Node::Array(nodes) => nodes.iter().for_each(|node| collect(node, programs)),
        Node::Object(nodes) => nodes.iter().for_each(|(_, node)| collect(node, programs)),
    }
}
