//! What tasks wait for beside workers.

use compasso_engine::{Closed, TaskError};
use compasso_runtime::TaskEnd;
use compasso_store::memory::Fault;
use compasso_types::Payload;

use crate::world::{World, failed, succeeded};

const POOLED: &str = "a: wants {\"pool\":\"db\"}
= outputs \"{% needs.a.output %}\"";

fn good(text: &str) -> TaskEnd {
    TaskEnd::Finished(Ok(Payload::parse(text).unwrap()))
}

#[tokio::test]
async fn a_pool_lets_as_many_run_as_it_has_slots() {
    let mut world = World::new("call").await;
    world.start(POOLED, "r1").await;
    world
        .until(|world| world.blocks("r1") == ["pool:db (there is none: compasso pools set db 1)"])
        .await;
    world.dispatcher.set_pool("db", Some(1)).await.unwrap();
    let (_, first) = world.connected.recv().await.unwrap();
    world.start(POOLED, "r2").await;
    world.until(|world| world.blocks("r2") == ["pool:db (1/1, p/r1/a)"]).await;
    first.send(good("1")).unwrap();
    let (job, second) = world.connected.recv().await.unwrap();
    assert!(job.execution.0.ends_with(":r2"));
    second.send(good("2")).unwrap();
    assert_eq!(world.end("r2").await, succeeded("2"));
}

#[tokio::test]
async fn a_crash_neither_leaks_slots_nor_gives_them_twice() {
    let mut world = World::new("call").await;
    world.dispatcher.set_pool("db", Some(1)).await.unwrap();
    world.start(POOLED, "r1").await;
    let _out = world.connected.recv().await.unwrap();
    for name in ["r0", "r2", "r3"] {
        world.start(POOLED, name).await;
        world.until(|world| !world.blocks(name).is_empty()).await;
    }
    let mut world = world.crash().await;
    // The one that was out runs again, though others come before it.
    for name in ["r1", "r0", "r2", "r3"] {
        let (job, end) = world.connected.recv().await.unwrap();
        assert!(job.execution.0.ends_with(name) || name != "r1", "{}", job.execution);
        assert!(world.connected.try_recv().is_err(), "only one holds the slot");
        end.send(good("1")).unwrap();
    }
    for name in ["r0", "r1", "r2", "r3"] {
        assert_eq!(world.end(name).await, succeeded("1"));
    }
    assert_eq!(world.dispatcher.pools()[0].used, 0);
}

#[tokio::test]
async fn what_a_task_has_is_free_only_once_its_end_is_stored() {
    let mut world = World::new("call").await;
    let graph = "a: wants {\"mutex\":\"m\"}";
    world.start(graph, "r1").await;
    let (_, first) = world.connected.recv().await.unwrap();
    world.start(graph, "r2").await;
    world.until(|world| world.blocks("r2") == ["mutex:m (p/r1/a)"]).await;
    world.store.inject(Fault::Slow { written: false });
    first.send(good("1")).unwrap();
    world.until(|world| world.store.held() == 1).await;
    assert_eq!(world.blocks("r2"), ["mutex:m (p/r1/a)"]);
    // Nobody will know that it ended, so it runs again, and alone.
    let mut world = world.crash().await;
    let (job, again) = world.connected.recv().await.unwrap();
    assert!(job.execution.0.ends_with(":r1"), "{}", job.execution);
    world.until(|world| world.blocks("r2") == ["mutex:m (p/r1/a)"]).await;
    again.send(good("1")).unwrap();
    let (job, second) = world.connected.recv().await.unwrap();
    assert!(job.execution.0.ends_with(":r2"), "{}", job.execution);
    second.send(good("2")).unwrap();
    for name in ["r1", "r2"] {
        world.end(name).await;
    }
}

#[tokio::test]
async fn a_task_that_is_stopped_gives_back_what_it_has() {
    let mut world = World::new("call").await;
    let graph = "a: wants {\"mutex\":\"m\"}";
    world.start(graph, "r1").await;
    let _running = world.connected.recv().await.unwrap();
    world.start(graph, "r2").await;
    world.until(|world| world.blocks("r2") == ["mutex:m (p/r1/a)"]).await;
    world.runtime.stop(&crate::world::key("r1"), None, None).await.unwrap();
    let (_, second) = world.connected.recv().await.unwrap();
    second.send(good("1")).unwrap();
    world.end("r2").await;
}

#[tokio::test]
async fn a_breaker_opens_and_is_reset() {
    let mut world = World::new("call").await;
    let graph = "a: wants {\"breaker\":{\"name\":\"b\",\"failures\":1}}";
    world.start(graph, "r1").await;
    let (_, first) = world.connected.recv().await.unwrap();
    first.send(TaskEnd::Finished(Err(TaskError::new("Http503", "")))).unwrap();
    assert!(failed("Http503")(&world.end("r1").await));
    world.start(graph, "r2").await;
    assert!(failed("CircuitOpen")(&world.end("r2").await));
    assert_eq!(world.dispatcher.breakers()[0].state, "open");
    assert!(world.dispatcher.reset_breaker("b"));
    world.start(graph, "r3").await;
    let (_, third) = world.connected.recv().await.unwrap();
    third.send(good("1")).unwrap();
    world.end("r3").await;
}

#[tokio::test]
async fn a_failure_counts_before_anything_that_follows_from_it_may_begin() {
    let mut world = World::new("call").await;
    world.start("a: wants {\"breaker\":{\"name\":\"b\",\"failures\":1}}", "r1").await;
    let (_, first) = world.connected.recv().await.unwrap();
    world.store.inject(Fault::Slow { written: true });
    first.send(TaskEnd::Finished(Err(TaskError::new("Http503", "")))).unwrap();
    world.until(|world| world.store.held() == 1).await;
    assert_eq!(world.dispatcher.breakers()[0].state, "open");
    world.store.release();
    assert!(failed("Http503")(&world.end("r1").await));
}

