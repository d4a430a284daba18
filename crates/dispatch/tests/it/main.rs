//! Dispatch with a runtime, a store in memory, and workers that a test plays.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod gates;
mod workers;
mod world;
