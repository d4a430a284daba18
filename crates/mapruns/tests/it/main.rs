//! Map runs on a store that fails when it is told to.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod children;
mod runs;
mod store;
mod world;
