//! Blocks of states: what stands one after another, and side by side.

use std::collections::BTreeSet;
use std::sync::Arc;

use compasso_types::{Json, Object};

use super::Plain;
use super::expressions::{Known, Sight, computed, step};
use super::shape::{Crossing, Shape, shape};
use crate::Code;
use crate::expression::Value;
use crate::tree::{Task, Tasks};

/// What the state is called that makes the output of the run.
const OUTPUTS: &str = "(outputs)";

/// Most tasks of a graph: a definition has a mebibyte at most.
const TASKS_MAX: usize = 2_000;

/// States with the name of the first one.
pub(super) struct Block {
    pub(super) start: String,
    pub(super) states: Vec<(String, Object)>,
}

/// The tasks of a graph.
#[derive(Clone, Copy)]
pub(super) struct Place<'t> {
    pub(super) tasks: &'t Tasks,
    /// The path of the group that they are in.
    pub(super) group: &'t str,
    /// For each task the blocks that it stands in, the outermost first.
    blocks: &'t [Vec<usize>],
}

/// What the output of a graph is made of.
#[derive(Clone, Copy)]
pub(super) enum Wanted<'v> {
    /// Nothing: it is an empty object.
    Nothing,
    /// The outputs of all tasks by their ids.
    All,
    /// A value, made by a state of its own.
    Value(&'v Value),
}

/// How a block ends.
enum End {
    /// With an object of the outputs of these tasks, by their ids.
    Exports(Vec<usize>),
    /// With a state that makes the output.
    Pass { name: String, output: Json },
}

/// Where in a graph a block stands.
#[derive(Clone, Copy)]
struct Spot {
    /// In how many blocks, itself among them.
    depth: usize,
    /// Whether a task that is skipped may end it.
    may_end: bool,
}

/// Some tasks as states.
pub(super) struct Piece {
    pub(super) block: Block,
    /// The states after which it is over, with the outputs of tasks that are known there.
    pub(super) exits: Vec<(usize, Vec<(usize, Json)>)>,
    /// The Choice state that goes to the end of the block if its task is skipped.
    pub(super) skips: Option<usize>,
}

impl Place<'_> {
    /// Returns the path of a task, which its states are named by.
    pub(super) fn path(&self, task: &Task) -> String {
        if self.group.is_empty() {
            task.id.to_string()
        } else {
            format!("{}.{}", self.group, task.id)
        }
    }

    fn at(&self, at: usize) -> &Task {
        &self.tasks.iter().as_slice()[at]
    }

    /// Returns how many blocks up from a task those are that are outside of `depth` blocks.
    fn level(&self, task: usize, depth: usize) -> usize {
        self.blocks[task].len() - depth
    }

    /// Returns how many blocks up from the task `read` the block is that it shares with `reader`.
    fn level_for(&self, read: usize, reader: usize) -> usize {
        let both = self.blocks[read].iter().zip(&self.blocks[reader]);
        self.level(read, both.take_while(|(one, other)| one == other).count())
    }

    fn ids(&self, tasks: &[usize]) -> Vec<&str> {
        tasks.iter().map(|task| &*self.at(*task).id).collect()
    }
}

impl Block {
    /// Puts a state in front that assigns a variable.
    pub(super) fn begin(&mut self, name: &str, variable: &str, value: Json) {
        let mut state = state("Pass");
        state.insert("Assign".into(), Json::object([(variable, value)]));
        state.insert("Next".into(), Json::from(&*self.start));
        self.states.insert(0, (name.to_owned(), state));
        name.clone_into(&mut self.start);
    }

    /// Returns `StartAt` and `States`.
    pub(super) fn members(self) -> Vec<(Arc<str>, Json)> {
        let states: Vec<(Arc<str>, Json)> =
            self.states.into_iter().map(|(name, state)| (name.into(), state.into())).collect();
        vec![("StartAt".into(), self.start.into()), ("States".into(), Json::object(states))]
    }
}

/// Returns the name of the state around several tasks.
fn state_name(place: Place<'_>, ids: &[&str]) -> String {
    const NAMED_MAX: usize = 3;
    let group = if place.group.is_empty() { String::new() } else { format!("{}: ", place.group) };
    let named = ids[..ids.len().min(NAMED_MAX)].join(", ");
    match ids.len().saturating_sub(NAMED_MAX) {
        0 => format!("({group}{named})"),
        more => format!("({group}{named} and {more} more)"),
    }
}

/// Makes a state the end of its block.
fn end_with(state: &mut Object, output: Json) {
    state.insert("Output".into(), output);
    state.insert("End".into(), true.into());
}

/// Returns a state of a type without anything else.
pub(super) fn state(kind: &str) -> Object {
    Object::from_iter([("Type".into(), Json::from(kind))])
}

