//! Tags.

use compasso_service::{Error, ListTags, Tag, TagResource, UntagResource};

use crate::world::{PASS, World};

fn tag(key: &str, value: &str) -> Tag {
    Tag { key: key.into(), value: value.into() }
}

async fn tags(world: &World, arn: &str) -> Vec<Tag> {
    let request = ListTags { resource_arn: arn.into() };
    world.service.list_tags(request).await.unwrap().tags
}

#[tokio::test]
async fn tags_are_replaced_by_key_and_removed() {
    let world = World::new().await;
    let arn = world.create("M", PASS).await;
    let set = |tags: Vec<Tag>| TagResource { resource_arn: arn.clone(), tags };
    world.service.tag_resource(set(vec![tag("a", "1"), tag("b", "2")])).await.unwrap();
    world.service.tag_resource(set(vec![tag("a", "3")])).await.unwrap();
    assert_eq!(tags(&world, &arn).await, [tag("a", "3"), tag("b", "2")]);
    let removed =
        UntagResource { resource_arn: arn.clone(), tag_keys: vec!["a".into(), "x".into()] };
    world.service.untag_resource(removed).await.unwrap();
    assert_eq!(tags(&world, &arn).await, [tag("b", "2")]);
}

#[tokio::test]
async fn a_resource_has_fifty_tags_at_most() {
    let world = World::new().await;
    let arn = world.create("M", PASS).await;
    let many = |from: usize, to: usize| {
        let tags = (from..to).map(|n| tag(&n.to_string(), "")).collect();
        TagResource { resource_arn: arn.clone(), tags }
    };
    world.service.tag_resource(many(0, 50)).await.unwrap();
    let refused = world.service.tag_resource(many(50, 51)).await;
    assert_eq!(refused, Err(Error::TooManyTags { arn: arn.clone() }));
}

#[tokio::test]
async fn tags_of_what_does_not_exist_are_refused() {
    let world = World::new().await;
    let arn = "arn:aws:states:eu-west-1:123456789012:activity:Absent";
    let refused = world.service.list_tags(ListTags { resource_arn: arn.into() }).await;
    assert_eq!(refused.unwrap_err().to_string(), format!("Resource not found: '{arn}'"));
}

#[tokio::test]
async fn tags_set_at_once_are_all_kept() {
    let world = World::new().await;
    let arn = world.create("M", PASS).await;
    let set = |key: &str| {
        let request = TagResource { resource_arn: arn.clone(), tags: vec![tag(key, "")] };
        world.service.tag_resource(request)
    };
    let outcomes = tokio::join!(set("a"), set("b"), set("c"));
    assert_eq!(outcomes, (Ok(()), Ok(()), Ok(())));
    assert_eq!(tags(&world, &arn).await.len(), 3);
}
