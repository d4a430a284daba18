//! Nothing of an attempt outlives it.

use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use compasso_executor::{Executor, ExecutorSettings};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use tokio::sync::oneshot;
use tokio::time::sleep;

use crate::bench::{Bench, order};

/// Runs a script until its first line, drops it, waits until all of it is over, and returns the line.
async fn cancelled(bench: &Bench, script: &str) -> String {
    let (over, is_over) = oneshot::channel::<()>();
    let order = order(script, r#","grace_ms":500"#);
    let line = tokio::select! {
        ended = bench.run_holding(&order, Some(Box::new(over))) => panic!("it ended: {ended:?}"),
        line = bench.outside.first_line() => line,
    };
    // Nothing is sent: the end is told by what the attempt held.
    assert!(is_over.await.is_err());
    line
}

/// Waits for the end of a process.
async fn until_gone(pid: &str) {
    let pid = pid.trim().parse().ok().and_then(Pid::from_raw).expect("a process id");
    if let Ok(process) = pidfd_open(pid, PidfdFlags::empty()) {
        let wait = move || poll(&mut [PollFd::new(&process, PollFlags::IN)], None);
        tokio::task::spawn_blocking(wait).await.unwrap().unwrap();
    }
}

fn has_attempts(directory: &Path) -> bool {
    let mut entries = std::fs::read_dir(directory).unwrap().flatten();
    entries.any(|entry| entry.file_name().to_string_lossy().starts_with("attempt-"))
}

#[tokio::test]
async fn a_cancelled_script_can_clean_up_and_leaves_no_directory() {
    let bench = Bench::new();
    let place = tempfile::tempdir().unwrap();
    let note = place.path().join("note");
    let script = format!(
        "trap 'pwd > {}; echo cleaned up; exit' TERM; echo $$; while :; do sleep 0.01; done",
        note.display()
    );
    let pid = cancelled(&bench, &script).await;
    until_gone(&pid).await;
    let workspace = std::fs::read_to_string(note).unwrap();
    assert!(workspace.contains("attempt-"), "{workspace}");
    assert!(!has_attempts(bench.workspaces.path()));
    assert_eq!(bench.lines().last().unwrap(), "cleaned up");
}

#[tokio::test]
async fn a_step_that_takes_too_long_is_gone_before_the_next_one_begins() {
    let bench = Bench::new();
    let order = r#"{"steps":[
        {"run":"trap 'sleep 0.2; echo cleaned up; exit' TERM; echo begun; while :; do sleep 0.01; done",
         "timeout_ms":300,"continue_on_error":true},
        {"run":"echo next"}]}"#;
    bench.run(order).await.unwrap();
    let lines = bench.lines();
    // A shell may say that it was told to end.
    let is_ours = |line: &&String| !line.starts_with("::") && *line != "Terminated";
    let said: Vec<_> = lines.iter().filter(is_ours).collect();
    assert_eq!(said, ["begun", "cleaned up", "next"]);
}

#[tokio::test]
async fn processes_that_ignore_the_request_to_end_are_killed() {
    let script = "trap '' TERM; (trap '' TERM; while :; do sleep 0.01; done) & \
                  echo $$ $!; while :; do sleep 0.01; done";
    for pid in cancelled(&Bench::new(), script).await.split(' ') {
        until_gone(pid).await;
    }
}

#[tokio::test]
async fn a_process_that_left_the_group_ends_with_the_script() {
    let script = "setsid sh -c 'trap \"\" TERM; echo $$; while :; do sleep 0.01; done' & wait";
    let pid = cancelled(&Bench::new(), script).await;
    until_gone(&pid).await;
    let bench = Bench::new();
    let script = "setsid sleep 1000 > /dev/null 2>&1 < /dev/null & echo pid=$! > $COMPASSO_OUTPUT";
    let output = bench.output(script).await;
    until_gone(output.trim_matches(|character: char| !character.is_ascii_digit())).await;
}

#[test]
fn what_an_earlier_process_left_is_ended_and_removed() {
    let place = tempfile::tempdir().unwrap();
    let left = place.path().join("attempt-old");
    std::fs::create_dir_all(left.join("work")).unwrap();
    let work = left.canonicalize().unwrap().join("work");
    let sleeper = |work: &Path| {
        let mut sleep = Command::new("sleep");
        sleep.arg("1000").env("COMPASSO_WORKSPACE", work).spawn().unwrap()
    };
    let mut orphan = sleeper(&work);
    let mut other = sleeper(Path::new("/elsewhere/attempt-old/work"));
    let settings = ExecutorSettings { workspaces: place.path().to_owned(), pass_env: Vec::new() };
    let first = Executor::new(settings.clone()).unwrap();
    assert!(!left.exists());
    assert_eq!(orphan.wait().unwrap().signal(), Some(9));
    assert!(other.try_wait().unwrap().is_none(), "it is not of this directory");
    other.kill().unwrap();
    other.wait().unwrap();
    assert!(Executor::new(settings.clone()).is_err(), "two use one directory");
    drop(first);
    Executor::new(settings).unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_a_process_wrote_before_its_end_is_kept_however_long_the_log_has_no_room() {
    let bench = Bench::new();
    bench.outside.set_full(true);
    let script = order("echo $$; seq 8000; echo the last", "");
    let attempt = bench.run(&script);
    let room_much_later = async {
        until_gone(&bench.outside.first_line().await).await;
        sleep(Duration::from_secs(60)).await;
        bench.outside.set_full(false);
    };
    let (ended, ()) = tokio::join!(attempt, room_much_later);
    ended.unwrap();
    assert_eq!(bench.lines().len(), 8_002);
    assert_eq!(bench.lines().last().unwrap(), "the last");
}

#[tokio::test]
async fn what_holds_the_output_open_for_ever_is_not_waited_for() {
    for holder in ["sleep 1000", "yes"] {
        let bench = Bench::new();
        // It begins when its id is written: 'yes' leaves no room in the log.
        let script =
            format!("mkfifo go; setsid sh -c 'read _ <go; exec {holder}' & echo $!; echo >go");
        bench.run(&order(&script, "")).await.unwrap();
        let pid = bench.lines().into_iter().find(|line| line.parse::<u32>().is_ok());
        until_gone(&pid.expect("its id is told")).await;
    }
}
