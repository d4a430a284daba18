//! Graphs of tasks in a small text form, for tests of the engine.
//!
//! One branch a line, `id: clause; clause; …`. A branch is a task that the script speaks of by its
//! path (`group.task`), unless a clause says otherwise:
//!
//! | clause | meaning |
//! |---|---|
//! | `needs a b` | what it waits for |
//! | `blind` | it reads no record of what it needs |
//! | `when any_failed` | its rule, by the name pipelines have for it |
//! | `if EXPR` | its guard |
//! | `allow_failure EXPR` | whether its failure is tolerated |
//! | `teardown a b` | what it cleans up after |
//! | `with JSON` | the task's arguments |
//! | `wants JSON` | what it waits for before it starts; then `queue N`, `timeout N`, `heartbeat N`, `total N` are its limits in seconds |
//! | `outputs JSON` | its output, which sees `result` |
//! | `retry N` | retries, one second apart, but not of `Fatal*` |
//! | `fallback JSON` | the output of a state `task (fallback)` that stands in when it failed for good |
//! | `each EXPR` | an instance for each item; the script speaks of `task[]` |
//! | `batch N` | an instance for so many items |
//! | `matrix` | the items are called `matrix` |
//! | `key EXPR`, `parallel N` | the instances' names, and how many run at once |
//! | `tolerate N`, `tolerate N%` | how many instances may fail |
//! | `fail_fast kill`, `fail_fast off` | what becomes of the others when more do |
//! | `repeat EXPR` | runs again a second later until this holds; `rounds` counts |
//! | `pass` | no task; `outputs` is its output |
//! | `wait N` | no task; waits that many seconds |
//! | `undo` | a task `undo.PATH` undoes it, whose arguments are what it did |
//! | `hook OCCASION` | a task `OCCASION.PATH` beside the graph, told of it: `failed`, `retried`, … |
//! | `hook instances` | the same, `instances.PATH`, told of each instance that ended well |
//! | `hook done` | the same, `done.PATH`, told of a task that ended well, but not of a failure that is tolerated |
//! | `timer N` | a task `timer.PATH` beside the graph, that many seconds after its graph began |
//! | `group` | a graph of the lines below it that are indented further; with `wants` it holds that while it runs |
//!
//! A line that begins with `=` says something of the graph it stands in: `= outputs JSON`,
//! `= result EXPR`, `= result leaves`, `= timeout N` or `= timeout "{% EXPR %}"`, `= hook OCCASION`, `= timer N`, `= deadline N`
//! (gives the run up), `= saga ENDING …` (`failed`, `cancelled`, `timed_out`, and `stop` at the first
//! that cannot be undone). The variables `params` and `run` are the input's members of these names.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use compasso_expr::query::Query;
use compasso_ir::{
    Block, Branch, Dataflow, Definition, Each, ErrorPattern, FailFast, Field, Fork,
    IntegrationPattern, Jitter, Join, JsonataFlow, Kind, Map, MapMode, Placement, Resource,
    ResourceKind, Retrier, State, StateId, Task, Tolerance, TriggerRule, Value, Verdict, Wait,
};
use compasso_types::Json;

mod attempts;
mod beside;

use crate::CaseError;

/// The name of the outermost Fork.
const RUN: &str = "(run)";

