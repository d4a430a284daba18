//! What the callers of a webhook are told.

use std::sync::Arc;
use std::time::Duration;

use compasso_expr::query::Query;
use compasso_pipeline::Value;
use compasso_types::{Json, duration};

use super::auth::value_of;
use super::request::HookAnswer;
use crate::entry::told;
use crate::expression::Scene;
use crate::record::EventNumber;
use crate::slot::Slot;
use crate::{RunEnd, StartError, Triggers};

/// How long a caller waits for the end of a run, if the webhook does not say.
const WAIT: Duration = Duration::from_secs(30);
/// The longest a caller may wait.
const WAIT_MAX: Duration = Duration::from_secs(300);

/// What is answered when a run was started.
#[derive(Clone, Debug, Default)]
pub(super) struct Respond {
    /// How long the end of the run is waited for, if it is.
    wait: Option<Duration>,
    status: Option<Query>,
    body: Option<Query>,
}

impl Respond {
    pub(super) fn of(fields: &[(Arc<str>, Value)]) -> Result<Self, String> {
        let query = |name| value_of(fields, name).map(|value: &Value| value.query()).transpose();
        let waits = match value_of(fields, "wait") {
            None | Some(Value::Literal(Json::Bool(false))) => false,
            Some(Value::Literal(Json::Bool(true))) => true,
            Some(_) => return Err("'respond.wait' is true or false".into()),
        };
        let timeout = match value_of(fields, "timeout") {
            None => Some(WAIT),
            Some(Value::Literal(Json::String(text))) => duration::parse(text),
            Some(Value::Literal(Json::Number(number))) => duration::seconds(number.as_f64()),
            Some(_) => None,
        };
        let timeout = timeout.ok_or("'respond.timeout' is a duration, such as 30s")?;
        Ok(Self {
            wait: waits.then_some(timeout.min(WAIT_MAX)),
            status: query("status").map_err(|errors| told(&errors))?,
            body: query("body").map_err(|errors| told(&errors))?,
        })
    }

    /// Returns what is answered for a run.
    pub(super) async fn answer(
        &self,
        triggers: &Triggers,
        slot: &Slot,
        trigger: &Json,
        number: EventNumber,
        run: &str,
    ) -> HookAnswer {
        let started = [
            ("id", Json::from(run.rsplit(':').next().unwrap_or(run))),
            ("arn", Json::from(run)),
            ("pipeline", Json::from(&*slot.pipeline_name)),
            ("trigger_id", Json::from(&*slot.entry.id)),
            ("type", Json::from("event")),
        ];
        let mut members = Vec::from(started);
        if let Some(wait) = self.wait {
            match self.ended(triggers, run, wait).await {
                Ok(Some(RunEnd { state, output, error, .. })) => {
                    members.push(("state", Json::from(state)));
                    members.push(("output", output));
                    members.extend((error != Json::Null).then_some(("error", error)));
                }
                Ok(None) => {
                    let state = ("state", Json::from("running"));
                    return HookAnswer::new(202, [("run", Json::from(run)), state]);
                }
                Err(error) => {
                    return HookAnswer::refusal(503, "ServiceUnavailable", error.to_string());
                }
            }
        }
        let document = Json::object(members);
        self.computed(trigger, number, &document).unwrap_or_else(|why| {
            HookAnswer::new(
                500,
                [
                    ("code", Json::from("ResponseFailed")),
                    ("message", Json::from(why)),
                    ("run", Json::from(run)),
                ],
            )
        })
    }

    /// Waits for the end of a run; `None` if that takes too long.
    async fn ended(
        &self,
        triggers: &Triggers,
        run: &str,
        wait: Duration,
    ) -> Result<Option<RunEnd>, StartError> {
        let starts = triggers.starts().map_err(|later| StartError::Unavailable(later.0))?;
        match tokio::time::timeout(wait, starts.ended(run)).await {
            Ok(ended) => ended,
            Err(_) => Ok(None),
        }
    }

    fn computed(
        &self,
        trigger: &Json,
        number: EventNumber,
        run: &Json,
    ) -> Result<HookAnswer, String> {
        let scene = Scene::new(number, trigger, [("run", run.clone())]);
        let value = |query: &Option<Query>, place| {
            query.as_ref().map(|query| scene.value(query, place)).transpose()
        };
        let status = match value(&self.status, "respond/status")?.flatten() {
            None if self.wait.is_some() => {
                let is_success = run.get("state").and_then(Json::as_str) == Some("success");
                if is_success { 200 } else { 500 }
            }
            None => 202,
            Some(status) => status_of(&status)?,
        };
        let default = || match self.wait {
            Some(_) => run.get("output").cloned().unwrap_or(Json::Null),
            None => Json::object([("run", run.get("arn").cloned().unwrap_or(Json::Null))]),
        };
        let body = value(&self.body, "respond/body")?;
        Ok(HookAnswer { status, body: body.map_or_else(default, Option::unwrap_or_default) })
    }
}

fn status_of(value: &Json) -> Result<u16, String> {
    let number = value.as_i64().or_else(|| value.as_str()?.parse().ok());
    let status = number.and_then(|number| u16::try_from(number).ok());
    status
        .filter(|status| (200..=599).contains(status))
        .ok_or_else(|| format!("respond/status: {value} is no status code"))
}
