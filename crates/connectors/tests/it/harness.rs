//! `bedrockagentcore:invokeHarness`: a stream of events as one result.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Request;
use axum::routing::any;
use compasso_aws::AwsSettings;
use compasso_connectors::{Connectors, ConnectorsConfig};

use crate::servers::serve;
use crate::workbench::{connectors, failure, job, output};

const PARAMETERS: &str = r#"{"HarnessArn":"arn:h","RuntimeSessionId":"s-1","Messages":[{"Role":"user","Content":[{"Text":"hi"}]}]}"#;

/// Frames a message of a stream as AWS does.
fn framed(kind: &str, name: &str, payload: &str) -> Vec<u8> {
    let mut fields = Vec::new();
    for (field, value) in [(":message-type", kind), (&*format!(":{kind}-type"), name)] {
        fields.push(u8::try_from(field.len()).unwrap());
        fields.extend(field.as_bytes());
        fields.push(7);
        fields.extend(u16::try_from(value.len()).unwrap().to_be_bytes());
        fields.extend(value.as_bytes());
    }
    let length = 12 + fields.len() + payload.len() + 4;
    let mut bytes = u32::try_from(length).unwrap().to_be_bytes().to_vec();
    bytes.extend(u32::try_from(fields.len()).unwrap().to_be_bytes());
    bytes.extend(crc32fast::hash(&bytes).to_be_bytes());
    bytes.extend(fields);
    bytes.extend(payload.as_bytes());
    bytes.extend(crc32fast::hash(&bytes).to_be_bytes());
    bytes
}

/// Serves a stream; returns the connectors that find it, and where what was asked is put.
async fn streaming(stream: Vec<u8>) -> (Connectors, Arc<Mutex<Vec<String>>>) {
    let seen = Arc::<Mutex<Vec<String>>>::default();
    let noted = Arc::clone(&seen);
    let answer = any(move |request: Request| async move {
        noted.lock().unwrap().push(format!("{} {}", request.method(), request.uri()));
        ([("content-type", "application/vnd.amazon.eventstream")], stream)
    });
    let url = serve(Router::new().fallback(answer)).await;
    let aws = AwsSettings::default().with_endpoint_of_all(url);
    (connectors(ConnectorsConfig { aws, ..ConnectorsConfig::default() }), seen)
}

#[tokio::test]
async fn the_agents_last_message_is_the_result() {
    let stream = [
        framed("event", "messageStart", r#"{"role":"assistant"}"#),
        framed("event", "contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"text":"hello"}}"#),
        framed("event", "messageStop", r#"{"stopReason":"end_turn"}"#),
        framed(
            "event",
            "metadata",
            r#"{"usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3},"metrics":{"latencyMs":9}}"#,
        ),
    ];
    let (connectors, seen) = streaming(stream.concat()).await;
    let result = output(&connectors, job("bedrockagentcore:invokeHarness", PARAMETERS)).await;
    assert_eq!(
        result.to_string(),
        r#"{"Metrics":{"LatencyMs":9},"Output":{"Message":{"Content":[{"Text":"hello"}],"Role":"assistant"}},"StopReason":"end_turn","Usage":{"InputTokens":1,"OutputTokens":2,"TotalTokens":3}}"#
    );
    assert_eq!(*seen.lock().unwrap(), ["POST /harnesses/invoke?harnessArn=arn%3Ah"]);
}

#[tokio::test]
async fn an_exception_in_the_stream_is_the_tasks_error() {
    let stream = framed("exception", "runtimeClientError", r#"{"message":"the agent broke"}"#);
    let (connectors, _) = streaming(stream).await;
    let task = job("bedrockagentcore:invokeHarness", PARAMETERS);
    let (error, cause) = failure(&connectors, task).await;
    assert_eq!(error, "BedrockAgentCore.RuntimeClientErrorException");
    assert!(cause.starts_with("the agent broke ("), "{cause}");
}
