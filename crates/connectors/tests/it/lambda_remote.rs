//! Lambda functions behind the Lambda API.

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::any;
use compasso_aws::{AwsSettings, Credentials};
use compasso_connectors::{Connectors, ConnectorsConfig};
use compasso_types::Json;

use crate::compasso_http::body_of;
use crate::servers::{After, serve, serve_bytes};
use crate::workbench::{connectors, failure, job, json, output};

const ARN: &str = "arn:aws:lambda:eu-west-1:123456789012:function:f";

fn at(endpoint: &str) -> Connectors {
    let credentials = Credentials {
        access_key_id: "AKID".to_owned(),
        secret_access_key: "secret".to_owned(),
        session_token: Some("session".to_owned()),
    };
    let aws =
        AwsSettings::default().with_credentials(credentials).with_endpoint("Lambda", endpoint);
    connectors(ConnectorsConfig { aws, ..ConnectorsConfig::default() })
}

/// Serves the same answer to everything.
async fn answering(answer: impl IntoResponse + Clone + Send + Sync + 'static) -> Connectors {
    at(&serve(Router::new().fallback(any(move || async move { answer.clone() }))).await)
}

#[tokio::test]
async fn a_call_is_signed_and_addressed_as_the_api_wants() {
    let mirror = any(|request: Request| async move {
        let (parts, body) = request.into_parts();
        let header = |name: &str| {
            let headers: &HeaderMap = &parts.headers;
            headers.get(name).map_or("-", |value| value.to_str().unwrap()).to_owned()
        };
        let seen = [
            parts.method.to_string(),
            parts.uri.to_string(),
            header("x-amz-invocation-type"),
            header("x-amz-client-context"),
            header("x-amz-security-token"),
            header("authorization"),
            String::from_utf8(body_of(body).await).unwrap(),
        ];
        (
            [("x-amz-executed-version", "7"), ("x-amzn-requestid", "r-1")],
            Json::array(seen.map(Json::from)).to_string(),
        )
    });
    let connectors = at(&serve(Router::new().fallback(mirror)).await);
    let parameters =
        format!(r#"{{"FunctionName":"{ARN}:7","Payload":{{"x":1}},"ClientContext":{{"c":1}}}}"#);
    let result = output(&connectors, job("lambda:invoke", &parameters)).await;
    let seen: Vec<&str> = result
        .get("Payload")
        .unwrap()
        .as_array()
        .unwrap()
        .iter()
        .map(|text| text.as_str().unwrap())
        .collect();
    assert_eq!(
        seen[..5],
        [
            "POST",
            "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Af/invocations?Qualifier=7",
            "RequestResponse",
            "eyJjIjoxfQ==",
            "session",
        ]
    );
    assert!(seen[5].starts_with("AWS4-HMAC-SHA256 Credential=AKID/"), "{}", seen[5]);
    assert!(seen[5].contains("/eu-west-1/lambda/aws4_request, SignedHeaders=content-type;host;x-amz-client-context;x-amz-date;x-amz-invocation-type;x-amz-security-token, Signature="), "{}", seen[5]);
    assert_eq!(seen[6], r#"{"x":1}"#);
    assert_eq!(result.get("ExecutedVersion"), Some(&Json::from("7")));
    assert_eq!(result.get("SdkResponseMetadata"), Some(&json(r#"{"RequestId":"r-1"}"#)));
    let headers = result.get("SdkHttpMetadata").unwrap().get("AllHttpHeaders").unwrap();
    assert_eq!(headers.get("x-amz-executed-version"), Some(&json(r#"["7"]"#)));
}

#[tokio::test]
async fn the_output_of_a_function_named_directly_is_the_result() {
    let connectors = answering(r#"{"y":2}"#).await;
    assert_eq!(output(&connectors, job(ARN, "{}")).await, json(r#"{"y":2}"#));
}

#[tokio::test]
async fn an_event_has_no_payload() {
    let connectors = answering(StatusCode::ACCEPTED).await;
    let parameters = r#"{"FunctionName":"f","InvocationType":"Event"}"#;
    let result = output(&connectors, job("lambda:invoke", parameters)).await;
    assert_eq!(result.get("StatusCode"), Some(&Json::from(202)));
    assert_eq!(result.get("Payload"), None);
}

#[tokio::test]
async fn a_functions_error_is_the_tasks_error() {
    let payload = r#"{"errorMessage":"no","errorType":"OrderRejected","stackTrace":[]}"#;
    let connectors = answering(([("x-amz-function-error", "Unhandled")], payload)).await;
    let failed = failure(&connectors, job(ARN, "{}")).await;
    assert_eq!(failed, ("OrderRejected".to_owned(), payload.to_owned()));
    let untyped = answering(([("x-amz-function-error", "Unhandled")], "{}")).await;
    let (error, cause) = failure(&untyped, job(ARN, "{}")).await;
    assert_eq!(error, "Lambda.Unknown");
    assert_eq!(
        cause,
        "The cause could not be determined because Lambda did not return an error type. Returned \
         payload: {}"
    );
}

#[tokio::test]
async fn an_error_of_the_api_is_named_as_the_java_sdk_names_it() {
    for (status, kind, body, error, cause) in [
        (
            404,
            "ResourceNotFoundException:http://internal/",
            r#"{"Message":"Function not found: f"}"#,
            "Lambda.ResourceNotFoundException",
            "Function not found: f (Service: AWSLambda; Status Code: 404; Error Code: \
             ResourceNotFoundException; Request ID: r-1; Proxy: null)",
        ),
        (
            429,
            "TooManyRequestsException",
            r#"{"message":"slow down"}"#,
            "Lambda.TooManyRequestsException",
            "slow down (Service: AWSLambda; Status Code: 429; Error Code: \
             TooManyRequestsException; Request ID: r-1; Proxy: null)",
        ),
        (
            403,
            "AccessDeniedException",
            "{}",
            "Lambda.AWSLambdaException",
            "null (Service: AWSLambda; Status Code: 403; Error Code: AccessDeniedException; \
             Request ID: r-1; Proxy: null)",
        ),
    ] {
        let status = StatusCode::from_u16(status).unwrap();
        let headers = [("x-amzn-errortype", kind), ("x-amzn-requestid", "r-1")];
        let connectors = answering((status, headers, body)).await;
        let failed = failure(&connectors, job(ARN, "{}")).await;
        assert_eq!(failed, (error.to_owned(), cause.to_owned()));
    }
}

#[tokio::test]
async fn an_error_may_be_named_in_the_body_only() {
    let body = r#"{"__type":"com.amazonaws#ServiceException","message":"m"}"#;
    let connectors = answering((StatusCode::INTERNAL_SERVER_ERROR, body)).await;
    assert_eq!(failure(&connectors, job(ARN, "{}")).await.0, "Lambda.ServiceException");
}

#[tokio::test]
async fn no_connection_and_no_json_are_client_errors() {
    let closed = serve_bytes(Vec::new(), After::Close).await;
    for connectors in [at("http://127.0.0.1:1"), at(&closed), answering("no JSON").await] {
        let (error, _) = failure(&connectors, job(ARN, "{}")).await;
        assert_eq!(error, "Lambda.SdkClientException");
    }
}

#[tokio::test]
async fn another_role_is_assumed_or_the_task_fails() {
    let refusal = "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>";
    let refused = any(move || async move { (StatusCode::FORBIDDEN, refusal) });
    let sts = serve(Router::new().fallback(refused)).await;
    let aws = AwsSettings::default().with_endpoint_of_all(sts);
    let connectors = connectors(ConnectorsConfig { aws, ..ConnectorsConfig::default() });
    let mut job = job(ARN, "{}");
    job.offer.credentials = Some(json(r#"{"RoleArn":"arn:aws:iam::123456789012:role/r"}"#));
    let (error, cause) = failure(&connectors, job).await;
    assert_eq!(error, "States.TaskFailed");
    assert_eq!(
        cause,
        "The role arn:aws:iam::123456789012:role/Own is not authorized to assume the task state's \
         role, arn:aws:iam::123456789012:role/r."
    );
}
