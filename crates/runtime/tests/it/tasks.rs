//! Tasks that the task runner carries out.

use compasso_engine::Closed;
use compasso_runtime::Shortage;
use compasso_store::{LogStream, Store};

use crate::world::{TASK, World, key, payload, succeeded};

const SYNC: &str = r#"{"StartAt":"Job","States":{"Job":{"Type":"Task",
    "Resource":"arn:aws:states:::batch:submitJob.sync","Parameters":{"JobName":"j","JobQueue":"q","JobDefinition":"d"},"End":true}}}"#;
const CALLBACK: &str = r#"{"StartAt":"Ask","States":{"Ask":{"Type":"Task",
    "Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken",
    "Parameters":{"FunctionName":"f","Payload":{"token.$":"$$.Task.Token"}},"End":true}}}"#;

#[tokio::test]
async fn a_result_moves_the_execution_on() {
    let world = World::new().await;
    world.start(TASK, "a").await.unwrap();
    let task = world.tasks.next().await;
    assert_eq!(task.job.execution, key("a"));
    assert_eq!(&*task.job.offer.state, "Work");
    assert_eq!(task.job.idempotency_key.len(), 64);
    task.succeed("{\"y\":2}");
    assert_eq!(world.end("a").await, succeeded("{\"y\":2}"));
}

#[tokio::test]
async fn only_so_many_tasks_run_at_once_and_the_others_follow() {
    let world = World::new().await;
    for n in 0..10 {
        world.start(TASK, &format!("n{n}")).await.unwrap();
    }
    let mut running = Vec::new();
    for _ in 0..4 {
        running.push(world.tasks.next().await);
    }
    assert!(world.tasks.try_next().is_none());
    // A task that waits for room and is stopped never runs.
    world.runtime.stop(&key("n9"), None, None).await.unwrap();
    for _ in 0..5 {
        running.pop().unwrap().succeed("1");
        running.push(world.tasks.next().await);
    }
    for task in running {
        task.succeed("1");
    }
    for n in 0..9 {
        assert_eq!(world.end(&format!("n{n}")).await, succeeded("1"));
    }
    world.until(|world| world.runtime.load().tasks == 0).await;
    assert!(world.tasks.try_next().is_none());
}

#[tokio::test]
async fn tasks_that_are_held_back_begin_once_there_is_room_and_what_is_out_ends() {
    let world = World::new().await;
    world.start(TASK, "out").await.unwrap();
    let out = world.tasks.next().await;
    let tasks = Some("the disk is full".to_owned());
    world.runtime.set_shortage(Shortage { starts: None, tasks });
    for n in 0..10 {
        world.start(TASK, &format!("n{n}")).await.unwrap();
    }
    out.succeed("1");
    assert_eq!(world.end("out").await, succeeded("1"));
    assert!(world.tasks.try_next().is_none());
    world.runtime.stop(&key("n9"), None, None).await.unwrap();
    world.runtime.set_shortage(Shortage::default());
    for _ in 0..9 {
        world.tasks.next().await.succeed("1");
    }
    for n in 0..9 {
        assert_eq!(world.end(&format!("n{n}")).await, succeeded("1"));
    }
}

#[tokio::test]
async fn a_submission_is_durable_and_survives_a_crash() {
    let world = World::new().await;
    world.start(SYNC, "a").await.unwrap();
    let task = world.tasks.next().await;
    task.reporter.submitted(payload("{\"JobId\":\"7\"}")).await;
    assert!(world.history("a").await.contains(&"TaskSubmitted".to_owned()));
    let world = world.crash().await;
    let task = world.tasks.next().await;
    // The connector finds what it started again, and only waits for it.
    let submitted = task.job.offer.submitted.as_ref();
    assert_eq!(submitted.map(compasso_types::Payload::text), Some("{\"JobId\":\"7\"}"));
    task.succeed("\"done\"");
    assert_eq!(world.end("a").await, succeeded("\"done\""));
}

#[tokio::test]
async fn jobs_that_wait_leave_their_places_to_others() {
    let world = World::new().await;
    let mut waiting = Vec::new();
    for n in 0..10 {
        world.start(SYNC, &format!("n{n}")).await.unwrap();
        let task = world.tasks.next().await;
        task.reporter.submitted(payload("{}")).await;
        waiting.push(task);
    }
    // After a restart they wait again, and there is room as well.
    let world = world.crash().await;
    drop(waiting);
    let mut waiting = Vec::new();
    for _ in 0..10 {
        waiting.push(world.tasks.next().await);
    }
    world.start(TASK, "work").await.unwrap();
    world.tasks.next().await.succeed("1");
    assert_eq!(world.end("work").await, succeeded("1"));
    for task in waiting {
        task.succeed("2");
    }
    for n in 0..10 {
        assert_eq!(world.end(&format!("n{n}")).await, succeeded("2"));
    }
}

#[tokio::test]
async fn a_task_handed_over_ends_by_its_token() {
    let world = World::new().await;
    world.start(CALLBACK, "a").await.unwrap();
    let task = world.tasks.next().await;
    let token = task.job.token.clone();
    task.hand_over("{}");
    world.runtime.report(&token, Ok(payload("\"yes\""))).await.unwrap();
    assert_eq!(world.end("a").await, succeeded("\"yes\""));
    assert!(world.runtime.report(&token, Ok(payload("1"))).await.is_err());
}

#[tokio::test]
async fn a_connector_that_panics_fails_its_task() {
    let world = World::new().await;
    world.start(TASK, "a").await.unwrap();
    // Dropping the end makes the scripted task panic.
    drop(world.tasks.next().await);
    let Closed::Failed { error, .. } = world.end("a").await else { panic!("it failed") };
    assert_eq!(error.as_deref(), Some("States.TaskFailed"));
}

#[tokio::test]
async fn output_of_tasks_is_kept() {
    let world = World::new().await;
    world.start(TASK, "a").await.unwrap();
    let task = world.tasks.next().await;
    task.reporter.log(LogStream::Stdout, "one");
    task.reporter.log(LogStream::Stderr, "two");
    task.succeed("1");
    world.end("a").await;
    let lines = world.store.log(&key("a"), 0, 10).await.unwrap();
    let texts: Vec<_> = lines.iter().map(|(_, line)| (line.stream, &*line.text)).collect();
    assert_eq!(texts, [(LogStream::Stdout, "one"), (LogStream::Stderr, "two")]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_sees_the_end_of_a_task_can_read_all_it_wrote() {
    let world = World::new().await;
    for n in 0..300 {
        let name = format!("n{n}");
        world.start(TASK, &name).await.unwrap();
        let task = world.tasks.next().await;
        task.reporter.log(LogStream::Stdout, "last words");
        task.succeed("1");
        world.end(&name).await;
        assert_eq!(world.store.log(&key(&name), 0, 10).await.unwrap().len(), 1, "{name}");
    }
}
