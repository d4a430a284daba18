//! What is told of the nodes of a cluster.

use std::time::{Duration, Instant};

use compasso_api::{NodeList, NodeRole, NodeView};
use compasso_cluster::{Duty, Member, Standing};
use compasso_store::Node;
use compasso_telemetry::Exposition;

/// Returns what `GET /api/v1/nodes` answers.
pub(super) fn list(member: Member) -> NodeList {
    NodeList::new(move || {
        let standing = member.standing().borrow().clone();
        let owner = standing.roll.owner.clone();
        let since = since(&standing);
        let view = |node: &Node| NodeView {
            id: node.identity.id.clone(),
            address: node.identity.address.clone(),
            host: node.identity.host.clone(),
            build: node.identity.build.clone(),
            role: match node.lease.filter(|lease| *lease > since) {
                None => NodeRole::Silent,
                Some(_) if node.aside.is_some() => NodeRole::Aside,
                Some(_) if owner.as_ref() == Some(&node.identity.id) => NodeRole::Owner,
                Some(_) => NodeRole::Standby,
            },
            reason: node.aside.clone(),
            age_seconds: node.age.as_secs(),
        };
        standing.roll.nodes.iter().map(view).collect()
    })
}

/// Returns figures of one node, which each node tells of itself, in the text form of Prometheus.
pub(super) fn metrics(member: &Member) -> String {
    let standing = member.standing().borrow().clone();
    let now = Instant::now();
    let is_owner = standing.duty(member.id(), now) == Duty::Act;
    let is_aside = standing.is_ahead || standing.is_known_aside(member.id());
    let since = since(&standing);
    let is_alive = |node: &&Node| node.lease.is_some_and(|lease| lease > since);
    let alive = standing.roll.nodes.iter().filter(is_alive).count();
    let mut text = Exposition::default();
    for (name, help, number) in [
        ("compasso_node_owner", "Whether this node is the owner.", f64::from(u8::from(is_owner))),
        (
            "compasso_node_aside",
            "Whether this node is there and takes no part.",
            f64::from(u8::from(is_aside)),
        ),
        ("compasso_cluster_epoch", "How often the store was taken.", standing.roll.epoch.0 as f64),
        ("compasso_cluster_nodes", "Nodes with a good lease.", alive as f64),
    ] {
        text.family(name, "gauge", help);
        text.sample(name, &[], number);
    }
    if let Some(asked) = standing.asked {
        let name = "compasso_node_lease_age_seconds";
        text.family(name, "gauge", "How long ago this node asked for its lease.");
        text.sample(name, &[], now.saturating_duration_since(asked).as_secs_f64());
    }
    text.into_text()
}

/// Returns how long ago the database said what is known: leases have run out meanwhile.
fn since(standing: &Standing) -> Duration {
    standing.answered.map_or(Duration::MAX, |answered| answered.elapsed())
}
