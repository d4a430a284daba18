//! Waiting for a person: a task that ends by token, and what its answer means.

use std::sync::Arc;
use std::time::Duration;

use compasso_ir::{
    Catcher, Choice, Condition, ErrorPattern, Fail, Field, IntegrationPattern, Kind, ResultPath,
    Rule, StateId,
};
use compasso_types::Json;

use super::Compiler;
use super::states::flow;
use super::wait::{LIMIT, own_resource, seconds};
use crate::Code;
use crate::expression::Setting;
use crate::tree::{Approval, OnRejection, OnSilence, Param, ROLES, Task, Tasks, Work};

/// What asks.
const APPROVE: &str = "approve";
/// Most tasks that people are told come next.
const NEXT_MAX: usize = 10;
const REJECTED: &str = "Rejected";
/// The cause of what was rejected: by whom, who is the last one to decide, and what they said.
const WHO_REJECTED: &str = "($count(input.by) > 0 ? input.by[-1] & ' rejected it' : \
                            'Nobody decided in time') & (input.comment ? ': ' & input.comment : '')";

impl Compiler<'_, '_> {
    /// Compiles the approval of a task; the state that asks is called `name`.
    pub(super) fn approve(
        &mut self,
        task: &Task,
        approval: &Approval,
        name: &str,
    ) -> Option<StateId> {
        let span = task.span;
        let arguments = self.asked(task, approval);
        let arguments = self.query(&arguments, span)?;
        let timeout = match &approval.timeout {
            None => Field::Literal(LIMIT.as_secs() as i64),
            Some(Setting::Literal(limit)) => Field::Literal(whole_seconds(*limit)),
            Some(Setting::Expression(limit)) => {
                Field::Query(self.text(&seconds(limit), limit.span)?)
            }
        };
        let work = compasso_ir::Task {
            resource: own_resource(APPROVE, IntegrationPattern::WaitForTaskToken),
            timeout: Some(timeout),
            heartbeat: None,
            credentials: None,
            placement: None,
        };
        let ask =
            self.states.add(name, Kind::Task(Box::new(work)), flow(Some(arguments), None, None));
        let output = self.outputs(task, &Json::from("{% input %}"))?;
        let approved = format!("{name} (approved)");
        let approved = self.states.add(&approved, Kind::Pass(None), flow(None, Some(output), None));
        let rejected = match approval.on_reject {
            OnRejection::Fail => REJECTED,
            OnRejection::Skip => "Skipped",
        };
        let fail = Fail {
            error: Some(Field::Literal(rejected.into())),
            cause: Some(Field::Query(self.text(WHO_REJECTED, span)?)),
        };
        let fail = Kind::Fail(Box::new(fail));
        let rejected = self.states.add(&format!("{name} (rejected)"), fail, flow(None, None, None));
        let condition = Condition::Query(self.text("output.decision = \"approved\"", span)?);
        let rule = Rule { condition, next: approved, assign: None, output: None };
        let choice = Kind::Choice(Choice { rules: vec![rule], default: Some(rejected) });
        let choice = self.states.add(&format!("{name} (decision)"), choice, flow(None, None, None));
        self.states.get(ask).next = Some(choice);
        let decision = match approval.on_timeout {
            OnSilence::Fail => return Some(ask),
            OnSilence::Reject => "rejected",
            OnSilence::Approve => "approved",
        };
        let silence = Json::object([
            ("decision", Json::from(decision)),
            ("by", Json::array([])),
            ("at", Json::from("{% $now() %}")),
            ("form", Json::empty_object()),
        ]);
        let silent = Catcher {
            errors: vec![ErrorPattern::Like("Timeout".into())],
            next: choice,
            result_path: ResultPath::Replace,
            output: Some(self.query(&silence, span)?),
            assign: None,
        };
        self.states.get(ask).catch.push(silent);
        Some(ask)
    }

    /// Returns what is asked, as whoever keeps it is told.
    fn asked(&mut self, task: &Task, approval: &Approval) -> Json {
        for who in &approval.by {
            if let Some(role) = who.strip_prefix("role:").filter(|role| !ROLES.contains(role)) {
                let message = format!(
                    "there is no role '{role}': roles are {}; or write 'group:{role}', and give \
                     the tokens or access keys of those who are meant that group",
                    ROLES.join(", ")
                );
                self.report.add(Code::NotSupported, task.span, message);
            }
        }
        let by = approval.by.iter().map(|who| Json::String(who.clone())).collect::<Vec<_>>();
        let mut arguments = vec![
            ("task", Json::from("{% task.id %}")),
            // By this its links find it; nobody is shown it.
            ("place", Json::from("{% task.idempotency_key %}")),
            ("by", Json::array(by)),
            ("count", i64::from(approval.count).into()),
            ("form", Json::array(approval.form.iter().map(field).collect::<Vec<_>>())),
        ];
        let timeout = approval.timeout.as_ref().map(|timeout| match timeout {
            Setting::Literal(limit) => Json::from(whole_seconds(*limit)),
            Setting::Expression(limit) => format!("{{% {} %}}", seconds(limit)).as_str().into(),
        });
        if let Some(timeout) = timeout {
            arguments.push(("timeout", timeout));
            arguments.push(("on_timeout", approval.on_timeout.name().into()));
        }
        arguments.push(("on_reject", approval.on_reject.name().into()));
        let next = followers(&self.pipeline.tasks, task).unwrap_or_default();
        let next = next.into_iter().take(NEXT_MAX).map(Json::from);
        arguments.push(("next", Json::array(next.collect::<Vec<_>>())));
        if approval.not_by_starter {
            arguments.push(("not_by_starter", true.into()));
            arguments
                .push(("starter", "{% $exists(run.started_by) ? run.started_by : null %}".into()));
        }
        if let Some(message) = &approval.message {
            arguments.push(("message", message.template()));
        }
        Json::object(arguments)
    }
}

/// Returns the ids of the tasks beside an approval that come after it; nothing if it is not among tasks.
fn followers(tasks: &Tasks, approval: &Task) -> Option<Vec<Arc<str>>> {
    if tasks.into_iter().any(|task| task.span == approval.span) {
        let follows = |task: &&Task| task.needs.iter().any(|need| need.id == approval.id);
        return Some(tasks.into_iter().filter(follows).map(|task| task.id.clone()).collect());
    }
    tasks.into_iter().find_map(|task| match &task.work {
        Some(Work::Group(inner)) => followers(inner, approval),
        _ => None,
    })
}

fn whole_seconds(limit: Duration) -> i64 {
    i64::try_from(limit.as_millis().div_ceil(1_000)).unwrap_or(i64::MAX)
}

/// Returns a field of a form, for whoever asks and whoever checks what is answered.
fn field(param: &Param) -> Json {
    let mut members = vec![
        ("name", Json::String(param.name.clone())),
        ("required", param.required.into()),
        ("schema", param.schema.clone()),
    ];
    members.extend(param.kind.map(|kind| ("type", kind.name().into())));
    members.extend(param.default.as_ref().map(|default| ("default", default.template())));
    for (name, text) in [("title", &param.title), ("description", &param.description)] {
        members.extend(text.as_ref().map(|text| (name, Json::String(text.clone()))));
    }
    Json::object(members)
}
