//! Remote workers and their leases.

use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use compasso_dispatch::{Beat, Failure, LEASE, Registration, Stream, WorkerError, WorkerLine};
use compasso_store::Store as _;
use compasso_types::{Json, Payload};
use futures::{FutureExt, poll};

use crate::world::{World, failed, key, succeeded};

const TASK: &str = "a: wants {\"tags\":[\"gpu\"]}; with {\"steps\":[]}
= outputs \"{% needs.a.output %}\"";
const RETRIED: &str = "a: wants {}; retry 3
= outputs \"{% needs.a.output %}\"";

#[tokio::test]
async fn a_worker_with_the_tags_gets_a_task_and_ends_it() {
    let world = World::new("script").await;
    world.register("small", &[], &[], 4);
    world.register("large", &["gpu", "eu"], &[], 4);
    world.start(TASK, "r1").await;
    let blocks = ["workers (all 1 that could are busy or not polling)"];
    world.until(|world| world.blocks("r1") == blocks).await;
    let task = world.take("large").await;
    assert_eq!((&*task.run, &*task.pipeline, &*task.task, task.attempt), ("r1", "p", "a", 1));
    assert_eq!(task.work.as_ref().unwrap().get(), "{\"steps\":[]}");
    assert_eq!(world.count("r1", "TaskStarted").await, 1);
    assert!(world.done(&task.lease, "{\"x\":1}").await);
    assert_eq!(world.end("r1").await, succeeded("{\"x\":1}"));
    assert!(!world.done(&task.lease, "2").await, "it is over");
}

#[tokio::test]
async fn a_handler_goes_to_a_worker_that_registered_it() {
    let world = World::new("handler").await;
    world.register("w", &[], &["resize"], 1);
    world.start("a: wants {}; with {\"handler\":\"resize\",\"input\":{\"n\":1}}", "r1").await;
    let task = world.take("w").await;
    assert_eq!((task.kind, task.handler.as_deref()), ("handler", Some("resize")));
    assert_eq!(task.input.as_ref().unwrap().get(), "{\"n\":1}");
    let failure = Failure { error: "Foo".into(), cause: None, retry_after_ms: None };
    world.dispatcher.failed(&task.lease, None, failure).await.unwrap();
    assert!(failed("Foo")(&world.end("r1").await));
}

#[tokio::test]
async fn a_worker_that_falls_silent_loses_its_task_to_another() {
    let world = World::new("script").await;
    world.register("one", &[], &[], 1);
    world.start(RETRIED, "r1").await;
    let first = world.take("one").await;
    world.clock.advance(LEASE);
    world.register("two", &[], &[], 1);
    // The retry is due a second after the loss became known.
    world
        .until(|world| {
            world.clock.advance(Duration::from_secs(1));
            !world.blocks("r1").is_empty()
        })
        .await;
    let second = world.take("two").await;
    assert_eq!(second.attempt, 2);
    assert_ne!(first.lease, second.lease);
    assert!(!world.done(&first.lease, "\"late\"").await);
    assert_eq!(world.dispatcher.refused_leases(), 1);
    assert!(world.done(&second.lease, "\"good\"").await);
    assert_eq!(world.end("r1").await, succeeded("\"good\""));
}

#[tokio::test]
async fn a_lease_that_is_renewed_does_not_run_out() {
    let world = World::new("script").await;
    world.register("one", &[], &[], 1);
    world.start(RETRIED, "r1").await;
    let task = world.take("one").await;
    for _ in 0..5 {
        world.clock.advance(LEASE / 2);
        let beat = Beat { leases: vec![task.lease.clone(), "another".into()] };
        let answer = world.dispatcher.beat("one", None, beat).await.unwrap();
        assert_eq!(answer.lost.iter().map(|it| &**it).collect::<Vec<_>>(), ["another"]);
    }
    assert!(world.done(&task.lease, "1").await);
}

