//! What is recorded of a child execution.

use std::sync::Arc;

use compasso_types::{Json, Object, Timestamp};

/// What is recorded of a child execution of a map run.
#[derive(Clone, Debug)]
pub struct ChildRecord {
    /// The child's ARN.
    pub execution_arn: Arc<str>,
    /// Its input, JSON text.
    pub input: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// Its output, JSON text, if it succeeded.
    pub output: Option<Arc<str>>,
    /// The error it failed with.
    pub error: Option<Arc<str>>,
    /// The cause of the failure.
    pub cause: Option<Arc<str>>,
    /// How often it was redriven.
    pub redrive_count: u64,
    /// Such as `NOT_REDRIVABLE`.
    pub redrive_status: Arc<str>,
    /// Why it cannot be redriven.
    pub redrive_status_reason: Option<Arc<str>>,
    /// When it began; absent if it never did.
    pub start_date: Option<Timestamp>,
    /// The ARN of the child state machine.
    pub state_machine_arn: Arc<str>,
    /// Such as `SUCCEEDED`.
    pub status: Arc<str>,
    /// When it ended; absent if it never began.
    pub stop_date: Option<Timestamp>,
}

impl ChildRecord {
    /// Returns the record as files and states have it, in the order of the names.
    pub fn to_json(&self) -> Json {
        let text = |text: &Arc<str>| Some(Json::from(Arc::clone(text)));
        let optional = |text: &Option<Arc<str>>| text.clone().map(Json::from);
        let date = |date: Option<Timestamp>| date.map(|date| Json::from(date.to_string()));
        let included = Json::object([("Included", Json::from(true))]);
        let redrive_count = i64::try_from(self.redrive_count).unwrap_or(i64::MAX);
        let members = [
            ("Cause", optional(&self.cause)),
            ("Error", optional(&self.error)),
            ("ExecutionArn", text(&self.execution_arn)),
            ("Input", text(&self.input)),
            ("InputDetails", Some(included.clone())),
            ("Name", text(&self.name)),
            ("Output", optional(&self.output)),
            ("OutputDetails", self.output.is_some().then_some(included)),
            ("RedriveCount", Some(Json::from(redrive_count))),
            ("RedriveStatus", text(&self.redrive_status)),
            ("RedriveStatusReason", optional(&self.redrive_status_reason)),
            ("StartDate", date(self.start_date)),
            ("StateMachineArn", text(&self.state_machine_arn)),
            ("Status", text(&self.status)),
            ("StopDate", date(self.stop_date)),
        ];
        let present = members.into_iter().filter_map(|(name, value)| Some((name.into(), value?)));
        Json::from(present.collect::<Object>())
    }
}
