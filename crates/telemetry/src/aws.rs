//! Calls of AWS services that take logs and events.

use compasso_aws::{AwsClient, Caller, Endpoint, Failure, http_client};
use compasso_integrations::Call;
use compasso_types::Json;

use crate::TelemetrySettings;

/// One operation of a service.
pub(crate) struct Operation {
    call: Call,
    client: AwsClient,
}

/// Why a call did not do what it should.
pub(crate) struct Refused {
    /// The error's name, such as `CloudWatchLogs.ResourceNotFoundException`.
    pub(crate) error: String,
    /// What happened.
    pub(crate) why: String,
}

impl Operation {
    /// Finds an operation by the names that the SDK integrations use.
    ///
    /// # Errors
    /// The machine's TLS settings cannot be used.
    pub(crate) fn of(
        settings: &TelemetrySettings,
        service: &str,
        action: &str,
    ) -> Result<Self, String> {
        let call = Call::of(&format!("aws-sdk:{service}"), action).expect("AWS has the operation");
        let http = http_client().map_err(|error| error.to_string())?;
        let client = AwsClient::new(settings.aws.clone(), settings.endpoint.as_deref(), http);
        Ok(Self { call, client })
    }

    /// Returns whether an endpoint other than AWS's own was given for the service.
    pub(crate) fn has_given_endpoint(&self, settings: &TelemetrySettings) -> bool {
        let endpoint = settings.aws.endpoint(&self.call.service.id, settings.endpoint.as_deref());
        matches!(endpoint, Endpoint::Given(_))
    }

    /// Calls it in `region`.
    pub(crate) async fn call(&self, region: &str, parameters: &Json) -> Result<Json, Refused> {
        let caller = Caller { region, account: "", token: "", role: None };
        match self.client.call(&self.call, parameters, caller).await {
            Ok(called) => Ok(called.output),
            Err(Failure::Error { error, cause }) => {
                Err(Refused { why: format!("{error}: {cause}"), error })
            }
            Err(Failure::TooLarge) => {
                Err(Refused { error: String::new(), why: "the answer is too large".to_owned() })
            }
        }
    }
}
