//! A task as states: whether it runs, how often, and what stands in for it.

use std::sync::Arc;

use compasso_types::{Json, Object};

use super::Plain;
use super::block::{Block, Piece, Place, state};
use super::expressions::{Sight, computed};
use crate::tree::{Fallback, FanOut, Items, Task};

/// The states of what a task does.
pub(super) struct Body {
    pub(super) states: Vec<(String, Object)>,
    /// The states after which it is done, with its output there.
    pub(super) exits: Vec<(usize, Json)>,
}

impl Body {
    /// Makes a body of one state.
    pub(super) fn of(name: &str, state: Object, output: Json) -> Self {
        Self { states: vec![(name.to_owned(), state)], exits: vec![(0, output)] }
    }
}

impl Plain<'_, '_> {
    /// Writes the task at a place. `may_end`: all may be over if it is skipped.
    pub(super) fn task(&mut self, place: Place<'_>, at: usize, may_end: bool) -> Option<Piece> {
        let task = &place.tasks.iter().as_slice()[at];
        self.refuse_of_task(task);
        let (path, sight) = (place.path(task), self.sight_of(place, at));
        let body = match &task.fan_out {
            Some(fan_out) => self.map(task, fan_out, &path, &sight),
            None => self.work(task, &path, &path, &sight),
        };
        let Body { mut states, exits } = body?;
        if let Some(description) = &task.description {
            states[0].1.insert("Comment".into(), Json::String(description.clone()));
        }
        let mut start = states[0].0.clone();
        let mut skips = None;
        if let Some(condition) = &task.condition {
            if !may_end {
                let what = "'if' of a task beside or before others: it ends the whole branch";
                self.refuse::<()>(condition.span, what);
            }
            let holds = self.expression(condition, &sight)?;
            let rule = Json::object([
                ("Condition", computed(&format!("({holds}) ? true : false"))),
                ("Next", Json::from(&*start)),
            ]);
            let mut choice = state("Choice");
            choice.insert("Choices".into(), Json::array([rule]));
            start = format!("{path} (if)");
            skips = Some(states.len());
            states.push((start.clone(), choice));
        }
        let exits = exits.into_iter().map(|(state, output)| (state, vec![(at, output)]));
        Some(Piece { block: Block { start, states }, exits: exits.collect(), skips })
    }

    /// Writes the Map around what a task does.
    fn map(&mut self, task: &Task, fan_out: &FanOut, path: &str, sight: &Sight) -> Option<Body> {
        let items = match &fan_out.items {
            // What is no list is a list of one, and nothing is an empty one.
            Items::Each(each) => {
                let each = self.expression(each, sight)?;
                computed(&format!("$append([], {each})"))
            }
            Items::List(list) => self.whole(list, sight, task.span)?,
            Items::Matrix(matrix) => Json::array(matrix.combinations.clone()),
            Items::From(..) => {
                return self.refuse(task.span, "'each' of a file");
            }
        };
        let Body { mut states, exits } = self.work(task, &format!("{path}[]"), path, sight)?;
        for (exit, output) in exits {
            states[exit].1.insert("Output".into(), output);
            states[exit].1.insert("End".into(), true.into());
        }
        let block = Block { start: states[0].0.clone(), states };
        let mode = Json::object([("Mode", Json::from("INLINE"))]);
        let mut processor = vec![(Arc::from("ProcessorConfig"), mode)];
        processor.extend(block.members());
        let mut map = state("Map");
        map.insert("Items".into(), items);
        map.insert("MaxConcurrency".into(), Json::from(i64::from(fan_out.max_parallel)));
        map.insert("ItemProcessor".into(), Json::object(processor));
        Some(Body::of(path, map, computed("$states.result")))
    }

    /// Adds what stands in for work that has failed for good. The work is the first state.
    pub(super) fn fall_back(
        &mut self,
        task: &Task,
        body: &mut Body,
        name: &str,
        sight: &Sight,
    ) -> Option<()> {
        let Some(fallback) = &task.fallback else { return Some(()) };
        let name = format!("{name} (fallback)");
        let (state, output) = match fallback {
            Fallback::Output(output) => (state("Pass"), self.whole(output, sight, task.span)?),
            Fallback::Action(action) => self.action(task, action, sight)?,
        };
        let catcher = Json::object([
            ("ErrorEquals", Json::array([Json::from("States.ALL")])),
            ("Next", Json::from(&*name)),
        ]);
        body.states[0].1.insert("Catch".into(), Json::array([catcher]));
        body.exits.push((body.states.len(), output));
        body.states.push((name, state));
        Some(())
    }
}
