//! Durations, sizes and times as people write them.

mod duration;
mod size;
mod time;

pub use size::Size;
pub use time::{ClockTime, Time};

pub(crate) use duration::{parse as parse_duration, seconds};
