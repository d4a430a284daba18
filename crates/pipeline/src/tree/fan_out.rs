//! A task that runs once for each of many things.

use std::sync::Arc;

use compasso_ir::{FailFast, Tolerance};
use compasso_types::{ItemAddress, Json, Object};

use crate::Code;
use crate::expression::{Expression, Names, Piece, Value, is_computed};
use crate::fields::{Fields, Reader};
use crate::source::{self, Member, Node};

/// Instances that run at once, unless a task says otherwise.
pub(super) const PARALLEL: u32 = 32;
/// Most combinations of a matrix.
pub(super) const COMBINATIONS_MAX: usize = 10_000;

/// Once for each of many things.
#[derive(Clone, Debug)]
pub struct FanOut {
    /// The things.
    pub items: Items,
    /// What names an instance; the index if there is none.
    pub key: Option<Expression>,
    /// Most instances that run at once.
    pub max_parallel: u32,
    /// What a failure beyond the tolerated ones does to the others.
    pub fail_fast: FailFast,
    /// How many failures are tolerated.
    pub tolerate: Tolerance,
    /// How many items an instance is given, if it is given a list.
    pub batch: Option<u32>,
}

/// The things.
#[derive(Clone, Debug)]
pub enum Items {
    /// The elements of what an expression gives.
    Each(Expression),
    /// The elements of a list with expressions in it.
    List(Value),
    /// The rows of a file, read as they are needed: `csv`, `jsonl` or `s3`, and where it is.
    From(&'static str, Value),
    /// Combinations.
    Matrix(Matrix),
}

/// Combinations of values, made when the pipeline is read.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// Each combination; as `matrix` it is read by expressions.
    pub combinations: Vec<Json>,
}

/// Where items are read from.
const SOURCES: [&str; 3] = ["csv", "jsonl", "s3"];

impl FanOut {
    /// Reads the fields of a fan-out; `strategy` is GitHub's map of the same fields.
    pub(super) fn read(
        reader: &mut Reader<'_>,
        fields: &mut Fields<'_>,
        outer: Names<'_>,
        inner: Names<'_>,
    ) -> Option<Self> {
        let mut strategy = fields.take("strategy").and_then(|member| reader.fields(&member.value));
        let matrix = either(reader, fields, &mut strategy, ["matrix", "matrix"]);
        let max_parallel = either(reader, fields, &mut strategy, ["max_parallel", "max-parallel"]);
        let fail_fast = either(reader, fields, &mut strategy, ["fail_fast", "fail-fast"]);
        if let Some(strategy) = strategy {
            strategy.finish(reader);
        }
        let each = fields.take("each");
        let key = fields.read(reader, "key", |r, n| r.bare(n, inner));
        let tolerate = fields.read(reader, "tolerate", tolerance);
        let batch = fields.read(reader, "batch", Reader::positive);
        let items = match (each, matrix) {
            (Some(each), Some(_)) => {
                let message = "a task has 'each' or 'matrix', not both";
                reader.report.add(Code::BadValue, each.key_span, message);
                return None;
            }
            (Some(each), None) => Items::read(reader, &each.value, outer),
            (None, Some(matrix)) => Matrix::read(reader, matrix).map(Items::Matrix),
            (None, None) => {
                return refuse_lonely(reader, fields, &[max_parallel, fail_fast]);
            }
        };
        let max_parallel = max_parallel.and_then(|node| reader.positive(node));
        let fail_fast = fail_fast.and_then(|node| read_fail_fast(reader, node));
        Some(Self {
            items: items?,
            key,
            max_parallel: max_parallel.unwrap_or(PARALLEL),
            fail_fast: fail_fast.unwrap_or_default(),
            tolerate: tolerate.unwrap_or(Tolerance::Count(0)),
            batch,
        })
    }
}

