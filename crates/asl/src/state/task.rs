//! Task states.

use compasso_ir::{
    ExecutionType, Field, IntegrationPattern, Kind, Resource, ResourceKind, Task, Value,
};

use super::StateCompiler;
use crate::cursor::Cursor;
use crate::expressions::Readable;
use crate::schema::{self, Language};
use crate::{fields, resource};

impl StateCompiler<'_, '_> {
    /// Reads what only a Task state has.
    pub(super) fn task(&mut self) -> Option<Kind> {
        let at = self.at;
        schema::require(self.report, &at, &["Resource"]);
        let resource = self.read("Resource", Self::resource);
        let timeout = self.seconds("TimeoutSeconds", "TimeoutSecondsPath");
        let heartbeat = self.seconds("HeartbeatSeconds", "HeartbeatSecondsPath");
        self.check_heartbeat(timeout.as_ref(), heartbeat.as_ref());
        let credentials = self.read("Credentials", Self::credentials);
        if let Some(resource) = &resource {
            self.check_parameters(&resource.kind);
        }
        Some(Kind::Task(Box::new(Task {
            resource: resource?,
            timeout,
            heartbeat,
            credentials,
            placement: None,
        })))
    }

    fn seconds(&mut self, plain: &str, path: &str) -> Option<Field<i64>> {
        let at = self.at;
        self.integer_field(&at, [plain, path], fields::SECONDS_POSITIVE)
    }

    fn check_heartbeat(&mut self, timeout: Option<&Field<i64>>, heartbeat: Option<&Field<i64>>) {
        if let (Some(Field::Literal(timeout)), Some(Field::Literal(heartbeat))) =
            (timeout, heartbeat)
            && heartbeat >= timeout
        {
            let owner = self.at;
            let at = owner.field("HeartbeatSeconds").unwrap_or(owner);
            let message = "'HeartbeatSeconds' must be smaller than 'TimeoutSeconds'";
            self.report.schema(&at, message.to_owned());
        }
    }

    fn resource(&mut self, at: &Cursor<'_>) -> Option<Resource> {
        let arn = fields::text(self.report, at)?;
        let Some(resource) = resource::parse(&arn) else {
            let message = if arn.starts_with("arn:") {
                format!(
                    "The resource provided {arn} is not recognized. The value is not a valid resource ARN, or the resource is not available in this region."
                )
            } else {
                "Value is not a valid resource ARN".to_owned()
            };
            let hint = self.report.search(|| resource::suggest(&arn));
            self.report.schema_hint(at, message, hint);
            return None;
        };
        if self.execution_type == ExecutionType::Express
            && let Some(unsupported) = unsupported_by_express(&resource.kind)
        {
            let message = format!("Express state machine does not support {unsupported}");
            self.report.schema(at, message);
        }
        Some(resource)
    }

    fn credentials(&mut self, at: &Cursor<'_>) -> Option<Value> {
        fields::object(self.report, at)?;
        let names: &[&str] = match self.language {
            Language::JsonPath => &["RoleArn", "RoleArn.$"],
            Language::Jsonata => &["RoleArn"],
        };
        if names.iter().all(|name| at.node.get(name).is_none()) {
            let message = "The field 'RoleArn' is required but was missing".to_owned();
            self.report.schema(at, message);
        }
        self.value(at, Readable::Input)
    }
}

/// Returns what Express workflows lack for a resource, as the message names it.
fn unsupported_by_express(kind: &ResourceKind) -> Option<&'static str> {
    match kind {
        ResourceKind::Activity => Some("Activity ARN"),
        ResourceKind::LambdaFunction => None,
        // Nobody can name an Express execution that runs.
        ResourceKind::Service { service, action, .. }
            if (&**service, &**action) == ("compasso", "signal") =>
        {
            Some("'compasso:signal'")
        }
        ResourceKind::Service { pattern, .. } => match pattern {
            IntegrationPattern::RequestResponse => None,
            IntegrationPattern::Sync | IntegrationPattern::Sync2 => {
                Some("'.sync' service integration")
            }
            // The blank at the end is Amazon's.
            IntegrationPattern::WaitForTaskToken => {
                Some("'.waitForTaskToken' service integration ")
            }
        },
    }
}
