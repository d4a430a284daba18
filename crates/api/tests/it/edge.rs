//! A server that is called directly.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use axum::response::Response;
use compasso_api::{ApiSettings, router};
use expect_test::Expect;
use serde_json::Value;
use tower::ServiceExt;

use crate::world::World;

/// The credential scope of the callers in these tests.
pub(crate) const AUTHORIZATION: &str = "AWS4-HMAC-SHA256 \
    Credential=123456789012/20260131/eu-west-1/states/aws4_request, SignedHeaders=host, Signature=0";

pub(crate) struct Server {
    pub(crate) world: World,
    pub(crate) router: Router,
}

impl Server {
    pub(crate) async fn new() -> Self {
        Self::with(ApiSettings::default()).await
    }

    pub(crate) async fn with(settings: ApiSettings) -> Self {
        let world = World::new().await;
        let router = router(world.service.clone(), settings);
        Self { world, router }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Response {
        self.router.clone().oneshot(request).await.expect("the router is infallible")
    }

    /// Calls an action and returns status and body.
    pub(crate) async fn call(&self, action: &str, body: impl Into<Body>) -> (StatusCode, String) {
        read(self.send(request(action, body)).await).await
    }

    /// Calls an action that succeeds.
    pub(crate) async fn ask(&self, action: &str, body: &str) -> Value {
        let (status, answer) = self.call(action, body.to_owned()).await;
        assert_eq!(status, StatusCode::OK, "{action} {body}: {answer}");
        serde_json::from_str(&answer).unwrap()
    }

    /// Calls an action and compares the answer, its status in front.
    pub(crate) async fn check(&self, action: &str, body: &str, expected: &Expect) {
        let (status, answer) = self.call(action, body.to_owned()).await;
        expected.assert_eq(&format!("{} {answer}\n", status.as_u16()));
    }
}

pub(crate) fn request(action: &str, body: impl Into<Body>) -> Request<Body> {
    Request::post("/")
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-target", format!("AWSStepFunctions.{action}"))
        .header("authorization", AUTHORIZATION)
        .body(body.into())
        .unwrap()
}

pub(crate) async fn read(response: Response) -> (StatusCode, String) {
    let status = response.status();
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, String::from_utf8(bytes.to_vec()).unwrap())
}

/// Writes a JSON object that creates a state machine.
pub(crate) fn create(name: &str, kind: &str, definition: &str) -> String {
    serde_json::json!({
        "name": name,
        "type": kind,
        "definition": definition,
        "roleArn": crate::world::ROLE,
    })
    .to_string()
}
