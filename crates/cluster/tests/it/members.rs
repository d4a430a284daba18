//! Who owns the store.

use std::time::{Duration, Instant};

use compasso_cluster::{ACT_FOR, Duty, LEASE, Standing};
use futures::FutureExt as _;

use crate::register::Register;
use crate::{member, until};

#[tokio::test]
async fn the_first_node_owns_the_store_and_the_next_one_takes_it_when_it_lets_go() {
    let register = Register::new();
    let first = member(&register, "a", "a:1");
    until(&first, |standing| standing.owns).await;
    let second = member(&register, "b", "b:1");
    let known = until(&second, |standing| standing.asked.is_some()).await;
    assert_eq!(known.duty("b", Instant::now()), Duty::StandBy);
    assert_eq!(&*known.owner_elsewhere("b").unwrap().identity.address, "a:1");
    first.resign(None).await;
    until(&second, |standing| standing.owns).await;
    // It does not want it back.
    until(&first, |standing| standing.owner_elsewhere("a").is_some()).await;
    second.leave().await;
    let left = until(&first, |standing| standing.roll.nodes.len() == 1).await;
    assert!(!left.owns);
}

#[tokio::test]
async fn a_node_that_could_not_go_on_takes_the_store_again_after_a_pause() {
    let register = Register::new();
    let only = member(&register, "a", "a:1");
    let early = until(&only, |standing| standing.owns).await;
    only.resign(Some(Duration::ZERO)).await;
    let late = until(&only, |standing| standing.owns).await;
    assert!(late.roll.epoch > early.roll.epoch);
}

#[tokio::test]
async fn an_owner_ends_when_another_one_is_named() {
    let register = Register::new();
    let first = member(&register, "a", "a:1");
    until(&first, |standing| standing.owns).await;
    let second = member(&register, "b", "b:1");
    until(&second, |standing| standing.asked.is_some()).await;
    register.enthrone("b");
    let lost = until(&first, |standing| !standing.owns).await;
    assert_eq!(lost.duty("a", Instant::now()), Duty::StandBy);
}

#[tokio::test]
async fn an_owner_that_does_not_reach_the_store_ends_before_its_lease_does() {
    let register = Register::new();
    let owner = member(&register, "a", "a:1");
    until(&owner, |standing| standing.owns).await;
    let _other = member(&register, "b", "b:1");
    let known = until(&owner, |standing| standing.roll.nodes.len() == 2).await;
    register.set_away(true);
    let lost = until(&owner, |standing| !standing.owns).await;
    let asked = lost.asked.unwrap();
    assert!(asked >= known.asked.unwrap() && asked.elapsed() >= ACT_FOR);
    assert!(lost.age(Instant::now()) < 10 * LEASE);
}

#[tokio::test]
async fn an_owner_takes_no_part_in_a_store_that_has_lost_what_it_acknowledged() {
    let register = Register::new();
    let owner = member(&register, "a", "a:1");
    until(&owner, |standing| standing.owns).await;
    // Since it looked last: the store has never shown it that commit.
    register.acknowledge(1);
    let parked = until(&owner, |standing| standing.is_ahead && !standing.owns).await;
    assert_eq!(parked.duty("a", Instant::now()), Duty::StandBy);
    // The others can know.
    let other = member(&register, "b", "b:1");
    let known = |standing: &Standing| standing.roll.nodes.iter().any(|node| node.aside.is_some());
    let roll = until(&other, known).await.roll;
    let aside = roll.nodes.iter().find(|node| &*node.identity.id == "a").unwrap().aside.clone();
    assert!(aside.unwrap().contains("older than this node has seen it"));
}

#[tokio::test]
async fn a_node_takes_no_part_in_a_store_that_is_older_than_it_has_seen() {
    let register = Register::new();
    let seen = member(&register, "a", "a:1");
    until(&seen, |standing| standing.owns).await;
    register.enthrone("a");
    until(&seen, |standing| standing.owns && standing.roll.epoch.0 == 2).await;
    register.restore(1);
    let parked = until(&seen, |standing| standing.is_ahead && !standing.owns).await;
    assert_eq!(parked.duty("a", Instant::now()), Duty::StandBy);
    // Who has seen nothing of it goes on with the copy, and the other one does not get it back.
    let fresh = member(&register, "b", "b:1");
    until(&fresh, |standing| standing.owns).await;
    fresh.leave().await;
    let left = until(&seen, |standing| standing.roll.owner.is_none()).await;
    assert!(!left.owns && left.duty("a", Instant::now()) == Duty::StandBy);
}

#[tokio::test]
async fn whoever_ends_is_no_heir_and_says_so() {
    let register = Register::new();
    let owner = member(&register, "a", "a:1");
    until(&owner, |standing| standing.owns).await;
    let [second, third] = ["b", "c"].map(|id| member(&register, id, "x:1"));
    let all = |standing: &Standing| standing.roll.nodes.len() == 3;
    for node in [&owner, &second, &third] {
        until(node, all).await;
    }
    assert!(owner.standing().borrow().has_owner_or_heir("a", Instant::now()));
    // All are asked to stop at once: nobody waits for another.
    let others = [second.resign(None), third.resign(None)];
    futures::future::join_all(others).await;
    owner.resign(None).await;
    let known = until(&owner, |standing| !standing.has_owner_or_heir("a", Instant::now())).await;
    let aside = known.roll.nodes.iter().filter(|node| &*node.identity.id != "a");
    assert!(aside.into_iter().all(|node| node.aside.as_deref() == Some("it was asked to stop")));
    for node in [&owner, &second, &third] {
        assert!(node.succeeded().now_or_never().is_some(), "it waits for nobody");
    }
}
