use std::sync::Arc;

use compasso_service::{
    DescribeExecution, PushPipelines, RerunTasks, SignalExecution, StartPipeline, StartedRun,
    StopExecution, Viewer,
};
use compasso_store::memory::MemoryStore;

use crate::cut::CutStore;
use crate::world::{World, caller};

/// A pipeline of which one run is under way at a time, until it is told to end.
const GATED: &str = "pipeline: gated
concurrency: {max_runs: 1, overlap: buffer_all}
tasks: {gate: {wait: {signal: go}}}
";
/// As many commits as it takes at most until a rerun that waited goes on.
const COMMITS_MAX: usize = 12;

async fn start(world: &World, name: &str) -> StartedRun {
    let request = StartPipeline { name: Some(name.to_owned()), ..StartPipeline::of("gated") };
    world.service.start_pipeline(&caller(), request).await.unwrap()
}

async fn status(world: &World, run: &str) -> &'static str {
    let described = DescribeExecution { execution_arn: run.into(), included_data: None };
    world.service.describe_execution(described).await.unwrap().status
}

async fn until(world: &World, run: &str, wanted: &str) {
    while status(world, run).await != wanted {
        tokio::task::yield_now().await;
    }
}

/// Has a run that ended go on once another one has, which is under way; returns both.
async fn waiting_rerun(world: &World) -> (Arc<str>, Arc<str>) {
    let push = PushPipelines { text: GATED.into(), ..PushPipelines::default() };
    world.service.push_pipelines(&caller(), push).await.unwrap();
    world.service.run_schedules(false).await.unwrap();
    let first = start(world, "first").await.id;
    let signal = SignalExecution {
        execution_arn: first.to_string(),
        signal_name: "go".into(),
        payload: None,
        id: None,
    };
    world.service.signal_execution(signal).await.unwrap();
    until(world, &first, "SUCCEEDED").await;
    let second = start(world, "second").await.id;
    until(world, &second, "RUNNING").await;
    let all = RerunTasks { all: true, ..RerunTasks::default() };
    let by = "ana".into();
    let rerun = world.service.rerun(&Viewer::default(), &by, &first, all, None).await.unwrap();
    assert!(rerun.waiting.is_some());
    (first, second)
}

/// Whether a run has a seat as one that is under way.
async fn is_seated(world: &World, run: &str) -> bool {
    let seat = world.runtime.store().document("seat", run).await.unwrap();
    seat.is_some_and(|seat| !String::from_utf8_lossy(&seat.body).contains("\"order\""))
}

#[tokio::test]
async fn a_crash_while_a_rerun_takes_its_turn_leaves_no_room_for_another_run() {
    for commits in 0..COMMITS_MAX {
        let memory = Arc::new(MemoryStore::new());
        let cut = Arc::new(CutStore::new(memory.clone()));
        let world = World::on(cut.clone()).await;
        let (first, second) = waiting_rerun(&world).await;
        cut.cut_after(commits);
        let stop = StopExecution { execution_arn: second.to_string(), ..StopExecution::default() };
        let service = world.service.clone();
        let stopped = tokio::spawn(async move { service.stop_execution(stop).await });
        while !cut.is_cut() && !is_seated(&world, &first).await {
            tokio::task::yield_now().await;
        }
        stopped.abort();

        let again = World::on(Arc::new(memory.crash())).await;
        again.service.run_schedules(false).await.unwrap();
        let third = start(&again, "third").await;
        let about = format!("after {commits} commits");
        let open = again.runtime.store().open_executions().await.unwrap();
        assert!(open <= 1, "{about}: {open} are under way");
        if third.waiting.is_some() && status(&again, &second).await != "RUNNING" {
            until(&again, &first, "RUNNING").await;
        }
        assert!(third.waiting.is_some() || status(&again, &first).await != "RUNNING", "{about}");
    }
}