impl Items {
    fn read(reader: &mut Reader<'_>, node: &Node, names: Names<'_>) -> Option<Self> {
        match &node.value {
            source::Value::Text(..) => reader.bare(node, names).map(Self::Each),
            source::Value::List(_) => reader.value(node, names).map(Self::List),
            source::Value::Map(_) => {
                let mut fields = reader.fields(node)?;
                let given = SOURCES.map(|name| (name, fields.take(name)));
                fields.finish(reader);
                let mut given = given.into_iter().filter_map(|(name, field)| Some((name, field?)));
                if let (Some((name, field)), None) = (given.next(), given.next()) {
                    let place = address(reader, &field.value, name == "s3", names)?;
                    return Some(Self::From(name, place));
                }
                reader.refuse(node, "items come from one place", "write one of: csv, jsonl, s3")
            }
            source::Value::Number(number) => {
                let hint = format!("write \"[1..{number}]\" for so many instances");
                reader.refuse(
                    node,
                    "this must be an expression, a list or a source of items",
                    &hint,
                )
            }
            _ => reader.expected(node, "an expression, a list or a source of items"),
        }
    }
}

/// Reads the address of items, which may be computed.
fn address(
    reader: &mut Reader<'_>,
    node: &Node,
    is_prefix: bool,
    names: Names<'_>,
) -> Option<Value> {
    let value = reader.text_value(node, names)?;
    let may_be_one = match &value {
        Value::Literal(Json::String(text)) => ItemAddress::parse(text, is_prefix).is_some(),
        Value::Text(pieces) => match pieces.first() {
            Some(Piece::Literal(head)) => ItemAddress::may_begin_with(head),
            Some(Piece::Expression(_)) | None => true,
        },
        _ => true,
    };
    if may_be_one || reader.report.is_stored() {
        return Some(value);
    }
    let path = node.as_str().filter(|text| text.starts_with('/'));
    let hint = path.map_or_else(
        || format!("write {}", ItemAddress::forms(is_prefix)),
        |path| format!("write file://{path}"),
    );
    reader.refuse(node, "this is no address of items", &hint)
}

/// Returns what the combinations of the matrix of a task may have, if it has one.
pub(super) fn matrix_keys(task: &Node) -> Option<Vec<Arc<str>>> {
    let matrix = task.get("matrix").or_else(|| task.get("strategy")?.get("matrix"))?;
    let mut keys = Vec::new();
    for member in matrix.members() {
        match &*member.key {
            "include" => {
                let included = member.value.items().iter().flat_map(Node::members);
                keys.extend(included.map(|member| member.key.clone()));
            }
            "exclude" => {}
            _ => keys.push(member.key.clone()),
        }
    }
    Some(keys)
}

impl Matrix {
    fn read(reader: &mut Reader<'_>, node: &Node) -> Option<Self> {
        let members = reader.members(node)?;
        let mut axes: Vec<(&Member, &[Node])> = Vec::new();
        let (mut include, mut exclude) = (Vec::new(), Vec::new());
        for member in members {
            refuse_computed(reader, &member.value);
            match &*member.key {
                "include" => include = maps(reader, &member.value)?,
                "exclude" => exclude = maps(reader, &member.value)?,
                _ => {
                    reader.check_id(&member.key, member.key_span);
                    axes.push((member, reader.items(&member.value)?));
                }
            }
        }
        let count = axes.iter().try_fold(1_usize, |all, (_, values)| all.checked_mul(values.len()));
        if count.is_none_or(|count| count > COMBINATIONS_MAX) {
            let message = format!("a matrix has at most {COMBINATIONS_MAX} combinations");
            reader.report.add(Code::TooLarge, node.mark(), message);
            return None;
        }
        let mut combinations = combine(&axes);
        combinations
            .retain(|combination| !exclude.iter().any(|excluded| contains(combination, excluded)));
        let names: Vec<&str> = axes.iter().map(|(member, _)| &*member.key).collect();
        include_all(&mut combinations, include, &names);
        let combinations = combinations.into_iter().map(Json::from).collect();
        Some(Self { combinations })
    }
}

