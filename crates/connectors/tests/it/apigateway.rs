//! `apigateway:invoke` and `bedrock:invokeModel`: calls with shapes of their own.

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::routing::any;
use compasso_aws::AwsSettings;
use compasso_connectors::{Connectors, ConnectorsConfig};
use compasso_types::Json;

use crate::compasso_http::body_of;
use crate::servers::serve;
use crate::workbench::{config, connectors, failure, job, json, output};

/// Serves what it was sent.
async fn mirror() -> String {
    let mirror = any(|request: Request| async move {
        let (parts, body) = request.into_parts();
        let is_signed = parts.headers.contains_key("authorization");
        let seen = Json::object([
            ("method", Json::from(parts.method.as_str())),
            ("uri", Json::from(parts.uri.to_string())),
            ("signed", Json::from(is_signed)),
            ("body", Json::from(&*String::from_utf8_lossy(&body_of(body).await))),
        ]);
        ([("content-type", "application/json")], seen.to_string())
    });
    serve(Router::new().fallback(mirror)).await
}

fn at(url: &str) -> Connectors {
    let aws = AwsSettings::default().with_endpoint_of_all(url);
    connectors(ConnectorsConfig { aws, ..ConnectorsConfig::default() })
}

#[tokio::test]
async fn an_api_is_called_with_stage_path_query_and_body() {
    let url = mirror().await;
    let host = url.trim_start_matches("http://");
    let parameters = format!(
        r#"{{"ApiEndpoint":"{host}","Method":"POST","Stage":"prod","Path":"/pets/1","AuthType":"IAM_ROLE",
            "QueryParameters":{{"a":["1","2"]}},"Headers":{{"k":["v"]}},"RequestBody":{{"x":1}}}}"#
    );
    let result = output(&at(&url), job("apigateway:invoke", &parameters)).await;
    assert_eq!(result.get("StatusCode"), Some(&Json::from(200)));
    let expected =
        r#"{"method":"POST","uri":"/prod/pets/1?a=1&a=2","signed":true,"body":"{\"x\":1}"}"#;
    assert_eq!(result.get("ResponseBody"), Some(&json(expected)));
}

#[tokio::test]
async fn a_status_that_is_no_success_is_the_error() {
    let refusing = any(|| async { (StatusCode::FORBIDDEN, r#"{"message":"Forbidden"}"#) });
    let url = serve(Router::new().fallback(refusing)).await;
    let host = url.trim_start_matches("http://");
    let parameters = format!(r#"{{"ApiEndpoint":"{host}","Method":"GET"}}"#);
    let failed = failure(&at(&url), job("apigateway:invoke", &parameters)).await;
    assert_eq!(failed, ("ApiGateway.403".to_owned(), r#"{"message":"Forbidden"}"#.to_owned()));
}

#[tokio::test]
async fn some_headers_and_endpoints_are_not_accepted() {
    for (parameters, field) in [
        (r#"{"ApiEndpoint":"h","Method":"GET","Headers":{"Host":["x"]}}"#, "Headers"),
        (r#"{"ApiEndpoint":"h","Method":"GET","Headers":{"X-Amz-A":["x"]}}"#, "Headers"),
        (r#"{"ApiEndpoint":"h/path","Method":"GET"}"#, "ApiEndpoint"),
        (r#"{"ApiEndpoint":"h","Method":"GET","QueryParameters":"?a=b"}"#, "QueryParameters"),
    ] {
        let (error, cause) =
            failure(&connectors(config("")), job("apigateway:invoke", parameters)).await;
        assert_eq!(error, "States.Runtime");
        let why = format!("[The value of the field '{field}' has an invalid format]");
        assert!(cause.ends_with(&why), "{cause}");
    }
}

#[tokio::test]
async fn a_model_answers_with_its_body_as_a_value() {
    let connectors = at(&mirror().await);
    let parameters = r#"{"ModelId":"m:1","Body":{"prompt":"p"}}"#;
    let result = output(&connectors, job("bedrock:invokeModel", parameters)).await;
    assert_eq!(result.get("ContentType"), Some(&Json::from("application/json")));
    let body = result.get("Body").unwrap();
    assert_eq!(body.get("uri"), Some(&Json::from("/model/m%3A1/invoke")));
    assert_eq!(body.get("body"), Some(&Json::from(r#"{"prompt":"p"}"#)));
}

#[tokio::test]
async fn a_models_answer_may_be_put_into_s3() {
    let connectors = at(&mirror().await);
    let parameters =
        r#"{"ModelId":"m","Input":{"S3Uri":"s3://b/in"},"Output":{"S3Uri":"s3://b/o"}}"#;
    let result = output(&connectors, job("bedrock:invokeModel", parameters)).await;
    assert_eq!(result.get("Output"), Some(&Json::from("s3://b/o")));
    assert_eq!(result.get("Body"), None);
}

#[tokio::test]
async fn a_models_error_is_the_integrations() {
    let refusing = any(|| async {
        let headers = [("x-amzn-errortype", "ThrottlingException")];
        (StatusCode::TOO_MANY_REQUESTS, headers, r#"{"message":"slow down"}"#)
    });
    let connectors = at(&serve(Router::new().fallback(refusing)).await);
    let parameters = r#"{"ModelId":"m","Body":{}}"#;
    let (error, _) = failure(&connectors, job("bedrock:invokeModel", parameters)).await;
    assert_eq!(error, "Bedrock.ThrottlingException");
}
