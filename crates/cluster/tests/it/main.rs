//! Nodes that share a roll in memory: who owns the store, and where requests go.

#![expect(clippy::unwrap_used, reason = "tests end where they are surprised")]

mod members;
mod register;
mod requests;

use std::sync::Arc;

use compasso_cluster::{Member, Standing};
use compasso_store::NodeIdentity;

use self::register::Register;

/// Has a node take part that is reached at `address`.
fn member(register: &Arc<Register>, id: &str, address: &str) -> Member {
    let me = NodeIdentity {
        id: id.into(),
        address: address.into(),
        host: "here".into(),
        build: "1".into(),
    };
    Member::begin(register.clone(), me).unwrap()
}

/// Waits until a node knows what is wanted.
async fn until(member: &Member, wanted: impl FnMut(&Standing) -> bool) -> Standing {
    member.standing().wait_for(wanted).await.unwrap().clone()
}
