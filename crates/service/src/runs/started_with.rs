//! What the start of a run said beside its input: which run it runs again, and its labels.

use std::sync::Arc;

use compasso_runtime::Description;
use compasso_store::AttributeValue;
use compasso_types::Json;

use super::rerun::own_labels;
use crate::pipelines::{AGAIN_OF as AGAIN_OF_MEMBER, is_pipeline};
use crate::search_attributes::{AGAIN_OF, Labels, labels_in};
use crate::{Error, Service};

/// What a run was started with.
pub(super) struct StartedWith {
    /// The run that it runs again: which it is a copy of, or whose params or input it has.
    pub(super) again_of: Option<Arc<str>>,
    /// The labels of its own.
    pub(super) labels: Labels,
}

impl Service {
    /// Returns what a run was started with.
    pub(super) async fn started_with(
        &self,
        description: &Description,
    ) -> Result<StartedWith, Error> {
        let start = &description.record.start;
        let origin = start.origin.as_ref().map(|origin| origin.execution.clone());
        if is_pipeline(&start.workflow) {
            let input = start.input.value();
            let member = input.get("run").and_then(|run| run.get(AGAIN_OF_MEMBER));
            let member = member.and_then(Json::as_str);
            let compiled = self.compiled(&description.record.definition).await?;
            let labels = compiled.pipeline.as_ref().map(|pipeline| own_labels(input, pipeline));
            return Ok(StartedWith {
                again_of: origin.or_else(|| member.map(Arc::from)),
                labels: labels.unwrap_or_default(),
            });
        }
        let attributes = self.attributes_of(&start.id).await?;
        let again_of = match attributes.get(AGAIN_OF) {
            Some(AttributeValue::Text(of)) => Some(of.clone()),
            _ => None,
        };
        Ok(StartedWith { again_of: origin.or(again_of), labels: labels_in(attributes) })
    }
}