/// Compiles a graph.
///
/// # Errors
/// The text is no graph.
pub fn compile_graph(text: &str) -> Result<Arc<Definition>, CaseError> {
    let lines: Vec<Line<'_>> = text.lines().filter_map(Line::read).collect();
    let mut compiler = Compiler { states: Vec::new() };
    let assign = Some(query(r#"{"params":"{% input.params %}","run":"{% input.run %}"}"#)?);
    let flow = JsonataFlow { output: Some(query("null")?), assign, arguments: None };
    let start = compiler.add("(input)", Kind::Pass(None), flow);
    let run = compiler.fork(RUN, &lines, Clauses::default())?;
    compiler.states[start.0 as usize].next = Some(run);
    Ok(Arc::new(Definition::new(compiler.states, Block { start }, None, BTreeMap::new())))
}

/// A line of the text.
struct Line<'t> {
    indent: usize,
    /// Absent if the line is about its graph.
    id: Option<&'t str>,
    clauses: &'t str,
}

impl<'t> Line<'t> {
    fn read(text: &'t str) -> Option<Self> {
        let line = text.trim();
        let indent = text.len() - text.trim_start().len();
        let (id, clauses) = if let Some(clauses) = line.strip_prefix("= ") {
            (None, clauses)
        } else {
            let (id, clauses) = line.split_once(':').unwrap_or((line, ""));
            (Some(id), clauses)
        };
        (!line.is_empty()).then_some(Self { indent, id, clauses })
    }
}

/// The clauses of a line that say what its state does.
#[derive(Default)]
struct Clauses {
    kind: Option<Kind>,
    is_group: bool,
    reads_nothing: bool,
    arguments: Option<Query>,
    outputs: Option<Query>,
    retries: Option<u32>,
    fallback: Option<Query>,
    placement: Option<Box<Placement>>,
    items: Option<Query>,
    each: Each,
    parallel: Option<Field<i64>>,
    until: Option<Query>,
    is_undone: bool,
    /// `None`: that an instance ended well.
    hooks: Vec<Box<str>>,
    timers: Vec<u32>,
}

struct Compiler {
    states: Vec<State>,
}

impl Compiler {
    fn add(&mut self, name: &str, kind: Kind, flow: JsonataFlow) -> StateId {
        let id = StateId(u32::try_from(self.states.len()).expect("a test has few states"));
        self.states.push(State {
            name: name.into(),
            kind,
            data: Dataflow::Jsonata(Box::new(flow)),
            next: None,
            retry: Vec::new(),
            catch: Vec::new(),
        });
        id
    }

    /// Compiles the lines of one graph; deeper ones belong to the group above them.
    fn fork(
        &mut self,
        name: &str,
        lines: &[Line<'_>],
        mut clauses: Clauses,
    ) -> Result<StateId, CaseError> {
        let hold = clauses.placement.take().map(|placement| Box::new(task(Some(placement))));
        // Its kind is known once its branches are compiled; its number stands before theirs.
        let id = self.single(name, Kind::Succeed, clauses);
        let indent = lines.first().map_or(0, |line| line.indent);
        let own: Vec<_> = (0..lines.len()).filter(|at| lines[*at].indent == indent).collect();
        let ids: Vec<_> = own.iter().filter_map(|at| lines[*at].id).collect();
        let prefix = if name == RUN { String::new() } else { format!("{name}.") };
        let mut branches = Vec::new();
        for (at, end) in own.iter().zip(own.iter().skip(1).chain([&lines.len()])) {
            if let Some(id) = lines[*at].id {
                let (mut branch, clauses) = read_branch(id, lines[*at].clauses, &ids)?;
                let inside = &lines[at + 1..*end];
                let name = format!("{prefix}{id}");
                self.asides(&name, &mut branch, &clauses)?;
                branch.body.start = self.body(&name, inside, clauses)?;
                branches.push(branch);
            }
        }
        let mut fork = Fork::graph(branches).map_err(|error| CaseError(error.to_string()))?;
        if let Join::Graph(graph) = &mut fork.join {
            graph.hold = hold;
        }
        for line in own.iter().map(|at| &lines[*at]).filter(|line| line.id.is_none()) {
            if !self.set_beside(&mut fork, line.clauses)? {
                set(&mut fork, line.clauses)?;
            }
        }
        self.states[id.0 as usize].kind = Kind::Fork(fork);
        Ok(id)
    }

    fn body(
        &mut self,
        name: &str,
        inside: &[Line<'_>],
        mut clauses: Clauses,
    ) -> Result<StateId, CaseError> {
        if let Some(items) = clauses.items.take() {
            return self.map(name, inside, items, clauses);
        }
        if clauses.is_group {
            return self.fork(name, inside, clauses);
        }
        let kind = clauses
            .kind
            .take()
            .unwrap_or_else(|| Kind::Task(task(clauses.placement.take()).into()));
        let until = clauses.until.take();
        let fallback = clauses.fallback.take();
        let id = self.single(name, kind, clauses);
        if let Some(output) = fallback {
            self.fall_back(name, id, output)?;
        }
        if let Some(until) = until {
            self.repeat(name, id, until)?;
        }
        Ok(id)
    }

    fn map(
        &mut self,
        name: &str,
        inside: &[Line<'_>],
        items: Query,
        mut clauses: Clauses,
    ) -> Result<StateId, CaseError> {
        let id = self.add(name, Kind::Succeed, JsonataFlow::default());
        let each = Each { has_readers: true, ..std::mem::take(&mut clauses.each) };
        let max_concurrency = clauses.parallel.take();
        let start = self.body(&format!("{name}[]"), inside, clauses)?;
        self.states[id.0 as usize].kind = Kind::Map(Box::new(Map {
            items_path: None,
            items: Some(items),
            item_selector: Some(Value::Query(query("null")?)),
            max_concurrency,
            processor: Block { start },
            mode: MapMode::Inline,
            each: Some(Box::new(each)),
        }));
        Ok(id)
    }

    fn single(&mut self, name: &str, kind: Kind, clauses: Clauses) -> StateId {
        let Clauses { arguments, outputs, retries, .. } = clauses;
        let id = self.add(name, kind, JsonataFlow { arguments, output: outputs, assign: None });
        self.states[id.0 as usize].retry.extend(retries.map(retrier));
        id
    }
}

fn read_branch(id: &str, text: &str, ids: &[&str]) -> Result<(Branch, Clauses), CaseError> {
    let mut branch = Branch::new(id, Block { start: StateId(0) });
    let mut clauses = Clauses::default();
    for clause in text.split(';').map(str::trim).filter(|clause| !clause.is_empty()) {
        let (word, rest) = clause.split_once(' ').unwrap_or((clause, ""));
        match word {
            "needs" => branch.needs = places(rest, ids)?,
            "blind" => clauses.reads_nothing = true,
            "when" => branch.rule = rule(rest)?,
            "if" => branch.guard = Some(expression(rest)?),
            "allow_failure" => branch.allow_failure = Some(expression(rest)?),
            "teardown" => branch.teardown_of = places(rest, ids)?,
            "with" => clauses.arguments = Some(query(rest)?),
            "wants" => clauses.placement = Some(placement(rest)?),
            "queue" | "timeout" | "heartbeat" | "total" => limit(&mut clauses, word, rest)?,
            "outputs" => clauses.outputs = Some(query(rest)?),
            "retry" => clauses.retries = Some(number(rest)?),
            "fallback" => clauses.fallback = Some(query(rest)?),
            "each" => clauses.items = Some(expression(rest)?),
            "batch" => clauses.each.batch = Some(number(rest)?),
            "matrix" => clauses.each.is_matrix = true,
            "key" => clauses.each.key = Some(expression(rest)?),
            "parallel" => clauses.parallel = Some(Field::Literal(number(rest)?.into())),
            "tolerate" => {
                clauses.each.tolerated = match rest.strip_suffix('%') {
                    Some(percent) => Tolerance::Percent(number(percent)?.into()),
                    None => Tolerance::Count(number(rest)?),
                };
            }
            "fail_fast" => {
                let kill = rest == "kill";
                clauses.each.fail_fast = if kill { FailFast::Kill } else { FailFast::Off };
            }
            "repeat" => clauses.until = Some(expression(rest)?),
            "pass" => clauses.kind = Some(Kind::Pass(None)),
            "wait" => {
                let seconds = Field::Literal(number(rest)?.into());
                clauses.kind = Some(Kind::Wait(Wait::Seconds(seconds)));
            }
            "undo" => clauses.is_undone = true,
            "hook" => clauses.hooks.push(rest.into()),
            "timer" => clauses.timers.push(number(rest)?),
            "group" => clauses.is_group = true,
            _ => return Err(CaseError(format!("unknown clause: {clause}"))),
        }
    }
    if !clauses.reads_nothing {
        branch.reads.clone_from(&branch.needs);
    }
    Ok((branch, clauses))
}

fn set(fork: &mut Fork, clause: &str) -> Result<(), CaseError> {
    let Join::Graph(graph) = &mut fork.join else { return Ok(()) };
    match clause.split_once(' ').unwrap_or((clause, "")) {
        ("outputs", value) => {
            let output = query(value)?;
            if output.literal().is_some() {
                graph.reads.clear();
            }
            graph.output = Some(output);
        }
        ("result", "leaves") => graph.verdict = Verdict::LeavesSucceeded,
        ("result", condition) => graph.verdict = Verdict::Holds(expression(condition)?),
        ("timeout", limit) if limit.starts_with('"') => {
            graph.timeout = Some(Field::Query(query(limit)?));
        }
        ("timeout", seconds) => {
            let limit = Duration::from_secs(number(seconds)?.into());
            graph.timeout = Some(Field::Literal(limit));
        }
        _ => return Err(CaseError(format!("unknown setting: {clause}"))),
    }
    Ok(())
}

fn placement(wants: &str) -> Result<Box<Placement>, CaseError> {
    let wants = query(wants)?;
    Ok(Box::new(Placement {
        wants,
        queue_timeout: None,
        timeout: None,
        heartbeat: None,
        total_timeout: None,
    }))
}

/// Reads a limit of a task that was said to have a placement.
fn limit(clauses: &mut Clauses, word: &str, seconds: &str) -> Result<(), CaseError> {
    let Some(placement) = &mut clauses.placement else {
        return Err(CaseError(format!("{word} without 'wants' before it")));
    };
    let limit = match word {
        "queue" => &mut placement.queue_timeout,
        "timeout" => &mut placement.timeout,
        "total" => &mut placement.total_timeout,
        _ => &mut placement.heartbeat,
    };
    *limit = Some(Field::Literal(Duration::from_secs(number(seconds)?.into())));
    Ok(())
}

fn task(placement: Option<Box<Placement>>) -> Task {
    let kind = ResourceKind::Service {
        service: "case".into(),
        action: "work".into(),
        pattern: IntegrationPattern::RequestResponse,
    };
    let resource = Resource { arn: "arn:aws:states:::case:work".into(), kind };
    Task { resource, timeout: None, heartbeat: None, credentials: None, placement }
}

fn retrier(max_attempts: u32) -> Retrier {
    Retrier {
        errors: vec![ErrorPattern::Like("*".into())],
        except: vec![ErrorPattern::Like("Fatal*".into())],
        interval: Duration::from_secs(1),
        max_attempts,
        backoff_rate: 1.0,
        max_delay: None,
        jitter: Jitter::None,
        window: None,
    }
}

fn places(names: &str, ids: &[&str]) -> Result<Vec<u32>, CaseError> {
    let place = |name| {
        let place = ids.iter().position(|id| *id == name);
        let unknown = || CaseError(format!("no branch is called '{name}'"));
        place.and_then(|place| u32::try_from(place).ok()).ok_or_else(unknown)
    };
    names.split_whitespace().map(place).collect()
}

fn rule(name: &str) -> Result<TriggerRule, CaseError> {
    TriggerRule::named(name).ok_or_else(|| CaseError(format!("no rule is called '{name}'")))
}

fn number(text: &str) -> Result<u32, CaseError> {
    text.parse().map_err(|_| CaseError(format!("no whole number: {text}")))
}

fn expression(text: &str) -> Result<Query, CaseError> {
    compiled(&Json::from(format!("{{% {text} %}}")))
}

fn query(text: &str) -> Result<Query, CaseError> {
    compiled(&Json::parse(text).map_err(|error| CaseError(format!("{text}: {error}")))?)
}

fn compiled(value: &Json) -> Result<Query, CaseError> {
    Query::compile_over_document(value).map_err(|errors| CaseError(format!("{value}: {errors:?}")))
}
