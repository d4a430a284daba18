//! Failures of single instances that are allowed by what each is about: by `item` or `matrix`.

use compasso_ir::{
    Catcher, Choice, Condition, ErrorPattern, Fail, Field, Kind, ResultPath, Rule, Value,
};
use compasso_types::Json;

use super::Compiler;
use super::attempts::Body;
use super::states::flow;
use crate::expression::{Expression, Setting};
use crate::tree::Task;

/// What expressions read that is another thing for each instance.
const OF_INSTANCES: [&str; 3] = ["item", "index", "matrix"];

/// Returns what allows the failure of an instance, if it is not one thing for all of them.
pub(super) fn allowance_of_instances(task: &Task) -> Option<&Expression> {
    let Some(Setting::Expression(expression)) = &task.allow_failure else { return None };
    let reads = expression.program.document_reads();
    let is_about_one = OF_INSTANCES.iter().any(|name| reads.of(name).is_some());
    (task.fan_out.is_some() && is_about_one).then_some(expression)
}

impl Compiler<'_, '_> {
    /// Lets an instance whose failure is allowed end well, without an output and whatever follows its work; any
    /// other one fails with what it failed with. Its block then has the variables `allowed` and `error`.
    pub(super) fn allow(&mut self, task: &Task, body: &Body, name: &str) -> Option<()> {
        let Some(allowance) = allowance_of_instances(task) else { return Some(()) };
        let nothing = Some(self.query(&Json::Null, task.span)?);
        let name = format!("{name} (allowed)");
        let says_so = Some(self.query(&Json::object([("allowed", Json::from(true))]), task.span)?);
        let end = flow(None, nothing.clone(), says_so);
        let allowed = self.states.add(&name, Kind::Pass(None), end);
        let mut text = |text| self.query(&Json::from(text), task.span).map(Field::Query);
        let fail = Fail {
            error: Some(text("{% error.name %}")?),
            cause: Some(text("{% error.cause %}")?),
        };
        let name = format!("{name} (not)");
        let fail = self.states.add(&name, Kind::Fail(Box::new(fail)), flow(None, None, None));
        let condition = Condition::Query(self.expression(allowance)?);
        let rule = Rule { condition, next: allowed, assign: None, output: None };
        let choice = Kind::Choice(Choice { rules: vec![rule], default: Some(fail) });
        let next = self.states.add(&format!("{name} (if)"), choice, flow(None, None, None));
        let error = Json::object([("error", Json::from("{% error %}"))]);
        let assign = Some(Value::Query(self.query(&error, task.span)?));
        self.states.get(body.work).catch.push(Catcher {
            errors: vec![ErrorPattern::Like("*".into())],
            next,
            result_path: ResultPath::Replace,
            output: nothing,
            assign,
        });
        Some(())
    }
}
