//! Connectors against real processes and real servers on the loopback interface.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod apigateway;
mod aws_jobs;
mod compasso_http;
mod eks;
mod harness;
mod http_invoke;
mod lambda_local;
mod lambda_remote;
mod oauth;
mod process;
mod process_ends;
mod sensor;
mod servers;
mod stand_in;
mod states;
mod workbench;
