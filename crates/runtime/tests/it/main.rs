//! What the runtime promises, against a store in memory that fails on demand, with a clock and
//! tasks in the test's hands.

mod activities;
mod express;
mod faults;
mod life;
mod quarantine;
mod recovery;
mod tasks;
mod timers;
mod world;
