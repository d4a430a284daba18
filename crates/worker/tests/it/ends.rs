//! How tasks and the worker end before their time.

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use serde_json::{Value, json};

use crate::fake_server::Fake;

const ENDLESS: &str = "echo $$; exec sleep 1000";

/// Waits for the end of a process.
async fn until_gone(pid: &str) {
    let pid = pid.trim().parse().ok().and_then(Pid::from_raw).expect("a process id");
    if let Ok(process) = pidfd_open(pid, PidfdFlags::empty()) {
        let wait = move || poll(&mut [PollFd::new(&process, PollFlags::IN)], None);
        tokio::task::spawn_blocking(wait).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_task_whose_lease_is_over_is_ended_and_not_reported() {
    for answer in [
        json!({"cancel": ["l1"], "lost": [], "drain": false}),
        json!({"cancel": [], "lost": ["l1"], "drain": false}),
    ] {
        let fake = Fake::default();
        fake.offer("l1", ENDLESS);
        let _at_work = fake.with_worker().await;
        let pid = fake.first_line().await;
        fake.answer_once("/beat", 200, answer);
        until_gone(&pid).await;
        assert!(fake.calls("/done").is_empty() && fake.calls("/failed").is_empty());
    }
}

#[tokio::test]
async fn a_task_whose_lines_are_refused_is_ended() {
    let fake = Fake::default();
    fake.offer("l1", "echo $$; while :; do sleep 0.2; echo more; done");
    let _at_work = fake.with_worker().await;
    let pid = fake.first_line().await;
    fake.answer_once("/logs", 409, json!({"code": "LeaseLost", "message": ""}));
    until_gone(&pid).await;
}

#[tokio::test]
async fn a_worker_that_is_asked_to_stop_finishes_its_tasks() {
    let fake = Fake::default();
    let place = tempfile::tempdir().unwrap();
    let gate = place.path().join("gate");
    let script = format!("echo begun; while [ ! -e {} ]; do sleep 0.01; done", gate.display());
    fake.offer("l1", &script);
    let at_work = fake.with_worker().await;
    fake.first_line().await;
    at_work.stopper.ask();
    fake.called("/drain").await;
    std::fs::write(gate, "").unwrap();
    at_work.ended.await.unwrap().unwrap();
    assert_eq!(fake.calls("/leases/l1/done").len(), 1);
    assert_eq!(fake.calls("DELETE /api/v1/workers/w1").len(), 1);
}

#[tokio::test]
async fn a_worker_that_is_asked_twice_ends_its_tasks() {
    let fake = Fake::default();
    fake.offer("l1", ENDLESS);
    let at_work = fake.with_worker().await;
    let pid = fake.first_line().await;
    at_work.stopper.ask();
    at_work.stopper.ask();
    at_work.ended.await.unwrap().unwrap();
    until_gone(&pid).await;
    assert!(fake.calls("/done").is_empty());
}

#[tokio::test]
async fn a_task_that_waits_for_a_seat_is_known_and_can_be_given_up() {
    let fake = Fake::default();
    let place = tempfile::tempdir().unwrap();
    let note = place.path().join("note");
    fake.offer("l1", ENDLESS);
    fake.offer("l2", ENDLESS);
    fake.offer("l3", &format!("echo begun > {}", note.display()));
    let at_work = fake.with_worker().await;
    let names = |beat: &Value| beat["leases"].as_array().unwrap().contains(&json!("l3"));
    fake.called_with("/beat", names).await;
    fake.answer_once("/beat", 200, json!({"cancel": ["l3"], "lost": [], "drain": false}));
    let is_two = |beat: &Value| beat["leases"].as_array().unwrap().len() == 2;
    while !fake.calls("/beat").last().is_some_and(is_two) {
        tokio::task::yield_now().await;
    }
    at_work.stopper.ask();
    at_work.stopper.ask();
    at_work.ended.await.unwrap().unwrap();
    assert!(!note.exists());
}

#[tokio::test]
async fn a_task_ends_by_itself_when_its_time_is_over() {
    let fake = Fake::default();
    fake.offer_with("l1", ENDLESS, &json!({"timeout_ms": 300}));
    let _at_work = fake.with_worker().await;
    assert_eq!(fake.called("/leases/l1/failed").await["error"], "Timeout");
    until_gone(&fake.first_line().await).await;
}

#[tokio::test]
async fn a_task_whose_lease_is_not_renewed_for_long_is_ended() {
    let fake = Fake::default();
    fake.offer("l1", ENDLESS);
    let _at_work = fake.with_worker().await;
    let pid = fake.first_line().await;
    fake.hear_no_beats();
    until_gone(&pid).await;
    assert!(fake.calls("/failed").is_empty());
}

#[tokio::test]
async fn a_worker_that_is_not_taken_back_finishes_its_tasks() {
    let fake = Fake::default();
    let place = tempfile::tempdir().unwrap();
    let gate = place.path().join("gate");
    let script = format!("echo begun; while [ ! -e {} ]; do sleep 0.01; done", gate.display());
    fake.offer("l1", &script);
    let at_work = fake.with_worker().await;
    fake.first_line().await;
    fake.answer_once("/poll", 404, json!({"code": "WorkerUnknown", "message": ""}));
    fake.answer_once("/workers", 403, json!({"code": "AccessDenied", "message": "no"}));
    // Ends the poll that is open.
    fake.offer("l2", "true");
    fake.called("/leases/l2/done").await;
    std::fs::write(gate, "").unwrap();
    fake.called("/leases/l1/done").await;
    at_work.ended.await.unwrap().unwrap_err();
}
