//! What the runtime promises, against a store in memory that fails on demand and against the one in
//! SQLite, with a clock and tasks in the test's hands.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod activities;
mod express;
mod faults;
mod held;
mod images;
mod life;
mod placement;
mod quarantine;
mod recovery;
mod redrive;
mod silent;
mod sqlite;
mod tasks;
mod timers;
mod world;
