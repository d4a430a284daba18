//! What the server is told.

use serde_json::json;

use crate::fake_server::Fake;

#[tokio::test]
async fn a_worker_registers_with_what_it_is() {
    let fake = Fake::default();
    let _at_work = fake.with_worker().await;
    let said = fake.called("POST /api/v1/workers").await;
    assert_eq!(said["name"], "w1");
    assert_eq!(said["tags"], json!(["linux"]));
    assert_eq!(said["slots"], 2);
    assert_eq!(fake.called("/poll").await["free"], 2);
}

#[tokio::test]
async fn lines_come_before_the_output() {
    let fake = Fake::default();
    fake.offer("l1", "echo hunter22; echo careful >&2; echo n=1 >> $COMPASSO_OUTPUT");
    let _at_work = fake.with_worker().await;
    let done = fake.called("POST /api/v1/leases/l1/done").await;
    assert_eq!(done["output"]["output"], json!({"n": "1"}));
    let batches = fake.calls("/leases/l1/logs");
    let lines = batches.iter().flat_map(|batch| batch["lines"].as_array().unwrap());
    let mut lines: Vec<_> = lines.map(|line| [&line["stream"], &line["text"]]).collect();
    lines.sort_by_key(|line| line[0].to_string());
    assert_eq!(json!(lines), json!([["stderr", "careful"], ["stdout", "***"]]));
}

#[tokio::test]
async fn a_failure_has_its_name_its_cause_and_its_pause() {
    let fake = Fake::default();
    fake.offer("l1", "echo retry-after=2 >> $COMPASSO_OUTPUT; echo no >&2; exit 75");
    let _at_work = fake.with_worker().await;
    let failed = fake.called("/leases/l1/failed").await;
    assert_eq!(failed, json!({"error": "Exit.75", "cause": "no", "retry_after_ms": 2000}));
}

#[tokio::test]
async fn an_end_is_reported_until_the_server_hears_it() {
    let fake = Fake::default();
    for _ in 0..3 {
        fake.answer_once("/done", 503, json!({}));
    }
    fake.offer("l1", "true");
    let _at_work = fake.with_worker().await;
    fake.called("/leases/l1/done").await;
}

#[tokio::test]
async fn a_result_that_the_server_refuses_is_a_failure() {
    let fake = Fake::default();
    fake.answer_once("/done", 413, json!({"code": "TooLarge", "message": "too large"}));
    fake.offer("l1", "true");
    let _at_work = fake.with_worker().await;
    assert_eq!(fake.called("/leases/l1/failed").await["error"], "BadOutput");
}

#[tokio::test]
async fn a_server_that_forgot_the_worker_is_told_again() {
    let fake = Fake::default();
    fake.answer_once("/poll", 404, json!({"code": "WorkerUnknown", "message": ""}));
    let _at_work = fake.with_worker().await;
    fake.called("/poll").await;
    assert_eq!(fake.calls("POST /api/v1/workers").len(), 2);
}

#[tokio::test]
async fn a_server_that_does_not_want_the_worker_ends_it() {
    let fake = Fake::default();
    fake.answer_once("/workers", 403, json!({"code": "AccessDenied", "message": "no"}));
    let at_work = fake.with_worker().await;
    let denied = at_work.ended.await.unwrap().unwrap_err();
    assert!(denied.to_string().contains("AccessDenied"), "{denied}");
}

#[tokio::test]
async fn a_poll_that_is_refused_ends_nothing() {
    for answer in [json!({}), json!({"code": "AccessDenied", "message": "no"})] {
        let fake = Fake::default();
        fake.answer_once("/poll", 404, answer);
        fake.offer("l1", "true");
        let _at_work = fake.with_worker().await;
        fake.called("/leases/l1/done").await;
    }
}

#[tokio::test]
async fn a_registration_is_tried_again_when_somebody_else_refuses_it() {
    let fake = Fake::default();
    fake.answer_once("/workers", 404, json!("no such page"));
    let _at_work = fake.with_worker().await;
    fake.called("/poll").await;
}

#[tokio::test]
async fn lines_that_are_refused_leave_a_note() {
    let fake = Fake::default();
    for _ in 0..2 {
        fake.answer_once("/logs", 413, json!({}));
    }
    fake.offer("l1", "echo lost");
    let _at_work = fake.with_worker().await;
    fake.called("/leases/l1/done").await;
    let noted = fake.first_line().await;
    assert!(noted.starts_with("(1 lines are missing here: 413"), "{noted}");
}
