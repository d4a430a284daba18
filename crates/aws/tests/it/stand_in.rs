//! Servers that stand in for services, and calls of them.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::any;
use compasso_aws::{AwsClient, AwsSettings, Called, Caller, Environment, Failure, http_client};
use compasso_integrations::{Call, problems};
use compasso_types::Json;
use tokio::net::TcpListener;

const BODY_BYTES_MAX: usize = 1 << 20;

/// An answer that is given to every request.
#[derive(Clone)]
pub(crate) struct Fixed {
    pub(crate) status: u16,
    pub(crate) headers: &'static [(&'static str, &'static str)],
    pub(crate) body: &'static str,
}

/// A request as text: the first line, the headers that matter, the body.
pub(crate) type Seen = Arc<Mutex<Vec<String>>>;

/// Serves `answer`; returns the URL and what was asked.
pub(crate) async fn serve(answer: Fixed) -> (String, Seen) {
    let seen = Seen::default();
    let noted = Arc::clone(&seen);
    let handler = any(move |request: Request| {
        let (answer, noted) = (answer.clone(), Arc::clone(&noted));
        async move {
            let (parts, body) = request.into_parts();
            let body = axum::body::to_bytes(body, BODY_BYTES_MAX).await.unwrap();
            let mut text = format!("{} {}\n", parts.method, parts.uri);
            for (name, value) in &parts.headers {
                if !is_usual(name.as_str()) {
                    let line = [name.as_str(), ": ", value.to_str().unwrap(), "\n"];
                    text.push_str(&line.concat());
                }
            }
            text += &String::from_utf8_lossy(&body);
            noted.lock().unwrap().push(text);
            let mut headers = HeaderMap::new();
            for (name, value) in answer.headers {
                headers.append(*name, value.parse().unwrap());
            }
            (StatusCode::from_u16(answer.status).unwrap(), headers, answer.body)
        }
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(handler)).await });
    (url, seen)
}

fn is_usual(name: &str) -> bool {
    let usual = ["host", "accept", "content-length", "authorization", "x-amz-date"];
    usual.contains(&name) || name == "x-amz-content-sha256"
}

/// Makes a client with these environment variables.
pub(crate) fn client(variables: &[(&str, &str)]) -> AwsClient {
    let environment: Environment = variables.iter().copied().collect();
    AwsClient::new(AwsSettings::from_environment(&environment), None, http_client().unwrap())
}

/// Returns the call that a resource names.
pub(crate) fn call(resource: &str) -> Call {
    let (service, action) = resource.rsplit_once(':').unwrap();
    Call::of(service, action).unwrap()
}

/// Calls a service at `url`.
pub(crate) async fn ask(url: &str, resource: &str, parameters: &str) -> Result<Called, Failure> {
    let call = call(resource);
    let parameters = Json::parse(parameters).unwrap();
    assert_eq!(problems(&call, &parameters), [""; 0]);
    let caller = Caller { region: "eu-west-1", account: "", token: "token-1", role: None };
    client(&[("AWS_ENDPOINT_URL", url)]).call(&call, &parameters, caller).await
}
