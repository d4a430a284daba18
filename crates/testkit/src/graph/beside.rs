//! What runs beside graphs, in their text form.

use compasso_ir::{
    Aside, Block, Branch, Each, Ending, Fail, FailFast, Field, Fork, Join, JsonataFlow, Kind, Map,
    MapMode, Occasion, Saga, StateId, Tolerance, Undo, Undoes, Wait,
};

use super::{Clauses, Compiler, number, query, task};
use crate::CaseError;

/// All occasions, by the names that the text form has for them.
const OCCASIONS: [(&str, Occasion); 8] = [
    ("opened", Occasion::Opened),
    ("started", Occasion::Started),
    ("retried", Occasion::Retried),
    ("succeeded", Occasion::Succeeded),
    ("failed", Occasion::Failed),
    ("skipped", Occasion::Skipped),
    ("cancelled", Occasion::Cancelled),
    ("ended", Occasion::Ended),
];

/// What the first state of an aside makes of its input.
const GIVEN: &str = r#"{"task":"{% input.task %}","needs":"{% input.needs %}",
    "item":"{% input.item %}","run":"{% input.run %}"}"#;
/// What the task of an aside is told.
const TOLD: &str = r#"{"id":"{% task.id %}","state":"{% task.state %}","key":"{% task.key %}",
    "output":"{% task.output %}","error":"{% task.error.name %}","item":"{% item %}",
    "needs":"{% $count($keys(needs)) > 0 ? $each(needs, function($v) { $v.state }) : () %}",
    "run":"{% run %}"}"#;

impl Compiler {
    pub(super) fn asides(
        &mut self,
        name: &str,
        branch: &mut Branch,
        clauses: &Clauses,
    ) -> Result<(), CaseError> {
        let reads = branch.reads.clone();
        for told in &clauses.hooks {
            let (of_instances, of_done) = (**told == *"instances", **told == *"done");
            let on = if of_instances || of_done { Occasion::Succeeded } else { occasion(told)? };
            let hook = self.hook(&format!("{told}.{name}"), on, reads.clone())?;
            branch.asides.push(Aside { of_instances, of_done, ..hook });
        }
        for seconds in &clauses.timers {
            branch.asides.push(self.timer(&format!("timer.{name}"), *seconds, reads.clone())?);
        }
        if clauses.is_undone {
            let name = format!("undo.{name}");
            let body = Block { start: self.told(&name)? };
            branch.undo = Some(Box::new(Undo {
                name: name.into(),
                body,
                reads,
                of_instances: clauses.items.is_some(),
                unsure: vec!["Lost".into()],
            }));
        }
        Ok(())
    }

    /// Reads a setting of a graph that is about what runs beside it; returns whether it is one.
    pub(super) fn set_beside(&mut self, fork: &mut Fork, clause: &str) -> Result<bool, CaseError> {
        let Join::Graph(graph) = &mut fork.join else { return Ok(false) };
        match clause.split_once(' ').unwrap_or((clause, "")) {
            ("hook", on) => {
                let hook = self.hook(&format!("{on}.(run)"), occasion(on)?, Vec::new())?;
                graph.asides.push(hook);
            }
            ("timer", seconds) => {
                let timer = self.timer("timer.(run)", number(seconds)?, Vec::new())?;
                graph.asides.push(timer);
            }
            ("deadline", seconds) => graph.asides.push(self.deadline(number(seconds)?)?),
            ("saga", endings) => graph.saga = Some(Box::new(self.saga(endings)?)),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Adds a task called `name` that is told what an aside is told.
    fn told(&mut self, name: &str) -> Result<StateId, CaseError> {
        let assign = Some(query(GIVEN)?);
        let flow = JsonataFlow { arguments: None, output: Some(query("null")?), assign };
        let given = self.add(&format!("{name} (given)"), Kind::Pass(None), flow);
        let flow = JsonataFlow { arguments: Some(query(TOLD)?), ..JsonataFlow::default() };
        let work = self.add(name, Kind::Task(task(None).into()), flow);
        self.states[given.0 as usize].next = Some(work);
        Ok(given)
    }

    fn hook(&mut self, name: &str, on: Occasion, reads: Vec<u32>) -> Result<Aside, CaseError> {
        Ok(aside(name, on, self.told(name)?, reads))
    }

    fn timer(&mut self, name: &str, seconds: u32, reads: Vec<u32>) -> Result<Aside, CaseError> {
        let told = self.told(name)?;
        let wait = Kind::Wait(Wait::Seconds(Field::Literal(seconds.into())));
        let wait = self.add(&format!("{name} (wait)"), wait, JsonataFlow::default());
        self.states[wait.0 as usize].next = Some(told);
        Ok(Aside { is_timer: true, ..aside(name, Occasion::Opened, wait, reads) })
    }

    fn deadline(&mut self, seconds: u32) -> Result<Aside, CaseError> {
        let timer = self.timer("deadline.(run)", seconds, Vec::new())?;
        let error = Some(Field::Literal("Deadline".into()));
        let fail = Kind::Fail(Box::new(Fail { error, cause: None }));
        let fail = self.add("deadline.(run) (fail)", fail, JsonataFlow::default());
        self.states[timer.body.start.0 as usize].next = Some(fail);
        Ok(Aside { gives_up: true, ..timer })
    }

    fn saga(&mut self, endings: &str) -> Result<Saga, CaseError> {
        let (mut after, mut each) =
            (Vec::new(), Each { fail_fast: FailFast::Off, has_readers: true, ..Each::default() });
        each.undoes = Some(Undoes::All);
        each.tolerated = Tolerance::Percent(100.0);
        for ending in endings.split_whitespace() {
            match ending {
                "failed" => after.push(Ending::Failed),
                "cancelled" => after.push(Ending::Cancelled),
                "timed_out" => after.push(Ending::TimedOut),
                "stop" => {
                    (each.fail_fast, each.tolerated) = (FailFast::Finish, Tolerance::Count(0));
                }
                _ => return Err(CaseError(format!("unknown ending: {ending}"))),
            }
        }
        let nothing = self.add("(undo) (nothing)", Kind::Succeed, JsonataFlow::default());
        let map = Map {
            items_path: None,
            items: None,
            item_selector: None,
            max_concurrency: Some(Field::Literal(1)),
            processor: Block { start: nothing },
            mode: MapMode::Inline,
            each: Some(Box::new(each)),
        };
        let start = self.add("(undo)", Kind::Map(Box::new(map)), JsonataFlow::default());
        Ok(Saga { after, body: Block { start } })
    }
}

fn occasion(name: &str) -> Result<Occasion, CaseError> {
    let found = OCCASIONS.iter().find(|(known, _)| *known == name);
    found.map(|(_, on)| *on).ok_or_else(|| CaseError(format!("unknown occasion: {name}")))
}

fn aside(name: &str, on: Occasion, start: StateId, reads: Vec<u32>) -> Aside {
    Aside {
        name: name.into(),
        on,
        body: Block { start },
        reads,
        of_instances: false,
        of_done: false,
        is_timer: false,
        gives_up: false,
    }
}
