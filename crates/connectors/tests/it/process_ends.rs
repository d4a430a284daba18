//! Nothing of a process group outlives its job.

use std::sync::Arc;

use compasso_runtime::TaskRunner;
use compasso_types::Json;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use crate::workbench::{Recorder, config, connectors, job, output};

fn shell(script: &str) -> String {
    Json::object([("Command", Json::array(["sh", "-c", script].map(Json::from)))]).to_string()
}

/// Runs a script until its first line, drops the job, and returns the line.
async fn cancelled(script: &str) -> String {
    let recorder = Arc::new(Recorder::default());
    let connectors = connectors(config(""));
    let running = connectors.run(job("compasso:process", &shell(script)), recorder.reporter());
    tokio::select! {
        ended = running => panic!("it ended by itself: {ended:?}"),
        line = recorder.first_line() => line,
    }
}

/// Waits for the end of a process that is no child of this one.
async fn until_gone(pid: &str) {
    let pid = pid.trim().parse().ok().and_then(Pid::from_raw).expect("a process id");
    if let Ok(process) = pidfd_open(pid, PidfdFlags::empty()) {
        let wait = move || poll(&mut [PollFd::new(&process, PollFlags::IN)], None);
        tokio::task::spawn_blocking(wait).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_dropped_job_ends_the_program_and_what_it_started() {
    let line = cancelled("sleep 1000 & echo $$ $!; wait").await;
    for pid in line.split(' ') {
        until_gone(pid).await;
    }
}

#[tokio::test]
async fn a_program_that_is_told_to_end_can_clean_up() {
    let place = tempfile::tempdir().unwrap();
    let note = place.path().join("note");
    let script = format!(
        "trap 'echo ending; echo bye > {}; exit' TERM; echo $$; while :; do sleep 0.01; done",
        note.display()
    );
    let pid = cancelled(&script).await;
    until_gone(&pid).await;
    assert_eq!(std::fs::read_to_string(note).unwrap(), "bye\n");
}

#[tokio::test]
async fn a_program_that_ignores_sigterm_is_killed() {
    let pid = cancelled("trap '' TERM; echo $$; while :; do sleep 0.01; done").await;
    until_gone(&pid).await;
}

#[tokio::test]
async fn a_background_process_ends_with_the_program() {
    let connectors = connectors(config(""));
    let script = "sleep 1000 & echo $!";
    let ran = output(&connectors, job("compasso:process", &shell(script))).await;
    until_gone(&ran.get("Stdout").unwrap().to_string()).await;
}

#[tokio::test]
async fn a_program_that_writes_too_much_is_gone() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("pid");
    let script = format!("echo $$ > {}; exec yes", file.display());
    let job = job("compasso:process", &shell(&script));
    let _ = crate::workbench::failure(&connectors(config("")), job).await;
    until_gone(&std::fs::read_to_string(file).unwrap()).await;
}

#[test]
fn a_runtime_that_shuts_down_takes_the_group_along() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let script = "trap '' TERM; sleep 1000 & echo $$ $!; while :; do sleep 0.01; done";
    let line = runtime.block_on(cancelled(script));
    drop(runtime);
    let watch = tokio::runtime::Runtime::new().unwrap();
    for pid in line.split(' ') {
        watch.block_on(until_gone(pid));
    }
}
