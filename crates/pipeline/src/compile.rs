//! From the tree to the internal representation that the engine runs.
//!
//! A pipeline becomes a graph of branches, one a task. What the engine cannot run yet is refused,
//! and never left out. Triggers, concurrency, retention and tests are not about a run, and are not
//! compiled.

mod allowed;
mod approve;
mod assets;
mod attempts;
mod beside;
mod calls;
mod deadline;
mod fan_out;
mod hold;
mod machine;
mod past;
mod placement;
mod repeat;
mod retry;
mod saga;
mod script;
mod secrets;
mod states;
mod step_action;
mod tasks;
mod unsupported;
mod uses;
mod value;
mod wait;
mod watch;
mod work;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use compasso_expr::query::Programs;
use compasso_ir::{Aside, Block, Definition, Field, Fork, Join, Kind, StateId, Verdict};
use compasso_types::Json;
use compasso_types::limits::EXPRESS_DURATION_MAX;

use crate::Diagnostic;
use crate::deadlines;
use crate::report::Report;
use crate::source;
use crate::tree::{self, Mode, Pipeline};
pub use deadline::fails_at_deadline;
pub use past::is_of_past;
pub use saga::{is_of_compensation, undoes};
use states::{States, flow};
use value::{Read, texts};

/// Limit of a run whose pipeline has none.
const RUN_TIMEOUT: Duration = Duration::from_secs(30 * 86_400);
/// The resource of tasks that stand in for the work of others in a test.
pub const MOCK: &str = "arn:aws:states:::compasso:mock";
/// The resource of what a group holds while it runs; whoever takes it does nothing.
pub const HOLD: &str = "arn:aws:states:::compasso:hold";
/// The states before the first task, and the graph of all tasks.
const INPUT: &str = "(input)";
const RUN: &str = "(run)";

/// Compiles a pipeline of the file `text` that has no errors. An execution starts with an object of
/// `params`, `run` and `trigger` as its input.
///
/// # Errors
/// All parts that this version cannot run.
pub fn compile(text: &str, pipeline: &Pipeline) -> Result<Arc<Definition>, Vec<Diagnostic>> {
    compiled(text, pipeline, None)
}

/// Compiles a pipeline for a test: tasks whose paths (`task`, `group.task`) are among `mocked` have
/// a task of the resource [`MOCK`] instead of their work, whose result is theirs. What only shows
/// outside of a run, such as assets that are written, is left out.
///
/// # Errors
/// All parts that this version cannot run.
pub fn compile_mocked(
    text: &str,
    pipeline: &Pipeline,
    mocked: &BTreeSet<Arc<str>>,
) -> Result<Arc<Definition>, Vec<Diagnostic>> {
    compiled(text, pipeline, Some(mocked))
}

/// Returns the path of the task that a state belongs to, by its name.
pub fn task_of(state: &str) -> &str {
    let path = state.split(" (").next().unwrap_or(state);
    path.strip_suffix("[]").unwrap_or(path)
}

fn compiled(
    text: &str,
    pipeline: &Pipeline,
    mocked: Option<&BTreeSet<Arc<str>>>,
) -> Result<Arc<Definition>, Vec<Diagnostic>> {
    let mut compiler = Compiler {
        report: Report::new(text),
        pipeline,
        mocked,
        states: States::default(),
        programs: Programs::default(),
        read: Read::default(),
        about_any_task: Vec::new(),
        asks: false,
        after: None,
        missed: Vec::new(),
    };
    compiler.refuse_of_pipeline();
    let start = compiler.start();
    match start {
        Some(start) if compiler.report.errors() == 0 => {
            let states = compiler.states.finish();
            Ok(Arc::new(Definition::new(states, Block { start }, None, BTreeMap::new())))
        }
        _ => Err(compiler.report.finish(&source::read(text).roots)),
    }
}

/// What is being compiled.
struct Compiler<'p, 's> {
    report: Report<'s>,
    pipeline: &'p Pipeline,
    /// In a test, the tasks whose work is not done.
    mocked: Option<&'p BTreeSet<Arc<str>>>,
    states: States,
    /// All expressions so far.
    programs: Programs,
    /// The needs that expressions of the task at hand read.
    read: Read,
    /// Hooks of the pipeline that are told of any task.
    about_any_task: Vec<Aside>,
    /// Whether what is compiled is told of an approval, and may read its links.
    asks: bool,
    /// The path of what must not go on any more when what is compiled begins; empty: the whole run.
    after: Option<String>,
    /// What is done at deadlines of runs that have not begun, by number and place.
    missed: Vec<(String, StateId)>,
}

