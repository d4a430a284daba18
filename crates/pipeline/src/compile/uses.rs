//! Actions: what `uses` names becomes a resource and its parameters.

use std::sync::Arc;

use compasso_integrations::actions;
use compasso_ir::{IntegrationPattern, Resource, ResourceKind};
use compasso_types::Json;

use super::Compiler;
use super::attempts::{Call, Gives};
use super::calls::handler_call;
use super::value::{context, of};
use crate::expression::Expression;
use crate::tree::{CALLBACK_INPUT, Uses, is_of_the_format};

/// What `expect` reads of the answer itself.
const ANSWER: [&str; 4] = ["status", "headers", "body", "rows"];

impl Compiler<'_, '_> {
    /// Compiles a call of an action, whose name and inputs were checked when they were read.
    pub(super) fn called(&mut self, uses: &Uses) -> Option<Call> {
        if let Some(call) = handler_call(uses) {
            return Some(call);
        }
        if is_of_the_format(&uses.action) {
            self.refuse_action(uses);
        }
        let action = actions::find(&uses.action)?;
        let by_token = action.ends_by_token() && uses.ends_by_token();
        let inputs = uses.with.iter().filter(|(name, _)| !by_token || &**name != CALLBACK_INPUT);
        let mut arguments: Vec<(Arc<str>, Json)> =
            inputs.map(|(name, value)| (action.parameter(name).into(), value.template())).collect();
        if &*action.action == "call" {
            // The same for all attempts, unlike the one that a job has of its own, and for no other work.
            arguments.push(("idempotency_key".into(), of(&["work_key"])));
        }
        if let Some(expect) = &uses.expect {
            arguments.push(("expect".into(), with_context(expect)));
        }
        let pattern = if by_token {
            IntegrationPattern::WaitForTaskToken
        } else {
            IntegrationPattern::RequestResponse
        };
        let resource = Resource {
            arn: action.arn(by_token).into(),
            kind: ResourceKind::Service {
                service: action.service.into(),
                action: action.action.into(),
                pattern,
            },
        };
        Some(Call { resource, arguments: Json::object(arguments), gives: Gives::Result })
    }
}

/// Returns an expression that the action evaluates when it has its answer, with all else that
/// the expression reads: `{"$expr": …, "context": {…}}`.
fn with_context(expression: &Expression) -> Json {
    let known = context(&expression.program.document_reads(), &ANSWER);
    let text = Json::from(&*expression.text);
    Json::object([("$expr", text), ("context", Json::object(known))])
}
