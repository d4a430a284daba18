//! A definition of a thousand states, parsed and validated.

use std::time::Instant;

use anyhow::bail;
use serde_json::json;

use crate::figure;
use crate::server::Server;

const STATES: usize = 1_000;
const ROUNDS: usize = 20;

pub(crate) async fn run() -> anyhow::Result<()> {
    let server = Server::start().await?;
    let mut connection = server.connect().await?;
    let mut states = serde_json::Map::new();
    for number in 0..STATES {
        let mut state = json!({
            "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "f", "Payload": {"n": number, "input.$": "$.input"}},
            "ResultPath": "$.result", "Retry": [{"ErrorEquals": ["States.ALL"]}],
        });
        if number + 1 == STATES {
            state["End"] = true.into();
        } else {
            state["Next"] = format!("S{}", number + 1).into();
        }
        states.insert(format!("S{number}"), state);
    }
    let definition = json!({"StartAt": "S0", "States": states}).to_string();
    let request = json!({"definition": definition});
    let mut latencies = Vec::new();
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        let answer = connection.call_json("ValidateStateMachineDefinition", &request).await?;
        latencies.push(begun.elapsed());
        if answer["result"] != "OK" {
            bail!("unexpected: {answer}");
        }
    }
    figure::print_latencies("validate.1000", &mut latencies);
    Ok(())
}
