//! The instances of a task, page by page.

use compasso_service::{ListInstances, PushPipelines, StartPipeline, Viewer};

use crate::world::{World, caller};

/// A task of 400 instances, of which every 50th fails.
const EACH: &str = r#"pipeline: many
tasks:
  all:
    each: "[1..400]"
    max_parallel: 10
    tolerate: 400
    noop: true
    outputs: "${{ item % 50 = 0 ? $error('none') : item }}"
"#;

/// A task of 40 instances in each of three instances of a group.
const INSIDE: &str = r#"pipeline: many
tasks:
  areas:
    each: "[1..3]"
    tasks:
      all: {each: "[1..40]", max_parallel: 3, noop: true}
"#;

/// Runs the pipeline to its end; returns the run.
async fn ended(world: &World, text: &str) -> String {
    let push = PushPipelines { text: text.into(), ..PushPipelines::default() };
    world.service.push_pipelines(&caller(), push).await.unwrap();
    let started = world.service.start_pipeline(&caller(), StartPipeline::of("many")).await.unwrap();
    assert_eq!(world.service.wait_closed(&started.id).await.unwrap().status, "SUCCEEDED");
    started.id.to_string()
}

/// Returns the places of the instances on each page.
async fn pages(world: &World, wanted: ListInstances) -> Vec<Vec<u32>> {
    let (mut pages, mut next) = (Vec::new(), None);
    loop {
        let wanted = ListInstances { next, ..wanted.clone() };
        let page = world.service.task_instances(&Viewer::default(), wanted).await.unwrap();
        pages.push(page.items.iter().map(|view| view.index).collect());
        next = page.next;
        if next.is_none() {
            return pages;
        }
    }
}

#[tokio::test]
async fn a_page_of_one_state_is_filled_however_rare_it_is() {
    let world = World::new().await;
    let run = ended(&world, EACH).await;
    let of = |state: &str, limit| ListInstances {
        run: run.clone(),
        task: "all".into(),
        state: Some(state.to_owned()),
        limit: Some(limit),
        ..ListInstances::default()
    };
    let failed = pages(&world, of("failed", 3)).await;
    assert_eq!(failed, [vec![49, 99, 149], vec![199, 249, 299], vec![349, 399]]);
    let succeeded = pages(&world, of("success", 150)).await;
    assert_eq!(succeeded.iter().map(Vec::len).collect::<Vec<_>>(), [150, 150, 92]);
    let all: Vec<u32> = (0..400).filter(|index| index % 50 != 49).collect();
    assert_eq!(succeeded.concat(), all);
    assert_eq!(pages(&world, of("skipped", 3)).await, [Vec::<u32>::new()]);
}

#[tokio::test]
async fn instances_in_all_instances_of_a_group_are_told_page_by_page() {
    let world = World::new().await;
    let run = ended(&world, INSIDE).await;
    let wanted = ListInstances {
        run,
        task: "areas.all".into(),
        limit: Some(50),
        ..ListInstances::default()
    };
    let pages = pages(&world, wanted).await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [50, 50, 20]);
    let mut found = pages.concat();
    found.sort_unstable();
    let all: Vec<u32> = (0..40).flat_map(|index| [index; 3]).collect();
    assert_eq!(found, all);
}
