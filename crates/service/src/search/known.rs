//! Queries for what no workflow is searched by: an empty answer would hide the mistake.

use std::collections::BTreeSet;
use std::sync::Arc;

use compasso_query::Query;
use compasso_triggers::INTERVAL;

use super::row::ATTRIBUTES;
use crate::records::Machine;
use crate::search_attributes::AGAIN_OF;
use crate::shelf::Shelf;
use crate::{Error, Service, Viewer};

/// Records read at once.
const READ_AT_ONCE: usize = 500;

impl Service {
    /// Demands of a query that found nothing that all it asks of inputs is indexed, of some workflow that
    /// the viewer sees. What was indexed in the past is found without that.
    ///
    /// # Errors
    /// It asks for something else, or the store does not answer.
    pub(crate) async fn check_indexed(&self, viewer: &Viewer, query: &Query) -> Result<(), Error> {
        let asked = query.fields().into_iter().filter_map(|field| field.strip_prefix(ATTRIBUTES));
        let mut unknown: BTreeSet<&str> =
            asked.filter(|name| ![AGAIN_OF, INTERVAL].contains(name)).collect();
        let mut after: Option<String> = None;
        while !unknown.is_empty() {
            let page =
                Shelf::<Machine>::list(&self.runtime, "arn:", after.as_deref(), READ_AT_ONCE);
            let page: Vec<(String, Arc<Machine>)> = page.await?;
            after = page.last().map(|(key, _)| key.clone());
            for (key, machine) in &page {
                if viewer.sees(key) {
                    unknown.retain(|name| !machine.search_attributes.contains_key(*name));
                }
            }
            if page.len() < READ_AT_ONCE {
                break;
            }
        }
        match unknown.into_iter().next() {
            None => Ok(()),
            Some(name) => Err(Error::validation(format!(
                "Invalid query: of no workflow '{ATTRIBUTES}{name}' is indexed, so it finds nothing; \
                 'compasso search-attributes set WORKFLOW {name}=$.PATH' has it indexed from the next \
                 start on ($.params.NAME of a pipeline)"
            ))),
        }
    }
}
