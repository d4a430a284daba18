//! `ValidateStateMachineDefinition`.

use std::sync::Arc;

use compasso_asl::{Diagnostic, Severity};
use compasso_types::limits::DEFINITION_BYTES_MAX;
use serde::{Deserialize, Serialize};

use crate::constraints::Constraints;
use crate::definitions::analyse;
use crate::records::MachineType;
use crate::{Error, Service};

/// Most problems in an answer, and how many if the caller does not say.
const PROBLEMS_MAX: usize = 100;
const SEVERITIES: [&str; 2] = ["ERROR", "WARNING"];

/// A definition to look at.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct ValidateDefinition {
    pub definition: Arc<str>,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub severity: Option<String>,
    pub max_results: Option<i64>,
}

/// What `ValidateStateMachineDefinition` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct Validation {
    pub result: &'static str,
    pub diagnostics: Vec<FoundProblem>,
    pub truncated: bool,
}

/// One problem.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct FoundProblem {
    pub severity: &'static str,
    pub code: &'static str,
    pub message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
}

impl Service {
    /// Says what is wrong with a definition, without storing it.
    ///
    /// # Errors
    /// The request is invalid; an invalid definition is an answer.
    pub async fn validate_definition(
        &self,
        request: ValidateDefinition,
    ) -> Result<Validation, Error> {
        // An empty definition is not refused but answered with a diagnostic.
        Constraints::default()
            .sensitive("definition", request.definition.len(), 0..=DEFINITION_BYTES_MAX)
            .one_of("type", request.kind.as_deref(), &MachineType::NAMES)
            .one_of("severity", request.severity.as_deref(), &SEVERITIES)
            .number_if("maxResults", request.max_results, 0..=PROBLEMS_MAX as i64)
            .check()?;
        let with_warnings = request.severity.as_deref() == Some(SEVERITIES[1]);
        let limit = match request.max_results {
            None | Some(0) => PROBLEMS_MAX,
            Some(limit) => usize::try_from(limit).unwrap_or(PROBLEMS_MAX),
        };
        let kind = MachineType::from_name(request.kind.as_deref());
        let analysis = analyse(request.definition, kind).await?;
        let is_valid = analysis.is_valid();
        let mut diagnostics: Vec<_> = analysis
            .diagnostics
            .into_iter()
            .filter(|diagnostic| with_warnings || diagnostic.severity == Severity::Error)
            .map(FoundProblem::from)
            .collect();
        let truncated = diagnostics.len() > limit;
        diagnostics.truncate(limit);
        Ok(Validation { result: if is_valid { "OK" } else { "FAIL" }, diagnostics, truncated })
    }
}

impl From<Diagnostic> for FoundProblem {
    fn from(diagnostic: Diagnostic) -> Self {
        let severity = match diagnostic.severity {
            Severity::Error => SEVERITIES[0],
            Severity::Warning => SEVERITIES[1],
        };
        Self {
            severity,
            code: diagnostic.code.name(),
            message: diagnostic.message,
            location: diagnostic.location,
        }
    }
}
