//! Durations, sizes and times as people write them.

mod size;
mod time;

pub use size::Size;
pub use time::{ClockTime, Time};

pub(crate) use compasso_types::duration::{parse as parse_duration, seconds};
