use std::pin::pin;

use compasso_service::{
    Caller, ChosenRuns, CreateBackfill, CreateJob, DescribeExecution, Error, Interval, JobAction,
    ListRuns, PushPipelines, StartExecution, StartPipeline, StartedRun, StopExecution, Viewer,
};
use compasso_types::{Json, Timestamp};
use futures::poll;

use crate::world::{NOON, World, caller};

/// A pipeline of which one run is under way at a time, for a day.
const SLOW: &str = "pipeline: slow
concurrency: {max_runs: 1, overlap: buffer_all}
tasks: {rest: {wait: 1d}}
";

async fn world(text: &str) -> World {
    let world = World::new().await;
    let push = PushPipelines { text: text.into(), ..PushPipelines::default() };
    world.service.push_pipelines(&caller(), push).await.unwrap();
    world
}

async fn start(world: &World, pipeline: &str, name: &str) -> Result<StartedRun, Error> {
    let named = Some(name.to_owned());
    let request = StartPipeline { name: named, ..StartPipeline::of(pipeline) };
    world.service.start_pipeline(&caller(), request).await
}

fn describe(run: &str) -> DescribeExecution {
    DescribeExecution { execution_arn: run.into(), included_data: None }
}

#[tokio::test]
async fn nobody_starts_pipelines_of_another_account() {
    let world = world(SLOW).await;
    let theirs = "arn:aws:states:eu-west-1:123456789012:pipeline:slow";
    let other = Caller { account: "999999999999".into(), region: "eu-west-1".into() };
    let refused = world.service.start_pipeline(&other, StartPipeline::of(theirs)).await;
    assert!(matches!(refused, Err(Error::AccessDenied { .. })), "{refused:?}");
    start(&world, theirs, "own").await.unwrap();
}

#[tokio::test]
async fn a_run_that_waits_for_a_seat_is_described_and_waited_for() {
    let world = world(SLOW).await;
    let service = &world.service;
    service.run_schedules(false).await.unwrap();
    let first = start(&world, "slow", "first").await.unwrap();
    let second = start(&world, "slow", "second").await.unwrap();
    assert!(second.waiting.is_some());
    let described = service.describe_execution(describe(&second.id)).await.unwrap();
    assert_eq!(described.status, "QUEUED");
    assert!(described.cause.unwrap().contains(&*first.id));
    let view = service.run_view(&Viewer::default(), &second.id).await.unwrap();
    assert_eq!((view.run.status, &*view.run.workflow_name), ("QUEUED", "slow"));

    let mut closed = pin!(service.wait_closed(&second.id));
    assert!(poll!(closed.as_mut()).is_pending());
    let stop = StopExecution { execution_arn: second.id.to_string(), ..StopExecution::default() };
    assert!(service.cancel_execution(stop).await.unwrap().is_some());
    let stopped = closed.await.unwrap();
    assert_eq!(stopped.status, "ABORTED");
}

