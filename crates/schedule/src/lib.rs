//! When schedules are due: cron and its kin, time zones, calendars, what is missed, what overlaps.
//!
//! A schedule is a pure function: what it says, a zone and the rules of time zones make an increasing
//! list of instants, its *ticks*. [`Spec`] is what people write, [`Schedule`] what it means,
//! [`Schedule::next_after`] the list. What becomes of a tick that is due is decided here as well
//! ([`CatchUp`], [`Lane`]); nothing here starts anything.
//!
//! **Invariant:** no clock and no I/O. The rules of time zones are part of the program, or are given to
//! it once when it starts ([`ZoneData`]), so that the same schedule has the same ticks on every machine. Start with [`cron::parse`] and [`Schedule`].

mod calendar;
mod catch_up;
pub mod cron;
mod days;
pub mod duration;
pub mod ics;
mod interval;
mod jitter;
pub mod limits;
mod overlap;
pub mod rrule;
mod schedule;
mod spec;
mod timing;
mod wall;
mod words;
mod zone;
mod zone_data;

pub use calendar::{Calendar, CalendarMode};
pub use catch_up::{CatchUp, Lateness};
pub use days::{Calendars, Days, DaysSpec};
pub use interval::{Grain, Interval};
pub use jitter::{hash_of, jitter};
pub use overlap::{Admission, Entrance, Lane, Overlap};
pub use schedule::{CaughtUp, Schedule, Tick};
pub use spec::{CalendarSpec, Invalid, Spec, Within};
pub use timing::{Recurrence, Timing};
pub use wall::{Dst, Fold, Gap};
pub use words::describe;
pub use zone::{UnknownZone, Zone};
pub use zone_data::{BadZone, ZoneData, zone_data_version};
