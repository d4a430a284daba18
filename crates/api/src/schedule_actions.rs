//! The actions on schedules, by name. Schedules go by their names within the caller's account.

use bytes::Bytes;
use compasso_service::Service;

use crate::errors::Failure;
use crate::own_actions::reply;
use crate::protocol::Call;
use crate::request::parse;

/// The actions.
pub(crate) const NAMES: [&str; 8] = [
    "CreateSchedule",
    "UpdateSchedule",
    "DeleteSchedule",
    "DescribeSchedule",
    "ListSchedules",
    "PauseSchedule",
    "ResumeSchedule",
    "ListTicks",
];

/// Carries out an action and returns the answer's body.
pub(crate) async fn act(
    service: &Service,
    action: &str,
    call: &Call<'_>,
) -> Result<Bytes, Failure> {
    let (caller, body) = (&call.caller(), call.body);
    match action {
        "CreateSchedule" => reply(&service.create_schedule(caller, parse(body)?).await?),
        "UpdateSchedule" => reply(&service.update_schedule(caller, parse(body)?).await?),
        "DeleteSchedule" => reply(&service.delete_schedule(caller, parse(body)?).await?),
        "DescribeSchedule" => reply(&service.describe_schedule(caller, parse(body)?).await?),
        "ListSchedules" => reply(&service.list_schedules(caller, parse(body)?).await?),
        "PauseSchedule" => reply(&service.pause_schedule(caller, parse(body)?).await?),
        "ResumeSchedule" => reply(&service.resume_schedule(caller, parse(body)?).await?),
        "ListTicks" => reply(&service.list_ticks(caller, parse(body)?).await?),
        _ => Err(Failure::unknown_operation(format!("Unknown operation: '{action}'"))),
    }
}
