//! Checks and compiles a whole definition: its blocks, then its states, then how they connect.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use compasso_ir::{Block, Definition, ExecutionType, State, StateId};
use compasso_types::limits::NAME_CHARS_MAX;

use crate::Analysis;
use crate::Code;
use crate::cursor::Cursor;
use crate::fields;
use crate::flow::Flow;
use crate::outline::{BlockId, Outline, Part};
use crate::report::{Problem, Report, Stage};
use crate::schema::{self, BRANCH, MACHINE, PROCESSOR};
use crate::source::Node;
use crate::state::{StateCompiler, refuse_kind};
use crate::variables::Variables;

/// Compiles the definition at `root`, an object.
pub(crate) fn compile(text: &str, root: &Node, execution_type: ExecutionType) -> Analysis {
    let outline = Outline::new(root);
    let variables = Variables::new(&outline);
    compile_outline(text, &outline, execution_type, variables)
}

/// Compiles a definition around one state, which may read variables that are assigned elsewhere.
pub(crate) fn compile_part(text: &str, root: &Node) -> Analysis {
    let outline = Outline::new(root);
    let variables = Variables::new(&outline).and_others();
    compile_outline(text, &outline, ExecutionType::Standard, variables)
}

fn compile_outline(
    text: &str,
    outline: &Outline<'_>,
    execution_type: ExecutionType,
    variables: Variables,
) -> Analysis {
    let mut report = Report::new(text);
    let definition = definition(text, outline, execution_type, variables, &mut report);
    let definition = definition.map(Arc::new);
    Analysis { definition, diagnostics: report.finish() }
}

/// What the states of a machine share while they are compiled.
struct Compilation<'s> {
    text: &'s str,
    outline: &'s Outline<'s>,
    execution_type: ExecutionType,
    /// For each block its first state.
    starts: Vec<Option<StateId>>,
    flow: Flow,
    variables: Variables,
    labels: BTreeSet<Arc<str>>,
}

fn definition<'s>(
    text: &'s str,
    outline: &'s Outline<'s>,
    execution_type: ExecutionType,
    variables: Variables,
    report: &mut Report<'s>,
) -> Option<Definition> {
    let machine = Cursor::block(outline, BlockId::MACHINE);
    report_repeated(report, machine.node, None);
    report_shared_names(report, outline);
    let mut flow = Flow::new(outline);
    let blocks = outline.block_ids();
    let starts = blocks.map(|id| check_block(report, &mut flow, outline, id)).collect();
    let timeout = machine_fields(report, &machine);
    let mut compilation = Compilation {
        text,
        outline,
        execution_type,
        starts,
        flow,
        variables,
        labels: BTreeSet::new(),
    };
    let ids = outline.state_ids();
    let states = ids.filter_map(|id| compilation.state(report, id)).collect();
    let Compilation { starts, flow, variables, .. } = compilation;
    report.enter(Stage::Flow);
    flow.check(report, outline, &starts);
    let start = starts.first().copied().flatten().filter(|_| !report.has_errors())?;
    Some(Definition::new(states, Block { start }, timeout, variables.into_references()))
}

impl<'s> Compilation<'s> {
    /// Compiles one state; `None` if it cannot be built, which was then reported.
    fn state(&mut self, report: &mut Report<'s>, id: StateId) -> Option<State> {
        let outline = self.outline;
        let state = outline.state(id);
        let at = Cursor::state(outline, id);
        check_state_name(report, &at);
        let Some(kind) = state.kind else {
            refuse_kind(report, &at);
            self.flow.doubt(state.block);
            return None;
        };
        let compiler = StateCompiler {
            at,
            id,
            kind,
            block: state.block,
            language: state.language,
            execution_type: self.execution_type,
            text: self.text,
            outline,
            starts: &self.starts,
            report,
            flow: &mut self.flow,
            variables: &mut self.variables,
            labels: &mut self.labels,
        };
        compiler.compile()
    }
}

