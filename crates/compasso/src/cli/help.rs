//! What `--help` says after the options: examples, and what exit codes mean.

macro_rules! outcomes {
    () => {
        "\
Exit codes:
  0  the execution succeeded
  1  it failed
  2  wrong usage, or the command could not do its work
  3  it timed out
  4  it was aborted"
    };
}

mod executions;
mod files;
mod pipelines;
mod runs;
mod servers;

pub(super) use executions::*;
pub(super) use files::*;
pub(super) use pipelines::*;
pub(super) use runs::*;
pub(super) use servers::*;

pub(super) const COMPASSO: &str = "\
Examples:
  compasso dev .                          serve, and load and watch the definitions here
  compasso validate hello.asl.json
  compasso run hello.asl.json --input '{\"name\": \"you\"}'
  compasso push hello.asl.json
  compasso start hello --input @input.json --wait

Exit codes:
  0  done; of an execution: it succeeded
  1  the execution failed; validate: a definition has an error
  2  wrong usage, or the command could not do its work
  3  the execution timed out
  4  the execution was aborted

An option wins over the environment, the environment over compasso.toml.";
