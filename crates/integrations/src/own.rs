//! The parameters of integrations that no model describes.

/// Which members the parameters of an integration have.
#[derive(Debug)]
pub(crate) struct OwnParameters {
    /// The resource's service and action.
    resource: (&'static str, &'static str),
    /// Members that must be there.
    pub(crate) required: &'static [&'static str],
    /// Members that may be there.
    pub(crate) optional: &'static [&'static str],
}

impl OwnParameters {
    /// Returns the names of all members.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.required.iter().chain(self.optional).copied()
    }
}

/// Returns the parameters of `service:action`; `None` if a model describes them.
pub(crate) fn own_parameters(service: &str, action: &str) -> Option<&'static OwnParameters> {
    OWN.iter().find(|own| own.resource == (service, action))
}

const fn own(
    service: &'static str,
    action: &'static str,
    required: &'static [&'static str],
    optional: &'static [&'static str],
) -> OwnParameters {
    OwnParameters { resource: (service, action), required, optional }
}

#[rustfmt::skip]
const OWN: &[OwnParameters] = &[
    own("apigateway", "invoke", &["ApiEndpoint", "Method"], &[
        "Headers", "Stage", "Path", "QueryParameters", "RequestBody", "AllowNullValues", "AuthType",
    ]),
    own("bedrock", "invokeModel", &["ModelId"], &[
        "Body", "Input", "Output", "ContentType", "Accept", "Trace", "GuardrailIdentifier",
        "GuardrailVersion", "PerformanceConfigLatency", "ServiceTier",
    ]),
    own("compasso", "approve", &["task"], &[
        "by", "count", "form", "message", "next", "not_by_starter", "on_reject", "on_timeout",
        "place", "starter", "timeout",
    ]),
    own("compasso", "asset-emit", &["uri"], &["partition", "metadata"]),
    own("compasso", "await", &[], &["asset", "since", "event", "limit"]),
    own("compasso", "call", &["url"], &[
        "method", "headers", "query", "body", "form", "auth", "connection", "timeout", "redirects",
        "expect", "idempotency_key",
    ]),
    own("compasso", "email", &["to", "subject"], &["cc", "bcc", "from", "reply_to", "body", "html"]),
    own("compasso", "fail", &["error"], &["cause"]),
    own("compasso", "http", &["Url"], &[
        "Method", "Headers", "Query", "Body", "TimeoutSeconds", "SuccessStatus",
    ]),
    own("compasso", "log", &["message"], &["level", "data"]),
    own("compasso", "notify", &["text"], &["to", "title", "severity", "fields"]),
    own("compasso", "pagerduty", &["key", "summary"], &[
        "severity", "source", "event", "dedup_key", "details", "link", "url",
    ]),
    own("compasso", "pipeline", &["pipeline"], &["params", "version", "name"]),
    own("compasso", "process", &["Command"], &["Env", "Cwd", "Stdin", "SuccessExitCodes", "Output"]),
    own("compasso", "s3-copy", &["from", "to"], &[]),
    own("compasso", "sensor", &[], &["file", "object", "ended", "past"]),
    own("compasso", "signal", &["Name"], &[]),
    own("compasso", "slack", &["text"], &["channel", "webhook", "blocks"]),
    own("compasso", "sql", &["connection"], &["query", "script", "bind", "expect", "timeout", "max_rows"]),
    own("compasso", "transform", &["value"], &[]),
    own("eks", "call", &["ClusterName", "CertificateAuthority", "Endpoint", "Method", "Path"], &[
        "QueryParameters", "RequestBody",
    ]),
    own("eks", "runJob", &["ClusterName", "CertificateAuthority", "Endpoint", "Job"], &[
        "Namespace", "LogOptions",
    ]),
    own("elasticmapreduce", "addStep", &["ClusterId", "Step"], &["ExecutionRoleArn"]),
    own("elasticmapreduce", "cancelStep", &["ClusterId", "StepId"], &[]),
    own("elasticmapreduce", "modifyInstanceFleetByName", &["ClusterId", "InstanceFleetName", "InstanceFleet"], &[]),
    own("elasticmapreduce", "modifyInstanceGroupByName", &["ClusterId", "InstanceGroupName", "InstanceGroup"], &[]),
    own("elasticmapreduce", "setClusterTerminationProtection", &["ClusterId", "TerminationProtected"], &[]),
    own("elasticmapreduce", "terminateCluster", &["ClusterId"], &[]),
    own("http", "invoke", &["ApiEndpoint", "Method"], &[
        "Authentication", "InvocationConfig", "Headers", "QueryParameters", "RequestBody", "Transform",
    ]),
    own("lambda", "invoke", &["FunctionName"], &[
        "Payload", "InvocationType", "ClientContext", "Qualifier", "LogType",
    ]),
    own("states", "startExecution", &["StateMachineArn"], &["Input", "Name", "TraceHeader"]),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OPTIMIZED;

    #[test]
    fn every_action_without_an_operation_has_parameters_of_its_own() {
        for service in OPTIMIZED {
            for action in service.actions.iter().filter(|action| action.operation.is_empty()) {
                let found = own_parameters(service.service, action.name);
                assert!(found.is_some(), "{}:{}", service.service, action.name);
            }
        }
    }
}