impl Plain<'_, '_> {
    /// Writes a whole graph: that of the group at the path `group`.
    pub(super) fn graph(
        &mut self,
        tasks: &Tasks,
        group: &str,
        wanted: Wanted<'_>,
    ) -> Option<Block> {
        if tasks.len() > TASKS_MAX {
            return self.refuse(self.pipeline.span, &format!("more than {TASKS_MAX} tasks"));
        }
        let needs: Vec<Vec<usize>> = tasks
            .iter()
            .map(|task| task.needs.iter().filter_map(|n| tasks.position(&n.id)).collect())
            .collect();
        let mut place = Place { tasks, group, blocks: &[] };
        let shape = match shape(&needs) {
            Ok(shape) => shape,
            Err(crossing) => {
                self.refuse_crossing(place, crossing);
                tasks.iter().for_each(|task| self.refuse_of_task(task));
                return None;
            }
        };
        let blocks = shape.blocks(tasks.len());
        place.blocks = &blocks;
        let end = match wanted {
            Wanted::Nothing => End::Exports(Vec::new()),
            Wanted::All => End::Exports((0..tasks.len()).collect()),
            Wanted::Value(value) => {
                let sight = self.sight_at_end(place);
                let output = self.whole(value, &sight, self.pipeline.span)?;
                End::Pass { name: OUTPUTS.to_owned(), output }
            }
        };
        self.series(place, &shape, &end, Spot { depth: 1, may_end: true })
    }

    /// Returns what expressions see once all tasks ended.
    fn sight_at_end(&mut self, place: Place<'_>) -> Sight {
        let mut sight = Sight::default();
        for (at, task) in place.tasks.iter().enumerate() {
            let variable = self.variable(&place.path(task), place.level(at, 1));
            let may_lack = Self::may_skip(place, task);
            sight.needs.insert(task.id.clone(), Known { variable, may_lack });
        }
        sight
    }

    /// Returns what expressions of a task see.
    pub(super) fn sight_of(&mut self, place: Place<'_>, at: usize) -> Sight {
        let mut sight = Sight::default();
        for need in &place.at(at).needs {
            let Some(read) = place.tasks.position(&need.id) else { continue };
            let level = place.level_for(read, at);
            let variable = self.variable(&place.path(place.at(read)), level);
            sight.needs.insert(need.id.clone(), Known { variable, may_lack: false });
        }
        sight
    }

    /// Whether a task may be skipped, because of itself or of what it needs.
    fn may_skip(place: Place<'_>, task: &Task) -> bool {
        let mut open = vec![task];
        let mut seen = BTreeSet::new();
        while let Some(task) = open.pop() {
            if task.condition.is_some() {
                return true;
            }
            let needs = task.needs.iter().filter_map(|need| place.tasks.get(&need.id));
            open.extend(needs.filter(|need| seen.insert(need.id.clone())));
        }
        false
    }

    /// Writes what stands one after another.
    fn series(&mut self, place: Place<'_>, shape: &Shape, end: &End, spot: Spot) -> Option<Block> {
        let parts = match shape {
            Shape::Series(parts) => parts,
            other => std::slice::from_ref(other),
        };
        if let End::Exports(tasks) = end {
            for task in tasks {
                let level = place.level(*task, spot.depth);
                let variable = self.variable(&place.path(place.at(*task)), level);
                self.reads.insert(variable.to_string());
            }
        }
        // The last ones first: what they read is what those before them must hand on.
        let mut pieces = Vec::new();
        for (at, part) in parts.iter().enumerate().rev() {
            let is_last = at + 1 == parts.len();
            pieces.push(match part {
                Shape::Task(task) => self.task(place, *task, spot.may_end),
                inner => {
                    let may_end = spot.may_end && is_last;
                    self.parallel(place, inner, Spot { may_end, ..spot })
                }
            });
        }
        let pieces: Option<Vec<Piece>> = pieces.into_iter().rev().collect();
        Some(self.link(place, pieces?, end, spot.depth))
    }

    /// Writes what stands side by side in the block at `spot`.
    fn parallel(&mut self, place: Place<'_>, shape: &Shape, spot: Spot) -> Option<Piece> {
        let Shape::Parallel(parts) = shape else { return None };
        let (mut branches, mut gives, mut names) = (Vec::new(), Vec::new(), Vec::new());
        // What those that come later read is known; what is read inside must not count.
        let read_later = self.reads.clone();
        for (at, part) in parts.iter().enumerate() {
            let mut tasks = Vec::new();
            part.collect(&mut tasks);
            names.extend(place.ids(&tasks));
            tasks.retain(|task| {
                let level = place.level(*task, spot.depth);
                read_later.contains(&*self.variable(&place.path(place.at(*task)), level))
            });
            for task in &tasks {
                let id = step(&place.at(*task).id);
                gives.push((*task, computed(&format!("$states.result[{at}].{id}"))));
            }
            let may_end = spot.may_end && tasks.is_empty();
            let inside = Spot { depth: spot.depth + 1, may_end };
            branches.push(self.series(place, part, &End::Exports(tasks), inside));
        }
        let branches: Option<Vec<Block>> = branches.into_iter().collect();
        let branches = branches?.into_iter().map(|block| Json::object(block.members()));
        let mut parallel = state("Parallel");
        parallel.insert("Branches".into(), Json::array(branches.collect::<Vec<_>>()));
        let name = state_name(place, &names);
        let states = vec![(name.clone(), parallel)];
        Some(Piece { block: Block { start: name, states }, exits: vec![(0, gives)], skips: None })
    }

