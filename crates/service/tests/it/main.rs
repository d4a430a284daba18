//! The use cases on a store in memory.

#![expect(clippy::unwrap_used, reason = "tests end where they are surprised")]

mod aliases;
mod clocks;
mod cut;
mod definitions;
mod dismissals;
mod executions;
mod failures;
mod instances;
mod pipelines;
mod pushes;
mod reruns;
mod revisions;
mod scrub;
mod tags;
mod tasks;
mod trials;
mod versions;
mod world;
