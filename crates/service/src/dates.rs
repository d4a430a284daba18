//! How answers write instants: seconds since 1970 with a fraction.

use compasso_types::Timestamp;
use serde::Serializer;

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
pub(crate) fn seconds<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(at.epoch_seconds())
}

/// Writes an instant as ISO 8601 text in UTC, as the REST interface does.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
pub(crate) fn iso<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(at)
}

#[expect(clippy::ptr_arg, reason = "serde passes a reference to the member")]
pub(crate) fn isos<S: Serializer>(
    times: &Vec<Timestamp>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(times.iter().map(ToString::to_string))
}

#[expect(clippy::ref_option, reason = "serde passes references")]
pub(crate) fn iso_if<S: Serializer>(
    at: &Option<Timestamp>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => iso(at, serializer),
        None => serializer.serialize_none(),
    }
}

#[expect(clippy::ref_option, reason = "serde passes references")]
pub(crate) fn seconds_if<S: Serializer>(
    at: &Option<Timestamp>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => seconds(at, serializer),
        None => serializer.serialize_none(),
    }
}