    /// Has each piece lead to the next one, and the last one to the end.
    fn link(&self, place: Place<'_>, pieces: Vec<Piece>, end: &End, depth: usize) -> Block {
        let starts: Vec<String> = pieces.iter().map(|piece| piece.block.start.clone()).collect();
        let mut block = Block { start: starts[0].clone(), states: Vec::new() };
        let mut assigned: Vec<usize> = Vec::new();
        let at_end = match end {
            End::Pass { name, .. } => Some(name),
            End::Exports(_) => None,
        };
        for (at, Piece { block: Block { mut states, .. }, exits, skips }) in
            pieces.into_iter().enumerate()
        {
            if let Some(choice) = skips {
                let skip =
                    at_end.cloned().unwrap_or_else(|| format!("{} skipped", states[choice].0));
                states[choice].1.insert("Default".into(), Json::from(&*skip));
                if at_end.is_none() {
                    let mut end_of_skipped = state("Pass");
                    let outputs = self.exports(place, end, (&assigned, &[]), depth);
                    end_with(&mut end_of_skipped, outputs);
                    states.push((skip, end_of_skipped));
                }
            }
            let next = starts.get(at + 1).or(at_end);
            let mut given = Vec::new();
            for (state, gives) in exits {
                let state = &mut states[state].1;
                given.extend(gives.iter().map(|(task, _)| *task));
                match next {
                    Some(next) => {
                        self.assign(place, gives, depth, state);
                        state.insert("Next".into(), Json::from(&**next));
                    }
                    None => end_with(state, self.exports(place, end, (&assigned, &gives), depth)),
                }
            }
            assigned.extend(given);
            block.states.extend(states);
        }
        if let End::Pass { name, output } = end {
            let mut pass = state("Pass");
            end_with(&mut pass, output.clone());
            block.states.push((name.clone(), pass));
        }
        block
    }

    /// Makes variables of outputs that somebody reads.
    fn assign(
        &self,
        place: Place<'_>,
        gives: Vec<(usize, Json)>,
        depth: usize,
        state: &mut Object,
    ) {
        let variables = gives.into_iter().filter_map(|(task, output)| {
            let variable = self.known(place, task, depth)?;
            self.reads.contains(&**variable).then(|| (variable.clone(), output))
        });
        let variables: Vec<_> = variables.collect();
        if !variables.is_empty() {
            state.insert("Assign".into(), Json::object(variables));
        }
    }

    fn known(&self, place: Place<'_>, task: usize, depth: usize) -> Option<&Arc<str>> {
        self.variables.get(&(place.path(place.at(task)), place.level(task, depth)))
    }

    /// Returns the outputs that are wanted of a block, as far as they are there: `assigned` before,
    /// or given by its last state.
    fn exports(
        &self,
        place: Place<'_>,
        end: &End,
        (assigned, gives): (&[usize], &[(usize, Json)]),
        depth: usize,
    ) -> Json {
        let End::Exports(wanted) = end else { return Json::Null };
        let outputs = wanted.iter().filter_map(|task| {
            let own = gives.iter().find(|(given, _)| given == task).map(|(_, output)| output);
            let output = match own {
                Some(output) => output.clone(),
                None if assigned.contains(task) => {
                    computed(&format!("${}", self.known(place, *task, depth)?))
                }
                None => return None,
            };
            Some((place.at(*task).id.clone(), output))
        });
        Json::object(outputs.collect::<Vec<_>>())
    }

    fn refuse_crossing(&mut self, place: Place<'_>, crossing: Crossing) {
        let Crossing { first, both, late, early } = crossing;
        let id = |at: usize| place.at(at).id.clone();
        let (first, both, late, early) = (id(first), id(both), id(late), id(early));
        let message = format!(
            "plain ASL has only series and parallels: '{late}' comes after '{first}' and '{both}', \
             but '{early}' only after '{both}'"
        );
        let hint = format!("let '{early}' need '{first}' as well, or '{late}' not");
        let span = place.tasks.get(&late).map_or(self.pipeline.span, |task| {
            task.needs.first().map_or(task.span, |need| need.span)
        });
        self.report.hint(Code::NotInAsl, span, message, hint);
    }
}
