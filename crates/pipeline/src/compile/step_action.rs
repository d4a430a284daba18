//! Actions among the steps of a task. The server carries them out for whoever runs the steps.

use compasso_ir::{IntegrationPattern, ResourceKind};
use compasso_jsonata::{Program, Reads};
use compasso_types::{Json, Object};

use super::Compiler;
use super::script::Members;
use super::secrets::below;
use crate::tree::{OutputFrom, Step, Uses};

/// The parameter that is the same for all attempts of an HTTP call.
const KEY: &str = "idempotency_key";

impl Compiler<'_, '_> {
    /// Compiles the action of the step at a place. What of its parameters reads `steps` is left to
    /// the worker, and said in `computed`.
    pub(super) fn action_step(
        &mut self,
        at: usize,
        step: &Step,
        uses: &Uses,
        members: &mut Members,
        later: &mut Reads,
    ) -> Option<()> {
        let fields = [
            ("env", !step.env.is_empty()),
            ("dir", step.dir.is_some()),
            ("output", step.output != OutputFrom::Auto),
        ];
        for (field, _) in fields.iter().filter(|(_, is_there)| *is_there) {
            self.unsupported(step.span, &format!("'{field}' of a step that is an action"));
        }
        if uses.handler().is_some() {
            self.no_step(uses.span, "a handler of a worker");
            return None;
        }
        let call = self.called(uses)?;
        let ResourceKind::Service { service, action, pattern } = &call.resource.kind else {
            return None;
        };
        if *pattern != IntegrationPattern::RequestResponse {
            self.no_step(uses.span, "an action with 'wait: callback'");
            return None;
        }
        let mut computed = Vec::new();
        let mut arguments = leave_later(&call.arguments, "", later, &mut computed);
        if let Some(members) = arguments.as_object()
            && members.contains_key(KEY)
        {
            let mut members = (**members).clone();
            let own = format!("{{% work_key & \"/{at}\" %}}");
            members.insert(KEY.into(), own.into());
            arguments = Json::from(members);
        }
        members.push(("uses", Json::String(uses.action.clone())));
        members.push(("resource", Json::array([service, action].map(|word| Json::from(&**word)))));
        members.push(("with", arguments));
        if !computed.is_empty() {
            members.push(("computed", Json::array(computed)));
        }
        Some(())
    }
}

/// Returns parameters with `null` where an expression reads `steps`; that and its place go to
/// `computed`.
fn leave_later(value: &Json, at: &str, later: &mut Reads, computed: &mut Vec<Json>) -> Json {
    match value {
        Json::Object(members) => {
            let members = members.iter().map(|(name, member)| {
                (name.clone(), leave_later(member, &below(at, name), later, computed))
            });
            Json::from(members.collect::<Object>())
        }
        Json::Array(items) => {
            let items = items.iter().enumerate();
            let items = items
                .map(|(index, item)| leave_later(item, &format!("{at}/{index}"), later, computed));
            Json::array(items.collect::<Vec<_>>())
        }
        Json::String(text) => {
            let inside = text.strip_prefix("{%").and_then(|text| text.strip_suffix("%}"));
            let program = inside.and_then(|text| Program::compile(text.trim()).ok());
            let reads = program.map(|program| program.document_reads()).unwrap_or_default();
            match (inside, reads.of("steps")) {
                (Some(inside), Some(_)) => {
                    later.add(&reads);
                    computed.push(Json::array([at, inside.trim()].map(Json::from)));
                    Json::Null
                }
                _ => value.clone(),
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => value.clone(),
    }
}