/// Returns the field `name`, or what `strategy` has under its own name for it.
fn either<'n>(
    reader: &mut Reader<'_>,
    fields: &mut Fields<'n>,
    strategy: &mut Option<Fields<'n>>,
    [name, theirs]: [&'static str; 2],
) -> Option<&'n Node> {
    let own = fields.take(name);
    let alias = strategy.as_mut().and_then(|strategy| strategy.take(theirs));
    if let (Some(_), Some(alias)) = (own, alias) {
        let message = format!("'strategy.{theirs}' says again what '{name}' says");
        reader.report.add(Code::BadValue, alias.key_span, message);
    }
    own.or(alias).map(|member| &member.value)
}

/// Reports the fields of a fan-out in a task that has none.
fn refuse_lonely(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    found: &[Option<&Node>],
) -> Option<FanOut> {
    for node in found.iter().flatten() {
        let message = "this is for tasks with 'each' or 'matrix'";
        reader.report.add(Code::BadValue, node.mark(), message);
    }
    for name in ["key", "tolerate", "batch"] {
        if let Some(member) = fields.peek(name) {
            let message = format!("'{name}' is for tasks with 'each' or 'matrix'");
            reader.report.add(Code::BadValue, member.key_span, message);
        }
    }
    None
}

fn refuse_computed(reader: &mut Reader<'_>, node: &Node) {
    if node.as_str().is_some_and(is_computed) {
        let hint = "use 'each' for what is known only when the run goes on";
        reader.refuse::<()>(node, "a matrix is not computed", hint);
    }
    node.items().iter().for_each(|item| refuse_computed(reader, item));
    node.members().iter().for_each(|member| refuse_computed(reader, &member.value));
}

/// Reads a list of maps.
fn maps(reader: &mut Reader<'_>, node: &Node) -> Option<Vec<Object>> {
    reader.list(node, |reader, item| {
        reader.members(item)?;
        item.to_json().as_object().map(|object| (**object).clone())
    })
}

/// Returns all combinations, the last axis changing first.
fn combine(axes: &[(&Member, &[Node])]) -> Vec<Object> {
    if axes.is_empty() {
        return Vec::new();
    }
    let mut combinations = vec![Object::new()];
    for (member, values) in axes {
        combinations = combinations
            .iter()
            .flat_map(|before| {
                values.iter().map(move |value| {
                    let mut combination = before.clone();
                    combination.insert(member.key.clone(), value.to_json());
                    combination
                })
            })
            .collect();
    }
    combinations
}

/// Whether `combination` has all members of `part`.
fn contains(combination: &Object, part: &Object) -> bool {
    part.iter().all(|(name, value)| combination.get(name) == Some(value))
}

/// Adds members to the combinations they fit, and new combinations, as GitHub does.
fn include_all(combinations: &mut Vec<Object>, include: Vec<Object>, axes: &[&str]) {
    let original = combinations.len();
    for included in include {
        let mut fits = false;
        for combination in &mut combinations[..original] {
            let changes_nothing = axes.iter().all(|axis| {
                included.get(axis).is_none_or(|value| combination.get(axis) == Some(value))
            });
            if changes_nothing {
                fits = true;
                combination.extend(included.clone());
            }
        }
        if !fits {
            combinations.push(included);
        }
    }
}

/// Reads `true`, `false` or `kill`.
fn read_fail_fast(reader: &mut Reader<'_>, node: &Node) -> Option<FailFast> {
    match &node.value {
        source::Value::Bool(true) => Some(FailFast::Finish),
        source::Value::Bool(false) => Some(FailFast::Off),
        source::Value::Text(word, _) if &**word == "kill" => Some(FailFast::Kill),
        _ => reader.expected(node, "true, false or 'kill'"),
    }
}

/// Reads `5` or `"10%"`.
fn tolerance(reader: &mut Reader<'_>, node: &Node) -> Option<Tolerance> {
    let Some(text) = node.as_str() else { return reader.count(node).map(Tolerance::Count) };
    let percent = text.strip_suffix('%').and_then(|number| number.trim().parse::<f64>().ok());
    match percent.filter(|percent| (0.0..=100.0).contains(percent)) {
        Some(percent) => Some(Tolerance::Percent(percent)),
        None => reader.refuse(node, "this is no tolerance", "write '5' or '10%'"),
    }
}
