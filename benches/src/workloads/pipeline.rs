//! Pipelines of ten thousand tasks, read, checked and compiled by `compasso validate`: one whose
//! tasks come one after another, and one whose tasks stand side by side between two.

use std::fmt::Write as _;
use std::time::Instant;

use anyhow::bail;
use tempfile::TempDir;
use tokio::process::Command;

use crate::figure;
use crate::server;

const TASKS: usize = 10_000;
const ROUNDS: usize = 10;

pub(crate) async fn run() -> anyhow::Result<()> {
    measure("pipeline.10000", &chain()?).await?;
    measure("pipeline.10000-wide", &wide()?).await
}

async fn measure(name: &str, text: &str) -> anyhow::Result<()> {
    let directory = TempDir::new()?;
    let file = directory.path().join("large.pipeline.yaml");
    std::fs::write(&file, text)?;
    let mut latencies = Vec::new();
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        let ended = Command::new(server::binary()?).arg("validate").arg(&file).output().await?;
        latencies.push(begun.elapsed());
        if !ended.status.success() {
            bail!("unexpected: {}", String::from_utf8_lossy(&ended.stdout));
        }
    }
    figure::print_latencies(name, &mut latencies);
    Ok(())
}

/// Writes a pipeline whose tasks each need the one before and another one.
fn chain() -> anyhow::Result<String> {
    let mut text = "pipeline: large\nparams: {limit: 10}\ntasks:\n  t0: {noop: true}\n".to_owned();
    for number in 1..TASKS {
        let (before, other) = (number - 1, number / 2);
        let needs =
            if before == other { format!("t{before}") } else { format!("[t{before}, t{other}]") };
        write!(
            text,
            "  t{number}:\n    needs: {needs}\n    if: needs.t{before}.state = \"success\"\n    \
             retry: {{max: 3, delay: 5s}}\n    env: {{LIMIT: \"${{{{ params.limit }}}}\"}}\n    run: \
             ./work.sh {number} ${{{{ needs.t{other}.output.rows }}}}\n"
        )?;
    }
    Ok(text)
}

/// Writes a pipeline whose tasks all need the first one, and are all needed by the last.
fn wide() -> anyhow::Result<String> {
    let mut text =
        "pipeline: wide\nparams: {limit: 10}\ntasks:\n  first: {noop: true}\n".to_owned();
    let middle = 1..TASKS - 1;
    for number in middle.clone() {
        write!(
            text,
            "  t{number}:\n    needs: first\n    retry: {{max: 3, delay: 5s}}\n    uses: http\n    \
             with: {{url: \"http://localhost/${{{{ params.limit }}}}/{number}\"}}\n"
        )?;
    }
    let needs: Vec<String> = middle.map(|number| format!("t{number}")).collect();
    writeln!(text, "  last: {{needs: [{}], noop: true}}", needs.join(", "))?;
    Ok(text)
}
