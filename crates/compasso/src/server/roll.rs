//! What is told of the nodes of a cluster.

use std::time::Instant;

use compasso_api::{NodeList, NodeRole, NodeView};
use compasso_cluster::{Duty, Member};
use compasso_telemetry::Exposition;

/// Returns what `GET /api/v1/nodes` answers.
pub(super) fn list(member: Member) -> NodeList {
    NodeList::new(move || {
        let standing = member.standing().borrow().clone();
        let owner = standing.roll.owner.clone();
        let view = |node: &compasso_store::Node| NodeView {
            id: node.identity.id.clone(),
            address: node.identity.address.clone(),
            host: node.identity.host.clone(),
            build: node.identity.build.clone(),
            role: match node.lease {
                None => NodeRole::Silent,
                Some(_) if owner.as_ref() == Some(&node.identity.id) => NodeRole::Owner,
                Some(_) => NodeRole::Standby,
            },
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
    let alive = standing.roll.nodes.iter().filter(|node| node.lease.is_some()).count();
    let mut text = Exposition::default();
    for (name, help, number) in [
        ("compasso_node_owner", "Whether this node is the owner.", f64::from(u8::from(is_owner))),
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
