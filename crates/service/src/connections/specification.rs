//! What the requests that make and change a connection say about it.

use serde::Deserialize;

use super::parameters::Demand;
use super::record::AuthorizationType;
use super::{AuthParameters, ResourceParameters, name_bounds};
use crate::Error;
use crate::constraints::Constraints;

const DESCRIPTION_CHARS_MAX: usize = 512;
const KMS_KEY_CHARS_MAX: usize = 2048;

/// A connection as it is to be; what a change leaves out stays.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct ConnectionSpecification {
    pub name: Option<String>,
    pub description: Option<String>,
    pub authorization_type: Option<String>,
    pub auth_parameters: Option<AuthParameters>,
    pub invocation_connectivity_parameters: Option<ResourceParameters>,
    pub kms_key_identifier: Option<String>,
}

impl ConnectionSpecification {
    /// Checks the members; those that a connection cannot do without must be there if `demand` is
    /// the whole.
    pub(super) fn check(&self, demand: Demand) -> Result<(), Error> {
        let constraints = name_bounds(Constraints::default(), self.name.as_deref()).chars_if(
            "description",
            self.description.as_deref(),
            0..=DESCRIPTION_CHARS_MAX,
        );
        let constraints = match (self.authorization_type.as_deref(), demand) {
            (None, Demand::Whole) => constraints.missing("authorizationType"),
            (kind, Demand::Whole | Demand::Parts) => {
                constraints.one_of("authorizationType", kind, &AuthorizationType::NAMES)
            }
        };
        let constraints = match (&self.auth_parameters, demand) {
            (None, Demand::Whole) => constraints.missing("authParameters"),
            (None, Demand::Parts) => constraints,
            (Some(parameters), demand) => parameters.bounds(constraints, demand),
        };
        let kms_key = self.kms_key_identifier.as_deref();
        constraints.chars_if("kmsKeyIdentifier", kms_key, 0..=KMS_KEY_CHARS_MAX).check()
    }
}
