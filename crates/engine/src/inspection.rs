//! What the data flow of a state under test looked like on its way.
//!
//! A trial attaches a [`Probe`] to its turns; everywhere else there is none, and noting costs a
//! look at an empty option.

use std::cell::RefCell;

use compasso_types::{Json, Payload};

use crate::TaskError;
use crate::context::Scene;
use crate::turn::Turn;

/// The values that a state's fields gave, as far as it came.
#[derive(Clone, Debug, Default)]
pub struct Inspection {
    /// After `InputPath`.
    pub after_input_path: Option<Payload>,
    /// After `Parameters`.
    pub after_parameters: Option<Payload>,
    /// After `Arguments`.
    pub after_arguments: Option<Payload>,
    /// What the state's work gave.
    pub result: Option<Payload>,
    /// After `ResultSelector`.
    pub after_result_selector: Option<Payload>,
    /// After `ResultPath`.
    pub after_result_path: Option<Payload>,
    /// The items after `ItemsPath`.
    pub after_items_path: Option<Json>,
    /// What `ItemsPointer` means in the file that was given for the reader's.
    pub after_items_pointer: Option<Json>,
    /// The inputs of all iterations.
    pub after_item_selector: Option<Payload>,
    /// The inputs of all children, each a batch.
    pub after_item_batcher: Option<Payload>,
    /// Most iterations at once, where the definition says it.
    pub max_concurrency: Option<i64>,
    /// `ToleratedFailureCount`, where the definition says it.
    pub tolerated_failure_count: Option<u64>,
    /// `ToleratedFailurePercentage`, where the definition says it.
    pub tolerated_failure_percentage: Option<f64>,
    /// The last error of the state, handled or not.
    pub problem: Option<TaskError>,
    /// The place of the catcher that took the error.
    pub catch_index: Option<usize>,
}

/// What a trial sees, and what it brings along.
#[derive(Debug, Default)]
pub(crate) struct Probe {
    /// Members that take the place of the context object's own.
    pub(crate) context: Option<Json>,
    pub(crate) seen: RefCell<Inspection>,
}

impl Turn<'_> {
    /// Notes something about a state under test.
    pub(crate) fn note(&self, note: impl FnOnce(&mut Inspection)) {
        if let Some(probe) = &self.probe {
            note(&mut probe.seen.borrow_mut());
        }
    }
}

impl Scene<'_> {
    /// Notes something about a state under test.
    pub(crate) fn note(&self, note: impl FnOnce(&mut Inspection)) {
        if let Some(probe) = self.probe {
            note(&mut probe.seen.borrow_mut());
        }
    }
}

/// Puts `over` over `under`: objects are merged member by member, anything else is replaced.
pub(crate) fn overlaid(under: &Json, over: &Json) -> Json {
    let (Json::Object(below), Json::Object(above)) = (under, over) else { return over.clone() };
    let mut members = below.as_ref().clone();
    for (name, value) in above.iter() {
        let merged = members.get(name).map_or_else(|| value.clone(), |old| overlaid(old, value));
        members.insert(name.clone(), merged);
    }
    members.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_given_context_takes_the_place_of_what_it_names() {
        let under = Json::parse(r#"{"Execution":{"Id":"a","Name":"n"},"State":{}}"#).unwrap();
        let over = Json::parse(r#"{"Execution":{"Id":"b"},"Map":1}"#).unwrap();
        assert_eq!(
            overlaid(&under, &over).to_string(),
            r#"{"Execution":{"Id":"b","Name":"n"},"State":{},"Map":1}"#
        );
    }
}