impl Compiler<'_, '_> {
    /// Compiles the states before the tasks, and the tasks.
    fn start(&mut self) -> Option<StateId> {
        let pipeline = self.pipeline;
        let mut given = vec!["params", "run", "trigger"];
        if deadlines::are_told(pipeline) {
            given.push("deadlines");
        }
        let given =
            given.into_iter().map(|name| (name, Json::from(format!("{{% input.{name} %}}"))));
        let start = self.assign(INPUT, &Json::object(given))?;
        let mut last = start;
        // What variables read of the environment is there before them.
        if pipeline.vars.iter().any(|(_, value)| value.reads().of("env").is_some()) {
            let env = pipeline.env.iter().filter(|(_, value)| value.reads().of("vars").is_none());
            let env = Json::object(texts(&env.cloned().collect::<Vec<_>>()));
            last = self.follow(last, "(env before vars)", &Json::object([("env", env)]))?;
        }
        for (at, (name, value)) in pipeline.vars.iter().enumerate() {
            let mut vars: Vec<(Arc<str>, Json)> = pipeline.vars[..at]
                .iter()
                .map(|(name, _)| (name.clone(), Json::from(format!("{{% vars.`{name}` %}}"))))
                .collect();
            vars.push((name.clone(), value.template()));
            let vars = Json::object([("vars", Json::object(vars))]);
            last = self.follow(last, &format!("(vars.{name})"), &vars)?;
        }
        if !pipeline.env.is_empty() {
            let env = Json::object(texts(&pipeline.env));
            last = self.follow(last, "(env)", &Json::object([("env", env)]))?;
        }
        let run = self.run()?;
        let run = self.or_missed(run)?;
        self.states.get(last).next = Some(run);
        Some(start)
    }

    /// Adds a state that assigns variables and has no output.
    fn assign(&mut self, name: &str, assigned: &Json) -> Option<StateId> {
        let assign = Some(self.query(assigned, self.pipeline.span)?);
        let output = Some(self.query(&Json::Null, self.pipeline.span)?);
        Some(self.states.add(name, Kind::Pass(None), flow(None, output, assign)))
    }

    fn follow(&mut self, last: StateId, name: &str, assigned: &Json) -> Option<StateId> {
        let id = self.assign(name, assigned)?;
        self.states.get(last).next = Some(id);
        Some(id)
    }

    /// Compiles the graph of all tasks.
    fn run(&mut self) -> Option<StateId> {
        let pipeline = self.pipeline;
        let id = self.states.add(RUN, Kind::Succeed, flow(None, None, None));
        let (asides, read_beside) = self.reading(|compiler| {
            let mut asides = compiler.hooks_of_pipeline();
            asides.extend(compiler.deadlines_of_pipeline()?);
            Some(asides)
        });
        let mut fork = self.graph(&pipeline.tasks, "")?;
        let saga = self.saga();
        self.read = read_beside;
        let output = match &pipeline.outputs {
            Some(outputs) => {
                let json = outputs.template();
                self.query(&json, pipeline.span)
            }
            None => self.query(&Json::empty_object(), pipeline.span),
        };
        let verdict = match &pipeline.verdict {
            tree::Verdict::Any => Verdict::NoneFailed,
            tree::Verdict::Leaves => Verdict::LeavesSucceeded,
            tree::Verdict::Expression(expression) => Verdict::Holds(self.expression(expression)?),
        };
        let read = std::mem::take(&mut self.read);
        if let Fork { join: Join::Graph(graph), branches } = &mut fork {
            let ids = branches.iter().map(|branch| &branch.id);
            let reads = (0..).zip(ids).filter(|(_, id)| read.has(id)).map(|(at, _)| at).collect();
            graph.reads = reads;
            graph.asides = asides?;
            graph.saga = saga;
            graph.output = output;
            graph.verdict = verdict;
            let longest = match pipeline.mode {
                Mode::Standard => RUN_TIMEOUT,
                Mode::Express => EXPRESS_DURATION_MAX,
            };
            graph.timeout = Some(Field::Literal(pipeline.timeout.unwrap_or(longest)));
            graph.tells_limit = true;
        }
        self.states.get(id).kind = Kind::Fork(fork);
        Some(id)
    }
}