#[tokio::test]
async fn a_run_that_was_stopped_while_it_waited_waits_again_and_goes_on_by_itself() {
    let world = World::new().await;
    let push = PushPipelines { text: GATED.into(), ..PushPipelines::default() };
    world.service.push_pipelines(&caller(), push).await.unwrap();
    world.service.run_schedules(false).await.unwrap();
    let first = start(&world, "first").await.id;
    let second = start(&world, "second").await.id;
    let stop = |run: &str| StopExecution { execution_arn: run.into(), ..StopExecution::default() };
    world.service.cancel_execution(stop(&second)).await.unwrap();
    until(&world, &second, "ABORTED").await;
    let all = RerunTasks { all: true, ..RerunTasks::default() };
    let rerun = world.service.rerun(&Viewer::default(), &"ana".into(), &second, all, None).await;
    assert!(rerun.unwrap().waiting.is_some(), "the first is under way");
    world.service.stop_execution(stop(&first)).await.unwrap();
    until(&world, &second, "RUNNING").await;
    let signal = SignalExecution {
        execution_arn: second.to_string(),
        signal_name: "go".into(),
        payload: None,
        id: None,
    };
    world.service.signal_execution(signal).await.unwrap();
    until(&world, &second, "SUCCEEDED").await;
}

#[tokio::test]
async fn a_run_that_runs_another_one_again_has_the_labels_of_its_start() {
    let world = World::new().await;
    let push = async |team: &str| {
        let text = format!(
            "pipeline: labelled\nlabels: {{team: {team}}}\ntasks: {{gate: {{wait: {{signal: go}}}}}}\n"
        );
        let push = PushPipelines { text: text.into(), ..PushPipelines::default() };
        world.service.push_pipelines(&caller(), push).await.unwrap();
    };
    push("data").await;
    let labels = [("ticket".into(), "T-1".into())].into();
    let request = StartPipeline { labels, ..StartPipeline::of("labelled") };
    let first = world.service.start_pipeline(&caller(), request).await.unwrap().id;
    push("ops").await;
    for (version, team) in [(None, "data"), (Some("latest".to_owned()), "ops")] {
        let new = RerunTasks { new: true, version, ..RerunTasks::default() };
        let viewer = Viewer::default();
        let again =
            world.service.rerun(&viewer, &"ana".into(), &first, new, None).await.unwrap().id;
        let described = DescribeExecution { execution_arn: again.to_string(), included_data: None };
        let input = world.service.describe_execution(described).await.unwrap().input.unwrap();
        let labels = input.value().get("run").unwrap().get("labels").unwrap().to_string();
        assert_eq!(labels, format!(r#"{{"ticket":"T-1","team":"{team}"}}"#));
        let shown = world.service.run_view(&viewer, &again).await.unwrap().run.labels;
        assert_eq!(shown, [("ticket".into(), "T-1".into())].into(), "those of its start alone");
    }
}

#[tokio::test]
async fn a_label_that_is_said_is_the_runs_own_even_if_its_version_says_the_same() {
    let world = World::new().await;
    let push = async |team: &str| {
        let text = format!(
            "pipeline: own\nlabels: {{team: {team}}}\ntasks: {{gate: {{wait: {{signal: go}}}}}}\n"
        );
        let push = PushPipelines { text: text.into(), ..PushPipelines::default() };
        world.service.push_pipelines(&caller(), push).await.unwrap();
    };
    push("data").await;
    let labels = [("team".into(), "data".into())].into();
    let request = StartPipeline { labels, ..StartPipeline::of("own") };
    let mut run = world.service.start_pipeline(&caller(), request).await.unwrap().id;
    let again = async |run: &Arc<str>, order: RerunTasks| {
        let viewer = Viewer::default();
        world.service.rerun(&viewer, &"ana".into(), run, order, None).await
    };
    push("ops").await;
    for (name, value, expected) in [
        ("ticket", "T-1", r#"{"team":"data","ticket":"T-1"}"#),
        ("ticket", "T-2", r#"{"team":"data","ticket":"T-2"}"#),
        ("team", "ops", r#"{"team":"ops","ticket":"T-2"}"#),
    ] {
        let labels = [(name.into(), value.into())].into();
        let version = Some("latest".to_owned());
        let new = RerunTasks { new: true, version, labels, ..RerunTasks::default() };
        run = again(&run, new).await.unwrap().id;
        let described = DescribeExecution { execution_arn: run.to_string(), included_data: None };
        let input = world.service.describe_execution(described).await.unwrap().input.unwrap();
        assert_eq!(input.value().get("run").unwrap().get("labels").unwrap().to_string(), expected);
    }
    let labels = [("team".into(), "ops".into())].into();
    let refused = again(&run, RerunTasks { all: true, labels, ..RerunTasks::default() }).await;
    let message = refused.unwrap_err().to_string();
    assert!(message.contains("with 'new' another run has others"), "{message}");
}