#[tokio::test]
async fn a_task_that_is_given_up_is_told_over_the_open_poll() {
    let world = World::new("script").await;
    world.register("one", &[], &[], 2);
    world.start(RETRIED, "r1").await;
    let task = world.take("one").await;
    let stopped = async {
        tokio::task::yield_now().await;
        world.runtime.stop(&key("r1"), None, None).await.unwrap();
    };
    let (polled, ()) = tokio::join!(world.poll("one", 1), stopped);
    assert_eq!(polled.cancel, std::slice::from_ref(&task.lease));
    assert!(!world.done(&task.lease, "1").await);
    // It is named until the worker no longer names it.
    let beat = |leases| world.dispatcher.beat("one", None, Beat { leases });
    let told = beat(vec![task.lease.clone()]).await.unwrap();
    assert_eq!(told.cancel, std::slice::from_ref(&task.lease));
    assert!(beat(Vec::new()).await.unwrap().cancel.is_empty());
}

const ALONE: &str = "a: wants {\"mutex\":\"m\"}";

fn is_held_back(world: &World) -> bool {
    world.blocks("r2").first().is_some_and(|first| first == "mutex:m (p/r1/a)")
}

/// Lets a worker begin a task that holds a mutex, has it given up, and starts another that wants it.
async fn given_up(world: &World) -> Arc<str> {
    world.register("one", &[], &[], 1);
    world.start(ALONE, "r1").await;
    let lease = world.take("one").await.lease.clone();
    world.start(ALONE, "r2").await;
    world.until(is_held_back).await;
    world.runtime.stop(&key("r1"), None, None).await.unwrap();
    assert_eq!(world.poll("one", 0).await.cancel, std::slice::from_ref(&lease));
    lease
}

#[tokio::test]
async fn what_a_task_holds_is_free_when_its_worker_no_longer_names_it() {
    let world = World::new("script").await;
    let lease = given_up(&world).await;
    let beat = |leases| world.dispatcher.beat("one", None, Beat { leases });
    for _ in 0..5 {
        world.clock.advance(LEASE / 2);
        beat(vec![lease.clone()]).await.unwrap();
        assert!(is_held_back(&world));
    }
    let line = WorkerLine { stream: Stream::Stdout, text: "cleaned up".into() };
    world.dispatcher.log(&lease, None, &[line]).await.unwrap();
    beat(Vec::new()).await.unwrap();
    world.dispatcher.log(&lease, None, &[]).await.unwrap_err();
    assert_eq!(&*world.take("one").await.run, "r2");
}

#[tokio::test]
async fn what_a_task_holds_is_free_when_its_worker_falls_silent_or_leaves() {
    for leaves in [false, true] {
        let world = World::new("script").await;
        given_up(&world).await;
        if leaves {
            world.dispatcher.goodbye("one", None).unwrap();
        } else {
            world.clock.advance(LEASE);
        }
        world.register("two", &[], &[], 1);
        assert_eq!(&*world.take("two").await.run, "r2");
    }
}

