//! Versions of state machines.

use compasso_service::{
    CreateAlias, DeleteVersion, DescribeExecution, DescribeStateMachine, Error, ListPublications,
    PublishVersion, RoutingConfiguration, StartExecution, UpdateStateMachine,
};
use expect_test::expect;

use crate::world::{PASS, WAIT, World, caller, machine};

const M: &str = "arn:aws:states:eu-west-1:123456789012:stateMachine:M";

async fn publish(world: &World) -> String {
    let request = PublishVersion { state_machine_arn: M.into(), ..PublishVersion::default() };
    world.service.publish_version(request).await.unwrap().state_machine_version_arn.to_string()
}

async fn update(world: &World, definition: &str) {
    let request = UpdateStateMachine {
        state_machine_arn: M.into(),
        definition: Some(definition.into()),
        ..UpdateStateMachine::default()
    };
    world.service.update_state_machine(request).await.unwrap();
}

async fn listed(world: &World, max_results: Option<i64>) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut next_token = None;
    loop {
        let request = ListPublications { state_machine_arn: M.into(), next_token, max_results };
        let page = world.service.list_versions(request).await.unwrap();
        let arns = page.state_machine_versions.iter();
        pages.push(arns.map(|item| item.state_machine_version_arn.replace(M, "M")).collect());
        next_token = page.next_token;
        if next_token.is_none() {
            return pages;
        }
    }
}

#[tokio::test]
async fn a_revision_is_published_once() {
    let world = World::new().await;
    world.create("M", PASS).await;
    assert_eq!(publish(&world).await, format!("{M}:1"));
    assert_eq!(publish(&world).await, format!("{M}:1"));
    update(&world, WAIT).await;
    assert_eq!(publish(&world).await, format!("{M}:2"));
    assert_eq!(listed(&world, None).await, [["M:2", "M:1"]]);
    assert_eq!(listed(&world, Some(1)).await, [["M:2"], ["M:1"]]);
}

#[tokio::test]
async fn a_version_keeps_what_the_state_machine_was() {
    let world = World::new().await;
    world.create("M", PASS).await;
    let request = PublishVersion {
        state_machine_arn: M.into(),
        description: Some("the first".into()),
        ..PublishVersion::default()
    };
    world.service.publish_version(request).await.unwrap();
    update(&world, WAIT).await;
    let named = |arn: &str| DescribeStateMachine {
        state_machine_arn: arn.into(),
        ..DescribeStateMachine::default()
    };
    let version = format!("{M}:1");
    let described = world.service.describe_state_machine(named(&version)).await.unwrap();
    assert_eq!((&*described.definition, &*described.state_machine_arn), (PASS, &*version));
    assert_eq!(described.description.as_deref(), Some("the first"));
    assert_eq!((&*described.name, described.revision_id), ("M", None));

    let start = StartExecution { state_machine_arn: version.clone(), ..StartExecution::default() };
    let execution = world.service.start_execution(start).await.unwrap().execution_arn;
    world.service.wait_closed(&execution).await.unwrap();
    let request = DescribeExecution { execution_arn: execution.to_string(), included_data: None };
    let described = world.service.describe_execution(request).await.unwrap();
    assert_eq!((described.status, &*described.state_machine_arn), ("SUCCEEDED", M));
    assert_eq!(described.state_machine_version_arn.as_deref(), Some(&*version));
    assert_eq!(described.state_machine_alias_arn, None);
}

#[tokio::test]
async fn a_version_can_be_published_with_a_creation_and_an_update() {
    let world = World::new().await;
    let mut request = machine("M", PASS);
    request.version_description = Some("first".into());
    let refused = world.service.create_state_machine(&caller(), request.clone()).await.unwrap_err();
    expect!["Version description can only be set when publish is true"]
        .assert_eq(&refused.to_string());
    request.publish = Some(true);
    let created = world.service.create_state_machine(&caller(), request.clone()).await.unwrap();
    assert_eq!(created.state_machine_version_arn.as_deref(), Some(&*format!("{M}:1")));
    assert_eq!(world.service.create_state_machine(&caller(), request).await, Ok(created));
    let unpublished = world.service.create_state_machine(&caller(), machine("M", PASS)).await;
    assert_eq!(unpublished, Err(Error::StateMachineAlreadyExists { arn: M.into() }));

    let mut update = UpdateStateMachine {
        state_machine_arn: M.into(),
        definition: Some(PASS.into()),
        publish: Some(true),
        ..UpdateStateMachine::default()
    };
    let unchanged = world.service.update_state_machine(update.clone()).await.unwrap();
    assert_eq!(unchanged.revision_id, None);
    assert_eq!(unchanged.state_machine_version_arn.as_deref(), Some(&*format!("{M}:1")));
    update.definition = Some(WAIT.into());
    let changed = world.service.update_state_machine(update).await.unwrap();
    assert!(changed.revision_id.is_some());
    assert_eq!(changed.state_machine_version_arn.as_deref(), Some(&*format!("{M}:2")));
}

#[tokio::test]
async fn publishing_another_revision_than_the_present_one_is_refused() {
    let world = World::new().await;
    world.create("M", PASS).await;
    let named = |revision: &str| PublishVersion {
        state_machine_arn: M.into(),
        revision_id: Some(revision.into()),
        ..PublishVersion::default()
    };
    let refused = world.service.publish_version(named("X")).await.unwrap_err();
    expect![
        "Failed to publish the State Machine version for revision X. The current State Machine \
         revision is INITIAL."
    ]
    .assert_eq(&refused.to_string());
    world.service.publish_version(named("INITIAL")).await.unwrap();
}

#[tokio::test]
async fn a_version_that_an_alias_refers_to_stays() {
    let world = World::new().await;
    world.create("M", PASS).await;
    let version = publish(&world).await;
    for name in ["PROD", "TEST"] {
        let route = RoutingConfiguration {
            state_machine_version_arn: Some(version.clone()),
            weight: Some(100),
        };
        let request = CreateAlias {
            name: name.into(),
            routing_configuration: vec![route],
            description: None,
        };
        world.service.create_alias(request).await.unwrap();
    }
    let request = DeleteVersion { state_machine_version_arn: version };
    let refused = world.service.delete_version(request).await.unwrap_err();
    expect![
        "Version to be deleted must not be referenced by an alias. Current list of aliases \
         referencing this version: [PROD, TEST]"
    ]
    .assert_eq(&refused.to_string());
}

#[tokio::test]
async fn a_deleted_version_starts_nothing() {
    let world = World::new().await;
    world.create("M", PASS).await;
    let version = publish(&world).await;
    let request = DeleteVersion { state_machine_version_arn: version.clone() };
    world.service.delete_version(request.clone()).await.unwrap();
    world.service.delete_version(request).await.unwrap();
    let start = StartExecution { state_machine_arn: version.clone(), ..StartExecution::default() };
    let refused = world.service.start_execution(start).await;
    assert_eq!(refused, Err(Error::StateMachineDoesNotExist { arn: version }));
    assert_eq!(publish(&world).await, format!("{M}:2"), "no number is used twice");
}

#[tokio::test]
async fn versions_go_with_their_state_machine() {
    let world = World::new().await;
    world.create("M", PASS).await;
    publish(&world).await;
    let delete = DescribeStateMachine { state_machine_arn: M.into(), included_data: None };
    world.service.delete_state_machine(delete).await.unwrap();
    assert_eq!(listed(&world, None).await, [Vec::<String>::new()]);
    world.create("M", PASS).await;
    assert_eq!(listed(&world, None).await, [Vec::<String>::new()]);
    assert_eq!(publish(&world).await, format!("{M}:1"));
}
