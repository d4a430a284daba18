//! Developer tasks. `cargo xtask tidy` checks what the compiler cannot: which crate may depend on
//! which, that the core stays pure, and that files keep their size and their names.
//!
//! **Invariant:** this program depends on no product crate, so it works when they do not compile.

mod source;
mod tidy;
mod tree;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;

use crate::tree::Tree;

const USAGE: &str = "usage: cargo xtask tidy";

fn main() -> anyhow::Result<ExitCode> {
    match std::env::args().nth(1).as_deref() {
        Some("tidy") => tidy(),
        other => {
            anyhow::bail!("unknown task {:?}\n{USAGE}", other.unwrap_or(""));
        }
    }
}

#[expect(clippy::print_stdout, reason = "the report is what the task is for")]
fn tidy() -> anyhow::Result<ExitCode> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .context("xtask lies in the workspace root")?;
    let report = tidy::check(&Tree::read(root)?, &tidy::packages::built(root)?)?;
    for warning in &report.warnings {
        println!("warning: {warning}");
    }
    for problem in &report.problems {
        println!("error: {problem}");
    }
    if report.problems.is_empty() {
        println!("tidy: {} files in order", report.files);
        return Ok(ExitCode::SUCCESS);
    }
    println!("tidy: {} problems", report.problems.len());
    Ok(ExitCode::FAILURE)
}
