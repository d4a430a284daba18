//! The fields of the eight kinds of states.

use super::Field;
use crate::state::StateKind;

/// A field and the kinds of states that have it.
#[derive(Debug)]
pub(crate) struct StateField {
    pub(crate) field: Field,
    kinds: u8,
}

const TASK: u8 = StateKind::Task.bit();
const PASS: u8 = StateKind::Pass.bit();
const CHOICE: u8 = StateKind::Choice.bit();
const WAIT: u8 = StateKind::Wait.bit();
const FAIL: u8 = StateKind::Fail.bit();
const PARALLEL: u8 = StateKind::Parallel.bit();
const MAP: u8 = StateKind::Map.bit();
const ALL: u8 = u8::MAX;
const WORKING: u8 = TASK | PARALLEL | MAP;
const FLOWING: u8 = WORKING | PASS | WAIT;

/// Every field a state can have.
#[rustfmt::skip]
pub(crate) const STATE_FIELDS: &[StateField] = &[
    on(ALL, Field::both("Type")),
    on(ALL, Field::both("Comment")),
    on(ALL, Field::both("QueryLanguage")),
    on(FLOWING, Field::both("Next")),
    on(FLOWING, Field::both("End")),
    on(FLOWING | CHOICE, Field::both("Assign")),
    on(ALL & !FAIL, Field::jsonpath("InputPath", "'$states.input' in an expression")),
    on(ALL & !FAIL, Field::jsonpath("OutputPath", "'Output'")),
    on(TASK | PASS | PARALLEL | MAP, Field::jsonpath("Parameters", "'Arguments', 'ItemSelector' in a Map state, or 'Output' in a Pass state")),
    on(WORKING, Field::jsonpath("ResultSelector", "'Output'")),
    on(WORKING | PASS, Field::jsonpath("ResultPath", "'Output'")),
    on(TASK | PARALLEL, Field::jsonata("Arguments", "'Parameters'")),
    on(ALL & !FAIL, Field::jsonata("Output", "'OutputPath', or the fields that shape the result")),
    on(WORKING, Field::both("Retry")),
    on(WORKING, Field::both("Catch")),
    on(TASK, Field::both("TimeoutSeconds")),
    on(TASK, Field::jsonpath("TimeoutSecondsPath", "an expression in 'TimeoutSeconds'")),
    on(TASK, Field::both("HeartbeatSeconds")),
    on(TASK, Field::jsonpath("HeartbeatSecondsPath", "an expression in 'HeartbeatSeconds'")),
    on(TASK, Field::both("Resource")),
    on(TASK, Field::both("Credentials")),
    on(PASS, Field::jsonpath("Result", "'Output'")),
    on(CHOICE, Field::both("Choices")),
    on(CHOICE, Field::both("Default")),
    on(WAIT, Field::both("Seconds")),
    on(WAIT, Field::both("Timestamp")),
    on(WAIT, Field::jsonpath("SecondsPath", "an expression in 'Seconds'")),
    on(WAIT, Field::jsonpath("TimestampPath", "an expression in 'Timestamp'")),
    on(FAIL, Field::both("Error")),
    on(FAIL, Field::both("Cause")),
    on(FAIL, Field::jsonpath("ErrorPath", "an expression in 'Error'")),
    on(FAIL, Field::jsonpath("CausePath", "an expression in 'Cause'")),
    on(PARALLEL, Field::both("Branches")),
    on(MAP, Field::both("ItemProcessor")),
    on(MAP, Field::jsonpath("Iterator", "'ItemProcessor'")),
    on(MAP, Field::jsonpath("ItemsPath", "'Items'")),
    on(MAP, Field::jsonata("Items", "'ItemsPath'")),
    on(MAP, Field::both("ItemSelector")),
    on(MAP, Field::both("MaxConcurrency")),
    on(MAP, Field::jsonpath("MaxConcurrencyPath", "an expression in 'MaxConcurrency'")),
    on(MAP, Field::both("ItemReader")),
    on(MAP, Field::both("ItemBatcher")),
    on(MAP, Field::both("ResultWriter")),
    on(MAP, Field::both("ToleratedFailureCount")),
    on(MAP, Field::jsonpath("ToleratedFailureCountPath", "an expression in 'ToleratedFailureCount'")),
    on(MAP, Field::both("ToleratedFailurePercentage")),
    on(MAP, Field::jsonpath("ToleratedFailurePercentagePath", "an expression in 'ToleratedFailurePercentage'")),
    on(MAP, Field::both("Label")),
];

/// Returns the field `name` of some kind of state.
pub(crate) fn of_state(name: &str) -> Option<&'static StateField> {
    STATE_FIELDS.iter().find(|known| known.field.name == name)
}

impl StateField {
    /// Returns whether states of `kind` have it.
    pub(crate) fn belongs_to(&self, kind: StateKind) -> bool {
        self.kinds & kind.bit() != 0
    }
}

const fn on(kinds: u8, field: Field) -> StateField {
    StateField { field, kinds }
}
