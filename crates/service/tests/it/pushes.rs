use compasso_schedule::Interval;
use compasso_scheduler::{RunOrder, Targets, TickOf};
use compasso_service::{
    Caller, Error, ListRuns, PipelineComparison, PushPipelines, StartPipeline, Viewer,
};
use compasso_types::{Json, Timestamp};

use crate::world::{NOON, World, caller};

const NIGHTLY: &str = "pipeline: nightly
labels: {team: data, tier: 1}
on: {schedule: {id: night, cron: '0 4 * * *'}}
tasks: {rest: {wait: 1d}}
";

async fn world(text: &str) -> World {
    let world = World::new().await;
    push(&world, text, false).await;
    world
}

async fn push(world: &World, text: &str, is_check: bool) -> Option<PipelineComparison> {
    let push = PushPipelines { text: text.into(), is_check, ..PushPipelines::default() };
    let pushed = world.service.push_pipelines(&caller(), push).await.unwrap();
    pushed.into_iter().next().unwrap().changes
}

async fn start(world: &World, pipeline: &str, name: &str) -> Result<(), Error> {
    let request = StartPipeline { name: Some(name.to_owned()), ..StartPipeline::of(pipeline) };
    world.service.start_pipeline(&caller(), request).await.map(drop)
}

async fn found(world: &World, query: &str) -> Result<Vec<String>, Error> {
    let request = ListRuns { query: Some(query.to_owned()), ..ListRuns::default() };
    let page = world.service.list_runs(&viewer(), request).await?;
    Ok(page.items.into_iter().map(|run| run.name.clone()).collect())
}

async fn listed(world: &World, q: &str) -> Vec<String> {
    let page = world.service.list_pipelines(&viewer(), Some(q), None, None).await.unwrap();
    page.items.into_iter().map(|pipeline| pipeline.name.to_string()).collect()
}

fn viewer() -> Viewer {
    Viewer { account: Some(caller().account) }
}

#[tokio::test]
async fn a_check_says_what_would_change_and_when_schedules_would_be_due() {
    let world = world(NIGHTLY).await;
    let later = NIGHTLY.replace("0 4", "0 5");
    let changes = push(&world, &later, true).await.unwrap();
    let told = serde_json::to_string(&changes.triggers).unwrap();
    let expected = r#"{"added":[],"removed":[],"changed":[{"name":"night","fields":[{"field":"cron","change":"changed","before":"0 4 * * *","after":"0 5 * * *"}]}]}"#;
    assert_eq!(told, expected);
    let [night] = &changes.schedules[..] else { panic!("{changes:?}") };
    let first = |ticks: &[Timestamp]| ticks[0].to_string();
    assert_eq!(first(&night.before), "2026-02-01T04:00:00.000Z");
    assert_eq!(first(&night.after), "2026-02-01T05:00:00.000Z");
    assert!(changes.tasks.changed.is_empty() && changes.fields.is_empty());
    assert!(push(&world, NIGHTLY, true).await.is_none(), "nothing would change");
    assert!(push(&world, &later, false).await.is_none(), "it was done");
}

#[tokio::test]
async fn runs_have_the_labels_of_the_version_they_began_with() {
    let world = world(NIGHTLY).await;
    start(&world, "nightly", "one").await.unwrap();
    push(&world, &NIGHTLY.replace("team: data", "team: web"), false).await;
    start(&world, "nightly", "two").await.unwrap();
    assert_eq!(found(&world, "labels.team = data").await.unwrap(), ["one"]);
    assert_eq!(found(&world, "labels.team = web and labels.tier = 1").await.unwrap(), ["two"]);
    assert_eq!(found(&world, "labels.team starts with d").await.unwrap(), ["one"]);
    assert_eq!(found(&world, "labels.nope exists").await.unwrap(), [""; 0]);
    assert_eq!(listed(&world, "labels.team = web").await, ["nightly"]);
    assert_eq!(listed(&world, "labels.team = data").await, [""; 0]);
    assert_eq!(listed(&world, "night").await, ["nightly"]);
    let wrong = world.service.list_pipelines(&viewer(), Some("labels.team == x"), None, None).await;
    assert!(wrong.is_err(), "{wrong:?}");
}

#[tokio::test]
async fn runs_that_wait_for_a_place_have_labels() {
    let one = "pipeline: one\nlabels: {team: data}\nconcurrency: {max_runs: 1, overlap: buffer_all}\n\
               tasks: {rest: {wait: 1d}}\n";
    let world = world(one).await;
    world.service.run_schedules(false).await.unwrap();
    start(&world, "one", "first").await.unwrap();
    start(&world, "one", "second").await.unwrap();
    assert_eq!(found(&world, "labels.team = data").await.unwrap(), ["second", "first"]);
    assert_eq!(found(&world, "not labels.team = data").await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn a_query_for_what_nothing_is_indexed_of_says_so() {
    let world = world(NIGHTLY).await;
    start(&world, "nightly", "one").await.unwrap();
    let refused = found(&world, "workflow = nightly and input.customer = a").await.unwrap_err();
    let message = refused.to_string();
    assert!(message.contains("'input.customer'"), "{message}");
    assert!(message.contains("search-attributes set WORKFLOW customer="), "{message}");
    assert_eq!(found(&world, "input.run.again_of = a").await.unwrap(), [""; 0]);
    let one = "not input.customer = a";
    assert_eq!(found(&world, one).await.unwrap(), ["one"], "what is found is no mistake");
}

#[tokio::test]
async fn a_run_of_another_version_is_not_the_one_that_is_asked_for() {
    let world = world(NIGHTLY).await;
    push(&world, &NIGHTLY.replace("1d", "2d"), false).await;
    start(&world, "nightly:2", "one").await.unwrap();
    start(&world, "nightly:2", "one").await.unwrap();
    start(&world, "nightly", "one").await.unwrap();
    let refused = start(&world, "nightly:1", "one").await.unwrap_err().to_string();
    assert!(refused.contains("of version 2 and not 1"), "{refused}");
}

#[tokio::test]
async fn each_pipeline_has_its_own_part_of_the_places_for_starts() {
    let world = world(NIGHTLY).await;
    let Caller { account, region } = caller();
    let pipeline = format!("arn:aws:states:{region}:{account}:pipeline:nightly");
    let order = RunOrder {
        pipeline: pipeline.as_str().into(),
        name: "night-1".into(),
        tick: TickOf { schedule: format!("{pipeline}/night").into(), at: NOON },
        trigger_id: "night".into(),
        trigger: Json::empty_object(),
        params: Json::empty_object(),
        interval: Interval { start: NOON, end: NOON },
        date: "2026-01-31".into(),
        partition: None,
        backfill: None,
        told: Vec::new(),
    };
    let prepared = world.service.prepare_run(order).await.unwrap();
    assert_eq!(prepared.order.caller.as_deref(), Some(&*pipeline));
}
