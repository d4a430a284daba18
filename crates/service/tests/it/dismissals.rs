//! Failures that somebody set aside, and what the day before was like.

use std::sync::Arc;
use std::time::Duration;

use compasso_service::{
    DescribeExecution, DismissFailures, DismissalView, Error, ListRuns, RedriveExecution, Viewer,
};

use super::world::{World, caller, machine};

const FAIL: &str = r#"{"StartAt":"A","States":{"A":{"Type":"Fail","Error":"E","Cause":"c"}}}"#;
const MINUTE: &str = r#"{"StartAt":"A","States":{"A":{"Type":"Wait","Seconds":60,"End":true}}}"#;

#[tokio::test]
async fn dismissed_failures_ask_for_nobody_until_a_run_fails_again() {
    let world = World::new().await;
    let fails = world.create("fails", FAIL).await;
    let first = run(&world, &fails, "first", "FAILED").await;
    let second = run(&world, &fails, "second", "FAILED").await;
    assert_eq!(attention(&world).await, (sorted([&first, &second]), 0));

    let dismissal = dismiss(&world, &[&first, &second]).await.unwrap();
    assert_eq!((&*dismissal.by, dismissal.reason.as_deref()), ("ana", Some("known")));
    assert_eq!(dismissal.error.as_deref(), Some("E"));
    assert_eq!(dismissal.step.as_deref(), Some("A"));
    assert_eq!(attention(&world).await, (vec![], 2));
    assert_eq!(open(&world).await, Vec::<Arc<str>>::new());
    let listed = world.service.dismissals(&Viewer::default()).await.unwrap();
    assert_eq!(listed.items, std::slice::from_ref(&dismissal));

    let third = run(&world, &fails, "third", "FAILED").await;
    assert_eq!(attention(&world).await, (vec![third.clone()], 2));

    // It fails again, later than it was dismissed.
    world.clock.advance(Duration::from_secs(1));
    let redrive = RedriveExecution { execution_arn: first.to_string(), client_token: None };
    world.service.redrive_execution(redrive).await.unwrap();
    settled(&world, &first, "FAILED").await;
    assert_eq!(open(&world).await, sorted([&first, &third]));

    world.service.take_dismissal_back(&Viewer::default(), &dismissal.id).await.unwrap();
    assert_eq!(attention(&world).await, (sorted([&first, &second, &third]), 0));
    let again = world.service.take_dismissal_back(&Viewer::default(), &dismissal.id).await;
    assert!(matches!(again, Err(Error::ResourceNotFound { .. })), "{again:?}");
}

#[tokio::test]
async fn only_failures_that_one_sees_can_be_dismissed() {
    let world = World::new().await;
    let fails = world.create("fails", FAIL).await;
    let failed = run(&world, &fails, "failed", "FAILED").await;
    let passes = world.create("passes", super::world::PASS).await;
    let passed = run(&world, &passes, "passed", "SUCCEEDED").await;
    let refused = dismiss(&world, &[&failed, &passed]).await.unwrap_err();
    assert!(refused.to_string().contains("has not failed"), "{refused}");
    assert!(dismiss(&world, &[]).await.is_err());

    let dismissal = dismiss(&world, &[&failed]).await.unwrap();
    let other = Viewer { account: Some("000000000000".into()) };
    assert_eq!(world.service.dismissals(&other).await.unwrap().items, []);
    let request = DismissFailures {
        runs: vec![failed.to_string()],
        reason: None,
        ..DismissFailures::default()
    };
    let by = Arc::from("bo");
    assert!(world.service.dismiss_failures(&other, &by, request).await.is_err());
    assert!(world.service.take_dismissal_back(&other, &dismissal.id).await.is_err());
}

#[tokio::test]
async fn the_overview_tells_how_long_runs_took_in_the_day_before() {
    let world = World::new().await;
    let created = world.service.create_state_machine(&caller(), machine("m", MINUTE)).await;
    let arn = world.start(&created.unwrap().state_machine_arn, "waits").await;
    world.clock.advance(Duration::from_secs(60));
    settled(&world, &arn, "SUCCEEDED").await;
    let durations = async || {
        let overview = world.service.overview(&Viewer::default()).await.unwrap();
        (overview.durations.map(|it| it.p95_ms), overview.durations_before.map(|it| it.p95_ms))
    };
    assert_eq!(durations().await, (Some(60_000), None));
    world.clock.advance(Duration::from_secs(25 * 3_600));
    assert_eq!(durations().await, (None, Some(60_000)));
    world.clock.advance(Duration::from_secs(24 * 3_600));
    assert_eq!(durations().await, (None, None));
}

async fn run(world: &World, machine: &str, name: &str, status: &str) -> Arc<str> {
    let run = world.start(machine, name).await;
    settled(world, &run, status).await;
    run
}

async fn settled(world: &World, run: &str, status: &str) {
    let describe = || DescribeExecution { execution_arn: run.to_owned(), included_data: None };
    while world.service.describe_execution(describe()).await.unwrap().status != status {
        tokio::task::yield_now().await;
    }
}

async fn dismiss(world: &World, runs: &[&Arc<str>]) -> Result<DismissalView, Error> {
    let runs = runs.iter().map(ToString::to_string).collect();
    let request =
        DismissFailures { runs, reason: Some("known".into()), ..DismissFailures::default() };
    world.service.dismiss_failures(&Viewer::default(), &Arc::from("ana"), request).await
}

/// The runs that the overview shows as failed, and how many it says are dismissed.
async fn attention(world: &World) -> (Vec<Arc<str>>, usize) {
    let overview = world.service.overview(&Viewer::default()).await.unwrap();
    let ids: Vec<_> = overview.failures.into_iter().flat_map(|group| group.ids).collect();
    (sorted(&ids), overview.dismissed)
}

/// The runs that are listed as failed and open.
async fn open(world: &World) -> Vec<Arc<str>> {
    let request = ListRuns { open: true, ..ListRuns::default() };
    let page = world.service.list_runs(&Viewer::default(), request).await.unwrap();
    let ids: Vec<_> = page.items.into_iter().map(|run| run.id).collect();
    sorted(&ids)
}

fn sorted<'a>(ids: impl IntoIterator<Item = &'a Arc<str>>) -> Vec<Arc<str>> {
    let mut ids: Vec<_> = ids.into_iter().cloned().collect();
    ids.sort();
    ids
}
