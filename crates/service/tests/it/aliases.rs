//! Aliases of state machines.

use std::time::Duration;

use compasso_service::{
    CreateAlias, DeleteAlias, DescribeAlias, DescribeExecution, Error, ListPublications,
    PublishVersion, RoutingConfiguration, StartExecution, UpdateAlias, UpdateStateMachine,
};
use expect_test::{Expect, expect};

use crate::world::{NOON, PASS, WAIT, World};

const M: &str = "arn:aws:states:eu-west-1:123456789012:stateMachine:M";

/// A world with a state machine of two versions.
async fn world() -> World {
    let world = World::new().await;
    world.create("M", PASS).await;
    let publish = || PublishVersion { state_machine_arn: M.into(), ..PublishVersion::default() };
    world.service.publish_version(publish()).await.unwrap();
    let update = UpdateStateMachine {
        state_machine_arn: M.into(),
        definition: Some(WAIT.into()),
        ..UpdateStateMachine::default()
    };
    world.service.update_state_machine(update).await.unwrap();
    world.service.publish_version(publish()).await.unwrap();
    world
}

fn route(version: u32, weight: i64) -> RoutingConfiguration {
    RoutingConfiguration {
        state_machine_version_arn: Some(format!("{M}:{version}")),
        weight: Some(weight),
    }
}

fn alias(name: &str, routing_configuration: Vec<RoutingConfiguration>) -> CreateAlias {
    CreateAlias { name: name.into(), routing_configuration, description: None }
}

fn check<T: std::fmt::Debug>(result: Result<T, Error>, expected: &Expect) {
    expected.assert_eq(&result.expect_err("the request is refused").to_string());
}

#[tokio::test]
async fn an_alias_is_described_as_it_was_made_and_changed() {
    let world = world().await;
    let request =
        CreateAlias { description: Some("live".into()), ..alias("PROD", vec![route(1, 100)]) };
    let created = world.service.create_alias(request.clone()).await.unwrap();
    assert_eq!(&*created.state_machine_alias_arn, format!("{M}:PROD"));
    assert_eq!(world.service.create_alias(request).await, Ok(created.clone()));
    check(
        world.service.create_alias(alias("PROD", vec![route(2, 100)])).await,
        &expect![
            "Failed to create alias because an alias with the same name and a different routing \
             configuration already exists."
        ],
    );
    world.clock.advance(Duration::from_secs(1));
    let update = UpdateAlias {
        state_machine_alias_arn: created.state_machine_alias_arn.to_string(),
        routing_configuration: Some(vec![route(1, 20), route(2, 80)]),
        description: None,
    };
    let updated = world.service.update_alias(update).await.unwrap();
    let named = DescribeAlias { state_machine_alias_arn: format!("{M}:PROD") };
    let described = world.service.describe_alias(named).await.unwrap();
    assert_eq!((&*described.name, described.description.as_deref()), ("PROD", Some("live")));
    assert_eq!(described.routing_configuration, [route(1, 20), route(2, 80)]);
    assert_eq!((described.creation_date, described.update_date), (NOON, updated.update_date));
    assert!(described.creation_date < described.update_date);
}

#[tokio::test]
async fn an_execution_knows_the_alias_and_the_version_it_was_started_by() {
    let world = world().await;
    world.service.create_alias(alias("PROD", vec![route(1, 100), route(2, 0)])).await.unwrap();
    let start =
        StartExecution { state_machine_arn: format!("{M}:PROD"), ..StartExecution::default() };
    let execution = world.service.start_execution(start).await.unwrap().execution_arn;
    let request = DescribeExecution { execution_arn: execution.to_string(), included_data: None };
    let described = world.service.describe_execution(request).await.unwrap();
    assert_eq!(described.state_machine_alias_arn.as_deref(), Some(&*format!("{M}:PROD")));
    assert_eq!(described.state_machine_version_arn.as_deref(), Some(&*format!("{M}:1")));
    assert_eq!(&*described.state_machine_arn, M);
}

#[tokio::test]
async fn routes_that_cannot_be_are_refused() {
    let world = world().await;
    let create = async |routes| world.service.create_alias(alias("A", routes)).await;
    check(
        create(vec![route(1, 50), route(2, 49)]).await,
        &expect!["Sum of routing configuration weights must equal 100. Received: [50, 49]"],
    );
    check(
        create(vec![route(1, 50), route(1, 50)]).await,
        &expect![
            "Routing configuration must contain distinct state machine version ARNs. Received: \
             [arn:aws:states:eu-west-1:123456789012:stateMachine:M:1, \
             arn:aws:states:eu-west-1:123456789012:stateMachine:M:1]"
        ],
    );
    check(
        create(vec![route(1, 101)]).await,
        &expect![
            "1 validation error detected: Value '101' at 'routingConfiguration.1.member.weight' \
             failed to satisfy constraint: Member must have value less than or equal to 100"
        ],
    );
    check(
        create(Vec::new()).await,
        &expect![
            "1 validation error detected: Value '[]' at 'routingConfiguration' failed to satisfy \
             constraint: Member must have length greater than or equal to 1"
        ],
    );
    check(
        create(vec![route(3, 100)]).await,
        &expect!["Request references a resource that does not exist."],
    );
    check(
        world.service.create_alias(alias("1", vec![route(1, 100)])).await,
        &expect![
            "1 validation error detected: Value '1' at 'name' failed to satisfy constraint: Member \
             must satisfy regular expression pattern: ^(?=.*[a-zA-Z_\\-\\.])[a-zA-Z0-9_\\-\\.]+$"
        ],
    );
}

#[tokio::test]
async fn aliases_are_listed_by_state_machine_and_by_version() {
    let world = world().await;
    for (name, version) in [("Z", 1), ("A", 2), ("M", 1)] {
        world.service.create_alias(alias(name, vec![route(version, 100)])).await.unwrap();
        world.clock.advance(Duration::from_secs(1));
    }
    let list = async |arn: &str, next_token| {
        let request =
            ListPublications { state_machine_arn: arn.into(), next_token, max_results: Some(2) };
        let page = world.service.list_aliases(request).await.unwrap();
        let names: Vec<_> = page
            .state_machine_aliases
            .iter()
            .map(|item| item.state_machine_alias_arn.rsplit(':').next().unwrap().to_owned())
            .collect();
        (names, page.next_token)
    };
    let (first, token) = list(M, None).await;
    let (second, end) = list(M, token).await;
    assert_eq!((first, second, end), (vec!["Z".into(), "A".into()], vec!["M".into()], None));
    assert_eq!(list(&format!("{M}:1"), None).await.0, ["Z", "M"]);
}

#[tokio::test]
async fn what_is_no_alias_is_not_found() {
    let world = world().await;
    let arn = format!("{M}:PROD");
    let named = DescribeAlias { state_machine_alias_arn: arn.clone() };
    let missing = Error::AliasNotFound { arn: arn.clone() };
    assert_eq!(world.service.describe_alias(named).await, Err(missing.clone()));
    let update = UpdateAlias {
        state_machine_alias_arn: arn.clone(),
        description: Some("x".into()),
        ..UpdateAlias::default()
    };
    assert_eq!(world.service.update_alias(update).await, Err(missing));
    let nothing = UpdateAlias { state_machine_alias_arn: arn.clone(), ..UpdateAlias::default() };
    check(
        world.service.update_alias(nothing).await,
        &expect!["Either the description or the RoutingConfiguration must be specified"],
    );
    world.service.delete_alias(DeleteAlias { state_machine_alias_arn: arn }).await.unwrap();
}
