//! Readers and writers against real files and real servers on the loopback interface.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod compressed_files;
mod csv_files;
mod dataset;
mod json_files;
mod lists;
mod local_files;
mod manifests;
mod parquet_files;
mod results;