/// Waits until so many partings are stored.
async fn stored(world: &World, count: usize) {
    while world.store.documents("parting", "", None, 10).await.unwrap().len() != count {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_a_task_holds_in_its_grace_it_holds_after_a_restart() {
    let world = World::new("script").await;
    let lease = given_up(&world).await;
    stored(&world, 1).await;
    let world = world.crash().await;
    world.until(is_held_back).await;
    world.register("one", &[], &[], 1);
    let beat = |leases| world.dispatcher.beat("one", None, Beat { leases });
    for _ in 0..5 {
        world.clock.advance(LEASE / 2);
        let answer = beat(vec![lease.clone()]).await.unwrap();
        assert_eq!(answer.cancel, std::slice::from_ref(&lease));
        assert!(is_held_back(&world));
    }
    beat(Vec::new()).await.unwrap();
    assert_eq!(&*world.take("one").await.run, "r2");
    stored(&world, 0).await;
}

#[tokio::test]
async fn what_a_task_held_is_free_if_its_worker_does_not_come_back_after_a_restart() {
    let world = World::new("script").await;
    given_up(&world).await;
    stored(&world, 1).await;
    let world = world.crash().await;
    world.until(is_held_back).await;
    world.register("two", &[], &[], 1);
    world.clock.advance(LEASE);
    assert_eq!(&*world.take("two").await.run, "r2");
    stored(&world, 0).await;
}

#[tokio::test]
async fn a_run_that_is_over_is_quiet_when_nothing_of_its_work_goes_on_also_after_a_restart() {
    let world = World::new("script").await;
    world.register("one", &[], &[], 1);
    world.start("a: wants {}", "r0").await;
    let lease = world.take("one").await.lease.clone();
    world.runtime.stop(&key("r0"), None, None).await.unwrap();
    assert_eq!(world.poll("one", 0).await.cancel, std::slice::from_ref(&lease));
    assert!(world.dispatcher.quiet(&key("r0").0).now_or_never().is_none());
    stored(&world, 1).await;
    let world = world.crash().await;
    world.register("one", &[], &[], 1);
    let beat = |leases| world.dispatcher.beat("one", None, Beat { leases });
    beat(vec![lease]).await.unwrap();
    assert!(world.dispatcher.quiet(&key("r0").0).now_or_never().is_none());
    beat(Vec::new()).await.unwrap();
    world.dispatcher.quiet(&key("r0").0).await;
    stored(&world, 0).await;
}

#[tokio::test]
async fn a_task_of_a_run_that_goes_on_waits_for_what_was_given_up_of_it() {
    let world = World::new("script").await;
    world.register("one", &[], &[], 2);
    world.start("a: wants {}; timeout 1; retry 3", "r0").await;
    let lease = world.take("one").await.lease.clone();
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(world.poll("one", 0).await.cancel, std::slice::from_ref(&lease));
    // The retry is due a second later.
    world.clock.advance(Duration::from_secs(1));
    world.until(|world| !world.blocks("r0").is_empty()).await;
    assert_eq!(world.blocks("r0")[0], "ending (p/r0/a still goes on)");
    let beat = |leases| world.dispatcher.beat("one", None, Beat { leases });
    beat(vec![lease]).await.unwrap();
    beat(Vec::new()).await.unwrap();
    world.take("one").await;
}

#[tokio::test]
async fn a_task_that_no_worker_has_yet_holds_nothing_once_it_is_given_up() {
    let world = World::new("script").await;
    world.register("one", &[], &[], 1);
    world.start(ALONE, "r1").await;
    world.until(|world| !world.blocks("r1").is_empty()).await;
    world.start(ALONE, "r2").await;
    world.until(|world| !world.blocks("r2").is_empty()).await;
    world.runtime.stop(&key("r1"), None, None).await.unwrap();
    assert_eq!(&*world.take("one").await.run, "r2");
}

#[tokio::test]
async fn a_worker_that_says_goodbye_gives_its_tasks_back_at_once() {
    let world = World::new("script").await;
    world.register("one", &[], &[], 1);
    world.start("a: wants {}", "r1").await;
    let task = world.take("one").await;
    world.dispatcher.goodbye("one", None).unwrap();
    assert!(failed("Lost")(&world.end("r1").await));
    assert!(!world.done(&task.lease, "1").await);
    let polled = world.dispatcher.poll("one", None, 1, Duration::ZERO).await;
    assert_eq!(polled.unwrap_err(), WorkerError::UnknownWorker);
}

#[tokio::test]
async fn a_worker_whose_machine_is_gone_loses_its_tasks_unless_it_is_heard() {
    let world = World::new("script").await;
    for (worker, run) in [("one", "r1"), ("two", "r2")] {
        world.register(worker, &[], &[], 1);
        world.start("a: wants {}", run).await;
        world.take(worker).await;
    }
    let polling = world.dispatcher.poll("two", None, 0, Duration::from_secs(60));
    tokio::pin!(polling);
    assert!(futures::poll!(&mut polling).is_pending());
    world.dispatcher.miss_workers(|_| true);
    assert!(failed("Lost")(&world.end("r1").await));
    world.register("one", &[], &[], 1);
    world.dispatcher.miss_workers(|worker| worker == "other");
    let known = world.dispatcher.workers(None);
    assert_eq!(known.iter().map(|it| &*it.name).collect::<Vec<_>>(), ["one", "two"]);
}

#[tokio::test]
async fn a_worker_that_reports_before_its_task_is_taken_up_again_waits_for_that() {
    let world = World::new("script").await;
    world.register("one", &[], &[], 1);
    world.start(RETRIED, "r1").await;
    let lease = world.take("one").await.lease.clone();
    let world = world.crash_and_get_on(false).await;
    world.register("one", &[], &[], 1);
    assert!(!world.dispatcher.is_good("another").await, "all that was out is on the board");
    let mut beat = pin!(world.dispatcher.beat("one", None, Beat { leases: vec![lease.clone()] }));
    let mut done = pin!(world.done(&lease, "1"));
    assert!(poll!(&mut beat).is_pending() && poll!(&mut done).is_pending());
    world.gets_on.change(|_| Some(true));
    assert_eq!(beat.await.unwrap().lost, [""; 0].map(Arc::from));
    assert!(done.await);
}

#[tokio::test]
async fn a_task_goes_on_at_its_worker_while_the_server_is_away() {
    let world = World::new("script").await;
    world.register("one", &[], &[], 1);
    world.start(RETRIED, "r1").await;
    let task = world.take("one").await;
    let world = world.crash().await;
    // The worker reports before it registers again.
    assert!(world.done(&task.lease, "\"done\"").await);
    assert_eq!(world.end("r1").await, succeeded("\"done\""));
    assert_eq!(world.count("r1", "TaskStarted").await, 1);
}

#[tokio::test]
async fn a_worker_that_does_not_come_back_after_a_restart_loses_its_task() {
    let world = World::new("script").await;
    world.register("one", &[], &[], 1);
    world.start("a: wants {}", "r1").await;
    world.take("one").await;
    let world = world.crash().await;
    world.dispatcher.log("none", None, &[]).await.unwrap_err();
    world.clock.advance(LEASE);
    assert!(failed("Lost")(&world.end("r1").await));
}

#[tokio::test]
async fn a_lease_of_another_worker_is_refused_and_counted() {
    let world = World::new("script").await;
    world.register("one", &[], &[], 1);
    world.register("two", &[], &[], 1);
    world.start(RETRIED, "r1").await;
    let task = world.take("one").await;
    let beat = Beat { leases: vec![task.lease.clone()] };
    let answer = world.dispatcher.beat("two", None, beat).await.unwrap();
    assert_eq!(answer.lost, std::slice::from_ref(&task.lease));
    let guessed = format!("{}A", task.lease);
    assert!(!world.done(&guessed, "1").await);
    let foreign = world.dispatcher.beat_lease(&task.lease, Some("999999999999")).await;
    assert_eq!(foreign.unwrap_err(), WorkerError::LeaseLost);
    assert_eq!(world.dispatcher.refused_leases(), 3);
}

#[tokio::test]
async fn a_worker_that_drains_gets_nothing_more() {
    let world = World::new("script").await;
    world.register("one", &[], &[], 1);
    world.dispatcher.drain("one", None, true).unwrap();
    world.start(RETRIED, "r1").await;
    let polled = world.poll("one", 1).await;
    assert!(polled.drain && polled.tasks.is_empty());
    world.dispatcher.drain("one", None, false).unwrap();
    world.take("one").await;
}

#[tokio::test]
async fn a_result_that_is_too_large_fails_the_task() {
    let world = World::new("script").await;
    world.register("one", &[], &[], 1);
    world.start("a: wants {}", "r1").await;
    let task = world.take("one").await;
    let large = format!("\"{}\"", "x".repeat(task.output_bytes_max));
    assert!(world.done(&task.lease, &large).await);
    assert!(failed("OutputTooLarge")(&world.end("r1").await));
}

#[tokio::test]
async fn workers_that_are_gone_are_none_that_could_run_a_task() {
    let world = World::new("script").await;
    world.register("one", &["gpu"], &[], 1);
    world.start(TASK, "r1").await;
    let blocks = ["workers (all 1 that could are busy or not polling)"];
    world.until(|world| world.blocks("r1") == blocks).await;
    assert_eq!(world.dispatcher.queues(None)[0].workers, 1);
    world.clock.advance(LEASE);
    assert_eq!(world.blocks("r1"), ["workers (no worker has tags gpu)"]);
    assert_eq!(world.dispatcher.queues(None)[0].workers, 0);
}

struct Told;

impl compasso_dispatch::Secrets for Told {
    fn secret<'a>(
        &'a self,
        _account: &'a str,
        _name: &'a str,
    ) -> futures::future::BoxFuture<'a, Result<String, String>> {
        Box::pin(async { Ok("hunter22".to_owned()) })
    }

    fn seal(&self, _: &str, plain: &Json) -> Result<String, String> {
        Ok(compasso_types::hex(plain.to_string().as_bytes()))
    }

    fn open(&self, _: &str, sealed: &str) -> Result<Json, String> {
        Err(format!("nobody opens {sealed}"))
    }
}

