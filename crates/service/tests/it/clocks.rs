//! Schedules of pipelines when clocks are set.

use std::time::Duration;

use compasso_service::{ListPipelineTicks, PushPipelines};

use super::world::{World, caller};

const HOUR: Duration = Duration::from_secs(3_600);

/// Pushes a pipeline of every hour that says more about its schedule.
async fn hourly(world: &World, more: &str) {
    let text = format!(
        "pipeline: p\non: {{schedule: {{every: 1h, overlap: allow_all{more}}}}}\n\
         tasks: {{t: {{noop: true}}}}\n"
    );
    let push = PushPipelines { text: text.into(), ..PushPipelines::default() };
    world.service.push_pipelines(&caller(), push).await.unwrap();
    until(|| async {
        world.service.pipeline_schedules(&caller(), "p").await.unwrap().items.len() == 1
    })
    .await;
}

/// Returns what became of ticks, the oldest first: the hour of the day and the state.
async fn ticks(world: &World) -> Vec<String> {
    let wanted = ListPipelineTicks::default();
    let page = world.service.pipeline_ticks(&caller(), "p", wanted).await.unwrap();
    let told = page.items.iter().map(|tick| {
        let reason = tick.reason.map(|reason| format!(" {reason:?}")).unwrap_or_default();
        format!("{} {:?}{reason}", &tick.scheduled_at.to_string()[11..13], tick.state)
    });
    told.collect::<Vec<_>>().into_iter().rev().collect()
}

/// Asks until the answer is yes.
async fn until<F: Future<Output = bool>>(ask: impl Fn() -> F) {
    while !ask().await {
        tokio::task::yield_now().await;
    }
}

async fn world(more: &str) -> World {
    let world = World::new().await;
    world.service.run_schedules(false).await.unwrap();
    hourly(&world, more).await;
    world
}

#[tokio::test]
async fn a_tick_between_a_push_and_the_server_that_follows_it_is_not_lost() {
    let world = World::new().await;
    let text = "pipeline: p\non: {schedule: {every: 1h}}\ntasks: {t: {noop: true}}\n";
    let push = PushPipelines { text: text.into(), ..PushPipelines::default() };
    world.service.push_pipelines(&caller(), push).await.unwrap();
    world.clock.advance(HOUR);
    world.service.run_schedules(false).await.unwrap();
    until(|| async {
        let found = world.service.pipeline_schedules(&caller(), "p").await.unwrap();
        !found.items.is_empty() && !ticks(&world).await.is_empty()
    })
    .await;
    assert_eq!(ticks(&world).await, ["13 Run"]);
}

#[tokio::test]
async fn a_clock_that_is_set_forward_loses_no_tick() {
    let world = world(", catchup: all").await;
    world.clock.advance(3 * HOUR);
    until(|| async { ticks(&world).await.len() == 3 }).await;
    assert_eq!(ticks(&world).await, ["13 Run", "14 Run", "15 Run"]);
}

#[tokio::test]
async fn ticks_that_a_clock_jumps_over_are_told_as_missed() {
    let world = world("").await;
    world.clock.advance(3 * HOUR);
    until(|| async { ticks(&world).await.len() == 3 }).await;
    assert_eq!(ticks(&world).await, ["13 Skipped Misfire", "14 Skipped Misfire", "15 Run"]);
}

#[tokio::test]
async fn a_clock_that_is_set_back_repeats_no_tick() {
    let world = world("").await;
    world.clock.advance(HOUR);
    until(|| async { ticks(&world).await.len() == 1 }).await;
    world.clock.0.send_modify(|now| now.0 -= i64::try_from((HOUR + HOUR / 2).as_millis()).unwrap());
    world.clock.advance(HOUR + HOUR / 2);
    world.clock.advance(HOUR);
    until(|| async { ticks(&world).await.len() == 2 }).await;
    assert_eq!(ticks(&world).await, ["13 Run", "14 Run"]);
}