/// Checks the fields of a block and returns the state it starts with.
fn check_block(
    report: &mut Report<'_>,
    flow: &mut Flow,
    outline: &Outline<'_>,
    id: BlockId,
) -> Option<StateId> {
    let at = Cursor::block(outline, id);
    let shape = match outline.block(id).owner {
        None => &MACHINE,
        Some((_, Part::Branch(_))) => &BRANCH,
        Some((_, Part::ItemProcessor | Part::Iterator)) => &PROCESSOR,
    };
    schema::check(report, &at, shape, outline.block(id).language);
    fields::comment(report, &at);
    let machine = outline.block(BlockId::MACHINE).language;
    fields::query_language(report, &at, machine);
    let states = at.field("States");
    if let Some(states) = &states
        && fields::object(report, states).is_some()
        && states.node.members().is_empty()
    {
        flow.doubt(id);
        return fields::empty(report, states);
    }
    let start = at.field("StartAt").filter(|_| states.is_some_and(|at| at.is_object()));
    if start.is_none() {
        flow.doubt(id);
    }
    flow.resolve(report, outline, id, &start?)
}

/// Reads the fields only the machine has.
fn machine_fields(report: &mut Report<'_>, at: &Cursor<'_>) -> Option<Duration> {
    if let Some(version) = at.field("Version") {
        fields::one_of(report, &version, &["1.0"]);
    }
    let timeout = at.field("TimeoutSeconds")?;
    let seconds = fields::integer(report, &timeout, fields::SECONDS)?;
    Some(Duration::from_secs(seconds.unsigned_abs()))
}

fn check_state_name(report: &mut Report<'_>, at: &Cursor<'_>) {
    let name = at.name();
    let message = if name.is_empty() {
        "State names cannot be empty".to_owned()
    } else if name.chars().count() > NAME_CHARS_MAX {
        format!(
            "State name '{name}' exceeds the {NAME_CHARS_MAX}-character limit allowed by the service"
        )
    } else {
        return;
    };
    report.problem_of_name(at, Problem::error(Code::InvalidStateName, message));
}

/// Reports states that have the name of one in another block.
fn report_shared_names(report: &mut Report<'_>, outline: &Outline<'_>) {
    let mut names: BTreeMap<&str, StateId> = BTreeMap::new();
    for id in outline.state_ids() {
        let at = Cursor::state(outline, id);
        let first = *names.entry(at.name()).or_insert(id);
        if first != id {
            let other = report.search(|| Some(Cursor::state(outline, first).location()));
            let hint = other.map(|other| format!("the first one is {other}"));
            report.problem_of_name(&at, duplicate_state(at.name()).hint(hint));
        }
    }
}

/// Returns the problem of a state that has the name of another one.
fn duplicate_state(name: &str) -> Problem {
    Problem::error(Code::DuplicateStateName, format!("Duplicate State name: {name}"))
}

/// The way to a value anywhere in the text.
struct Way<'a> {
    parent: Option<&'a Way<'a>>,
    step: Step<'a>,
}

enum Step<'a> {
    Member(&'a str),
    Item(usize),
}

/// Reports members whose name an earlier member of the same object has, at any depth.
fn report_repeated(report: &mut Report<'_>, node: &Node, way: Option<&Way<'_>>) {
    for member in node.members() {
        let way = Way { parent: way, step: Step::Member(&member.key) };
        if member.repeated {
            let message = format!("Duplicate field '{}'", member.key);
            report.schema_member(member, || way.location(), message);
        }
        report_repeated(report, &member.value, Some(&way));
    }
    for (index, item) in node.items().iter().enumerate() {
        report_repeated(report, item, Some(&Way { parent: way, step: Step::Item(index) }));
    }
}

impl Way<'_> {
    fn location(&self) -> String {
        let ways = std::iter::successors(Some(self), |way| way.parent);
        let mut steps: Vec<String> = ways
            .map(|way| match way.step {
                Step::Member(name) => format!("/{name}"),
                Step::Item(index) => format!("[{index}]"),
            })
            .collect();
        steps.reverse();
        steps.concat()
    }
}