#[tokio::test]
async fn a_page_of_one_version_looks_at_a_bounded_number_of_runs_that_wait() {
    // A thousand of one group wait at most.
    let text = SLOW.replace("buffer_all", "buffer_all, group: '${{ params.group }}'")
        + "params: {group: {type: string, required: true}}\n";
    let world = world(&text).await;
    world.service.run_schedules(false).await.unwrap();
    for number in 0..1_010 {
        let group = format!(r#"{{"group":"{}"}}"#, number % 2);
        let start = StartPipeline {
            name: Some(format!("first-{number}")),
            params: Json::parse(&group).unwrap(),
            ..StartPipeline::of("slow")
        };
        world.service.start_pipeline(&caller(), start).await.unwrap();
    }
    let text = text.replace("1d", "2d");
    let push = PushPipelines { text: text.as_str().into(), ..PushPipelines::default() };
    let pushed = world.service.push_pipelines(&caller(), push).await.unwrap();
    let of_first = |next| ListRuns {
        workflow: Some(format!("{}:1", pushed[0].id)),
        status: Some("QUEUED".into()),
        limit: Some(200),
        next,
        ..ListRuns::default()
    };
    let of_second =
        |next| ListRuns { workflow: Some(format!("{}:2", pushed[0].id)), ..of_first(next) };
    let viewer = Viewer::default();
    let list = |request| world.service.list_runs(&viewer, request);
    let page = list(of_second(None)).await.unwrap();
    assert!(page.items.is_empty() && page.next.is_some(), "it stopped after a thousand");
    let page = list(of_second(page.next)).await.unwrap();
    assert!(page.items.is_empty() && page.next.is_none());
    let page = list(of_first(None)).await.unwrap();
    assert_eq!((page.items.len(), page.next.is_some()), (200, true));
}

#[tokio::test]
async fn jobs_find_runs_that_wait_if_they_can_do_something_with_them() {
    let world = world(SLOW).await;
    world.service.run_schedules(false).await.unwrap();
    let first = start(&world, "slow", "first").await.unwrap().id;
    let second = start(&world, "slow", "second").await.unwrap().id;
    let viewer = Viewer::default();
    let found = async |action, status: Option<&str>| {
        let runs = ChosenRuns { status: status.map(str::to_owned), ..ChosenRuns::default() };
        let (ids, runs) = (None, Some(runs));
        let job = CreateJob { action, ids, runs, expected: None, reason: None, by: None };
        world.service.plan_job(&viewer, &job).await.unwrap().ids
    };
    let both = [second.clone(), first.clone()];
    assert_eq!(found(JobAction::Stop, None).await, both);
    assert_eq!(found(JobAction::Cancel, None).await, both);
    for action in [JobAction::Redrive, JobAction::Rerun, JobAction::Delete] {
        assert_eq!(found(action, None).await, std::slice::from_ref(&first));
        assert_eq!(found(action, Some("QUEUED")).await, std::slice::from_ref(&second));
    }
}

#[tokio::test]
async fn whoever_hangs_up_leaves_no_seat_behind() {
    for polls in 1..20 {
        let world = world(SLOW).await;
        let mut hung_up = Box::pin(start(&world, "slow", "run"));
        for _ in 0..polls {
            if poll!(hung_up.as_mut()).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(hung_up);
        // It goes on: the same again is this very run, and the next one waits for it.
        let again = loop {
            match start(&world, "slow", "run").await {
                Err(Error::ExecutionAlreadyExists { .. }) => tokio::task::yield_now().await,
                started => break started.unwrap(),
            }
        };
        assert!(again.waiting.is_none(), "after {polls} polls");
        let next = start(&world, "slow", "next").await.unwrap();
        assert!(next.waiting.is_some(), "after {polls} polls");
    }
}

#[tokio::test]
async fn a_run_is_found_by_its_interval_whenever_it_ended() {
    let world = world("pipeline: quick\ntasks: {only: {noop: true}}\n").await;
    world.service.run_triggers().await.unwrap();
    let days = |count: i64| Timestamp(NOON.0 + count * 86_400_000);
    let interval = Interval { start: days(1), end: days(2) };
    let named = StartPipeline { name: Some("one".to_owned()), ..StartPipeline::of("quick") };
    let about = StartPipeline { interval: Some(interval), ..named };
    let run = world.service.start_pipeline(&caller(), about).await.unwrap().id;
    while world.service.describe_execution(describe(&run)).await.unwrap().status == "RUNNING" {
        tokio::task::yield_now().await;
    }
    let found = async |state: &str, start: Timestamp| {
        let wanted = (start, interval.end);
        let found = world.service.ended_about(&run, "quick", state, wanted).await.unwrap();
        found.map(|ended| ended.get("run").unwrap().get("id").unwrap().as_str().unwrap().to_owned())
    };
    // It ended before the interval that it is about has begun.
    let success = found("success", interval.start).await;
    assert!(success.is_some_and(|id| id.ends_with("one")));
    assert_eq!(found("failed", interval.start).await, None);
    assert_eq!(found("finished", days(0)).await, None, "that is another interval");
}

#[tokio::test]
async fn backfills_have_only_params_that_the_pipeline_knows() {
    let world = world(
        "pipeline: daily
params: {limit: {type: integer, default: 1}}
on: {schedule: {cron: '0 4 * * *'}}
tasks: {rest: {wait: 1d}}
",
    )
    .await;
    for (given, is_known) in
        [("{\"limit\": 5}", true), ("{\"limt\": 5}", false), ("{\"limit\": \"x\"}", false)]
    {
        let text = format!(r#"{{"from": "2026-01-01", "to": "2026-01-03", "params": {given}}}"#);
        let request: CreateBackfill = serde_json::from_str(&text).unwrap();
        let planned = world.service.plan_backfill(&caller(), "daily", request).await;
        let is_refused = matches!(planned, Err(Error::InvalidParams(_)));
        assert_eq!(is_refused, !is_known, "{given}: {planned:?}");
    }
}

#[tokio::test]
async fn params_of_a_backfill_are_those_of_its_version() {
    let text = |param: &str| {
        format!(
            "pipeline: daily\nparams: {{{param}: 1}}\non: {{schedule: {{cron: '0 4 * * *'}}}}\n\
             tasks: {{rest: {{wait: 1d}}}}\n"
        )
    };
    let world = world(&text("old")).await;
    let push = PushPipelines { text: text("new").into(), ..PushPipelines::default() };
    world.service.push_pipelines(&caller(), push).await.unwrap();
    for (version, param, is_known) in [
        ("1", "old", true),
        ("1", "new", false),
        ("2", "old", false),
        ("\"latest\"", "new", true),
        ("\"latest\"", "old", false),
    ] {
        let text = format!(
            r#"{{"from": "2026-01-01", "to": "2026-01-03", "version": {version}, "params": {{"{param}": 5}}}}"#
        );
        let request: CreateBackfill = serde_json::from_str(&text).unwrap();
        let planned = world.service.plan_backfill(&caller(), "daily", request).await;
        let is_refused = matches!(planned, Err(Error::InvalidParams(_)));
        assert_eq!(is_refused, !is_known, "{version} {param}: {planned:?}");
    }
}

#[tokio::test]
async fn a_run_says_who_gave_it_up_and_why() {
    let world = world(SLOW).await;
    let service = &world.service;
    service.run_schedules(false).await.unwrap();
    let begun = start(&world, "slow", "begun").await.unwrap();
    let waits = start(&world, "slow", "waits").await.unwrap();
    for run in [waits, begun] {
        let stop = StopExecution {
            execution_arn: run.id.to_string(),
            cause: Some("enough".into()),
            by: Some("ana".into()),
            ..StopExecution::default()
        };
        service.cancel_execution(stop).await.unwrap();
        let run = service.run_view(&Viewer::default(), &run.id).await.unwrap().run;
        let told = (run.status, run.stopped_by.as_deref(), run.cause.as_deref());
        assert_eq!(told, ("ABORTED", Some("ana"), Some("enough")), "{}", run.name);
    }
}

#[tokio::test]
async fn a_name_that_no_run_may_have_is_refused_with_the_rule() {
    let world = world(SLOW).await;
    let machine = world.create("m", crate::world::PASS).await;
    let start_machine = async |name: &str| {
        let (state_machine_arn, name) = (machine.clone(), Some(name.to_owned()));
        let start = StartExecution { state_machine_arn, name, ..StartExecution::default() };
        world.service.start_execution(start).await.map(drop)
    };
    for name in ["a b", "a:b", "a/b", "a,b"] {
        let told = start(&world, "slow", name).await.unwrap_err();
        assert_eq!(start_machine(name).await, Err(told.clone()), "the same of both");
        let told = told.to_string();
        let rule = format!(
            "Invalid Name: '{name}': the name of an execution or a run has 1 to 80 characters, none of them a blank"
        );
        assert!(told.starts_with(&rule), "{told}");
    }
    start(&world, "slow", "a-b_c.1=(é)").await.unwrap();
    let long = "n".repeat(81);
    let told = start(&world, "slow", &long).await.unwrap_err();
    assert_eq!(start_machine(&long).await, Err(told.clone()));
    assert!(told.to_string().ends_with("length less than or equal to 80"), "{told}");
}
