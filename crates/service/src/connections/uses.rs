//! Which workflows use a connection: those whose present definition names it.

use std::sync::Arc;

use serde::Serialize;

use crate::definitions::reference;
use crate::records::{Machine, Revision};
use crate::shelf::{Shelf, read_once};
use crate::{Caller, Error, Service};

/// Workflows read at once.
const PAGE: usize = 200;
/// Most workflows that are told.
const USES_MAX: usize = 200;
/// What stands before the name, in ARNs and in pipelines.
const BEFORE: &str = "connection";

/// The workflows that use a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConnectionUses {
    /// By their ARNs; their number is bounded, so they are one page.
    pub items: Vec<ConnectionUse>,
}

/// A workflow that uses a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConnectionUse {
    /// Its ARN.
    pub id: String,
    /// Its name.
    pub name: Arc<str>,
}

impl Service {
    /// Lists the workflows that use a connection of the caller.
    ///
    /// # Errors
    /// There is no such connection.
    pub async fn connection_uses(
        &self,
        caller: &Caller,
        name: &str,
    ) -> Result<ConnectionUses, Error> {
        self.connection(caller, name).await?;
        let prefix = format!("arn:aws:states:{}:{}:", caller.region, caller.account);
        let (mut items, mut after) = (Vec::new(), None::<String>);
        while items.len() < USES_MAX {
            let page =
                Shelf::<Machine>::list(&self.runtime, &prefix, after.as_deref(), PAGE).await?;
            let Some((last, _)) = page.last() else { break };
            after = Some(last.clone());
            for (id, machine) in page.into_iter().filter(|(_, machine)| !machine.deleting) {
                let key = reference(&id, &machine.revision).0;
                let revision = read_once::<Revision>(&self.runtime, &key).await?;
                let text = revision.map(|revision| revision.definition);
                if text.is_some_and(|text| names(&text, name)) {
                    items.push(ConnectionUse { id, name: machine.name.clone() });
                }
            }
        }
        items.truncate(USES_MAX);
        Ok(ConnectionUses { items })
    }
}

/// Says if a definition names a connection: `…:connection/NAME/…`, or `connection: NAME`.
fn names(text: &str, name: &str) -> bool {
    text.match_indices(BEFORE).any(|(at, _)| {
        let rest = text.get(at + BEFORE.len()..).unwrap_or_default();
        let rest = rest.trim_start_matches([':', '/', ' ', '"', '\'']);
        let is_of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        rest.strip_prefix(name).is_some_and(|rest| !rest.starts_with(is_of_name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_names_a_connection_by_its_arn_or_by_its_name() {
        assert!(names(
            r#""ConnectionArn": "arn:aws:events:us-east-1:1:connection/shop/6fa0""#,
            "shop"
        ));
        assert!(names("with: {connection: shop}", "shop"));
        assert!(names("connection: \"shop\"\n", "shop"));
        assert!(!names("connection: shop-two", "shop"));
        assert!(!names("task: shop", "shop"));
    }
}
