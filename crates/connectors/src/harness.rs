//! `bedrockagentcore:invokeHarness`: an agent answers by a stream of events, which is put together to
//! the last message that it wrote.

use std::collections::BTreeMap;

use compasso_aws::{AwsClient, StreamedEvent};
use compasso_engine::{TaskError, TaskResult};
use compasso_integrations::Call;
use compasso_runtime::Job;
use compasso_types::{Json, Payload};

use crate::aws_service::{caller, task_error};
use crate::sdk_metadata::derived_id;

const COUNTS: [(&str, &str); 3] = [
    ("inputTokens", "InputTokens"),
    ("outputTokens", "OutputTokens"),
    ("totalTokens", "TotalTokens"),
];

/// Asks the agent and returns `{Metrics, Output, StopReason, Usage}`.
pub(crate) async fn invoke(aws: &AwsClient, job: &Job) -> TaskResult {
    let call = Call::of_operation("bedrockagentcore", "InvokeHarness");
    let call = call.expect("the model has the operation");
    let token = derived_id(["token", &job.idempotency_key]);
    let parameters = job.offer.parameters.value();
    let events = aws.call_for_events(&call, parameters, caller(job, &token)).await;
    let events = events.map_err(|failure| task_error(failure, job))?;
    Conversation::of(&events).result()
}

/// What the events of a stream tell.
#[derive(Default)]
struct Conversation {
    writing: Message,
    /// The agent's last message.
    last: Option<Message>,
    counts: [i64; COUNTS.len()],
    latency_millis: i64,
}

/// A message, or as much as there is of it.
#[derive(Default)]
struct Message {
    is_agents: bool,
    /// The texts by the places of their blocks.
    texts: BTreeMap<i64, String>,
    stop_reason: String,
}

impl Conversation {
    fn of(events: &[StreamedEvent]) -> Self {
        let mut conversation = Self::default();
        for event in events {
            conversation.hear(event);
        }
        conversation
    }

    fn hear(&mut self, StreamedEvent { name, payload }: &StreamedEvent) {
        let text = |name: &str| payload.get(name).and_then(Json::as_str);
        match name.as_str() {
            "messageStart" => {
                let is_agents = text("role") == Some("assistant");
                self.writing = Message { is_agents, ..Message::default() };
            }
            "contentBlockDelta" => {
                let place = payload.get("contentBlockIndex").and_then(Json::as_i64);
                let delta = payload.get("delta").and_then(|delta| delta.get("text")?.as_str());
                if let (Some(place), Some(delta)) = (place, delta) {
                    self.writing.texts.entry(place).or_default().push_str(delta);
                }
            }
            "messageStop" => {
                let mut written = std::mem::take(&mut self.writing);
                text("stopReason").unwrap_or_default().clone_into(&mut written.stop_reason);
                if written.is_agents {
                    self.last = Some(written);
                }
            }
            "metadata" => self.count(payload),
            _ => {}
        }
    }

    fn count(&mut self, metadata: &Json) {
        let number = |group: &str, name: &str| {
            metadata.get(group).and_then(|group| group.get(name)?.as_i64()).unwrap_or(0)
        };
        for (count, (name, _)) in self.counts.iter_mut().zip(COUNTS) {
            *count = count.saturating_add(number("usage", name));
        }
        self.latency_millis = self.latency_millis.saturating_add(number("metrics", "latencyMs"));
    }

    fn result(self) -> TaskResult {
        let Some(last) = self.last else {
            let cause = "Unable to unmarshall response (the agent wrote no message)";
            return Err(TaskError::new("BedrockAgentCore.SdkClientException", cause));
        };
        let texts = last.texts.into_values().map(|text| Json::object([("Text", Json::from(text))]));
        let message = [("Content", Json::array(texts)), ("Role", Json::from("assistant"))];
        let counts = COUNTS.iter().zip(self.counts);
        let usage = counts.map(|((_, shown), count)| (*shown, Json::from(count)));
        Ok(Payload::from(Json::object([
            ("Metrics", Json::object([("LatencyMs", Json::from(self.latency_millis))])),
            ("Output", Json::object([("Message", Json::object(message))])),
            ("StopReason", Json::from(last.stop_reason)),
            ("Usage", Json::object(usage)),
        ])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(name: &str, payload: &str) -> StreamedEvent {
        StreamedEvent { name: name.to_owned(), payload: Json::parse(payload).unwrap() }
    }

    #[test]
    fn only_texts_of_the_last_message_of_the_agent_are_shown_and_all_tokens_counted() {
        let metadata = r#"{"usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3},"metrics":{"latencyMs":10}}"#;
        let result = Conversation::of(&[
            event("messageStart", r#"{"role":"assistant"}"#),
            event("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"text":"early"}}"#),
            event("messageStop", r#"{"stopReason":"tool_use"}"#),
            event("metadata", metadata),
            event("messageStart", r#"{"role":"user"}"#),
            event("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"toolResult":[]}}"#),
            event("messageStop", r#"{"stopReason":"tool_result"}"#),
            event("messageStart", r#"{"role":"assistant"}"#),
            event(
                "contentBlockDelta",
                r#"{"contentBlockIndex":0,"delta":{"reasoningContent":{}}}"#,
            ),
            event("contentBlockDelta", r#"{"contentBlockIndex":1,"delta":{"text":"la"}}"#),
            event("contentBlockDelta", r#"{"contentBlockIndex":1,"delta":{"text":"st"}}"#),
            event("messageStop", r#"{"stopReason":"end_turn"}"#),
            event("metadata", metadata),
        ])
        .result();
        assert_eq!(
            result.unwrap().text(),
            r#"{"Metrics":{"LatencyMs":20},"Output":{"Message":{"Content":[{"Text":"last"}],"Role":"assistant"}},"StopReason":"end_turn","Usage":{"InputTokens":2,"OutputTokens":4,"TotalTokens":6}}"#
        );
    }

    #[test]
    fn a_stream_without_a_message_is_a_client_error() {
        let failed = Conversation::of(&[event("messageStart", r#"{"role":"assistant"}"#)]).result();
        assert_eq!(
            failed.unwrap_err().error.as_deref(),
            Some("BedrockAgentCore.SdkClientException")
        );
    }
}