#[tokio::test]
async fn a_call_that_took_too_long_counts_before_the_next_may_begin() {
    let wants = "wants {\"breaker\":{\"name\":\"b\",\"failures\":1}}";
    let graph = format!("a: {wants}; timeout 5\nb: needs a; when all_failed; {wants}");
    let mut world = World::new("call").await;
    for name in ["r1", "r2", "r3"] {
        world.start(&graph, name).await;
        let (job, _given_up) = world.connected.recv().await.unwrap();
        assert_eq!(&*job.offer.state, "a");
        world.clock.advance(std::time::Duration::from_secs(5));
        world.end(name).await;
        assert!(world.connected.try_recv().is_err(), "the breaker is open");
        assert!(world.dispatcher.reset_breaker("b"));
    }
}

#[tokio::test]
async fn a_kept_result_ends_a_task_that_asks_for_the_same() {
    let mut world = World::new("call").await;
    let graph = "a: wants {\"cache\":{\"key\":\"k\",\"ttl_ms\":1000}}
= outputs \"{% needs.a.{'output': output, 'cached': cached} %}\"";
    world.start(graph, "r1").await;
    let (_, first) = world.connected.recv().await.unwrap();
    first.send(good("1")).unwrap();
    assert_eq!(world.end("r1").await, succeeded("{\"output\":1,\"cached\":false}"));
    let mut world = world.crash().await;
    world.start(graph, "r2").await;
    assert_eq!(world.end("r2").await, succeeded("{\"output\":1,\"cached\":true}"));
    world.clock.advance(std::time::Duration::from_secs(1));
    world.start(graph, "r3").await;
    let (_, third) = world.connected.recv().await.unwrap();
    third.send(good("3")).unwrap();
    assert_eq!(world.end("r3").await, succeeded("{\"output\":3,\"cached\":false}"));
}

#[tokio::test]
async fn what_is_held_goes_on_once_it_is_let_go() {
    let mut world = World::new("call").await;
    let pipeline = "arn:aws:states:us-east-1:123456789012:pipeline:p";
    world.dispatcher.hold(Some(pipeline), true);
    world.start("a: wants {}", "r1").await;
    world.until(|world| world.blocks("r1") == ["paused"]).await;
    world.dispatcher.hold(Some(pipeline), false);
    let (_, end) = world.connected.recv().await.unwrap();
    end.send(good("1")).unwrap();
    world.end("r1").await;
}

#[tokio::test]
async fn what_did_not_start_in_time_says_what_it_waited_for() {
    let mut world = World::new("call").await;
    world.start("a: wants {\"mutex\":\"door\"}", "r1").await;
    let (_, first) = world.connected.recv().await.unwrap();
    world.start("a: wants {\"mutex\":\"door\",\"pool\":\"db\"}; queue 5", "r2").await;
    world.until(|world| world.blocks("r2").len() == 2).await;
    world.clock.advance(std::time::Duration::from_secs(5));
    let Closed::Failed { cause, .. } = world.end("r2").await else { panic!("it failed") };
    assert_eq!(
        cause.as_deref(),
        Some(
            "The task did not start within 5 s. It waited for mutex:door (p/r1/a), \
             pool:db (there is none: compasso pools set db 1)."
        )
    );
    first.send(good("1")).unwrap();
    world.end("r1").await;
}

#[tokio::test]
async fn a_group_holds_a_mutex_between_its_tasks_and_over_a_crash() {
    let group = "g: wants {\"mutex\":\"door\",\"hold\":true}; group
  a: wants {\"max_tasks\":1}
  b: needs a; wants {\"max_tasks\":1}";
    let mut world = World::new("call").await;
    world.start(group, "r1").await;
    let (_, first) = world.connected.recv().await.unwrap();
    world.start(group, "r2").await;
    world.until(|world| world.blocks("r2") == ["mutex:door (p/r1/g)"]).await;
    first.send(good("1")).unwrap();
    let (job, _given_up) = world.connected.recv().await.unwrap();
    assert_eq!(&*job.offer.state, "g.b");
    let mut world = world.crash().await;
    let (job, second) = world.connected.recv().await.unwrap();
    assert!(job.execution.0.ends_with(":r1"), "{}", job.execution);
    world.until(|world| world.blocks("r2") == ["mutex:door (p/r1/g)"]).await;
    second.send(good("2")).unwrap();
    for state in ["g.a", "g.b"] {
        let (job, end) = world.connected.recv().await.unwrap();
        assert!(job.execution.0.ends_with(":r2") && *job.offer.state == *state);
        end.send(good("3")).unwrap();
    }
    for name in ["r1", "r2"] {
        world.end(name).await;
    }
    assert!(world.connected.try_recv().is_err(), "what a group holds calls nothing");
}

#[tokio::test]
async fn a_group_that_is_stopped_gives_back_what_it_holds() {
    let mut world = World::new("call").await;
    let group = "g: wants {\"mutex\":\"door\",\"hold\":true}; group\n  a: wants {}";
    world.start(group, "r1").await;
    let _running = world.connected.recv().await.unwrap();
    for name in ["r2", "r3"] {
        world.start(group, name).await;
        world.until(|world| world.blocks(name) == ["mutex:door (p/r1/g)"]).await;
    }
    // One that waits takes itself off the board, too.
    for name in ["r2", "r1"] {
        world.runtime.stop(&crate::world::key(name), None, None).await.unwrap();
    }
    let (job, third) = world.connected.recv().await.unwrap();
    assert!(job.execution.0.ends_with(":r3"), "{}", job.execution);
    third.send(good("1")).unwrap();
    world.end("r3").await;
}
