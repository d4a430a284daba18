use compasso_schedule::Interval;
use compasso_scheduler::{RunOrder, Targets, TickOf};
use compasso_service::{
    Caller, Error, ListRuns, PipelineComparison, PushPipelines, StartExecution, StartPipeline,
    Viewer,
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

/// The world begins on 1 February 2026, at midnight.
#[tokio::test]
async fn a_check_says_what_a_new_schedule_would_catch_up_on_at_once() {
    let world = world(NIGHTLY).await;
    let more = "{id: old, cron: '0 12 * * *', start: 2026-01-25, catchup: all}";
    let text = NIGHTLY.replace(
        "{id: night, cron: '0 4 * * *'}",
        &format!("[{{id: night, cron: '0 5 * * *', start: 2026-01-25, catchup: all}}, {more}]"),
    );
    let caught_up = async |text: &str| {
        let changes = push(&world, text, true).await.unwrap();
        changes
            .schedules
            .into_iter()
            .map(|it| (it.trigger.to_string(), it.caught_up))
            .filter_map(|(id, missed)| Some((id, serde_json::to_string(&missed?).unwrap())))
            .collect::<Vec<_>>()
    };
    let seven = (String::from("old"), r#"{"ticks":7,"since":"2026-01-25T12:00:00.000Z"}"#.into());
    assert_eq!(caught_up(&text).await, [seven], "a schedule that is there goes on from now");
    let few = text.replace("catchup: all}]", "catchup: all, limit: 2}]");
    let two = (String::from("old"), r#"{"ticks":2,"since":"2026-01-25T12:00:00.000Z"}"#.into());
    assert_eq!(caught_up(&few).await, [two]);
    for none in ["catchup: last}]", "catchup: all, enabled: false}]"] {
        assert_eq!(caught_up(&text.replace("catchup: all}]", none)).await, [], "{none}");
    }
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

#[tokio::test]
async fn a_run_has_labels_of_its_own_beside_those_of_its_pipeline() {
    let world = world(NIGHTLY).await;
    let labelled = async |name: &str, labels: &[(&str, &str)]| {
        let labels = labels.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        let (name, labels) = (Some(name.to_owned()), labels.collect());
        let start = StartPipeline { name, labels, ..StartPipeline::of("nightly") };
        world.service.start_pipeline(&caller(), start).await.map(drop)
    };
    labelled("one", &[("ticket", "T-1"), ("team", "ops")]).await.unwrap();
    labelled("two", &[]).await.unwrap();
    assert_eq!(found(&world, "labels.ticket = T-1").await.unwrap(), ["one"]);
    assert_eq!(found(&world, "labels.team = ops and labels.tier = 1").await.unwrap(), ["one"]);
    assert_eq!(found(&world, "labels.team = data").await.unwrap(), ["two"]);
    labelled("one", &[("ticket", "T-1"), ("team", "ops")]).await.unwrap();
    let other = labelled("one", &[("ticket", "T-2")]).await.unwrap_err();
    assert!(matches!(other, Error::ExecutionAlreadyExists { .. }), "{other}");
    let many: Vec<_> = (0..21).map(|number| format!("l{number}")).collect();
    let many: Vec<_> = many.iter().map(|name| (&**name, "x")).collect();
    for (labels, why) in [
        (&[("a b", "x")][..], "letters, digits and _ - ."),
        (&[("long", &*"x".repeat(1_025))], "'long' must have at most 1024 bytes"),
        (&many, "at most 20 labels"),
    ] {
        let told = labelled("three", labels).await.unwrap_err().to_string();
        assert!(told.contains(why), "{told}");
    }
}

#[tokio::test]
async fn a_run_is_found_by_the_labels_of_its_start_however_many_its_pipeline_has() {
    let labels: Vec<_> = (0..45).map(|number| format!("l{number:02}: x")).collect();
    let labels = labels.join(", ");
    let world =
        world(&format!("pipeline: many\nlabels: {{{labels}}}\ntasks: {{a: {{noop: true}}}}\n"))
            .await;
    let labels = [("ticket".into(), "T-1".into()), ("l44".into(), "y".into())].into();
    let start = StartPipeline { name: Some("one".into()), labels, ..StartPipeline::of("many") };
    world.service.start_pipeline(&caller(), start).await.unwrap();
    for labels in ["labels.ticket = T-1", "labels.l44 = y", "labels.l37 = x"] {
        assert_eq!(found(&world, labels).await.unwrap(), ["one"], "{labels}");
    }
}

#[tokio::test]
async fn an_execution_is_found_by_the_labels_of_its_start() {
    let world = World::new().await;
    let machine = world.create("m", crate::world::PASS).await;
    let labels = [("ticket".into(), "T-1".into())].into();
    let (state_machine_arn, name) = (machine, Some("one".to_owned()));
    let start = StartExecution { state_machine_arn, name, labels, ..StartExecution::default() };
    let one = world.service.start_execution(start).await.unwrap().execution_arn;
    assert_eq!(found(&world, "labels.ticket = T-1").await.unwrap(), ["one"]);
    assert_eq!(found(&world, "labels.ticket = T-2").await.unwrap(), [""; 0]);
    let view = world.service.run_view(&Viewer::default(), &one).await.unwrap();
    assert_eq!(view.run.labels, [("ticket".into(), "T-1".into())].into());
}

#[tokio::test]
async fn runs_are_found_by_the_error_they_ended_with() {
    let world = world(NIGHTLY).await;
    let fails = r#"{"StartAt":"A","States":{"A":{"Type":"Fail","Error":"Broken"}}}"#;
    let machine = world.create("m", fails).await;
    world.start(&machine, "machine").await;
    start(&world, "nightly", "open").await.unwrap();
    assert_eq!(found(&world, "error = Broken").await.unwrap(), ["machine"]);
    assert_eq!(found(&world, "error contains rok and status = FAILED").await.unwrap(), ["machine"]);
    assert_eq!(found(&world, "not error exists").await.unwrap(), ["open"]);
    assert_eq!(found(&world, "error != Other").await.unwrap(), ["machine"]);
    assert!(found(&world, "error > B").await.is_err());
}

#[tokio::test]
async fn an_address_for_messages_that_the_settings_lack_is_told_at_the_push() {
    let text = "pipeline: p
tasks:
  a: {uses: notify, with: {text: hi, to: opps}}
  b: {uses: notify, with: {text: hi, to: opps}}
  c: {uses: notify, with: {text: hi}}
  d: {uses: slack, with: {text: hi}}
  e: {uses: notify, with: {text: hi, to: ops}}
  f: {uses: notify, with: {text: hi, to: '${{ run.id }}'}}
  g: {uses: slack, with: {text: hi, webhook: 'https://example.com/x'}}
hooks: {on_failure: [{uses: notify, with: {text: hi, to: pager}}]}
";
    let world = World::new().await;
    world.service.name_addresses(["ops".into()].into_iter());
    let push = PushPipelines { text: text.into(), ..PushPipelines::default() };
    let pushed = world.service.push_pipelines(&caller(), push).await.unwrap();
    let told = pushed[0].warnings.iter().map(|warning| {
        let way_out = warning.suggestion.as_deref().unwrap_or_default();
        format!("{}:{} {} ({way_out})", warning.line, warning.code, warning.message)
    });
    let set = "name it in the server's settings: [notify";
    let expected = [
        "3:W108 the server has no address for messages 'opps' (did you mean 'ops'?)".to_owned(),
        format!("5:W108 the server has no address for messages 'default' ({set}.default] url = …)"),
        format!("6:W108 the server has no address for messages 'slack' ({set}.slack] url = …)"),
        format!("10:W108 the server has no address for messages 'pager' ({set}.pager] url = …)"),
    ];
    assert_eq!(told.collect::<Vec<_>>(), expected);
}
