//! What comes after an attempt of a task: an output that stands in, or another round.

use compasso_expr::query::Query;
use compasso_ir::{
    Catcher, Choice, Condition, Dataflow, ErrorPattern, Field, JsonataFlow, Kind, ResultPath, Rule,
    StateId, Value, Wait,
};

use super::{Compiler, query};
use crate::CaseError;

impl Compiler {
    /// Has an output stand in for the task at `id` when it failed for good.
    pub(super) fn fall_back(
        &mut self,
        name: &str,
        id: StateId,
        output: Query,
    ) -> Result<(), CaseError> {
        let flow = JsonataFlow { arguments: None, output: Some(output), assign: None };
        let next = self.add(&format!("{name} (fallback)"), Kind::Pass(None), flow);
        self.states[id.0 as usize].catch.push(Catcher {
            errors: vec![ErrorPattern::Like("*".into())],
            next,
            result_path: ResultPath::Replace,
            output: Some(query("null")?),
            assign: Some(Value::Query(query(r#"{"degraded":true}"#)?)),
        });
        Ok(())
    }

    /// Makes a loop of the task at `id`.
    pub(super) fn repeat(
        &mut self,
        name: &str,
        id: StateId,
        until: Query,
    ) -> Result<(), CaseError> {
        let count = query(r#"{"rounds":"{% $exists(rounds) ? rounds + 1 : 1 %}"}"#)?;
        let pause = Kind::Wait(Wait::Seconds(Field::Literal(1)));
        let pause = self.add(&format!("{name} (pause)"), pause, JsonataFlow::default());
        let end = self.add(&format!("{name} (end)"), Kind::Pass(None), JsonataFlow::default());
        let condition = Condition::Query(until);
        let rule = Rule { condition, next: end, assign: None, output: None };
        let choice = Kind::Choice(Choice { rules: vec![rule], default: Some(pause) });
        let choice = self.add(&format!("{name} (until)"), choice, JsonataFlow::default());
        if let Dataflow::Jsonata(flow) = &mut self.states[id.0 as usize].data {
            flow.assign = Some(count);
        }
        self.states[id.0 as usize].next = Some(choice);
        self.states[pause.0 as usize].next = Some(id);
        Ok(())
    }
}
