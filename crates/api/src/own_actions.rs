//! The actions that AWS does not have, by name; each is there only if the settings say so.

use bytes::Bytes;
use serde::Serialize;

use crate::Edge;
use crate::errors::Failure;
use crate::protocol::Call;
use crate::request::parse;
use crate::schedule_actions;
use crate::shown;

/// Carries out an action and returns the answer's body.
pub(crate) async fn act(edge: &Edge, action: &str, call: &Call<'_>) -> Result<Bytes, Failure> {
    let (service, on) = (&edge.service, &edge.settings.beyond_aws);
    match action {
        "CopyExecution" => {
            demand(action, "copies", on.copies)?;
            reply(&service.copy_execution(parse(call.body)?).await?)
        }
        "SignalExecution" => {
            demand(action, "signals", on.signals)?;
            done(service.signal_execution(parse(call.body)?).await?)
        }
        "SearchExecutions" => {
            demand(action, "search", on.search)?;
            reply(&service.search_executions(&call.caller(), parse(call.body)?).await?)
        }
        "GetSearchAttributes" => {
            demand(action, "search", on.search)?;
            reply(&service.search_attributes(parse(call.body)?).await?)
        }
        "PutSearchAttributes" => {
            demand(action, "search", on.search)?;
            done(service.put_search_attributes(parse(call.body)?).await?)
        }
        _ if schedule_actions::NAMES.contains(&action) => {
            demand(action, "schedules", on.schedules)?;
            schedule_actions::act(service, action, call).await
        }
        _ => Err(Failure::unknown_operation(format!("Unknown operation: '{action}'"))),
    }
}

/// Refuses an action whose setting is off.
pub(crate) fn demand(action: &str, setting: &str, on: bool) -> Result<(), Failure> {
    if on {
        return Ok(());
    }
    Err(Failure::unknown_operation(format!(
        "{action} is off; [beyond-aws] {setting} = true in compasso.toml turns it on"
    )))
}

#[expect(clippy::unnecessary_wraps, reason = "every arm of a match has one type")]
pub(crate) fn reply<T: Serialize>(answer: &T) -> Result<Bytes, Failure> {
    Ok(shown::text(answer).into())
}

#[expect(clippy::unnecessary_wraps, reason = "every arm of a match has one type")]
fn done((): ()) -> Result<Bytes, Failure> {
    Ok(Bytes::from_static(b"{}"))
}