#[tokio::test]
async fn what_a_worker_says_shows_no_secret() {
    let world = World::new("handler").await;
    world.dispatcher.keep_secrets(Arc::new(Told));
    world.register("w", &[], &["h"], 1);
    let task = "a: wants {\"secrets\":[{\"at\":\"/input/k\",\"name\":\"K\"}]}; \
                with {\"handler\":\"h\",\"input\":{\"k\":{\"$secret\":\"K\"}}}";
    world.start(task, "r1").await;
    let task = world.take("w").await;
    assert_eq!(task.input.as_ref().unwrap().get(), "{\"k\":\"hunter22\"}");
    let error = "E.hunter22".to_owned().into();
    let failure = Failure { error, cause: None, retry_after_ms: None };
    world.dispatcher.failed(&task.lease, None, failure).await.unwrap();
    assert!(failed("E.***")(&world.end("r1").await));
}

#[tokio::test]
async fn the_output_of_a_sensitive_task_is_sealed() {
    let world = World::new("handler").await;
    world.dispatcher.keep_secrets(Arc::new(Told));
    world.register("w", &[], &["h"], 1);
    let task = "a: wants {\"sensitive\":true}; with {\"handler\":\"h\",\"input\":{}}\n\
                = outputs \"{% needs.a.output %}\"";
    world.start(task, "r1").await;
    let task = world.take("w").await;
    let output = Payload::parse(r#"{"pw":"ab"}"#).unwrap();
    world.dispatcher.done(&task.lease, None, output).await.unwrap();
    assert_eq!(world.end("r1").await, succeeded(r#"{"pw":{"$sealed":"22616222"}}"#));
}

#[tokio::test]
async fn a_name_belongs_to_one_process_that_is_at_work() {
    let world = World::new("script").await;
    let register = |instance: &str| {
        let said = Registration {
            name: "one".into(),
            tags: BTreeSet::new(),
            handlers: BTreeSet::new(),
            slots: 1,
            host: Some("here".into()),
            version: None,
            instance: Some(instance.into()),
        };
        world.dispatcher.register(said, None).map(drop)
    };
    let in_use = WorkerError::NameInUse { name: "one".into(), host: Some("here".into()) };
    register("a").unwrap();
    // Its first poll is on its way.
    assert_eq!(register("b").unwrap_err(), in_use);
    world.dispatcher.poll("one", None, 1, Duration::ZERO).await.unwrap();
    let poll = Box::pin(world.dispatcher.poll("one", None, 1, Duration::from_secs(60)));
    let futures::future::Either::Right(((), poll)) =
        futures::future::select(poll, std::future::ready(())).await
    else {
        panic!("the poll has nothing to tell")
    };
    assert_eq!(register("b").unwrap_err(), in_use);
    // The process was killed: its poll is cut off.
    drop(poll);
    register("b").unwrap();
    register("b").unwrap();
    world.dispatcher.poll("one", None, 1, Duration::ZERO).await.unwrap();
    // It may be between two polls, until its lease would be over.
    assert_eq!(register("c").unwrap_err(), in_use);
    world.clock.advance(LEASE);
    register("c").unwrap();
}

#[tokio::test]
async fn tasks_that_come_together_go_to_a_worker_that_waits_by_their_priority_and_order() {
    let tasks = "a: wants {}; with {\"steps\":[]}
b: wants {}; with {\"steps\":[]}
c: wants {}; with {\"steps\":[]}
d: wants {\"priority\":5}; with {\"steps\":[]}
e: wants {\"priority\":-5}; with {\"steps\":[]}";
    for _ in 0..5 {
        let world = World::new("script").await;
        world.register("one", &[], &[], 1);
        let (first, ()) = tokio::join!(world.take("one"), world.start(tasks, "r1"));
        let mut order = vec![first.task.to_string()];
        let mut lease = first.lease.clone();
        for _ in 0..4 {
            assert!(world.done(&lease, "1").await);
            let task = world.take("one").await;
            order.push(task.task.to_string());
            lease = task.lease.clone();
        }
        assert_eq!(order.concat(), "dabce");
    }
}
