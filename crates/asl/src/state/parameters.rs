//! The parameters of a Task, as far as they are known before it runs.

use compasso_integrations::{Misfit, Written, misfits};
use compasso_ir::ResourceKind;
use compasso_types::suggestion;

use super::StateCompiler;
use crate::Code;
use crate::report::Problem;
use crate::schema::Language;

impl StateCompiler<'_, '_> {
    /// Reports parameters that the called service would not take.
    pub(super) fn check_parameters(&mut self, resource: &ResourceKind) {
        let ResourceKind::Service { service, action, .. } = resource else { return };
        let (field, written) = match self.language {
            Language::JsonPath => ("Parameters", Written::JsonPath),
            Language::Jsonata => ("Arguments", Written::Jsonata),
        };
        let owner = self.at;
        let Some(at) = owner.field(field) else { return };
        for misfit in misfits(service, action, &at.node.to_json(), written) {
            let Misfit { pointer, message, known } = misfit;
            let (hint, bytes) = self
                .report
                .search(|| {
                    let name = pointer.rsplit('/').next().unwrap_or_default();
                    let hint = suggestion::nearest(name, known.iter().map(String::as_str));
                    Some((hint, at.node.place_of(&pointer)))
                })
                .unwrap_or_default();
            let problem = Problem::error(Code::SchemaValidationFailed, message).hint(hint);
            self.report.failing_later(&at, bytes.unwrap_or_else(|| at.span()), problem);
        }
    }
}
