//! The Kubernetes API of a cluster, at a stand-in.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use compasso_runtime::{TaskEnd, TaskRunner as _};

use crate::http_invoke::mirror;
use crate::stand_in::StandIn;
use crate::workbench::{Recorder, config, connectors, failure, job, output};

const JOBS: &str = "POST /apis/batch/v1/namespaces/default/jobs";
const JOB: &str = "GET /apis/batch/v1/namespaces/default/jobs/pi";
const PODS: &str = "GET /api/v1/namespaces/default/pods";
const LOG: &str = "GET /api/v1/namespaces/default/pods/pi-1/log";
const CREATED: &[(u16, &str)] = &[(201, r#"{"metadata":{"name":"pi"}}"#)];
const ACTIVE: (u16, &str) = (200, r#"{"status":{"active":1}}"#);

fn parameters(url: &str, more: &str) -> String {
    format!(r#"{{"ClusterName":"c","CertificateAuthority":"","Endpoint":"{url}",{more}}}"#)
}

#[tokio::test]
async fn a_call_tells_the_cluster_who_asks() {
    let url = mirror("authorization").await;
    let more =
        r#""Method":"GET","Path":"/api/v1/pods","QueryParameters":{"labelSelector":["a=b","c=d"]}"#;
    let answer = output(&connectors(config("")), job("eks:call", &parameters(&url, more))).await;
    let seen = answer.get("ResponseBody").unwrap().as_str().unwrap().to_owned();
    let (request, token) = seen.split_once(" Bearer k8s-aws-v1.").unwrap();
    assert_eq!(request, "GET /api/v1/pods?labelSelector=a%3Db&labelSelector=c%3Dd");
    let url = String::from_utf8(URL_SAFE_NO_PAD.decode(token.trim()).unwrap()).unwrap();
    assert!(url.starts_with("https://sts.us-east-1.amazonaws.com/?Action=GetCallerIdentity"));
    assert!(url.contains("&X-Amz-SignedHeaders=host%3Bx-k8s-aws-id&X-Amz-Signature="), "{url}");
}

#[tokio::test]
async fn a_status_that_is_no_success_is_the_errors_name() {
    let cluster = StandIn::new(&[("GET /x", &[(409, r#"{"reason":"AlreadyExists"}"#)])]).await;
    let call = parameters(&cluster.url, r#""Method":"GET","Path":"/x""#);
    let refused = failure(&connectors(config("")), job("eks:call", &call)).await;
    assert_eq!(refused, ("EKS.409".to_owned(), r#"{"reason":"AlreadyExists"}"#.to_owned()));
}

#[tokio::test]
async fn a_cluster_that_is_not_trusted_is_not_called() {
    for endpoint in ["http://example.com", "https://127.0.0.1:1", "nonsense"] {
        let call = parameters(endpoint, r#""Method":"GET","Path":"/x""#);
        let (error, _) = failure(&connectors(config("")), job("eks:call", &call)).await;
        assert!(["States.Runtime", "EKS.SdkClientException"].contains(&&*error), "{error}");
    }
}

#[tokio::test]
async fn a_job_runs_to_its_end_and_its_logs_are_read() {
    let complete =
        (200, r#"{"status":{"conditions":[{"type":"Complete","status":"True"}],"succeeded":1}}"#);
    let pods =
        (200, r#"{"items":[{"metadata":{"name":"pi-1"},"spec":{"containers":[{"name":"pi"}]}}]}"#);
    let cluster = StandIn::new(&[
        (JOBS, CREATED),
        (JOB, &[ACTIVE, complete]),
        (PODS, &[pods]),
        (LOG, &[(200, "3.14")]),
    ])
    .await;
    let recorder = Arc::new(Recorder::default());
    let more = r#""Job":{"metadata":{"name":"pi"}},"LogOptions":{"RetrieveLogs":true}"#;
    let task = job("eks:runJob.sync", &parameters(&cluster.url, more));
    let end = connectors(config("")).run(task, recorder.reporter()).await;
    let TaskEnd::Finished(Ok(result)) = end else { panic!("{end:?}") };
    assert_eq!(
        result.text(),
        r#"{"logs":{"pods":{"pi-1":{"containers":{"pi":{"log":3.14}}}}},"status":{"conditions":[{"type":"Complete","status":"True"}],"succeeded":1}}"#
    );
    assert_eq!(recorder.submitted.lock().unwrap().len(), 1);
    assert_eq!(cluster.calls(JOBS), [r#"{"metadata":{"name":"pi"}}"#]);
}

#[tokio::test]
async fn a_job_that_fails_fails_the_task() {
    let failed = (200, r#"{"status":{"conditions":[{"type":"Failed","status":"True"}]}}"#);
    let cluster = StandIn::new(&[(JOBS, CREATED), (JOB, &[failed])]).await;
    let task = job("eks:runJob.sync", &parameters(&cluster.url, r#""Job":{}"#));
    let (error, cause) = failure(&connectors(config("")), task).await;
    assert_eq!(error, "States.TaskFailed");
    assert_eq!(cause, r#"{"status":{"conditions":[{"type":"Failed","status":"True"}]}}"#);
}

#[tokio::test]
async fn a_job_that_nobody_waits_for_any_more_is_deleted() {
    const DELETE: &str = "DELETE /apis/batch/v1/namespaces/default/jobs/pi";
    let cluster =
        StandIn::new(&[(JOBS, CREATED), (JOB, &[ACTIVE]), (DELETE, &[(200, "{}")])]).await;
    let recorder = Arc::new(Recorder::default());
    let task = job("eks:runJob.sync", &parameters(&cluster.url, r#""Job":{}"#));
    let running = tokio::spawn(connectors(config("")).run(task, recorder.reporter()));
    cluster.first_call(JOB).await;
    running.abort();
    cluster.first_call(DELETE).await;
}
