//! `slack`, `notify` and `pagerduty`, towards a server that keeps what it is sent.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::StatusCode;
use axum::routing::post;
use compasso_types::Json;

use crate::workbench::{actions_of, json, run, serve};

/// Sends a message; returns how that ended and what arrived at which path.
async fn send(action: &str, parameters: &str) -> (Result<Json, (String, String)>, Vec<Json>) {
    let arrived: Arc<Mutex<Vec<Json>>> = Arc::default();
    let kept = arrived.clone();
    let keep = post(move |uri: axum::http::Uri, body: String| async move {
        if uri.path() == "/broken" {
            return (StatusCode::NOT_FOUND, "no_service");
        }
        kept.lock().unwrap().push(Json::parse(&body).unwrap());
        (StatusCode::OK, "ok")
    });
    let url = serve(Router::new().fallback(keep)).await;
    let settings = format!(
        "notify.slack.url = '{url}/slack'\nnotify.default.url = '{url}/hook'\n\
         notify.pagerduty.url = '{url}/events'\nnotify.broken.url = '{url}/broken'"
    );
    let actions = actions_of("", toml::from_str(&settings).unwrap());
    let ended = run(&actions, action, &json(parameters, &url)).await;
    let arrived = arrived.lock().unwrap().clone();
    (ended, arrived)
}

async fn sent(action: &str, parameters: &str) -> String {
    let (ended, arrived) = send(action, parameters).await;
    assert_eq!(ended.unwrap().get("status"), Some(&Json::from(200)));
    Json::array(arrived).to_string()
}

#[tokio::test]
async fn each_service_gets_its_own_form() {
    assert_eq!(
        sent("slack", r##"{"text":"late: \"x\"","channel":"#ops"}"##).await,
        r##"[{"text":"late: \"x\"","channel":"#ops"}]"##
    );
    assert_eq!(sent("slack", r#"{"text":"t","webhook":"URL/other"}"#).await, r#"[{"text":"t"}]"#);
    assert_eq!(
        sent("notify", r#"{"text":"t","fields":{"rows":3}}"#).await,
        r#"[{"text":"t","fields":{"rows":3},"run":"arn:aws:states:us-east-1:123456789012:execution:m:e","task":"Work"}]"#
    );
    assert_eq!(
        sent("pagerduty", r#"{"key":"k","summary":"s","severity":"critical","source":"here"}"#)
            .await,
        r#"[{"routing_key":"k","event_action":"trigger","dedup_key":"key-1","payload":{"summary":"s","severity":"critical","source":"here"}}]"#
    );
}

#[tokio::test]
async fn what_goes_wrong_is_named() {
    for (action, parameters, error, hint) in [
        ("notify", r#"{"text":"t","to":"nobody"}"#, "Connection", "[notify.nobody]"),
        ("notify", r#"{"text":"t","to":"broken"}"#, "Http404", "no_service"),
        ("pagerduty", r#"{"key":"k","summary":"s","severity":"bad"}"#, "States.Runtime", "one of"),
        ("slack", r#"{"text":"t","webhook":"no url"}"#, "Connection", "is no URL"),
    ] {
        let (ended, _) = send(action, parameters).await;
        let (found, cause) = ended.unwrap_err();
        assert_eq!(found, error, "{cause}");
        assert!(cause.contains(hint), "{cause}");
    }
}
