//! Assets that tasks write: once a task has succeeded, whoever waits for one is told.

use std::sync::Arc;

use compasso_ir::{Aside, IntegrationPattern, Occasion, Resource, ResourceKind};
use compasso_types::Json;

use super::Compiler;
use super::attempts::{Call, Gives};
use super::beside::{aside, bare_task, numbered, of_hook, places};
use super::value::of;
use crate::expression::Value;
use crate::tree::{Task, Tasks};

impl Compiler<'_, '_> {
    /// Compiles `writes`: an update of each asset, of the partition that the run is about. In a test
    /// of the pipeline nobody waits for one.
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
                let bare = bare_task(&task.id, task.span);
                let update =
                    compiler.plain_call(&bare, update(uri), None, &of_hook(), &name, task.span)?;
                compiler.states.get(given).next = Some(update);
                Some(given)
            });
            let reads = places(task, tasks, &read);
            asides.push(aside(&name, Occasion::Succeeded, start?, reads));
        }
        Some(asides)
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
