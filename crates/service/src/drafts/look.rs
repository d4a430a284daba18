//! What the front ends say of a text while somebody writes it.

use std::sync::Arc;

use compasso_types::Json;
use compasso_types::limits::DEFINITION_BYTES_MAX;
use serde::{Deserialize, Serialize};

use crate::constraints::Constraints;
use crate::definitions::{analyse, drawn_pipeline, read_pipelines};
use crate::records::MachineType;
use crate::{Error, PipelineProblem, Service};

/// A text to look at.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LookAt {
    /// `STANDARD`, `EXPRESS` or `PIPELINE`.
    pub kind: String,
    /// It need not be whole.
    pub text: Arc<str>,
}

/// What there is to say of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Looked {
    /// Whether it could be published.
    pub valid: bool,
    /// All problems, in document order.
    pub problems: Vec<PipelineProblem>,
    /// Of a pipeline the tasks and what they need, as far as they could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub graph: Option<Json>,
}

impl Service {
    /// Says what is wrong with a definition, in the words of the command line.
    ///
    /// # Errors
    /// The request is invalid; an invalid definition is an answer.
    pub async fn look_at(&self, request: LookAt) -> Result<Looked, Error> {
        Constraints::default()
            .sensitive("text", request.text.len(), 0..=DEFINITION_BYTES_MAX)
            .one_of("kind", Some(&request.kind), &["STANDARD", "EXPRESS", "PIPELINE"])
            .check()?;
        let (problems, graph) = if request.kind == MachineType::Pipeline.name() {
            look_at_pipeline(request.text).await?
        } else {
            let kind = MachineType::from_name(Some(&request.kind));
            let found = analyse(request.text, kind).await?.diagnostics;
            (found.into_iter().map(Into::into).collect::<Vec<PipelineProblem>>(), None)
        };
        let valid = problems.iter().all(|problem| problem.severity != "error");
        Ok(Looked { valid, problems, graph })
    }
}

async fn look_at_pipeline(text: Arc<str>) -> Result<(Vec<PipelineProblem>, Option<Json>), Error> {
    let graph = drawn_pipeline(text.clone()).await?;
    let problems = match read_pipelines(text).await? {
        Ok(read) => read.warnings,
        Err(problems) => problems,
    };
    Ok((problems.into_iter().map(Into::into).collect(), graph))
}
