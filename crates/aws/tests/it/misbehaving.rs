//! Endpoints that do not behave: every call ends with an error in AWS's words.

use std::time::Duration;

use compasso_aws::Failure;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::stand_in::{Fixed, ask, serve};

/// Answers every request with these bytes; then closes, or says nothing more.
async fn bytes(answer: &'static str, close: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = vec![0; 64 * 1024];
                let _ = connection.read(&mut request).await;
                let _ = connection.write_all(answer.as_bytes()).await;
                if !close {
                    while connection.read(&mut request).await.is_ok_and(|count| count > 0) {}
                }
            });
        }
    });
    url
}

async fn failure(url: &str) -> (String, String) {
    let parameters = r#"{"TableName":"t","Key":{"id":{"S":"1"}}}"#;
    match ask(url, "aws-sdk:dynamodb:getItem", parameters).await {
        Err(Failure::Error { error, cause }) => (error, cause),
        other => panic!("not a failure: {other:?}"),
    }
}

#[tokio::test]
async fn broken_connections_and_garbage_are_client_errors() {
    let json = "HTTP/1.1 200 OK\r\ncontent-length: 90\r\n\r\n{\"Item\"";
    for url in [
        "http://127.0.0.1:1".to_owned(),
        "http://no-such-host.invalid".to_owned(),
        bytes("", true).await,
        bytes("garbage\r\n\r\n", true).await,
        bytes(json, true).await,
        serve(Fixed { status: 200, headers: &[], body: "no JSON" }).await.0,
    ] {
        let (error, cause) = failure(&url).await;
        assert_eq!(error, "DynamoDb.SdkClientException", "{url}: {cause}");
        assert!(cause.ends_with(" (SDK Attempt Count: 1)"), "{cause}");
    }
}

#[tokio::test(start_paused = true)]
async fn silence_ends_by_itself() {
    for answer in ["", "HTTP/1.1 200 OK\r\ncontent-length: 90\r\n\r\n{"] {
        let url = bytes(answer, false).await;
        let (error, cause) =
            tokio::time::timeout(Duration::from_secs(600), failure(&url)).await.unwrap();
        assert_eq!(error, "DynamoDb.SdkClientException");
        assert!(cause.starts_with("Unable to execute HTTP request: "), "{cause}");
    }
}

#[tokio::test]
async fn an_endless_answer_is_too_large() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 64 * 1024];
        let _ = connection.read(&mut request).await;
        let _ = connection.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
        while connection.write_all(&[b'x'; 8 * 1024]).await.is_ok() {}
    });
    let parameters = r#"{"TableName":"t","Key":{"id":{"S":"1"}}}"#;
    let failed = ask(&url, "aws-sdk:dynamodb:getItem", parameters).await.unwrap_err();
    assert_eq!(failed, Failure::TooLarge);
}
