//! Large executions, whose images lag behind their journals.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use compasso_engine::Closed;
use compasso_store::{Execution as Row, Store};

use crate::held::HeldStore;
use crate::world::{RunningTask, World, key, succeeded};

/// Items of a kilobyte each, one after another: the image is larger than what a turn adds to it.
const ITEMS: usize = 41;
/// Items that end before one fails.
const FAILED: usize = 3;
const MAP: &str = r#"{"StartAt":"All","States":{"All":{"Type":"Map","MaxConcurrency":1,
    "ItemProcessor":{"StartAt":"Work","States":{"Work":{"Type":"Task",
        "Resource":"arn:aws:lambda:us-east-1:123456789012:function:f","End":true}}},"End":true}}}"#;

async fn begin() -> World {
    begin_in(World::new().await).await
}

async fn begin_in<S: Store>(world: World<S>) -> World<S> {
    let pad = "x".repeat(1024);
    let items: Vec<_> = (0..ITEMS).map(|n| format!(r#"{{"n":{n},"pad":"{pad}"}}"#)).collect();
    let order = world.order(MAP, "large", &format!("[{}]", items.join(",")));
    world.runtime.start(order).await.unwrap();
    world
}

async fn row<S: Store>(world: &World<S>) -> Row {
    world.store.execution(&key("large")).await.unwrap().unwrap()
}

/// Returns the number of the item that a task is about.
fn number(task: &RunningTask) -> i64 {
    task.job.offer.parameters.value().get("n").and_then(compasso_types::Json::as_i64).unwrap()
}

fn numbers() -> Closed {
    let numbers: Vec<_> = (0..ITEMS).map(|n| n.to_string()).collect();
    succeeded(&format!("[{}]", numbers.join(",")))
}

#[tokio::test]
async fn a_large_image_is_written_seldom_and_a_crash_after_any_turn_loses_nothing() {
    let mut world = begin().await;
    let (mut images, mut lagging, mut done) = (Vec::new(), 0, -1);
    while done + 1 < i64::try_from(ITEMS).unwrap() {
        let task = world.tasks.next().await;
        let row = row(&world).await;
        lagging += usize::from(row.has_tail);
        images.push(row.image);
        // A restart may deliver what has ended meanwhile, never what is to come.
        assert!(number(&task) <= done + 1);
        let is_next = number(&task) > done;
        done = number(&task);
        task.succeed(&done.to_string());
        if is_next && done % 3 == 0 {
            world = world.crash().await;
        }
    }
    assert_eq!(world.end("large").await, numbers());
    images.dedup();
    assert!(lagging > ITEMS / 2, "{lagging} turns brought no image");
    assert!(images.len() < ITEMS / 2, "{} images were written", images.len());
    assert!(row(&world).await.image.is_empty());
}

#[tokio::test]
async fn one_that_failed_with_a_lagging_image_goes_on_from_there() {
    let mut world = begin().await;
    for n in 0..ITEMS / 2 {
        world.tasks.next().await.succeed(&n.to_string());
    }
    world.tasks.next().await.fail("Boom");
    world.end("large").await;
    assert!(row(&world).await.has_tail);
    world = world.crash().await;
    world.runtime.redrive(&key("large"), None).await.unwrap();
    for n in ITEMS / 2..ITEMS {
        let task = world.tasks.next().await;
        assert_eq!(usize::try_from(number(&task)), Ok(n));
        task.succeed(&n.to_string());
    }
    assert_eq!(world.end("large").await, numbers());
}

/// Returns a world with an execution that failed, whose image lags behind its journal.
async fn failed(store: &Arc<HeldStore>) -> World<HeldStore> {
    let world = begin_in(World::over(store.clone(), compasso_engine::decide).await).await;
    for n in 0..FAILED {
        world.tasks.next().await.succeed(&n.to_string());
    }
    world.tasks.next().await.fail("Boom");
    world.end("large").await;
    assert!(row(&world).await.has_tail);
    world
}

/// Goes on with item `first` until there is another image that lags behind; returns the task that is under
/// way.
async fn go_on(world: &World<HeldStore>, early: &Row, first: usize) -> (usize, RunningTask) {
    for number in first.. {
        let (task, row) = (world.tasks.next().await, row(world).await);
        if row.has_tail && row.image != early.image {
            return (number, task);
        }
        task.succeed(&number.to_string());
    }
    unreachable!("another image is written")
}

#[tokio::test]
async fn one_that_is_read_to_go_on_while_others_have_it_go_on_is_read_again() {
    let store = Arc::<HeldStore>::default();
    let world = failed(&store).await;
    let early = row(&world).await;
    store.holds.store(true, Ordering::SeqCst);
    let runtime = world.runtime.clone();
    let slow = tokio::spawn(async move { runtime.redrive(&key("large"), None).await });
    store.held.notified().await;
    world.runtime.redrive(&key("large"), None).await.unwrap();
    let (number, task) = go_on(&world, &early, FAILED).await;
    task.fail("Boom");
    world.end("large").await;
    store.release.notify_one();
    slow.await.unwrap().unwrap();
    for n in number..ITEMS {
        world.tasks.next().await.succeed(&n.to_string());
    }
    assert_eq!(world.end("large").await, numbers());
}

#[tokio::test]
async fn what_one_waits_for_is_read_again_if_it_went_on_meanwhile() {
    let store = Arc::<HeldStore>::default();
    let world = failed(&store).await;
    world.runtime.redrive(&key("large"), None).await.unwrap();
    let task = world.tasks.next().await;
    let early = row(&world).await;
    assert!(early.has_tail);
    store.holds.store(true, Ordering::SeqCst);
    let runtime = world.runtime.clone();
    let slow =
        tokio::spawn(async move { runtime.waits_for_map_run(&key("large"), "a map run").await });
    store.held.notified().await;
    task.succeed(&FAILED.to_string());
    let (number, task) = go_on(&world, &early, FAILED + 1).await;
    store.release.notify_one();
    assert!(!slow.await.unwrap().unwrap());
    task.succeed(&number.to_string());
}
