//! `GET /api/v1/nodes`: the servers of a cluster.

use std::fmt;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use serde::Serialize;

use super::access;
use super::answer::{json, respond};
use crate::Edge;

/// A server of a cluster.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeView {
    /// Its id, new with every start.
    pub id: Arc<str>,
    /// Where the others reach it.
    pub address: Arc<str>,
    /// The name of its machine.
    pub host: Arc<str>,
    /// The release it runs.
    pub build: Arc<str>,
    /// What it does.
    pub role: NodeRole,
    /// Why it takes no part although it is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Arc<str>>,
    /// For how long it has taken part, in seconds.
    pub age_seconds: u64,
}

/// What a node does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NodeRole {
    /// It works.
    Owner,
    /// It passes requests on, and takes over if the owner is gone.
    Standby,
    /// It is there and takes no part.
    Aside,
    /// Its lease has run out, and it has not left.
    Silent,
}

/// Where the list comes from.
#[derive(Clone)]
pub struct NodeList(Arc<dyn Fn() -> Vec<NodeView> + Send + Sync>);

impl NodeList {
    /// Makes a source of `nodes`, which is called for each request.
    pub fn new(nodes: impl Fn() -> Vec<NodeView> + Send + Sync + 'static) -> Self {
        Self(Arc::new(nodes))
    }
}

impl fmt::Debug for NodeList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NodeList")
    }
}

#[derive(Serialize)]
struct Page {
    items: Vec<NodeView>,
}

/// Lists the nodes; a server that is alone is none.
pub(super) async fn list(State(edge): State<Edge>, request: Request) -> Response {
    let parts = request.into_parts().0;
    let nodes = edge.settings.nodes.as_ref();
    let items = || nodes.map_or_else(Vec::new, |nodes| nodes.0());
    let outcome = access::reader(&edge, &parts).map(|_| json(&Page { items: items() }));
    respond(&edge, outcome)
}
