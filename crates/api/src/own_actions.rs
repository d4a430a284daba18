//! The actions that AWS does not have, by name; each is there only if the settings say so.

use bytes::Bytes;

use crate::Edge;
use crate::errors::Failure;
use crate::protocol::Call;
use crate::request::parse;

/// Carries out an action and returns the answer's body.
pub(crate) async fn act(edge: &Edge, action: &str, call: &Call<'_>) -> Result<Bytes, Failure> {
    match action {
        "CopyExecution" if edge.settings.copies => {
            let answer = edge.service.copy_execution(parse(call.body)?).await?;
            Ok(serde_json::to_vec(&answer).expect("an answer is plain data").into())
        }
        "CopyExecution" => Err(Failure::unknown_operation(
            "CopyExecution is off; [beyond-aws] copies = true in compasso.toml turns it on",
        )),
        _ => Err(Failure::unknown_operation(format!("Unknown operation: '{action}'"))),
    }
}
