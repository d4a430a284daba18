//! Assets that tasks write: once a task has succeeded, whoever waits for one is told.

use std::sync::Arc;

use compasso_ir::{
    Aside, Choice, Condition, IntegrationPattern, Kind, Occasion, Resource, ResourceKind, Rule,
    StateId,
};
use compasso_types::Json;

use super::Compiler;
use super::attempts::{Call, Gives};
use super::beside::{aside, numbered, of_hook, places};
use super::states::flow;
use super::value::of;
use crate::expression::Value;
use crate::source::Span;
use crate::tree::{Task, Tasks};

/// Whether the run tells of the assets that it writes.
const IS_TOLD: &str = "$not(run.type = 'backfill') or $boolean(trigger.emit_assets)";

/// What tells an instance from others.
const OF_INSTANCE: [&str; 3] = ["item", "index", "matrix"];

impl Compiler<'_, '_> {
    /// Compiles `writes`: an update of each asset, of the partition that the run is about; of each instance,
    /// if it is another asset for each. In a test of the pipeline nobody waits for one.
    pub(super) fn updates_of_assets(
        &mut self,
        task: &Task,
        tasks: &Tasks,
        name: &str,
    ) -> Option<Vec<Aside>> {
        let mut asides = Vec::new();
        if self.mocked.is_some() {
            return Some(asides);
        }
        for (name, uri) in numbered(&format!("{name} (writes"), &task.writes) {
            let (start, read) = self.reading(|compiler| {
                let given = compiler.given(&name, task.span)?;
                let bare = Task::bare(&task.id, task.span);
                let update =
                    compiler.plain_call(&bare, update(uri), None, &of_hook(), &name, task.span)?;
                let update = compiler.unless_silent(update, &name, task.span)?;
                compiler.states.get(given).next = Some(update);
                Some(given)
            });
            let reads = places(task, tasks, &read);
            let of_instances = task.fan_out.is_some()
                && OF_INSTANCE.iter().any(|name| uri.reads().of(name).is_some());
            let update = aside(&name, Occasion::Succeeded, start?, reads);
            asides.push(Aside { of_instances, of_done: true, ..update });
        }
        Some(asides)
    }

    /// Adds the state in front of an update: a backfill only makes it if it was told to.
    fn unless_silent(&mut self, update: StateId, name: &str, span: Span) -> Option<StateId> {
        let condition = Condition::Query(self.text(IS_TOLD, span)?);
        let nothing = Some(self.query(&Json::Null, span)?);
        let end = flow(None, nothing.clone(), None);
        let end = self.states.add(&format!("{name} (not)"), Kind::Pass(None), end);
        let rule = Rule { condition, next: update, assign: None, output: None };
        let choice = Kind::Choice(Choice { rules: vec![rule], default: Some(end) });
        Some(self.states.add(&format!("{name} (if)"), choice, flow(None, nothing, None)))
    }
}

fn update(uri: &Value) -> Call {
    let resource = Resource {
        arn: "arn:aws:states:::compasso:asset-emit".into(),
        kind: ResourceKind::Service {
            service: "compasso".into(),
            action: "asset-emit".into(),
            pattern: IntegrationPattern::RequestResponse,
        },
    };
    let arguments: [(Arc<str>, Json); 2] =
        [("uri".into(), uri.template()), ("partition".into(), of(&["run", "partition"]))];
    Call { resource, arguments: Json::object(arguments), gives: Gives::Result }
}
