//! A pipeline of ten thousand tasks, read and checked by `compasso validate`.

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
    let directory = TempDir::new()?;
    let file = directory.path().join("large.pipeline.yaml");
    std::fs::write(&file, pipeline()?)?;
    let mut latencies = Vec::new();
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        let ended = Command::new(server::binary()?).arg("validate").arg(&file).output().await?;
        latencies.push(begun.elapsed());
        if !ended.status.success() {
            bail!("unexpected: {}", String::from_utf8_lossy(&ended.stdout));
        }
    }
    figure::print_latencies("pipeline.10000", &mut latencies);
    Ok(())
}

/// Writes a pipeline whose tasks each need the one before and another one.
fn pipeline() -> anyhow::Result<String> {
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
